package ledger

import "slices"

// Keeping is the time of one hospital as steward of a thread.
type Keeping struct {
	Hospital HospitalID
	From     int // the place of the entry that gave it the thread: it keeps what comes after
}

// Keepers tells who kept the thread, in folding order. It is how the roster came to its steward, for those who judge an entry by who kept the thread
// at its place.
func (l Log) Keepers() []Keeping { return slices.Clip(Folded(l, keeping).list) }

// keepings are the keepers so far, and the roster that the last one comes from.
type keepings struct {
	roster Roster
	list   []Keeping
}

var keeping = &Fold[keepings]{
	Whole:  func(l Log) keepings { return keepings{}.onward(l, 0) },
	Onward: func(before keepings, l Log, from int) (keepings, bool) { return before.onward(l, from), true },
}

func (k keepings) onward(l Log, from int) keepings {
	fresh := false
	for i := from; i < len(l.Said); i++ {
		s := &l.Said[i]
		if !s.node.governs() {
			continue
		}
		if !fresh { // the state before stays as it was
			k.roster.Members, k.roster.cuts, k.list, fresh = slices.Clone(k.roster.Members), slices.Clip(k.roster.cuts), slices.Clip(k.list), true
		}
		before := k.roster.Steward
		if k.roster.apply(s.node, s.Standing == Counts); k.roster.Steward != before {
			k.list = append(k.list, Keeping{k.roster.Steward, i})
		}
	}
	return k
}

// Steward is who kept the thread as far as the entry's writer had seen.
func (s Said) Steward() HospitalID { return s.node.past.roster().Steward }
