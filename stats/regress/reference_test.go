package regress

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"consilium/stats"
	"consilium/stats/matrix"
)

// expected is what R 4.2.2 gave for the same data: testdata/benchmark.json says how.
func expected(tb testing.TB, name string) map[string][]float64 {
	raw, err := os.ReadFile("testdata/benchmark.json")
	if err != nil {
		tb.Fatal(err)
	}
	var all map[string]map[string][]float64
	if err := json.Unmarshal(raw, &all); err != nil {
		tb.Fatal(err)
	}
	return all[name]
}

func near(tb testing.TB, what string, got, want []float64, tolerance float64) {
	tb.Helper()
	if len(got) != len(want) {
		tb.Fatalf("%s: %d numbers, not %d", what, len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tolerance*math.Abs(want[i])) {
			tb.Errorf("%s[%d]: %.15g, not %.15g", what, i, got[i], want[i])
		}
	}
}

// sample is one fit of testdata/more.json, made by more.R.
type sample struct {
	Terms                          []string
	Columns                        [][]float64
	Y, Offset, Weights             []float64
	Coef, SE, P, Sigma, R2, Adj, F []float64
	Deviance, LogLik, BIC          []float64
	NullDeviance                   []float64 `json:"null_deviance"`
	HC0, HC1, HC2, HC3, CR0, CR1   []float64
	Cluster                        []int
	Interval, Profile90            [][]float64
	C, Theta, Intercept, Slope     []float64
	Large                          []float64
	CSE                            []float64 `json:"c_se"`
	LargeSE                        []float64 `json:"large_se"`
	SETheta                        []float64 `json:"se_theta"`
}

func samples(t *testing.T) map[string]sample {
	raw, err := os.ReadFile("testdata/more.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]sample
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func (s sample) design() stats.Design { return stats.Design{Terms: s.Terms, Columns: s.Columns} }

func (s sample) options() (o Options) {
	if len(s.Offset) > 0 {
		o.Offset = s.Offset
	}
	if slices.ContainsFunc(s.Weights, func(w float64) bool { return w != 1 }) {
		o.Weights = s.Weights
	}
	return o
}

func TestGeneralizedModelsAgreeWithR(t *testing.T) {
	all := samples(t)
	for name, fit := range map[string]func([]float64, stats.Design, Options) (*Model, error){"infert": Logistic, "esoph": Logistic, "warpbreaks": Poisson, "ships": Poisson} {
		t.Run(name, func(t *testing.T) {
			s := all[name]
			m, err := fit(s.Y, s.design(), s.options())
			if err != nil {
				t.Fatal(err)
			}
			near(t, "coef", m.Coef, s.Coef, 1e-10)
			near(t, "se", m.SE(), s.SE, 1e-9)
			near(t, "totals", []float64{m.Deviance, m.NullDeviance, m.LogLik, m.BIC()}, []float64{s.Deviance[0], s.NullDeviance[0], s.LogLik[0], s.BIC[0]}, 1e-11)
			robust(t, s, m.Robust, m.Clustered, 1e-8)
			if s.Profile90 != nil {
				intervals, err := m.Profile(0.9)
				if err != nil {
					t.Fatal(err)
				}
				sameIntervals(t, "profile", intervals, s.Profile90, 1e-9)
			}
		})
	}
}

func robust(t *testing.T, s sample, robust func(HC) matrix.Symmetric, clustered func([]int, CR) (matrix.Symmetric, error), tolerance float64) {
	t.Helper()
	for kind, want := range [][]float64{s.HC0, s.HC1, s.HC2, s.HC3} {
		near(t, "robust", SE(robust(HC(kind))), want, tolerance)
	}
	for kind, want := range map[CR][]float64{CR0: s.CR0, CR1: s.CR1} {
		v, err := clustered(s.Cluster, kind)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "clustered", SE(v), want, tolerance)
	}
}

func sameIntervals(t *testing.T, what string, got []Interval, want [][]float64, tolerance float64) {
	t.Helper()
	for j, i := range got {
		near(t, what, []float64{i.Lower, i.Upper}, want[j], tolerance)
	}
}

func TestLinearModelsAgreeWithR(t *testing.T) {
	all := samples(t)
	for _, name := range []string{"mtcars", "mtcars_weighted", "longley", "origin"} {
		t.Run(name, func(t *testing.T) {
			s := all[name]
			m, err := Linear(s.Y, s.design(), s.options())
			if err != nil {
				t.Fatal(err)
			}
			tolerance := 1e-10
			if name == "longley" { // the classical collinear data: year with mean 1954 and standard deviation 5
				tolerance = 1e-8
			}
			near(t, "coef", m.Coef, s.Coef, tolerance)
			near(t, "se", m.SE(), s.SE, tolerance)
			r2, adjusted := m.R2()
			f, _, _ := m.F()
			near(t, "totals", []float64{m.Sigma, r2, adjusted, f, m.LogLik, m.BIC()}, []float64{s.Sigma[0], s.R2[0], s.Adj[0], s.F[0], s.LogLik[0], s.BIC[0]}, 1e-9)
			for j, test := range m.Test() {
				near(t, "p", []float64{test.P}, s.P[j:j+1], 1e-7)
			}
			sameIntervals(t, "interval", m.Interval(0.99), s.Interval, tolerance)
			robust(t, s, m.sandwich().robust, m.Clustered, 100*tolerance)
		})
	}
}

func TestNegativeBinomialSolvesBothEquations(t *testing.T) {
	s := samples(t)["negbin"]
	m, err := NegativeBinomial(s.Y, s.design(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "coef", m.Coef, s.Coef, 1e-8) // R's steps for given θ come near by a constant factor each
	near(t, "se", m.SE(), s.SE, 1e-9)
	near(t, "theta", []float64{m.Theta, m.SETheta, m.LogLik, m.Deviance}, []float64{s.Theta[0], s.SETheta[0], s.LogLik[0], s.Deviance[0]}, 1e-9)
}

func TestDiscriminationAndCalibrationAgreeWithR(t *testing.T) {
	all := samples(t)
	s := all["infert"]
	m, err := Logistic(s.Y, s.design(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := Discriminate(s.Y, m.Fitted)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "c", []float64{d.C, d.SE}, []float64{s.C[0], s.CSE[0]}, 1e-12)
	s = all["calibration"]
	c, err := Calibrate(s.Y, s.P)
	if err != nil {
		t.Fatal(err)
	}
	got := []float64{c.Intercept, c.Slope, c.InTheLarge, c.InterceptSE, c.SlopeSE, c.InTheLargeSE}
	near(t, "calibration", got, []float64{s.Intercept[0], s.Slope[0], s.Large[0], s.SE[0], s.SE[1], s.LargeSE[0]}, 1e-9)
}
