package regress

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"consilium/stats"
	"consilium/stats/fit"
)

func TestWhatCannotBeFittedIsSaidWithItsReason(t *testing.T) {
	one, x := []float64{1, 1, 1, 1, 1, 1}, []float64{1, 2, 3, 4, 5, 7}
	y := []float64{0, 1, 0, 1, 1, 0}
	good := design(6, "x", x)
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		name     string
		y        []float64
		x        stats.Design
		o        Options
		problem  stats.Problem
		variable string
	}{
		{"the outcome never changes", one, good, Options{}, stats.OneLevel, Outcome},
		{"the outcome changes only where the weight is 0", []float64{1, 1, 1, 1, 1, 0}, good, Options{Weights: []float64{1, 1, 1, 1, 1, 0}}, stats.OneLevel, Outcome},
		{"a term twice", y, design(6, "x", x, "again", x), Options{}, stats.Collinear, "again"},
		{"a term that never changes", y, design(6, "x", x, "fixed", []float64{2, 2, 2, 2, 2, 2}), Options{}, stats.Collinear, "fixed"},
		{"a sum of two others", y, design(6, "a", y, "b", x, "c", []float64{1, 3, 3, 5, 6, 7}), Options{}, stats.Collinear, "c"},
		{"a missing outcome", []float64{0, 1, nan, 1, 1, 0}, good, Options{}, stats.Missing, ""},
		{"an infinite value", y, design(6, "x", []float64{1, 2, inf, 4, 5, 7}), Options{}, stats.Missing, "x"},
		{"an outcome of 2", []float64{0, 1, 2, 1, 1, 0}, good, Options{}, stats.Invalid, Outcome},
		{"a negative weight", y, good, Options{Weights: []float64{1, 1, -1, 1, 1, 1}}, stats.Invalid, "weights"},
		{"weights for other rows", y, good, Options{Weights: []float64{1, 1}}, stats.Invalid, ""},
		{"an offset for other rows", y, good, Options{Offset: []float64{1, 1}}, stats.Invalid, ""},
		{"a start for other terms", y, good, Options{Start: []float64{1}}, stats.Invalid, ""},
		{"no terms", y, stats.Design{}, Options{}, stats.Invalid, ""},
		{"fewer rows than terms", []float64{0}, design(1, "x", []float64{1}), Options{}, stats.TooFewRows, ""},
		{"no rows", nil, design(0, "x", []float64(nil)), Options{}, stats.TooFewRows, ""},
		{"an outcome for other rows", []float64{0, 1}, good, Options{}, stats.Invalid, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Logistic(c.y, c.x, c.o)
			refused(t, m == nil, err, c.problem, c.variable)
			_, err = Firth(c.y, c.x, c.o)
			refused(t, true, err, c.problem, c.variable)
			if c.problem == stats.OneLevel || c.name == "an outcome of 2" {
				return
			}
			_, err = Poisson(c.y, c.x, c.o)
			refused(t, true, err, c.problem, c.variable)
			_, err = NegativeBinomial(c.y, c.x, c.o)
			refused(t, true, err, c.problem, c.variable)
			_, err = Linear(c.y, c.x, c.o)
			refused(t, true, err, c.problem, c.variable)
		})
	}
}

func refused(t *testing.T, empty bool, err error, problem stats.Problem, variable string) {
	t.Helper()
	var e *stats.Error
	if !empty || !errors.As(err, &e) || e.Problem != problem || e.Variable != variable || e.Method == "" {
		t.Errorf("got %v, want %s of %q", err, problem, variable)
	}
}

func TestEachModelRefusesWhatOnlyItCannotFit(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 7}
	good, zero := design(6, "x", x), make([]float64, 6)
	_, err := Poisson(zero, good, Options{})
	refused(t, true, err, stats.NoEvents, Outcome)
	_, err = Poisson([]float64{1, 0, -1, 2, 0, 1}, good, Options{})
	refused(t, true, err, stats.Invalid, Outcome)
	_, err = NegativeBinomial([]float64{2, 3, 2, 3, 2, 3}, good, Options{})
	refused(t, true, err, stats.NotEstimable, "theta")
	_, err = Linear([]float64{3, 3, 3, 3, 3, 3}, good, Options{})
	refused(t, true, err, stats.OneLevel, Outcome)
	_, err = Linear([]float64{3, 5, 7, 9, 11, 15}, good, Options{})
	refused(t, true, err, stats.NotEstimable, Outcome)
	_, err = Linear([]float64{3, 5}, design(2, "x", []float64{1, 2}), Options{})
	refused(t, true, err, stats.TooFewRows, "")
	_, err = Discriminate([]float64{1, 1}, []float64{0.1, 0.2})
	refused(t, true, err, stats.OneLevel, Outcome)
	_, err = Discriminate(nil, nil)
	refused(t, true, err, stats.Invalid, "")
	_, err = Discriminate([]float64{1, 0}, []float64{math.NaN(), 0.2})
	refused(t, true, err, stats.Missing, "prediction")
	_, err = GoodnessOfFit([]float64{1, 0, 1}, []float64{0.5, 0.5, 0.5}, 10)
	refused(t, true, err, stats.OneLevel, "probability")
	_, err = Calibrate([]float64{1, 0, 1}, []float64{0.5, 0.2, 1})
	refused(t, true, err, stats.Invalid, "probability")
	_, err = CalibrationCurve([]float64{1, 0, 1}, []float64{0.5, 0.2, 0.9}, 2, 95)
	refused(t, true, err, stats.Invalid, "level")
}

func TestAFitRefusesQuestionsItCannotAnswer(t *testing.T) {
	m, err := Logistic([]float64{0, 1, 0, 1, 1, 0}, design(6, "x", []float64{1, 2, 3, 4, 5, 7}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Clustered([]int{1, 2}, CR0)
	refused(t, true, err, stats.Invalid, "cluster")
	_, err = m.Clustered(make([]int, 6), CR0)
	refused(t, true, err, stats.OneLevel, "cluster")
	_, err = m.Profile(1)
	refused(t, true, err, stats.Invalid, "level")
	_, err = m.Bootstrap(1, func(int) []int { return []int{6} })
	refused(t, true, err, stats.Invalid, "resample")
	coefs, err := m.Bootstrap(2, func(k int) []int { return [][]int{{0, 0, 2, 2, 5}, nil}[k] })
	if err != nil || !math.IsNaN(coefs[0][0]) || !math.IsNaN(coefs[1][1]) {
		t.Errorf("resamples without a maximum gave %v, %v", coefs, err)
	}
}

func TestAVariableInSecondsSinceAnEpochLosesNoDigits(t *testing.T) {
	s := &stream{11}
	_, columns := s.grid(300, 2)
	y := s.outcomes(0, []float64{1, -1}, columns)
	seconds := make([]float64, len(y))
	for i, v := range columns[0] {
		seconds[i] = 1.7e9 + math.Round(v*1e4) // a few hours about a day in 2023
	}
	near0, err := Logistic(y, design(300, "a", columns[0], "b", columns[1]), Options{})
	if err != nil {
		t.Fatal(err)
	}
	far, err := Logistic(y, design(300, "a", seconds, "b", columns[1]), Options{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "coef", []float64{far.Coef[1] * 1e4, far.Coef[2]}, near0.Coef[1:], 1e-9)
	near(t, "se", []float64{far.SE()[1] * 1e4, far.SE()[2]}, near0.SE()[1:], 1e-9)
	near(t, "HC3", []float64{SE(far.Robust(HC3))[1] * 1e4}, SE(near0.Robust(HC3))[1:2], 1e-6)
	a, err := far.Profile(0.95)
	if err != nil {
		t.Fatal(err)
	}
	b, err := near0.Profile(0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "profile", []float64{a[1].Lower * 1e4, a[1].Upper * 1e4}, []float64{b[1].Lower, b[1].Upper}, 1e-8)
}

// drawWild is a number such as data hold, or should not.
func drawWild(t *rapid.T, what string) float64 {
	return rapid.OneOf(
		rapid.Float64Range(-3, 3),
		rapid.Map(rapid.IntRange(-1, 3), func(i int) float64 { return float64(i) }),
		rapid.SampledFrom([]float64{0, 1, 1e-300, 1e300, -1e155, 1e155, 1e-9, 1e9, math.NaN(), math.Inf(1), math.MaxFloat64, math.SmallestNonzeroFloat64}),
		rapid.Just(0.0), rapid.Just(1.0), rapid.Just(1.0), rapid.Just(0.0),
	).Draw(t, what)
}

func drawList(t *rapid.T, what string, n int) []float64 {
	kind := rapid.IntRange(0, 2).Draw(t, what+" kind")
	out := make([]float64, n)
	for i := range out {
		switch kind {
		case 0:
			out[i] = drawWild(t, what)
		case 1:
			out[i] = float64(rapid.IntRange(0, 1).Draw(t, what))
		case 2:
			out[i] = rapid.Float64Range(-1e3, 1e3).Draw(t, what)
		}
	}
	return out
}

func TestNoDataMakeAFitPanicOrGiveANumberThatIsNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(0, 25).Draw(t, "rows")
		y := drawList(t, "y", rows)
		x := design(rows, "a", drawList(t, "a", rows), "b", drawList(t, "b", rows))
		var o Options
		if rapid.Bool().Draw(t, "offset?") {
			o.Offset = drawList(t, "offset", rows)
		}
		if rapid.Bool().Draw(t, "weights?") {
			o.Weights = drawList(t, "weights", rows)
		}
		if rapid.Bool().Draw(t, "start?") {
			o.Start = drawList(t, "start", 3)
		}
		for _, kind := range []func([]float64, stats.Design, Options) (*Model, error){Logistic, Poisson} {
			if m, err := kind(y, x, o); err == nil {
				finite(t, m.Coef, m.SE(), m.Fitted, []float64{m.LogLik, m.Deviance, m.NullDeviance})
				_, _ = m.Profile(0.95)
				_, _ = Discriminate(y, m.Fitted)
				_, _ = GoodnessOfFit(y, m.Fitted, 10)
				m.Robust(HC3)
			}
		}
		if m, err := NegativeBinomial(y, x, o); err == nil {
			finite(t, m.Coef, m.SE(), []float64{m.Theta, m.SETheta})
		}
		if m, err := Linear(y, x, o); err == nil {
			finite(t, m.Coef, m.SE(), []float64{m.Sigma, m.RSS})
			m.RobustErrors()
		}
		if m, err := Firth(y, x, o); err == nil {
			finite(t, m.Coef, m.SE())
		}
	})
}

func finite(t *rapid.T, lists ...[]float64) {
	t.Helper()
	for _, list := range lists {
		for _, v := range list {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("a fit gave %v", lists)
			}
		}
	}
}

func TestAYearAndItsSquareAreToldApart(t *testing.T) {
	s := &stream{13}
	year, squared, from2010, about, y := make([]float64, 200), make([]float64, 200), make([]float64, 200), make([]float64, 200), make([]float64, 200)
	for i := range y {
		from2010[i] = math.Floor(s.next()*10) - 5
		about[i] = from2010[i] * from2010[i]
		year[i], squared[i] = 2010+from2010[i], (2010+from2010[i])*(2010+from2010[i])
		y[i] = math.Round(s.next()*0.6 + 0.01*about[i])
	}
	far, err := Logistic(y, design(200, "year", year, "squared", squared), Options{})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := Logistic(y, design(200, "year", from2010, "squared", about), Options{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "deviance", []float64{far.Deviance}, []float64{plain.Deviance}, 1e-12)
	near(t, "squared", []float64{far.Coef[2], far.SE()[2]}, []float64{plain.Coef[2], plain.SE()[2]}, 1e-7)
	near(t, "fitted", far.Fitted, plain.Fitted, 1e-8)
}

// TestSeparatedCategoriesAreNotCalledCollinear: a term that tells one category without fault is not determined by other terms.
func TestSeparatedCategoriesAreNotCalledCollinear(t *testing.T) {
	x := stats.Design{Terms: []string{stats.Intercept, "z"}, Columns: [][]float64{make([]float64, 60), make([]float64, 60)}}
	y := make([]int, 60)
	for i := range y {
		y[i], x.Columns[0][i] = i%3, 1
		if y[i] == 1 {
			x.Columns[1][i] = 1
		}
	}
	if _, err := Multinomial(y, []string{"p", "q", "r"}, x, fit.Options{}); !errors.Is(err, stats.Separation) {
		t.Error(err)
	}
	x.Columns[1] = x.Columns[0]
	if _, err := Multinomial(y, []string{"p", "q", "r"}, x, fit.Options{}); !errors.Is(err, stats.Collinear) {
		t.Error(err)
	}
}
