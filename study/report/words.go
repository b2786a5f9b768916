package report

import (
	"math"
	"strconv"
	"strings"

	"consilium/stats/tail"
	"consilium/study/protocol"
)

// critical is the normal quantile of 95 % intervals, the only ones that a study's report has: the level was not for anybody to choose after the fact.
var critical = tail.NormalCritical(0.95)

// interval is an estimate with its limits, on the scale on which it is read.
type interval struct {
	value, low, high float64
	p                float64 // of no difference; NaN where there is none
}

// intervalOf gives the Wald limits of an estimate; with ratio it and they are exponents.
func intervalOf(value, se float64, ratio bool) interval {
	i := interval{value, value - critical*se, value + critical*se, math.NaN()}
	if se > 0 {
		i.p = 2 * tail.NormalUpper(math.Abs(value/se))
	}
	if ratio {
		i.value, i.low, i.high = math.Exp(i.value), math.Exp(i.low), math.Exp(i.high)
	}
	return i
}

// open tells whether the interval holds the place of no difference.
func (i interval) open(null float64) bool { return !(i.low > null || i.high < null) }

// text is the estimate with its interval.
func (t *teller) text(i interval) string {
	if math.IsNaN(i.low) {
		return number(i.value)
	}
	return t.w.say("interval", map[string]any{"value": number(i.value), "low": number(i.low), "high": number(i.high)})
}

// number writes a number with three digits that count, and a real minus.
func number(x float64) string {
	switch a := math.Abs(x); {
	case math.IsNaN(x):
		return "–"
	case a >= 100:
		return sign(strconv.FormatFloat(x, 'f', 0, 64))
	case a >= 10:
		return sign(strconv.FormatFloat(x, 'f', 1, 64))
	case a >= 0.1 || x == 0:
		return sign(strconv.FormatFloat(x, 'f', 2, 64))
	case a >= 0.0005:
		return sign(strconv.FormatFloat(x, 'f', 3, 64))
	}
	return sign(strconv.FormatFloat(x, 'g', 2, 64))
}

func sign(s string) string {
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return strings.ReplaceAll(s, "-", "−")
}

// pText writes a p value.
func pText(p float64) string {
	switch {
	case math.IsNaN(p):
		return ""
	case p < 0.001:
		return "< 0.001"
	case p < 0.1:
		return strconv.FormatFloat(p, 'f', 3, 64)
	}
	return strconv.FormatFloat(p, 'f', 2, 64)
}

func percent(x float64) string { return sign(strconv.FormatFloat(100*x, 'f', 1, 64)) + " %" }

// term is what people call a coefficient: "technique: endoscopic v microscopic", "age, each 10".
func (t *teller) term(name string) string {
	parts := strings.Split(name, ":")
	for i, part := range parts {
		parts[i] = t.factor(part)
	}
	return strings.Join(parts, " × ")
}

func (t *teller) factor(name string) string {
	switch name {
	case "(Intercept)":
		return t.w.say("intercept", nil)
	case "sd":
		return t.w.say("between", nil)
	}
	variable, level, dummy := strings.Cut(name, "=")
	v := t.p.Variable(variable)
	switch {
	case v == nil:
		return name
	case dummy:
		return t.w.say("versus", map[string]any{"variable": t.w.called(variable, ""), "level": t.w.called(variable, level), "reference": t.w.called(variable, v.Levels[0])})
	case v.Type == protocol.Number && v.Unit != "":
		return t.w.say("each", map[string]any{"variable": t.w.called(variable, ""), "unit": v.Unit})
	}
	return t.w.called(variable, "")
}

// title says what an analysis is about, and of whom where it is of a part.
func (t *teller) title() string {
	if t.a.Label != "" {
		return protocol.Both(t.a.Label).In(t.w.Lang)
	}
	if !t.a.Where.IsZero() {
		return t.w.say("title-part", map[string]any{"title": t.whole(), "part": t.a.Where.Text})
	}
	return t.whole()
}

func (t *teller) whole() string {
	if t.a.Method == protocol.Describe && t.a.By == "" {
		return t.w.say("title-everybody", nil)
	}
	return t.w.say("title-"+strings.ReplaceAll(string(t.a.Method), "_", "-"), map[string]any{"outcome": t.outcome(), "by": t.group(), "count": len(t.a.Of)})
}

func (t *teller) outcome() string {
	a := t.a
	if a.Model != nil {
		a = a.Model
	}
	if o := t.p.Outcome(a.Outcome); o != nil && o.Label != "" {
		return protocol.Both(o.Label).In(t.w.Lang)
	}
	return strings.ReplaceAll(a.Outcome, "_", " ")
}

func (t *teller) group() string {
	switch {
	case t.a.By != "":
		return t.w.called(t.a.By, "")
	case t.a.Exposure != "":
		return t.w.called(t.a.Exposure, "")
	case t.p.Exposure != "":
		return t.w.called(t.p.Exposure, "")
	}
	return t.w.say("level-all", nil)
}
