package missing

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"consilium/stats"
	"consilium/stats/matrix"
	"consilium/stats/regress"
)

// chain is the state of one imputation: every value, as numbers and level indices, and as predictor columns.
type chain struct {
	plan    []*variable
	random  *rand.Rand
	donors  int
	values  [][]float64
	columns [][][]float64
	last    [][]float64 // coefficients of each variable's last fit, from which the next starts

	centers centers
	means   bool       // centers' means of predictors predict too
	effects []*effects // the present draws of each variable that has a model with centers
}

// newChain starts from values drawn at random from the observed ones.
func newChain(plan []*variable, random *rand.Rand, donors int) *chain {
	c := &chain{plan: plan, random: random, donors: donors, last: make([][]float64, len(plan)), effects: make([]*effects, len(plan))}
	for _, v := range plan {
		value := slices.Clone(v.value)
		for _, i := range v.missing {
			value[i] = v.value[v.observed[random.IntN(len(v.observed))]]
		}
		columns := [][]float64{value} // one level: the column is the value itself
		if v.levels > 2 {
			columns = make([][]float64, v.levels-1)
			for k := range columns {
				columns[k] = make([]float64, len(value))
			}
			v.code(value, columns, v.observed)
			v.code(value, columns, v.missing)
		}
		c.values, c.columns = append(c.values, value), append(c.columns, columns)
	}
	return c
}

// draw imputes variable j once more, from the present values of its predictors.
func (c *chain) draw(j int, predictors []int) error {
	v := c.plan[j]
	if v.expression != "" {
		return c.compute(j)
	}
	terms, columns := []string(nil), [][]float64(nil)
	for _, k := range predictors {
		terms, columns = append(terms, c.plan[k].terms()...), append(columns, c.columns[k]...)
	}
	x := stats.NewDesign(terms, columns, len(v.value))
	seen, unseen := x.Take(v.observed), x.Take(v.missing)
	y := make([]float64, len(v.observed))
	for k, i := range v.observed {
		y[k] = v.value[i]
	}
	if err := varied(v, seen); err != nil {
		return err
	}
	var drawn []float64
	var err error
	switch v.method {
	case TwoLevel:
		drawn, err = c.twoLevels(j, y, c.centers.withMeans(x, c.means))
	case TwoLevelBinary:
		drawn, err = c.twoLevelsOfTwo(j, y, c.centers.withMeans(x, c.means))
	case PMM:
		drawn, err = c.pmm(y, seen, unseen)
	case Normal:
		drawn, err = c.normal(y, seen, unseen)
	case Logistic:
		drawn, err = c.logistic(j, y, seen, unseen)
	case Polytomous:
		drawn, err = c.polytomous(j, y, seen, unseen)
	}
	if err != nil {
		return imputing(v, err)
	}
	for k, i := range v.missing {
		c.values[j][i] = drawn[k]
	}
	if v.levels > 2 {
		v.code(c.values[j], c.columns[j], v.missing)
	}
	return nil
}

// varied refuses a predictor that is constant where the variable is observed: nothing could be learned of it.
func varied(v *variable, seen stats.Design) error {
	for j, column := range seen.Columns[1:] {
		if !slices.ContainsFunc(column, func(value float64) bool { return value != column[0] }) {
			return &stats.Error{Method: imputation, Problem: stats.OneLevel, Variable: seen.Terms[j+1], Detail: fmt.Sprintf("it does not vary among the rows in which %s is observed", v.name),
				Advice: fmt.Sprintf("Leave it out of the predictors of %s, or join its levels", v.name)}
		}
	}
	return nil
}

// imputing says for which variable a model failed.
func imputing(v *variable, err error) error {
	var e *stats.Error
	if !errors.As(err, &e) {
		return err
	}
	named := *e
	named.Method = imputation
	named.Detail = fmt.Sprintf("in the model of %s: %s", v.name, e.Detail)
	if e.Variable == "" || e.Variable == regress.Outcome {
		named.Variable = v.name
	}
	return &named
}

// linear draws a linear model from its posterior under a flat prior: σ² from RSS/χ²(n-k), then β from N(β̂, σ²(XᵀX)⁻¹).
func (c *chain) linear(y []float64, x stats.Design) (fit *regress.LinearModel, beta []float64, sigma float64, err error) {
	fit, err = regress.Linear(y, x, regress.Options{})
	if err != nil {
		return nil, nil, 0, err
	}
	chi2 := distuv.ChiSquared{K: float64(fit.DFResidual), Src: c.random}.Rand()
	sigma = math.Sqrt(fit.RSS / chi2)
	return fit, c.normalVector(fit.Coef, fit.Unscaled, sigma), sigma, nil
}

func (c *chain) normal(y []float64, seen, unseen stats.Design) ([]float64, error) {
	_, beta, sigma, err := c.linear(y, seen)
	if err != nil {
		return nil, err
	}
	drawn := unseen.Times(beta)
	for k := range drawn {
		drawn[k] += sigma * c.random.NormFloat64()
	}
	return drawn, nil
}

// pmm predicts observed rows with the estimate and missing rows with the drawn coefficients (type 1 matching), and gives each missing
// row the value of one of the observed rows predicted most alike. Equal predictions, as categorical predictors give, compete for the places of donors by one
// lot for the whole imputation, as in R's mice: missing rows that are predicted alike share their donors, which adds to the variance between imputations.
func (c *chain) pmm(y []float64, seen, unseen stats.Design) ([]float64, error) {
	fit, beta, _, err := c.linear(y, seen)
	if err != nil {
		return nil, err
	}
	pool := make([]prediction, len(y))
	for k, mean := range fit.Fitted {
		pool[k] = prediction{mean, y[k]}
	}
	c.random.Shuffle(len(pool), func(k, l int) { pool[k], pool[l] = pool[l], pool[k] })
	slices.SortFunc(pool, byMean)
	drawn := unseen.Times(beta)
	for k, target := range drawn {
		drawn[k] = c.donor(pool, target)
	}
	return drawn, nil
}

// donor is the value of one of the donors whose predictions lie nearest to the target.
func (c *chain) donor(pool []prediction, target float64) float64 {
	low, _ := slices.BinarySearchFunc(pool, prediction{mean: target}, byMean)
	high := low
	for high-low < min(c.donors, len(pool)) {
		if high == len(pool) || low > 0 && target-pool[low-1].mean < pool[high].mean-target {
			low--
		} else {
			high++
		}
	}
	return pool[low+c.random.IntN(high-low)].value
}

// normalVector draws from a normal distribution with the given mean and scale²·covariance.
func (c *chain) normalVector(mean []float64, covariance matrix.Symmetric, scale float64) []float64 {
	z := make([]float64, len(mean))
	for k := range z {
		z[k] = scale * c.random.NormFloat64()
	}
	drawn := slices.Clone(mean)
	for i, row := range lower(covariance) {
		for k, l := range row {
			drawn[i] += l * z[k]
		}
	}
	return drawn
}

// lower is L with L·Lᵀ = s, by rows. A direction without variance has a row of zeros from there on.
func lower(s matrix.Symmetric) [][]float64 {
	l := make([][]float64, s.N)
	for i := range l {
		l[i] = make([]float64, i+1)
		for j := range l[i] {
			rest := s.At(i, j)
			for k := range j {
				rest -= l[i][k] * l[j][k]
			}
			switch {
			case i == j:
				l[i][i] = math.Sqrt(max(rest, 0))
			case l[j][j] > 0:
				l[i][j] = rest / l[j][j]
			}
		}
	}
	return l
}
