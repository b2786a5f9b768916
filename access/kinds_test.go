package access

import (
	"testing"

	"consilium/record"
	"consilium/record/recordtest"
)

// TestEveryKindIsWhole walks all that can be said about consent.
func TestEveryKindIsWhole(t *testing.T) { recordtest.Walk(t, consents.Talk(nil)) }

func TestKindsDocument(t *testing.T) { recordtest.Document(t, "KINDS.md", consents.Talk(nil).Kinds) }

// TestAMarkOfTheEndIsOfOneReading: a thread that grows draws its conclusions anew after every entry. The state before keeps its own, and none is given twice.
func TestAMarkOfTheEndIsOfOneReading(t *testing.T) {
	h := newHospital(t)
	id := h.open("case")
	first := h.say(id, KindConsent, grants("consult")).Hash
	begin := func(r *record.Reading) reading { return reading{r} }
	thread := &record.Thread[reading]{Kind: "case", Phrases: "case", Kinds: ConsentKinds[reading](), Begin: begin,
		Grow: func(_ reading, r *record.Reading) reading { return begin(r) },
		End: func(r reading) {
			if n := len(r.Log.Said); n != 3 && n != 4 {
				r.Mark(first, record.Mark{Code: "closed"})
			}
		}}
	marks := func(r reading) (n int) {
		for _, item := range r.Timeline {
			if item.Hash == first {
				n += len(item.Marks)
			}
		}
		return n
	}
	var states []reading
	for range 4 {
		states = append(states, thread.Fold(h.log(id)))
		h.say(id, KindConsent, grants("consult"))
	}
	states = append(states, thread.Fold(h.log(id)))
	for i, want := range []int{1, 0, 0, 1, 1} {
		if got := marks(states[i]); got != want {
			t.Errorf("after %d entries the first consent has %d marks, want %d", i+2, got, want)
		}
	}
}
