package study

import (
	"slices"
	"time"

	"consilium/ledger"
)

// Deviation is something that went otherwise than the protocol and its approvals had it, or that a reader has to know of how the study came about. All of it follows from entries that
// every hospital of the study reads.
type Deviation struct {
	What      string // a phrase, study.deviation
	When      time.Time
	Hospitals []ledger.HospitalID
	Analysis  int    // its place in the protocol; -1: none
	Version   int64  // of the protocol; 0: none
	Said      string // the reason in the words of who said it
	Why       string // the sort of reason, of a halt
}

// Deviations are those of the study up to its last run, in the order of time; those of single analyses come last.
func (s *Study) Deviations() []Deviation {
	list := slices.Concat(s.changes(), s.absences(), s.restarts())
	slices.SortStableFunc(list, func(a, b Deviation) int { return a.When.Compare(b.When) })
	return append(list, s.unmade()...)
}

// changes are the versions of the protocol after the first: before anybody's rows were frozen, or after.
func (s *Study) changes() (list []Deviation) {
	for i := range s.Versions {
		if i == 0 {
			continue
		}
		v := &s.Versions[i]
		d := Deviation{What: "changed", When: v.Written, Hospitals: []ledger.HospitalID{v.By.Hospital}, Analysis: -1, Version: v.Says.Version, Said: v.Says.Note}
		if slices.ContainsFunc(s.Runs, func(r Run) bool { return r.Version < i && len(r.Joined) > 0 }) {
			d.What = "changed-frozen" // somebody's rows were frozen, and counted, for an earlier version
		}
		list = append(list, d)
	}
	return list
}

// absences are the hospitals that read the study and are not in its last run.
func (s *Study) absences() (list []Deviation) {
	r := s.Last()
	if r == nil {
		return nil
	}
	v := &s.Versions[r.Version]
	for _, h := range s.Log.Roster.Readers() {
		if r.Member(h) {
			continue
		}
		d := Deviation{What: "unanswered", When: r.Written, Hospitals: []ledger.HospitalID{h}, Analysis: -1}
		if no := v.Refusal(h); no != nil {
			d.What, d.When, d.Said = "declined", no.Written, no.Says.Reason
		} else if v.Approval(h) != nil {
			d.What = "left-out"
		}
		list = append(list, d)
	}
	return list
}

// restarts are the runs that took the place of another, and the hospitals whose nodes did not go on with one.
func (s *Study) restarts() (list []Deviation) {
	for i := range s.Runs {
		r := &s.Runs[i]
		if i > 0 && s.Runs[i-1].Version == r.Version {
			list = append(list, Deviation{What: "again", When: r.Written, Analysis: -1, Said: r.Says.Reason})
		}
		for _, h := range r.Halted {
			list = append(list, Deviation{What: "halted", When: h.Written, Hospitals: []ledger.HospitalID{h.By.Hospital}, Analysis: -1, Why: h.Says.Why})
		}
	}
	return list
}

// unmade are the analyses of the last run to which not every hospital contributed. Those without a result have their reasons in the report.
func (s *Study) unmade() (list []Deviation) {
	r := s.Last()
	if r == nil || !r.Done() {
		return nil
	}
	for _, x := range r.Fold.Results() {
		if len(x.LeftOut) > 0 {
			list = append(list, Deviation{What: "without", Hospitals: x.LeftOut, Analysis: x.Analysis})
		}
	}
	return list
}
