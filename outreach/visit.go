package outreach

import (
	"slices"
	"time"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/record"
)

// The kinds of entries of a visit.
const (
	KindProposed  = "visit.proposed"
	KindAccepted  = "visit.accepted"
	KindDeclined  = "visit.declined"
	KindTeam      = "visit.team"
	KindPrivilege = "visit.privilege"
	KindRevoked   = "visit.privilege-revoked"
	KindSession   = "visit.session"
	KindReport    = "visit.report"
	KindClosed    = "visit.closed"
)

// Who may say what, by role.
var (
	desk     = []string{string(people.ReferringDoctor), string(people.Surgeon), string(people.HeadOfDepartment), string(people.Coordinator), string(people.System)}
	office   = []string{string(people.HeadOfDepartment), string(people.Coordinator), string(people.System)}
	everyone = append(slices.Clone(desk), string(people.Trainee))
)

// Thread is the kind of thread that visits are.
const Thread = "visit"

// Governance of visits: no patient is named in one, so all who take part may have it.
var Governance = record.Governance{Policy: "Visit", Leaves: record.ToMembers}

// thread declares the visit: its kinds in the order in which a visit goes. Rights to operate follow from it, so it is strict.
var thread = &record.Thread[*Visit]{Kind: Thread, Phrases: "visits", Strict: true,
	Kinds:     []record.Of[*Visit]{proposedEntry, acceptedEntry, declinedEntry, teamEntry, privilegeEntry, revokedEntry, sessionEntry, reportEntry, closedEntry},
	Governs:   Governance,
	Relations: []func(ledger.HospitalID) record.Relate{relations},
	Begin: func(r *record.Reading) *Visit {
		return &Visit{Reading: r, Thread: r.Log.Thread, Host: r.Log.Roster.Opener}
	},
	Stand: func(v *Visit) (opened, closed bool) { return true, v.Closing != nil },
	End:   (*Visit).settle,
}

// Talk is the visit for who wires, shows or offers it.
func Talk() *record.Talk { return thread.Talk(nil) }

// Fold reads a visit. The same entries give the same visit, whatever their order of arrival.
func Fold(l ledger.Log) *Visit { return thread.Fold(l) }

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
	if s == Empty {
		return lang.Phrase("visits.state.none", nil)
	}
	return lang.Named("visits.state", string(s))
}

// TeamMember is one person of the team, and the hospital that named them.
type TeamMember struct {
	Hospital ledger.HospitalID
	Member
}

// Visit is what the entries of a visit amount to.
type Visit struct {
	*record.Reading // its entries as they were read, and its timeline

	Thread   ledger.ThreadID
	Host     ledger.HospitalID
	Guest    ledger.HospitalID
	State    State
	Proposal *record.Said[Proposed]
	Accepted *record.Said[Accepted]
	Declined *record.Said[Declined]
	Team     []TeamMember // guests first
	Grants   []Grant      // in the order in which they were given, ended ones too
	Sessions []record.Said[Session]
	Reports  []record.Said[Report]
	Closing  *record.Said[Closed]

	teams []record.Said[Team] // the newest of each hospital
}

// bodies are what was said, without who and when.
func bodies[B any](list []record.Said[B]) []B {
	out := make([]B, 0, len(list))
	for _, s := range list {
		out = append(out, s.Says)
	}
	return out
}

// settle draws the conclusions once everything is read.
func (v *Visit) settle() {
	v.State = v.state()
	slices.SortStableFunc(v.Sessions, func(a, b record.Said[Session]) int { return dayOf(a.Says.Date).Compare(dayOf(b.Says.Date)) })
	for _, guests := range []bool{true, false} {
		for _, t := range v.teams {
			if (t.By.Hospital == v.Guest) == guests {
				for _, m := range t.Says.Members {
					v.Team = append(v.Team, TeamMember{t.By.Hospital, m})
				}
			}
		}
	}
	for i := range v.Grants {
		v.Grants[i].settle(v)
	}
	if r := v.ReportOf(v.Guest); r != nil && r.Written.After(v.ReportDue()) {
		v.Mark(r.Hash, record.Mark{Code: "report-late", Text: lang.Phrase("visits.stop.report-late", nil)})
	}
}

func (v *Visit) state() State {
	switch {
	case v.Closing != nil:
		return State(v.Closing.Says.Outcome)
	case v.Proposal == nil:
		return Empty
	case v.Declined != nil && v.answers(v.Declined.Hash, v.Declined.Refs):
		return TurnedDown
	case v.agreed():
		return Agreed
	}
	return Asked
}

// place is where the days of the visit are counted: the offset of the host's clock.
func (v *Visit) place() *time.Location {
	if v.Proposal == nil {
		return time.UTC
	}
	return v.Proposal.Written.Location()
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
