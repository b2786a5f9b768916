package ledger

// Keeping is the time of one hospital as steward of a thread.
type Keeping struct {
	Hospital HospitalID
	From     int // the place of the entry that gave it the thread: it keeps what comes after
}

// Keepers tells who kept the thread, in folding order. It is how the roster came to its steward, for those who judge an entry by who kept the thread
// at its place.
func (l Log) Keepers() (list []Keeping) {
	var r Roster
	for i, s := range l.Said {
		if !s.node.governs() {
			continue
		}
		before := r.Steward
		if r.apply(s.node, s.Standing == Counts); r.Steward != before {
			list = append(list, Keeping{r.Steward, i})
		}
	}
	return list
}

// Steward is who kept the thread as far as the entry's writer had seen.
func (s Said) Steward() HospitalID { return s.node.past.roster().Steward }
