package predict

import (
	"fmt"
	"math"
	"math/rand/v2"

	"consilium/stats"
	"consilium/stats/fit"
)

// CrossValidated is a path with the deviance that its models have on rows they were not fitted to.
type CrossValidated struct {
	*Path           // of all rows
	Mean  []float64 // for each penalty, the mean deviance of a row left out
	SE    []float64 // its standard error, from the spread between folds
	Min   int       // the penalty with the least deviance
	OneSE int       // the largest penalty whose deviance is within one standard error of it
	Folds int
}

// Folds deals n rows at random into k folds whose sizes differ by one at most; for a k below 1, into one.
func Folds(n, k int, seed uint64) []int {
	folds := make([]int, n)
	for i := range folds {
		folds[i] = i % max(1, k)
	}
	r := rand.New(rand.NewPCG(seed, 0))
	r.Shuffle(n, func(i, j int) { folds[i], folds[j] = folds[j], folds[i] })
	return folds
}

// CrossValidate fits the path to all rows, and to the rows outside of each fold in turn at the same penalties (Stone, JRSS B 36 (1974) 111-147; as cv.glmnet
// with type.measure = "deviance" and the lambda of the whole fit). Deviances take probabilities no nearer to 0 and 1 than 1e-5. The standard error is that of the
// folds' means, weighted by their sizes; with fewer than 3 rows a fold, that of the rows.
//
// fold[i] is the fold of row i, from 0. It returns the errors of [Penalized], also for an outcome of one level outside of a fold.
func CrossValidate(y []float64, x stats.Design, fold []int, o Penalty) (*CrossValidated, error) {
	whole, err := Penalized(y, x, o)
	if err != nil {
		return nil, err
	}
	rows, err := rowsOf(fold, len(y))
	if err != nil {
		return nil, err
	}
	o.Lambda = whole.Lambda
	c := &CrossValidated{Path: whole, Folds: len(rows)}
	deviances := make([][]float64, len(y)) // by row, for each penalty
	problems := make([]error, len(rows))
	fit.InParallel(len(rows), func(k int) {
		problems[k] = leaveOut(y, x, fold, k, rows[k], o, deviances)
	})
	for _, err := range problems {
		if err != nil {
			return nil, err
		}
	}
	c.summarize(deviances, rows)
	return c, nil
}

// leaveOut fits the path to the rows outside of fold k and writes the deviances of those within.
func leaveOut(y []float64, x stats.Design, fold []int, k int, out []int, o Penalty, deviances [][]float64) error {
	p, err := withoutFold(y, x, fold, k, o)
	if err != nil {
		return err
	}
	for _, i := range out {
		deviances[i] = make([]float64, len(p.Lambda))
	}
	left := x.Take(out)
	for l := range p.Lambda {
		risks, err := p.Risk(l, left)
		if err != nil {
			return err
		}
		for r, i := range out {
			deviances[i][l] = rowDeviance(y[i], risks[r])
		}
	}
	return nil
}

func rowsOf(fold []int, n int) ([][]int, error) {
	bad := func(detail string) error {
		return &stats.Error{Method: "cross-validation", Problem: stats.Invalid, Variable: "folds", Detail: detail}
	}
	if len(fold) != n {
		return nil, bad(fmt.Sprintf("%d values for %d rows", len(fold), n))
	}
	var rows [][]int
	for i, k := range fold {
		if k < 0 || k >= n {
			return nil, bad(fmt.Sprintf("row %d is in fold %d", i+1, k))
		}
		for len(rows) <= k {
			rows = append(rows, nil)
		}
		rows[k] = append(rows[k], i)
	}
	for k, r := range rows {
		if len(r) == 0 {
			return nil, bad(fmt.Sprintf("fold %d has no row", k))
		}
	}
	if len(rows) < 2 {
		return nil, bad("there are not two folds")
	}
	return rows, nil
}

// withoutFold fits the path to the rows outside of a fold. A term that does not vary there gets the coefficient 0.
func withoutFold(y []float64, x stats.Design, fold []int, k int, o Penalty) (*Path, error) {
	var in []int
	var outcome []float64
	for i, f := range fold {
		if f != k {
			in, outcome = append(in, i), append(outcome, y[i])
		}
	}
	if err := checkOutcome(penalizedName, outcome); err != nil {
		e := *err.(*stats.Error)
		e.Detail += fmt.Sprintf(" outside of fold %d", k)
		e.Advice = "Take fewer folds, or deal rows with and without the event separately"
		return nil, &e
	}
	p, err := standardize(x.Take(in)).path(outcome, o)
	return p, stats.In(penalizedName, err)
}

func rowDeviance(y, risk float64) float64 {
	const edge = 1e-5
	risk = min(max(risk, edge), 1-edge)
	return -2 * (y*math.Log(risk) + (1-y)*math.Log(1-risk))
}

// summarize gives mean and standard error for each penalty, and chooses.
func (c *CrossValidated) summarize(deviances [][]float64, rows [][]int) {
	n := float64(len(deviances))
	units, weights := deviances, make([]float64, len(deviances))
	for i := range weights {
		weights[i] = 1 / n
	}
	if n/float64(len(rows)) >= 3 {
		units, weights = foldMeans(deviances, rows)
	}
	for l := range c.Lambda {
		var mean, squares float64
		for i, u := range units {
			mean += weights[i] * u[l]
		}
		for i, u := range units {
			squares += weights[i] * (u[l] - mean) * (u[l] - mean)
		}
		c.Mean = append(c.Mean, mean)
		c.SE = append(c.SE, math.Sqrt(squares/float64(len(units)-1)))
		if mean < c.Mean[c.Min] {
			c.Min = l
		}
	}
	for c.OneSE = 0; c.Mean[c.OneSE] > c.Mean[c.Min]+c.SE[c.Min]; c.OneSE++ {
	}
}

// foldMeans are the mean deviances of each fold, and the share of rows in it.
func foldMeans(deviances [][]float64, rows [][]int) (means [][]float64, weights []float64) {
	for _, out := range rows {
		mean := make([]float64, len(deviances[0]))
		for _, i := range out {
			for l, d := range deviances[i] {
				mean[l] += d / float64(len(out))
			}
		}
		means, weights = append(means, mean), append(weights, float64(len(out))/float64(len(deviances)))
	}
	return means, weights
}
