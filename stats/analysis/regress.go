package analysis

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/formula"
	"consilium/stats/matrix"
	"consilium/stats/regress"
	"consilium/stats/tail"
)

// regressMethods are those of section 2, of package regress. Each names an outcome and predictors, which enter linearly, or a formula.
func regressMethods() []Method {
	return []Method{
		{Name: "logistic", About: "what goes with an outcome of yes or no: odds ratios, discrimination, calibration", Parameters: join(modelKeys, clusterKey, profileKey), Result: object{}, compute: logisticCase},
		{Name: "firth_logistic", About: "logistic regression by Firth's penalized likelihood, for few events and under separation", Parameters: join(modelKeys, firthLimits), Result: object{}, compute: firthCase},
		{Name: "poisson", About: "what goes with a count or a rate: rate ratios", Parameters: join(modelKeys, clusterKey, profileKey), Result: object{}, compute: poissonCase},
		{Name: "negative_binomial", About: "rates of counts that vary more than Poisson's", Parameters: join(modelKeys, clusterKey), Result: object{}, compute: negativeBinomialCase},
		{Name: "linear", About: "what goes with a number: differences of means, robust errors", Parameters: join(modelKeys, precisionKey, clusterKey), Result: object{}, compute: linearCase},
	}
}

// outcomeKeys say which variables a model joins.
var outcomeKeys = []Parameter{
	{Name: "formula", Kind: Formula, Example: `relief ~ factor(technique, ref = "microscopic") + rcs(age, 4)`, About: "the model; it stands for outcome, predictors, offset, strata and cluster"},
	{Name: "outcome", Kind: Variable, Example: "relief", About: "what is explained, if there is no formula"},
	{Name: "predictors", Kind: Variables, Example: []any{"age", "female"}, About: "what explains it, if there is no formula; they enter linearly"},
}

// modelKeys are what all regressions have.
var modelKeys = join(outcomeKeys, []Parameter{
	{Name: "offset", Kind: Expression, Example: "log(days)", About: "a term with the coefficient 1"},
	{Name: "weights", Kind: Variable, Example: "n", About: "how many rows each row stands for"},
	level,
})

// precisionKey are the weights of least squares.
var precisionKey = []Parameter{{Name: "weights", Kind: Variable, Example: "w", About: "how precise each row is: the variance of its residual is σ²/weight, as in R's lm (not how many rows it stands for)"}}

var clusterKey = []Parameter{{Name: "cluster", Kind: Variable, Example: "hospital", About: "rows of one value may resemble each other: adds errors, tests and limits that allow for it"}}

var profileKey = []Parameter{{Name: "profile", Kind: Truth, Default: false, Example: true, About: "also limits by profile likelihood, which cost up to 20 fits for each limit"}}

var firthLimits = []Parameter{{Name: "profile", Kind: Truth, Default: false, Example: true, About: "also limits and tests by penalized profile likelihood, which cost some fits for each term"}}

// regression is what a specification says, read from the rows that miss nothing.
type regression struct {
	outcome string
	y       []float64
	x       stats.Design
	o       regress.Options
	cluster []int // nil for none
	level   float64
	profile bool // limits by profile likelihood are asked for
	spec    Spec
	table   *stats.Table
}

func readRegression(in Input) (*regression, error) {
	r := &regression{outcome: in.Spec.Text("outcome"), level: in.level(), profile: in.Spec.Truth("profile"), spec: in.Spec}
	if in.Table == nil || r.outcome == "" {
		return nil, &stats.Error{Problem: stats.Invalid, Variable: r.outcome, Detail: "a data set and an outcome are needed"}
	}
	if err := without(in.Spec, "strata", "group"); err != nil {
		return nil, err
	}
	if err := r.choose(in); err != nil {
		return nil, err
	}
	var err error
	if r.y, err = r.table.Numbers(r.outcome); err != nil {
		return nil, err
	}
	if r.x, err = predictors(r.table, in.Spec.Texts("predictors")); err != nil {
		return nil, err
	}
	if in.Spec.Has("offset") {
		if r.o.Offset, err = r.table.Numbers(offsetColumn); err != nil {
			return nil, err
		}
	}
	if in.Spec.Has("weights") {
		if r.o.Weights, err = r.table.Numbers(in.Spec.Text("weights")); err != nil {
			return nil, err
		}
	}
	if in.Spec.Has("cluster") {
		r.cluster, err = codesOf(r.table, in.Spec.Text("cluster"))
	}
	return r, err
}

const offsetColumn = "(offset)"

// choose keeps the rows in which no variable of the model is missing.
func (r *regression) choose(in Input) error {
	used := append([]string{r.outcome}, in.Spec.Texts("predictors")...)
	for _, key := range []string{"weights", "cluster", "site"} {
		if in.Spec.Has(key) {
			used = append(used, in.Spec.Text(key))
		}
	}
	t := in.Table
	if in.Spec.Has("offset") {
		values, err := formula.Evaluate(in.Spec.Text("offset"), t)
		if err != nil {
			return err
		}
		t = t.With(append(slices.Clone(t.Columns), stats.Column{Name: offsetColumn, Numbers: values}))
		used = append(used, offsetColumn)
	}
	var err error
	r.table, err = in.complete(t, used...)
	return err
}

// codesOf numbers the values of a column.
func codesOf(t *stats.Table, name string) ([]int, error) {
	c, err := t.Column(name)
	if err != nil {
		return nil, err
	}
	var codes []int
	if c.Texts != nil {
		_, codes = stats.Groups(c.Texts)
	} else {
		_, codes = stats.Groups(c.Numbers)
	}
	return codes, nil
}

// What exp of a coefficient is, as a result names it.
const (
	oddsRatios = "or"
	rateRatios = "rate_ratio"
)

func logisticCase(in Input) (any, error) {
	r, err := readRegression(in)
	if err != nil {
		return nil, err
	}
	m, err := regress.Logistic(r.y, r.x, r.o)
	if err != nil {
		return nil, r.named(err)
	}
	out, err := r.modelObject(m, oddsRatios)
	if err != nil {
		return nil, err
	}
	if r.o.Weights != nil { // its discrimination and calibration are of rows, not of what rows stand for
		return out, nil
	}
	return out, addPerformance(out, m, r.level)
}

func poissonCase(in Input) (any, error) {
	r, err := readRegression(in)
	if err != nil {
		return nil, err
	}
	m, err := regress.Poisson(r.y, r.x, r.o)
	if err != nil {
		return nil, r.named(err)
	}
	out, err := r.modelObject(m, rateRatios)
	if err != nil {
		return nil, err
	}
	out["pearson_dispersion"] = m.PearsonDispersion()
	return out, nil
}

func negativeBinomialCase(in Input) (any, error) {
	r, err := readRegression(in)
	if err != nil {
		return nil, err
	}
	m, err := regress.NegativeBinomial(r.y, r.x, r.o)
	if err != nil {
		return nil, r.named(err)
	}
	out := coefficients(m.Terms, m.Coef, m.SE(), r.level)
	out[rateRatios] = exponential(m.Coef)
	out["theta"], out["se_theta"] = m.Theta, m.SETheta
	out["twologlik"], out["aic"], out["bic"], out["deviance"] = 2*m.LogLik, m.AIC(), m.BIC(), m.Deviance
	out["n"], out["df_residual"] = m.N, m.DFResidual
	if err := r.addEffects(out, &m.Model); err != nil {
		return nil, err
	}
	out["robust"], err = r.robustObject(&m.Model)
	return out, err
}

func firthCase(in Input) (any, error) {
	r, err := readRegression(in)
	if err != nil {
		return nil, err
	}
	if err := without(in.Spec, "cluster"); err != nil {
		return nil, err
	}
	m, err := regress.Firth(r.y, r.x, r.o)
	if err != nil {
		return nil, r.named(err)
	}
	out := coefficients(m.Terms, m.Coef, m.SE(), r.level)
	out["or"], out["penalised_loglik"], out["n"] = exponential(m.Coef), m.LogLik, len(r.y)
	out["effects"] = fitted{terms: m.Terms, coef: m.Coef, covariance: m.Covariance, df: math.Inf(1), level: r.level, x: r.x, events: r.y}.effects(r.spec)
	if !r.profile {
		return out, nil
	}
	tests, err := m.LikelihoodRatio()
	if err != nil {
		return nil, err
	}
	_, out["plr_p"] = statistics(tests)
	return out, r.addProfile(out, m.Profile)
}

func linearCase(in Input) (any, error) {
	r, err := readRegression(in)
	if err != nil {
		return nil, err
	}
	m, err := regress.Linear(r.y, r.x, r.o)
	if err != nil {
		return nil, r.named(err)
	}
	out := linearObject(&m.LinearEstimate, r.level, m.RobustErrors())
	if r.cluster == nil {
		return out, nil
	}
	for name, kind := range map[string]regress.CR{"se_cluster_CR0": regress.CR0, "se_cluster_CR1": regress.CR1} {
		v, err := m.Clustered(r.cluster, kind)
		if err != nil {
			return nil, err
		}
		out[name] = regress.SE(v)
	}
	out["clusters"] = distinct(r.cluster)
	out["cluster"] = r.clusterObject(m.Coef, out["se_cluster_CR1"].([]float64))
	return out, nil
}

// clusterObject is the tests and limits of coefficients by their CR1 errors.
func (r *regression) clusterObject(coef, se []float64) object {
	clusters := distinct(r.cluster)
	tests, intervals := regress.FewClusters(coef, se, clusters, r.level)
	t, p := statistics(tests)
	lower, upper := limits(intervals)
	return object{"se": se, "t": t, "df": clusters - 1, "p": p, "lower": lower, "upper": upper}
}

// modelObject is the estimate with its profile limits and robust errors; ratio is what exp of a coefficient is.
func (r *regression) modelObject(m *regress.Model, ratio string) (object, error) {
	out := estimateObject(&m.Estimate, ratio, r.level)
	if r.profile {
		if err := r.addProfile(out, m.Profile); err != nil {
			return nil, err
		}
	}
	if err := r.addEffects(out, m); err != nil {
		return nil, err
	}
	var err error
	out["robust"], err = r.robustObject(m)
	return out, err
}

// addEffects tells what each variable does; with clusters, by the errors that allow for them and t with one degree of freedom less than there are clusters.
func (r *regression) addEffects(out object, m *regress.Model) error {
	f := fitted{terms: m.Terms, coef: m.Coef, covariance: m.Covariance, df: math.Inf(1), level: r.level, x: r.x, events: r.y}
	if r.cluster != nil {
		v, err := m.Clustered(r.cluster, regress.CR1)
		if err != nil {
			return err
		}
		f.covariance, f.df = v, float64(distinct(r.cluster)-1)
		if distinct(r.cluster) <= len(m.Coef) { // nothing can be said
			f.covariance = matrix.NewSymmetric(len(m.Coef))
			for i := range f.covariance.Data {
				f.covariance.Data[i] = math.NaN()
			}
		}
	}
	out["effects"] = f.effects(r.spec)
	return nil
}

// named gives an error about the outcome the name of its column.
func (r *regression) named(err error) error {
	if e, ok := err.(*stats.Error); ok && e.Variable == regress.Outcome {
		renamed := *e
		renamed.Variable = r.outcome
		return &renamed
	}
	return err
}

// coefficients are the fields that every fit on a normal scale has.
func coefficients(terms []string, coef, se []float64, level float64) object {
	lower, upper := limits(regress.WaldInterval(coef, se, level))
	z, p := statistics(regress.WaldTest(coef, se))
	return object{"terms": terms, "coef": coef, "se": se, "statistic": z, "p": p, "wald_lower": lower, "wald_upper": upper}
}

// estimateObject is a generalized linear model without what its rows would add; ratio is what exp of a coefficient is.
func estimateObject(e *regress.Estimate, ratio string, level float64) object {
	out := coefficients(e.Terms, e.Coef, e.SE(), level)
	out[ratio], out["vcov"] = exponential(e.Coef), e.Covariance.Rows()
	out["deviance"], out["null_deviance"], out["df_residual"] = e.Deviance, e.NullDeviance, e.DFResidual
	out["loglik"], out["aic"], out["bic"], out["n"] = e.LogLik, e.AIC(), e.BIC(), e.N
	return out
}

// linearObject is a linear model without its clusters.
func linearObject(e *regress.LinearEstimate, level float64, robust [4][]float64) object {
	lower, upper := limits(e.Interval(level))
	t, p := statistics(e.Test())
	r2, adjusted := e.R2()
	f, df1, df2 := e.F()
	return object{"terms": e.Terms, "coef": e.Coef, "se": e.SE(), "t": t, "p": p, "lower": lower, "upper": upper, "n": e.N,
		"df_residual": e.DFResidual, "sigma": e.Sigma, "r2": r2, "adj_r2": adjusted, "f": f, "f_p": tail.FUpper(f, df1, df2),
		"loglik": e.LogLik, "aic": e.AIC(), "bic": e.BIC(),
		"se_HC0": robust[regress.HC0], "se_HC1": robust[regress.HC1], "se_HC2": robust[regress.HC2], "se_HC3": robust[regress.HC3]}
}

func (r *regression) addProfile(out object, profile func(level float64) ([]regress.Interval, error)) error {
	intervals, err := profile(r.level)
	out["profile_lower"], out["profile_upper"] = limits(intervals)
	return err
}

// addPerformance adds discrimination and calibration of a logistic model of 0 and 1. A model that predicts the same for all has no groups to compare.
func addPerformance(out object, m *regress.Model, level float64) error {
	d, err := regress.Discriminate(m.Y, m.Fitted)
	if err != nil {
		return err
	}
	ci := d.Interval(level)
	out["c"], out["c_delong_se"], out["c_delong_ci"] = d.C, d.SE, []float64{ci.Lower, ci.Upper}
	out["brier"], out["nagelkerke_r2"] = regress.Brier(m.Y, m.Fitted), m.NagelkerkeR2()
	h, err := regress.GoodnessOfFit(m.Y, m.Fitted, 10)
	if err == nil {
		out["hosmer_lemeshow"] = goodnessObject(h)
	}
	return nil
}

// goodnessObject has NaN where a group is empty, of which R gives no sums.
func goodnessObject(h regress.HosmerLemeshow) object {
	observed, expected := slices.Clone(h.Observed), slices.Clone(h.Expected)
	for k, n := range h.N {
		if n == 0 {
			observed[k], expected[k] = math.NaN(), math.NaN()
		}
	}
	p := h.P
	if h.DF == 0 { // of two groups: a chi-square variable without degrees of freedom is always 0, says R
		p = 0
	}
	return object{"groups": len(h.N), "n": h.N, "observed": observed, "expected": expected, "chisq": h.ChiSquare, "df": h.DF, "p": p}
}

// robustObject has tests and limits for the clusters that were asked for: those of the model itself take rows for independent.
func (r *regression) robustObject(m *regress.Model) (object, error) {
	out := object{}
	for k, se := range m.RobustErrors() {
		out[fmt.Sprintf("se_HC%d", k)] = se
	}
	if r.cluster == nil {
		return out, nil
	}
	err := addClustered(out, m, r.cluster)
	if err == nil {
		out["cluster"] = r.clusterObject(m.Coef, out["se_cluster_CR1"].([]float64))
	}
	return out, err
}

func addClustered(out object, m *regress.Model, cluster []int) error {
	for name, kind := range map[string]regress.CR{"se_cluster_CR0": regress.CR0, "se_cluster_G": regress.CRG, "se_cluster_CR1": regress.CR1} {
		v, err := m.Clustered(cluster, kind)
		if err != nil {
			return err
		}
		out[name] = regress.SE(v)
	}
	out["clusters"] = distinct(cluster)
	return nil
}

func distinct(codes []int) int {
	labels, _ := stats.Groups(codes)
	return len(labels)
}

func exponential(list []float64) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = math.Exp(v)
	}
	return out
}

func limits(intervals []regress.Interval) (lower, upper []float64) {
	for _, i := range intervals {
		lower, upper = append(lower, i.Lower), append(upper, i.Upper)
	}
	return lower, upper
}

func statistics(tests []regress.Test) (statistic, p []float64) {
	for _, t := range tests {
		statistic, p = append(statistic, t.Statistic), append(p, t.P)
	}
	return statistic, p
}
