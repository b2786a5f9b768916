package pathway

import "slices"

// Oddity is an answer that may be right and hardly is: beyond what is usual, or at odds with another. Whoever gives it confirms it with a reason.
type Oddity struct {
	Code  string // "usual.VARIABLE" or "check.ID": what is confirmed by it
	Field string // the variable
	Text  Text
}

// The beginnings of what an oddity is called, before the name of the variable or of the check.
const (
	OddUsual = "usual."
	OddCheck = "check."
)

// Odd lists what is odd about the answers of a form. What cannot be at all is a [Problem] of [Pack.CheckWith]. The context is what earlier forms said.
func (p *Pack) Odd(formID string, values, context Values) (list []Oddity) {
	f := p.Form(formID)
	if f == nil {
		return nil
	}
	for _, field := range f.AllFields() {
		if v := field.variable; v != nil && v.unusual(values[field.ID]) {
			list = append(list, Oddity{OddUsual + v.ID, v.ID, v.usualText()})
		}
	}
	for _, c := range p.against(values, context) {
		if !c.Impossible {
			list = append(list, Oddity{OddCheck + c.ID, c.Field, c.Text})
		}
	}
	return list
}

// OddText is what an oddity says, for who reads that it was confirmed; zero where this pack has none of that code.
func (p *Pack) OddText(code string) Text {
	for _, v := range p.Variables {
		if OddUsual+v.ID == code {
			label, usual := v.Label, v.usualText()
			return Text{label.En + ": " + usual.En, label.Zh + "：" + usual.Zh}
		}
	}
	if i := slices.IndexFunc(p.Checks, func(c Contradiction) bool { return OddCheck+c.ID == code }); i >= 0 {
		return p.Checks[i].Text
	}
	return Text{}
}

// against are the checks that these answers are against. One that speaks of answers of other forms alone is theirs to make.
func (p *Pack) against(values, context Values) (list []Contradiction) {
	if len(p.Checks) == 0 {
		return nil
	}
	a := p.activate(p.Compute(context.With(values)))
	for _, c := range p.Checks {
		if values[c.Field].Given() && c.When.holds(a) {
			list = append(list, c)
		}
	}
	return list
}

// impossible are the answers that cannot stand beside each other, as problems of the form.
func (p *Pack) impossible(values, context Values) (problems []Problem) {
	for _, c := range p.against(values, context) {
		if c.Impossible {
			problems = append(problems, Problem{c.Field, "contradiction", c.Text})
		}
	}
	return problems
}

func (v *Variable) unusual(value Value) bool {
	text := value.String()
	return value.Given() && validDecimal(text) && (v.UsualMin != "" && decimalLess(text, v.UsualMin) || v.UsualMax != "" && decimalLess(v.UsualMax, text))
}

func (v *Variable) usualText() Text {
	unit := ""
	if v.Unit != "" {
		unit = " " + v.Unit
	}
	switch {
	case v.UsualMin == "":
		return phrase("pathway.odd.at-most", map[string]any{"max": v.UsualMax + unit})
	case v.UsualMax == "":
		return phrase("pathway.odd.at-least", map[string]any{"min": v.UsualMin + unit})
	}
	return phrase("pathway.odd.between", map[string]any{"min": v.UsualMin, "max": v.UsualMax + unit})
}
