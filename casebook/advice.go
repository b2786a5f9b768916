package casebook

import (
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"

	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
)

// AdviceTaken says, on the checklist or with the operation, what became of a recommendation that was open: advice such as "stop aspirin" is answered before the
// patient is operated on, or it is said why it was not followed.
type AdviceTaken struct {
	Opinion        ledger.Hash `json:"opinion"`        // whose it is
	Recommendation string      `json:"recommendation"` // its id there
	Text           string      `json:"text,omitempty"` // what was recommended, as it was read aloud
	Status         string      `json:"status"`         // "done", "not_done"
	Why            string      `json:"why,omitempty"`
}

func checkAdvice(c *record.Checks, list []AdviceTaken) {
	for _, a := range list {
		c.Need(!a.Opinion.IsZero(), "advice", "record.unfit.missing")
		c.Text("advice", a.Recommendation, true)
		c.Code("advice", a.Status, AdviceStates...)
		c.Text("advice", a.Why, a.Status == "not_done")
	}
}

// adviceLines tell what became of recommendations.
func adviceLines(list []AdviceTaken) (lines []lang.Text) {
	for _, a := range list {
		what := lang.Named("case.advice", a.Status)
		lines = append(lines, lang.Phrase("case.line.advice", map[string]any{"text": a.Text, "what": what, "why": a.Why}))
	}
	return lines
}

// adviceTaken answers recommendations as the checklist or the record of an operation says. Whose recommendation it was, the team at the table has answered it.
func (f *folding) adviceTaken(e record.Entry, list []AdviceTaken) {
	for _, a := range list {
		if r := f.recommendation(a.Opinion, a.Recommendation); r != nil && r.Outcome == nil {
			r.Outcome = &record.Said[Advice]{Entry: e, Says: Advice{Recommendation: a.Recommendation, Status: a.Status, Why: a.Why}}
		}
	}
}

// AdviceBefore are the recommendations that are open and were due by a day: those that concern an operation on it. Without a day, all that are open.
func (c *Case) AdviceBefore(day string) (list []Advised) {
	for _, r := range c.Recommendations {
		if r.Outcome == nil && (day == "" || dayOf(r.Due) <= dayOf(day)) {
			list = append(list, r)
		}
	}
	return list
}

// OperationDay is the day of the operation that a form or a draft is about: as it says, or else as it is fixed.
func (c *Case) OperationDay(date string) string {
	if date == "" && c.Scheduled != nil && c.scheduled() {
		return dayOf(c.Scheduled.Says.Date)
	}
	return dayOf(date)
}

// checkAdviceTaken stops whoever begins an operation, or records one, while a recommendation that concerns it is not answered. It stops the writer here.
func (f *folding) checkAdviceTaken(kind string, says []byte) error {
	var body struct {
		Date      string        `json:"date"`
		Part      string        `json:"part"`
		Elsewhere string        `json:"elsewhere"`
		Advice    []AdviceTaken `json:"advice"`
	}
	concerned := kind == KindOperation || kind == KindSafetyCheck
	if !concerned || f.c.History != "" || jsonv2.Unmarshal(says, &body, quickValues) != nil || body.Elsewhere != "" {
		return nil
	}
	for _, r := range f.c.AdviceBefore(f.c.OperationDay(body.Date)) {
		answered := slices.ContainsFunc(body.Advice, func(a AdviceTaken) bool { return a.Opinion == r.Opinion && a.Recommendation == r.ID })
		if !answered {
			m := stopMark("advice-open", "advice")
			m.Text = lang.Phrase("case.stop.advice-open", map[string]any{"text": strings.TrimSpace(r.Text)})
			return &record.Stopped{Marks: []record.Mark{m}}
		}
	}
	return nil
}

// noAdviceOpen: the form asks for no advice where none is open before the operation.
func noAdviceOpen(f *folding, a *record.Asking) bool {
	return a.Target != nil || len(f.c.AdviceBefore(f.c.OperationDay(a.Get("date")))) == 0
}
