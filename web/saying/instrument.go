package saying

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"consilium/casebook"
	"consilium/lang"
	"consilium/pathway"
	"consilium/web/ui"
)

// Laid is a form laid out as an instrument: a rail, sections of two columns, and what fills a section with one press.
type Laid struct {
	Say      func(key string) string
	sections []sectionView
}

// LayOut lays groups of fields out as an instrument. All of it follows from the declarations: the pack's sections, what the plan fixed, what was answered last
// time, and what the pack calls usual.
func (e *Form) LayOut(form *ui.FormView, groups []Group) (l Laid) {
	form.Instrument, form.Left, form.Ready = true, lang.P(e.Q.Lang, "ui.left", nil), lang.P(e.Q.Lang, "ui.ready", nil)
	l.Say = func(key string) string { return lang.P(e.Q.Lang, "ui."+key, nil) }
	planned, last := e.plannedValues(), e.lastValues()
	for i, g := range groups {
		s := sectionView{ID: "sec-" + strconv.Itoa(i), Title: g.Title, Lead: g.Lead, Fold: g.Fold}
		switch {
		case s.Title == "" && len(g.Fields) > 0 && g.Fields[0].Type == ui.FieldMedia:
			s.Title = e.Q.P("case.own.files", nil)
		case s.Title == "":
			s.Title = e.title() // what every pathway asks of this kind
		}
		for _, f := range append(append([]ui.FieldView{}, g.Fields...), g.Folded...) {
			f = e.compactField(f, planned, last)
			if !f.Hidden && (g.Open || len(s.Fields) == 0) || shown(f) {
				s.Fields = append(s.Fields, f)
			} else {
				s.Folded = append(s.Folded, f)
			}
		}
		s.Wide = len(s.Fields) > 3 || g.Wide
		s.Fills = e.fills(append(slices.Clone(s.Fields), s.Folded...))
		if len(s.Fields) > 0 {
			l.sections = append(l.sections, s)
		}
	}
	return l
}

// shown tells whether a field stands in the open: it has to be answered, something is wrong with it, or it is answered with what is unusual. What one press
// filled as usual stays folded, so that a form that comes back with an error looks as it did when it was sent.
func shown(f ui.FieldView) bool {
	given := slices.DeleteFunc(slices.Clone(f.Values), func(s string) bool { return s == "" }) // a form that was sent has each of its fields, empty or not
	if f.Value != "" {
		given = []string{f.Value}
	}
	usual := len(given) > 0 && slices.Equal(given, f.Normal) && f.Reason == ""
	answered := len(given) > 0 || f.Reason != ""
	return f.Required || f.Error != "" || answered && !usual && !f.Hidden
}

// compactField knows where its value comes from, and what it would be as planned, as last time or as usual.
func (e *Form) compactField(f ui.FieldView, planned, last pathway.Values) ui.FieldView {
	f.Compact = !slices.ContainsFunc(f.Options, func(o ui.Option) bool { return o.Help != "" }) // what is explained choice by choice is read, not only chosen
	if f.Long {
		f.Rows = 2
	}
	id, ofPack := strings.CutPrefix(f.Name, "v.")
	if !ofPack {
		return f
	}
	f.Planned, f.Last, f.Normal = typedOf(planned, id), typedOf(last, id), e.normal(id)
	if len(f.Planned) > 0 && e.target == nil && !planned[id].IsZero() && strings.Join(e.In[f.Name], "\n") == strings.Join(f.Planned, "\n") {
		f.From = e.Q.P("case.fill.from-plan", nil)
	}
	return f
}

// typedOf is a value as it is typed; nil: none.
func typedOf(values pathway.Values, id string) []string {
	v, ok := values[id]
	if !ok || !v.Given() {
		return nil
	}
	in := map[string][]string{}
	FillValues(pathway.Values{id: v}, in)
	return in["v."+id]
}

// normal is what a variable is where nothing is unusual, as the pack has it.
func (e *Form) normal(id string) []string {
	v := e.M.Pack.Variable(id)
	if v == nil || v.Normal == "" {
		return nil
	}
	if v.Type == pathway.KindCodes && v.Normal == "none" {
		return []string{noneOfThem}
	}
	return []string{v.Normal}
}

// plannedValues are what the signed plan fixed, and the steps done as planned.
func (e *Form) plannedValues() pathway.Values {
	if e.V == nil || e.Kind.Name != casebook.KindOperation {
		return nil
	}
	p := e.V.Plan()
	if p == nil {
		return nil
	}
	planned := p.Says.Values.Clone()
	if planned == nil {
		planned = pathway.Values{}
	}
	planned["plan_followed"] = pathway.String("fully")
	for _, s := range p.Says.Steps {
		planned["step_"+s.Step+"_done"] = pathway.String("planned")
	}
	return planned
}

// lastValues are the answers of the newest follow-up, for the next.
func (e *Form) lastValues() pathway.Values {
	if e.V == nil || e.Kind.Name != casebook.KindFollowUp || len(e.V.FollowUps) == 0 {
		return nil
	}
	last := e.V.FollowUps[len(e.V.FollowUps)-1].Says.Values.Clone()
	for _, own := range []string{"followup_point", "seen_on", "followup_note"} {
		delete(last, own)
	}
	return last
}

// fills are the presses that a section has something for.
func (e *Form) fills(fields []ui.FieldView) (list []fill) {
	for _, sort := range []struct {
		label string
		of    func(ui.FieldView) []string
	}{
		{"case.fill.planned", func(f ui.FieldView) []string { return f.Planned }},
		{"case.fill.last", func(f ui.FieldView) []string { return f.Last }},
		{"case.fill.normal", func(f ui.FieldView) []string { return f.Normal }},
	} {
		values := map[string][]string{}
		for _, f := range fields {
			if given := sort.of(f); len(given) > 0 && !f.Computed {
				values[f.Name] = given
			}
		}
		raw, err := json.Marshal(values)
		if err == nil && len(values) > 0 {
			list = append(list, fill{Label: e.Q.P(sort.label, nil), Values: string(raw)})
		}
	}
	return list
}

// fill fills the empty fields of a section with one press.
type fill struct {
	Label, Values string // JSON: name to list of values
}

// sectionView is one section of an instrument.
type sectionView struct {
	ID, Title, Lead string
	Wide            bool // has two columns of its own
	Fills           []fill
	Fields          []ui.FieldView
	Fold            string         // what Folded is behind, where its fields are called like those above; empty: their names
	Folded          []ui.FieldView // what nobody has to answer and nobody has: they open where they are needed
}

// foldedAre names what is folded; two fields of one name are named once.
func (s sectionView) foldedAre() (n int, labels string) {
	var list []string
	for _, f := range s.Folded {
		if f.Hidden {
			continue
		}
		n++
		if !slices.Contains(list, f.Label) {
			list = append(list, f.Label)
		}
	}
	return n, strings.Join(list, ", ")
}
