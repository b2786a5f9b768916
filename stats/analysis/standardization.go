package analysis

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"consilium/stats"
	"consilium/stats/causal"
	"consilium/stats/describe"
	"consilium/stats/fit"
	"consilium/stats/formula"
	"consilium/stats/regress"
	"consilium/stats/tail"
)

// standardizationMethods turn a logistic model into risks that patients understand.
func standardizationMethods() []Method {
	return []Method{{Name: "standardization", About: "how many more would have the outcome: marginal risks under both treatments, their difference and ratio, number needed to treat", Result: Standardized{}, compute: standardization,
		Parameters: join(outcomeKeys, []Parameter{level,
			{Name: "treatment", Kind: Variable, Needed: true, Example: "technique", About: "the variable of the model that is set for everybody: 0 and 1, or words of two values"},
			{Name: "errors", Kind: Choice, Choices: []string{"delta", "robust", "bootstrap"}, Default: "delta", Example: "robust", About: "delta: of the model, patients as they are; robust: patients as a sample too, and without leaning on the model's variance; bootstrap: the same by resampling"},
			{Name: "resamples", Kind: Whole, Positive: true, Default: 500.0, If: "errors=bootstrap", Example: 1000.0, About: "of the bootstrap"},
			{Name: "seed", Kind: Whole, Default: 1.0, If: "errors=bootstrap", Example: 7.0, About: "start of the random numbers"}})}}
}

// Standardized is the comparison of the risks that everybody would have under the one treatment and under the other.
type Standardized struct {
	N          int        `json:"n"`
	Treated    string     `json:"treated" about:"the value that is compared"`
	Reference  string     `json:"reference"`
	Risk1      Estimate   `json:"risk1" about:"mean risk if all had been treated"`
	Risk0      Estimate   `json:"risk0"`
	Difference Estimate   `json:"risk_difference"`
	Ratio      Estimate   `json:"risk_ratio" about:"its se is of the logarithm"`
	NNT        *float64   `json:"nnt,omitempty" about:"patients to treat for one event less (above 0) or more (below 0): minus 1 over the difference"`
	NNTLimits  []float64  `json:"nnt_limits,omitempty" about:"only if the limits of the difference have one sign; else any number, up to infinitely many, is within them"`
	OddsRatio  float64    `json:"odds_ratio" about:"of the two marginal risks, which is nearer to 1 than that of the model"`
	Poisson    *PoissonRR `json:"modified_poisson,omitempty" about:"risk ratio by Poisson regression with robust errors (Zou 2004), the same for all patients"`
	Resamples  int        `json:"resamples,omitempty"`
}

// Estimate is a number with its error and limits.
type Estimate struct {
	Estimate float64 `json:"estimate"`
	SE       float64 `json:"se"`
	Lower    float64 `json:"lower"`
	Upper    float64 `json:"upper"`
}

// PoissonRR is a risk ratio of a model.
type PoissonRR struct {
	Ratio Estimate `json:"risk_ratio"`
	P     float64  `json:"p"`
}

// counterfactual is a model's design as it is, and with everybody untreated and treated.
type counterfactual struct {
	y      []float64
	x      stats.Design
	set    [2]stats.Design
	values [2]string
}

func standardization(in Input) (any, error) {
	c, err := newCounterfactual(in)
	if err != nil {
		return nil, err
	}
	m, err := regress.Logistic(c.y, c.x, regress.Options{})
	if err != nil {
		return nil, err
	}
	out := &Standardized{N: len(c.y), Treated: c.values[1], Reference: c.values[0]}
	risks, variances := c.marginal(m, in.Spec.Text("errors") == "robust")
	if in.Spec.Text("errors") == "bootstrap" {
		err = c.bootstrap(in, out, risks)
	} else {
		out.fill(risks, variances, in.level())
	}
	if err != nil {
		return nil, err
	}
	out.OddsRatio = risks[1] / (1 - risks[1]) / (risks[0] / (1 - risks[0]))
	if d := out.Difference; d.Estimate != 0 {
		nnt := -1 / d.Estimate
		out.NNT = &nnt
		if d.Lower*d.Upper > 0 {
			out.NNTLimits = []float64{-1 / d.Lower, -1 / d.Upper}
			slices.Sort(out.NNTLimits)
		}
	}
	out.Poisson = c.poisson(in)
	return out, nil
}

// newCounterfactual builds the three designs.
func newCounterfactual(in Input) (*counterfactual, error) {
	r, err := readRegression(in)
	if err != nil {
		return nil, err
	}
	name := in.Spec.Text("treatment")
	column, err := r.table.Column(name)
	if err != nil {
		return nil, err
	}
	labels, _ := columnGroups(column)
	if len(labels) != 2 {
		return nil, &stats.Error{Problem: stats.Invalid, Variable: name, Detail: fmt.Sprintf("a treatment has two values, and it has %d", len(labels)), Advice: "Keep two with \"rows\""}
	}
	c := &counterfactual{y: r.y, x: r.x, values: [2]string{labels[0], labels[1]}}
	for k := range c.set {
		if c.set[k], err = c.with(in, r.table, column, k); err != nil {
			return nil, err
		}
		if !slices.Equal(c.set[k].Terms, c.x.Terms) {
			return nil, &stats.Error{Problem: stats.Invalid, Variable: name, Detail: "the model does not have the same terms when everybody is given one treatment", Advice: "Name it in the formula by itself"}
		}
	}
	if slices.EqualFunc(c.set[0].Columns, c.set[1].Columns, slices.Equal[[]float64]) {
		return nil, &stats.Error{Problem: stats.Invalid, Variable: name, Detail: "the model does not have it, or nothing in it depends on it"}
	}
	return c, nil
}

// with is the design if everybody had the k-th value of the treatment.
func (c *counterfactual) with(in Input, t *stats.Table, treatment stats.Column, k int) (stats.Design, error) {
	changed := &stats.Table{Columns: slices.Clone(t.Columns)}
	for j := range changed.Columns {
		if changed.Columns[j].Name != treatment.Name {
			continue
		}
		if treatment.Texts != nil {
			changed.Columns[j].Texts = slices.Repeat([]string{c.values[k]}, t.Rows())
		} else {
			values, _ := stats.Groups(treatment.Numbers)
			changed.Columns[j].Numbers = slices.Repeat([]float64{values[k]}, t.Rows())
		}
	}
	text := in.Spec.Text("formula")
	if text == "" {
		return predictors(changed, in.Spec.Texts("predictors"))
	}
	f, err := formula.Parse(text)
	if err != nil {
		return stats.Design{}, err
	}
	d, err := f.Design(t, formula.Options{})
	if err != nil {
		return stats.Design{}, err
	}
	levels := map[string][]string{}
	for _, l := range d.Levels {
		levels[l.Factor] = l.Levels
	}
	set, err := f.Design(changed, formula.Options{Levels: levels})
	if err != nil {
		return stats.Design{}, err
	}
	return set.X, nil
}

// marginal are the two mean risks and their covariance. By the delta method only the coefficients vary; robust errors add what each patient's own risk and residual
// move (the influence function of a standardized mean).
func (c *counterfactual) marginal(m *regress.Model, robust bool) (risks [2]float64, covariance [2][2]float64) {
	n := float64(len(c.y))
	var gradient [2][]float64
	var own [2][]float64
	for k, x := range c.set {
		own[k] = x.Times(m.Coef)
		gradient[k] = make([]float64, x.Width())
		for i, eta := range own[k] {
			own[k][i] = 1 / (1 + math.Exp(-eta))
			risks[k] += own[k][i] / n
		}
		for j, column := range x.Columns {
			for i, v := range column {
				gradient[k][j] += own[k][i] * (1 - own[k][i]) * v / n
			}
		}
	}
	moved := [2][]float64{m.Covariance.Times(gradient[0]), m.Covariance.Times(gradient[1])}
	if !robust {
		for k := range risks {
			for l := range risks {
				for j, g := range gradient[k] {
					covariance[k][l] += g * moved[l][j]
				}
			}
		}
		return risks, covariance
	}
	shift := [2][]float64{c.x.Times(moved[0]), c.x.Times(moved[1])}
	for i, y := range c.y {
		residual := y - m.Fitted[i]
		a := (own[0][i]-risks[0])/n + shift[0][i]*residual
		b := (own[1][i]-risks[1])/n + shift[1][i]*residual
		covariance[0][0], covariance[1][1] = covariance[0][0]+a*a, covariance[1][1]+b*b
		covariance[0][1], covariance[1][0] = covariance[0][1]+a*b, covariance[1][0]+a*b
	}
	return risks, covariance
}

// fill writes estimates with normal limits, those of the ratio on the scale of its logarithm.
func (s *Standardized) fill(risks [2]float64, v [2][2]float64, level float64) {
	z := tail.NormalCritical(level)
	around := func(estimate, variance float64) Estimate {
		se := math.Sqrt(variance)
		return Estimate{estimate, se, estimate - z*se, estimate + z*se}
	}
	s.Risk0, s.Risk1 = around(risks[0], v[0][0]), around(risks[1], v[1][1])
	s.Difference = around(risks[1]-risks[0], v[0][0]+v[1][1]-2*v[0][1])
	log := around(math.Log(risks[1]/risks[0]), v[0][0]/(risks[0]*risks[0])+v[1][1]/(risks[1]*risks[1])-2*v[0][1]/(risks[0]*risks[1]))
	s.Ratio = Estimate{math.Exp(log.Estimate), log.SE, math.Exp(log.Lower), math.Exp(log.Upper)}
}

// bootstrap fits the model to resamples of patients; limits are quantiles.
func (c *counterfactual) bootstrap(in Input, out *Standardized, risks [2]float64) error {
	resamples, err := in.wholeNumber("resamples", 500)
	if err != nil {
		return err
	}
	seed, err := in.wholeNumber("seed", 1)
	if err != nil {
		return err
	}
	if resamples < 20 || resamples > 1e5 {
		return &stats.Error{Problem: stats.Invalid, Variable: "resamples", Detail: fmt.Sprintf("%d of them", resamples), Advice: "Take 500 or more"}
	}
	drawn := make([]*[2]float64, resamples)
	fit.InParallel(resamples, func(k int) {
		r := rand.New(rand.NewPCG(uint64(seed), uint64(k)))
		rows := make([]int, len(c.y))
		y := make([]float64, len(c.y))
		for i := range rows {
			rows[i] = r.IntN(len(c.y))
			y[i] = c.y[rows[i]]
		}
		part := counterfactual{y: y, x: c.x.Take(rows), set: [2]stats.Design{c.set[0].Take(rows), c.set[1].Take(rows)}}
		if in.stopped() != nil {
			return
		}
		if m, err := regress.Logistic(y, part.x, regress.Options{}); err == nil {
			own, _ := part.marginal(m, false)
			drawn[k] = &own
		}
	})
	if err := in.stopped(); err != nil {
		return err
	}
	kept := slices.DeleteFunc(drawn, func(d *[2]float64) bool { return d == nil })
	if out.Resamples = len(kept); 10*len(kept) < 9*resamples {
		return &stats.Error{Problem: stats.NotEstimable, Variable: "resamples", Detail: fmt.Sprintf("%d of %d could not be fitted", resamples-len(kept), resamples), Advice: "Take fewer terms, or errors by the delta method"}
	}
	alpha := (1 - in.level()) / 2
	of := func(value func(r [2]float64) float64) Estimate {
		list := make([]float64, len(kept))
		for i, r := range kept {
			list[i] = value(*r)
		}
		slices.Sort(list)
		return Estimate{value(risks), causal.SD(list), describe.Quantile7(list, alpha), describe.Quantile7(list, 1-alpha)}
	}
	out.Risk0, out.Risk1 = of(func(r [2]float64) float64 { return r[0] }), of(func(r [2]float64) float64 { return r[1] })
	out.Difference = of(func(r [2]float64) float64 { return r[1] - r[0] })
	log := of(func(r [2]float64) float64 { return math.Log(r[1] / r[0]) })
	out.Ratio = Estimate{math.Exp(log.Estimate), log.SE, math.Exp(log.Lower), math.Exp(log.Upper)}
	return nil
}

// poisson is the risk ratio of a model without interactions of the treatment, by Poisson regression of the 0 and 1 with robust errors; nil where there is no such term
// or no such fit.
func (c *counterfactual) poisson(in Input) *PoissonRR {
	at := -1
	for j := range c.x.Terms {
		if !slices.Equal(c.set[0].Columns[j], c.set[1].Columns[j]) {
			if at >= 0 {
				return nil
			}
			at = j
		}
	}
	m, err := regress.Poisson(c.y, c.x, regress.Options{})
	if err != nil || at < 0 {
		return nil
	}
	se, z := regress.SE(m.Robust(regress.HC0))[at], tail.NormalCritical(in.level())
	b := m.Coef[at]
	return &PoissonRR{Estimate{math.Exp(b), se, math.Exp(b - z*se), math.Exp(b + z*se)}, tail.TwoSidedNormal(b / se)}
}
