package casebook

import (
	"slices"
	"strings"

	"consilium/lang"
	"consilium/pathway"
	"consilium/record"
)

// Goal is what a column of a table can become: something of the patient, or one answer of an entry.
type Goal struct {
	Kind  string // of the entry, as mappings name it; "": of the patient
	Form  string
	Code  string // the follow-up's appointment, or the complication
	Field string // of the form; with an @ before it what the entry has beside its form: @date, @when, @procedure, @guidance, @lost, @grade
}

// Place is where goals are: the patient, or one entry of each row.
func (g Goal) Place() Goal { return Goal{Kind: g.Kind, Form: g.Form, Code: g.Code} }

// String writes a goal so that [ParseGoal] reads it.
func (g Goal) String() string { return strings.Join([]string{g.Kind, g.Form, g.Code, g.Field}, "/") }

// ParseGoal reads a goal.
func ParseGoal(text string) (g Goal, ok bool) {
	parts := strings.Split(text, "/")
	if len(parts) != 4 {
		return g, false
	}
	return Goal{parts[0], parts[1], parts[2], parts[3]}, true
}

// patientFields are the goals of the patient.
var patientFields = []string{"number", "name", "latin", "birth", "age", "sex", "side"}

// Places are all places that a pack has for what a hospital recorded: the patient first, then the entries in the order in which they are said.
func Places(pack *pathway.Pack) []Goal {
	list := []Goal{{}}
	for _, f := range FindingForms(pack) {
		list = append(list, Goal{Kind: "finding", Form: f.ID})
	}
	for _, id := range []string{"imaging", "operation"} {
		if pack.Form(id) != nil {
			list = append(list, Goal{Kind: map[string]string{"imaging": "finding", "operation": "operation"}[id], Form: id})
		}
	}
	for _, u := range pack.Schedule {
		for _, form := range u.Forms {
			list = append(list, Goal{Kind: "followup", Form: form, Code: u.ID})
		}
	}
	for _, c := range pack.Complications {
		place := Goal{Kind: "complication", Code: c.ID}
		if pack.Form("complication") != nil {
			place.Form = "complication"
		}
		list = append(list, place)
	}
	return list
}

// beside is what entries have beside their forms.
var beside = map[string][]string{"finding": {"@date"}, "operation": {"@date", "@procedure", "@guidance"}, "followup": {"@date", "@lost"}, "complication": {"@date", "@when", "@grade"}}

// GoalsOf are the goals of a place.
func GoalsOf(pack *pathway.Pack, place Goal) (list []Goal) {
	fields := slices.Clone(beside[place.Kind])
	if place.Kind == "" {
		fields = patientFields
	}
	if form := pack.Form(place.Form); form != nil {
		for _, f := range form.AllFields() {
			if f.Type != pathway.KindMedia && f.Step == "" {
				fields = append(fields, f.ID)
			}
		}
	}
	for _, field := range fields {
		list = append(list, Goal{place.Kind, place.Form, place.Code, field})
	}
	return list
}

// FieldOf is the field of the pack's form that a goal is; nil where it is none.
func FieldOf(pack *pathway.Pack, g Goal) *pathway.Field {
	form := pack.Form(g.Form)
	if form == nil {
		return nil
	}
	for _, f := range form.AllFields() {
		if f.ID == g.Field {
			return &f
		}
	}
	return nil
}

// CodesOf are the codes that a goal takes; none where it takes words, numbers or days.
func CodesOf(pack *pathway.Pack, g Goal) (list []record.Option) {
	named := func(of string, codes []string) {
		for _, c := range codes {
			list = append(list, record.Option{Value: c, Label: lang.Named(of, c)})
		}
	}
	switch g.Field {
	case "sex":
		named("case.sex", Sexes)
	case "side":
		named("case.side", Sides)
	case "@guidance":
		named("case.guidance", Guidances)
	case "@when":
		list = []record.Option{{Value: "yes", Label: lang.Phrase("case.mapping.given", nil)}}
	case "@procedure":
		for _, p := range pack.Procedures {
			list = append(list, record.Option{Value: p.ID, Label: lang.Text(p.Name)})
		}
	}
	if f := FieldOf(pack, g); f != nil {
		list = nil
		for _, c := range f.Choices {
			list = append(list, record.Option{Value: c.Code, Label: lang.Text(c.Label)})
		}
		if f.Type == pathway.KindBool {
			named("case.mapping.truth", []string{"true", "false"})
		}
	}
	return list
}
