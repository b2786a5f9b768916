package analysis

import (
	"errors"
	"math"

	"consilium/stats"
	"consilium/stats/describe"
)

// describeMethods are summaries, tests of groups, and tables, of package describe.
//
// Groups and the rows and columns of tables stand in the natural order of their values: 0 before 1, words by the alphabet. The "first" group is g0.
func describeMethods() []Method {
	sample := []Parameter{
		{Name: "y", Kind: Variable, Needed: true, Example: "age", About: "the values that are compared"},
		{Name: "group", Kind: Variable, Needed: true, Example: "technique", About: "the groups, in the order of their values: numbers by size, words by the alphabet"},
	}
	return []Method{
		{Name: "descriptive", About: "who are the patients: means, medians, quantiles, standardized differences of two groups", Result: object{}, compute: descriptive,
			Parameters: []Parameter{
				{Name: "continuous", Kind: Variables, Example: []any{"age"}, About: "variables that are numbers"},
				{Name: "binary", Kind: Variables, Example: []any{"female"}, About: "variables of two values"},
				{Name: "categorical", Kind: Variables, Example: []any{"grade"}, About: "variables of several values"},
				{Name: "group", Kind: Variable, Example: "technique", About: "two groups to compare"}}},
		{Name: "federated_descriptive", About: "mean and spread over hospitals that give sums only", Result: object{}, compute: federatedDescriptive,
			Parameters: []Parameter{{Name: "variable", Kind: Variable, Needed: true, Example: "age", About: "the variable"}, siteKey}},
		{Name: "t_test", About: "do the means of two groups differ", Parameters: join(sample, []Parameter{level}), Result: object{}, compute: tTest},
		{Name: "wilcoxon_rank_sum", About: "does one of two groups tend to larger values", Parameters: join(sample, []Parameter{level}), Result: object{}, compute: rankSum},
		{Name: "kruskal_wallis", About: "does one of several groups tend to other values", Parameters: sample, Result: object{}, compute: kruskalWallis},
	}
}

// siteKey names the hospitals of an analysis to which each gives sums only.
var siteKey = Parameter{Name: "site", Kind: Variable, Needed: true, Example: "hospital", About: "the hospital of each row, which sees no other's"}

// level is the confidence level of limits.
func (in Input) level() float64 { return in.Spec.Number(level.Name, 0.95) }

func descriptive(in Input) (any, error) {
	t, spec := in.Table, in.Spec
	all, err := summaries(t, spec.Texts("continuous"))
	if err != nil {
		return nil, err
	}
	out := object{"all": all}
	if !spec.Has("group") {
		return out, nil
	}
	first, second, err := twoGroups(t, spec.Text("group"))
	if err != nil {
		return nil, err
	}
	byGroup, smd, counts := object{}, object{}, object{}
	out["by_group"], out["smd"], out["counts"] = byGroup, smd, counts
	for name, group := range map[string]*stats.Table{"g0": first, "g1": second} {
		if byGroup[name], err = summaries(group, spec.Texts("continuous")); err != nil {
			return nil, err
		}
	}
	for _, name := range spec.Texts("continuous") {
		a, _ := first.Numbers(name)
		b, _ := second.Numbers(name)
		smd[name] = describe.DifferenceOfMeans(b, a)
	}
	for _, name := range spec.Texts("binary") {
		a, err := byGroups(t, spec.Text("group"), name)
		if err != nil {
			return nil, err
		}
		if len(a.columns) > 2 {
			return nil, &stats.Error{Problem: stats.Invalid, Variable: name, Detail: "it has more than two values: " + list(a.columns), Advice: "Name it among the categorical ones"}
		}
		x0, n0 := share(a, 0)
		x1, n1 := share(a, 1)
		counts[name] = object{"g0": x0, "n0": n0, "g1": x1, "n1": n1}
		smd[name] = describe.DifferenceOfProportions(x1/n1, x0/n0)
	}
	return out, categoricalDifferences(in, smd)
}

func categoricalDifferences(in Input, smd object) error {
	for _, name := range in.Spec.Texts("categorical") {
		a, err := byGroups(in.Table, in.Spec.Text("group"), name)
		if err != nil {
			return err
		}
		difference, err := describe.DifferenceOfCategories(a.counts[1], a.counts[0])
		if err != nil && !errors.Is(err, stats.NotEstimable) {
			return err
		}
		smd[name] = difference
	}
	return nil
}

// byGroups counts the values of a variable in two groups, each of which must have some.
func byGroups(t *stats.Table, group, name string) (crossTable, error) {
	c, err := cross(t, group, name)
	if err == nil && len(c.counts) != 2 {
		err = &stats.Error{Problem: stats.TooFewRows, Variable: name, Detail: "a group has no value of it"}
	}
	return c, err
}

// share is how many of a group have the value 1 of a binary variable, or its later value, and how many have any.
func share(t crossTable, group int) (x, n float64) {
	for j, label := range t.columns {
		n += t.counts[group][j]
		if j == 1 || len(t.columns) == 1 && label != "0" {
			x += t.counts[group][j]
		}
	}
	return x, n
}

func summaries(t *stats.Table, names []string) (object, error) {
	out := object{}
	for _, name := range names {
		values, err := t.Numbers(name)
		if err != nil {
			return nil, err
		}
		s := describe.Summarize(values)
		out[name] = object{"n": s.N, "missing": s.Missing, "mean": s.Mean, "sd": s.SD, "se": s.SE, "min": s.Min, "max": s.Max, "median": s.Median,
			"q25_type7": s.Quantile7(0.25), "q75_type7": s.Quantile7(0.75), "q25_type2": s.Quantile2(0.25), "q75_type2": s.Quantile2(0.75),
			"q10_type7": s.Quantile7(0.1), "q90_type7": s.Quantile7(0.9), "q10_type2": s.Quantile2(0.1), "q90_type2": s.Quantile2(0.9)}
	}
	return out, nil
}

// federatedDescriptive adds up what each site may send: first its sums, then, from the mean that they gave, its sums of squares.
func federatedDescriptive(in Input) (any, error) {
	name := in.Spec.Text("variable")
	values, err := in.Table.Numbers(name)
	if err != nil {
		return nil, err
	}
	labels, codes, err := levels(in.Table, in.Spec.Text("site"))
	if err != nil {
		return nil, err
	}
	bySite := make([][]float64, len(labels))
	for i, v := range values {
		if codes[i] >= 0 && !math.IsNaN(v) {
			bySite[codes[i]] = append(bySite[codes[i]], v)
		}
	}
	pooled := func(origin float64) describe.Moments {
		sums := describe.Sums{Origin: origin}
		for _, site := range bySite {
			sums = sums.Add(describe.SumsOf(site, origin))
		}
		return sums.Moments()
	}
	all, sites := pooled(pooled(0).Mean), object{}
	for i, site := range bySite {
		m := describe.MomentsOf(site)
		sites[labels[i]] = object{"n": m.N, "mean": m.Mean, "sd": m.SD()}
	}
	return object{"n": all.N, "mean": all.Mean, "sd": all.SD(), "sites": sites}, nil
}

func tTest(in Input) (any, error) {
	first, second, err := twoSamples(in)
	if err != nil {
		return nil, err
	}
	welch, err := describe.Welch(first, second, in.level())
	if err != nil {
		return nil, err
	}
	pooled, err := describe.PooledT(first, second, in.level())
	if err != nil {
		return nil, err
	}
	result := func(t describe.TTest) object {
		return object{"statistic": t.Statistic, "p": t.P, "df": t.DF, "ci": []float64{t.Lower, t.Upper}, "estimate": t.Means[:]}
	}
	return object{"groups": groupsOfTwo(in), "welch": result(welch), "pooled": result(pooled)}, nil
}

func rankSum(in Input) (any, error) {
	first, second, err := twoSamples(in)
	if err != nil {
		return nil, err
	}
	s, err := describe.NewRankSum(first, second)
	if err != nil {
		return nil, err
	}
	out := object{"groups": groupsOfTwo(in)}
	for name, continuity := range map[string]bool{"continuity": true, "no_continuity": false} {
		test, err := s.Normal(continuity)
		if err != nil {
			return nil, err
		}
		out[name] = object{"statistic": test.Statistic, "p": test.P}
	}
	exact, err := s.Exact()
	switch {
	case errors.Is(err, stats.Unsupported): // too large to count: the other results stand
	case err != nil:
		return nil, err
	default:
		out["exact_conditional"] = object{"W_midrank_sum": s.W, "p_two_sided": exact.P, "p_less": exact.Less, "p_greater": exact.Greater}
		if !s.Ties() {
			out["exact"] = object{"statistic": s.U, "p": exact.P}
		}
	}
	median, err := s.HodgesLehmann()
	if err != nil {
		return nil, err
	}
	shift, err := s.InvertNormal(in.level())
	if err != nil {
		return nil, err
	}
	out["hodges_lehmann"] = object{"median_of_differences": median, "estimate_uniroot": shift.Estimate, "ci_uniroot": []float64{shift.Lower, shift.Upper}}
	return out, nil
}

func kruskalWallis(in Input) (any, error) {
	y, err := in.Table.Numbers(in.Spec.Text("y"))
	if err != nil {
		return nil, err
	}
	labels, codes, err := levels(in.Table, in.Spec.Text("group"))
	if err != nil {
		return nil, err
	}
	groups := make([][]float64, len(labels))
	for i, v := range y {
		if codes[i] >= 0 {
			groups[codes[i]] = append(groups[codes[i]], v)
		}
	}
	test, err := describe.KruskalWallis(groups...)
	if err != nil {
		return nil, err
	}
	return object{"statistic": test.Statistic, "p": test.P, "df": test.DF}, nil
}

// twoSamples are the values of y in the two groups.
func twoSamples(in Input) (first, second []float64, err error) {
	a, b, err := twoGroups(in.Table, in.Spec.Text("group"))
	if err != nil {
		return nil, nil, err
	}
	if first, err = a.Numbers(in.Spec.Text("y")); err != nil {
		return nil, nil, err
	}
	second, err = b.Numbers(in.Spec.Text("y"))
	return first, second, err
}

// groupsOfTwo are the names of the two groups, the first one first.
func groupsOfTwo(in Input) []string {
	labels, _, err := levels(in.Table, in.Spec.Text("group"))
	if err != nil {
		return nil
	}
	return labels
}

// twoGroups divides the rows by a variable of two values; rows without one are left out.
func twoGroups(t *stats.Table, group string) (first, second *stats.Table, err error) {
	labels, codes, err := levels(t, group)
	if err != nil {
		return nil, nil, err
	}
	if len(labels) != 2 {
		problem := stats.Invalid
		if len(labels) < 2 {
			problem = stats.OneLevel
		}
		return nil, nil, &stats.Error{Problem: problem, Variable: group, Detail: "two groups are compared, and it has " + list(labels)}
	}
	return t.Keep(func(i int) bool { return codes[i] == 0 }), t.Keep(func(i int) bool { return codes[i] == 1 }), nil
}
