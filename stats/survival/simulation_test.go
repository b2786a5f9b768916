package survival

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"consilium/stats"
)

// share fails unless hits out of n lie within four standard errors of a probability, or, with slack, that much further away: what theory grants for samples of finite size.
func share(t *testing.T, what string, hits, n int, p, slack float64) {
	t.Helper()
	got, se := float64(hits)/float64(n), math.Sqrt(p*(1-p)/float64(n))
	if math.Abs(got-p) > 4*se+slack {
		t.Errorf("%s: %.4f of %d, want %.3f within %.4f", what, got, n, p, 4*se+slack)
	}
}

// trial is n patients in two arms, with a second term that matters, exponential times, and uniform censoring; about a third is censored.
func trial(r *rand.Rand, n int, effect float64) (Times, stats.Design) {
	t := Times{Stop: make([]float64, n), Event: make([]int, n)}
	x := design(make([]float64, n), make([]float64, n))
	for i := range n {
		x.Columns[0][i], x.Columns[1][i] = float64(i%2), r.NormFloat64()
		time, end := r.ExpFloat64()*math.Exp(-effect*x.Columns[0][i]-0.5*x.Columns[1][i]), 3*r.Float64()
		t.Stop[i] = min(time, end)
		if time <= end {
			t.Event[i] = 1
		}
	}
	return t, x
}

func arms(x stats.Design) Groups {
	g := Groups{Labels: []string{"control", "treated"}, Of: make([]int, x.Rows())}
	for i, v := range x.Columns[0] {
		g.Of[i] = int(v)
	}
	return g
}

func TestIntervalsOfACoxModelHoldTheirLevel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const repeats, effect = 1000, 0.7
	model, robust := 0, 0
	for range repeats {
		times, x := trial(r, 200, effect)
		m := fitted(t, times, x, CoxOptions{})
		v, err := m.Clustered(numbers(200))
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(m.Coef[0]-effect) < 1.959964*m.SE()[0] {
			model++
		}
		if math.Abs(m.Coef[0]-effect) < 1.959964*math.Sqrt(v.At(0, 0)) {
			robust++
		}
	}
	share(t, "coverage", model, repeats, 0.95, 0)
	share(t, "coverage of the robust interval", robust, repeats, 0.95, 0.01)
}

func TestTestsHoldTheirSize(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const repeats = 1000
	plain, weighted, drift, gray := 0, 0, 0, 0
	for range repeats {
		times, x := trial(r, 150, 0)
		c, _ := Count(times, arms(x))
		a, err := LogRank(0, c)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := LogRank(1, c)
		m := fitted(t, times, x, CoxOptions{})
		d, err := m.Proportional(ByKM)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range times.Event {
			if e == 1 && r.IntN(3) == 0 {
				times.Event[i] = 2
			}
		}
		causes, _ := CountCauses(times, arms(x))
		g, err := GrayTest(1, 0, causes)
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			p    float64
			hits *int
		}{{a.P, &plain}, {b.P, &weighted}, {d.Global.P, &drift}, {g.P, &gray}} {
			if test.p < 0.05 {
				*test.hits++
			}
		}
	}
	share(t, "log-rank", plain, repeats, 0.05, 0)
	share(t, "Peto-Peto", weighted, repeats, 0.05, 0)
	share(t, "proportional hazards", drift, repeats, 0.05, 0.01)
	share(t, "Gray", gray, repeats, 0.05, 0)
}

func TestBandsAndMeansHoldTheirLevel(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const repeats, at = 1500, 0.8
	curve, median, mean, incidence := 0, 0, 0, 0
	for range repeats {
		n := 100
		times := Times{Stop: make([]float64, n), Event: make([]int, n)}
		for i := range n {
			time, end := r.ExpFloat64(), 4*r.Float64()
			times.Stop[i] = min(time, end)
			if time <= end {
				times.Event[i] = 1 + r.IntN(2)
			}
		}
		c, _ := Count(times, Groups{})
		curves, err := KaplanMeier(c, LogLog, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		if p := curves[0].At(at); p.Lower < math.Exp(-at) && math.Exp(-at) < p.Upper {
			curve++
		}
		if _, lower, upper := curves[0].Quantile(0.5); !(lower > math.Ln2) && !(upper < math.Ln2) {
			median++
		}
		means, _ := RestrictedMean(c, 1.5)
		if truth := 1 - math.Exp(-1.5); math.Abs(means[0].Mean-truth) < 1.959964*means[0].SE {
			mean++
		}
		causes, _ := CountCauses(times, Groups{})
		curvesOfCauses, _ := CumulativeIncidence(causes)
		f, v := curvesOfCauses[0].At(at)
		if lower, upper := Limits(f, v, 0.95); lower < (1-math.Exp(-at))/2 && (1-math.Exp(-at))/2 < upper {
			incidence++
		}
	}
	share(t, "survival", curve, repeats, 0.95, 0)
	share(t, "median", median, repeats, 0.95, 0.01)
	share(t, "restricted mean", mean, repeats, 0.95, 0.01)
	share(t, "incidence", incidence, repeats, 0.95, 0)
}

// The data follow Fine and Gray 1999, section 4: the incidence of cause 1 is 1-(1-q(1-exp(-t)))^exp(effect·x).
func TestIntervalsOfAFineGrayModelHoldTheirLevel(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	const repeats, n, effect, q = 600, 200, 0.6, 0.5
	hits := 0
	for range repeats {
		times, x := Times{Stop: make([]float64, n), Event: make([]int, n)}, design(make([]float64, n))
		for i := range n {
			x.Columns[0][i] = r.NormFloat64()
			risk := math.Exp(effect * x.Columns[0][i])
			last := 1 - math.Pow(1-q, risk) // incidence of cause 1 in the end
			time, cause := r.ExpFloat64()/math.Exp(-0.5*x.Columns[0][i]), 2
			if u := r.Float64(); u < last {
				time, cause = -math.Log(1-(1-math.Pow(1-u, 1/risk))/q), 1
			}
			end := 4 * r.Float64()
			times.Stop[i] = min(time, end)
			if time <= end {
				times.Event[i] = cause
			}
		}
		m, err := FineGray(times, x, 1, FineGrayOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(m.Coef[0]-effect) < 1.959964*m.SE()[0] {
			hits++
		}
	}
	share(t, "coverage", hits, repeats, 0.95, 0.01)
}

func TestNumberOfProcessorsDoesNotChangeAnyDigit(t *testing.T) {
	times, x := coxData(60_000)
	curves, g := curveData(600_000)
	run := func(processors int) []float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		m := fitted(t, times, x, CoxOptions{})
		c, err := Count(curves, g)
		if err != nil {
			t.Fatal(err)
		}
		test, err := LogRank(0, c)
		if err != nil {
			t.Fatal(err)
		}
		return slices.Concat(m.Coef, m.Covariance.Data, []float64{m.Sums.LogLik, m.Pairs().Concordance(), test.ChiSquare})
	}
	if one, four := run(1), run(4); !slices.Equal(one, four) {
		t.Errorf("with one processor %v, with four %v", one, four)
	}
}
