package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/formula"
	"consilium/stats/missing"
	"consilium/stats/mixed"
	"consilium/stats/regress"
	"consilium/stats/survival"
)

// analysis is the model that imputed data sets are analyzed by.
type analysis struct {
	formula   *formula.Formula
	variables []string
	family    string
	spec      Spec
	impute    []string // what is imputed from: the variables, but for a survival time, whose place the cumulative hazard takes
}

// families are those of the models that can be pooled.
var families = []string{"logistic", "binomial", "poisson", "Poisson", "linear", "gaussian", "cox", "ordinal"}

// analysisOf reads "y ~ a + b (logistic)", or a family of its own. Without either, Surv() is a Cox model, an outcome of 0 and 1 logistic and another linear.
func analysisOf(spec Spec, t *stats.Table) (*analysis, error) {
	text, family := spec.Text("model"), spec.Text("family")
	if open := strings.LastIndex(text, " ("); open > 0 && strings.HasSuffix(text, ")") && family == "" && slices.Contains(families, text[open+2:len(text)-1]) {
		text, family = text[:open], text[open+2:len(text)-1]
	}
	f, err := formula.Parse(text)
	if err != nil {
		return nil, err
	}
	a := &analysis{formula: f, family: family, spec: spec}
	if a.variables, err = f.Variables(t); err != nil {
		return nil, err
	}
	if !strings.Contains(text, "~") || len(a.variables) == 0 {
		return nil, &stats.Error{Problem: stats.Invalid, Variable: "model", Detail: fmt.Sprintf("%q is no model", text), Advice: "Write one such as relief ~ age + female (logistic)"}
	}
	a.impute = a.variables
	switch {
	case f.Survival != nil && (family == "" || family == "cox"):
		a.family = "cox"
	case f.Survival != nil || family == "cox":
		return nil, &stats.Error{Problem: stats.Invalid, Variable: "model", Detail: "a Cox model has Surv(time, status) on its left, and no other has"}
	case family == "":
		a.family = "linear"
		if y, err := t.Numbers(a.variables[0]); err == nil && zeroOne(y) {
			a.family = "logistic"
		}
	}
	return a, nil
}

// hazardColumn holds the Nelson-Aalen estimate that stands for the time in models of imputation.
const hazardColumn = "nelson_aalen"

// withHazard adds the cumulative hazard at each row's time to the table of a Cox model, and puts it into the place of the time among what is imputed from: with the status, it is what the outcome
// says about a covariate (White and Royston, Stat Med 28 (2009) 1982-1998).
func (a *analysis) withHazard(t *stats.Table) (*stats.Table, error) {
	if a.family != "cox" {
		return t, nil
	}
	if len(a.formula.Survival) != 2 {
		return nil, &stats.Error{Problem: stats.Unsupported, Variable: "model", Detail: "imputation knows no entry times", Advice: "Write Surv(time, status)"}
	}
	var columns [2][]float64
	for k, expression := range a.formula.Survival {
		values, err := formula.Evaluate(expression, t)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(values, math.IsNaN); i >= 0 {
			return nil, &stats.Error{Problem: stats.Missing, Variable: expression, Detail: fmt.Sprintf("row %d: times and events are not imputed", i+1), Advice: "Leave such rows out"}
		}
		columns[k] = values
	}
	clock, err := formula.Parse("~ I(" + a.formula.Survival[0] + ")")
	if err != nil {
		return nil, err
	}
	times, err := clock.Variables(t)
	if err != nil {
		return nil, err
	}
	a.impute = append(slices.DeleteFunc(slices.Clone(a.variables), func(name string) bool { return slices.Contains(times, name) }), hazardColumn)
	out := &stats.Table{Columns: slices.Clone(t.Columns)}
	out.Columns = append(out.Columns, stats.Column{Name: hazardColumn, Numbers: nelsonAalen(columns[0], columns[1])})
	return out, nil
}

// nelsonAalen is the cumulative hazard of all rows at the time of each.
func nelsonAalen(time, status []float64) []float64 {
	order := make([]int, len(time))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(time[a], time[b]) })
	out, hazard := make([]float64, len(time)), 0.0
	for lo := 0; lo < len(order); {
		hi, died := lo, 0.0
		for ; hi < len(order) && time[order[hi]] == time[order[lo]]; hi++ {
			if status[order[hi]] != 0 {
				died++
			}
		}
		hazard += died / float64(len(order)-lo)
		for _, i := range order[lo:hi] {
			out[i] = hazard
		}
		lo = hi
	}
	return out
}

// fit analyzes one table without missing values.
func (a *analysis) fit(t *stats.Table) (missing.Estimate, error) {
	d, err := a.formula.Design(t, formula.Options{Categories: a.family == "ordinal"})
	if err != nil {
		return missing.Estimate{}, err
	}
	if d.Group != nil {
		return a.fitMixed(d)
	}
	o := regress.Options{Offset: d.Offset}
	switch a.family {
	case "logistic", "binomial":
		m, err := regress.Logistic(d.Y, d.X, o)
		if err != nil {
			return missing.Estimate{}, err
		}
		return missing.NewEstimate(m.Terms, m.Coef, m.SE(), m.DFResidual), nil
	case "poisson", "Poisson":
		m, err := regress.Poisson(d.Y, d.X, o)
		if err != nil {
			return missing.Estimate{}, err
		}
		return missing.NewEstimate(m.Terms, m.Coef, m.SE(), m.DFResidual), nil
	case "linear", "gaussian":
		m, err := regress.Linear(d.Y, d.X, o)
		if err != nil {
			return missing.Estimate{}, err
		}
		return missing.NewEstimate(m.Terms, m.Coef, m.SE(), m.DFResidual), nil
	case "cox":
		return a.fitCox(d)
	case "ordinal":
		return a.fitOrdinal(d)
	}
	return missing.Estimate{}, &stats.Error{Problem: stats.Unsupported, Variable: "model", Detail: fmt.Sprintf("there is no family %q", a.family), Advice: "Take logistic, linear, poisson, cox or ordinal"}
}

// center is the variable of the model's random intercepts; "" if it has none.
func (a *analysis) center() string {
	if len(a.formula.Groups) != 1 {
		return ""
	}
	return a.formula.Groups[0]
}

// fitMixed analyzes one table by a model with a random intercept for each center. Its degrees of freedom are taken as many.
func (a *analysis) fitMixed(d *formula.Data) (missing.Estimate, error) {
	if len(a.formula.Slopes) > 0 || d.Offset != nil {
		return missing.Estimate{}, &stats.Error{Problem: stats.Unsupported, Variable: "model", Detail: "models that are pooled have a random intercept at most, and no offset beside it", Advice: "Write (1 | center)"}
	}
	_, group := stats.Groups(d.Group)
	var coef, se []float64
	switch a.family {
	case "linear", "gaussian":
		m, err := mixed.Linear(d.Y, d.X, group, mixed.LinearOptions{})
		if err != nil {
			return missing.Estimate{}, err
		}
		coef, se = m.Coef, m.SE()
	case "logistic", "binomial":
		m, err := mixed.Logistic(d.Y, d.X, group, mixed.Options{})
		if err != nil {
			return missing.Estimate{}, err
		}
		coef, se = m.Coef, m.SE()
	default:
		return missing.Estimate{}, &stats.Error{Problem: stats.Unsupported, Variable: "model", Detail: fmt.Sprintf("a %s model with random intercepts is not pooled", a.family), Advice: "Take linear or logistic"}
	}
	e := missing.NewEstimate(d.X.Terms, coef, se, 0)
	e.DFResidual = math.Inf(1)
	return e, nil
}

func (a *analysis) fitCox(d *formula.Data) (missing.Estimate, error) {
	times, err := survival.NewTimes(nil, d.Time, d.Status)
	if err != nil {
		return missing.Estimate{}, err
	}
	o := survival.CoxOptions{Offset: d.Offset}
	if d.Strata != nil {
		o.Strata.Labels, o.Strata.Of = stats.Groups(d.Strata)
	}
	sets, err := survival.NewRiskSets(times, stats.Design{Terms: d.X.Terms[1:], Columns: d.X.Columns[1:]}, o)
	if err != nil {
		return missing.Estimate{}, err
	}
	m, err := survival.Cox(sets, fit.Options{})
	if err != nil {
		return missing.Estimate{}, err
	}
	return missing.NewEstimate(m.Terms, m.Coef, m.SE(), m.Events-len(m.Coef)), nil
}

func (a *analysis) fitOrdinal(d *formula.Data) (missing.Estimate, error) {
	if err := ordered(d.Categories, a.spec); err != nil {
		return missing.Estimate{}, err
	}
	labels, codes := columnGroups(d.Categories)
	g := &graded{spec: a.spec}
	if err := g.arrange(labels, codes, a.spec); err != nil {
		return missing.Estimate{}, err
	}
	m, err := regress.Ordinal(g.y, g.labels, stats.Design{Terms: d.X.Terms[1:], Columns: d.X.Columns[1:]}, fit.Options{})
	if err != nil {
		return missing.Estimate{}, err
	}
	return missing.NewEstimate(m.Terms, m.Coef, m.SE(), m.N-len(m.Coef)), nil
}

// complete analyzes the rows without missing values.
func (a *analysis) complete(t *stats.Table) (object, error) {
	names, err := a.formula.Variables(t) // with those that are made up of others
	if err != nil {
		return nil, err
	}
	cases, err := missing.CompleteCases(t, names...)
	if err != nil {
		return nil, err
	}
	e, err := a.fit(t)
	if err != nil {
		return nil, err
	}
	return object{"coef": e.Coef, "se": e.SE(), "n": len(cases.Complete)}, nil
}

// passives are the variables that the specification makes up of others, in the order of their names, but each after those that it is made of.
func passives(s Spec) []missing.Passive {
	named, _ := s["passive"].(map[string]any)
	var out []missing.Passive
	for _, p := range derived(named) {
		out = append(out, missing.Passive{Name: p[0], Expression: p[1]})
	}
	return out
}

// Chains show whether an imputation settled: for each variable, the mean and the standard deviation of what was imputed, a list of iterations for each imputation.
type Chains struct {
	Variable string      `json:"variable"`
	Mean     [][]float64 `json:"mean"`
	SD       [][]float64 `json:"sd"`
}

// Spreads are the densities of what was observed and of what was imputed, a list for each imputation.
type Spreads struct {
	Variable string      `json:"variable"`
	X        []float64   `json:"x"`
	Observed []float64   `json:"observed"`
	Imputed  [][]float64 `json:"imputed"`
}

// diagnose adds the chains and the densities.
func diagnose(out object, imputed *missing.Imputed) {
	var chains []Chains
	var spreads []Spreads
	for _, trace := range imputed.Traces {
		chains = append(chains, Chains{trace.Variable, trace.Mean, trace.SD})
		if observed, each, ok := imputed.Densities(trace.Variable); ok {
			s := Spreads{Variable: trace.Variable, X: observed.X, Observed: observed.Y}
			for _, d := range each {
				s.Imputed = append(s.Imputed, d.Y)
			}
			spreads = append(spreads, s)
		}
	}
	out["chains"], out["densities"] = chains, spreads
}
