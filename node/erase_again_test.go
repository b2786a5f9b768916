package node_test

import (
	"context"
	"slices"
	"testing"

	"consilium/ledger"
	"consilium/node/nodetest"
)

// outlaw lets a hospital say what its own program would not let it say.
func outlaw(t *testing.T, at *nodetest.Hospital, id ledger.ThreadID, kind string, says any, refs ...ledger.Hash) (h ledger.Hash) {
	t.Helper()
	d := ledger.Draft{Thread: id, Kind: kind, Says: says, Refs: refs, Person: at.Staff[nodetest.Head].ID, Author: ledger.Author{Name: "Head of " + at.Name, Role: "head_of_department"}}
	err := at.Desk().DB.Update(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
		e, err := at.Desk().Book.Append(ctx, tx, d, at.Desk().Now())
		if err == nil {
			h = e.Hash
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	at.Desk().Door.Changed(id)
	return h
}

// TestNobodySaysDestroyedOfWhatIsRead: a hospital refused to have its words erased. Neither asking again, nor a third hospital that decides to destroy, nor an erasure by a member who may not erase makes anybody
// sign that they are destroyed while they are read. The hospital that said them may still let them go.
func TestNobodySaysDestroyedOfWhatIsRead(t *testing.T) {
	w, north, south, _ := two(t)
	id := north.Share("An opinion that is not welcome", south)
	w.Same(id, north, south)
	opinion := south.Note(id, secretWords)
	own := north.Note(id, "We would.")
	w.Same(id, north, south)
	first := north.Say(id, ledger.KindErased, nodetest.Says{"reason": "law"}, opinion)
	w.Same(id, north, south)
	if err := answers(south, nodetest.Officer, id, first, nodetest.Says{"answer": "refused", "why": "It is our advice."}); err != nil {
		t.Fatal(err)
	}
	w.Same(id, north, south)
	again := north.Say(id, ledger.KindErased, nodetest.Says{"reason": "mistake"}, opinion)
	void := outlaw(t, south, id, ledger.KindErased, ledger.Erasure{Reason: "law"}, own) // south is not the steward, and says so all the same
	w.Same(id, north, south)
	for _, erasure := range []ledger.Hash{first, again} {
		if err := answers(north, nodetest.Officer, id, erasure, nodetest.Says{"answer": "destroyed"}); err == nil {
			t.Error("an officer decides to destroy what its hospital refused")
		}
	}
	north.Note(id, "Something else.") // wakes what carries erasures out
	w.Same(id, north, south)
	for _, h := range []*nodetest.Hospital{north, south} {
		for name, entry := range map[string]ledger.Hash{"what was refused": opinion, "what nobody may erase": own} {
			if s := h.Log(id).Find(entry); s.Erased || !s.HasBody() {
				t.Errorf("%s does not read %s", h.Name, name)
			}
		}
		for name, erasure := range map[string]ledger.Hash{"the first": first, "the second": again, "the void one": void} {
			for _, of := range []*nodetest.Hospital{north, south} {
				if state(h, of, id, erasure) == "destroyed" {
					t.Errorf("at %s, %s says of %s that it is destroyed", h.Name, of.Name, name)
				}
			}
		}
	}
	var open struct {
		Items []struct {
			Erasure ledger.Hash
			Waits   bool
		}
	}
	south.MustAsk(nodetest.Officer, "GET", "/erasures", nil, &open)
	if !slices.ContainsFunc(open.Items, func(i struct {
		Erasure ledger.Hash
		Waits   bool
	}) bool {
		return i.Erasure == again && i.Waits
	}) {
		t.Errorf("nobody at south is asked about the second one: %+v", open)
	}
	if err := answers(south, nodetest.Officer, id, again, nodetest.Says{"answer": "destroyed"}); err != nil {
		t.Fatal(err)
	}
	w.Until("south has destroyed it", func() bool { return state(south, south, id, again) == "destroyed" })
	if where := onDisk(t, south, secretWords); where != "" {
		t.Errorf("south says that it is destroyed, and it stands in %s", where)
	}
	w.Same(id, north, south)
	if s := north.Log(id).Find(opinion); !s.Erased {
		t.Error("north reads what south let go")
	}
}
