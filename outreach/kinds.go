package outreach

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"consilium/ledger"
	"consilium/people"
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

// PatientCase is a patient whom the visit is for: the thread of the case, and when the patient was informed of the visit and agreed.
type PatientCase struct {
	Case     ledger.ThreadID `json:"case"`
	Informed string          `json:"informed,omitempty"` // a date
}

// Proposed is what visit.proposed says: the invitation. One that refers to an earlier one takes its place, and is accepted anew.
type Proposed struct {
	Host       ledger.HospitalID `json:"host"`
	Guest      ledger.HospitalID `json:"guest"`
	Purpose    string            `json:"purpose"`
	Skill      string            `json:"skill"`                // the sub-specialty or skill wanted
	Procedures []string          `json:"procedures,omitempty"` // codes, as in the pathway packs
	Cases      []PatientCase     `json:"cases,omitempty"`
	From       string            `json:"from"`  // first day
	Until      string            `json:"until"` // last day
	Place      string            `json:"place,omitempty"`
	Fee        string            `json:"fee,omitempty"`
	Letter     ledger.Hash       `json:"letter,omitzero"`     // the stamped invitation, one of the attached files
	Conditions bool              `json:"conditions"`          // the host is licensed and equipped for what is asked
	Emergency  string            `json:"emergency,omitempty"` // asked by telephone: why there was no time; the letter follows
}

// Approval is the leave that the guest's own medical office gives.
type Approval struct {
	Office string `json:"office"`           // who approved
	Number string `json:"number,omitempty"` // of the paper
	Date   string `json:"date"`
}

// Accepted is what visit.accepted says; it refers to the proposal.
type Accepted struct {
	Approval    *Approval `json:"approval,omitempty"`
	WithinScope bool      `json:"within_scope"`        // neither the guest nor its doctors go beyond what they are licensed for
	Emergency   string    `json:"emergency,omitempty"` // approved by telephone: why; an acceptance with the approval follows
	Note        string    `json:"note,omitempty"`
}

// Declined is what visit.declined says; it refers to the proposal. It may come after an acceptance: people fall ill.
type Declined struct {
	Reason string `json:"reason"`
}

// Member is one person of the team.
type Member struct {
	Person    ledger.PersonID `json:"person"` // as the hospital that says it names them
	Name      string          `json:"name"`
	Title     string          `json:"title,omitempty"`
	Specialty string          `json:"specialty,omitempty"`
	License   string          `json:"license,omitempty"` // to practice
	Part      string          `json:"part"`              // "lead", "operate", "assist", "advise", "nurse", "trainee", "host"
}

// Parts are what a member of the team is there for.
var Parts = []string{"lead", "operate", "assist", "advise", "nurse", "trainee", "host"}

// Team is what visit.team says: who takes part for the hospital that says it. It takes the place of what that hospital said before.
type Team struct {
	Members []Member `json:"members"`
}

// Privilege is what visit.privilege says: the host lets one person of the guest do one procedure for some time.
type Privilege struct {
	Hospital   ledger.HospitalID `json:"hospital"` // whose person it is
	Person     ledger.PersonID   `json:"person"`
	Name       string            `json:"name"`
	Procedure  string            `json:"procedure"` // code, as in the pathway packs
	Level      int64             `json:"level"`     // surgical level 1 to 4
	Part       people.Part       `json:"part"`      // "advise", "assist", "operate"
	From       string            `json:"from"`      // with time and offset
	Until      string            `json:"until"`
	Supervisor ledger.PersonID   `json:"supervisor,omitempty"` // of the host
	Basis      string            `json:"basis"`                // on what grounds: license and invitation that were seen
}

// Revoked is what visit.privilege-revoked says; it refers to the privileges that end.
type Revoked struct {
	Reason string `json:"reason"`
}

// Session is what visit.session says: something that the team does.
type Session struct {
	What  string            `json:"what"`
	Date  string            `json:"date"` // perhaps with time
	Until string            `json:"until,omitempty"`
	Place string            `json:"place,omitempty"`
	Title string            `json:"title,omitempty"` // of a lecture
	Cases []ledger.ThreadID `json:"cases,omitempty"`
	Count int64             `json:"count,omitzero"` // of patients or listeners, where they have no case here
	Note  string            `json:"note,omitempty"`
}

// Whats are the things that a team does.
var Whats = []string{"clinic", "lecture", "ward_round", "operating_list"}

// Report is what visit.report says, to the medical office at home within two working days, and by the host back to the guest.
type Report struct {
	Seen     int64             `json:"seen"`     // patients
	Operated int64             `json:"operated"` // patients
	Taught   int64             `json:"taught"`   // people
	Cases    []ledger.ThreadID `json:"cases,omitempty"`
	Adverse  string            `json:"adverse,omitempty"` // events and disputes
	Text     string            `json:"text"`
}

// Closed is what visit.closed says.
type Closed struct {
	Outcome string `json:"outcome"` // "done", "cancelled"
	Reason  string `json:"reason,omitempty"`
}

var (
	desk     = []string{string(people.ReferringDoctor), string(people.Surgeon), string(people.HeadOfDepartment), string(people.Coordinator), string(people.System)}
	office   = []string{string(people.HeadOfDepartment), string(people.Coordinator), string(people.System)}
	everyone = append(slices.Clone(desk), string(people.Trainee))
)

// Kinds are the kinds that this package declares, in the order in which a visit goes.
func Kinds() []ledger.Kind {
	return []ledger.Kind{
		declare[Proposed](KindProposed, desk),
		declare[Accepted](KindAccepted, office),
		declare[Declined](KindDeclined, office),
		declare[Team](KindTeam, desk),
		declare[Privilege](KindPrivilege, office),
		declare[Revoked](KindRevoked, office),
		declare[Session](KindSession, everyone),
		declare[Report](KindReport, desk),
		declare[Closed](KindClosed, desk),
	}
}

func declare[B any](name string, roles []string) ledger.Kind {
	return ledger.Declare[B](ledger.Kind{Name: name, Threads: []string{"visit"}, Roles: roles, Check: stopWriter})
}

// form gathers the first thing that is wrong with a body.
type form struct{ err error }

func (f *form) need(ok bool, format string, a ...any) {
	if !ok && f.err == nil {
		f.err = fmt.Errorf(format, a...)
	}
}

func (f *form) text(name, s string) { f.need(strings.TrimSpace(s) != "", "%s is missing", name) }

// Check looks at the body's own form.
func (p *Proposed) Check() error {
	var f form
	f.need(!p.Host.IsZero() && !p.Guest.IsZero() && p.Host != p.Guest, "a visit is between two hospitals")
	f.text("the purpose", p.Purpose)
	f.text("the skill wanted", p.Skill)
	from, until := day(p.From), day(p.Until)
	f.need(!from.IsZero() && !until.IsZero() && !until.Before(from), "a visit has a first and a last day")
	for _, c := range p.Cases {
		f.need(!c.Case.IsZero(), "a case is named by its thread")
		f.need(c.Informed == "" || !day(c.Informed).IsZero(), "when the patient was informed is a date")
	}
	return f.err
}

// Check looks at the body's own form.
func (a *Accepted) Check() error {
	var f form
	if a.Approval != nil {
		f.text("who approved", a.Approval.Office)
		f.need(!day(a.Approval.Date).IsZero(), "the approval has a date")
	}
	return f.err
}

// Check looks at the body's own form.
func (d *Declined) Check() error {
	var f form
	f.text("the reason", d.Reason)
	return f.err
}

// Check looks at the body's own form.
func (t *Team) Check() error {
	var f form
	f.need(len(t.Members) > 0, "a team has members")
	for _, m := range t.Members {
		f.text("a member's id", string(m.Person))
		f.text("a member's name", m.Name)
		f.need(slices.Contains(Parts, m.Part), "there is no part %q in a team", m.Part)
	}
	return f.err
}

// Check looks at the body's own form.
func (p *Privilege) Check() error {
	var f form
	f.need(!p.Hospital.IsZero() && p.Person != "", "a privilege is one person's")
	f.text("the name", p.Name)
	f.text("the procedure", p.Procedure)
	f.need(p.Level >= 1 && p.Level <= 4, "the surgical level is 1 to 4")
	f.need(slices.Contains(people.Parts, p.Part), "the part is advise, assist or operate")
	from, until := instant(p.From), instant(p.Until)
	f.need(!from.IsZero() && !until.IsZero(), "a privilege has a beginning and an end, each with time and offset")
	f.need(until.After(from), "a privilege ends after it begins")
	f.text("on what grounds it is given", p.Basis)
	return f.err
}

// Check looks at the body's own form.
func (r *Revoked) Check() error {
	var f form
	f.text("the reason", r.Reason)
	return f.err
}

// Check looks at the body's own form.
func (s *Session) Check() error {
	var f form
	f.need(slices.Contains(Whats, s.What), "a session is a clinic, a lecture, a ward round or an operating list")
	f.need(!dayOf(s.Date).IsZero(), "a session has its date")
	f.need(s.Until == "" || !dayOf(s.Until).IsZero(), "the end of a session is a date")
	f.need(s.Count >= 0, "a count is not negative")
	return f.err
}

// Check looks at the body's own form.
func (r *Report) Check() error {
	var f form
	f.need(r.Seen >= 0 && r.Operated >= 0 && r.Taught >= 0, "a count is not negative")
	f.text("the report", r.Text)
	return f.err
}

// Check looks at the body's own form.
func (c *Closed) Check() error {
	switch {
	case c.Outcome != "done" && c.Outcome != "cancelled":
		return errors.New("a visit is closed as done or cancelled")
	case c.Outcome == "cancelled" && strings.TrimSpace(c.Reason) == "":
		return errors.New("a cancelled visit says why")
	}
	return nil
}
