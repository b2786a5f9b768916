package node_test

import (
	"context"
	"errors"
	"testing"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/node/nodetest"
)

func TestAnErasureRemovesWordsAndFilesEverywhereAndIsAnswered(t *testing.T) {
	w, north, south, _ := two(t)
	id := north.Share("To be erased in part", south)
	note := north.Note(id, "A name that should not stand here")
	file := north.Attach(id, []byte("the wrong patient's image"), "images")
	var imaging ledger.Hash
	for _, s := range north.Log(id).Said {
		if s.Kind == "case.imaging" {
			imaging = s.Hash
		}
	}
	south.Note(id, "South takes part")
	w.Same(id, north, south)
	w.Until("the file is at both", func() bool { return south.Desk().Blobs.Has(file) })
	north.Say(id, ledger.KindErased, nodetest.Says{"reason": "mistake"}, note, imaging)
	w.Until("both have answered", func() bool {
		l := south.Log(id)
		return len(l.Unanswered(north.ID)) == 0 && len(l.Unanswered(south.ID)) == 0 && len(north.Log(id).Said) == len(l.Said)
	})
	for _, h := range []*nodetest.Hospital{north, south} {
		w.Until("the file is gone at "+h.Name, func() bool { return !h.Desk().Blobs.Has(file) })
		if s := h.Log(id).Find(note); s == nil || s.Says() != nil || !s.Erased {
			t.Errorf("%s still reads %s", h.Name, s.Says())
		}
		if r := h.MustVerify(&id); r.Erased != 2 || len(r.Breaks) > 0 {
			t.Errorf("%s proves %+v", h.Name, r)
		}
	}
}

// Who the patient is stands in the clear at home. Once the entry that said so is erased, no search finds it, before anybody says that it is destroyed.
func TestAnErasedPatientIsForgottenAtHome(t *testing.T) {
	w, north, south, _ := two(t)
	var opened struct {
		ID ledger.ThreadID `json:"id"`
	}
	north.MustAsk(nodetest.Doctor, "POST", "/cases", map[string]any{"pathway": "hfs-mvd", "title": "To be forgotten", "urgency": "routine", "patient": map[string]any{"name": "王小明", "local_number": "N-77"}}, &opened)
	id := opened.ID
	north.Consent(id, south)
	north.Invite(id, south)
	patient := func() (name string) {
		err := north.Desk().DB.View(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
			p, err := casebook.IdentityOf(ctx, tx, id)
			name = p.Name
			if errors.Is(err, casebook.ErrNoIdentity) {
				return nil
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	if patient() != "王小明" {
		t.Fatal("the patient is not known before")
	}
	var identity ledger.Hash
	for _, s := range north.Log(id).Said {
		if s.Kind == casebook.KindIdentity {
			identity = s.Hash
		}
	}
	north.Say(id, ledger.KindErased, nodetest.Says{"reason": "withdrawn"}, identity)
	w.Until("north has answered", func() bool { return len(north.Log(id).Unanswered(north.ID)) == 0 })
	if name := patient(); name != "" {
		t.Errorf("north says destroyed and still knows %s", name)
	}
	var found struct {
		Items []struct{ ID ledger.ThreadID }
	}
	north.MustAsk(nodetest.Doctor, "GET", "/cases?q=%E7%8E%8B%E5%B0%8F%E6%98%8E", nil, &found)
	if len(found.Items) != 0 {
		t.Error("the name still finds the case")
	}
}
