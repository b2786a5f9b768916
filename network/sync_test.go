package network

import (
	"testing"
)

func TestTwoHospitalsConverge(t *testing.T) {
	a, b := newNode(t, "north", nil), newNode(t, "south", nil)
	early := a.opens(b)
	a.says(early, "before the link is up")
	befriend(a, b)
	same(t, early, 3, a, b)

	b.says(early, "from the side that nobody can call") // joins first
	same(t, early, 5, a, b)
	late := b.opens(a)
	b.says(late, "live")
	same(t, late, 3, a, b)

	until(t, "each knows that the other has all", func() bool {
		s := a.state(b)
		return s.Up && s.Partner.State == Accepted && s.BehindEntries == 0 && b.state(a).BehindEntries == 0
	})
	until(t, "who has it", func() bool {
		h, err := a.net.WhoHas(t.Context(), early)
		return err == nil && len(h) == 1 && h[0].Hospital == b.id() && h[0].All && h[0].Entries == 5
	})
}
