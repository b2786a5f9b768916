package casebook

import (
	"consilium/ledger"
	"consilium/record"
)

// Opened begins a case: what everybody who takes part may know about the patient. It holds no direct identifier.
type Opened struct {
	Pathway      string `json:"pathway"`                 // id of the pathway pack: "hfs-mvd"
	SubSpecialty string `json:"sub_specialty,omitempty"` // who looks after it at home, as the pack names it
	Title        string `json:"title"`                   // one line: the disease and the difficulty, never a name
	Side         string `json:"side,omitempty"`          // "left", "right", "bilateral"
	Urgency      string `json:"urgency"`                 // "routine", "soon", "emergency"
	Sex          string `json:"sex,omitempty"`           // "female", "male", "other"
	Age          *int64 `json:"age,omitempty"`           // in years; absent: not known
	AgeMonths    *int64 `json:"age_months,omitempty"`    // of a child below two years, in whole months
	AgeDays      *int64 `json:"age_days,omitempty"`      // of a child below two months, in days
	Summary      string `json:"summary,omitempty"`
	Demo         bool   `json:"demo,omitzero"`     // invented
	History      string `json:"history,omitempty"` // where a case from before comes from: "hospital database 2019–2025"
}

// Urgencies are the codes of urgency, the least urgent first.
var Urgencies = []string{"routine", "soon", "emergency"}

// The codes of side and sex.
var (
	Sides = []string{"left", "right", "bilateral"}
	Sexes = []string{"female", "male", "other"}
)

// Check is the form of the body.
func (o *Opened) Check() error {
	var c record.Checks
	c.Text("pathway", o.Pathway, true)
	c.Text("title", o.Title, true)
	c.Short("title", o.Title, 300)
	c.MayCode("side", o.Side, Sides...)
	c.Code("urgency", o.Urgency, Urgencies...)
	c.MayCode("sex", o.Sex, Sexes...)
	c.Need(o.Age == nil || *o.Age >= 0 && *o.Age <= 120, "age", "case.unfit.age")
	c.Need(o.AgeMonths == nil || o.Age != nil && *o.AgeMonths >= 0 && *o.AgeMonths < 24 && *o.AgeMonths/12 == *o.Age, "age_months", "case.unfit.age-months")
	c.Need(o.AgeDays == nil || o.Age != nil && *o.Age == 0 && *o.AgeDays >= 0 && *o.AgeDays < 62, "age_days", "case.unfit.age-days")
	c.Text("summary", o.Summary, false)
	c.Text("history", o.History, false)
	return c.Err()
}

// KindOpened begins a case. The hospital that began the thread says it once, first.
const KindOpened = "case.opened"

var openedEntry = record.Declare(KindOpened, record.Meaning[*folding, Opened]{
	Doc:     "Begins the case, once, by the hospital that began the thread. No direct identifier. `age` in years; of a child below two also `age_months`, below two months `age_days`. With a birth date the node works the age out. `history` marks a case imported from before: it may hold operations without a plan. `demo` marks an invented one.",
	Example: `{"pathway":"hfs-mvd","sub_specialty":"functional","title":"Hemifacial spasm, vertebral artery","side":"left","urgency":"routine","sex":"female","age":54,"summary":"Six years, botulinum no longer helps."}`,
	Roles:   openers,
	First:   true, ByHeader: true, KeepUndone: true,
	Rule: func(f *folding, a record.Said[Opened]) []record.Mark {
		return append(record.When(f.c.Opened, "opened-twice"), record.When(a.By.Hospital != f.Log.Roster.Opener, "not-opener")...)
	},
	Fold: func(f *folding, a record.Said[Opened]) {
		c, o := f.c, a.Says
		if c.Opened || a.By.Hospital != f.Log.Roster.Opener {
			return
		}
		if a.Undone != record.Never {
			o = Opened{} // taken back: the case goes on without what it said
		}
		c.Opened, c.Home, c.OpenedAt, c.Opening = true, a.By.Hospital, a.Written, a.Hash
		c.Pathway, c.SubSpecialty, c.Title, c.Side, c.Urgency, c.Sex = o.Pathway, o.SubSpecialty, o.Title, o.Side, o.Urgency, o.Sex
		c.AgeMonths, c.AgeDays = o.AgeMonths, o.AgeDays
		c.Age, c.Summary, c.Demo, c.History = o.Age, o.Summary, o.Demo, o.History
	},
	List: record.Elsewhere, // what it says is the case as a whole
	Words: func(a record.Said[Opened]) record.Words {
		return record.Titled("case.told.opened", map[string]any{"title": a.Says.Title}, record.Written(a.Says.Summary)...)
	},

	Component: "open",
	Form: record.Form[*folding]{Pack: "examination", Asks: []record.Ask[*folding]{
		{Name: "title", Sort: record.Text, Needed: true},
		{Name: "urgency", Sort: record.Code, Needed: true, Codes: Urgencies, List: "case.urgency"},
		{Name: "side", Sort: record.Code, Codes: Sides, List: "case.side"},
		{Name: "sex", Sort: record.Code, Codes: Sexes, List: "case.sex"},
		{Name: "age", Sort: "age"},
		{Name: "sub_specialty", Sort: record.Code, Options: specialtyOptions},
		{Name: "summary", Sort: record.Long},
	}},
	Start: func(_ *folding, a *record.Asking) Opened {
		o := Opened{Urgency: Urgencies[0]}
		if pack := packOf(a); pack != nil {
			o.SubSpecialty = pack.SubSpecialty
		}
		return o
	},
})

// Identity says that who the patient is is attached: one sealed blob of scope "identity", served only to hospitals that a consent names.
type Identity struct {
	Note string `json:"note,omitempty"` // why it was said again: "name corrected"
}

// Check is the form of the body.
func (i *Identity) Check() error {
	var c record.Checks
	c.Text("note", i.Note, false)
	return c.Err()
}

// KindIdentity attaches who the patient is, sealed.
const KindIdentity = "case.identity"

var identityEntry = record.Declare(KindIdentity, record.Meaning[*folding, Identity]{
	Doc:     "Who the patient is: exactly one sealed blob with scope `identity` is attached. The body holds no name. Only the hospital with custody.",
	Example: `{"note":"Name corrected"}`,
	Roles:   desk, Answers: true,
	Rule: func(f *folding, a record.Said[Identity]) []record.Mark {
		ok := len(a.Blobs) == 1 && a.Blobs[0].Sealed && a.Blobs[0].Scope == scopeIdentity
		return append(record.When(!ok, "identity-blob"), f.Custodian(a.By.Hospital)...)
	},
	Fold: func(f *folding, a record.Said[Identity]) {
		if len(a.Blobs) == 1 {
			blob := a.Blobs[0]
			f.c.Identity = &blob
		}
	},
	Words: func(a record.Said[Identity]) record.Words {
		return record.Titled("case.told.identity", nil, record.Written(a.Says.Note)...)
	},

	Component: "open",
})

// The consent scopes that attached files need to leave.
const (
	scopeIdentity  = "identity"
	scopeImages    = "images"
	scopeRecording = "recording"
)

// Closed ends a case.
type Closed struct {
	Outcome string `json:"outcome"` // "done", "advice_only", "declined", "lost", "died", "duplicate", "other"
	Note    string `json:"note,omitempty"`
}

// Outcomes are the ways in which a case ends.
var Outcomes = []string{"done", "advice_only", "declined", "lost", "died", "duplicate", "other"}

// Check is the form of the body.
func (o *Closed) Check() error {
	var c record.Checks
	c.Code("outcome", o.Outcome, Outcomes...)
	c.Text("note", o.Note, o.Outcome == "other")
	return c.Err()
}

// KindClosed ends a case. After it come only corrections, follow-up and its reopening.
const KindClosed = "case.closed"

var closedEntry = record.Declare(KindClosed, record.Meaning[*folding, Closed]{
	Doc:     "Ends the case; only the hospital with custody. Afterwards come only corrections, follow-up, complications and `case.reopened`. Outcomes: done, advice_only, declined, lost, died, duplicate, other.",
	Example: `{"outcome":"done","note":"Free of spasm at 12 months."}`,
	Roles:   openers, ByHeader: true, Answers: true,
	Rule: func(f *folding, a record.Said[Closed]) []record.Mark { return f.Custodian(a.By.Hospital) },
	Fold: func(f *folding, a record.Said[Closed]) {
		k := a
		f.c.Closed = &k
	},
	List: record.Elsewhere, Views: []record.View{record.Shows("closed", isClosed)},
	Words: func(a record.Said[Closed]) record.Words {
		return record.Titled("case.told.closed", nil, record.Written(a.Says.Note)...)
	},

	Verb: "follow",
	Form: record.Form[*folding]{Asks: []record.Ask[*folding]{
		{Name: "outcome", Sort: record.Code, Needed: true, Codes: Outcomes, List: "case.outcome"},
		{Name: "note", Sort: record.Long},
	}},
	Offer: ours,
})

// Reopened takes a closing back.
type Reopened struct {
	Reason string `json:"reason"`
}

// Check is the form of the body.
func (r *Reopened) Check() error {
	var c record.Checks
	c.Text("reason", r.Reason, true)
	return c.Err()
}

// KindReopened opens a closed case again.
const KindReopened = "case.reopened"

var reopenedEntry = record.Declare(KindReopened, record.Meaning[*folding, Reopened]{
	Doc:     "Takes the closing back; only the hospital with custody.",
	Example: `{"reason":"Spasm came back."}`,
	Roles:   desk, AfterClosing: true, ByHeader: true, Answers: true,
	Rule: func(f *folding, a record.Said[Reopened]) []record.Mark {
		return append(record.When(f.c.Closed == nil, "not-closed"), f.Custodian(a.By.Hospital)...)
	},
	Fold: func(f *folding, _ record.Said[Reopened]) { f.c.Closed = nil },
	List: record.Elsewhere,
	Words: func(a record.Said[Reopened]) record.Words {
		return record.Titled("case.told.reopened", nil, record.Written(a.Says.Reason)...)
	},

	Verb: "follow",
	Form: record.Form[*folding]{Asks: []record.Ask[*folding]{{Name: "reason", Sort: record.Long, Needed: true}}},
	Offer: func(f *folding, a *record.Asking) ([]ledger.Hash, bool) {
		return nil, f.c.Closed != nil && f.Keeper == a.Here
	},
})

// Reminder is something to do that no other kind asks for. Said again with done and a ref to the first, it is done.
type Reminder struct {
	Text  string `json:"text"`
	Owner Owner  `json:"owner,omitzero"` // absent when done
	Due   string `json:"due,omitempty"`  // a date
	Done  bool   `json:"done,omitzero"`
}

// Check is the form of the body.
func (r *Reminder) Check() error {
	var c record.Checks
	c.Text("text", r.Text, !r.Done)
	c.Date("due", r.Due, false)
	c.Need(r.Done || !r.Owner.Hospital.IsZero(), "owner", "case.unfit.owner")
	return c.Err()
}

// KindReminder is a task in words.
const KindReminder = "case.reminder"

var reminderEntry = record.Declare(KindReminder, record.Meaning[*folding, Reminder]{
	Doc:     "Something to do that no other kind asks for. Said again with `done` and the first in `refs[0]`, it is done.",
	Example: `{"text":"Call the family","owner":{"hospital":"AEBA-GAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-Z4Z6","role":"coordinator"},"due":"2026-03-15"}`,
	Roles:   recorders,
	Rule: func(f *folding, a record.Said[Reminder]) []record.Mark {
		return record.When(a.Says.Done && f.reminder(a.Ref()) == nil, "no-reminder")
	},
	Fold: func(f *folding, a record.Said[Reminder]) {
		if !a.Says.Done {
			f.c.Reminders = append(f.c.Reminders, OpenReminder{Said: a})
		} else if r := f.reminder(a.Ref()); r != nil {
			r.Done = true
		}
	},
	List: record.Elsewhere, Views: []record.View{record.Shows("reminders", remindersShown)},
	Words: func(a record.Said[Reminder]) record.Words {
		if a.Says.Done {
			return record.Titled("case.told.reminder-done", nil, record.Written(a.Says.Text)...)
		}
		return record.Titled("case.told.reminder", nil, record.Written(a.Says.Text)...)
	},

	Verb: "follow",
	Form: record.Form[*folding]{Finish: finishReminder, Asks: []record.Ask[*folding]{
		{Name: "text", Sort: record.Text, Needed: true, Unless: remindsOf},
		{Name: "owner", Sort: record.Owner, Needed: true, Unless: remindsOf},
		{Name: "due", Sort: record.Day, Unless: remindsOf},
	}},
})

func (f *folding) reminder(h ledger.Hash) *OpenReminder {
	for i := range f.c.Reminders {
		if f.c.Reminders[i].Said.Hash == h {
			return &f.c.Reminders[i]
		}
	}
	return nil
}

func finishReminder(f *folding, a *record.Asking, says record.Body) {
	if remindsOf(f, a) {
		says["done"] = true
	}
}
