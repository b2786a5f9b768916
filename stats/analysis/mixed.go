package analysis

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"consilium/stats"
	"consilium/stats/formula"
	"consilium/stats/mixed"
	"consilium/stats/tail"
)

// mixedMethods are those of patients within centers. Each names an outcome, numeric predictors and the groups; rows that miss any of them are left out.
func mixedMethods() []Method {
	offset := Parameter{Name: "offset", Kind: Expression, Example: "log(days)", About: "a term with the coefficient 1"}
	group := Parameter{Name: "group", Kind: Variable, Example: "hospital", About: "the centers or surgeons whose patients resemble each other; (1 | hospital) in a formula"}
	return []Method{
		{Name: "logistic_mixed", About: "an outcome of yes or no, with a random intercept (and slopes) for each center", Result: object{}, compute: logisticMixed,
			Parameters: join(outcomeKeys, []Parameter{group, slopesKey, offset, level, {Name: "nAGQ", Kind: Whole, Default: 1.0, Example: 10.0, About: "points of adaptive quadrature; 1 is Laplace's approximation"}})},
		{Name: "linear_mixed", About: "a number, with a random intercept (and slopes) for each center, and Satterthwaite's degrees of freedom", Parameters: join(outcomeKeys, []Parameter{group, slopesKey, offset, level}), Result: object{}, compute: linearMixed},
		{Name: "count_mixed", About: "a count or a rate, with a random intercept (and slopes) for each center: Poisson or negative binomial", Result: CountMixed{}, compute: countMixed,
			Parameters: join(outcomeKeys, []Parameter{group, slopesKey, offset, level,
				{Name: "family", Kind: Choice, Choices: []string{"poisson", "negative_binomial"}, Default: "poisson", Example: "negative_binomial", About: "distribution of the counts of one center"}})},
		{Name: "ordinal_mixed", About: "an outcome in grades, with a random intercept (and slopes) for each center: proportional odds", Result: OrdinalMixed{}, compute: ordinalMixed, categories: true,
			Parameters: join(outcomeKeys, []Parameter{group, slopesKey, orderKey, level})},
		{Name: "center_ranks", About: "which centers or surgeons are better, how sure is it: shrunken effects, and the distribution of ranks", Result: CenterRanks{}, compute: centerRanks,
			Parameters: join(outcomeKeys, []Parameter{group, offset, level,
				{Name: "family", Kind: Choice, Choices: []string{"binomial", "poisson", "gaussian"}, Default: "binomial", Example: "gaussian", About: "distribution of the outcome"}})},
		{Name: "gee", About: "averages over centers by estimating equations with robust errors", Result: object{}, compute: estimatingEquations,
			Parameters: join(outcomeKeys, []Parameter{offset, level,
				{Name: "id", Kind: Variable, Example: "hospital", Aliases: []string{"cluster"}, About: "rows of one value may resemble each other"},
				{Name: "family", Kind: Choice, Choices: []string{"gaussian", "binomial", "poisson"}, Default: "gaussian", Example: "binomial", About: "distribution of the outcome"},
				{Name: "corstr", Kind: Choice, Choices: []string{"independence", "exchangeable"}, Default: "independence", Example: "exchangeable", About: "working correlation within a cluster"}})},
	}
}

// grouped is what these methods have in common.
type grouped struct {
	y, offset []float64 // offset is nil if there is none
	x         stats.Design
	slopes    stats.Design // what varies between groups beside their intercept
	labels    []string     // of the groups, in their natural order
	codes     []int
}

// newGrouped reads the outcome, the predictors, the offset and the groups, which the key names. others are keys of groups that the method does not have.
func newGrouped(in Input, key string, others ...string) (*grouped, error) {
	outcome, group, names := in.Spec.Text("outcome"), in.Spec.Text(key), in.Spec.Texts("predictors")
	if in.Table == nil {
		return nil, &stats.Error{Problem: stats.Invalid, Variable: outcome, Detail: "there is no data set"}
	}
	if err := without(in.Spec, append(others, "weights", "strata")...); err != nil {
		return nil, err
	}
	varying := in.Spec.Texts("slopes")
	used, t := slices.Concat([]string{outcome, group}, names, varying), in.Table
	const shift = "(offset)"
	if expression := in.Spec.Text("offset"); expression != "" {
		values, err := formula.Evaluate(expression, t)
		if err != nil {
			return nil, err
		}
		t = t.With(append(slices.Clone(t.Columns), stats.Column{Name: shift, Numbers: values}))
		used = append(used, shift)
	}
	t, err := in.complete(t, used...)
	if err != nil {
		return nil, err
	}
	g := &grouped{}
	if g.y, err = t.Numbers(outcome); err != nil {
		return nil, err
	}
	if g.x, err = predictors(t, names); err != nil {
		return nil, err
	}
	if slices.Contains(used, shift) {
		if g.offset, err = t.Numbers(shift); err != nil {
			return nil, err
		}
	}
	if g.slopes, err = slopesOf(t, varying); err != nil {
		return nil, err
	}
	c, err := t.Column(group)
	if err != nil {
		return nil, err
	}
	g.labels, g.codes = groupsOf(c)
	return g, nil
}

// groupsOf numbers the values of a column in their natural order, words or numbers.
func groupsOf(c stats.Column) (labels []string, codes []int) {
	if c.Texts != nil {
		return stats.Groups(c.Texts)
	}
	values, codes := stats.Groups(c.Numbers)
	for _, v := range values {
		if v == math.Trunc(v) && math.Abs(v) < 1e15 {
			labels = append(labels, strconv.FormatInt(int64(v), 10))
		} else {
			labels = append(labels, strconv.FormatFloat(v, 'g', 15, 64))
		}
	}
	return labels, codes
}

func logisticMixed(in Input) (any, error) {
	g, err := newGrouped(in, "group", "cluster")
	if err != nil {
		return nil, err
	}
	points, err := in.wholeNumber("nAGQ", 1)
	if err != nil {
		return nil, err
	}
	if points == 0 {
		return nil, &stats.Error{Problem: stats.Unsupported, Variable: "nAGQ", Detail: "0 points", Advice: "Take 1 for Laplace's approximation"}
	}
	if g.slopes.Width() > 0 {
		return logisticSlopes(in, g, points)
	}
	m, err := mixed.Logistic(g.y, g.x, g.codes, mixed.Options{Points: points, Offset: g.offset})
	if err != nil {
		return nil, err
	}
	result := waldTests(in, m.Terms, m.Coef, m.SE())
	result["or"] = exponentials(m.Coef)
	result["effects"] = fitted{terms: m.Terms, coef: m.Coef, covariance: m.Covariance, df: math.Inf(1), level: in.level(), x: g.x, events: g.y}.effects(in.Spec)
	result["se_full_hessian"] = m.SE()
	result["vcov"] = m.Covariance.Rows()
	result["sd"], result["var"] = m.SD, m.SD*m.SD
	result["icc_latent"], result["mor"] = m.ICC(), m.MedianOddsRatio()
	result["minus2loglik"], result["loglik"] = -2*m.LogLik, m.LogLik
	result["groups"], result["n"], result["singular"] = len(g.labels), len(g.y), m.Singular
	result["ranef_first"] = object{"group": firstSix(g.labels), "mode": firstSix(m.Modes)}
	result["ranef"] = object{"group": g.labels, "mode": m.Modes}
	return result, nil
}

func linearMixed(in Input) (any, error) {
	g, err := newGrouped(in, "group", "cluster")
	if err != nil {
		return nil, err
	}
	if g.offset != nil {
		for i, o := range g.offset {
			g.offset[i] = g.y[i] - o
		}
		g.y = g.offset
	}
	if g.slopes.Width() > 0 {
		return linearSlopes(in, g)
	}
	result := object{}
	for name, ml := range map[string]bool{"reml": false, "ml": true} {
		m, err := mixed.Linear(g.y, g.x, g.codes, mixed.LinearOptions{ML: ml})
		if err != nil {
			return nil, err
		}
		fields := waldTests(in, m.Terms, m.Coef, m.SE()) // normal: with few groups they are too narrow
		maps.Copy(fields, object{
			"vcov":      m.Covariance.Rows(),
			"var_group": m.VarGroup, "var_residual": m.VarResidual, "icc": m.ICC(), "criterion": m.Criterion, "n": m.N, "groups": m.Groups, "singular": m.Singular,
			"blup_first": object{"group": firstSix(g.labels), "value": firstSix(m.BLUP)}, "blup": object{"group": g.labels, "value": m.BLUP},
		})
		result[name] = fields
	}
	result["satterthwaite"] = smallSample(in, g)
	return result, nil
}

func estimatingEquations(in Input) (any, error) {
	key := "id"
	if !in.Spec.Has(key) && in.Spec.Has("cluster") {
		key = "cluster"
	}
	g, err := newGrouped(in, key, "group", "slopes")
	if err != nil {
		return nil, err
	}
	o := mixed.GEEOptions{Family: mixed.Gaussian, Correlation: mixed.Independence, Offset: g.offset} // as geeglm
	if family := in.Spec.Text("family"); family != "" {
		o.Family = mixed.Family(family)
	}
	if correlation := in.Spec.Text("corstr"); correlation != "" {
		o.Correlation = mixed.Correlation(correlation)
	}
	m, err := mixed.GEE(g.y, g.x, g.codes, o)
	if err != nil {
		return nil, err
	}
	result := waldTests(in, m.Terms, m.Coef, m.SE())
	result["naive_se"], result["vcov"] = m.NaiveSE(), m.Covariance.Rows()
	result["scale"], result["alpha"], result["admissible"] = m.Scale, m.Alpha, m.Admissible
	result["clusters"], result["max_cluster"], result["n"] = m.Clusters, m.MaxCluster, m.N
	return result, nil
}

// waldTests is a table of coefficients with their normal tests and limits.
func waldTests(in Input, terms []string, coef, se []float64) object {
	z := tail.NormalCritical(in.level())
	statistic, p, lower, upper := make([]float64, len(coef)), make([]float64, len(coef)), make([]float64, len(coef)), make([]float64, len(coef))
	for i, b := range coef {
		statistic[i] = b / se[i]
		p[i] = tail.TwoSidedNormal(statistic[i])
		lower[i], upper[i] = b-z*se[i], b+z*se[i]
	}
	return object{"terms": terms, "coef": coef, "se": se, "statistic": statistic, "p": p, "wald_lower": lower, "wald_upper": upper}
}

func exponentials(values []float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = math.Exp(v)
	}
	return out
}

// firstSix are the first six of a list, as R's head.
func firstSix[T any](list []T) []T { return list[:min(6, len(list))] }

// wholeNumber reads a whole number.
func (in Input) wholeNumber(key string, absent int) (int, error) {
	v := in.Spec.Number(key, float64(absent))
	if v != math.Trunc(v) || math.Abs(v) > 1e9 {
		return 0, &stats.Error{Problem: stats.Invalid, Variable: key, Detail: fmt.Sprintf("%g is not a whole number", v)}
	}
	return int(v), nil
}
