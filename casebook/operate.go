package casebook

import (
	"strings"

	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
)

// CheckItem is one question of the safety checklist.
type CheckItem struct {
	ID   string `json:"id"`
	Done bool   `json:"done"`
	Note string `json:"note,omitempty"`
}

// SafetyCheck is one part of the surgical safety checklist.
type SafetyCheck struct {
	Part  string      `json:"part"` // "sign_in", "time_out", "sign_out"
	Items []CheckItem `json:"items,omitempty"`
	Note  string      `json:"note,omitempty"`
}

// SafetyParts are the parts of the checklist, in order.
var SafetyParts = []string{"sign_in", "time_out", "sign_out"}

// Check is the form of the body.
func (s *SafetyCheck) Check() error {
	var c checks
	c.code("part", s.Part, SafetyParts...)
	c.text("note", s.Note, false)
	return c.err
}

// KindSafetyCheck records a part of the checklist, once for each operation.
var KindSafetyCheck = define("case.safety-check", meaning[SafetyCheck]{
	roles: recorders,
	rule: func(f *folding, a said[SafetyCheck]) []Mark {
		for _, s := range f.c.SafetyChecks {
			if s.Says.Part == a.says.Part && s.Operation == len(f.c.Operations) {
				return when(true, "safety-twice")
			}
		}
		return nil
	},
	fold: func(f *folding, a said[SafetyCheck]) {
		f.c.SafetyChecks = append(f.c.SafetyChecks, SafetyPart{Said: a.keep(), Operation: len(f.c.Operations)})
	},
	words: func(a said[SafetyCheck]) words {
		name := safetyNames[a.says.Part]
		w := words{lang.Text{En: "Safety checklist: " + name.En, Zh: "手术安全核查：" + name.Zh}, lines(a.says.Note)}
		for _, i := range a.says.Items {
			if !i.Done {
				w.lines = append(w.lines, lang.Text{En: "Not done: " + i.ID + " " + i.Note, Zh: "未完成：" + i.ID + " " + i.Note})
			}
		}
		return w
	},
})

var safetyNames = map[string]lang.Text{
	"sign_in": {En: "sign in", Zh: "麻醉实施前"}, "time_out": {En: "time out", Zh: "手术开始前"}, "sign_out": {En: "sign out", Zh: "离开手术室前"},
}

// StepDone is one step as it was done, and how far a trainee did it.
type StepDone struct {
	Step        string          `json:"step"`
	Done        string          `json:"done"`                 // "planned", "modified", "not_done"
	By          ledger.PersonID `json:"by,omitempty"`         // the trainee whose part it was
	Name        string          `json:"name,omitempty"`       // of the trainee
	Entrustment int64           `json:"entrustment,omitzero"` // 1 (I had to do it) to 5 (I did not need to be there); 0: no trainee
	Note        string          `json:"note,omitempty"`
}

// DueFollowUp is one appointment after the operation, written down with it so that nobody needs the pack to know it.
type DueFollowUp struct {
	ID    string    `json:"id"`
	Name  lang.Text `json:"name"`
	From  string    `json:"from,omitempty"` // dates
	Due   string    `json:"due"`
	Until string    `json:"until,omitempty"`
	Forms []string  `json:"forms,omitempty"`
}

// Operation is what was done. It refers to the signed plan, or says what the emergency was.
type Operation struct {
	Date          string         `json:"date"`
	Procedure     string         `json:"procedure,omitempty"` // code of the pack
	Form          string         `json:"form,omitempty"`
	Values        pathway.Values `json:"values,omitempty"`
	Emergency     string         `json:"emergency,omitempty"` // why there was no time for a signed plan
	Elsewhere     string         `json:"elsewhere,omitempty"` // done outside this case, recorded from papers: what kind of hospital
	Abandoned     bool           `json:"abandoned,omitzero"`
	AbandonReason string         `json:"abandon_reason,omitempty"`
	Operator      Owner          `json:"operator,omitzero"`
	Assistants    []Owner        `json:"assistants,omitempty"`
	Guidance      string         `json:"guidance,omitempty"`
	Steps         []StepDone     `json:"steps,omitempty"`
	FollowUps     []DueFollowUp  `json:"follow_ups,omitempty"`
	Note          string         `json:"note,omitempty"`
}

// Check is the form of the body.
func (o *Operation) Check() error {
	var c checks
	c.date("date", o.Date, true)
	c.need(len(o.Values) == 0 || o.Form != "", "answers name the form that they belong to")
	c.need(!o.Abandoned || strings.TrimSpace(o.AbandonReason) != "", "an abandoned operation says why")
	c.mayCode("guidance", o.Guidance, Guidances...)
	c.text("note", o.Note, false)
	for _, s := range o.Steps {
		c.text("a step", s.Step, true)
		c.code("what became of step "+s.Step, s.Done, "planned", "modified", "not_done")
		c.need(s.Entrustment >= 0 && s.Entrustment <= 5, "entrustment of step %s is 1 to 5", s.Step)
	}
	for _, d := range o.FollowUps {
		c.text("a follow-up's id", d.ID, true)
		c.date("when follow-up "+d.ID+" is due", d.Due, true)
	}
	return c.err
}

// KindOperation records an operation.
var KindOperation = define("case.operation", meaning[Operation]{
	roles:  append(clinicians[:len(clinicians):len(clinicians)], "system"),
	rule:   operationRule,
	values: func(o Operation) (string, pathway.Values) { return o.Form, o.Values },
	fold: func(f *folding, a said[Operation]) {
		op := Operated{Said: a.keep(), Plan: -1}
		if i, ok := f.plans[a.ref()]; ok {
			op.Plan = i
			op.Deviation = Deviation(f.c.Plans[i].Says, a.says)
		}
		op.Signed = op.Plan >= 0 && f.c.Plans[op.Plan].signedAt(a.at)
		f.c.Operations = append(f.c.Operations, op)
		f.answers(a.entry, a.says.Date, a.says.Values)
	},
	date: func(b Operation) string { return b.Date },
	words: func(a said[Operation]) words {
		w := words{title: lang.Text{En: "Operation", Zh: "手术"}}
		switch {
		case a.says.Abandoned:
			w.title = lang.Text{En: "Operation abandoned", Zh: "手术中止"}
		case a.says.Elsewhere != "":
			w.title = lang.Text{En: "Operation elsewhere", Zh: "外院手术"}
		}
		w.lines = lines(a.says.Elsewhere, a.says.AbandonReason, a.says.Note)
		if a.says.Emergency != "" {
			w.lines = append(w.lines, lang.Text{En: "Emergency: " + a.says.Emergency, Zh: "急诊：" + a.says.Emergency})
		}
		return w
	},
})

// operationRule wants a signed plan, an emergency, or a place in the past.
func operationRule(f *folding, a said[Operation]) []Mark {
	if a.says.Emergency != "" || a.says.Elsewhere != "" || f.c.History != "" {
		return nil
	}
	i, ok := f.plans[a.ref()]
	if !ok {
		return when(true, "unsigned")
	}
	plan := &f.c.Plans[i]
	if plan.signedAt(a.at) && !f.replacedBySigned(i, a.at) {
		return nil
	}
	return when(true, "unsigned")
}

// replacedBySigned tells whether a newer version, itself signed, had taken the plan's place.
func (f *folding) replacedBySigned(i, at int) bool {
	for _, j := range f.c.PlanHeads {
		if j != i && f.c.Plans[j].signedAt(at) {
			return true
		}
	}
	return false
}

// Complication is something that went wrong.
type Complication struct {
	Code   string         `json:"code"`            // of the pack: "hearing_loss"
	Grade  string         `json:"grade,omitempty"` // Clavien–Dindo: "I", "II", "IIIa", "IIIb", "IVa", "IVb", "V", with "d" if present at discharge
	Date   string         `json:"date"`            // of onset
	Form   string         `json:"form,omitempty"`
	Values pathway.Values `json:"values,omitempty"`
	Note   string         `json:"note,omitempty"`
}

// Grades are the grades of Clavien and Dindo, the mildest first.
var Grades = []string{"I", "II", "IIIa", "IIIb", "IVa", "IVb", "V"}

// Check is the form of the body.
func (k *Complication) Check() error {
	var c checks
	c.text("code", k.Code, true)
	c.mayCode("grade", strings.TrimSuffix(k.Grade, "d"), Grades...)
	c.date("date", k.Date, true)
	c.need(len(k.Values) == 0 || k.Form != "", "answers name the form that they belong to")
	c.text("note", k.Note, false)
	return c.err
}

// KindComplication records a complication; it may come to light after the case was closed.
var KindComplication = define("case.complication", meaning[Complication]{
	roles: recorders, afterClosing: true,
	rule:   func(f *folding, _ said[Complication]) []Mark { return when(len(f.c.Operations) == 0, "no-operation") },
	values: func(k Complication) (string, pathway.Values) { return k.Form, k.Values },
	fold: func(f *folding, a said[Complication]) {
		f.c.Complications = append(f.c.Complications, a.keep())
	},
	date: func(b Complication) string { return b.Date },
	words: func(a said[Complication]) words {
		w := words{lang.Text{En: "Complication: " + a.says.Code, Zh: "并发症：" + a.says.Code}, lines(a.says.Note)}
		if a.says.Grade != "" {
			w.lines = append(w.lines, lang.Text{En: "Clavien–Dindo " + a.says.Grade, Zh: "Clavien–Dindo " + a.says.Grade + "级"})
		}
		return w
	},
})

// FollowUp is how the patient was at one point of the schedule, or that nobody knows.
type FollowUp struct {
	Schedule string         `json:"schedule"` // id of the pack's appointment: "m12"
	Date     string         `json:"date,omitempty"`
	Form     string         `json:"form,omitempty"`
	Values   pathway.Values `json:"values,omitempty"`
	Lost     string         `json:"lost,omitempty"` // why nothing is known: "moved", "no answer", "refused"
	Note     string         `json:"note,omitempty"`
}

// Check is the form of the body.
func (u *FollowUp) Check() error {
	var c checks
	c.text("schedule", u.Schedule, true)
	c.date("date", u.Date, u.Lost == "")
	c.need(u.Lost != "" || len(u.Values) > 0 || u.Note != "", "a follow-up says how the patient is, or why nobody knows")
	c.need(len(u.Values) == 0 || u.Form != "", "answers name the form that they belong to")
	c.text("note", u.Note, false)
	return c.err
}

// KindFollowUp records a follow-up, also after the case was closed.
var KindFollowUp = define("case.followup", meaning[FollowUp]{
	roles: everyone, afterClosing: true,
	rule: func(f *folding, a said[FollowUp]) []Mark {
		for _, u := range f.c.FollowUps {
			if a.read && u.Says.Schedule == a.says.Schedule && u.Says.Lost == "" && u.By.Hospital == a.by.Hospital && u.Operation == len(f.c.Operations) {
				return when(true, "follow-up-twice")
			}
		}
		return nil
	},
	values: func(u FollowUp) (string, pathway.Values) { return u.Form, u.Values },
	fold: func(f *folding, a said[FollowUp]) {
		f.c.FollowUps = append(f.c.FollowUps, FollowedUp{Said: a.keep(), Operation: len(f.c.Operations)})
		f.answers(a.entry, a.says.Date, a.says.Values)
	},
	date: func(b FollowUp) string { return b.Date },
	words: func(a said[FollowUp]) words {
		if a.says.Lost != "" {
			return words{lang.Text{En: "Lost to follow-up: " + a.says.Schedule, Zh: "失访：" + a.says.Schedule}, lines(a.says.Lost, a.says.Note)}
		}
		return words{lang.Text{En: "Follow-up: " + a.says.Schedule, Zh: "随访：" + a.says.Schedule}, lines(a.says.Note)}
	},
})
