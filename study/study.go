package study

import (
	"slices"

	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
	"consilium/study/mask"
	"consilium/study/protocol"
	"consilium/study/run"
)

// Version is one version of the protocol, and what the hospitals say to it.
type Version struct {
	record.Said[Protocol]
	Parsed   *protocol.Protocol
	Approved []record.Said[Approved] // the newest of each hospital
	Declined []record.Said[Declined]
}

// Approval is a hospital's approval that stands; nil where there is none.
func (v *Version) Approval(h ledger.HospitalID) *record.Said[Approved] {
	return record.SaidBy(v.Approved, h)
}

// Refusal is a hospital's refusal that stands; nil where there is none.
func (v *Version) Refusal(h ledger.HospitalID) *record.Said[Declined] {
	return record.SaidBy(v.Declined, h)
}

// Run is one run of a version: who takes part, and where it stands.
type Run struct {
	record.Said[Begun]
	Version       int // place in [Study.Versions]
	Joined        []record.Said[Joined]
	Contributions map[ledger.HospitalID]Given // of the round under way
	Rounds        []Round                     // those that are over, and the one under way
	Fold          *run.Run                    // once everybody has joined; nil before
	Fault         string                      // why it cannot go on; empty: it can
	Halted        []record.Said[Halted]       // hospitals that do not go on with it
	Results       []record.Said[Result]
	key           ledger.Hash // see memo
	Over          bool        // another run took its place
}

// Round is who has said their part, in the order of arrival.
type Round struct {
	Number int
	Said   []record.Entry
}

// Member tells whether a hospital is among those of the run.
func (r *Run) Member(h ledger.HospitalID) bool { return slices.Contains(r.Says.Hospitals, h) }

// JoinedBy is what a hospital joined with; nil where it has not.
func (r *Run) JoinedBy(h ledger.HospitalID) *record.Said[Joined] {
	return record.SaidBy(r.Joined, h)
}

// Missing are the hospitals that the run waits for: those that have not joined, then those that have not said their part of the round.
func (r *Run) Missing() (list []ledger.HospitalID) {
	for _, h := range r.Says.Hospitals {
		_, said := r.Contributions[h]
		if r.Fold == nil && r.JoinedBy(h) == nil || r.Fold != nil && !r.Fold.Done() && !said {
			list = append(list, h)
		}
	}
	return list
}

// Stuck tells whether the run cannot come to a result any more: the nodes cannot go on, or a hospital does not.
func (r *Run) Stuck() bool { return r.Fault != "" || len(r.Halted) > 0 && !r.Done() }

// haltedBy is why a hospital does not go on; empty where it does.
func (r *Run) haltedBy(h ledger.HospitalID) string {
	if said := record.SaidBy(r.Halted, h); said != nil {
		return said.Says.Why
	}
	return ""
}

// OldMasks tells whether a hospital of the run masks in the first way, in which a copied key opened the figures of others.
func (r *Run) OldMasks() bool {
	return slices.ContainsFunc(r.Joined, func(j record.Said[Joined]) bool { return j.Says.Masks < mask.Version })
}

// Done tells whether the run has come to its end.
func (r *Run) Done() bool { return r.Fold != nil && r.Fold.Done() && r.Fault == "" }

// Study is what the entries of a study amount to.
type Study struct {
	*record.Reading

	Thread    ledger.ThreadID
	Versions  []Version
	Runs      []Run
	Published *record.Said[Published]
	Withdrawn *record.Said[Withdrawn]

	keys map[[32]byte]bool // fingerprints of all keys that were said
}

// Current is the newest version of the protocol; nil before there is one.
func (s *Study) Current() *Version {
	if len(s.Versions) == 0 {
		return nil
	}
	return &s.Versions[len(s.Versions)-1]
}

// Last is the newest run; nil before there is one.
func (s *Study) Last() *Run {
	if len(s.Runs) == 0 {
		return nil
	}
	return &s.Runs[len(s.Runs)-1]
}

// State is how far a study is.
type State string

// The states.
const (
	Empty     State = ""          // no protocol yet
	Asking    State = "asking"    // hospitals are asked for approval
	Running   State = "running"   // a run is under way
	Finished  State = "finished"  // a result is there
	Signed    State = "signed"    // and every hospital of the run has signed it
	Public    State = "published" // and was published
	TakenBack State = "withdrawn" // the study was given up
)

// State is how far the study is, as its entries tell.
func (s *Study) State() State {
	r := s.Last()
	switch {
	case s.Withdrawn != nil:
		return TakenBack
	case s.Published != nil:
		return Public
	case len(s.Versions) == 0:
		return Empty
	case r == nil || r.Version != len(s.Versions)-1:
		return Asking
	case r.Done() && len(r.Results) == len(r.Says.Hospitals):
		return Signed
	case r.Done():
		return Finished
	}
	return Running
}

// theProtocol is what an entry about the newest version refers to.
func (s *Study) theProtocol() []ledger.Hash {
	if v := s.Current(); v != nil {
		return []ledger.Hash{v.Hash}
	}
	return nil
}

// keeps tells whether the hospital that asks keeps the study.
func (s *Study) keeps(a *record.Asking) bool { return s.Log.Roster.Steward == a.Here }

// version finds a version of the protocol by its entry; -1 where there is none.
func (s *Study) version(h ledger.Hash) int {
	return slices.IndexFunc(s.Versions, func(v Version) bool { return v.Hash == h })
}

// runOf finds a run by its entry; nil where there is none.
func (s *Study) runOf(h ledger.Hash) *Run {
	for i := range s.Runs {
		if s.Runs[i].Hash == h {
			return &s.Runs[i]
		}
	}
	return nil
}

// Title is what the protocol calls the study, in both languages where it is written in both.
func (v *Version) Title() lang.Text {
	return protocol.Both(v.Parsed.Title)
}
