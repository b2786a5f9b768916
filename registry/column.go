package registry

import (
	"slices"

	"consilium/lang"
	"consilium/pathway"
)

// Kind is what the cells of a column hold.
type Kind string

// The kinds of columns.
const (
	Integer Kind = "integer"
	Decimal Kind = "decimal"
	Bool    Kind = "bool"
	Code    Kind = "code"  // one of Choices
	Codes   Kind = "codes" // any of Choices
	Date    Kind = "date"  // in a frame: days from the operation, see [Dates]
	Text    Kind = "text"  // a pseudonym or a version, never what somebody wrote
)

// Choice is one answer of a coded column.
type Choice struct {
	Code  string
	Label lang.Text
}

// Column is one column of a registry with all that a reader needs to use it.
type Column struct {
	Name       string
	Label      lang.Text
	Kind       Kind
	Unit       string // UCUM
	Choices    []Choice
	Definition lang.Text
	At         string   // the follow-up of the pack's schedule that it is of; empty: known by the end of the operation
	Codes      []string // of public systems: "LOINC 72514-3"
	Source     string
	Min, Max   string
	Digits     int

	variable string // of the pack; empty for standard columns
	derived  bool   // worked out of others, or an item of a scale whose score stands beside it: its gap is another's
	wanted   bool   // the pack's form demands it, or its schedule wants the scale then
}

// Variable is the variable of the pack whose answers stand in the column; empty for what every pathway has.
func (c *Column) Variable() string { return c.variable }

// Standard are the columns that every pathway has, in order.
func Standard() []Column {
	col := func(name string, kind Kind, unit string, codes ...string) Column {
		c := Column{Name: name, Label: lang.Phrase("registry.column."+name, nil), Kind: kind, Unit: unit}
		if lang.Has("registry.defined." + name) {
			c.Definition = lang.Phrase("registry.defined."+name, nil)
		}
		for _, code := range codes {
			label := lang.Same(code)
			if key := "registry.choice." + name + ".is_" + code; lang.Has(key) {
				label = lang.Phrase(key, nil)
			}
			c.Choices = append(c.Choices, Choice{code, label})
		}
		return c
	}
	return []Column{
		col("case", Text, ""), col("patient", Text, ""), col("operation", Integer, ""), col("hospital", Text, ""), col("pack", Text, ""),
		col("origin", Code, "", "care", "history"), col("operated", Date, ""), col("age_at_opening", Integer, "a"), col("sex_recorded", Code, "", "female", "male", "other"),
		col("case_side", Code, "", "left", "right", "bilateral"), col("urgency_recorded", Code, "", "routine", "soon", "emergency"), col("procedure_recorded", Text, ""),
		col("was_abandoned", Bool, ""), col("taken_over_here", Bool, ""), col("guidance", Code, "", "none", "remote_opinion", "remote_live", "expert_assists", "expert_operates_local_assists", "expert_operates"),
		col("operator", Text, ""), col("operator_case", Integer, ""), col("expert", Text, ""), col("expert_case", Integer, ""),
		col("at_home", Bool, ""), col("km_spared", Integer, "km"), col("days_spared", Integer, "d"),
		col("referrals_sent", Integer, ""), col("first_send_complete", Bool, ""), col("rounds", Integer, ""), col("plan_signed", Bool, ""), col("plan_deviations", Integer, ""),
		col("referred", Date, ""), col("accepted", Date, ""), col("first_opinion", Date, ""), col("plan_signed_on", Date, ""),
		col("checklist_parts", Integer, ""), col("complications", Integer, ""), col("worst_grade", Code, "", "I", "II", "IIIa", "IIIb", "IVa", "IVb", "V"),
	}
}

// early are the stages whose forms are known by the end of the operation.
var early = []string{"refer", "consult", "plan", "rehearse", "visit", "operate"}

// Columns are all columns of a pack's registry: the standard ones, the variables that are known by the end of the operation, and those of each follow-up.
func Columns(p *pathway.Pack) []Column {
	list := Standard()
	taken := map[string]bool{}
	for _, c := range list {
		taken[c.Name] = true
	}
	add := func(f pathway.Field, name, at string) {
		c, ok := columnOf(p, f, name, at)
		switch {
		case !ok:
		case !taken[c.Name]:
			taken[c.Name] = true
			list = append(list, c)
		case c.wanted: // one form may demand what another one leaves open
			list[slices.IndexFunc(list, func(x Column) bool { return x.Name == c.Name })].wanted = true
		}
	}
	for _, form := range p.Forms {
		if slices.Contains(early, form.Stage) {
			for _, f := range form.AllFields() {
				add(f, f.ID, "")
			}
		}
	}
	for i := range p.Schedule {
		u := &p.Schedule[i]
		for _, f := range followUpFields(p, u) {
			add(f, f.ID+"_"+u.ID, u.ID)
		}
	}
	return list
}

// followUpFields are the variables of a follow-up: of its forms, and of the scales that are wanted at that time.
func followUpFields(p *pathway.Pack, u *pathway.FollowUp) (list []pathway.Field) {
	for _, id := range u.Forms {
		form := p.Form(id)
		if form == nil || form.Stage != "follow" {
			continue // a baseline repeats the examination, whose columns stand already
		}
		list = append(list, form.AllFields()...)
	}
	return list
}

// variablePoint is the variable of every pack that says which appointment a follow-up was.
const variablePoint = "followup_point"

var kinds = map[pathway.Kind]Kind{pathway.KindInteger: Integer, pathway.KindDecimal: Decimal, pathway.KindBool: Bool, pathway.KindCode: Code, pathway.KindCodes: Codes,
	pathway.KindDate: Date, pathway.KindDateTime: Date}

// columnOf makes the column of a field; not ok for free text and files, which are no data and may name somebody.
func columnOf(p *pathway.Pack, f pathway.Field, name, at string) (Column, bool) {
	kind, ok := kinds[f.Type]
	v := p.Variable(f.ID)
	if !ok || v == nil {
		return Column{}, false
	}
	c := Column{Name: name, Label: lang.Text(f.Label), Kind: kind, Unit: f.Unit, Definition: lang.Text(v.Definition), At: at, Source: v.Source, Min: f.Min, Max: f.Max, Digits: f.Digits, variable: f.ID}
	score := f.Scale != "" && f.Scale == f.ID
	c.derived = f.Computed && !score || f.Scale != "" && !score || f.ID == variablePoint
	c.wanted = !c.derived && (f.Required || at != "" && score && slices.Contains(p.FollowUp(at).Scales, f.ID))
	for _, choice := range f.Choices {
		c.Choices = append(c.Choices, Choice{choice.Code, lang.Text(choice.Label)})
	}
	for _, code := range v.Codes {
		c.Codes = append(c.Codes, code.System+" "+code.Code)
	}
	return c, true
}
