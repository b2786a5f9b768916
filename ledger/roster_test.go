package ledger

import (
	"fmt"
	"slices"
	"testing"
)

// TestARosterOfManyIsNotWrittenOutAtEachStep: what each step knows of who takes part is what reading all steps before it gives, and a thread of many hospitals does not hold a copy of all of them
// for each invitation and each joining.
func TestARosterOfManyIsNotWrittenOutAtEachStep(t *testing.T) {
	const guests = 50
	north := newSite(t, "north", 1)
	north.open(t, "study")
	sites := []*site{north}
	for i := range guests {
		guest := newSite(t, fmt.Sprint(i), uint64(i)+2)
		north.say(t, KindInvited, Invitation{Hospital: guest.id()})
		sites = append(sites, guest)
	}
	for _, guest := range sites[1:] {
		guest.pull(t, north)
		guest.say(t, KindJoined, None{})
		north.pull(t, guest)
	}
	gone := sites[7].id()
	north.say(t, KindRemoved, Leaving{Hospital: gone, Reason: "closed"})
	north.say(t, KindInvited, Invitation{Hospital: gone})
	held := 0
	for _, n := range north.thread.nodes {
		r := n.through().roster()
		held += len(r.Members) + len(r.brief.states)/16 // a byte each, where a member takes a hundred
		all := foldRoster(n.through().events, func(*node) bool { return true })
		if r.Steward != all.Steward || r.Opener != all.Opener {
			t.Fatalf("%s: steward and opener differ", n.Kind)
		}
		for _, s := range sites {
			if got, want := r.state(s.id()), all.state(s.id()); got != want {
				t.Fatalf("after entry %d, %s: %s is %q, and should be %q", n.place, n.Kind, s.name, got, want)
			}
		}
	}
	if most := 20 * guests; held > most {
		t.Errorf("%d members are held for %d entries, and at most %d were meant", held, north.thread.Len(), most)
	}
	left := north.thread.Log().Roster
	if order := slices.IndexFunc(left.Members, func(m Member) bool { return m.Hospital == gone }); order != 7 || left.State(gone) != Invited {
		t.Errorf("the roster of the thread: %s at %d", left.State(gone), order)
	}
}
