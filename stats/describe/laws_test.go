package describe

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"consilium/stats"
)

func near(got, want, rel float64) bool { return math.Abs(got-want) <= rel*(1e-3+math.Abs(want)) }

func drawGroup(t *rapid.T, name string, least int) []float64 {
	whole := rapid.SliceOfN(rapid.IntRange(-6, 6), least, 12).Draw(t, name)
	out := make([]float64, len(whole))
	for i, v := range whole {
		out[i] = float64(v) / 2
	}
	return out
}

func TestSumsOfSitesGiveThePooledMoments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawGroup(t, "a", 1), drawGroup(t, "b", 1)
		shift := rapid.Float64Range(-1e6, 1e6).Draw(t, "shift")
		for i := range a {
			a[i] += shift
		}
		for i := range b {
			b[i] += shift
		}
		want := MomentsOf(slices.Concat(a, b))
		mean := SumsOf(a, 0).Add(SumsOf(b, 0)).Moments().Mean
		got := SumsOf(a, mean).Add(SumsOf(b, mean)).Moments()
		if got.N != want.N || math.Abs(got.Mean-want.Mean) > 1e-12*(1+math.Abs(shift)) || !near(got.Squares, want.Squares, 1e-9) {
			t.Fatalf("%+v instead of %+v", got, want)
		}
	})
}

func TestQuantilesIgnoreOrderAndFollowTheScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawGroup(t, "a", 1)
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		turned := scaled(a, 4)
		slices.Reverse(turned)
		s, r := Summarize(a), Summarize(append(turned, math.NaN()))
		if r.Missing != 1 || 4*s.Quantile7(p) != r.Quantile7(p) || 4*s.Quantile2(p) != r.Quantile2(p) {
			t.Fatal("quantiles differ")
		}
		if s.Quantile7(p) < s.Min || s.Quantile2(p) > s.Max {
			t.Fatal("a quantile lies outside of the values")
		}
	})
}

// allRankSums lists every division of the values instead of counting them.
func allRankSums(first, second []float64) ExactRankSum {
	r := rank(first, second)
	n := len(first)
	size := len(r.ranks)
	w, mean := 0.0, float64(n)*float64(size+1)/2
	for i, g := range r.groups {
		if g == 0 {
			w += r.ranks[i]
		}
	}
	var e ExactRankSum
	all := 0.0
	for chosen := range 1 << size {
		sum, k := 0.0, 0
		for i, v := range r.ranks {
			if chosen>>i&1 == 1 {
				sum, k = sum+v, k+1
			}
		}
		if k != n {
			continue
		}
		all++
		for p, counts := range map[*float64]bool{&e.P: math.Abs(sum-mean) >= math.Abs(w-mean), &e.Less: sum <= w, &e.Greater: sum >= w} {
			if counts {
				*p++
			}
		}
	}
	return ExactRankSum{e.P / all, e.Less / all, e.Greater / all}
}

func TestExactRankSumCountsEveryDivision(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, second := drawGroup(t, "first", 1), drawGroup(t, "second", 1)
		first, second = first[:min(5, len(first))], second[:min(6, len(second))]
		s, err := NewRankSum(first, second)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Exact()
		if err != nil {
			t.Fatal(err)
		}
		want := allRankSums(first, second)
		if !near(got.P, want.P, 1e-12) || !near(got.Less, want.Less, 1e-12) || !near(got.Greater, want.Greater, 1e-12) {
			t.Fatalf("%+v instead of %+v", got, want)
		}
		turned, err := NewRankSum(second, first)
		if err != nil {
			t.Fatal(err)
		}
		if back, _ := turned.Exact(); !near(back.P, got.P, 1e-12) || !near(back.Less, got.Greater, 1e-12) {
			t.Fatal("the groups exchanged give another result")
		}
	})
}

func TestTheMedianDifferenceIsThatOfAllPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, second := drawGroup(t, "first", 1), drawGroup(t, "second", 1)
		var all []float64
		for _, x := range first {
			for _, y := range second {
				all = append(all, x-y)
			}
		}
		s, err := NewRankSum(first, second)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := s.HodgesLehmann(); got != Summarize(all).Median {
			t.Fatalf("%g instead of %g", got, Summarize(all).Median)
		}
	})
}

func TestAnExactTableIgnoresTheOrderOfRowsAndColumns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := make([][]int, rapid.IntRange(2, 4).Draw(t, "rows"))
		width := rapid.IntRange(2, 4).Draw(t, "columns")
		turned := make([][]int, width)
		for i := range table {
			table[i] = rapid.SliceOfN(rapid.IntRange(0, 5), width, width).Draw(t, "row")
			for j := range turned {
				turned[j] = append([]int{table[i][j]}, turned[j]...)
			}
		}
		p, err := FisherExactTable(table)
		if err != nil {
			t.Fatal(err)
		}
		q, err := FisherExactTable(turned)
		if err != nil || !near(p, q, 1e-10) {
			t.Fatalf("%g turned gives %g, %v", p, q, err)
		}
		if len(table) == 2 && width == 2 {
			if e, err := FisherExact([2][2]int{{table[0][0], table[0][1]}, {table[1][0], table[1][1]}}, 0.95); err != nil || !near(p, e.P, 1e-10) {
				t.Fatalf("%g, and as 2×2 %g, %v", p, e.P, err)
			}
		}
	})
}

func TestTheExactLimitsLeaveTheirShareInEachTail(t *testing.T) {
	for _, table := range [][2][2]int{{{3, 7}, {9, 1}}, {{1, 200}, {15, 180}}, {{900, 100}, {850, 150}}, {{40, 1}, {2, 500}}} {
		e, err := FisherExact(table, 0.9)
		if err != nil {
			t.Fatal(err)
		}
		x := table[0][0]
		lower := e.given.at(math.Log(e.Lower)).atLeast(x)
		upper := e.given.at(math.Log(e.Upper)).atMost(x)
		mean := e.given.at(math.Log(e.OddsRatio)).mean()
		if !near(lower, 0.05, 1e-10) || !near(upper, 0.05, 1e-10) || !near(mean, float64(x), 1e-10) {
			t.Errorf("%v: tails %g and %g, mean %g", table, lower, upper, mean)
		}
	}
}

func TestAnImprobableStratifiedCountKeepsItsOddsRatio(t *testing.T) {
	tables := [][2][2]int{{{900, 10}, {12, 880}}, {{700, 8}, {5, 690}}} // p is far below 1e-300
	e, err := ExactMantelHaenszel(tables, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	m, err := CochranMantelHaenszel(tables, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(math.Log(e.OddsRatio/m.OddsRatio)) > 0.05 || !(e.Lower < e.OddsRatio && e.OddsRatio < e.Upper) {
		t.Errorf("odds ratio %g (%g to %g), by Mantel and Haenszel %g", e.OddsRatio, e.Lower, e.Upper, m.OddsRatio)
	}
}

func TestStandardizedDifferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := float64(rapid.IntRange(2, 40).Draw(t, "n"))
		m := float64(rapid.IntRange(2, 40).Draw(t, "m"))
		a := float64(rapid.IntRange(1, int(n)-1).Draw(t, "a"))
		b := float64(rapid.IntRange(1, int(m)-1).Draw(t, "b"))
		d, err := DifferenceOfCategories([]float64{n - a, a}, []float64{m - b, b})
		if err != nil || !near(d, math.Abs(DifferenceOfProportions(a/n, b/m)), 1e-10) {
			t.Fatalf("two categories differ by %g, a binary variable by %g", d, DifferenceOfProportions(a/n, b/m))
		}
		x := []float64{float64(rapid.IntRange(1, 9).Draw(t, "x")), 3, 5, 0}
		y := []float64{4, float64(rapid.IntRange(0, 9).Draw(t, "y")), 7, 0}
		d, err = DifferenceOfCategories(x, y)
		e, err2 := DifferenceOfCategories([]float64{x[2], x[0], x[1]}, []float64{y[2], y[0], y[1]})
		if err != nil || err2 != nil || !near(d, e, 1e-10) {
			t.Fatalf("the order of categories matters: %g, %g", d, e)
		}
	})
}

func TestWhatCannotBeComputedSaysWhy(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, c := range map[string]struct {
		call func() error
		want stats.Problem
	}{
		"t test of nobody":      {func() error { _, err := Welch(nil, []float64{1, 2}, 0.95); return err }, stats.TooFewRows},
		"t test of one value":   {func() error { _, err := Welch([]float64{1, nan}, []float64{1, 2}, 0.95); return err }, stats.TooFewRows},
		"t test of constants":   {func() error { _, err := PooledT([]float64{1, 1}, []float64{2, 2}, 0.95); return err }, stats.OneLevel},
		"t test of infinity":    {func() error { _, err := Welch([]float64{1, inf}, []float64{2, 3}, 0.95); return err }, stats.Invalid},
		"level of 95":           {func() error { _, err := Welch([]float64{1, 2}, []float64{2, 3}, 95); return err }, stats.Invalid},
		"ranks of nobody":       {func() error { _, err := NewRankSum(nil, []float64{1}); return err }, stats.TooFewRows},
		"ranks of equal values": {func() error { s, _ := NewRankSum([]float64{1, 1}, []float64{1}); _, err := s.Normal(true); return err }, stats.OneLevel},
		"shift of infinity": {func() error {
			s, _ := NewRankSum([]float64{1, inf}, []float64{1})
			_, err := s.HodgesLehmann()
			return err
		}, stats.Invalid},
		"too many divisions":    {func() error { s, _ := NewRankSum(normals(1, 2000), normals(2, 2000)); _, err := s.Exact(); return err }, stats.Unsupported},
		"counts beyond numbers": {func() error { _, err := FisherExact([2][2]int{{math.MaxInt, 1}, {math.MaxInt, 1}}, 0.95); return err }, stats.Unsupported},
		"strata beyond numbers": {func() error {
			_, err := ExactMantelHaenszel([][2][2]int{{{1, 2}, {3, 4}}, {{math.MaxInt, 1}, {math.MaxInt, 1}}}, 0.95)
			return err
		}, stats.Unsupported},
		"one group":               {func() error { _, err := KruskalWallis([]float64{1, 2}, []float64{nan}); return err }, stats.TooFewRows},
		"equal groups":            {func() error { _, err := KruskalWallis([]float64{1, 1}, []float64{1}); return err }, stats.OneLevel},
		"one row":                 {func() error { _, err := ChiSquare([][]float64{{1, 2}}, true); return err }, stats.OneLevel},
		"an empty column":         {func() error { _, err := ChiSquare([][]float64{{1, 0}, {3, 0}}, true); return err }, stats.EmptyStratum},
		"half a patient":          {func() error { _, err := ChiSquare([][]float64{{1, 0.5}, {3, 1}}, true); return err }, stats.Invalid},
		"ragged table":            {func() error { _, err := FisherExactTable([][]int{{1, 2}, {3}}); return err }, stats.Invalid},
		"negative count":          {func() error { _, err := FisherExact([2][2]int{{-1, 2}, {3, 1}}, 0.95); return err }, stats.Invalid},
		"3 of 2":                  {func() error { _, err := Wilson(3, 2, 0.95); return err }, stats.Invalid},
		"none of none":            {func() error { _, err := ClopperPearson(0, 0, 0.95); return err }, stats.Invalid},
		"against 1.5":             {func() error { _, err := BinomialTest(1, 2, 1.5); return err }, stats.Invalid},
		"proportions of none":     {func() error { _, err := CompareProportions(0, 0, 1, 2, 0.95); return err }, stats.Invalid},
		"no strata":               {func() error { _, err := CochranMantelHaenszel(nil, 0.95); return err }, stats.EmptyStratum},
		"strata that say nothing": {func() error { _, err := ExactMantelHaenszel([][2][2]int{{{1, 0}, {3, 0}}}, 0.95); return err }, stats.EmptyStratum},
		"categories not shared":   {func() error { _, err := DifferenceOfCategories([]float64{3, 0}, []float64{0, 3}); return err }, stats.NotEstimable},
		"categories of nobody":    {func() error { _, err := DifferenceOfCategories([]float64{0, 0}, []float64{0, 3}); return err }, stats.TooFewRows},
	} {
		if err := c.call(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s := Summarize([]float64{nan}); s.N != 0 || s.Missing != 1 || !math.IsNaN(s.Mean) || !math.IsNaN(s.Median) || !math.IsNaN(s.Quantile2(0.5)) {
		t.Errorf("nothing is summarized as %+v", s)
	}
	if p, err := FisherExactTable(nil); err != nil || p != 1 {
		t.Errorf("no table: %g, %v", p, err)
	}
}

func normals(seed uint64, n int) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]float64, n)
	for i := range out {
		out[i] = r.NormFloat64()
	}
	return out
}

// TestIntervalsCoverAndTestsKeepTheirSize draws 2,000 small studies. A share of 0.95 is then known to ±0.015 (three standard errors).
func TestIntervalsCoverAndTestsKeepTheirSize(t *testing.T) {
	const studies = 2000
	r := rand.New(rand.NewPCG(4, 2))
	covered := map[string]int{}
	count := func(name string, yes bool) {
		if yes {
			covered[name]++
		}
	}
	for range studies {
		a, b := make([]float64, 12), make([]float64, 25)
		for i := range a {
			a[i] = 1 + 3*r.NormFloat64()
		}
		for i := range b {
			b[i] = r.NormFloat64()
		}
		w, err := Welch(a, b, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		count("Welch", w.Lower <= 1 && 1 <= w.Upper)
		for i := range a {
			a[i] = (a[i] - 1) / 3
		}
		s, _ := NewRankSum(a, b)
		exact, err := s.Exact()
		if err != nil {
			t.Fatal(err)
		}
		count("exact rank sum", exact.P > 0.05)
		x1, x2 := 0, 0
		for i := range 80 {
			x1 += b2i(r.Float64() < 0.3)
			x2 += b2i(i < 60 && r.Float64() < 0.2)
		}
		p, err := CompareProportions(x1, 80, x2, 60, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		count("Newcombe", p.Newcombe.Lower <= 0.1 && 0.1 <= p.Newcombe.Upper)
		wilson, _ := Wilson(x1, 80, 0.95)
		count("Wilson", wilson.Lower <= 0.3 && 0.3 <= wilson.Upper)
	}
	for name, n := range covered {
		if share := float64(n) / studies; math.Abs(share-0.95) > 0.016 {
			t.Errorf("%s: %.3f", name, share)
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
