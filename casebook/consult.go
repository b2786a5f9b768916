package casebook

import (
	"strings"

	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
)

// Question asks for one thing more.
type Question struct {
	Text string `json:"text"`
	To   Owner  `json:"to,omitzero"` // absent: anybody in the case
	Due  string `json:"due,omitempty"`
}

// Check is the form of the body.
func (q *Question) Check() error {
	var c record.Checks
	c.Text("text", q.Text, true)
	c.Date("due", q.Due, false)
	return c.Err()
}

// KindQuestion asks.
const KindQuestion = "case.question"

var questionEntry = record.Declare(KindQuestion, record.Meaning[*folding, Question]{
	Doc:     "Asks for one thing more, of one hospital or of everybody.",
	Example: `{"text":"Is the hearing still serviceable?","to":{"hospital":"AEBA-GAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-Z4Z6"},"due":"2026-03-08"}`,
	Roles:   everyone,
	Rule: func(f *folding, a record.Said[Question]) []record.Mark {
		return record.When(!a.Says.To.Hospital.IsZero() && !f.Member(a.Says.To.Hospital), "not-a-member")
	},
	Fold: func(f *folding, a record.Said[Question]) {
		f.c.Questions = append(f.c.Questions, AskedQuestion{Said: a})
	},
	List: record.Elsewhere, Views: []record.View{record.Shows("questions", questionsShown)},
	Words: func(a record.Said[Question]) record.Words {
		return record.Titled("case.told.question", nil, record.Written(a.Says.Text)...)
	},

	Verb: "consult",
	Form: record.Form[*folding]{Beside: true, Attach: true, Asks: []record.Ask[*folding]{
		{Name: "text", Sort: record.Long, Needed: true},
		{Name: "to", Sort: record.Owner},
		{Name: "due", Sort: record.Day},
	}},
})

// Answer answers a question.
type Answer struct {
	Text string `json:"text"`
}

// Check is the form of the body.
func (a *Answer) Check() error {
	var c record.Checks
	c.Text("text", a.Text, true)
	return c.Err()
}

// KindAnswer answers the question that it refers to.
const KindAnswer = "case.answer"

var answerEntry = record.Declare(KindAnswer, record.Meaning[*folding, Answer]{
	Doc:     "Answers the question in `refs[0]`, by the hospital that was asked (or any, where none was named).",
	Example: `{"text":"The vertebral artery, with the PICA behind it."}`,
	Roles:   everyone,
	Rule: func(f *folding, a record.Said[Answer]) []record.Mark {
		q := f.question(a.Ref())
		if q == nil {
			return record.When(true, "no-question")
		}
		to := q.Says.To.Hospital
		return record.When(!to.IsZero() && to != a.By.Hospital, "question-other")
	},
	Fold: func(f *folding, a record.Said[Answer]) {
		if q := f.question(a.Ref()); q != nil {
			q.Answers = append(q.Answers, a)
		}
	},
	List: record.Elsewhere,
	Words: func(a record.Said[Answer]) record.Words {
		return record.Titled("case.told.answer", nil, record.Written(a.Says.Text)...)
	},

	Verb:  "consult",
	Form:  record.Form[*folding]{Beside: true, Attach: true, Asks: []record.Ask[*folding]{{Name: "text", Sort: record.Long, Needed: true}}},
	Offer: openQuestion,
})

func (f *folding) question(h ledger.Hash) *AskedQuestion {
	for i := range f.c.Questions {
		if f.c.Questions[i].Hash == h {
			return &f.c.Questions[i]
		}
	}
	return nil
}

// Recommendation is one piece of advice: what, by whom, by when.
type Recommendation struct {
	ID    string `json:"id"` // within the opinion: "r1"
	Text  string `json:"text"`
	Owner Owner  `json:"owner"`
	Due   string `json:"due"` // a date
}

// Opinion is what one hospital thinks, in one round of the consultation.
type Opinion struct {
	Round           int64            `json:"round"` // 1, 2, …
	Text            string           `json:"text"`
	Form            string           `json:"form,omitempty"`
	Values          pathway.Values   `json:"values,omitempty"`
	Recommendations []Recommendation `json:"recommendations,omitempty"`
}

// Check is the form of the body.
func (o *Opinion) Check() error {
	var c record.Checks
	c.Need(o.Round >= 1, "round", "case.unfit.first")
	c.Text("text", o.Text, true)
	c.Need(len(o.Values) == 0 || o.Form != "", "form", "case.unfit.form")
	seen := map[string]bool{}
	for _, r := range o.Recommendations {
		c.Text("recommendations", r.ID, true)
		c.Need(!seen[r.ID], "recommendations", "case.unfit.advice-twice")
		seen[r.ID] = true
		c.Text("recommendations", r.Text, true)
		c.Hospital("recommendations", r.Owner.Hospital)
		c.Date("recommendations", r.Due, true)
	}
	return c.Err()
}

// KindOpinion gives an opinion. It refers to the referral that it answers.
const KindOpinion = "case.opinion"

var opinionEntry = record.Declare(KindOpinion, record.Meaning[*folding, Opinion]{
	Doc:     "What a hospital thinks, in round 1, 2, … `refs[0]` is a referral that this hospital has accepted. Each recommendation has an owner (a hospital, there perhaps a person or role) and a due date.",
	Example: `{"round":1,"text":"Transposition rather than interposition.","form":"opinion","values":{"operate_advice":"operate"},"recommendations":[{"id":"r1","text":"Repeat the thin-slice MRI","owner":{"hospital":"AEBA-GAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-Z4Z6","role":"coordinator"},"due":"2026-03-12"}]}`,
	Roles:   clinicians,
	Rule:    opinionRule,
	Fold: func(f *folding, a record.Said[Opinion]) {
		f.c.Opinions = append(f.c.Opinions, a)
		f.c.Rounds = max(f.c.Rounds, a.Says.Round)
		if r := f.referral(a.Ref()); r != nil {
			r.Opinions++
		}
		for _, r := range a.Says.Recommendations {
			if f.recommendation(a.Hash, r.ID) == nil {
				f.advised[adviceKey{a.Hash, r.ID}] = len(f.c.Recommendations)
				f.c.Recommendations = append(f.c.Recommendations, Advised{Recommendation: r, Opinion: a.Hash, By: a.By})
			}
		}
	},
	List: "opinions", Views: []record.View{record.Shows("recommendations", recommendationsShown)}, Told: opinionTold,
	Words: func(a record.Said[Opinion]) record.Words {
		w := record.Titled("case.told.opinion", map[string]any{"round": a.Says.Round}, record.Written(a.Says.Text)...)
		for _, r := range a.Says.Recommendations {
			w.Lines = append(w.Lines, record.Labeled("case.line.recommended", r.Text)...)
		}
		return w
	},

	Verb: "consult",
	Form: record.Form[*folding]{Beside: true, Pack: "opinion", PackFirst: true, Attach: true, Asks: []record.Ask[*folding]{
		{Name: "round", Sort: record.Integer, Needed: true, Options: roundOptions},
		{Name: "text", Sort: record.Long, Needed: true, From: "opinion"},
		{Name: "recommendations", Sort: "advice"},
	}},
	Start: func(f *folding, a *record.Asking) Opinion { return Opinion{Round: nextRound(f, a)} },
	Offer: referralToUs(AcceptedState),
})

// opinionRule wants a referral that the writer's hospital has accepted, and rounds that follow each other.
func opinionRule(f *folding, a record.Said[Opinion]) []record.Mark {
	r := f.referral(a.Ref())
	marks := record.When(r == nil || r.State != AcceptedState || r.Says.To != a.By.Hospital, "not-accepted")
	return append(marks, record.When(a.Read && (a.Says.Round < 1 || a.Says.Round > f.c.Rounds+1), "round")...)
}

// Advice says what became of a recommendation.
type Advice struct {
	Recommendation string `json:"recommendation"`
	Status         string `json:"status"` // "done", "not_done"
	Why            string `json:"why,omitempty"`
}

// AdviceStates are what becomes of a recommendation.
var AdviceStates = []string{"done", "not_done"}

// Check is the form of the body.
func (v *Advice) Check() error {
	var c record.Checks
	c.Text("recommendation", v.Recommendation, true)
	c.Code("status", v.Status, AdviceStates...)
	c.Text("why", v.Why, v.Status == "not_done")
	return c.Err()
}

// KindAdvice closes a recommendation of the opinion that it refers to.
const KindAdvice = "case.advice"

var adviceEntry = record.Declare(KindAdvice, record.Meaning[*folding, Advice]{
	Doc:     "What became of one recommendation of the opinion in `refs[0]`. Only the hospital that owns it; `not_done` says why.",
	Example: `{"recommendation":"r1","status":"not_done","why":"The patient wears a pacemaker."}`,
	Roles:   team,
	Rule: func(f *folding, a record.Said[Advice]) []record.Mark {
		r := f.recommendation(a.Ref(), a.Says.Recommendation)
		if r == nil {
			return record.When(true, "no-recommendation")
		}
		return record.When(r.Owner.Hospital != a.By.Hospital, "not-owner")
	},
	Fold: func(f *folding, a record.Said[Advice]) {
		if r := f.recommendation(a.Ref(), a.Says.Recommendation); r != nil && r.Owner.Hospital == a.By.Hospital {
			k := a
			r.Outcome = &k
		}
	},
	List: record.Elsewhere,
	Words: func(a record.Said[Advice]) record.Words {
		if a.Says.Status == "done" {
			return record.Titled("case.told.advice-done", nil, record.Written(a.Says.Why)...)
		}
		return record.Titled("case.told.advice-not-done", nil, record.Written(a.Says.Why)...)
	},

	Verb: "consult",
	Form: record.Form[*folding]{Beside: true, Asks: []record.Ask[*folding]{
		{Name: "recommendation", Sort: record.Code, Needed: true, Options: adviceOptions},
		{Name: "status", Sort: record.Code, Needed: true, Codes: AdviceStates, List: "case.advice"},
		{Name: "why", Sort: record.Long},
	}},
	Start: func(f *folding, a *record.Asking) (v Advice) {
		if open := adviceOptions(f, a); len(open) > 0 {
			v.Recommendation = open[0].Value
		}
		return v
	},
	Offer: openAdvice,
})

func (f *folding) recommendation(opinion ledger.Hash, id string) *Advised {
	if i, ok := f.advised[adviceKey{opinion, id}]; ok {
		return &f.c.Recommendations[i]
	}
	return nil
}

// HandOver passes a patient from one team to another, in the form that is read out at the bedside.
type HandOver struct {
	To         Owner    `json:"to"`
	Situation  string   `json:"situation"`
	Background string   `json:"background,omitempty"`
	Done       string   `json:"done,omitempty"`  // what was done so far
	Risks      []string `json:"risks,omitempty"` // what may go wrong, and what is ready for it
	Drugs      string   `json:"drugs,omitempty"`
	ToDo       []string `json:"to_do,omitempty"`
	Contact    string   `json:"contact,omitempty"` // whom to call, a role or a ward
}

// Check is the form of the body.
func (h *HandOver) Check() error {
	var c record.Checks
	c.Hospital("to", h.To.Hospital)
	c.Text("situation", h.Situation, true)
	c.Text("background", h.Background, false)
	c.Text("done", h.Done, false)
	return c.Err()
}

// KindHandOver hands over the work, not the custody: that moves with the stewardship of the thread.
const KindHandOver = "case.hand-over"

var handOverEntry = record.Declare(KindHandOver, record.Meaning[*folding, HandOver]{
	Doc:     "Hands over the work in structured form. Custody moves by `thread.steward-offered`, `-accepted` and `-confirmed` instead.",
	Example: `{"to":{"hospital":"AEBA-GAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-Z4Z6","role":"surgeon"},"situation":"Day 2 after decompression, stable.","done":"Transposition with sling","risks":["CSF leak: head up, lumbar drain is ready"],"drugs":"Paracetamol","to_do":["Audiometry on day 7"],"contact":"Ward 5 on call"}`,
	Roles:   team,
	Rule: func(f *folding, a record.Said[HandOver]) []record.Mark {
		return record.When(a.Read && !f.Member(a.Says.To.Hospital), "not-a-member")
	},
	Fold: func(f *folding, a record.Said[HandOver]) { f.c.HandOvers = append(f.c.HandOvers, a) },
	List: "hand_overs", Told: handOverTold,
	Words: func(a record.Said[HandOver]) record.Words {
		w := record.Titled("case.told.hand-over", nil, record.Written(a.Says.Situation)...)
		add := func(part string, said ...string) {
			for _, s := range said {
				w.Lines = append(w.Lines, record.Labeled("case.line.hand-over-"+part, s)...)
			}
		}
		add("background", a.Says.Background)
		add("done", a.Says.Done)
		add("risk", a.Says.Risks...)
		add("drugs", a.Says.Drugs)
		add("to-do", a.Says.ToDo...)
		add("contact", a.Says.Contact)
		return w
	},

	Start: startHandOver,
	Verb:  "operate",
	Form: record.Form[*folding]{Beside: true, Asks: []record.Ask[*folding]{
		{Name: "to", Sort: record.Owner, Needed: true},
		{Name: "situation", Sort: record.Long, Needed: true},
		{Name: "background", Sort: record.Long},
		{Name: "done", Sort: record.Long},
		{Name: "risks", Sort: record.Lines},
		{Name: "drugs", Sort: record.Long},
		{Name: "to_do", Sort: record.Lines},
		{Name: "contact", Sort: record.Text},
	}},
})

// startHandOver begins with what the case knows and the next team must: why the patient is here, what was done, which drugs, and what is still open. How the
// patient is now, and what may go wrong, only who hands over knows.
func startHandOver(f *folding, a *record.Asking) (h HandOver) {
	h.Background = f.c.Summary
	pack := packOf(a)
	for _, o := range f.c.Operations {
		if o.Says.Abandoned {
			continue
		}
		name := o.Says.Elsewhere
		if id, ok := o.Says.Values["procedure"].AsString(); ok && pack != nil && pack.Procedure(id) != nil {
			name = pack.Procedure(id).Name.In(string(a.Reads))
		}
		h.Done = strings.TrimSpace(h.Done + "\n" + dots(lang.PartialDate(a.Reads, o.Says.Date), name, a.Person(o.Says.Operator.called(a))))
	}
	if drugs := f.c.Latest["drugs"].Value; drugs.Given() {
		h.Drugs = drugs.String()
	}
	for _, r := range f.c.Recommendations {
		if r.Outcome == nil {
			h.ToDo = append(h.ToDo, dots(r.Text, lang.PartialDate(a.Reads, r.Due)))
		}
	}
	return h
}

// Teaching is what was learned, and how far a trainee got.
type Teaching struct {
	Note    string          `json:"note,omitempty"`
	Trainee ledger.PersonID `json:"trainee,omitempty"` // absent: for everybody
	Name    string          `json:"name,omitempty"`
	Form    string          `json:"form,omitempty"`
	Values  pathway.Values  `json:"values,omitempty"`
	Mark    bool            `json:"mark,omitzero"` // the case is worth teaching with
}

// Check is the form of the body.
func (t *Teaching) Check() error {
	var c record.Checks
	c.Need(t.Note != "" || len(t.Values) > 0 || t.Mark, "note", "case.unfit.teaching")
	c.Need(len(t.Values) == 0 || t.Form != "", "form", "case.unfit.form")
	c.Text("note", t.Note, false)
	return c.Err()
}

// KindTeaching notes what was learned.
const KindTeaching = "case.teaching"

var teachingEntry = record.Declare(KindTeaching, record.Meaning[*folding, Teaching]{
	Doc:     "What was learned, how far a trainee got, or that the case is worth teaching with (`mark`).",
	Example: `{"note":"Watch the wave V before the sling is tightened.","trainee":"b3q9","name":"Dr. Bai","form":"teaching","values":{"zwisch":3},"mark":true}`,
	Roles:   team,
	Fold:    func(f *folding, a record.Said[Teaching]) { f.c.Teaching = append(f.c.Teaching, a) },
	Words: func(a record.Said[Teaching]) record.Words {
		return record.Titled("case.told.teaching", nil, record.Written(a.Says.Note)...)
	},

	Verb: "teach",
	Form: record.Form[*folding]{Pack: "teaching", PackFirst: true, Attach: true, Finish: finishTeaching, Asks: []record.Ask[*folding]{
		{Name: "note", Sort: record.Long},
		{Name: "trainee", Sort: record.Staff},
		{Name: "mark", Sort: record.Tick},
	}},
})

// finishTeaching adds the trainee's name.
func finishTeaching(_ *folding, a *record.Asking, says record.Body) {
	for _, p := range a.Staff() {
		if string(p.Person) == says.Text("trainee") {
			says["name"] = p.Name
		}
	}
	if says["note"] == nil && says["mark"] == nil && len(valuesOf(a)) == 0 {
		a.Fault("note", "case.fault.needed", nil)
	}
}
