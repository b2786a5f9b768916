package outreach

import (
	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
)

// Member is one person of the team.
type Member struct {
	Person    ledger.PersonID `json:"person"` // as the hospital that says it names them
	Name      string          `json:"name"`
	Title     string          `json:"title,omitempty"`
	Specialty string          `json:"specialty,omitempty"`
	License   string          `json:"license,omitempty"` // to practice
	Part      string          `json:"part"`              // one of Parts
}

// Parts are what a member of the team is there for.
var Parts = []string{"lead", "operate", "assist", "advise", "nurse", "trainee", "host"}

// PartName is what people call a part in a team.
func PartName(part string) lang.Text { return lang.Named("visits.part", part) }

// Team is who takes part for the hospital that says it. It takes the place of what that hospital said before.
type Team struct {
	Members []Member `json:"members"`
}

// Check is the form of the body.
func (t *Team) Check() error {
	var c record.Checks
	c.Need(len(t.Members) > 0, "members", "visits.unfit.team")
	for _, m := range t.Members {
		c.Text("members", string(m.Person), true)
		c.Text("members", m.Name, true)
		c.Code("members", m.Part, Parts...)
	}
	return c.Err()
}

var teamEntry = record.Declare(KindTeam, record.Meaning[*Visit, Team]{
	Doc:     "Who takes part for the hospital that says it; takes the place of what it said before. `part`: `lead`, `operate`, `assist`, `advise`, `nurse`, `trainee`, `host`.",
	Example: `{"members":[{"person":"k7q2m4","name":"Prof. Wang","title":"Chief physician","specialty":"skull base","license":"110000000000001","part":"lead"}]}`,
	Roles:   desk, Answers: true,
	Rule: func(v *Visit, a record.Said[Team]) []record.Mark { return v.during(a.Entry) },
	Fold: func(v *Visit, a record.Said[Team]) {
		v.teams = record.Newest(v.teams, a)
	},
	List: record.Elsewhere, Views: []record.View{record.Shows("team", func(v *Visit) []TeamMember { return v.Team })},
	Words: func(a record.Said[Team]) record.Words {
		var lines []lang.Text
		for _, m := range a.Says.Members {
			lines = append(lines, lang.Phrase("visits.line.member", map[string]any{"name": m.Name, "part": PartName(m.Part)}))
		}
		return told(KindTeam, lines...)
	},

	Verb:  "visit",
	Form:  record.Form[*Visit]{Asks: []record.Ask[*Visit]{{Name: "members", Sort: "members", Needed: true}}},
	Offer: offeredDuring,
})

// during is the rule of what host and guest do on a visit that is agreed.
func (v *Visit) during(e record.Entry) []record.Mark {
	return record.All(record.When(!v.party(e.By.Hospital), "not-a-party"), record.When(!v.agreed(), "not-accepted"))
}

// offeredDuring offers what host and guest do on a visit that is agreed.
func offeredDuring(v *Visit, a *record.Asking) ([]ledger.Hash, bool) {
	return nil, v.State == Agreed && v.party(a.Here)
}

func (v *Visit) party(h ledger.HospitalID) bool { return h == v.Host || h == v.Guest }

// teamOf is what a hospital said last of who takes part for it.
func (v *Visit) teamOf(h ledger.HospitalID) *record.Said[Team] {
	return record.SaidBy(v.teams, h)
}

// Session is something that the team does.
type Session struct {
	What  string            `json:"what"` // one of Whats
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

// WhatName is what people call something that a team does.
func WhatName(what string) lang.Text { return lang.Named("visits.what", what) }

// Check is the form of the body.
func (s *Session) Check() error {
	var c record.Checks
	c.Code("what", s.What, Whats...)
	c.Need(!dayOf(s.Date).IsZero(), "date", "visits.unfit.day")
	c.Need(s.Until == "" || !dayOf(s.Until).IsZero(), "until", "visits.unfit.day")
	c.Need(s.Count >= 0, "count", "visits.unfit.count")
	return c.Err()
}

var sessionEntry = record.Declare(KindSession, record.Meaning[*Visit, Session]{
	Doc:     "What the team does. `what`: `clinic`, `lecture`, `ward_round`, `operating_list`.",
	Example: `{"what":"operating_list","date":"2026-12-02T08:30+08:00","place":"Theater 4","cases":["019aa5f0-1c00-7000-8000-000000000001"]}`,
	Roles:   everyone,
	Rule:    func(v *Visit, a record.Said[Session]) []record.Mark { return v.during(a.Entry) },
	Fold:    func(v *Visit, a record.Said[Session]) { v.Sessions = append(v.Sessions, a) },
	List:    record.Elsewhere, Views: []record.View{record.Shows("sessions", func(v *Visit) []Session { return bodies(v.Sessions) })},
	Words: func(a record.Said[Session]) record.Words {
		n := a.Says
		first := lang.Phrase("visits.line.session", map[string]any{"what": WhatName(n.What), "date": n.Date})
		return told(KindSession, append([]lang.Text{first}, record.Written(n.Title, n.Place, n.Note)...)...)
	},

	Verb: "visit",
	Form: record.Form[*Visit]{Asks: []record.Ask[*Visit]{
		{Name: "what", Sort: record.Code, Needed: true, Codes: Whats, List: "visits.what"},
		{Name: "date", Sort: record.DateTime, Needed: true},
		{Name: "until", Sort: record.DateTime},
		{Name: "place", Sort: record.Text},
		{Name: "title", Sort: record.Text},
		{Name: "count", Sort: record.Integer},
		{Name: "note", Sort: record.Long},
	}},
	Offer: offeredDuring,
})
