package analysis

import (
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/formula"
	"consilium/stats/matrix"
	"consilium/stats/tail"
)

// Effect is what one variable of a model does, as a reader wants it: a level against the reference, a step of 1 of a number, or the upper against the lower
// quartile of a variable that enters by a spline. Estimates are on the scale of the coefficients.
type Effect struct {
	Variable  string   `json:"variable"`
	Level     string   `json:"level,omitempty" about:"of a factor"`
	Reference string   `json:"reference,omitempty" about:"what the level is compared with; the reference itself has estimate 0"`
	From      *float64 `json:"from,omitempty" about:"of a spline: the lower quartile"`
	To        *float64 `json:"to,omitempty" about:"and the upper one"`
	Estimate  float64  `json:"estimate"`
	SE        float64  `json:"se"`
	Lower     float64  `json:"lower"`
	Upper     float64  `json:"upper"`
	P         float64  `json:"p"`
	N         *float64 `json:"n,omitempty" about:"rows of the level, or with the value 1"`
	Events    *float64 `json:"events,omitempty" about:"events among them"`
}

// fitted is a model whose effects are told: covariance may be the robust one, df are the degrees of freedom of its tests (infinite for normal ones).
type fitted struct {
	terms      []string
	coef       []float64
	covariance matrix.Symmetric
	df, level  float64
	x          stats.Design
	events     []float64 // outcome of each row; nil if it is not one that is counted
}

// effects are those of all variables, in the order of the model.
func (f fitted) effects(s Spec) []Effect {
	parts, _ := s[partsKey].([]formula.Part)
	told := map[string]bool{}
	for _, p := range parts {
		for _, term := range p.Terms {
			told[term] = true
		}
	}
	var out []Effect
	for _, p := range parts {
		out = append(out, f.part(p)...)
	}
	for _, term := range f.terms { // interactions, and predictors that were named one by one
		if term != stats.Intercept && !told[term] {
			out = append(out, f.part(formula.Part{Variable: term, Terms: []string{term}})...)
		}
	}
	return out
}

func (f fitted) part(p formula.Part) []Effect {
	if p.Change != nil {
		e := f.contrast(p.Terms, p.Change)
		e.Variable, e.From, e.To = p.Variable, &p.From, &p.To
		return []Effect{e}
	}
	if p.Levels == nil {
		e := f.contrast(p.Terms, []float64{1})
		e.Variable = p.Variable
		e.N, e.Events = f.count(p.Terms[0])
		return []Effect{e}
	}
	reference := Effect{Variable: p.Variable, Level: p.Levels[0], Reference: p.Levels[0], SE: math.NaN(), Lower: math.NaN(), Upper: math.NaN(), P: math.NaN()}
	out := []Effect{reference}
	var n, events float64
	for k, term := range p.Terms {
		e := f.contrast([]string{term}, []float64{1})
		e.Variable, e.Level, e.Reference = p.Variable, p.Levels[k+1], p.Levels[0]
		if e.N, e.Events = f.count(term); e.N != nil {
			n += *e.N
			if e.Events != nil {
				events += *e.Events
			}
		}
		out = append(out, e)
	}
	rest := float64(f.x.Rows()) - n
	out[0].N = &rest
	if f.events != nil {
		sum := -events
		for _, y := range f.events {
			sum += y
		}
		out[0].Events = &sum
	}
	return out
}

// contrast is a sum of coefficients with weights.
func (f fitted) contrast(terms []string, weights []float64) Effect {
	at := make([]int, len(terms))
	for k, term := range terms {
		at[k] = slices.Index(f.terms, term)
		if at[k] < 0 {
			return Effect{Estimate: math.NaN(), SE: math.NaN(), Lower: math.NaN(), Upper: math.NaN(), P: math.NaN()}
		}
	}
	var e Effect
	variance := 0.0
	for k, i := range at {
		e.Estimate += weights[k] * f.coef[i]
		for l, j := range at {
			variance += weights[k] * weights[l] * f.covariance.At(i, j)
		}
	}
	e.SE = math.Sqrt(variance)
	half := tail.TQuantile((1+f.level)/2, f.df) * e.SE
	e.Lower, e.Upper, e.P = e.Estimate-half, e.Estimate+half, tail.TwoSidedT(e.Estimate/e.SE, f.df)
	return e
}

// count is how many rows have the value 1 of an indicator, and how many of them the event; nil for a number that is none.
func (f fitted) count(term string) (n, events *float64) {
	j := slices.Index(f.x.Terms, term)
	if j < 0 {
		return nil, nil
	}
	var rows, sum float64
	for i, v := range f.x.Columns[j] {
		if v != 0 && v != 1 {
			return nil, nil
		}
		rows += v
		if v == 1 && f.events != nil {
			sum += f.events[i]
		}
	}
	if f.events == nil {
		return &rows, nil
	}
	return &rows, &sum
}
