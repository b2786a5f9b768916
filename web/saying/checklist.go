package saying

import (
	"strings"

	"consilium/casebook"
	"consilium/lang"
	"consilium/record"
	"consilium/web/face"
	"consilium/web/ui"
)

// whyNot are the reasons that are offered for what is not ticked; any other is written in words.
var whyNot = []string{"not-applicable", "not-here", "being-done"}

// checklist is the part of the surgical safety checklist as it is read aloud.
func (e *Form) checklist(f record.Field) *checklistView {
	q := e.Q
	v := &checklistView{Why: q.P("case.checklist.why", nil), Words: q.P("case.checklist.words", nil), Stop: q.P("case.checklist.stop", nil), StopText: q.P("case.checklist.stop-text", nil),
		Error: e.Faults["items"], Yes: lang.P(q.Lang, "ui.yes", nil), No: lang.P(q.Lang, "ui.no", nil), Side: e.Get("side"), Parts: e.checklistParts()}
	for _, r := range whyNot {
		text := q.P("case.checklist."+r, nil)
		v.Reasons = append(v.Reasons, ui.Option{Value: text, Label: text})
	}
	for _, o := range e.options(f) {
		v.Items = append(v.Items, checklistItem{ID: o.Value, Label: o.Label, State: e.Get("item." + o.Value), Reason: e.reasonOf(o.Value)})
	}
	if e.V != nil && e.V.SideDisputed {
		v.Sources = e.sideLines()
	}
	return v
}

// reasonOf is why an item is not ticked.
func (e *Form) reasonOf(id string) string {
	if words := e.Get("words." + id); words != "" {
		return words
	}
	return e.Get("why." + id)
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
			item.Note = e.reasonOf(id)
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
	Words    string // the label of a reason in words
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
	ID, Label, State, Reason string // State: "true", "false" or ""
}

// sideLine is one source of the side.
type sideLine struct {
	What, By, Side, URL string
	Odd                 bool
}

// words is the reason in words, where it is none of those that are offered.
func (i checklistItem) words(offered []ui.Option) string {
	for _, o := range offered {
		if o.Value == i.Reason {
			return ""
		}
	}
	return i.Reason
}
