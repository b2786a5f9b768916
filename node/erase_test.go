package node_test

import (
	"testing"

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
