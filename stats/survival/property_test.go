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

// draws is a data set with everything: ties, entry times, strata, weights, offset.
type draws struct {
	times Times
	x     stats.Design
	o     CoxOptions
}

func drawCox(t *rapid.T) draws {
	n := rapid.IntRange(5, 60).Draw(t, "rows")
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	d := draws{times: Times{Stop: make([]float64, n), Event: make([]int, n)}, x: design(make([]float64, n), make([]float64, n))}
	grain := float64(rapid.IntRange(1, 20).Draw(t, "distinct times"))
	for i := range n {
		d.times.Stop[i] = 1 + math.Floor(grain*r.Float64())
		d.times.Event[i] = r.IntN(2)
		d.x.Columns[0][i], d.x.Columns[1][i] = r.NormFloat64(), float64(r.IntN(2))
	}
	if rapid.Bool().Draw(t, "entry times") {
		d.times.Start = make([]float64, n)
		for i := range n {
			d.times.Start[i] = math.Floor(d.times.Stop[i] * r.Float64() * 0.999)
		}
	}
	if rapid.Bool().Draw(t, "strata") {
		d.o.Strata = Groups{Labels: []string{"a", "b", "c"}, Of: make([]int, n)}
		for i := range n {
			d.o.Strata.Of[i] = r.IntN(3)
		}
	}
	if rapid.Bool().Draw(t, "weights") {
		d.o.Weights, d.o.Offset = make([]float64, n), make([]float64, n)
		for i := range n {
			d.o.Weights[i], d.o.Offset[i] = 0.2+r.Float64(), r.NormFloat64()
		}
	}
	if rapid.Bool().Draw(t, "Breslow") {
		d.o.Ties = Breslow
	}
	return d
}

func (d draws) take(rows []int) draws {
	out := draws{d.times.take(rows), d.x.Take(rows), d.o}
	pick := func(list []float64) []float64 {
		if list == nil {
			return nil
		}
		return stats.Design{Columns: [][]float64{list}}.Take(rows).Columns[0]
	}
	out.o.Weights, out.o.Offset = pick(d.o.Weights), pick(d.o.Offset)
	if d.o.Strata.Of != nil {
		out.o.Strata.Of = make([]int, len(rows))
		for i, r := range rows {
			out.o.Strata.Of[i] = d.o.Strata.Of[r]
		}
	}
	return out
}

// plainSums is the log-likelihood and score from the definition, event by event, without any of the package's shortcuts.
func (d draws) plainSums(beta []float64) (logLik float64, score []float64) {
	score = make([]float64, len(beta))
	n := d.times.Rows()
	eta := d.x.Times(beta)
	weight := make([]float64, n)
	for i := range n {
		weight[i] = 1
		if d.o.Weights != nil {
			weight[i], eta[i] = d.o.Weights[i], eta[i]+d.o.Offset[i]
		}
	}
	seen := map[[2]float64]bool{}
	for i := range n {
		time, stratum := d.times.Stop[i], d.o.Strata.of(i)
		if key := [2]float64{time, float64(stratum)}; d.times.Event[i] == 0 || seen[key] {
			continue
		} else {
			seen[key] = true
		}
		var s0, d0, deaths, mean float64
		s1, d1 := make([]float64, len(beta)), make([]float64, len(beta))
		for j := range n {
			if d.o.Strata.of(j) != stratum || d.times.Stop[j] < time || d.times.Start != nil && d.times.Start[j] >= time {
				continue
			}
			r := weight[j] * math.Exp(eta[j])
			dies := d.times.Event[j] != 0 && d.times.Stop[j] == time
			s0 += r
			for k := range beta {
				s1[k] += r * d.x.Columns[k][j]
			}
			if dies {
				d0, deaths, mean = d0+r, deaths+1, mean+weight[j]
				logLik += weight[j] * eta[j]
				for k := range beta {
					d1[k] += r * d.x.Columns[k][j]
					score[k] += weight[j] * d.x.Columns[k][j]
				}
			}
		}
		for c := 0.0; c < deaths; c++ {
			share := c / deaths
			if d.o.Ties == Breslow {
				share = 0
			}
			logLik -= mean / deaths * math.Log(s0-share*d0)
			for k := range beta {
				score[k] -= mean / deaths * (s1[k] - share*d1[k]) / (s0 - share*d0)
			}
		}
	}
	return logLik, score
}

func TestCoxSumsAreThoseOfTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawCox(t)
		s, err := NewRiskSets(d.times, d.x, d.o)
		if err != nil {
			t.Fatal(err)
		}
		beta := []float64{rapid.Float64Range(-2, 2).Draw(t, "b1"), rapid.Float64Range(-2, 2).Draw(t, "b2")}
		got := sumsOf(t, s, beta)
		logLik, score := d.plainSums(beta)
		agree(t, "log-likelihood", []float64{got.LogLik}, []float64{logLik}, 1e-10)
		agree(t, "score", got.Score, score, 1e-10)
		const h = 1e-5 // the information is minus the derivative of the score
		for k := range beta {
			up, down := slices.Clone(beta), slices.Clone(beta)
			up[k], down[k] = beta[k]+h, beta[k]-h
			_, a := d.plainSums(up)
			_, b := d.plainSums(down)
			for j := range beta {
				slope := (b[j] - a[j]) / (2 * h)
				agree(t, "information", []float64{got.Information.At(j, k)}, []float64{slope}, 1e-6*(1+math.Abs(logLik)))
			}
		}
	})
}

func TestSumsOfStrataAddUpToThoseOfAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawCox(t)
		d.o.Strata = Groups{Labels: []string{"north", "south"}, Of: make([]int, d.times.Rows())}
		for i := range d.o.Strata.Of {
			d.o.Strata.Of[i] = rapid.IntRange(0, 1).Draw(t, "hospital")
		}
		whole, err := NewRiskSets(d.times, d.x, d.o)
		if err != nil {
			t.Fatal(err)
		}
		beta := []float64{0.7, -0.4}
		sum, pairs := fit.NewSums(2), Pairs{}
		for _, rows := range d.o.Strata.members(d.times.Rows()) {
			if len(rows) == 0 {
				continue
			}
			part := d.take(rows)
			part.o.Strata = Groups{} // a hospital knows of no other
			own, err := NewRiskSets(part.times, part.x, part.o)
			if err != nil {
				t.Fatal(err)
			}
			sum.Add(sumsOf(t, own, beta))
			pairs.Add(pairsOf(t, own, beta))
		}
		want := sumsOf(t, whole, beta)
		agree(t, "log-likelihood", []float64{sum.LogLik, sum.Rows}, []float64{want.LogLik, want.Rows}, 1e-10)
		agree(t, "score", sum.Score, want.Score, 1e-10)
		agree(t, "information", sum.Information.Data, want.Information.Data, 1e-9)
		all := pairsOf(t, whole, beta)
		agree(t, "pairs", []float64{pairs.Concordant, pairs.Discordant, pairs.Tied}, []float64{all.Concordant, all.Discordant, all.Tied}, 1e-10)
	})
}

func TestOrderOfRowsDoesNotMatterToACoxModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawCox(t)
		order := rapid.Permutation(numbers(d.times.Rows())).Draw(t, "order")
		shuffled := d.take(order)
		cluster, moved := make([]int, len(order)), make([]int, len(order))
		for i := range cluster {
			cluster[i] = i / 3
		}
		for i, r := range order {
			moved[i] = cluster[r]
		}
		beta := []float64{0.3, 1.2}
		a, _ := NewRiskSets(d.times, d.x, d.o)
		b, _ := NewRiskSets(shuffled.times, shuffled.x, shuffled.o)
		x, _ := a.Meat(beta, cluster)
		y, _ := b.Meat(beta, moved)
		agree(t, "score", sumsOf(t, a, beta).Score, sumsOf(t, b, beta).Score, 1e-10)
		agree(t, "meat", x.Data, y.Data, 1e-9)
		p, q := pairsOf(t, a, beta), pairsOf(t, b, beta)
		agree(t, "pairs", []float64{p.Concordant, p.Tied}, []float64{q.Concordant, q.Tied}, 1e-10)
	})
}

func numbers(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func TestWeightsOfTwoAreRowsTwiceUnderBreslow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawCox(t)
		d.o.Ties, d.o.Offset, d.o.Weights = Breslow, nil, make([]float64, d.times.Rows())
		for i := range d.o.Weights {
			d.o.Weights[i] = 2
		}
		twice := d.take(append(numbers(d.times.Rows()), numbers(d.times.Rows())...))
		twice.o.Weights = nil
		a, _ := NewRiskSets(d.times, d.x, d.o)
		b, _ := NewRiskSets(twice.times, twice.x, twice.o)
		x, y := sumsOf(t, a, []float64{0.5, -1}), sumsOf(t, b, []float64{0.5, -1})
		agree(t, "log-likelihood", []float64{x.LogLik}, []float64{y.LogLik}, 1e-10)
		agree(t, "score", x.Score, y.Score, 1e-10)
		agree(t, "information", x.Information.Data, y.Information.Data, 1e-9)
	})
}

func TestWeightsOfTwoAreRowsTwiceInACurve(t *testing.T) {
	times, g := curveData(200)
	two := make([]float64, 200)
	for i := range two {
		two[i] = 2
	}
	rows := append(numbers(200), numbers(200)...)
	double := Groups{Labels: g.Labels, Of: append(slices.Clone(g.Of), g.Of...)}
	a, err := CountWeighted(times, g, two, false)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Count(times.take(rows), double)
	if err != nil {
		t.Fatal(err)
	}
	one, _ := KaplanMeier(a, LogLog, 0.95)
	other, _ := KaplanMeier(b, LogLog, 0.95)
	near(t, "survival", one[1].Survival, other[1].Survival, 1e-12)
	near(t, "standard error", one[1].SELog, other[1].SELog, 1e-12)
	// Robustly, it is nothing that all rows weigh the same.
	c, _ := CountWeighted(times, g, two, true)
	d, _ := CountWeighted(times, g, slices.Repeat([]float64{1}, 200), true)
	one, _ = KaplanMeier(c, LogLog, 0.95)
	other, _ = KaplanMeier(d, LogLog, 0.95)
	near(t, "robust standard error", one[0].SELog, other[0].SELog, 1e-12)
}

// fitted is a model with enough rows to have a maximum.
func fitted(t testing.TB, times Times, x stats.Design, o CoxOptions) *CoxModel {
	t.Helper()
	s, err := NewRiskSets(times, x, o)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Cox(s, fit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestUnitsAndOriginsDoNotChangeACoxModel(t *testing.T) {
	times, x := coxData(500)
	x = stats.Design{Terms: x.Terms[:2], Columns: x.Columns[:2]}
	a := fitted(t, times, x, CoxOptions{})
	other := stats.Design{Terms: x.Terms, Columns: [][]float64{make([]float64, 500), x.Columns[1]}}
	for i, v := range x.Columns[0] {
		other.Columns[0][i] = 1e6 + 1000*v
	}
	later := Times{Stop: make([]float64, 500), Event: times.Event}
	for i, v := range times.Stop {
		later.Stop[i] = v * v // any rising function of time
	}
	b := fitted(t, later, other, CoxOptions{})
	near(t, "coefficients", []float64{1000 * b.Coef[0], b.Coef[1]}, a.Coef, 1e-8)
	near(t, "tests", []float64{b.LikelihoodRatio.Statistic, b.Score.Statistic, b.Wald.Statistic, b.Pairs().Concordance()},
		[]float64{a.LikelihoodRatio.Statistic, a.Score.Statistic, a.Wald.Statistic, a.Pairs().Concordance()}, 1e-8)
}

// With two groups and no ties the score test of a Cox model is the log-rank test.
func TestScoreTestOfAGroupIsTheLogRankTest(t *testing.T) {
	times, g := curveData(300)
	for i := range times.Stop {
		times.Stop[i] += float64(i) * 1e-5 // no ties
	}
	group := make([]float64, len(g.Of))
	for i, k := range g.Of {
		group[i] = float64(k)
	}
	m := fitted(t, times, design(group), CoxOptions{})
	c, err := Count(times, g)
	if err != nil {
		t.Fatal(err)
	}
	test, err := LogRank(0, c)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "chi-square", []float64{m.Score.Statistic}, []float64{test.ChiSquare}, 1e-9)
}
