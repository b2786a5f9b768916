package draw

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"consilium/figure"
	"consilium/stats/tail"
)

func exponent(kind figure.EffectKind, name string, x, low, high float64) figure.Effect {
	x, low, high = math.Exp(x), math.Exp(low), math.Exp(high)
	return figure.Effect{Kind: kind, Name: name, Value: x, Low: low, High: high, Text: interval(x, low, high), Weight: 1}
}

// pooled is one way of putting studies together.
type pooled struct {
	Estimate   number   `json:"estimate"`
	SE         number   `json:"se"`
	Lower      number   `json:"lower"`
	Upper      number   `json:"upper"`
	Tau2       number   `json:"tau2"`
	I2         number   `json:"I2"`
	Q          number   `json:"Q"`
	Qdf        number   `json:"Qdf"`
	Qp         *number  `json:"Qp"`
	Prediction []number `json:"pi_metafor"`
}

// pool is a meta-analysis of studies' effects.
type pool struct {
	Effects   []number `json:"yi"`
	Variances []number `json:"vi"`
	Fixed     *pooled  `json:"fixed"`
	Random    *pooled  `json:"REML"`
	Measure   string   `json:"measure"`
	Log       bool     `json:"log"`
}

// poolOf reads the answer, and its effects from the data where the answer does not repeat them.
func (o Order) poolOf() (p pool, err error) {
	if err := o.decode(&p); err != nil {
		return p, err
	}
	if p.Random == nil || p.Fixed == nil {
		return p, errors.New("the answer holds no pooled effects of one measure")
	}
	if len(p.Effects) == 0 && o.Table != nil {
		for key, into := range map[string]*[]number{"yi": &p.Effects, "vi": &p.Variances} {
			column, err := o.Table.Numbers(o.Case.Spec.Text(key))
			if err != nil {
				return p, err
			}
			for _, v := range column {
				*into = append(*into, number(v))
			}
		}
	}
	if len(p.Effects) == 0 || len(p.Effects) != len(p.Variances) {
		return p, errors.New("the answer holds no effects of single studies")
	}
	return p, nil
}

// names of the studies: the column that the specification calls "label", or one called study or trial, or numbers.
func (o Order) names(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = o.say("study", map[string]any{"number": fmt.Sprint(i + 1)})
	}
	if o.Table == nil || o.Table.Rows() != n {
		return names
	}
	for _, column := range []string{o.Case.Spec.Text("label"), "study", "trial", "author"} {
		c, err := o.Table.Column(column)
		if err != nil || column == "" {
			continue
		}
		for i := range names {
			if c.Texts != nil {
				names[i] = c.Texts[i]
			} else {
				names[i] = o.say("study", map[string]any{"number": strconv.FormatFloat(c.Numbers[i], 'f', -1, 64)})
			}
		}
		return names
	}
	return names
}

// measured is what effects are called on an axis.
func (p pool) measured(o Order) string {
	switch p.Measure {
	case "OR", "RR", "HR":
		if p.Log {
			return o.say(map[string]string{"OR": "or", "RR": "riskratio", "HR": "hr"}[p.Measure]+"long", nil)
		}
	case "RD", "MD", "SMD":
		return o.say(strings.ToLower(p.Measure)+"long", nil)
	}
	return o.Case.Spec.Text("measure")
}

func studies(o Order) (figure.Figure, error) {
	p, err := o.poolOf()
	if err != nil {
		return nil, err
	}
	log, label, z := p.Log, p.measured(o), tail.NormalCritical(o.level())
	row := func(kind figure.EffectKind, name string, x, low, high float64) figure.Effect {
		if log {
			return exponent(kind, name, x, low, high)
		}
		return figure.Effect{Kind: kind, Name: name, Value: x, Low: low, High: high, Text: interval(x, low, high), Weight: 1}
	}
	f := figure.Forest{Sheet: o.sheet("studies"), Names: o.say("studies.name", nil), Effect: o.interval(label), Weight: o.say("weight", nil),
		X: figure.Axis{Log: log, Label: label}}
	weights, total := make([]float64, len(p.Effects)), 0.0
	for i, v := range p.Variances {
		if w := 1 / (float64(v) + float64(p.Random.Tau2)); !math.IsNaN(w) {
			weights[i] = w
			total += w
		}
	}
	for i, name := range o.names(len(p.Effects)) {
		if math.IsNaN(float64(p.Effects[i])) {
			continue // it lacks a number, and takes no part
		}
		y, half := float64(p.Effects[i]), z*math.Sqrt(float64(p.Variances[i]))
		e := row(figure.Study, name, y, y-half, y+half)
		e.Weight, e.WeightText = weights[i], fmt.Sprintf("%.1f %%", 100*weights[i]/total)
		f.Rows = append(f.Rows, e)
	}
	for _, way := range []struct {
		key string
		of  *pooled
	}{{"fixed", p.Fixed}, {"random", p.Random}} {
		f.Rows = append(f.Rows, row(figure.Pooled, o.say(way.key, nil), float64(way.of.Estimate), float64(way.of.Lower), float64(way.of.Upper)))
	}
	if pi := floats(p.Random.Prediction); len(pi) == 2 {
		e := row(figure.Prediction, o.say("prediction", nil), math.NaN(), pi[0], pi[1])
		e.Text = between(e.Low, e.High)
		f.Rows = append(f.Rows, e)
	}
	f.Notes = []string{o.say("heterogeneity", map[string]any{"tau2": short(float64(p.Random.Tau2)), "i2": short(float64(p.Random.I2)), "q": short(float64(p.Random.Q)),
		"df": fmt.Sprint(float64(p.Random.Qdf)), "p": pValue(p.Random.Qp)})}
	return f, nil
}

// pValue writes a probability as journals do.
func pValue(p *number) string {
	switch {
	case !p.known():
		return "–"
	case *p < 0.001:
		return "< 0.001"
	}
	return fmt.Sprintf("= %.3f", float64(*p))
}

// asymmetry is the funnel plot of studies around their fixed-effect mean.
func asymmetry(o Order) (figure.Figure, error) {
	p, err := o.poolOf()
	if err != nil {
		return nil, err
	}
	log, label := p.Log, p.measured(o)
	f := figure.Funnel{Sheet: o.sheet("asymmetry"), X: figure.Axis{Label: label, Log: log}, Y: figure.Axis{Label: o.say("se", nil)}, Center: float64(p.Fixed.Estimate),
		Limits: []figure.FunnelLimit{{Z: 1.959963984540054, Name: o.say("limit", map[string]any{"percent": "95"})}, {Z: 3.290526731491925, Name: o.say("limit", map[string]any{"percent": "99.9"})}}}
	if log {
		f.Center = math.Exp(f.Center)
	}
	for i, name := range o.names(len(p.Effects)) {
		x := float64(p.Effects[i])
		if math.IsNaN(x) {
			continue
		}
		if log {
			x = math.Exp(x)
		}
		se := math.Sqrt(float64(p.Variances[i]))
		point := figure.FunnelPoint{Name: name, Effect: x, SE: se}
		if math.Abs(float64(p.Effects[i]-p.Fixed.Estimate)) > 1.959963984540054*se { // outside of the limits of 95 %
			point.Label = name
		}
		f.Points = append(f.Points, point)
	}
	return f, nil
}
