package outreach

import (
	"slices"
	"strings"
	"time"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/record"
	"consilium/terms"
)

// Privilege lets one person of the guest do one procedure for some time.
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

// Check is the form of the body.
func (p *Privilege) Check() error {
	var c record.Checks
	c.Hospital("hospital", p.Hospital)
	c.Text("person", string(p.Person), true)
	c.Text("name", p.Name, true)
	c.Text("procedure", p.Procedure, true)
	c.Need(p.Level >= 1 && p.Level <= 4, "level", "visits.unfit.level")
	c.Need(slices.Contains(people.Parts, p.Part), "part", "visits.unfit.part")
	from, until := instant(p.From), instant(p.Until)
	c.Need(!from.IsZero(), "from", "visits.unfit.moment")
	c.Need(!until.IsZero() && until.After(from), "until", "visits.unfit.end")
	c.Text("basis", p.Basis, true)
	return c.Err()
}

// What a privilege said first counts, and corrections can only make it smaller. One that breaks a rule, is late or doubted stands in the list and is void.
var privilegeEntry = record.Declare(KindPrivilege, record.Meaning[*Visit, Privilege]{
	Doc:     "By the host's head of department or coordinator: one person of the guest may take one part in one procedure for some time. It closes by itself.",
	Example: `{"hospital":"FAUS-UKZM-FUXC-6MBR-GIZT-INJW-G44D-SOR3-2OPJ","person":"k7q2m4","name":"Prof. Wang","procedure":"mvd","level":4,"part":"operate","from":"2026-12-01T08:00+08:00","until":"2026-12-03T20:00+08:00","supervisor":"h3x9p1","basis":"License and invitation of 2026-11-25 seen"}`,
	Roles:   office, FirstSaid: true, Narrows: true,
	Rule: func(v *Visit, a record.Said[Privilege]) []record.Mark { return v.granting(a) },
	Fold: func(v *Visit, a record.Said[Privilege]) {
		g := Grant{Said: a, From: instant(a.Says.From), Until: instant(a.Says.Until), Void: len(a.Marks) > 0 || a.Standing != ledger.Counts}
		for _, c := range v.Log.Find(a.Hash).Corrected {
			g.narrow(c)
		}
		v.Grants = append(v.Grants, g)
	},
	List: record.Elsewhere, Views: []record.View{record.Shows("privileges", func(v *Visit) []Grant { return v.Grants })},
	Words: func(a record.Said[Privilege]) record.Words {
		p := a.Says
		what := lang.Phrase("visits.line.privilege", map[string]any{"name": p.Name, "procedure": p.Procedure, "part": p.Part.Name(), "level": p.Level})
		return told(KindPrivilege, append([]lang.Text{what}, record.Written(p.From+" – "+p.Until, p.Basis)...)...)
	},

	Verb: "visit",
	Form: record.Form[*Visit]{Finish: finishPrivilege, Asks: []record.Ask[*Visit]{
		{Name: "person", Sort: record.Code, Needed: true, Options: guestOptions},
		{Name: "procedure", Sort: "procedure", Needed: true},
		{Name: "level", Sort: record.Integer, Needed: true, Options: levelOptions},
		{Name: "part", Sort: record.Code, Needed: true, Options: partOptions},
		{Name: "from", Sort: record.DateTime, Needed: true},
		{Name: "until", Sort: record.DateTime, Needed: true},
		{Name: "supervisor", Sort: record.Staff},
		{Name: "basis", Sort: record.Text, Needed: true},
	}},
	Start: func(v *Visit, _ *record.Asking) Privilege {
		return Privilege{From: terms.WriteMoment(v.From()), Until: terms.WriteMoment(v.Until().Add(-time.Minute))}
	},
	Offer: func(v *Visit, a *record.Asking) ([]ledger.Hash, bool) {
		return nil, v.State == Agreed && v.Host == a.Here
	},
})

// guestOptions are the people whom the guest named.
func guestOptions(v *Visit, _ *record.Asking) (list []record.Option) {
	for _, m := range v.Team {
		if m.Hospital == v.Guest {
			list = append(list, record.Option{Value: string(m.Person), Label: lang.Same(m.Name), Help: lang.Same(strings.Trim(m.Title+" · "+m.License, " ·"))})
		}
	}
	return list
}

func levelOptions(*Visit, *record.Asking) (list []record.Option) {
	for _, level := range []string{"1", "2", "3", "4"} {
		list = append(list, record.Option{Value: level, Label: lang.Same(level)})
	}
	return list
}

func partOptions(*Visit, *record.Asking) (list []record.Option) {
	for _, p := range people.Parts {
		list = append(list, record.Option{Value: string(p), Label: p.Name()})
	}
	return list
}

// finishPrivilege adds whose person it is, and their name.
func finishPrivilege(v *Visit, _ *record.Asking, says record.Body) {
	says["hospital"] = v.Guest
	for _, m := range v.Team {
		if m.Hospital == v.Guest && string(m.Person) == says.Text("person") {
			says["name"] = m.Name
		}
	}
}

// Asked are the procedures that the invitation asks for; empty: any.
func (v *Visit) Asked() []string {
	if v.Proposal == nil {
		return nil
	}
	return v.Proposal.Says.Procedures
}

// granting is the rule of a privilege: the host's to give, to the guest's team, within the invitation that was accepted.
func (v *Visit) granting(a record.Said[Privilege]) []record.Mark {
	p := a.Says
	marks := record.All(record.When(a.By.Hospital != v.Host, "not-host"), record.When(!v.agreed(), "not-accepted"))
	if v.Proposal == nil {
		return marks
	}
	named := slices.ContainsFunc(v.teams, func(t record.Said[Team]) bool {
		return t.By.Hospital == p.Hospital && slices.ContainsFunc(t.Says.Members, func(m Member) bool { return m.Person == p.Person })
	})
	asked := v.Asked()
	return record.All(marks, record.When(p.Hospital != v.Guest, "not-guest"),
		record.When(p.Hospital == a.By.Hospital && p.Person == a.By.Person, "own-privilege", "person"),
		record.When(!named, "not-in-team", "person"),
		record.When(instant(p.From).Before(v.From()) || instant(p.Until).After(v.Until()), "outside-visit", "until"),
		record.When(len(asked) > 0 && !slices.Contains(asked, p.Procedure), "not-asked-for", "procedure"))
}

// Grant is a temporary privilege, as far as it holds.
type Grant struct {
	record.Said[Privilege]
	From  time.Time
	Until time.Time     // not included; earlier than it says where it was ended before its time
	Ended []ledger.Hash // what ended it: revocations, the closing
	Void  bool          // it never held: doubted, taken back, beyond what the host may give
}

// HoldsAt tells whether the privilege is in force at a time.
func (g Grant) HoldsAt(at time.Time) bool { return !g.Void && !at.Before(g.From) && at.Before(g.Until) }

// Lets tells whether the privilege lets its person take a part in a procedure. Who may operate may assist, and who may assist may advise.
func (g Grant) Lets(procedure string, part people.Part) bool {
	has, wanted := slices.Index(people.Parts, g.Says.Part), slices.Index(people.Parts, part)
	return wanted >= 0 && has >= wanted && g.Says.Procedure == procedure
}

// narrow takes a correction into account, which can only make the privilege smaller.
func (g *Grant) narrow(c ledger.Correction) {
	p, err := ledger.Decode[Privilege](c.Says)
	if c.Says == nil || err != nil || p.Check() != nil || p.Person != g.Says.Person || p.Hospital != g.Says.Hospital || p.Procedure != g.Says.Procedure {
		g.Void = true
		return
	}
	if from := instant(p.From); from.After(g.From) {
		g.From = from
	}
	if until := instant(p.Until); until.Before(g.Until) {
		g.Until = until
	}
	if slices.Index(people.Parts, p.Part) < slices.Index(people.Parts, g.Says.Part) {
		g.Says.Part = p.Part
	}
}

func (g *Grant) end(at time.Time, by ledger.Hash) {
	g.Ended = append(g.Ended, by)
	if at.Before(g.Until) {
		g.Until = at
	}
}

// settle ends a privilege with the visit under which it was given.
func (g *Grant) settle(v *Visit) {
	switch v.State {
	case Agreed:
	case Done, Cancelled:
		g.end(v.Closing.Written, v.Closing.Hash)
	case TurnedDown:
		g.end(v.Declined.Written, v.Declined.Hash)
	default: // the invitation was changed and not accepted again
		g.Void = true
	}
	if !g.Until.After(g.From) {
		g.Void = true
	}
}

// PrivilegesAt lists the privileges in force at a time.
func (v *Visit) PrivilegesAt(at time.Time) []Grant {
	return slices.DeleteFunc(slices.Clone(v.Grants), func(g Grant) bool { return !g.HoldsAt(at) })
}

// Revoked ends the privileges that it refers to.
type Revoked struct {
	Reason string `json:"reason"`
}

// Check is the form of the body.
func (r *Revoked) Check() error {
	var c record.Checks
	c.Text("reason", r.Reason, true)
	return c.Err()
}

// A revocation holds where its words are erased, when its key is doubted, and when it was taken back. Host and guest may each end what both had agreed to.
var revokedEntry = record.Declare(KindRevoked, record.Meaning[*Visit, Revoked]{
	Doc:     "By host or guest; refers to the privileges that end now.",
	Example: `{"reason":"The visit ends a day early."}`,
	Roles:   office, AfterClosing: true, ByHeader: true, KeepUndone: true, Narrows: true,
	Rule: func(v *Visit, a record.Said[Revoked]) []record.Mark {
		known := slices.ContainsFunc(v.Grants, func(g Grant) bool { return slices.Contains(a.Refs, g.Hash) })
		return record.All(record.When(!v.party(a.By.Hospital), "not-a-party"), record.When(!known, "no-privilege"))
	},
	Fold: func(v *Visit, a record.Said[Revoked]) {
		if !v.party(a.By.Hospital) {
			return
		}
		for i := range v.Grants {
			if slices.Contains(a.Refs, v.Grants[i].Hash) {
				v.Grants[i].end(a.Written, a.Hash)
			}
		}
	},
	List:  record.Elsewhere, // the privilege tells when it ended
	Words: func(a record.Said[Revoked]) record.Words { return told(KindRevoked, record.Written(a.Says.Reason)...) },

	Component: "grants",
	Form:      record.Form[*Visit]{Asks: []record.Ask[*Visit]{{Name: "reason", Sort: record.Long, Needed: true}}},
})

// Operator is somebody of another hospital who takes a part in an operation.
type Operator struct {
	Host      ledger.HospitalID // where the operation is
	Hospital  ledger.HospitalID // whose person it is
	Person    ledger.PersonID
	Procedure string
	Part      people.Part // empty: operate
	At        time.Time
	Emergency string // why there was no time for a privilege, as recorded with the operation
}

// Verdict says whether somebody was allowed to operate, and on what grounds.
type Verdict struct {
	Allowed   bool
	Grant     ledger.Hash // the privilege that lets them; zero: none
	Emergency bool        // allowed by a recorded emergency only
}

// Allowed judges an operator by the host's temporary privileges. The host's own people are judged by their own privileges, not here.
func (o Operator) Allowed(grants []Grant) Verdict {
	part := o.Part
	if part == "" {
		part = people.Operate
	}
	if o.Hospital == o.Host {
		return Verdict{Allowed: true}
	}
	for _, g := range grants {
		if g.By.Hospital == o.Host && g.Says.Hospital == o.Hospital && g.Says.Person == o.Person && g.HoldsAt(o.At) && g.Lets(o.Procedure, part) {
			return Verdict{Allowed: true, Grant: g.Hash}
		}
	}
	emergency := strings.TrimSpace(o.Emergency) != ""
	return Verdict{Allowed: emergency, Emergency: emergency}
}
