package method

import (
	"cmp"
	"math"
	"slices"

	"consilium/lang"
	"consilium/stats"
	"consilium/stats/mixed"
	"consilium/study/exact"
)

// Why is the sort of reason for which an analysis has no result. The words are phrases of package lang, study.refused.
type Why string

// The sorts of reasons.
const (
	Nobody        Why = "nobody"       // at every hospital a rule stands against it
	Fewer         Why = "fewer"        // fewer hospitals may contribute than one of them asks for
	OneHospital   Why = "one-hospital" // it compares hospitals, and one has something to compare
	SamePoint     Why = "point"        // a hospital withheld its figures: few patients would stand behind them at the point that the fit came to
	OutOfRange    Why = "range"        // a hospital withheld its figures: they are too large to be added up
	NotComputed   Why = "rows"         // a hospital withheld its figures: its rows do not give them
	Unending      Why = "unending"     // the fit did not come to an end
	Collinear     Why = "collinear"    // a term that the others determine, or that does not vary
	NoSlope       Why = "no-slope"     // the likelihood has no slope to follow
	NoStep        Why = "no-step"      // no step raises the likelihood
	OneOutcome    Why = "one-outcome"  // the outcome is the same in all patients
	NoEvents      Why = "no-events"    // nobody had the event
	TooFew        Why = "too-few"      // fewer patients than coefficients
	BetweenSpread Why = "between"      // the variance between hospitals did not come to an end
	NeverTogether Why = "together"     // groups were never at risk together when something happened
	OneTreatment  Why = "one-treatment"
)

// The models within an analysis that has several.
const (
	PropensityModel = "propensity"
	FirstOutcome    = "first"
	SecondOutcome   = "second"
)

// Refusal says why an analysis has no result: it is an answer as any other, and stands in its place.
type Refusal struct {
	Why   Why
	Model string   // which of the analysis's models; empty: its only one
	Terms []string // concerned, as the protocol calls them
	N     int      // hospitals, or patients
	Least int      // how many there have to be
}

// String says it in English, with the protocol's names.
func (r *Refusal) String() string {
	return r.In(lang.English, func(term string) string { return term })
}

// In says it in a language. called is what people call a term.
func (r *Refusal) In(l lang.Language, called func(term string) string) string {
	terms := make([]string, len(r.Terms))
	for i, t := range r.Terms {
		terms[i] = called(t)
	}
	says := lang.P(l, "study.refused."+string(r.Why), map[string]any{"count": r.N, "least": r.Least})
	if len(terms) > 0 {
		says = lang.P(l, "study.refused.terms-"+string(r.Why), map[string]any{"terms": lang.List(l, terms), "count": r.N})
	}
	if r.Model != "" {
		says = lang.P(l, "study.refused.model-"+r.Model, map[string]any{"why": says})
	}
	return says
}

// within is the refusal as that of one of an analysis's models.
func (r *Refusal) within(model string) *Refusal {
	out := *r
	out.Model = model
	return &out
}

// moving are the terms along which the fit was still going when it was last looked at: where an outcome is predicted without fault, or nearly, their coefficients grow
// without end while the others rest. There are none before the first step.
func (n *newton) moving() (list []string) {
	most := 0.0
	size := func(i int) float64 {
		if n.terms[i] == stats.Intercept || n.terms[i] == mixed.SD {
			return 0 // they follow the others
		}
		return math.Abs(exact.Float(n.direction[i]))
	}
	var order []int
	for i := range n.direction {
		most = max(most, size(i))
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(size(b), size(a)) })
	for _, i := range order {
		if s := size(i); s > 0 && s >= most/2 {
			list = append(list, n.terms[i])
		}
	}
	return list
}
