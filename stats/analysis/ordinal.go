package analysis

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/formula"
	"consilium/stats/regress"
)

var orderKey = Parameter{Name: "order", Kind: Any, Example: []any{"none", "I-II", "III", "IV-V"}, About: "the categories of the outcome, the lowest (or the reference) first; grades that are words need it, numbers stand in their own"}

// ordinalMethods are models of an outcome with several categories, of package regress.
func ordinalMethods() []Method {
	return []Method{
		{Name: "ordinal", About: "what goes with an outcome in grades (Clavien-Dindo, mRS, House-Brackmann): proportional odds, and the test of it", Parameters: join(outcomeKeys, []Parameter{level, orderKey}), Result: Ordinal{}, compute: ordinalCase, categories: true},
		{Name: "multinomial", About: "what goes with an outcome of several kinds without order", Parameters: join(outcomeKeys, []Parameter{level, orderKey}), Result: Multinomial{}, compute: multinomialCase, categories: true},
	}
}

// Coefficients are the columns of a table of estimates with normal tests.
type Coefficients struct {
	Terms     []string  `json:"terms"`
	Coef      []float64 `json:"coef"`
	SE        []float64 `json:"se"`
	Statistic []float64 `json:"statistic"`
	P         []float64 `json:"p"`
	Lower     []float64 `json:"wald_lower"`
	Upper     []float64 `json:"wald_upper"`
	OR        []float64 `json:"or,omitempty" about:"exp of the coefficients"`
}

func newCoefficients(terms []string, coef, se []float64, level float64) Coefficients {
	lower, upper := limits(regress.WaldInterval(coef, se, level))
	z, p := statistics(regress.WaldTest(coef, se))
	return Coefficients{terms, coef, se, z, p, lower, upper, exponential(coef)}
}

// Chi is a chi-square test.
type Chi struct {
	Statistic float64 `json:"chisq"`
	DF        int     `json:"df"`
	P         float64 `json:"p"`
	Problem   string  `json:"problem,omitempty"`
}

// Ordinal is a proportional-odds model: odds ratios are of lying in a higher category.
type Ordinal struct {
	Coefficients
	Thresholds  []float64      `json:"thresholds"`
	ThresholdSE []float64      `json:"threshold_se"`
	Categories  []string       `json:"categories" about:"from the lowest"`
	Counts      []int          `json:"counts"`
	N           int            `json:"n"`
	LogLik      float64        `json:"loglik"`
	LogLikNull  float64        `json:"loglik_null"`
	AIC         float64        `json:"aic"`
	Model       Chi            `json:"model" about:"likelihood-ratio test of all terms"`
	Proportion  map[string]Chi `json:"proportional_odds" about:"for each variable, and for all: likelihood-ratio test that it acts alike at each cut; a small p speaks against the model"`
	Effects     []Effect       `json:"effects"`
}

// Multinomial is a model of categories against the reference.
type Multinomial struct {
	Reference  string                  `json:"reference"`
	Categories map[string]Coefficients `json:"categories" about:"each against the reference"`
	Counts     map[string]int          `json:"counts"`
	N          int                     `json:"n"`
	LogLik     float64                 `json:"loglik"`
	LogLikNull float64                 `json:"loglik_null"`
	AIC        float64                 `json:"aic"`
	Model      Chi                     `json:"model"`
}

// graded is the outcome in categories, and the design.
type graded struct {
	outcome stats.Column // as the data have it
	y       []int
	labels  []string
	counts  []int
	x       stats.Design // with an intercept
	spec    Spec
}

func readGraded(in Input) (*graded, error) {
	if in.Table == nil {
		return nil, &stats.Error{Problem: stats.Invalid, Detail: "there is no data set"}
	}
	if err := without(in.Spec, "strata", "group", "cluster", "offset"); err != nil {
		return nil, err
	}
	outcome, names, t := in.Spec.Text("outcome"), in.Spec.Texts("predictors"), in.Table
	t, err := in.complete(t, append([]string{outcome}, names...)...)
	if err != nil {
		return nil, err
	}
	g := &graded{spec: in.Spec}
	if g.outcome, err = t.Column(outcome); err != nil {
		return nil, err
	}
	if g.x, err = predictors(t, names); err != nil {
		return nil, err
	}
	labels, codes := columnGroups(g.outcome)
	return g, g.arrange(labels, codes, in.Spec)
}

// arrange puts the categories into the order that the specification names.
func (g *graded) arrange(labels []string, codes []int, s Spec) error {
	g.labels, g.y = labels, codes
	if wanted := wordsOf(s["order"]); wanted != nil {
		to := make([]int, len(labels))
		for k, label := range labels {
			if to[k] = slices.Index(wanted, label); to[k] < 0 {
				return &stats.Error{Problem: stats.Invalid, Variable: "order", Detail: fmt.Sprintf("the data have the category %q, which it does not name", label)}
			}
		}
		g.y = make([]int, len(codes))
		for i, k := range codes {
			g.y[i] = to[k]
		}
		g.labels = wanted
	}
	g.counts = make([]int, len(g.labels))
	for _, k := range g.y {
		g.counts[k]++
	}
	return nil
}

// wordsOf are the elements of a list as the words that a column has for them.
func wordsOf(v any) (out []string) {
	list, _ := v.([]any)
	for _, e := range list {
		switch e := e.(type) {
		case string:
			out = append(out, e)
		case float64:
			out = append(out, strconv.FormatFloat(e, 'g', 15, 64))
		}
	}
	return out
}

// ordered refuses grades that are words in no order that could be told from them: none, mild and severe would be put in the order of the alphabet, in which mild is
// the lowest. Numbers (also 01, 02), and yes and no, say theirs.
func ordered(c stats.Column, s Spec) error {
	if c.Texts == nil || s.Has("order") {
		return nil
	}
	if _, err := c.AsNumbers(); err == nil {
		return nil
	}
	labels, _ := knownLevels(c)
	return &stats.Error{Problem: stats.Invalid, Variable: "order", Detail: fmt.Sprintf("the grades are words (%s), and nothing says which is the lowest", quoted(labels)), Advice: `Name them from the lowest: "order": ["none", "mild", "severe"]`}
}

func ordinalCase(in Input) (any, error) {
	g, err := readGraded(in)
	if err == nil {
		err = ordered(g.outcome, in.Spec)
	}
	if err != nil {
		return nil, err
	}
	x := stats.Design{Terms: g.x.Terms[1:], Columns: g.x.Columns[1:]}
	m, err := regress.Ordinal(g.y, g.labels, x, fit.Options{})
	if err != nil {
		return nil, err
	}
	terms, coef, covariance := m.Slopes()
	cuts := len(g.labels) - 1
	se := m.SE()
	r := Ordinal{Coefficients: newCoefficients(terms, coef, se[cuts:], in.level()), Thresholds: m.Thresholds(), ThresholdSE: se[:cuts], Categories: g.labels, Counts: g.counts, N: m.N,
		LogLik: m.Sums.LogLik, LogLikNull: m.Start.LogLik, AIC: m.AIC(), Proportion: map[string]Chi{}}
	r.Model.Statistic, r.Model.DF, r.Model.P = m.LikelihoodRatio()
	r.Effects = fitted{terms: terms, coef: coef, covariance: covariance, df: math.Inf(1), level: in.level(), x: x}.effects(g.spec)
	if cuts > 1 && len(terms) > 0 {
		for name, of := range g.variables(terms) {
			r.Proportion[name] = alike(m, of)
		}
		r.Proportion["all"] = alike(m, terms)
	}
	return r, nil
}

// variables are the terms of each variable.
func (g *graded) variables(terms []string) map[string][]string {
	out := map[string][]string{}
	told := map[string]bool{}
	parts, _ := g.spec[partsKey].([]formula.Part)
	for _, p := range parts {
		out[p.Variable] = p.Terms
		for _, term := range p.Terms {
			told[term] = true
		}
	}
	for _, term := range terms {
		if !told[term] {
			out[term] = []string{term}
		}
	}
	return out
}

func alike(m *regress.OrdinalModel, terms []string) Chi {
	statistic, df, p, err := m.NonProportional(terms...)
	if err != nil {
		return Chi{math.NaN(), df, math.NaN(), err.Error()}
	}
	return Chi{statistic, df, p, ""}
}

func multinomialCase(in Input) (any, error) {
	g, err := readGraded(in)
	if err != nil {
		return nil, err
	}
	m, err := regress.Multinomial(g.y, g.labels, g.x, fit.Options{})
	if err != nil {
		return nil, err
	}
	r := Multinomial{Reference: g.labels[0], Categories: map[string]Coefficients{}, Counts: map[string]int{}, N: m.N, LogLik: m.Sums.LogLik, LogLikNull: m.Start.LogLik, AIC: m.AIC()}
	r.Model.Statistic, r.Model.DF, r.Model.P = m.LikelihoodRatio()
	p, se := g.x.Width(), m.SE()
	for k, label := range g.labels {
		r.Counts[label] = g.counts[k]
		if k > 0 {
			from := (k - 1) * p
			r.Categories[label] = newCoefficients(g.x.Terms, m.Coef[from:from+p], se[from:from+p], in.level())
		}
	}
	return r, nil
}
