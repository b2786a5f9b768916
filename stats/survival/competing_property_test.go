package survival

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"consilium/stats"
	"consilium/stats/fit"

	"pgregory.net/rapid"
)

func TestCountsOfPartsAddUpToThoseOfAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawCox(t)
		g := Groups{Labels: []string{"a", "b"}, Of: make([]int, d.times.Rows())}
		var here, there []int
		for i := range g.Of {
			g.Of[i] = rapid.IntRange(0, 1).Draw(t, "group")
			if rapid.Bool().Draw(t, "here") {
				here = append(here, i)
			} else {
				there = append(there, i)
			}
		}
		whole, err := Count(d.times, g)
		if err != nil {
			t.Fatal(err)
		}
		var parts []Counts
		for _, rows := range [][]int{here, there} {
			if len(rows) == 0 {
				continue
			}
			of := make([]int, len(rows))
			for i, r := range rows {
				of[i] = g.Of[r]
			}
			part, err := Count(d.times.take(rows), Groups{g.Labels, of})
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, part)
		}
		merged, err := Merge(parts...)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, "times", merged.Times, whole.Times, 0)
		agree(t, "rows", merged.Rows, whole.Rows, 0)
		for k := range g.Labels {
			agree(t, "events", merged.Events[k], whole.Events[k], 0)
			agree(t, "exits", merged.Exits[k], whole.Exits[k], 0)
			agree(t, "at risk", merged.atRisk(k), whole.atRisk(k), 0)
			for i, at := range whole.Times {
				n := 0.0
				for r, stop := range d.times.Stop {
					if g.Of[r] == k && stop >= at && (d.times.Start == nil || d.times.Start[r] < at) {
						n++
					}
				}
				agree(t, "at risk, counted", []float64{whole.atRisk(k)[i]}, []float64{n}, 0)
			}
		}
	})
}

func TestIncidencesAndSurvivalSumToOne(t *testing.T) {
	times, _ := causeData(300)
	c, err := CountCauses(times, Groups{})
	if err != nil {
		t.Fatal(err)
	}
	curves, err := StateCurves(c)
	if err != nil {
		t.Fatal(err)
	}
	for i := range curves[0].Time {
		sum := 0.0
		for _, p := range curves[0].P {
			sum += p[i]
		}
		near(t, "sum", []float64{sum}, []float64{1}, 1e-12)
	}
}

func TestWithoutOtherCausesFineGrayIsBreslow(t *testing.T) {
	times, x := coxData(400)
	x = stats.Design{Terms: x.Terms[7:], Columns: x.Columns[7:]}
	m := fitted(t, times, x, CoxOptions{Ties: Breslow})
	each := numbers(400)
	robust, err := m.Clustered(each)
	if err != nil {
		t.Fatal(err)
	}
	f, err := FineGray(times, x, 1, FineGrayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "coefficients", f.Coef, m.Coef, 1e-9)
	near(t, "log-likelihood", []float64{f.Sums.LogLik}, []float64{m.Sums.LogLik}, 1e-12)
	near(t, "robust covariance", f.Covariance.Data, robust.Data, 1e-9)
}

func TestOrderOfRowsAndNamesOfGroupsDoNotMatterToCompetingCauses(t *testing.T) {
	times, x := causeData(300)
	g := Groups{Labels: []string{"a", "b", "c"}, Of: make([]int, 300)}
	for i := range g.Of {
		times.Stop[i] = math.Ceil(times.Stop[i] / 50) // many ties
		g.Of[i] = i % 3
	}
	order := rand.New(rand.NewPCG(13, 14)).Perm(300)
	moved := Groups{Labels: []string{"c", "a", "b"}, Of: make([]int, 300)}
	for i, r := range order {
		moved.Of[i] = (g.Of[r] + 1) % 3
	}
	a, err := CountCauses(times, g)
	if err != nil {
		t.Fatal(err)
	}
	b, err := CountCauses(times.take(order), moved)
	if err != nil {
		t.Fatal(err)
	}
	for cause := 1; cause <= 2; cause++ {
		one, err := GrayTest(cause, 0, a)
		if err != nil {
			t.Fatal(err)
		}
		other, err := GrayTest(cause, 0, b)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "Gray", []float64{other.Statistic}, []float64{one.Statistic}, 1e-10)
	}
	one, err := FineGray(times, x, 2, FineGrayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	other, err := FineGray(times.take(order), x.Take(order), 2, FineGrayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Fine-Gray", other.Coef, one.Coef, 1e-9)
	near(t, "its standard errors", other.SE(), one.SE(), 1e-9)
}

// Of one cause alone, the incidence is what the Kaplan-Meier curve lacks, and its jackknife that of the curve.
func TestIncidenceOfTheOnlyCauseIsOneMinusKaplanMeier(t *testing.T) {
	times, g := curveData(250)
	counts, err := CountWeighted(times, g, slices.Repeat([]float64{1}, 250), true)
	if err != nil {
		t.Fatal(err)
	}
	curves, err := KaplanMeier(counts, LogLog, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	causes, err := CountCauses(times, g)
	if err != nil {
		t.Fatal(err)
	}
	states, err := StateCurves(causes)
	if err != nil {
		t.Fatal(err)
	}
	for k, curve := range curves {
		for _, at := range []float64{100, 500, 900} {
			p, se := states[k].At(1, at)
			point := curve.At(at)
			near(t, "incidence", []float64{p, se}, []float64{1 - point.Survival, point.SE}, 1e-10)
			p, se = states[k].At(0, at)
			near(t, "survival", []float64{p, se}, []float64{point.Survival, point.SE}, 1e-10)
		}
	}
}

func TestNoInputPanics(t *testing.T) {
	odd := []float64{0, 1, 2, 2, 1e-320, 1e308, -1, math.NaN(), math.Inf(1), math.Inf(-1), 3, 1 + 1e-12}
	rapid.Check(t, func(t *rapid.T) {
		list := func(name string, n int) []float64 {
			return rapid.SliceOfN(rapid.SampledFrom(odd), n, n).Draw(t, name)
		}
		n := rapid.IntRange(0, 8).Draw(t, "rows")
		status := rapid.SliceOfN(rapid.SampledFrom([]float64{0, 1, 1, 2, math.NaN()}), n, n).Draw(t, "status")
		var start []float64
		if rapid.Bool().Draw(t, "entry times") {
			start = rapid.SliceOfN(rapid.SampledFrom([]float64{0, 0, 1, math.NaN()}), n, n).Draw(t, "start")
		}
		times, err := NewTimes(start, list("stop", n), status)
		if err != nil {
			return
		}
		g := Groups{Labels: []string{"a", "b", "c"}, Of: rapid.SliceOfN(rapid.IntRange(0, 2), n, n).Draw(t, "group")}
		x := design(list("x", n), list("y", n))
		if s, err := NewRiskSets(times, x, CoxOptions{Strata: g}); err == nil {
			if m, err := Cox(s, fit.Options{}); err == nil {
				m.Pairs()
				for _, by := range []Transform{ByKM, ByIdentity, ByRank, ByLog} {
					m.Proportional(by)
				}
				m.Predict([]float64{1, 2}, LogLog, 0.95, nil)
			}
		}
		if c, err := Count(times, g); err == nil {
			KaplanMeier(c, Log, 0.9)
			LogRank(1, c)
			RestrictedMean(c, 2)
		}
		if c, err := CountCauses(times, g); err == nil {
			CumulativeIncidence(c)
			StateCurves(c)
			GrayTest(1, 0.5, c)
		}
		FineGray(times, x, 1, FineGrayOptions{})
	})
}

// agree is near for a rapid test, with a tolerance that is relative above 1 and absolute below.
func agree(t *rapid.T, what string, got, want []float64, within float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= within*(1+math.Abs(want[i]))) {
			t.Fatalf("%s[%d]: %.12g, want %.12g", what, i, got[i], want[i])
		}
	}
}

func sumsOf(t *rapid.T, s *RiskSets, beta []float64) fit.Sums {
	t.Helper()
	sums, err := s.Sums(beta)
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

func pairsOf(t *rapid.T, s *RiskSets, beta []float64) Pairs {
	t.Helper()
	pairs, err := s.Pairs(beta)
	if err != nil {
		t.Fatal(err)
	}
	return pairs
}
