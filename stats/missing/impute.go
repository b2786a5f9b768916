package missing

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"

	"consilium/stats"
	"consilium/stats/fit"
)

// Plan says what to impute, and how. Its zero value imputes every variable of the table from all others, 5 times after 10 iterations, with seed 0.
type Plan struct {
	Variables   []string            // of the analysis, outcome included: impute from and to these; nil for all of the table
	Methods     map[string]Method   // of variables with missing values; those not named: words and two values as categories, other numbers by PMM
	Predictors  map[string][]string // what a variable is predicted by; for those not named, all other variables
	Imputations int                 // m; default 5. As many as the percentage of rows with missing values is a good rule
	Iterations  int                 // default 10
	Donors      int                 // of PMM; default 5
	Seed        uint64
	Center      string       // the variable of centers, for the methods of two levels, which are then those of numbers and of two values that are not named; not predicted, and predicting by these alone
	NoMeans     bool         // centers' means of the predictors do not predict in the methods of two levels
	Passive     []Passive    // variables made up of others, each after those that it is made of; Methods and Variables do not name them
	Stop        func() error // asked between iterations: an error ends the imputation with it; nil never does
}

// Imputed is m completed copies of a table.
type Imputed struct {
	M         int
	Variables []string // that had missing values
	Traces    []Trace  // one for each of them
	table     *stats.Table
	plan      []*variable
	values    [][][]float64 // imputation, variable of plan, missing row
	centers   centers
}

// Trace is how the imputed values of a variable moved over the iterations: free of trend and well mixed, if the iterations were enough.
type Trace struct {
	Variable string
	Mean, SD [][]float64 // imputation, iteration; of a categorical variable, of its level's index
}

// Impute draws missing values by chained equations: each variable in turn is regressed on the others where it is observed, parameters are drawn
// from their posterior, and its missing values from what these predict; the round is repeated, so that the draws settle.
// Categorical predictors enter as indicators of their levels. Every variable with missing values that is used is imputed.
//
// Imputations run on several processors, each with a stream of its own from the seed. A variable without any value is a Missing error, one that does not vary
// a OneLevel error, a predictor that others determine a Collinear one; each names the variable.
// Source: van Buuren, Boshuizen and Knook, Statistics in Medicine 18 (1999) 681–694; van Buuren and Groothuis-Oudshoorn, Journal of Statistical
// Software 45/3 (2011); PMM with type 1 matching and 5 donors: Morris, White and Royston, BMC Medical Research Methodology 14 (2014) 75.
func Impute(t *stats.Table, p Plan) (*Imputed, error) {
	defaults(&p)
	if p.Imputations < 1 || p.Iterations < 1 || p.Donors < 1 {
		return nil, &stats.Error{Method: imputation, Problem: stats.Invalid, Detail: fmt.Sprintf("%d imputations, %d iterations, %d donors", p.Imputations, p.Iterations, p.Donors)}
	}
	columns, err := choose(t, p.Variables)
	if err != nil {
		return nil, err
	}
	if t, err = withPassive(t, p.Passive); err != nil {
		return nil, err
	}
	im := &Imputed{M: p.Imputations, table: t, values: make([][][]float64, p.Imputations)}
	if im.centers, err = centersOf(t, p.Center); err != nil {
		return nil, err
	}
	for _, c := range columns {
		if c.Name == p.Center {
			continue
		}
		v, err := prepare(c, p.Methods[c.Name], p.Center != "")
		if err != nil {
			return nil, err
		}
		im.add(v)
	}
	for _, passive := range p.Passive {
		v, err := preparePassive(t, passive)
		if err != nil {
			return nil, err
		}
		im.add(v)
	}
	predictors, err := im.predictors(p)
	if err != nil {
		return nil, err
	}
	return im, im.run(p, predictors)
}

// add takes a variable into the plan.
func (im *Imputed) add(v *variable) {
	im.plan = append(im.plan, v)
	if len(v.missing) > 0 {
		im.Variables = append(im.Variables, v.name)
		im.Traces = append(im.Traces, Trace{v.name, make([][]float64, im.M), make([][]float64, im.M)})
	}
}

func defaults(p *Plan) {
	for _, d := range []struct {
		at    *int
		value int
	}{{&p.Imputations, 5}, {&p.Iterations, 10}, {&p.Donors, 5}} {
		if *d.at == 0 {
			*d.at = d.value
		}
	}
}

// predictors are, for each variable of the plan, the indices of those it is predicted by.
func (im *Imputed) predictors(p Plan) ([][]int, error) {
	index := map[string]int{}
	for j, v := range im.plan {
		index[v.name] = j
	}
	for _, name := range slices.Concat(slices.Collect(keys(p.Methods)), slices.Collect(keys(p.Predictors))) {
		if _, ok := index[name]; !ok {
			return nil, &stats.Error{Method: imputation, Problem: stats.Invalid, Variable: name, Detail: "it is not one of the variables to impute from"}
		}
	}
	out := make([][]int, len(im.plan))
	for j, v := range im.plan {
		chosen, named := p.Predictors[v.name]
		for k, other := range im.plan {
			if k != j && (named && slices.Contains(chosen, other.name) || !named && !slices.Contains(other.parts, v.name)) {
				out[j] = append(out[j], k)
			}
		}
		for _, name := range chosen {
			if _, ok := index[name]; !ok || name == v.name {
				return nil, &stats.Error{Method: imputation, Problem: stats.Invalid, Variable: v.name, Detail: fmt.Sprintf("it cannot be predicted by %q", name)}
			}
		}
	}
	return out, nil
}

// keys goes through a map's keys; their order does not matter to what is made of them here.
func keys[V any](m map[string]V) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// run draws all imputations, each on whatever processor is free.
func (im *Imputed) run(p Plan, predictors [][]int) error {
	failed := make([]error, im.M)
	fit.InParallel(im.M, func(k int) { failed[k] = im.impute(k, p, predictors) })
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// impute draws imputation k.
func (im *Imputed) impute(k int, p Plan, predictors [][]int) error {
	c := newChain(im.plan, rand.New(rand.NewPCG(p.Seed, uint64(k))), p.Donors)
	c.centers, c.means = im.centers, !p.NoMeans
	for range p.Iterations {
		traced := 0
		for j, v := range im.plan {
			if len(v.missing) == 0 {
				continue
			}
			if p.Stop != nil {
				if err := p.Stop(); err != nil {
					return err
				}
			}
			if err := c.draw(j, predictors[j]); err != nil {
				return err
			}
			mean, sd := meanSD(c.values[j], v.missing)
			im.Traces[traced].Mean[k] = append(im.Traces[traced].Mean[k], mean)
			im.Traces[traced].SD[k] = append(im.Traces[traced].SD[k], sd)
			traced++
		}
	}
	im.values[k] = make([][]float64, len(im.plan))
	for j, v := range im.plan {
		for _, i := range v.missing {
			im.values[k][j] = append(im.values[k][j], c.values[j][i])
		}
	}
	return nil
}

func meanSD(value []float64, rows []int) (mean, sd float64) {
	n := float64(len(rows))
	for _, i := range rows {
		mean += value[i] / n
	}
	for _, i := range rows {
		sd += (value[i] - mean) * (value[i] - mean)
	}
	return mean, math.Sqrt(sd / max(n-1, 1))
}

// Table is the k-th completed table, k from 0: all columns of the original, those of the plan without missing values.
func (im *Imputed) Table(k int) *stats.Table {
	out := &stats.Table{Columns: slices.Clone(im.table.Columns)}
	for j, v := range im.plan {
		at := slices.IndexFunc(out.Columns, func(c stats.Column) bool { return c.Name == v.name })
		out.Columns[at] = v.complete(im.values[k][j])
	}
	return out
}

// Mean is the mean of the values imputed for a variable, over all imputations; of a categorical variable, the mean index of its levels, which for two
// levels is the share of the second. A variable that had no missing value is an Invalid error.
func (im *Imputed) Mean(name string) (float64, error) {
	j := slices.IndexFunc(im.plan, func(v *variable) bool { return v.name == name })
	if j < 0 || len(im.plan[j].missing) == 0 {
		return 0, &stats.Error{Method: imputation, Problem: stats.Invalid, Variable: name, Detail: "nothing was imputed"}
	}
	var sum float64
	for _, values := range im.values {
		sum += floats.Sum(values[j])
	}
	return sum / float64(im.M*len(im.plan[j].missing)), nil
}

// Estimate is one analysis of one completed table: a coefficient and its squared standard error for each term.
type Estimate struct {
	Terms          []string
	Coef, Variance []float64
	DFResidual     float64 // +Inf if the analysis knows none
}

// NewEstimate takes a regression's coefficients with their standard errors.
func NewEstimate(terms []string, coef, se []float64, dfResidual int) Estimate {
	e := Estimate{Terms: terms, Coef: coef, Variance: make([]float64, len(se)), DFResidual: float64(dfResidual)}
	floats.MulTo(e.Variance, se, se)
	return e
}

// SE is the standard error of each coefficient.
func (e Estimate) SE() []float64 {
	se := make([]float64, len(e.Variance))
	for i, v := range e.Variance {
		se[i] = math.Sqrt(v)
	}
	return se
}

// Pool analyzes each completed table and combines the results by Rubin's rules, with the degrees of freedom of the first. Analyses that
// differ in their terms are an Invalid error.
func (im *Imputed) Pool(analyze func(t *stats.Table) (Estimate, error), level float64) (*Pooled, error) {
	var estimates, variances [][]float64
	var first Estimate
	for k := range im.M {
		e, err := analyze(im.Table(k))
		if err != nil {
			return nil, err
		}
		if k == 0 {
			first = e
		}
		if !slices.Equal(e.Terms, first.Terms) {
			return nil, &stats.Error{Method: "Rubin's rules", Problem: stats.Invalid, Detail: fmt.Sprintf("imputation %d has the terms %v, the first %v", k+1, e.Terms, first.Terms)}
		}
		estimates, variances = append(estimates, e.Coef), append(variances, e.Variance)
	}
	p, err := Pool(estimates, variances, first.DFResidual, level)
	if err != nil {
		return nil, err
	}
	p.Terms = first.Terms
	return p, nil
}

// PotentialScale is Gelman and Rubin's R̂ of the means over the second half of the iterations: near 1 (below about 1.1) if the imputations agree as
// well with each other as each with itself; +Inf if each is stuck at a value of its own; NaN for fewer than 2 imputations or 4 iterations.
// Source: Gelman and Rubin, Statistical Science 7 (1992) 457–472.
func (t Trace) PotentialScale() float64 {
	if len(t.Mean) < 2 || len(t.Mean[0]) < 4 {
		return math.NaN()
	}
	n := len(t.Mean[0]) - len(t.Mean[0])/2
	rows := make([]int, n)
	for i := range rows {
		rows[i] = len(t.Mean[0])/2 + i
	}
	means, within := make([]float64, len(t.Mean)), 0.0
	chains := make([]int, len(t.Mean))
	for k, chain := range t.Mean {
		mean, sd := meanSD(chain, rows)
		means[k], chains[k] = mean, k
		within += sd * sd / float64(len(t.Mean))
	}
	_, between := meanSD(means, chains)
	if within == 0 && between == 0 {
		return 1
	}
	return math.Sqrt(float64(n-1)/float64(n) + between*between/within)
}
