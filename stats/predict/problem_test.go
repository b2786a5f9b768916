package predict

import (
	"errors"
	"math"
	"testing"

	"consilium/stats"
)

func TestWhatCannotBePredictedIsSaidWithItsName(t *testing.T) {
	y, x := signal(1, 60, 3)
	n := len(y)
	list := func(f func(i int) float64) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = f(i)
		}
		return out
	}
	half := list(func(int) float64 { return 0.5 })
	with := func(c []float64) stats.Design { return stats.NewDesign([]string{"v"}, [][]float64{c}, n) }
	penalized := func(y []float64, x stats.Design, o Penalty) error { _, err := Penalized(y, x, o); return err }
	cross := func(fold []int) error { _, err := CrossValidate(y, x, fold, Penalty{Alpha: 1}); return err }
	validate := func(y []float64, x stats.Design, draws [][]int) error {
		_, err := Validate(y, x, Logistic, draws)
		return err
	}
	smooth := func(risk []float64, knots, points int) error {
		_, err := Smooth(y, risk, knots, points, 0.95)
		return err
	}
	decide := func(risk, thresholds []float64) error { _, err := Decide(y, risk, thresholds); return err }
	ints := func(f func(i int) int) []int {
		out := make([]int, n)
		for i := range out {
			out[i] = f(i)
		}
		return out
	}
	for name, test := range map[string]struct {
		err      error
		problem  stats.Problem
		variable string
	}{
		"penalized, empty":             {penalized(nil, stats.Design{}, Penalty{}), stats.Invalid, ""},
		"penalized, intercept alone":   {penalized(y, stats.NewDesign(nil, nil, n), Penalty{}), stats.Invalid, ""},
		"penalized, no rows":           {penalized(nil, stats.NewDesign([]string{"v"}, [][]float64{{}}, 0), Penalty{}), stats.TooFewRows, ""},
		"penalized, lengths":           {penalized(y[1:], x, Penalty{}), stats.Invalid, ""},
		"penalized, ragged":            {penalized(y, stats.Design{Terms: []string{"a", "b"}, Columns: [][]float64{y, y[1:]}}, Penalty{}), stats.Invalid, "b"},
		"penalized, missing":           {penalized(y, with(list(func(int) float64 { return math.NaN() })), Penalty{}), stats.Missing, "v"},
		"penalized, one level":         {penalized(half, x, Penalty{}), stats.Invalid, ""},
		"penalized, no events":         {penalized(make([]float64, n), x, Penalty{}), stats.OneLevel, ""},
		"penalized, constant":          {penalized(y, with(half), Penalty{}), stats.OneLevel, "v"},
		"penalized, alpha":             {penalized(y, x, Penalty{Alpha: 2}), stats.Invalid, "alpha"},
		"penalized, lambda":            {penalized(y, x, Penalty{Lambda: []float64{-1}}), stats.Invalid, "lambda"},
		"penalized, NaN lambda":        {penalized(y, x, Penalty{Lambda: []float64{math.NaN()}}), stats.Invalid, "lambda"},
		"penalized, none, separated":   {penalized(y, with(y), Penalty{Alpha: 1, Lambda: []float64{0}}), stats.Separation, "v"},
		"folds, length":                {cross([]int{1, 2}), stats.Invalid, "folds"},
		"folds, one":                   {cross(make([]int, n)), stats.Invalid, "folds"},
		"folds, a gap":                 {cross(ints(func(i int) int { return 2 * (i % 2) })), stats.Invalid, "folds"},
		"folds, negative":              {cross(ints(func(i int) int { return i%2 - 1 })), stats.Invalid, "folds"},
		"folds, by outcome":            {cross(ints(func(i int) int { return int(y[i]) })), stats.OneLevel, ""},
		"validation, no resamples":     {validate(y, x, nil), stats.Invalid, "resamples"},
		"validation, a row not there":  {validate(y, x, [][]int{{0, n}}), stats.Invalid, "resamples"},
		"validation, separated":        {validate(y, with(y), Resamples(n, 5, 1)), stats.Separation, ""},
		"validation, resamples of one": {validate(y, x, [][]int{make([]int, n), make([]int, n)}), stats.NotEstimable, "resamples"},
		"curve, risk of one":           {smooth(list(func(int) float64 { return 1 }), 4, 5), stats.Invalid, "probability"},
		"curve, lengths":               {smooth(half[1:], 4, 5), stats.Invalid, ""},
		"curve, alike":                 {smooth(half, 4, 5), stats.Collinear, ""},
		"curve, knots":                 {smooth(half, 40, 5), stats.Invalid, ""},
		"curve, points":                {smooth(half, 4, 1), stats.Invalid, ""},
		"decision, threshold of one":   {decide(half, []float64{1}), stats.Invalid, "threshold"},
		"decision, threshold missing":  {decide(half, []float64{math.NaN()}), stats.Invalid, "threshold"},
		"decision, risk above one":     {decide(list(func(i int) float64 { return float64(i) }), []float64{.5}), stats.Invalid, "probability"},
		"decision, missing risk":       {decide(list(func(int) float64 { return math.NaN() }), []float64{.5}), stats.Missing, ""},
	} {
		var e *stats.Error
		if !errors.As(test.err, &e) || e.Problem != test.problem || test.variable != "" && e.Variable != test.variable || e.Method == "" {
			t.Errorf("%s: %v", name, test.err)
		}
	}
	p, err := Penalized(y, x, Penalty{Alpha: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Risk(3, with(half)); !errors.Is(err, stats.Invalid) {
		t.Errorf("other terms: %v", err)
	}
	if _, err := p.Risk(3, stats.Design{Terms: p.Terms[:2], Columns: x.Columns[:2]}); !errors.Is(err, stats.Invalid) {
		t.Errorf("too few terms: %v", err)
	}
}

// Two risks only: knots coincide, and the curve is a line through both groups.
func TestACurveOfTwoRisksPassesThroughBoth(t *testing.T) {
	var y, risk []float64
	for i := range 40 {
		y, risk = append(y, float64(min(1, i%4%3))), append(risk, 0.3+0.3*float64(i%2))
	}
	c, err := Smooth(y, risk, 4, 2, 0.95)
	if err != nil || c.Knots != nil {
		t.Fatal(c, err)
	}
	for i, r := range []float64{0.3, 0.6} {
		var events, n float64
		for k := range y {
			if math.Abs(risk[k]-r) < 1e-9 {
				events, n = events+y[k], n+1
			}
		}
		if math.Abs(c.Observed[i]-events/n) > 1e-9 {
			t.Errorf("at %g: %g, not %g", r, c.Observed[i], events/n)
		}
	}
}
