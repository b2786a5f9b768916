package outreach

import (
	"slices"
	"time"

	"consilium/lang"
	"consilium/ledger"
)

// State is how far a visit is, as its entries tell. Whether it is going on just now depends on the clock: [Visit.Underway].
type State string

// The states.
const (
	Empty      State = "" // nothing was proposed yet
	Asked      State = "proposed"
	Agreed     State = "accepted"
	TurnedDown State = "declined"
	Done       State = "done"
	Cancelled  State = "cancelled"
)

// Name is what people call the state.
func (s State) Name() lang.Text {
	switch s {
	case Asked:
		return lang.Text{En: "Invited", Zh: "已邀请"}
	case Agreed:
		return lang.Text{En: "Accepted", Zh: "已接受"}
	case TurnedDown:
		return lang.Text{En: "Declined", Zh: "已谢绝"}
	case Done:
		return lang.Text{En: "Done", Zh: "已完成"}
	case Cancelled:
		return lang.Text{En: "Cancelled", Zh: "已取消"}
	}
	return lang.Text{En: "Not proposed", Zh: "未提出"}
}

// Said is one entry that counts, with what it says.
type Said[B any] struct {
	Entry    ledger.Hash
	Hospital ledger.HospitalID
	Person   ledger.PersonID
	Author   ledger.Author
	Time     time.Time // by the writer's clock
	Refs     []ledger.Hash
	Blobs    []ledger.BlobRef
	Standing ledger.Standing
	Says     B
}

// TeamMember is one person of the team, and the hospital that named them.
type TeamMember struct {
	Hospital ledger.HospitalID
	Member
}

// Marked is an entry about which something is odd.
type Marked struct {
	Entry ledger.Hash
	Marks []Mark
}

// Visit is what the entries of a visit amount to.
type Visit struct {
	Thread   ledger.ThreadID
	Host     ledger.HospitalID
	Guest    ledger.HospitalID
	State    State
	Proposal *Said[Proposed]
	Accepted *Said[Accepted]
	Declined *Said[Declined]
	Team     []TeamMember // guests first
	Grants   []Grant      // in the order in which they were given, ended ones too
	Sessions []Said[Session]
	Reports  []Said[Report]
	Closing  *Said[Closed]
	Marks    []Marked

	log   ledger.Log
	teams []Said[Team] // the newest of each hospital
}

// Fold reads a visit. The same entries give the same visit, whatever their order of arrival.
func Fold(l ledger.Log) Visit {
	v := Visit{Thread: l.Thread, Host: l.Roster.Opener, log: l}
	for _, s := range l.Said {
		if step := steps[s.Kind]; step != nil {
			if marks := step(&v, s); len(marks) > 0 {
				v.Marks = append(v.Marks, Marked{s.Hash, marks})
			}
		}
	}
	v.settle()
	return v
}

// MarksOf gives what is odd about an entry.
func (v *Visit) MarksOf(h ledger.Hash) []Mark {
	for _, m := range v.Marks {
		if m.Entry == h {
			return m.Marks
		}
	}
	return nil
}

// steps take one entry each into the visit and say what is odd about it.
var steps map[string]func(*Visit, ledger.Said) []Mark

func init() { // the steps fold, and the fold has steps
	steps = map[string]func(*Visit, ledger.Said) []Mark{
		KindProposed:  step((*Visit).proposed),
		KindAccepted:  step((*Visit).accepted),
		KindDeclined:  step((*Visit).declined),
		KindTeam:      step((*Visit).team),
		KindPrivilege: (*Visit).granted,
		KindRevoked:   (*Visit).revoked,
		KindSession:   step((*Visit).session),
		KindReport:    step((*Visit).reported),
		KindClosed:    (*Visit).closed,
	}
}

// step reads an entry's body before the step, and leaves out what cannot be read, was taken back, or is late.
func step[B any](take func(*Visit, Said[B])) func(*Visit, ledger.Said) []Mark {
	return func(v *Visit, s ledger.Said) []Mark {
		a, ok := read[B](s)
		if !ok {
			return nil
		}
		marks := v.judge(s.Kind, draftOf(s), &a.Says)
		if s.Standing != ledger.Counts && s.Kind != KindDeclined {
			return append(marks, mark(string(s.Standing)))
		}
		if len(marks) == 0 || facts[s.Kind] {
			take(v, a)
		}
		return marks
	}
}

// facts are kinds that tell what happened: shown and counted whatever is odd about them, for hiding a fact harms. The others are acts: one that
// may not be done changes nothing. A proposal counts too: its marks are about what the invitation lacks.
var facts = map[string]bool{KindProposed: true, KindSession: true, KindReport: true}

func read[B any](s ledger.Said) (Said[B], bool) {
	a := Said[B]{Entry: s.Hash, Hospital: s.Hospital, Person: s.Person, Time: s.Time, Refs: s.Refs, Standing: s.Standing}
	raw := s.Says()
	if raw == nil {
		return a, false
	}
	says, err := ledger.Decode[B](raw)
	if err != nil {
		return a, false
	}
	if c, ok := any(&says).(ledger.Checked); ok && c.Check() != nil {
		return a, false
	}
	a.Says, a.Author, a.Blobs = says, s.Content.Author, s.Content.Blobs
	return a, true
}

func (v *Visit) proposed(a Said[Proposed]) {
	if a.Hospital == v.Host && a.Says.Host == v.Host {
		v.Proposal, v.Guest, v.Declined = &a, a.Says.Guest, nil
	}
}

func (v *Visit) accepted(a Said[Accepted]) {
	v.Accepted, v.Declined = &a, nil
}

func (v *Visit) declined(a Said[Declined]) {
	v.Declined = &a
}

func (v *Visit) team(a Said[Team]) {
	v.teams = slices.DeleteFunc(v.teams, func(t Said[Team]) bool { return t.Hospital == a.Hospital })
	v.teams = append(v.teams, a)
}

func (v *Visit) session(a Said[Session]) {
	v.Sessions = append(v.Sessions, a)
}

func (v *Visit) reported(a Said[Report]) {
	v.Reports = append(v.Reports, a)
}

// closed ends a visit. It ends also where its words are erased or its key is doubted: a closing narrows.
func (v *Visit) closed(s ledger.Said) []Mark {
	marks := v.judge(s.Kind, draftOf(s), nil)
	if s.Hospital != v.Host || s.Retracted() {
		return marks
	}
	a, ok := read[Closed](s)
	if !ok {
		a.Says.Outcome = string(Cancelled)
	}
	if v.Closing == nil {
		v.Closing = &a
	}
	if s.Standing != ledger.Counts {
		marks = append(marks, mark(string(s.Standing)))
	}
	return marks
}

// settle draws the conclusions once everything is read.
func (v *Visit) settle() {
	v.State = v.state()
	slices.SortStableFunc(v.Sessions, func(a, b Said[Session]) int { return dayOf(a.Says.Date).Compare(dayOf(b.Says.Date)) })
	for _, guests := range []bool{true, false} {
		for _, t := range v.teams {
			if (t.Hospital == v.Guest) == guests {
				for _, m := range t.Says.Members {
					v.Team = append(v.Team, TeamMember{t.Hospital, m})
				}
			}
		}
	}
	for i := range v.Grants {
		v.Grants[i].settle(v)
	}
	if r := v.ReportOf(v.Guest); r != nil && r.Time.After(v.ReportDue()) {
		v.Marks = append(v.Marks, Marked{r.Entry, []Mark{mark("report-late")}})
	}
}

func (v *Visit) state() State {
	switch {
	case v.Closing != nil:
		return State(v.Closing.Says.Outcome)
	case v.Proposal == nil:
		return Empty
	case v.Declined != nil && v.answers(v.Declined.Entry, v.Declined.Refs):
		return TurnedDown
	case v.agreed():
		return Agreed
	}
	return Asked
}

// agreed tells whether the proposal as it stands was accepted: that one, and in those words.
func (v *Visit) agreed() bool {
	return v.Accepted != nil && v.Declined == nil && v.answers(v.Accepted.Entry, v.Accepted.Refs)
}

// answers tells whether an answer is to the proposal that stands, with its corrections.
func (v *Visit) answers(answer ledger.Hash, refs []ledger.Hash) bool {
	if v.Proposal == nil || !slices.Contains(refs, v.Proposal.Entry) {
		return false
	}
	s := v.log.Find(v.Proposal.Entry)
	if s == nil || answer.IsZero() {
		return s != nil
	}
	return !slices.ContainsFunc(s.Corrected, func(c ledger.Correction) bool { return !v.log.Follows(answer, c.By.Hash) })
}

// place is where the days of the visit are counted: the offset of the host's clock.
func (v *Visit) place() *time.Location {
	if v.Proposal == nil {
		return time.UTC
	}
	return v.Proposal.Time.Location()
}

// From is the first moment of the visit; zero where none is proposed.
func (v *Visit) From() time.Time {
	if v.Proposal == nil {
		return time.Time{}
	}
	return startOf(v.Proposal.Says.From, v.place())
}

// Until is the first moment after the visit; zero where none is proposed.
func (v *Visit) Until() time.Time {
	if v.Proposal == nil {
		return time.Time{}
	}
	return endOf(v.Proposal.Says.Until, v.place())
}

// Underway tells whether the team is there at a time.
func (v *Visit) Underway(at time.Time) bool {
	return v.State == Agreed && !at.Before(v.From()) && at.Before(v.Until())
}

// ReportDue is when the guest's report is due: two working days after the last day.
func (v *Visit) ReportDue() time.Time {
	if v.Proposal == nil {
		return time.Time{}
	}
	return afterWorkingDays(v.Until(), 2)
}

// ReportOf gives a hospital's report, or nil.
func (v *Visit) ReportOf(h ledger.HospitalID) *Said[Report] {
	for i := range v.Reports {
		if v.Reports[i].Hospital == h {
			return &v.Reports[i]
		}
	}
	return nil
}

// Cases are the cases that the visit is for.
func (v *Visit) Cases() []ledger.ThreadID {
	var list []ledger.ThreadID
	if v.Proposal != nil {
		for _, c := range v.Proposal.Says.Cases {
			list = append(list, c.Case)
		}
	}
	for _, s := range v.Sessions {
		list = append(list, s.Says.Cases...)
	}
	slices.SortFunc(list, func(a, b ledger.ThreadID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(list)
}

// InTeam tells whether a person of a hospital is in the team.
func (v *Visit) InTeam(h ledger.HospitalID, p ledger.PersonID) bool {
	return slices.ContainsFunc(v.Team, func(m TeamMember) bool { return m.Hospital == h && m.Person == p })
}
