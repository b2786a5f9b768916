package analysis

import (
	"math"
	"slices"
	"strings"

	"consilium/stats"
	"consilium/stats/matrix"
	"consilium/stats/mixed"
	"consilium/stats/tail"
)

var slopesKey = Parameter{Name: "slopes", Kind: Variables, Example: []any{"age"}, About: "variables whose coefficients vary between groups, beside the intercept; (1 + age | hospital) in a formula"}

// RandomEffects are what varies between groups.
type RandomEffects struct {
	Names       []string    `json:"names"`
	SD          []float64   `json:"sd"`
	Covariance  [][]float64 `json:"covariance"`
	Correlation [][]float64 `json:"correlation"`
}

// GroupEffects are the effects of each group, shrunken toward 0.
type GroupEffects struct {
	Group  []string    `json:"group"`
	Effect [][]float64 `json:"effect" about:"one list a group, in the order of the names"`
	SE     [][]float64 `json:"se" about:"given the outcomes, at the estimated variances"`
}

// Varying is what all models of random effects tell of them.
type Varying struct {
	Random RandomEffects `json:"random"`
	Each   GroupEffects  `json:"groups"`
}

// CountMixed is a model of counts; a rate ratio is that of one center.
type CountMixed struct {
	Coefficients
	Varying
	RateRatio []float64 `json:"rate_ratio" about:"exp of the coefficients"`
	Size      *float64  `json:"size,omitempty" about:"θ: the variance of a count of one center is μ + μ²/θ"`
	LogLik    float64   `json:"loglik"`
	N         int       `json:"n"`
	Singular  bool      `json:"singular" about:"some combination of the random effects does not vary"`
	Effects   []Effect  `json:"effects"`
}

// OrdinalMixed is a proportional-odds model; an odds ratio is that of one center.
type OrdinalMixed struct {
	Coefficients
	Varying
	Thresholds  []float64 `json:"thresholds"`
	ThresholdSE []float64 `json:"threshold_se"`
	Categories  []string  `json:"categories" about:"from the lowest"`
	Counts      []int     `json:"counts"`
	LogLik      float64   `json:"loglik"`
	N           int       `json:"n"`
	Singular    bool      `json:"singular"`
	Effects     []Effect  `json:"effects"`
}

// slopesOf are the columns of random slopes, under the names that they had before a formula was written out.
func slopesOf(t *stats.Table, names []string) (stats.Design, error) {
	var d stats.Design
	for _, name := range names {
		column, err := t.Numbers(name)
		if err != nil {
			return d, err
		}
		d.Terms, d.Columns = append(d.Terms, strings.TrimPrefix(name, slopePrefix)), append(d.Columns, column)
	}
	return d, nil
}

// randomEffects tells a covariance as standard deviations and correlations too.
func randomEffects(names []string, covariance matrix.Symmetric) RandomEffects {
	r := RandomEffects{Names: names, Covariance: covariance.Rows()}
	for i := range names {
		r.SD = append(r.SD, math.Sqrt(covariance.At(i, i)))
	}
	for i := range names {
		row := make([]float64, len(names))
		for j := range row {
			row[j] = covariance.At(i, j) / (r.SD[i] * r.SD[j])
		}
		if r.SD[i] > 0 {
			row[i] = 1 // and not a rounding below it
		}
		r.Correlation = append(r.Correlation, row)
	}
	return r
}

func groupEffects(labels []string, effects [][]float64, spread []matrix.Symmetric) GroupEffects {
	g := GroupEffects{Group: labels, Effect: effects}
	for _, v := range spread {
		row := make([]float64, v.N)
		for i := range row {
			row[i] = math.Sqrt(v.At(i, i))
		}
		g.SE = append(g.SE, row)
	}
	return g
}

// effectsOf are the random effects that a specification asks for.
func (g *grouped) effectsOf() mixed.Effects { return mixed.Effects{Group: g.codes, Slopes: g.slopes} }

// generalized fits a family to what was read.
func (g *grouped) generalized(in Input, family mixed.Family) (*mixed.GeneralizedModel, Varying, error) {
	m, err := mixed.Generalized(g.y, g.x, g.effectsOf(), mixed.GeneralizedOptions{Family: family, Offset: g.offset, Stop: in.stopped})
	if err != nil {
		return nil, Varying{}, err
	}
	return m, Varying{randomEffects(m.Effects, m.Random), groupEffects(g.labels, m.Modes, m.Spread)}, nil
}

func logisticSlopes(in Input, g *grouped, points int) (any, error) {
	if points > 1 {
		return nil, &stats.Error{Problem: stats.Unsupported, Variable: "nAGQ", Detail: "quadrature is for a random intercept alone", Advice: "Leave nAGQ out: Laplace's approximation"}
	}
	m, varying, err := g.generalized(in, mixed.Binomial)
	if err != nil {
		return nil, err
	}
	result := waldTests(in, m.Terms, m.Coef, m.SE())
	result["or"], result["vcov"] = exponentials(m.Coef), m.Covariance.Rows()
	result["random"], result["groups"] = varying.Random, varying.Each
	result["minus2loglik"], result["loglik"], result["n"], result["singular"] = -2*m.LogLik, m.LogLik, m.N, m.Singular
	result["effects"] = fitted{terms: m.Terms, coef: m.Coef, covariance: m.Covariance, df: math.Inf(1), level: in.level(), x: g.x, events: g.y}.effects(in.Spec)
	return result, nil
}

func countMixed(in Input) (any, error) {
	g, err := newGrouped(in, "group", "cluster")
	if err != nil {
		return nil, err
	}
	family := mixed.Poisson
	if in.Spec.Text("family") == "negative_binomial" {
		family = mixed.NegativeBinomial
	}
	m, varying, err := g.generalized(in, family)
	if err != nil {
		return nil, err
	}
	r := CountMixed{Coefficients: newCoefficients(m.Terms, m.Coef, m.SE(), in.level()), Varying: varying, LogLik: m.LogLik, N: m.N, Singular: m.Singular}
	r.RateRatio, r.OR = r.OR, nil
	if family == mixed.NegativeBinomial {
		r.Size = &m.Size
	}
	r.Effects = fitted{terms: m.Terms, coef: m.Coef, covariance: m.Covariance, df: math.Inf(1), level: in.level(), x: g.x}.effects(in.Spec)
	return r, nil
}

func ordinalMixed(in Input) (any, error) {
	if err := without(in.Spec, "strata", "cluster", "offset", "weights"); err != nil {
		return nil, err
	}
	if in.Table == nil {
		return nil, &stats.Error{Problem: stats.Invalid, Detail: "there is no data set"}
	}
	outcome, group, names, varying := in.Spec.Text("outcome"), in.Spec.Text("group"), in.Spec.Texts("predictors"), in.Spec.Texts("slopes")
	t, err := in.complete(in.Table, slices.Concat([]string{outcome, group}, names, varying)...)
	if err != nil {
		return nil, err
	}
	of, err := t.Column(outcome)
	if err != nil {
		return nil, err
	}
	if err := ordered(of, in.Spec); err != nil {
		return nil, err
	}
	labels, codes := columnGroups(of)
	grades := &graded{spec: in.Spec}
	if err := grades.arrange(labels, codes, in.Spec); err != nil {
		return nil, err
	}
	centers, err := t.Column(group)
	if err != nil {
		return nil, err
	}
	g := &grouped{}
	g.labels, g.codes = groupsOf(centers)
	if g.slopes, err = slopesOf(t, varying); err != nil {
		return nil, err
	}
	if g.x, err = predictors(t, names); err != nil {
		return nil, err
	}
	g.x = stats.Design{Terms: g.x.Terms[1:], Columns: g.x.Columns[1:]} // the thresholds take the intercept's place
	for _, k := range grades.y {
		g.y = append(g.y, float64(k))
	}
	return ordinalMixedOf(in, g, grades)
}

func ordinalMixedOf(in Input, g *grouped, grades *graded) (any, error) {
	m, v, err := g.generalized(in, mixed.Ordinal)
	if err != nil {
		return nil, err
	}
	return OrdinalMixed{Coefficients: newCoefficients(m.Terms, m.Coef, m.SE(), in.level()), Varying: v, Thresholds: m.Thresholds, ThresholdSE: m.ThresholdSE(),
		Categories: grades.labels, Counts: grades.counts, LogLik: m.LogLik, N: m.N, Singular: m.Singular,
		Effects: fitted{terms: m.Terms, coef: m.Coef, covariance: m.Covariance, df: math.Inf(1), level: in.level(), x: g.x}.effects(in.Spec)}, nil
}

// linearSlopes fits by restricted and by full maximum likelihood.
func linearSlopes(in Input, g *grouped) (any, error) {
	result := object{}
	for name, ml := range map[string]bool{"reml": false, "ml": true} {
		m, err := mixed.Slopes(g.y, g.x, g.effectsOf(), ml, in.stopped)
		if err != nil {
			return nil, err
		}
		fields := waldTests(in, m.Terms, m.Coef, m.SE())
		fields["vcov"], fields["var_residual"], fields["criterion"] = m.Covariance.Rows(), m.VarResidual, m.Criterion
		fields["random"], fields["groups"] = randomEffects(m.Effects, m.Random), groupEffects(g.labels, m.BLUP, m.Spread)
		fields["n"], fields["singular"] = m.N, m.Singular
		result[name] = fields
		if !ml {
			result["satterthwaite"] = tTests(m, in.level())
		}
	}
	return result, nil
}

// TTests are tests of coefficients whose degrees of freedom know how many groups there are.
type TTests struct {
	DF        []float64 `json:"df"`
	Statistic []float64 `json:"statistic"`
	P         []float64 `json:"p"`
	Lower     []float64 `json:"lower"`
	Upper     []float64 `json:"upper"`
	Problem   string    `json:"problem,omitempty"`
}

func tTests(m *mixed.SlopesModel, level float64) TTests {
	t := TTests{DF: m.DF}
	for k, se := range m.SE() {
		b, df := m.Coef[k], m.DF[k]
		half := math.NaN()
		if !math.IsNaN(df) {
			half = tail.TQuantile((1+level)/2, df) * se
		}
		t.Statistic, t.P = append(t.Statistic, b/se), append(t.P, tail.TwoSidedT(b/se, df))
		t.Lower, t.Upper = append(t.Lower, b-half), append(t.Upper, b+half)
	}
	return t
}

// smallSample are the tests of a random-intercept model by restricted maximum likelihood.
func smallSample(in Input, g *grouped) TTests {
	m, err := mixed.Slopes(g.y, g.x, g.effectsOf(), false, in.stopped)
	if err != nil {
		return TTests{Problem: err.Error()}
	}
	return tTests(m, in.level())
}
