package casebook

import (
	"slices"

	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
)

// The team of a case: whom a hospital names to it, and work that passes from one person to another with both knowing.

// PartLead is the part of who takes what the hospital's staff in their role is to do and nobody is named for.
const PartLead = "lead"

// TeamParts are the parts in which somebody is named to the team.
var TeamParts = []string{"colleague", PartLead, "trainee"}

// Joining names somebody of the writer's hospital to the case.
type Joining struct {
	Person ledger.PersonID `json:"person"`
	Name   string          `json:"name,omitempty"`
	Roles  []string        `json:"roles,omitempty"` // as the hospital vouches for them
	Part   string          `json:"part"`
	Note   string          `json:"note,omitempty"`
}

// Check is the form of the body.
func (j *Joining) Check() error {
	var c record.Checks
	c.Need(j.Person != "", "person", "case.unfit.who-answers")
	c.Code("part", j.Part, TeamParts...)
	c.Text("note", j.Note, false)
	return c.Err()
}

// teamWords and dutyWords are where the words of these kinds stand in the phrase files.
const (
	teamWords = "case.entry.team-joined"
	dutyWords = "case.entry.duty-offered"
)

// KindTeamJoined names somebody to the team.
const KindTeamJoined = "case.team-joined"

var teamJoinedEntry = record.Declare(KindTeamJoined, record.Meaning[*folding, Joining]{
	Doc: "Names somebody of the writer's hospital to the case: `colleague`, `trainee`, or `lead`, who takes what the hospital is to do in their role and nobody else is named for. " +
		"Taken back, they are no longer of the team.",
	Example: `{"person":"k7x2m4","name":"Dr. Lin","roles":["surgeon"],"part":"colleague","note":"Knows the patient from the clinic."}`,
	Roles:   desk,
	Rule: func(f *folding, a record.Said[Joining]) []record.Mark {
		return record.When(!f.Member(a.By.Hospital), "not-a-member")
	},
	Fold: func(f *folding, a record.Said[Joining]) { f.c.Team = append(f.c.Team, a) },
	List: "team",
	Words: func(a record.Said[Joining]) record.Words {
		return record.Titled(teamWords+".told", map[string]any{"name": a.Says.Name, "part": lang.Named(teamWords+".parts", a.Says.Part)}, record.Written(a.Says.Note)...)
	},

	Verb: "refer",
	Form: record.Form[*folding]{Finish: finishJoining, Asks: []record.Ask[*folding]{
		{Name: "person", Sort: record.Staff, Needed: true},
		{Name: "part", Sort: record.Code, Needed: true, Codes: TeamParts, List: teamWords + ".parts"},
		{Name: "note", Sort: record.Text},
	}},
	Start: func(*folding, *record.Asking) Joining { return Joining{Part: TeamParts[0]} },
})

// finishJoining adds the person's name and roles.
func finishJoining(_ *folding, a *record.Asking, says record.Body) {
	for _, p := range a.Staff() {
		if string(p.Person) == says.Text("person") {
			says["name"], says["roles"] = p.Name, p.Roles
		}
	}
}

// Handing offers one person's work in the case to another of the same hospital.
type Handing struct {
	From     ledger.PersonID `json:"from"`
	FromName string          `json:"from_name,omitempty"`
	To       ledger.PersonID `json:"to"`
	ToName   string          `json:"to_name,omitempty"`
	Note     string          `json:"note,omitempty"`
}

// Check is the form of the body.
func (h *Handing) Check() error {
	var c record.Checks
	c.Need(h.From != "", "from", "case.unfit.who-answers")
	c.Need(h.To != "" && h.To != h.From, "to", "case.unfit.who-answers")
	c.Text("note", h.Note, false)
	return c.Err()
}

// Duty is an offer to take over somebody's work, and who took it.
type Duty struct {
	record.Said[Handing]
	Taken ledger.Hash // zero: not yet, and the work is still the giver's
}

// KindDutyOffered offers work; KindDutyAccepted takes it. Until then it stays where it was, so that nothing is ever nobody's.
const (
	KindDutyOffered  = "case.duty-offered"
	KindDutyAccepted = "case.duty-accepted"
)

var dutyOfferedEntry = record.Declare(KindDutyOffered, record.Meaning[*folding, Handing]{
	Doc:     "Offers one person's work in the case to another of the same hospital: every task, question and reminder. It stays the giver's until `case.duty-accepted`.",
	Example: `{"from":"k7x2m4","from_name":"Dr. Lin","to":"b3q9","to_name":"Dr. Bai","note":"I am in the theater all week."}`,
	Roles:   desk,
	Rule: func(f *folding, a record.Said[Handing]) []record.Mark {
		return record.When(!f.Member(a.By.Hospital), "not-a-member")
	},
	Fold: func(f *folding, a record.Said[Handing]) { f.c.Duties = append(f.c.Duties, Duty{Said: a}) },
	List: record.Elsewhere, Views: []record.View{record.Shows("duties", dutiesShown)},
	Words: func(a record.Said[Handing]) record.Words {
		return record.Titled(dutyWords+".told", map[string]any{"from": a.Says.FromName, "to": a.Says.ToName}, record.Written(a.Says.Note)...)
	},

	Verb: "refer",
	Form: record.Form[*folding]{Finish: finishHanding, Asks: []record.Ask[*folding]{
		{Name: "from", Sort: record.Code, Needed: true, Options: hereOptions},
		{Name: "to", Sort: record.Staff, Needed: true},
		{Name: "note", Sort: record.Text},
	}},
	Start: func(_ *folding, a *record.Asking) Handing { return Handing{From: a.Me} },
})

// hereOptions are the people of this case at this hospital, also those who have left it.
func hereOptions(f *folding, a *record.Asking) (list []record.Option) {
	for _, p := range f.everybody() {
		if p.Hospital == a.Here && p.Person != "" && p.Name != "" {
			list = append(list, record.Option{Value: string(p.Person), Label: lang.Same(p.Name)})
		}
	}
	return list
}

func finishHanding(f *folding, a *record.Asking, says record.Body) {
	for _, o := range hereOptions(f, a) {
		if o.Value == says.Text("from") {
			says["from_name"] = o.Label.En
		}
	}
	for _, p := range a.Staff() {
		if string(p.Person) == says.Text("to") {
			says["to_name"] = p.Name
		}
	}
	if says.Text("to") == says.Text("from") {
		a.Fault("to", "case.fault.choice", nil)
	}
}

// Taking takes over the work that was offered.
type Taking struct {
	Note string `json:"note,omitempty"`
}

// Check is the form of the body.
func (t *Taking) Check() error {
	var c record.Checks
	c.Text("note", t.Note, false)
	return c.Err()
}

var dutyAcceptedEntry = record.Declare(KindDutyAccepted, record.Meaning[*folding, Taking]{
	Doc:     "Takes over the work that `refs[0]` offers. Only whom it was offered to, once.",
	Example: `{"note":"I have read the case."}`,
	Roles:   team, ByHeader: true, Answers: true,
	Rule: func(f *folding, a record.Said[Taking]) []record.Mark {
		d := f.duty(a.Ref())
		if d == nil {
			return record.When(true, "no-duty")
		}
		return record.When(!d.Taken.IsZero() || d.By.Hospital != a.By.Hospital || d.Says.To != a.By.Person, "duty-other")
	},
	Fold: func(f *folding, a record.Said[Taking]) { f.duty(a.Ref()).Taken = a.Hash },
	List: record.Elsewhere,
	Words: func(a record.Said[Taking]) record.Words {
		return record.Titled("case.entry.duty-accepted.told", map[string]any{"name": a.By.Name}, record.Written(a.Says.Note)...)
	},

	Verb: "refer",
	Form: record.Form[*folding]{Asks: []record.Ask[*folding]{{Name: "note", Sort: record.Text}}},
	Offer: func(f *folding, a *record.Asking) ([]ledger.Hash, bool) {
		for _, d := range f.c.Duties {
			if d.Taken.IsZero() && d.By.Hospital == a.Here && d.Says.To == a.Me {
				return []ledger.Hash{d.Hash}, true
			}
		}
		return nil, false
	},
})

func (f *folding) duty(h ledger.Hash) *Duty {
	for i := range f.c.Duties {
		if f.c.Duties[i].Hash == h {
			return &f.c.Duties[i]
		}
	}
	return nil
}

// dutyTasks ask whom work was offered to.
func (c *Case) dutyTasks() {
	for _, d := range c.Duties {
		if d.Taken.IsZero() {
			c.add(record.Task{What: todo("take-duty", map[string]any{"name": d.Says.FromName}), Verb: c.Verb, Hospital: d.By.Hospital, Person: d.Says.To,
				Roles: team, Kind: KindDutyAccepted, Refs: []ledger.Hash{d.Hash}})
		}
	}
}

// passOn gives what another hospital asks of somebody who has no part in the case to that one's hospital, every task to whoever took it over, one after the other, and what nobody is named for to the lead of the hospital's team in that role.
func (c *Case) passOn() {
	for i := range c.Next {
		t := &c.Next[i]
		if t.Person != "" && !c.openTo(t.Hospital, t.Person) { // another hospital named them: their own one passes it on
			t.Person, t.Roles = "", rolesDesk
		}
		for k := len(c.Team) - 1; k >= 0 && t.Person == "" && t.Kind != KindAccepted; k-- {
			if j := c.Team[k]; j.Says.Part == PartLead && j.By.Hospital == t.Hospital && slices.ContainsFunc(j.Says.Roles, func(r string) bool { return slices.Contains(t.Roles, r) }) {
				t.Person = j.Says.Person
			}
		}
		for _, d := range c.Duties {
			if !d.Taken.IsZero() && d.By.Hospital == t.Hospital && t.Person == d.Says.From {
				t.Person = d.Says.To
			}
		}
	}
}

// openTo tells whether somebody has a part in the case.
func (c *Case) openTo(h ledger.HospitalID, p ledger.PersonID) bool {
	return slices.ContainsFunc(c.People, func(i Involved) bool { return i.Hospital == h && i.Person == p })
}
