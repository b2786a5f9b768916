package regress

import (
	"math"
	"math/rand/v2"
	"testing"

	"consilium/stats"
	"consilium/stats/matrix"
)

// repeat counts how often trial says yes, and fails unless that share is within 3.5 Monte-Carlo errors of the wanted one, or off by no more than slack.
func repeat(t *testing.T, what string, times int, wanted, slack float64, trial func(r *rand.Rand) bool) {
	t.Helper()
	hits := 0
	for k := range times {
		if trial(rand.New(rand.NewPCG(2024, uint64(k)))) {
			hits++
		}
	}
	share := float64(hits) / float64(times)
	if math.Abs(share-wanted) > slack+3.5*math.Sqrt(wanted*(1-wanted)/float64(times)) {
		t.Errorf("%s: %.4f of %d, not %.2f", what, share, times, wanted)
	}
}

func holds(i Interval, truth float64) bool { return i.Lower <= truth && truth <= i.Upper }

// simulate draws a binary exposure, a normal covariate, and outcomes.
func simulate(r *rand.Rand, rows int, outcome func(exposed, age float64) float64) ([]float64, stats.Design) {
	y, exposed, age := make([]float64, rows), make([]float64, rows), make([]float64, rows)
	for i := range y {
		exposed[i], age[i] = float64(r.IntN(2)), r.NormFloat64()
		y[i] = outcome(exposed[i], age[i])
	}
	return y, design(rows, "exposed", exposed, "age", age)
}

func bernoulli(r *rand.Rand, eta float64) float64 {
	if r.Float64() < (binomial{}).mean(eta) {
		return 1
	}
	return 0
}

func TestIntervalsOfLogisticRegressionHoldTheTruthAsOftenAsTheySay(t *testing.T) {
	draw := func(r *rand.Rand) *Model {
		y, x := simulate(r, 300, func(e, a float64) float64 { return bernoulli(r, -0.5+0.7*e+0.4*a) })
		m, err := Logistic(y, x, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	repeat(t, "Wald", 1500, 0.95, 0.005, func(r *rand.Rand) bool { m := draw(r); return holds(WaldInterval(m.Coef, m.SE(), 0.95)[1], 0.7) })
	repeat(t, "robust", 1500, 0.95, 0.005, func(r *rand.Rand) bool {
		m := draw(r)
		return holds(WaldInterval(m.Coef, SE(m.Robust(HC0)), 0.95)[1], 0.7)
	})
	repeat(t, "profile", 300, 0.90, 0.005, func(r *rand.Rand) bool {
		intervals, err := draw(r).Profile(0.90)
		return err == nil && holds(intervals[1], 0.7)
	})
}

func TestPoissonErrorsFailWithOverdispersionAndRobustOnesDoNot(t *testing.T) {
	draw := func(r *rand.Rand) *Model { // a gamma mixture of variance μ + μ²
		y, x := simulate(r, 300, func(e, a float64) float64 {
			return poissonCount(r, math.Exp(0.3+0.2*a)*r.ExpFloat64())
		})
		m, err := Poisson(y, x, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	repeat(t, "robust", 1000, 0.95, 0.015, func(r *rand.Rand) bool {
		m := draw(r)
		return holds(WaldInterval(m.Coef, SE(m.Robust(HC3)), 0.95)[1], 0)
	})
	repeat(t, "negative binomial", 300, 0.95, 0.015, func(r *rand.Rand) bool {
		m := draw(r)
		n, err := NegativeBinomial(m.Y, m.X, Options{})
		return err == nil && holds(WaldInterval(n.Coef, n.SE(), 0.95)[1], 0)
	})
	repeat(t, "model-based, too narrow", 500, 0.80, 0.04, func(r *rand.Rand) bool { m := draw(r); return holds(WaldInterval(m.Coef, m.SE(), 0.95)[1], 0) })
}

func poissonCount(r *rand.Rand, mean float64) float64 {
	count := 0.0
	for left := mean - r.ExpFloat64(); left > 0; left -= r.ExpFloat64() {
		count++
	}
	return count
}

func TestLinearIntervalsHoldUnderEqualVarianceAndRobustOnesUnderUnequal(t *testing.T) {
	draw := func(r *rand.Rand, sd func(e float64) float64) *LinearModel {
		y, x := simulate(r, 60, func(e, a float64) float64 { return 1 + 0.5*e + a + sd(e)*r.NormFloat64() })
		m, err := Linear(y, x, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	even, uneven := func(float64) float64 { return 2 }, func(e float64) float64 { return 0.5 + 3*e }
	repeat(t, "t", 2000, 0.95, 0, func(r *rand.Rand) bool { return holds(draw(r, even).Interval(0.95)[1], 0.5) })
	repeat(t, "HC3", 2000, 0.95, 0.01, func(r *rand.Rand) bool {
		m := draw(r, uneven)
		return holds(WaldInterval(m.Coef, m.RobustErrors()[HC3], 0.95)[1], 0.5)
	})
}

func TestClusteredErrorsHoldWhereRowsOfACenterResembleEachOther(t *testing.T) {
	const centers, size = 40, 10
	draw := func(r *rand.Rand) (*Model, []int) {
		y, treated, center := make([]float64, centers*size), make([]float64, centers*size), make([]int, centers*size)
		for c := range centers {
			own, arm := r.NormFloat64(), float64(c%2)
			for i := c * size; i < (c+1)*size; i++ {
				center[i], treated[i], y[i] = c, arm, bernoulli(r, own)
			}
		}
		m, err := Logistic(y, design(len(y), "treated", treated), Options{})
		if err != nil {
			t.Fatal(err)
		}
		return m, center
	}
	covers := func(m *Model, v matrix.Symmetric) bool { return holds(WaldInterval(m.Coef, SE(v), 0.95)[1], 0) }
	repeat(t, "clustered", 1000, 0.95, 0.015, func(r *rand.Rand) bool {
		m, center := draw(r)
		v, err := m.Clustered(center, CRG)
		return err == nil && covers(m, v)
	})
	repeat(t, "by row, too narrow", 500, 0.73, 0.05, func(r *rand.Rand) bool { m, _ := draw(r); return covers(m, m.Robust(HC0)) })
}

func TestFewClustersNeedTheirOwnDegreesOfFreedom(t *testing.T) {
	const centers, size = 8, 12
	draw := func(r *rand.Rand) (*LinearModel, []float64) {
		y, treated, center := make([]float64, centers*size), make([]float64, centers*size), make([]int, centers*size)
		for c := range centers {
			own := r.NormFloat64()
			for i := c * size; i < (c+1)*size; i++ {
				center[i], treated[i], y[i] = c, float64(c%2), own+r.NormFloat64()
			}
		}
		m, err := Linear(y, design(len(y), "treated", treated), Options{})
		if err != nil {
			t.Fatal(err)
		}
		v, err := m.Clustered(center, CR1)
		if err != nil {
			t.Fatal(err)
		}
		return m, SE(v)
	}
	if tests, intervals := FewClusters([]float64{0, 1, 2}, []float64{1, 1, 1}, 3, 0.95); !math.IsNaN(tests[1].P) || !math.IsNaN(intervals[1].Lower) {
		t.Error("three clusters judge three coefficients", tests, intervals)
	}
	repeat(t, "t with 7 degrees of freedom", 2000, 0.95, 0.01, func(r *rand.Rand) bool {
		m, se := draw(r)
		tests, intervals := FewClusters(m.Coef, se, centers, 0.95)
		if inside := holds(intervals[1], 0); inside != (tests[1].P > 0.05) {
			t.Fatalf("p is %g, the interval %v", tests[1].P, intervals[1])
		}
		return holds(intervals[1], 0)
	})
	repeat(t, "normal, too narrow", 2000, 0.90, 0.02, func(r *rand.Rand) bool {
		m, se := draw(r)
		return holds(WaldInterval(m.Coef, se, 0.95)[1], 0)
	})
}

func TestFirthHasLessBiasThanMaximumLikelihoodInSmallStudies(t *testing.T) {
	var firth, plain, n float64
	for k := range 1000 {
		r := rand.New(rand.NewPCG(99, uint64(k)))
		y, x := simulate(r, 40, func(e, a float64) float64 { return bernoulli(r, 1.2*e+a-0.5) })
		m, err := Logistic(y, x, Options{})
		if err != nil {
			continue
		}
		f, err := Firth(y, x, Options{})
		if err != nil {
			t.Fatal(err)
		}
		firth, plain, n = firth+f.Coef[1]-1.2, plain+m.Coef[1]-1.2, n+1
	}
	if math.Abs(firth) > plain/2 || plain/n < 0.1 { // about 0.1 and 0.26, with a Monte-Carlo error of 0.03
		t.Errorf("bias %.3f with the penalty, %.3f without", firth/n, plain/n)
	}
}

func TestTheFirthIntervalHoldsTheTruth(t *testing.T) {
	repeat(t, "profile", 200, 0.95, 0.02, func(r *rand.Rand) bool {
		y, x := simulate(r, 40, func(e, a float64) float64 { return bernoulli(r, 1.2*e+a-0.5) })
		m, err := Firth(y, x, Options{})
		if err != nil {
			t.Fatal(err)
		}
		intervals, err := m.Profile(0.95)
		return err == nil && holds(intervals[1], 1.2)
	})
}

func TestGoodnessOfFitRejectsATrueModelRarely(t *testing.T) {
	repeat(t, "Hosmer-Lemeshow", 1000, 0.05, 0.01, func(r *rand.Rand) bool {
		y, x := simulate(r, 300, func(e, a float64) float64 { return bernoulli(r, -0.5+0.7*e+0.4*a) })
		m, err := Logistic(y, x, Options{})
		if err != nil {
			t.Fatal(err)
		}
		h, err := GoodnessOfFit(y, m.Fitted, 10)
		return err == nil && h.P < 0.05
	})
}
