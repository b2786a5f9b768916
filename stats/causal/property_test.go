package causal

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"consilium/stats"
)

// someArms draws n arms with at least two rows in each.
func someArms(t *rapid.T, n int) Arms {
	a := Arms{Name: "treat", Treated: make([]bool, n)}
	for i := range a.Treated {
		a.Treated[i] = rapid.Bool().Draw(t, "treated")
	}
	a.Treated[0], a.Treated[1], a.Treated[2], a.Treated[3] = true, true, false, false
	return a
}

// plainly matches by looking at every control for every treated row.
func plainly(a Arms, distance []float64, caliper float64) []Pair {
	turns := a.rows(true)
	slices.SortStableFunc(turns, func(p, q int) int {
		switch d := distance[q] - distance[p]; {
		case d > near:
			return 1
		case d < -near:
			return -1
		}
		return 0
	})
	used := map[int]bool{}
	var pairs []Pair
	for _, t := range turns {
		best, at := math.Inf(1), -1
		for _, c := range a.rows(false) {
			if d := math.Abs(distance[t] - distance[c]); !used[c] && d <= caliper+near && d < best-near {
				best, at = d, c
			}
		}
		if at >= 0 {
			used[at] = true
			pairs = append(pairs, Pair{t, at})
		}
	}
	slices.SortFunc(pairs, func(p, q Pair) int { return p.Treated - q.Treated })
	return pairs
}

func TestMatchingIsThePlainGreedyRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(4, 60).Draw(t, "n")
		a := someArms(t, n)
		steps := rapid.IntRange(1, 40).Draw(t, "steps") // few levels: many ties
		distance := make([]float64, n)
		for i := range distance {
			distance[i] = float64(rapid.IntRange(0, steps).Draw(t, "level")) / 8
			distance[i] += float64(rapid.IntRange(-3, 3).Draw(t, "rounding")) * 1e-16
		}
		caliper := rapid.SampledFrom([]float64{0, 0.125, 0.3, 1, math.Inf(1)}).Draw(t, "caliper")
		want := plainly(a, distance, caliper)
		m, err := Match(a, distance, caliper, Largest)
		if err != nil {
			if len(want) > 0 {
				t.Fatalf("%v, where the rule finds %v", err, want)
			}
			return
		}
		if !slices.Equal(m.Pairs, want) {
			t.Fatalf("got %v, want %v", m.Pairs, want)
		}
		if len(m.Pairs)+len(m.Unmatched) != a.count() {
			t.Fatalf("%d pairs and %d unmatched of %d treated", len(m.Pairs), len(m.Unmatched), a.count())
		}
	})
}

// trial is a comparison of n rows with two covariates that lead to both treatment and outcome; the effect on y is 1 for everybody.
func trial(n int, seed uint64) (a Arms, x stats.Design, y []float64) {
	r := rand.New(rand.NewPCG(seed, 1))
	columns := [][]float64{make([]float64, n), make([]float64, n)}
	treated := make([]float64, n)
	y = make([]float64, n)
	for i := range n {
		u, v := r.NormFloat64(), float64(r.IntN(2))
		columns[0][i], columns[1][i] = u, v
		if r.Float64() < 1/(1+math.Exp(-(-0.5+0.7*u+0.5*v))) {
			treated[i] = 1
		}
		y[i] = treated[i] + u - 0.5*v + r.NormFloat64()
	}
	a, err := NewArms("treat", treated)
	if err != nil {
		panic(err)
	}
	return a, stats.NewDesign([]string{"u", "v"}, columns, n), y
}

// results are the numbers that a permutation or a scaling must leave alone.
func results(t testing.TB, a Arms, x stats.Design, y []float64) []float64 {
	t.Helper()
	s, err := Propensity(a, x)
	if err != nil {
		t.Fatal(err)
	}
	var out []float64
	for _, target := range []Target{ATE, Stabilized, ATT, ATC, Overlap} {
		w, err := Weights(a, s.Probability, target)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Compare(a, y, w)
		if err != nil {
			t.Fatal(err)
		}
		e, err := Stacked(a, y, s, target)
		if err != nil {
			t.Fatal(err)
		}
		balance, err := Balance(a, x, w)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c.Difference, c.SEHC0, c.SEHC1, c.ESSTreated, c.ESSUntreated, e.SE, e.SETreated)
		for _, b := range balance {
			out = append(out, b.Unweighted, b.Weighted)
		}
	}
	d, err := AIPW(a, y, s.Probability, x, Gaussian)
	if err != nil {
		t.Fatal(err)
	}
	return append(out, d.Difference, d.SE, d.GFormula, s.C(a))
}

func same(t testing.TB, got, want []float64, rel float64) {
	t.Helper()
	for i := range want {
		if math.Abs(got[i]-want[i]) > rel*(math.Abs(want[i])+1e-3) {
			t.Errorf("number %d: %.12g, not %.12g", i, got[i], want[i])
		}
	}
}

func TestTheOrderOfRowsDoesNotMatter(t *testing.T) {
	a, x, y := trial(300, 1)
	rows := rand.New(rand.NewPCG(2, 2)).Perm(300)
	b := Arms{Name: a.Name, Treated: make([]bool, 300)}
	z := make([]float64, 300)
	for k, i := range rows {
		b.Treated[k], z[k] = a.Treated[i], y[i]
	}
	same(t, results(t, b, x.Take(rows), z), results(t, a, x, y), 1e-9)
}

func TestTheScaleOfACovariateDoesNotMatter(t *testing.T) {
	a, x, y := trial(300, 3)
	scaled := stats.Design{Terms: x.Terms, Columns: [][]float64{x.Columns[0], x.Columns[1], slices.Clone(x.Columns[2])}}
	for i, v := range scaled.Columns[2] {
		scaled.Columns[2][i] = 1000*v + 50
	}
	same(t, results(t, a, scaled, y), results(t, a, x, y), 1e-8)
}

func TestExchangingTheArmsTurnsTheEffectRound(t *testing.T) {
	a, x, y := trial(300, 4)
	b := Arms{Name: a.Name, Treated: make([]bool, 300)}
	for i, treated := range a.Treated {
		b.Treated[i] = !treated
	}
	for target, other := range map[Target]Target{ATE: ATE, ATT: ATC, ATC: ATT, Overlap: Overlap} {
		s, err := Propensity(a, x)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Propensity(b, x)
		if err != nil {
			t.Fatal(err)
		}
		one, err := Stacked(a, y, s, target)
		if err != nil {
			t.Fatal(err)
		}
		two, err := Stacked(b, y, r, other)
		if err != nil {
			t.Fatal(err)
		}
		same(t, []float64{-two.Difference, two.SE}, []float64{one.Difference, one.SE}, 1e-9)
	}
}

func TestEveryRowTwiceHalvesTheVariance(t *testing.T) {
	a, x, y := trial(250, 5)
	b := Arms{Name: a.Name, Treated: append(slices.Clone(a.Treated), a.Treated...)}
	twice := stats.Design{Terms: x.Terms}
	for _, c := range x.Columns {
		twice.Columns = append(twice.Columns, append(slices.Clone(c), c...))
	}
	s, err := Propensity(a, x)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Propensity(b, twice)
	if err != nil {
		t.Fatal(err)
	}
	one, err := Stacked(a, y, s, ATT)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Stacked(b, append(slices.Clone(y), y...), r, ATT)
	if err != nil {
		t.Fatal(err)
	}
	same(t, []float64{two.Difference, two.SE * math.Sqrt2}, []float64{one.Difference, one.SE}, 1e-9)
}

// A weight of 2 is a row that is there twice, as far as means and balance go.
func TestWeightsOfTwoBalanceLikeDoubledRows(t *testing.T) {
	a, x, y := trial(100, 6)
	w := make([]float64, 100)
	var rows []int
	for i := range w {
		w[i] = float64(1 + i%2)
		for range 1 + i%2 {
			rows = append(rows, i)
		}
	}
	b := Arms{Name: a.Name, Treated: make([]bool, len(rows))}
	z, ones := make([]float64, len(rows)), make([]float64, len(rows))
	for k, i := range rows {
		b.Treated[k], z[k], ones[k] = a.Treated[i], y[i], 1
	}
	one, err := Compare(a, y, w)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Compare(b, z, ones)
	if err != nil {
		t.Fatal(err)
	}
	m1, m0 := a.means(x.Columns[1], w)
	n1, n0 := b.means(x.Take(rows).Columns[1], ones)
	same(t, []float64{two.MeanTreated, two.MeanUntreated, n1, n0}, []float64{one.MeanTreated, one.MeanUntreated, m1, m0}, 1e-12)
}

func TestACovariateThatVariesInNeitherArmIsBalancedOrInfinitelyFar(t *testing.T) {
	a := Arms{Name: "treat", Treated: []bool{true, false, true, false, false}}
	x := stats.Design{Terms: []string{"same", "apart"}, Columns: [][]float64{{0.1, 0.1, 0.1, 0.1, 0.1}, {0, 0.1, 0, 0.1, 0.1}}}
	balance, err := Balance(a, x, []float64{0.3, 0.1, 0.7, 1.1, 0.9})
	if err != nil {
		t.Fatal(err)
	}
	if want := []Imbalance{{"same", 0, 0}, {"apart", math.Inf(-1), math.Inf(-1)}}; !slices.Equal(balance, want) {
		t.Errorf("got %v", balance)
	}
}

func TestOverlapWeightsBalanceTheMeansOfTheScoresCovariatesExactly(t *testing.T) {
	a, x, _ := trial(200, 7)
	s, err := Propensity(a, x)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Weights(a, s.Probability, Overlap)
	if err != nil {
		t.Fatal(err)
	}
	balance, err := Balance(a, x, w)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range balance {
		if math.Abs(b.Weighted) > 1e-10 {
			t.Errorf("%s is out of balance by %g", b.Covariate, b.Weighted)
		}
	}
}

// The effect is 1. Of 300 trials, 95 % intervals cover it in 285; 272 to 296 are within three Monte-Carlo standard errors.
func TestIntervalsCoverTheEffectAsOftenAsTheySay(t *testing.T) {
	const trials = 300
	covered := map[string]int{}
	for seed := range uint64(trials) {
		a, x, y := trial(400, 1000+seed)
		s, err := Propensity(a, x)
		if err != nil {
			t.Fatal(err)
		}
		cover := func(name string, estimate, se float64) {
			if math.Abs(estimate-1) <= 1.959964*se {
				covered[name]++
			}
		}
		for _, target := range []Target{ATE, ATT, Overlap} {
			e, err := Stacked(a, y, s, target)
			if err != nil {
				t.Fatal(err)
			}
			cover(string(target), e.Difference, e.SE)
		}
		d, err := AIPW(a, y, s.Probability, x, Gaussian)
		if err != nil {
			t.Fatal(err)
		}
		cover("doubly robust", d.Difference, d.SE)
	}
	for name, n := range covered {
		if n < 272 || n > 296 {
			t.Errorf("%s: %d of %d intervals cover the effect", name, n, trials)
		}
	}
}
