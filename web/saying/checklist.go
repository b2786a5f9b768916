package saying

import (
	"slices"
	"strings"

	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
	"consilium/web/face"
	"consilium/web/ui"
)

// checklist is the part of the surgical safety checklist as it is read aloud.
func (e *Form) checklist(f record.Field) *checklistView {
	q := e.Q
	v := &checklistView{Why: q.P("case.checklist.why", nil), Words: q.P("case.checklist.words", nil), Stop: q.P("case.checklist.stop", nil), StopText: q.P("case.checklist.stop-text", nil),
		Error: e.Faults["items"], Yes: lang.P(q.Lang, "ui.yes", nil), No: lang.P(q.Lang, "ui.no", nil), Side: e.Get("side"), Parts: e.checklistParts()}
	for _, code := range casebook.WhyNot {
		v.Reasons = append(v.Reasons, ui.Option{Value: code, Label: q.P("case.checklist."+code, nil)})
	}
	v.Critical, v.Warnings = q.P("case.checklist.critical", nil), e.unconfirmed()
	for _, o := range e.options(f) {
		v.Items = append(v.Items, checklistItem{ID: o.Value, Label: o.Label, State: e.Get("item." + o.Value), Why: e.Get("why." + o.Value), Words: e.Get("words." + o.Value),
			Critical: casebook.Critical(e.safetyPart(), o.Value)})
	}
	if e.V != nil && e.V.SideDisputed {
		v.Sources = e.sideLines()
	}
	return v
}

// unconfirmed are the critical items that were signed without being confirmed, as a warning above the next step.
func (e *Form) unconfirmed() (list []ui.Notice) {
	for _, i := range e.V.OpenItems() {
		list = append(list, ui.Notice{Sort: ui.Bad, Title: e.Q.P("case.stop.safety-open", map[string]any{"item": e.Q.Text(i.Item)}), Text: face.JoinDots(e.Q.ChoiceName("safety", i.Part), e.Q.Text(i.Why)),
			URL: e.M.Path("say", ledger.KindAmend) + "?ref=" + i.Entry.String(), Do: e.Q.P("case.checklist.confirm", nil)})
	}
	return list
}

func (e *Form) checklistParts() (list []checklistPart) {
	for _, part := range casebook.SafetyParts {
		p := checklistPart{Name: e.Q.ChoiceName("safety", part), Note: e.Q.P("case.checklist.when."+lang.Key(part), nil), URL: e.M.Path("say", "safety-check") + "?part=" + part, Now: e.safetyPart() == part}
		for _, s := range e.V.SafetyChecks {
			if s.Says.Part == part && s.Operation == len(e.V.Operations) {
				p.Done, p.Note = true, e.Q.P("case.checklist.done", map[string]any{"when": e.Q.Moment(s.Written)})
			}
		}
		list = append(list, p)
	}
	return list
}

// sideLines are who says which side, the case first.
func (e *Form) sideLines() []sideLine {
	q, v := e.Q, e.V
	list := []sideLine{{What: q.P("case.checklist.case", nil), By: v.Name(v.Home), Side: q.ChoiceName("side", v.Side)}}
	for _, s := range v.Sides {
		list = append(list, sideLine{What: q.Text(talk.Name(strings.TrimPrefix(s.Kind, "case."))), By: face.JoinDots(q.Person(s.By.Name), v.Name(s.By.Hospital)), Side: q.ChoiceName("side", s.Side),
			Odd: !s.Agrees && s.Settled == nil})
	}
	return list
}

// safety reads what was ticked, and why the rest was not.
func (e *Form) safety() (list []casebook.CheckItem) {
	for _, id := range casebook.SafetyItems(e.safetyPart()) {
		item := casebook.CheckItem{ID: id, Done: e.Get("item."+id) == "true"}
		if !item.Done {
			item.Why, item.Note = e.Get("why."+id), e.Get("words."+id)
			if !slices.Contains(casebook.WhyNot, item.Why) {
				item.Why = ""
			}
		}
		list = append(list, item)
	}
	return list
}

// checklistView is one part of the surgical safety checklist on a tablet of the theater.
type checklistView struct {
	Parts    []checklistPart
	Items    []checklistItem
	Sources  []sideLine // who says which side, while it is in dispute
	Stop     string     // the heading of the dispute
	StopText string
	Side     string // as it is read aloud
	Why      string // "Why not?"
	Reasons  []ui.Option
	Words    string      // the label of a reason in words
	Critical string      // what is said of an item on which a life may hang
	Warnings []ui.Notice // critical items that were signed unconfirmed
	Error    string
	Yes, No  string
}

// checklistPart is one of the three parts.
type checklistPart struct {
	Name, Note, URL string
	Done, Now       bool
}

// checklistItem is one question: ticked, not done with the reason, or open.
type checklistItem struct {
	ID, Label, State, Why, Words string // State: "true", "false" or ""
	Critical                     bool
}

// sideLine is one source of the side.
type sideLine struct {
	What, By, Side, URL string
	Odd                 bool
}
