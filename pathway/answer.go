package pathway

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"consilium/terms"
)

// Problem is something wrong with one answer, in words for the person who typed it.
type Problem struct {
	Field string
	Code  string // required, type, range, coding, unknown_field, computed, contradiction, reason
	Text  Text
}

// maxText bounds one answer in text, in bytes.
const maxText = 20_000

var (
	integers  = regexp.MustCompile(`^-?\d{1,15}$`)
	dateTimes = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?([+-]\d{2}:\d{2}|Z)$`)
)

// validDate takes a full or a partial date: 2026, 2026-11, 2026-11-21.
func validDate(s string) bool {
	d, err := terms.ParsePartialDate(s)
	return err == nil && d.Precision() <= terms.Day
}

func validDateTime(s string) bool {
	if !dateTimes.MatchString(s) {
		return false
	}
	_, err := terms.ParseMoment(s)
	return err == nil
}

// Check says what is wrong with the answers of a form. Answers of other forms that a rule reads may be given with
// CheckWith.
func (p *Pack) Check(formID string, values Values) []Problem {
	return p.CheckWith(formID, values, nil)
}

// CheckWith is Check with what earlier forms said, for rules of visibility and computed values.
func (p *Pack) CheckWith(formID string, values, context Values) []Problem {
	f := p.Form(formID)
	if f == nil {
		return []Problem{{"", "unknown_field", phrase("pathway.unfit.no-form", map[string]any{"form": formID})}}
	}
	all := context.With(values)
	computed := p.Compute(all)
	visible := map[string]bool{}
	for _, field := range p.Visible(f, all) {
		visible[field.ID] = true
	}
	var problems []Problem
	known := map[string]bool{}
	for _, field := range f.AllFields() {
		known[field.ID] = true
		value := values[field.ID]
		if value.IsZero() {
			if field.Required && visible[field.ID] && !computed[field.ID].Given() {
				problems = append(problems, Problem{field.ID, "required", phrase("pathway.unfit.required", nil)})
			}
			continue
		}
		problems = append(problems, field.check(value, computed)...)
	}
	problems = append(problems, p.impossible(values, context)...)
	return append(problems, unknownFields(values, known)...)
}

func unknownFields(values Values, known map[string]bool) []Problem {
	var problems []Problem
	for id := range values {
		if !known[id] {
			problems = append(problems, Problem{id, "unknown_field", phrase("pathway.unfit.no-field", nil)})
		}
	}
	slices.SortFunc(problems, func(a, b Problem) int { return strings.Compare(a.Field, b.Field) })
	return problems
}

// AllFields lists the fields of all sections in order. The list is the form's own: whoever changes it makes a copy.
func (f *Form) AllFields() []Field { return slices.Clip(f.fields) }

func (f Field) check(value Value, computed Values) []Problem {
	if value.Missing() != "" {
		return nil
	}
	if problem := f.checkType(value); problem != nil {
		return []Problem{*problem}
	}
	if f.Computed {
		if worked := computed[f.ID]; worked.Given() && !sameNumber(worked, value) {
			return []Problem{{f.ID, "computed", phrase("pathway.unfit.computed", map[string]any{"value": worked.String()})}}
		}
	}
	return nil
}

func (f Field) checkType(value Value) *Problem {
	bad := func(code, why string) *Problem { return &Problem{f.ID, code, phrase("pathway.unfit."+why, nil)} }
	text, isText := value.AsString()
	if len(text) > maxText {
		return bad("range", "too-long")
	}
	switch f.Type {
	case KindText:
		if !isText {
			return bad("type", "text")
		}
	case KindMedia:
		if _, ok := value.AsCodes(); !ok && !isText {
			return bad("type", "media")
		}
	case KindBool:
		if _, ok := value.AsBool(); !ok {
			return bad("type", "bool")
		}
	case KindDate:
		if !isText || !validDate(text) {
			return bad("type", "date")
		}
	case KindDateTime:
		if !isText || !validDateTime(text) && !validDate(text) {
			return bad("type", "datetime")
		}
	case KindCode:
		if !isText || !f.allows(text) {
			return bad("coding", "choice")
		}
	case KindCodes:
		return f.checkCodes(value)
	case KindInteger, KindDecimal:
		return f.checkNumber(value)
	}
	return nil
}

func (f Field) checkCodes(value Value) *Problem {
	codes, ok := value.AsCodes()
	if !ok {
		return &Problem{f.ID, "type", phrase("pathway.unfit.list", nil)}
	}
	for i, c := range codes {
		if !f.allows(c) || slices.Contains(codes[:i], c) {
			return &Problem{f.ID, "coding", phrase("pathway.unfit.choices", map[string]any{"choice": fmt.Sprintf("%.40s", c)})}
		}
	}
	return nil
}

func (f Field) checkNumber(value Value) *Problem {
	text := value.String()
	if f.Type == KindInteger {
		if _, ok := value.AsInt(); !ok {
			return &Problem{f.ID, "type", phrase("pathway.unfit.integer", nil)}
		}
		if len(f.Choices) > 0 && !f.allows(text) {
			return &Problem{f.ID, "coding", phrase("pathway.unfit.choice", nil)}
		}
	} else {
		if s, ok := value.AsString(); !ok || !validDecimal(s) {
			return &Problem{f.ID, "type", phrase("pathway.unfit.decimal", nil)}
		}
		if _, fraction, _ := strings.Cut(text, "."); len(strings.TrimRight(fraction, "0")) > f.Digits {
			return &Problem{f.ID, "range", phrase("pathway.unfit.digits", map[string]any{"count": f.Digits})}
		}
	}
	if f.Min != "" && decimalLess(text, f.Min) || f.Max != "" && decimalLess(f.Max, text) {
		return &Problem{f.ID, "range", f.rangeText()}
	}
	return nil
}

func (f Field) rangeText() Text {
	switch {
	case f.Min == "":
		return phrase("pathway.unfit.at-most", map[string]any{"max": f.Max})
	case f.Max == "":
		return phrase("pathway.unfit.at-least", map[string]any{"min": f.Min})
	}
	return phrase("pathway.unfit.between", map[string]any{"min": f.Min, "max": f.Max})
}

func (f Field) allows(code string) bool {
	return slices.ContainsFunc(f.Choices, func(c Choice) bool { return c.Code == code })
}

func (v *Variable) allows(code string) bool { return Field{Choices: v.Choices}.allows(code) }

// Answer gives the words for an answer: a choice's label, yes or no, or the reason why it is missing.
func (f Field) Answer(value Value) Text {
	if reason := value.Missing(); reason != "" {
		return Field{Choices: MissingReasons()}.label(reason)
	}
	if b, ok := value.AsBool(); ok {
		if b {
			return phrase("pathway.answer.yes", nil)
		}
		return phrase("pathway.answer.no", nil)
	}
	if codes, ok := value.AsCodes(); ok && f.Type == KindCodes {
		var en, zh []string
		for _, c := range codes {
			label := f.label(c)
			en, zh = append(en, label.En), append(zh, label.In("zh"))
		}
		if len(codes) == 0 {
			return phrase("pathway.answer.none", nil)
		}
		return Text{strings.Join(en, ", "), strings.Join(zh, "、")}
	}
	text := value.String()
	if len(f.Choices) > 0 {
		return f.label(text)
	}
	if f.Unit != "" && value.Given() {
		text += " " + f.Unit
	}
	return Text{text, text}
}

func (f Field) label(code string) Text {
	for _, c := range f.Choices {
		if c.Code == code {
			return c.Label
		}
	}
	return Text{code, code}
}

func sameNumber(a, b Value) bool {
	if a.Equal(b) {
		return true
	}
	x, err1 := parseDecimal(a.String())
	y, err2 := parseDecimal(b.String())
	return err1 == nil && err2 == nil && x.Cmp(y.Rat) == 0
}
