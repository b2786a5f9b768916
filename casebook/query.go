package casebook

import (
	"context"
	"encoding/json"
	"slices"

	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/people"
	"consilium/record"
	"consilium/terms"
)

// DataQuery asks whether a value is right, or why there is none, as registries and trials query their data: it is raised, answered and closed. A [Question] asks about the patient; a query asks about
// what was recorded, so it also stands after the case was closed.
type DataQuery struct {
	Text      string `json:"text"`
	Variable  string `json:"variable,omitempty"` // of the pack
	At        string `json:"at,omitempty"`       // the appointment of the pack's schedule whose answer it is about
	Operation int64  `json:"operation,omitzero"` // of the case, from 1
	To        Owner  `json:"to,omitzero"`        // who recorded it; absent: the hospital that has the case
	Due       string `json:"due,omitempty"`
}

// Check is the form of the body.
func (q *DataQuery) Check() error {
	var c record.Checks
	c.Text("text", q.Text, true)
	c.Text("variable", q.Variable, false)
	c.Text("at", q.At, false)
	c.Need(q.Operation >= 0, "operation", "record.unfit.missing")
	c.Date("due", q.Due, false)
	return c.Err()
}

// Raised is a query with what became of it.
type Raised struct {
	record.Said[DataQuery]
	Answers []record.Said[QueryAnswered]
	Closed  *record.Said[QueryClosed]
}

// The states of a query.
const (
	QueryOpen     = "open"
	QueryWaits    = "answered" // for who raised it to look
	QueryIsClosed = "closed"
)

// State is how far a query is.
func (r *Raised) State() string {
	switch {
	case r.Closed != nil:
		return QueryIsClosed
	case len(r.Answers) > 0:
		return QueryWaits
	}
	return QueryOpen
}

// The kinds of entries about data that are queried.
const (
	KindQuery         = "case.query"
	KindQueryAnswered = "case.query-answered"
	KindQueryClosed   = "case.query-closed"
)

// queryWords is where the words of these kinds stand in the phrase files.
const queryWords = "case.entry.query"

var queryEntry = record.Declare(KindQuery, record.Meaning[*folding, DataQuery]{
	Doc:     "Asks whether a value is right, or why there is none. `variable` and `at` are the pack's, `operation` counts those of the case. It stands until who raised it closes it, also after the case was closed.",
	Example: `{"text":"4,000 ml: is that a slip?","variable":"blood_loss","operation":1,"to":{"hospital":"AEBA-GAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-Z4Z6","person":"k7x2m4","name":"Dr. Ye"},"due":"2026-03-08"}`,
	Roles:   rolesDesk, AfterClosing: true,
	Rule: func(f *folding, a record.Said[DataQuery]) []record.Mark {
		return record.All(record.When(!a.Says.To.Hospital.IsZero() && !f.Member(a.Says.To.Hospital), "not-a-member"),
			record.When(a.Says.Operation > int64(len(f.c.Operations)), "no-operation", "operation"))
	},
	Fold:  func(f *folding, a record.Said[DataQuery]) { f.c.Queries = append(f.c.Queries, Raised{Said: a}) },
	List:  record.Elsewhere,
	Views: []record.View{record.Shows("queries", queriesShown)},
	Words: func(a record.Said[DataQuery]) record.Words {
		return record.Titled(queryWords+".told", nil, record.Written(a.Says.Text)...)
	},

	Verb: "follow",
	Form: record.Form[*folding]{Asks: []record.Ask[*folding]{
		{Name: "text", Sort: record.Long, Needed: true},
		{Name: "variable", Sort: record.Code, Options: variableOptions},
		{Name: "at", Sort: record.Code, Options: appointmentOptions},
		{Name: "operation", Sort: record.Integer, Unless: func(f *folding, _ *record.Asking) bool { return len(f.c.Operations) < 2 }},
		{Name: "to", Sort: record.Owner},
		{Name: "due", Sort: record.Day},
	}},
	Offer: func(f *folding, _ *record.Asking) ([]ledger.Hash, bool) { return nil, f.c.Opened },
})

// QueryAnswered answers the query that it refers to.
type QueryAnswered struct {
	Outcome string `json:"outcome"` // one of QueryOutcomes
	Text    string `json:"text,omitempty"`
}

// QueryOutcomes are what became of a value that was asked about: it was corrected, by an amendment of its own; it is so; or nobody can tell any more.
var QueryOutcomes = []string{"corrected", "confirmed", "unavailable"}

// Check is the form of the body.
func (q *QueryAnswered) Check() error {
	var c record.Checks
	c.Code("outcome", q.Outcome, QueryOutcomes...)
	c.Text("text", q.Text, q.Outcome == "unavailable") // why nobody can tell
	return c.Err()
}

var queryAnsweredEntry = record.Declare(KindQueryAnswered, record.Meaning[*folding, QueryAnswered]{
	Doc:     "Answers the query in `refs[0]`, by the hospital that was asked. `corrected`: the value was amended; `confirmed`: it is so; `unavailable`: nobody can tell, and `text` says why.",
	Example: `{"outcome":"corrected","text":"It was 400 ml."}`,
	Roles:   team, AfterClosing: true,
	Rule: func(f *folding, a record.Said[QueryAnswered]) []record.Mark {
		q := f.query(a.Ref())
		if q == nil {
			return record.When(true, "no-query")
		}
		return record.All(record.When(q.Closed != nil, "query-closed"), record.When(f.owesAnswer(q) != a.By.Hospital, "question-other"))
	},
	Fold: func(f *folding, a record.Said[QueryAnswered]) {
		if q := f.query(a.Ref()); q != nil {
			q.Answers = append(q.Answers, a)
		}
	},
	List: record.Elsewhere,
	Words: func(a record.Said[QueryAnswered]) record.Words {
		return record.Titled(queryWords+"-answered.told", map[string]any{"outcome": lang.Named(queryWords+"-answered.outcomes", a.Says.Outcome)}, record.Written(a.Says.Text)...)
	},

	Verb: "follow",
	Form: record.Form[*folding]{Asks: []record.Ask[*folding]{
		{Name: "outcome", Sort: record.Code, Needed: true, Codes: QueryOutcomes, List: queryWords + "-answered.outcomes"},
		{Name: "text", Sort: record.Long},
	}},
	Offer: func(f *folding, a *record.Asking) ([]ledger.Hash, bool) {
		return f.firstQuery(func(q *Raised) bool { return q.State() == QueryOpen && f.owesAnswer(q) == a.Here })
	},
})

// QueryClosed ends the query that it refers to.
type QueryClosed struct {
	Outcome string `json:"outcome"` // one of QueryEnds
	Note    string `json:"note,omitempty"`
}

// QueryEnds are how a query ends: with an answer that settles it, or because it was raised in error.
var QueryEnds = []string{"settled", "cancelled"}

// Check is the form of the body.
func (q *QueryClosed) Check() error {
	var c record.Checks
	c.Code("outcome", q.Outcome, QueryEnds...)
	c.Text("note", q.Note, q.Outcome == "cancelled")
	return c.Err()
}

var queryClosedEntry = record.Declare(KindQueryClosed, record.Meaning[*folding, QueryClosed]{
	Doc:     "Closes the query in `refs[0]`, by the hospital that raised it: the answer settles it, or it is `cancelled`, and `note` says why.",
	Example: `{"outcome":"settled"}`,
	Roles:   rolesDesk, AfterClosing: true,
	Rule: func(f *folding, a record.Said[QueryClosed]) []record.Mark {
		q := f.query(a.Ref())
		if q == nil {
			return record.When(true, "no-query")
		}
		return record.All(record.When(q.Closed != nil, "query-closed"), record.When(q.By.Hospital != a.By.Hospital, "question-other"))
	},
	Fold: func(f *folding, a record.Said[QueryClosed]) {
		if q := f.query(a.Ref()); q != nil && q.Closed == nil {
			q.Closed = &a
		}
	},
	List: record.Elsewhere,
	Words: func(a record.Said[QueryClosed]) record.Words {
		return record.Titled(queryWords+"-closed.told", map[string]any{"outcome": lang.Named(queryWords+"-closed.outcomes", a.Says.Outcome)}, record.Written(a.Says.Note)...)
	},

	Verb: "follow",
	Form: record.Form[*folding]{Asks: []record.Ask[*folding]{
		{Name: "outcome", Sort: record.Code, Needed: true, Codes: QueryEnds, List: queryWords + "-closed.outcomes"},
		{Name: "note", Sort: record.Long},
	}},
	Offer: func(f *folding, a *record.Asking) ([]ledger.Hash, bool) {
		return f.firstQuery(func(q *Raised) bool { return q.Closed == nil && q.By.Hospital == a.Here })
	},
})

func (f *folding) query(h ledger.Hash) *Raised {
	at := slices.IndexFunc(f.c.Queries, func(q Raised) bool { return q.Hash == h })
	if at < 0 {
		return nil
	}
	return &f.c.Queries[at]
}

func (f *folding) firstQuery(is func(*Raised) bool) ([]ledger.Hash, bool) {
	for i := range f.c.Queries {
		if q := &f.c.Queries[i]; is(q) {
			return []ledger.Hash{q.Hash}, true
		}
	}
	return nil, false
}

// owesAnswer is the hospital that was asked.
func (f *folding) owesAnswer(q *Raised) ledger.HospitalID {
	if q.Says.To.Hospital.IsZero() {
		return f.Log.Roster.Steward
	}
	return q.Says.To.Hospital
}

// queryTasks are the answers that are owed, and those that wait for who asked. A query does not end with the case.
func (c *Case) queryTasks() {
	for i := range c.Queries {
		q := &c.Queries[i]
		args := map[string]any{"text": q.Says.Text}
		switch q.State() {
		case QueryOpen:
			to := q.Says.To
			if to.Hospital.IsZero() {
				to = Owner{Hospital: c.Steward, Role: string(people.Coordinator)}
			}
			c.add(c.forOwner(to, "follow", todo("query", args), q.Says.Due, KindQueryAnswered, q.Hash))
		case QueryWaits:
			c.add(record.Task{What: todo("close-query", args), Verb: "follow", Hospital: q.By.Hospital, Person: q.By.Person, Roles: rolesDesk, By: terms.Midday(q.Says.Due),
				Kind: KindQueryClosed, Refs: []ledger.Hash{q.Hash}})
		}
	}
}

// variableOptions are the pack's variables that can be asked about.
// QueriesVariable stops a query at this hospital that is about a variable or an appointment which the case's pathway does not have: nobody could answer it. A pathway that is not here is not asked.
func QueriesVariable(packs Packs) func(context.Context, ledger.Tx, ledger.Draft) error {
	return func(ctx context.Context, tx ledger.Tx, draft ledger.Draft) error {
		raw, err := ledger.Encode(draft.Says)
		var q DataQuery
		if err != nil || json.Unmarshal(raw, &q) != nil {
			return err // what is not in form its kind stops
		}
		id, err := PathwayOf(ctx, tx, draft.Thread)
		pack := packs(id, "")
		if err != nil || pack == nil {
			return err
		}
		var marks []record.Mark
		if q.Variable != "" && !slices.ContainsFunc(pack.Variables, func(v *pathway.Variable) bool { return v.ID == q.Variable }) {
			marks = append(marks, stopMark("no-variable", "variable"))
		}
		if q.At != "" && !slices.ContainsFunc(pack.Schedule, func(u pathway.FollowUp) bool { return u.ID == q.At }) {
			marks = append(marks, stopMark("no-appointment", "at"))
		}
		if len(marks) > 0 {
			return &record.Stopped{Marks: marks}
		}
		return nil
	}
}

func variableOptions(_ *folding, a *record.Asking) (list []record.Option) {
	if pack := packOf(a); pack != nil {
		for _, v := range pack.Variables {
			list = append(list, record.Option{Value: v.ID, Label: lang.Text(v.Label)})
		}
	}
	return list
}

func appointmentOptions(_ *folding, a *record.Asking) (list []record.Option) {
	if pack := packOf(a); pack != nil {
		for _, u := range pack.Schedule {
			list = append(list, record.Option{Value: u.ID, Label: lang.Text(u.Name)})
		}
	}
	return list
}

type queryShown struct {
	record.Shown[DataQuery]
	State   string                        `json:"state"`
	Answers []record.Shown[QueryAnswered] `json:"answers"`
	Closed  *record.Shown[QueryClosed]    `json:"closed,omitempty"`
}

func queriesShown(f *folding) []queryShown {
	return each(f.c.Queries, func(q Raised) queryShown {
		shown := queryShown{Shown: record.Show(q.Said), State: q.State(), Answers: each(q.Answers, record.Show[QueryAnswered])}
		if q.Closed != nil {
			closed := record.Show(*q.Closed)
			shown.Closed = &closed
		}
		return shown
	})
}
