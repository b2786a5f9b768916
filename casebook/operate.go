package casebook

import (
	"slices"
	"strings"

	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
)

// CheckItem is one question of the safety checklist.
type CheckItem struct {
	ID   string `json:"id"`
	Done bool   `json:"done"`
	Why  string `json:"why,omitempty"`  // why it is not done: one of WhyNot
	Note string `json:"note,omitempty"` // the same in words
}

// WhyNot are the codes of why an item is not done. A critical one needs words besides.
var WhyNot = []string{"not-applicable", "not-here", "being-done"}

// criticalItems are the items of the checklist on which a patient's life may hang: whose patient it is, which side, which operation, what they do not bear, and what
// may stay inside. That they are not confirmed nobody signs away with a word that stands ready.
var criticalItems = map[string][]string{"sign_in": {"identity", "site-marked", "allergy"}, "time_out": {"confirm"}, "sign_out": {"procedure", "counts"}}

// Critical tells whether an item of a part is one on which a patient's life may hang.
func Critical(part, item string) bool { return slices.Contains(criticalItems[part], item) }

// SafetyCheck is one part of the surgical safety checklist.
type SafetyCheck struct {
	Part  string      `json:"part"`           // "sign_in", "time_out", "sign_out"
	Side  string      `json:"side,omitempty"` // "left", "right", "bilateral": as it was read aloud
	Items []CheckItem `json:"items,omitempty"`
	Note  string      `json:"note,omitempty"`

	Advice []AdviceTaken `json:"advice,omitempty"` // what became of recommendations that were open
}

// SafetyParts are the parts of the checklist, in order.
var SafetyParts = []string{"sign_in", "time_out", "sign_out"}

// SafetyItems are the questions of the surgical safety checklist (World Health Organization, 2009), by part.
func SafetyItems(part string) []string {
	switch part {
	case "sign_in":
		return []string{"identity", "site-marked", "machine", "oximeter", "allergy", "airway", "blood-loss"}
	case "time_out":
		return []string{"team", "confirm", "surgeon", "anesthetist", "nursing", "antibiotic", "imaging"}
	case "sign_out":
		return []string{"procedure", "counts", "specimen", "equipment", "recovery"}
	}
	return nil
}

// safetyOptions are the questions of a part in words.
func safetyOptions(part string) (list []record.Option) {
	for _, id := range SafetyItems(part) {
		list = append(list, record.Option{Value: id, Label: lang.Named("case.safety-items."+lang.Key(part), id)})
	}
	return list
}

// safetyChecklist is the whole checklist, part by part.
func safetyChecklist() (list []record.Part) {
	for _, part := range SafetyParts {
		list = append(list, record.Part{Code: part, Options: safetyOptions(part)})
	}
	return list
}

// safetyPart is the part of the checklist that a form is for: as chosen, or the first that is not recorded yet.
func (f *folding) safetyPart(a *record.Asking) string {
	if part := a.Get("part"); slices.Contains(SafetyParts, part) {
		return part
	}
	if part := f.c.nextSafetyPart(); part != "" {
		return part
	}
	return SafetyParts[0]
}

// Check is the form of the body.
func (s *SafetyCheck) Check() error {
	var c record.Checks
	c.Code("part", s.Part, SafetyParts...)
	c.MayCode("side", s.Side, Sides...)
	c.Text("note", s.Note, false)
	for _, i := range s.Items {
		c.MayCode("items", i.Why, WhyNot...)
	}
	checkAdvice(&c, s.Advice)
	return c.Err()
}

// KindSafetyCheck records a part of the checklist, once for each operation.
const KindSafetyCheck = "case.safety-check"

var safetyCheckEntry = record.Declare(KindSafetyCheck, record.Meaning[*folding, SafetyCheck]{
	Doc:     "One part of the surgical safety checklist, once for each operation, before its record. Parts: sign_in, time_out, sign_out. Every item of the part is `done`, or `why` (not-applicable, not-here, being-done) or a `note` says why not; the critical ones (identity, site-marked, allergy, confirm, procedure, counts) want the note, and stay marked. One item at least is done. `side` as it was read aloud. `advice` answers the recommendations that are open before the operation.",
	Example: `{"part":"time_out","side":"left","items":[{"id":"team","done":true},{"id":"confirm","done":true},{"id":"surgeon","done":true},{"id":"anesthetist","done":true},{"id":"nursing","done":true},{"id":"antibiotic","done":true},{"id":"imaging","done":false,"why":"not-here","note":"Shown from the tablet"}]}`,
	Roles:   recorders,
	Rule: func(f *folding, a record.Said[SafetyCheck]) []record.Mark {
		for _, s := range f.c.SafetyChecks {
			if s.Says.Part == a.Says.Part && s.Operation == len(f.c.Operations) {
				return record.When(true, "safety-twice")
			}
		}
		return nil
	},
	Fold: func(f *folding, a record.Said[SafetyCheck]) {
		f.c.SafetyChecks = append(f.c.SafetyChecks, SafetyPart{Said: a, Operation: len(f.c.Operations)})
		f.adviceTaken(a.Entry, a.Says.Advice)
	},
	List: "safety_checks",
	Words: func(a record.Said[SafetyCheck]) record.Words {
		w := record.Titled("case.told.safety-check", map[string]any{"part": lang.Named("case.safety", a.Says.Part)}, record.Written(a.Says.Note)...)
		for _, i := range a.Says.Items {
			if !i.Done {
				item := lang.Named("case.safety-items."+lang.Key(a.Says.Part), i.ID)
				w.Lines = append(w.Lines, lang.Phrase("case.line.not-done", map[string]any{"item": item, "note": i.why()}))
			}
		}
		w.Lines = append(w.Lines, adviceLines(a.Says.Advice)...)
		return w
	},

	Verb: "operate",
	Form: record.Form[*folding]{Asks: []record.Ask[*folding]{
		{Name: "part", Sort: "part", Needed: true, Codes: SafetyParts, List: "case.safety"},
		{Name: "items", Sort: "checks", Parts: safetyChecklist, Options: func(f *folding, a *record.Asking) []record.Option { return safetyOptions(f.safetyPart(a)) }},
		{Name: "side", Sort: "side", Codes: Sides, List: "case.side"},
		{Name: "advice", Sort: "advice-taken", Unless: noAdviceOpen},
		{Name: "note", Sort: record.Long},
	}},
	Start: func(f *folding, a *record.Asking) SafetyCheck {
		return SafetyCheck{Part: f.safetyPart(a), Side: f.c.sideNow()}
	},
})

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
	Supervisor    Owner          `json:"supervisor,omitzero"` // who answered for the operation of a trainee
	Advice        []AdviceTaken  `json:"advice,omitempty"`    // what became of recommendations that were open
	Confirmed     Confirmed      `json:"confirmed,omitzero"`
}

// Check is the form of the body.
func (o *Operation) Check() error {
	var c record.Checks
	o.Confirmed.check(&c)
	checkAdvice(&c, o.Advice)
	c.Date("date", o.Date, true)
	c.Need(len(o.Values) == 0 || o.Form != "", "form", "case.unfit.form")
	c.Need(!o.Abandoned || strings.TrimSpace(o.AbandonReason) != "", "abandon_reason", "case.unfit.abandoned")
	c.MayCode("guidance", o.Guidance, Guidances...)
	c.Text("note", o.Note, false)
	for _, s := range o.Steps {
		c.Text("steps", s.Step, true)
		c.Code("steps", s.Done, "planned", "modified", "not_done")
		c.Need(s.Entrustment >= 0 && s.Entrustment <= 5, "steps", "case.unfit.entrustment")
	}
	for _, d := range o.FollowUps {
		c.Text("follow_ups", d.ID, true)
		c.Date("follow_ups", d.Due, true)
	}
	return c.Err()
}

// KindOperation records an operation.
const KindOperation = "case.operation"

var operationEntry = record.Declare(KindOperation, record.Meaning[*folding, Operation]{
	Doc:     "What was done. `supervisor` answered for the operation of a trainee. `advice` answers the recommendations that were open before it. `confirmed` says why it is so what is odd about it. `refs[0]` is the plan, which must be signed by all its signers; or `emergency` says why there was no time; or `elsewhere` says that it was done outside this case. `steps` hold the trainee's part (entrustment 1–5). `follow_ups` are written by the node from the pack.",
	Example: `{"date":"2026-04-01","procedure":"mvd_endoscopic","form":"operation","values":{"blood_loss":50},"operator":{"hospital":"AEBA-GAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-Z4Z6","person":"k7x2m4","name":"Dr. Lin"},"guidance":"expert_assists","steps":[{"step":"decompress","done":"planned","name":"Dr. Bai","entrustment":3}],"follow_ups":[{"id":"d30","name":{"en":"30 days","zh":"术后30天"},"from":"2026-04-24","due":"2026-05-01","until":"2026-05-15","forms":["followup"]}]}`,
	Roles:   historians,
	Rule:    operationRule,
	Fold: func(f *folding, a record.Said[Operation]) {
		op := Operated{Said: a, Plan: -1}
		if i, ok := f.plans[a.Ref()]; ok {
			op.Plan = i
			op.Deviation = Deviation(f.c.Plans[i].Says, a.Says)
		}
		op.Signed = op.Plan >= 0 && f.c.Plans[op.Plan].signedAt(a.Place)
		f.c.Operations = append(f.c.Operations, op)
		f.answers(a.Entry, a.Says.Date, a.Says.Values)
		f.confirm(a.Entry, a.Says.Confirmed)
		f.adviceTaken(a.Entry, a.Says.Advice)
	},
	Date: func(b Operation) string { return b.Date },
	List: record.Elsewhere, Views: []record.View{record.Shows("operations", operationsShown), record.Shows("due", dueOf)}, Told: operationTold, Panel: "deviation",
	Words: func(a record.Said[Operation]) record.Words {
		title := "case.told.operation"
		switch {
		case a.Says.Abandoned:
			title += "-abandoned"
		case a.Says.Elsewhere != "":
			title += "-elsewhere"
		}
		lines := append(record.Written(a.Says.Elsewhere, a.Says.AbandonReason, a.Says.Note), adviceLines(a.Says.Advice)...)
		return record.Titled(title, nil, append(lines, record.Labeled("case.line.emergency", a.Says.Emergency)...)...)
	},

	Verb: "operate",
	Form: record.Form[*folding]{Pack: "operation", Attach: true, Scope: scopeRecording, At: "date", Finish: finishOperation, Asks: []record.Ask[*folding]{
		{Name: "date", Sort: record.Date, Needed: true},
		{Name: "emergency", Sort: record.Long, Unless: planIsSigned},
		{Name: "elsewhere", Sort: record.Text},
		{Name: "operator", Sort: "operator"},
		{Name: "supervisor", Sort: "operator", Unless: operatorIsTrained},
		{Name: "assistants", Sort: "team"},
		{Name: "procedure", Sort: record.Code, Options: procedureOptions, From: "procedure"},
		{Name: "guidance", Sort: record.Code, Codes: Guidances, List: "case.guidance", From: "guidance_mode"},
		{Name: "abandoned", Sort: record.Tick, From: "abandoned"},
		{Name: "abandon_reason", Sort: record.Long, From: "abandoned_why"},
		{Name: "advice", Sort: "advice-taken", Unless: noAdviceOpen},
		{Name: "note", Sort: record.Long},
	}},
	Start: startOperation,
	Offer: planNow,
})

// operationRule wants a signed plan, an emergency, or a place in the past.
func operationRule(f *folding, a record.Said[Operation]) []record.Mark {
	if a.Says.Emergency != "" || a.Says.Elsewhere != "" || f.c.History != "" {
		return nil
	}
	i, ok := f.plans[a.Ref()]
	if !ok {
		return record.When(true, "unsigned")
	}
	plan := &f.c.Plans[i]
	if plan.signedAt(a.Place) && !f.replacedBySigned(i, a.Place) {
		return nil
	}
	return record.When(true, "unsigned")
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

	Confirmed Confirmed `json:"confirmed,omitzero"`
}

// Grades are the grades of Clavien and Dindo, the mildest first.
var Grades = []string{"I", "II", "IIIa", "IIIb", "IVa", "IVb", "V"}

// Check is the form of the body.
func (k *Complication) Check() error {
	var c record.Checks
	k.Confirmed.check(&c)
	c.Text("code", k.Code, true)
	c.MayCode("grade", strings.TrimSuffix(k.Grade, "d"), Grades...)
	c.Date("date", k.Date, true)
	c.Need(len(k.Values) == 0 || k.Form != "", "form", "case.unfit.form")
	c.Text("note", k.Note, false)
	return c.Err()
}

// KindComplication records a complication; it may come to light after the case was closed.
const KindComplication = "case.complication"

var complicationEntry = record.Declare(KindComplication, record.Meaning[*folding, Complication]{
	Doc:     "Something that went wrong after an operation. `grade` is Clavien–Dindo, with a final `d` if it is there at discharge.",
	Example: `{"code":"hearing_loss","grade":"II","date":"2026-04-03","note":"Recovered by day 9."}`,
	Roles:   recorders, AfterClosing: true,
	Rule: func(f *folding, _ record.Said[Complication]) []record.Mark {
		return record.When(len(f.c.Operations) == 0, "no-operation")
	},
	Fold: func(f *folding, a record.Said[Complication]) {
		f.c.Complications = append(f.c.Complications, a)
		f.confirm(a.Entry, a.Says.Confirmed)
	},
	Date: func(b Complication) string { return b.Date },
	List: "complications", Told: complicationTold,
	Words: func(a record.Said[Complication]) record.Words {
		lines := append(record.Written(a.Says.Note), record.Labeled("case.line.grade", a.Says.Grade)...)
		return record.Titled("case.told.complication", map[string]any{"code": a.Says.Code}, lines...)
	},

	Verb: "follow",
	Form: record.Form[*folding]{Pack: "complication", Attach: true, At: "date", Finish: finishComplication, Asks: []record.Ask[*folding]{
		{Name: "code", Sort: record.Text, Needed: true, From: "complication"},
		{Name: "date", Sort: record.Date, Needed: true, From: "complication_date"},
		{Name: "grade", Sort: record.Code, Codes: Grades, From: "clavien_dindo"},
		{Name: "note", Sort: record.Long},
	}},
	Offer: afterOperation,
})

// FollowUp is how the patient was at one point of the schedule, or that nobody knows.
type FollowUp struct {
	Schedule string         `json:"schedule"` // id of the pack's appointment: "m12"
	Date     string         `json:"date,omitempty"`
	Form     string         `json:"form,omitempty"`
	Values   pathway.Values `json:"values,omitempty"`
	Lost     string         `json:"lost,omitempty"` // why nothing is known: "moved", "no answer", "refused"
	Note     string         `json:"note,omitempty"`

	Confirmed Confirmed `json:"confirmed,omitzero"`
}

// Check is the form of the body.
func (u *FollowUp) Check() error {
	var c record.Checks
	u.Confirmed.check(&c)
	c.Text("schedule", u.Schedule, true)
	c.Date("date", u.Date, u.Lost == "")
	c.Need(u.Lost != "" || len(u.Values) > 0 || u.Note != "", "note", "case.unfit.follow-up")
	c.Need(len(u.Values) == 0 || u.Form != "", "form", "case.unfit.form")
	c.Text("note", u.Note, false)
	return c.Err()
}

// KindFollowUp records a follow-up, also after the case was closed.
const KindFollowUp = "case.followup"

var followUpEntry = record.Declare(KindFollowUp, record.Meaning[*folding, FollowUp]{
	Doc:     "One appointment of the schedule: how the patient is, or in `lost` why nobody knows. Also after closing. `date` is a date, perhaps partial. `confirmed` says why it is so what is odd about it.",
	Example: `{"schedule":"d30","date":"2026-05-02","form":"followup","values":{"nrs":1}}`,
	Roles:   everyone, AfterClosing: true,
	Rule: func(f *folding, a record.Said[FollowUp]) []record.Mark {
		for _, u := range f.c.FollowUps {
			if a.Read && u.Says.Schedule == a.Says.Schedule && u.Says.Lost == "" && u.By.Hospital == a.By.Hospital && u.Operation == len(f.c.Operations) {
				return record.When(true, "follow-up-twice")
			}
		}
		return nil
	},
	Fold: func(f *folding, a record.Said[FollowUp]) {
		f.c.FollowUps = append(f.c.FollowUps, FollowedUp{Said: a, Operation: len(f.c.Operations)})
		f.confirm(a.Entry, a.Says.Confirmed)
		f.answers(a.Entry, a.Says.Date, a.Says.Values)
	},
	Date: func(b FollowUp) string { return b.Date },
	List: "follow_ups", Told: followUpTold,
	Words: func(a record.Said[FollowUp]) record.Words {
		if a.Says.Lost != "" {
			return record.Titled("case.told.followup-lost", map[string]any{"schedule": a.Says.Schedule}, record.Written(a.Says.Lost, a.Says.Note)...)
		}
		return record.Titled("case.told.followup", map[string]any{"schedule": a.Says.Schedule}, record.Written(a.Says.Note)...)
	},

	Verb: "follow",
	Form: record.Form[*folding]{Pack: "followup", PackFirst: true, Attach: true, At: "date", Finish: finishFollowUp, Asks: []record.Ask[*folding]{
		{Name: "schedule", Sort: record.Text, Needed: true, From: "followup_point"},
		{Name: "date", Sort: record.Date, From: "seen_on"},
		{Name: "lost", Sort: record.Text},
		{Name: "note", Sort: record.Long, From: "followup_note"},
	}},
	Start: startFollowUp,
	Offer: afterOperation,
})

func finishComplication(_ *folding, a *record.Asking, says record.Body) {
	if grade := says.Text("grade"); grade == "0" {
		delete(says, "grade")
	} else if b, _ := valuesOf(a)["complication_disability"].AsBool(); b && grade != "" {
		says["grade"] = grade + "d"
	}
}
