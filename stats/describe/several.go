package describe

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/tail"
)

// FTest is a comparison of the means of several groups.
type FTest struct {
	F, P, Between, Within float64 // statistic, its p value, and its two degrees of freedom
}

// ANOVA compares the means of two groups or more that have one variance (Fisher 1925); missing values are left out.
// It returns OneLevel for fewer than two groups, TooFewRows for no more values than groups, and NotEstimable if nothing varies within groups.
func ANOVA(groups ...[]float64) (FTest, error) {
	const method = "analysis of variance"
	moments, err := severalMoments(method, 1, groups)
	if err != nil {
		return FTest{}, err
	}
	var n, sum, within float64
	for _, m := range moments {
		n += float64(m.N)
		sum += float64(m.N) * m.Mean
		if m.N > 1 {
			within += float64(m.N-1) * m.Variance()
		}
	}
	between := 0.0
	for _, m := range moments {
		between += float64(m.N) * (m.Mean - sum/n) * (m.Mean - sum/n)
	}
	t := FTest{Between: float64(len(moments) - 1), Within: n - float64(len(moments))}
	if !(within > 0) {
		return FTest{}, &stats.Error{Method: method, Problem: stats.NotEstimable, Detail: "nothing varies within the groups"}
	}
	t.F = between / t.Between / (within / t.Within)
	t.P = tail.FUpper(t.F, t.Between, t.Within)
	return t, nil
}

// WelchANOVA compares the means of groups whose variances may differ (Welch, Biometrika 38 (1951) 330-336). Each group has two values or more that vary.
func WelchANOVA(groups ...[]float64) (FTest, error) {
	const method = "Welch's analysis of variance"
	moments, err := severalMoments(method, 2, groups)
	if err != nil {
		return FTest{}, err
	}
	k := float64(len(moments))
	var total, mean float64
	w := make([]float64, len(moments))
	for i, m := range moments {
		v := m.Variance()
		if !(v > 0) {
			return FTest{}, &stats.Error{Method: method, Problem: stats.NotEstimable, Detail: fmt.Sprintf("group %d does not vary", i+1)}
		}
		w[i] = float64(m.N) / v
		total += w[i]
		mean += w[i] * m.Mean
	}
	mean /= total
	var rest, between float64
	for i, m := range moments {
		rest += (1 - w[i]/total) * (1 - w[i]/total) / float64(m.N-1)
		between += w[i] * (m.Mean - mean) * (m.Mean - mean)
	}
	rest /= k*k - 1
	t := FTest{Between: k - 1, Within: 1 / (3 * rest)}
	t.F = between / (k - 1) / (1 + 2*(k-2)*rest)
	t.P = tail.FUpper(t.F, t.Between, t.Within)
	return t, nil
}

func severalMoments(method string, least int, groups [][]float64) ([]Moments, error) {
	if len(groups) < 2 {
		return nil, &stats.Error{Method: method, Problem: stats.OneLevel, Detail: "there are fewer than two groups"}
	}
	out, n := make([]Moments, len(groups)), 0
	for i, g := range groups {
		out[i] = MomentsOf(present(g))
		n += int(out[i].N)
		if int(out[i].N) < least {
			return nil, &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: fmt.Sprintf("group %d has %d values", i+1, int(out[i].N))}
		}
	}
	if n <= len(groups) {
		return nil, &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: fmt.Sprintf("%d values in %d groups", n, len(groups))}
	}
	return out, nil
}

// McNemar compares two answers of the same patients: b changed from no to yes, c from yes to no. The exact test is binomial; the other two are chi-square, with and
// without correction for continuity. Patients who did not change say nothing. NaN if nobody changed.
// McNemar, Psychometrika 12 (1947) 153-157.
func McNemar(b, c int) (exact float64, corrected, plain Test, err error) {
	if b < 0 || c < 0 {
		return 0, Test{}, Test{}, &stats.Error{Method: "McNemar's test", Problem: stats.Invalid, Detail: fmt.Sprintf("counts of %d and %d", b, c)}
	}
	if b+c == 0 {
		return 0, Test{}, Test{}, &stats.Error{Method: "McNemar's test", Problem: stats.NotEstimable, Detail: "nobody changed"}
	}
	if exact, err = BinomialTest(b, b+c, 0.5); err != nil {
		return 0, Test{}, Test{}, err
	}
	of := func(distance float64) Test {
		x := distance * distance / float64(b+c)
		return Test{Statistic: x, P: tail.ChiSquareUpper(x, 1), DF: 1}
	}
	return exact, of(max(0, math.Abs(float64(b-c))-1)), of(float64(b - c)), nil
}

// PairedT compares two measurements of the same patients by the mean of their differences, first minus second; pairs with a missing value are left out.
func PairedT(first, second []float64, level float64) (TTest, int, error) {
	const method = "paired t test"
	if len(first) != len(second) {
		return TTest{}, 0, &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("%d and %d values", len(first), len(second))}
	}
	if err := checkLevel(method, level); err != nil {
		return TTest{}, 0, err
	}
	d, a, b := []float64{}, []float64{}, []float64{}
	for i, v := range first {
		if difference := v - second[i]; !math.IsNaN(difference) {
			d, a, b = append(d, difference), append(a, v), append(b, second[i])
		}
	}
	m := MomentsOf(d)
	if m.N < 2 || !(m.Variance() > 0) {
		return TTest{}, 0, &stats.Error{Method: method, Problem: stats.NotEstimable, Detail: "fewer than two pairs, or all differ by the same"}
	}
	se, df := m.SD()/math.Sqrt(float64(m.N)), float64(m.N-1)
	half := tail.TQuantile((1+level)/2, df) * se
	t := TTest{Statistic: m.Mean / se, DF: df, Lower: m.Mean - half, Upper: m.Mean + half}
	t.P = tail.TwoSidedT(t.Statistic, df)
	t.Means = [2]float64{MomentsOf(a).Mean, MomentsOf(b).Mean}
	return t, len(d), nil
}

// Adjusted are p values for several questions at once, in the order that was given. holm holds the chance of any false answer (Holm, Scand J Statist 6 (1979) 65-70),
// as bonferroni does with less power and hochberg with more for independent tests (Biometrika 75 (1988) 800-802); bh holds the expected share of false answers among
// those found (Benjamini and Hochberg, JRSS B 57 (1995) 289-300), by also under any dependence (Benjamini and Yekutieli, Annals of Statistics 29 (2001) 1165-1188).
// Missing p values stay missing and are not counted.
func Adjusted(p []float64, by string) ([]float64, error) {
	var order []int
	for i, v := range p {
		if v < 0 || v > 1 {
			return nil, &stats.Error{Method: "adjusted p values", Problem: stats.Invalid, Detail: fmt.Sprintf("number %d is %g", i+1, v)}
		}
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	n := float64(len(order))
	harmonic := 0.0
	for k := range order {
		harmonic += 1 / float64(k+1)
	}
	factor := map[string]func(rank float64) float64{
		"bonferroni": func(float64) float64 { return n }, "holm": func(r float64) float64 { return n - r + 1 }, "hochberg": func(r float64) float64 { return n - r + 1 },
		"bh": func(r float64) float64 { return n / r }, "by": func(r float64) float64 { return harmonic * n / r }}[by]
	if factor == nil {
		return nil, &stats.Error{Method: "adjusted p values", Problem: stats.Unsupported, Variable: by, Detail: "there are bonferroni, holm, hochberg, bh and by"}
	}
	out := slices.Repeat([]float64{math.NaN()}, len(p))
	for k, i := range order {
		out[i] = min(1, p[i]*factor(float64(k+1)))
	}
	if by == "holm" { // never below that of a smaller p
		for k := 1; k < len(order); k++ {
			out[order[k]] = max(out[order[k]], out[order[k-1]])
		}
	}
	if by == "hochberg" || by == "bh" || by == "by" { // never above that of a larger one
		for k := len(order) - 2; k >= 0; k-- {
			out[order[k]] = min(out[order[k]], out[order[k+1]])
		}
	}
	return out, nil
}
