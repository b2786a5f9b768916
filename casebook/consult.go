package casebook

import (
	"strconv"

	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
)

// Question asks for one thing more.
type Question struct {
	Text string `json:"text"`
	To   Owner  `json:"to,omitzero"` // absent: anybody in the case
	Due  string `json:"due,omitempty"`
}

// Check is the form of the body.
func (q *Question) Check() error {
	var c checks
	c.text("text", q.Text, true)
	c.date("due", q.Due, false)
	return c.err
}

// KindQuestion asks.
var KindQuestion = define("case.question", meaning[Question]{
	roles: everyone,
	rule: func(f *folding, a said[Question]) []Mark {
		return when(!a.says.To.Hospital.IsZero() && !f.member(a.says.To.Hospital), "not-a-member")
	},
	fold: func(f *folding, a said[Question]) {
		f.c.Questions = append(f.c.Questions, AskedQuestion{Said: a.keep()})
	},
	words: func(a said[Question]) words {
		return words{lang.Text{En: "Question", Zh: "提问"}, lines(a.says.Text)}
	},
})

// Answer answers a question.
type Answer struct {
	Text string `json:"text"`
}

// Check is the form of the body.
func (a *Answer) Check() error {
	var c checks
	c.text("text", a.Text, true)
	return c.err
}

// KindAnswer answers the question that it refers to.
var KindAnswer = define("case.answer", meaning[Answer]{
	roles: everyone,
	rule: func(f *folding, a said[Answer]) []Mark {
		q := f.question(a.ref())
		if q == nil {
			return when(true, "no-question")
		}
		to := q.Says.To.Hospital
		return when(!to.IsZero() && to != a.by.Hospital, "question-other")
	},
	fold: func(f *folding, a said[Answer]) {
		if q := f.question(a.ref()); q != nil {
			q.Answers = append(q.Answers, a.keep())
		}
	},
	words: func(a said[Answer]) words {
		return words{lang.Text{En: "Answer", Zh: "答复"}, lines(a.says.Text)}
	},
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
	var c checks
	c.need(o.Round >= 1, "rounds count from 1")
	c.text("text", o.Text, true)
	c.need(len(o.Values) == 0 || o.Form != "", "answers name the form that they belong to")
	seen := map[string]bool{}
	for _, r := range o.Recommendations {
		c.text("a recommendation's id", r.ID, true)
		c.need(!seen[r.ID], "two recommendations are called %s", r.ID)
		seen[r.ID] = true
		c.text("recommendation "+r.ID, r.Text, true)
		c.hospital("the owner of recommendation "+r.ID, r.Owner.Hospital)
		c.date("the due date of recommendation "+r.ID, r.Due, true)
	}
	return c.err
}

// KindOpinion gives an opinion. It refers to the referral that it answers.
var KindOpinion = define("case.opinion", meaning[Opinion]{
	roles:  clinicians,
	rule:   opinionRule,
	values: func(o Opinion) (string, pathway.Values) { return o.Form, o.Values },
	fold: func(f *folding, a said[Opinion]) {
		f.c.Opinions = append(f.c.Opinions, a.keep())
		f.c.Rounds = max(f.c.Rounds, a.says.Round)
		if r := f.referral(a.ref()); r != nil {
			r.Opinions++
		}
		for _, r := range a.says.Recommendations {
			if f.recommendation(a.hash, r.ID) == nil {
				f.advised[adviceKey{a.hash, r.ID}] = len(f.c.Recommendations)
				f.c.Recommendations = append(f.c.Recommendations, Advised{Recommendation: r, Opinion: a.hash, By: a.by})
			}
		}
	},
	words: func(a said[Opinion]) words {
		n := strconv.FormatInt(a.says.Round, 10)
		w := words{lang.Text{En: "Opinion, round " + n, Zh: "会诊意见（第" + n + "轮）"}, lines(a.says.Text)}
		for _, r := range a.says.Recommendations {
			w.lines = append(w.lines, lang.Text{En: "Recommended: " + r.Text, Zh: "建议：" + r.Text})
		}
		return w
	},
})

// opinionRule wants a referral that the writer's hospital has accepted, and rounds that follow each other.
func opinionRule(f *folding, a said[Opinion]) []Mark {
	r := f.referral(a.ref())
	marks := when(r == nil || r.State != AcceptedState || r.Says.To != a.by.Hospital, "not-accepted")
	return append(marks, when(a.read && (a.says.Round < 1 || a.says.Round > f.c.Rounds+1), "round")...)
}

// Advice says what became of a recommendation.
type Advice struct {
	Recommendation string `json:"recommendation"`
	Status         string `json:"status"` // "done", "not_done"
	Why            string `json:"why,omitempty"`
}

// Check is the form of the body.
func (v *Advice) Check() error {
	var c checks
	c.text("recommendation", v.Recommendation, true)
	c.code("status", v.Status, "done", "not_done")
	c.text("why", v.Why, v.Status == "not_done")
	return c.err
}

// KindAdvice closes a recommendation of the opinion that it refers to.
var KindAdvice = define("case.advice", meaning[Advice]{
	roles: team,
	rule: func(f *folding, a said[Advice]) []Mark {
		r := f.recommendation(a.ref(), a.says.Recommendation)
		if r == nil {
			return when(true, "no-recommendation")
		}
		return when(r.Owner.Hospital != a.by.Hospital, "not-owner")
	},
	fold: func(f *folding, a said[Advice]) {
		if r := f.recommendation(a.ref(), a.says.Recommendation); r != nil && r.Owner.Hospital == a.by.Hospital {
			k := a.keep()
			r.Outcome = &k
		}
	},
	words: func(a said[Advice]) words {
		if a.says.Status == "done" {
			return words{lang.Text{En: "Recommendation done", Zh: "建议已落实"}, lines(a.says.Why)}
		}
		return words{lang.Text{En: "Recommendation not done", Zh: "建议未落实"}, lines(a.says.Why)}
	},
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
	var c checks
	c.hospital("to whom", h.To.Hospital)
	c.text("situation", h.Situation, true)
	c.text("background", h.Background, false)
	c.text("done", h.Done, false)
	return c.err
}

// KindHandOver hands over the work, not the custody: that moves with the stewardship of the thread.
var KindHandOver = define("case.hand-over", meaning[HandOver]{
	roles: team,
	rule: func(f *folding, a said[HandOver]) []Mark {
		return when(a.read && !f.member(a.says.To.Hospital), "not-a-member")
	},
	fold: func(f *folding, a said[HandOver]) { f.c.HandOvers = append(f.c.HandOvers, a.keep()) },
	words: func(a said[HandOver]) words {
		w := words{lang.Text{En: "Hand-over", Zh: "交接"}, lines(a.says.Situation, a.says.Background, a.says.Done, a.says.Drugs)}
		w.lines = append(w.lines, lines(a.says.Risks...)...)
		w.lines = append(w.lines, lines(a.says.ToDo...)...)
		return w
	},
})

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
	var c checks
	c.need(t.Note != "" || len(t.Values) > 0 || t.Mark, "a teaching note has words, an assessment, or marks the case")
	c.need(len(t.Values) == 0 || t.Form != "", "answers name the form that they belong to")
	c.text("note", t.Note, false)
	return c.err
}

// KindTeaching notes what was learned.
var KindTeaching = define("case.teaching", meaning[Teaching]{
	roles:  team,
	values: func(t Teaching) (string, pathway.Values) { return t.Form, t.Values },
	fold:   func(f *folding, a said[Teaching]) { f.c.Teaching = append(f.c.Teaching, a.keep()) },
	words: func(a said[Teaching]) words {
		return words{lang.Text{En: "Teaching note", Zh: "带教记录"}, lines(a.says.Note)}
	},
})
