package face

import (
	"maps"
	"slices"
	"strings"

	"consilium/lang"
	"consilium/pathway"
	"consilium/record"
	"consilium/web/ui"
)

// FormAnswers tells the answers of a form in the order of its fields: scores as chips, all of it as facts. Without the pack the codes are shown.
func (v *Case) FormAnswers(formID string, values pathway.Values) (chips []ui.ChipView, facts []ui.Fact) {
	var form *pathway.Form
	if v.Pack != nil {
		form = v.Pack.Form(formID)
	}
	if form == nil {
		for _, id := range slices.Sorted(maps.Keys(values)) {
			facts = append(facts, ui.Fact{Label: id, Value: values[id].String()})
		}
		return nil, facts
	}
	for _, f := range form.AllFields() {
		value := values[f.ID]
		if value.IsZero() || f.Type == pathway.KindMedia {
			continue
		}
		facts = append(facts, ui.Fact{Label: v.Q.PackText(f.Label), Value: v.Answer(f, value)})
		if s := v.Pack.Scale(f.ID); s != nil && value.Given() && len(chips) < 4 {
			chips = append(chips, ui.ChipView{Text: v.scoreChip(s, value)})
		}
	}
	return chips, facts
}

// Answer is one answer in words: dates and numbers as the reader's language writes them.
func (v *Case) Answer(f pathway.Field, value pathway.Value) string {
	if text, ok := value.AsString(); ok && (f.Type == pathway.KindDate || f.Type == pathway.KindDateTime) {
		return lang.PartialDate(v.Q.Lang, text)
	}
	words := v.Q.PackText(f.Answer(value))
	if f.Unit != "" {
		words = strings.Replace(words, " "+f.Unit, " "+UnitName(v.Q.Lang, f.Unit), 1)
	}
	return words
}

// scoreChip is a score as short as it can be: "Cohen 3", "HFS-7 19 of 28".
func (v *Case) scoreChip(s *pathway.Scale, value pathway.Value) string {
	if len(s.Grades) == 0 && s.Max != "" {
		return v.Q.P("case.score", map[string]any{"scale": v.Q.PackText(s.Name), "value": value.String(), "max": s.Max})
	}
	return v.Q.PackText(s.Name) + " " + value.String()
}

// Known are the newest answers to the questions of the pack, in its order, without those that are told elsewhere.
func (v *Case) Known(elsewhere pathway.Values) (facts []ui.Fact) {
	if v.Pack == nil {
		return nil
	}
	told := map[string]bool{}
	for _, form := range v.Pack.Forms {
		for _, f := range form.AllFields() {
			a, ok := v.Latest[f.ID]
			if !ok || told[f.ID] || f.Type == pathway.KindMedia || !a.Value.Given() || !elsewhere[f.ID].IsZero() {
				continue
			}
			told[f.ID] = true
			facts = append(facts, ui.Fact{Label: v.Q.PackText(f.Label), Value: v.Answer(f, a.Value)})
		}
	}
	return facts
}

// By is who said something: name, role and hospital, as the reader calls them.
func (v *Case) By(a record.Author) string {
	return JoinDots(v.Q.Person(a.Name), v.Q.RoleName(a.Role), v.Name(a.Hospital))
}
