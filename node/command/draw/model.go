package draw

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"consilium/figure"
	"consilium/stats"
)

// effect is what one variable of a model does, as the answer tells it.
type effect struct {
	Variable  string  `json:"variable"`
	Level     string  `json:"level"`
	Reference string  `json:"reference"`
	From      *number `json:"from"`
	To        *number `json:"to"`
	Estimate  number  `json:"estimate"`
	Lower     number  `json:"lower"`
	Upper     number  `json:"upper"`
	P         *number `json:"p"`
	N         *number `json:"n"`
	Events    *number `json:"events"`
}

// modelAnswer is what a forest plot shows of a model.
type modelAnswer struct {
	Effects []effect `json:"effects"`
	Terms   []string `json:"terms"`
	Coef    []number `json:"coef"`
	Lower   []number `json:"wald_lower"`
	Upper   []number `json:"wald_upper"`
	Robust  struct {
		Cluster struct {
			Lower []number `json:"lower"`
			Upper []number `json:"upper"`
		} `json:"cluster"`
	} `json:"robust"`
}

// ratios is the forest plot of a model: odds, hazard or rate ratios with their intervals, those of clusters if there are any.
func ratios(o Order) (figure.Figure, error) {
	var r modelAnswer
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	kind := map[string]string{"cox": "hr", "cox_frailty": "hr", "interval_censored": "hr", "poisson": "rr", "negative_binomial": "rr", "count_mixed": "rr", "fine_gray": "shr"}[o.Case.Method]
	if kind == "" {
		kind = "or"
	}
	f := figure.Forest{Sheet: o.sheet("ratios"), Names: o.say("term", nil), Effect: o.interval(o.say(kind, nil)), Weight: "p",
		X: figure.Axis{Log: true, Label: o.say(kind+"long", nil)}, Null: 1}
	if slices.ContainsFunc(r.Effects, func(e effect) bool { return e.N != nil && e.Events != nil }) {
		f.Cells = []string{"n", o.say("events", nil)}
	} else if slices.ContainsFunc(r.Effects, func(e effect) bool { return e.N != nil }) {
		f.Cells = []string{"n"}
	}
	f.Rows = o.effectRows(r.effects(), len(f.Cells))
	return f, nil
}

func (r modelAnswer) check() error {
	if c := r.Robust.Cluster; len(c.Lower) > 0 && math.IsNaN(float64(c.Lower[0])) {
		return errors.New("there are no more clusters than terms, so that no interval can allow for them: take fewer terms, or a random intercept (logistic_mixed)")
	}
	if len(r.Terms) != len(r.Coef) || len(r.Lower) != len(r.Coef) || len(r.Upper) != len(r.Coef) {
		return errors.New("the answer holds no coefficients with limits")
	}
	if len(r.Terms) == 0 {
		return errors.New("there are no terms to draw")
	}
	return nil
}

// effects are those that the answer tells, or, of an answer that has coefficients only, one for each term.
func (r modelAnswer) effects() []effect {
	if r.Effects != nil {
		return r.Effects
	}
	if c := r.Robust.Cluster; len(c.Lower) == len(r.Coef) {
		r.Lower, r.Upper = c.Lower, c.Upper
	}
	var out []effect
	for i, term := range r.Terms {
		if term != stats.Intercept {
			out = append(out, effect{Variable: term, Estimate: r.Coef[i], Lower: r.Lower[i], Upper: r.Upper[i]})
		}
	}
	return out
}

// effectRows writes a factor of two levels in one row, "technique: endoscopic v microscopic", and one of more under a heading with its reference.
func (o Order) effectRows(effects []effect, cells int) []figure.Effect {
	levels := map[string]int{}
	for _, e := range effects {
		if e.Level != "" {
			levels[e.Variable]++
		}
	}
	var rows []figure.Effect
	for _, e := range effects {
		isReference, many := e.Level != "" && e.Level == e.Reference, levels[e.Variable] > 2
		switch {
		case isReference && many:
			rows = append(rows, figure.Effect{Kind: figure.Heading, Name: o.named(e.Variable)},
				figure.Effect{Name: "  " + o.valueOf(e.Variable, e.Level), Value: 1, Low: math.NaN(), High: math.NaN(), Weight: 1, Text: o.say("reference", nil), Cells: e.cells(cells)})
			continue
		case isReference:
			continue
		}
		row := exponent(figure.Study, o.effectName(e, many), float64(e.Estimate), float64(e.Lower), float64(e.Upper))
		row.Cells = e.cells(cells)
		if e.P.known() {
			row.WeightText = strings.TrimPrefix(pValue(e.P), "= ")
		}
		rows = append(rows, row)
	}
	return rows
}

func (e effect) cells(count int) []string {
	out := make([]string, count)
	for i, v := range []*number{e.N, e.Events} {
		if i < count && v != nil {
			out[i] = fmt.Sprintf("%.0f", float64(*v))
		}
	}
	return out
}

func (o Order) effectName(e effect, many bool) string {
	switch {
	case e.Level != "" && many:
		return "  " + o.valueOf(e.Variable, e.Level)
	case e.Level != "":
		return o.say("versus", map[string]any{"name": o.named(e.Variable), "value": o.valueOf(e.Variable, e.Level), "reference": o.valueOf(e.Variable, e.Reference)})
	case e.From != nil && e.To != nil:
		return o.say("versus", map[string]any{"name": o.named(e.Variable), "value": short(float64(*e.To)), "reference": short(float64(*e.From))})
	}
	return o.named(e.Variable)
}

// named is a variable as the specification wants it written: by its label, or by its name with spaces for underscores. An interaction has a cross.
func (o Order) named(variable string) string {
	labels, _ := o.Case.Spec["labels"].(map[string]any)
	if label, ok := labels[variable].(string); ok {
		return label
	}
	if parts := strings.Split(variable, ":"); len(parts) > 1 {
		for i, part := range parts {
			parts[i] = o.named(part)
		}
		return strings.Join(parts, " × ")
	}
	if inner := wrapped.FindStringSubmatch(variable); inner != nil {
		return strings.TrimSpace(o.named(inner[1]) + " " + inner[2])
	}
	return strings.ReplaceAll(variable, "_", " ")
}

// wrapped is factor(x, ref = "b")level: a variable within the function that makes a factor of it.
var wrapped = regexp.MustCompile(`^(?:factor|C)\(([\w.]+)(?:,[^)]*)?\)(.*)$`)

// valueOf is a value of a variable as the specification wants it written: labels may have "technique=endoscopic", or the value alone.
func (o Order) valueOf(variable, value string) string {
	labels, _ := o.Case.Spec["labels"].(map[string]any)
	for _, key := range []string{variable + "=" + value, value} {
		if label, ok := labels[key].(string); ok {
			return label
		}
	}
	return value
}

// level is the confidence level that the specification asked for.
func (o Order) level() float64 {
	for _, key := range []string{"level", "conf", "conf_level", "conf.level"} {
		if v, ok := o.Case.Spec[key].(float64); ok && v > 0 && v < 1 {
			return v
		}
	}
	return 0.95
}

// interval is the head of estimates with their limits.
func (o Order) interval(measure string) string {
	return o.say("interval", map[string]any{"measure": measure, "percent": fmt.Sprintf("%g", math.Round(o.level()*1e4)/100)})
}
