package node_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/node"
	"consilium/node/nodetest"
	"consilium/store/storetest"
)

// answers decides at a hospital about an erasure.
func answers(h *nodetest.Hospital, who string, id ledger.ThreadID, erasure ledger.Hash, answer nodetest.Says) error {
	return h.Ask(who, "POST", "/cases/"+id.String()+"/erasures/"+erasure.String(), answer, nil)
}

// state is what a hospital has said to an erasure.
func state(at, of *nodetest.Hospital, id ledger.ThreadID, erasure ledger.Hash) string {
	for _, r := range at.Log(id).ErasureRequests(of.ID) {
		if r.Erasure == erasure && r.Answer != nil {
			return r.Answer.Answer
		}
	}
	return ""
}

// imagingOf is the entry of a thread that attaches images.
func imagingOf(h *nodetest.Hospital, id ledger.ThreadID) (imaging ledger.Hash) {
	for _, s := range h.Log(id).Said {
		if s.Kind == "case.imaging" {
			imaging = s.Hash
		}
	}
	return imaging
}

// onDisk tells whether a text stands anywhere in the data folder of a hospital on SQLite.
func onDisk(t *testing.T, h *nodetest.Hospital, text string) (where string) {
	t.Helper()
	err := filepath.WalkDir(h.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if bytes.Contains(raw, []byte(text)) {
			where = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return where
}

const secretWords = "A name that should not stand here"

// TestAnErasureIsARequestElsewhere: a hospital destroys its own words by its own decision. At another they are hidden at once, and destroyed once somebody with the right to has
// decided so; what is said to be destroyed is not on the disk.
func TestAnErasureIsARequestElsewhere(t *testing.T) {
	for _, db := range []string{"", storetest.Postgres(t).URL} {
		w := nodetest.New(t, "north")
		north, south := w.Hospital("north"), w.FoundOn("south", db)
		w.Partners(north, south)
		id := north.Share("To be erased in part", south)
		note := north.Note(id, secretWords)
		file := north.Attach(id, []byte("the wrong patient's image"), "images")
		south.Note(id, "South takes part")
		w.Same(id, north, south)
		w.Until("the file is at both", func() bool { return south.Desk().Blobs.Has(file) })
		erasure := north.Say(id, ledger.KindErased, nodetest.Says{"reason": "mistake"}, note, imagingOf(north, id))
		w.Until("north has destroyed its own words", func() bool { return state(north, north, id, erasure) == "destroyed" })
		if north.Desk().Blobs.Has(file) {
			t.Error("north says destroyed and still has the file")
		}
		if where := onDisk(t, north, secretWords); where != "" {
			t.Errorf("north says destroyed, and the words are in %s", where)
		}
		w.Same(id, north, south)
		if s := south.Log(id).Find(note); s == nil || s.Says() != nil || !s.Erased || s.HasBody() {
			t.Errorf("what is under request is read: %s", s.Says())
		}
		if err := south.Ask(nodetest.Head, "GET", "/blobs/"+file.String(), nil, nil); err == nil {
			t.Error("a file under request is served")
		}
		if state(south, south, id, erasure) != "" || !south.Desk().Blobs.Has(file) {
			t.Error("south destroyed what nobody there was asked about")
		}
		if err := answers(south, nodetest.Surgeon, id, erasure, nodetest.Says{"answer": "destroyed"}); err == nil {
			t.Error("a surgeon decides what is destroyed")
		}
		if err := south.Ask(nodetest.Head, "POST", "/cases/"+id.String()+"/entries", map[string]any{"kind": ledger.KindErasureAnswered, "refs": []ledger.Hash{erasure}, "body": nodetest.Says{"answer": "destroyed"}}, nil); err == nil {
			t.Error("a person says that it is destroyed before it is")
		}
		if err := answers(south, nodetest.Officer, id, erasure, nodetest.Says{"answer": "destroyed"}); err != nil {
			t.Fatal(err)
		}
		w.Until("south has destroyed it too", func() bool { return state(south, south, id, erasure) == "destroyed" })
		if south.Desk().Blobs.Has(file) {
			t.Error("south says destroyed and still has the file")
		}
		w.Same(id, north, south)
		for _, h := range []*nodetest.Hospital{north, south} {
			if r := h.MustVerify(&id); r.Erased != 2 || len(r.Breaks) > 0 {
				t.Errorf("%s proves %+v", h.Name, r)
			}
		}
	}
}

// TestAnotherHospitalsWordsAreNotDestroyedUnasked: the steward of a thread erases the signed words of another hospital. Nobody reads them until that hospital has answered; it refuses,
// and they are read again everywhere.
func TestAnotherHospitalsWordsAreNotDestroyedUnasked(t *testing.T) {
	w, north, south, _ := two(t)
	id := north.Share("An opinion that is not welcome", south)
	w.Same(id, north, south)
	opinion := south.Note(id, "I would not operate.")
	w.Same(id, north, south)
	erasure := north.Say(id, ledger.KindErased, nodetest.Says{"reason": "law"}, opinion)
	w.Same(id, north, south)
	for _, h := range []*nodetest.Hospital{north, south} {
		if s := h.Log(id).Find(opinion); !s.Erased || s.HasBody() {
			t.Errorf("%s reads what is under request", h.Name)
		}
		if state(h, h, id, erasure) != "" {
			t.Errorf("%s answered without a person", h.Name)
		}
	}
	var open struct {
		Items []struct {
			Erasure ledger.Hash
			Waits   bool
		}
	}
	south.MustAsk(nodetest.Officer, "GET", "/erasures", nil, &open)
	if len(open.Items) != 1 || open.Items[0].Erasure != erasure || !open.Items[0].Waits {
		t.Errorf("the officer is asked %+v", open)
	}
	if err := answers(south, nodetest.Officer, id, erasure, nodetest.Says{"answer": "refused"}); err == nil {
		t.Error("it is refused without a reason")
	}
	if err := answers(south, nodetest.Officer, id, erasure, nodetest.Says{"answer": "refused", "why": "It is our advice, and stays on record."}); err != nil {
		t.Fatal(err)
	}
	w.Same(id, north, south)
	for _, h := range []*nodetest.Hospital{north, south} {
		if s := h.Log(id).Find(opinion); s.Erased || !strings.Contains(string(s.Says()), "I would not operate.") {
			t.Errorf("%s does not read what was refused to be erased: %s", h.Name, s.Says())
		}
		if r := h.MustVerify(&id); r.Erased != 0 || len(r.Breaks) > 0 {
			t.Errorf("%s proves %+v", h.Name, r)
		}
	}
}

// TestALegalHoldKeepsWhatIsErased: nothing of a held thread is destroyed, and it is hidden all the same; after the hold it is destroyed.
func TestALegalHoldKeepsWhatIsErased(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	id := north.OpenCase("Under dispute")
	note := north.Note(id, secretWords)
	var hold struct{ ID string }
	if err := north.Ask(nodetest.Surgeon, "POST", "/holds", nodetest.Says{"thread": id, "law": "Civil case 12"}, nil); err == nil {
		t.Error("a surgeon makes a hold")
	}
	if err := north.Ask(nodetest.Officer, "POST", "/holds", nodetest.Says{"thread": id, "law": strings.Repeat("law ", 150)}, nil); err == nil || !strings.Contains(err.Error(), "at most 500 bytes") {
		t.Errorf("a law of 600 bytes: %v", err)
	}
	north.MustAsk(nodetest.Officer, "POST", "/holds", nodetest.Says{"thread": id, "law": "Civil case 12"}, &hold)
	erasure := north.Say(id, ledger.KindErased, nodetest.Says{"reason": "law"}, note)
	if err := answers(north, nodetest.Officer, id, erasure, nodetest.Says{"answer": "destroyed"}); err == nil {
		t.Error("what is held is decided to be destroyed")
	}
	north.Restart() // whatever was to be done is done at the start
	if s := north.Log(id).Find(note); !s.Erased || s.HasBody() {
		t.Error("what is erased is read under a hold")
	}
	if state(north, north, id, erasure) != "" || onDisk(t, north, secretWords) == "" {
		t.Error("what is held was destroyed")
	}
	north.MustAsk(nodetest.Officer, "DELETE", "/holds/"+hold.ID, nil, nil)
	w.Until("it is destroyed once the hold ends", func() bool { return state(north, north, id, erasure) == "destroyed" })
	if where := onDisk(t, north, secretWords); where != "" {
		t.Errorf("the words are in %s", where)
	}
}

// TestStoppedAnywhereAnErasureIsFinished stops an erasure after each of its steps. The next start finishes it, and until then nobody says that it is done.
func TestStoppedAnywhereAnErasureIsFinished(t *testing.T) {
	for _, db := range []bool{false, true} {
		for step := range 6 {
			w := nodetest.New(t, "north")
			url := ""
			if db {
				url = storetest.Postgres(t).URL
			}
			north := w.FoundOn("north", url)
			id := north.OpenCase("Stopped on its way")
			note := north.Note(id, secretWords)
			file := north.Attach(id, []byte("the wrong patient's image"), "images")
			imaging := imagingOf(north, id)
			north.Stop()
			if err := node.StoppedErasing(t.Context(), nodetest.Options(north.Dir, w.Clock), nodetest.Head, step, id, note, imaging); err != nil {
				t.Fatal(err)
			}
			north.Start()
			var erasure ledger.Hash
			for _, s := range north.Log(id).Said {
				if s.Kind == ledger.KindErased {
					erasure = s.Hash
				}
			}
			w.Until("it is finished", func() bool { return state(north, north, id, erasure) == "destroyed" })
			if north.Desk().Blobs.Has(file) {
				t.Errorf("stopped after step %d: the file is still here", step)
			}
			if where := onDisk(t, north, secretWords); where != "" {
				t.Errorf("stopped after step %d: the words are in %s", step, where)
			}
			if list, err := os.ReadFile(filepath.Join(north.Dir, node.ErasuresFile)); err != nil || !bytes.Contains(list, []byte(note.String())) {
				t.Errorf("stopped after step %d: the list of erasures has %s, %v", step, list, err)
			}
			if n := len(north.Log(id).Unanswered(north.ID)); n != 0 {
				t.Errorf("stopped after step %d: %d erasures are open", step, n)
			}
			if r := north.MustVerify(nil); len(r.Breaks) > 0 {
				t.Errorf("stopped after step %d: %v", step, r.Breaks)
			}
			north.Stop()
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
