package predict

import (
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/describe"
	"consilium/stats/formula"
	"consilium/stats/matrix"
	"consilium/stats/regress"
	"consilium/stats/tail"
)

// Curve is a smooth calibration curve: what happened to patients of a predicted risk.
type Curve struct {
	Predicted    []float64 // risks at which the curve is drawn
	Observed     []float64 // probability of the event there
	Lower, Upper []float64 // pointwise limits
	// Distances of the curve from the predictions, over all rows (Austin and Steyerberg, Stat Med 38 (2019) 4051-4065): mean, median, 90th percentile
	// (type 7) and maximum of |observed - predicted|.
	ICI, E50, E90, Emax float64
	Knots               []float64 // of the spline, on the scale of logit(risk); nil for a straight line there
}

// Smooth draws the calibration curve of predicted risks by logistic regression of the outcome on a restricted cubic spline of logit(risk), with knots at
// Harrell's quantiles (Harrell, Regression Modeling Strategies, 2nd ed. 2015, sections 2.4.5 and 10.9; Van Calster and others, J Clin Epidemiol 74 (2016) 167-176). It is a
// spline and not loess: a fit by maximum likelihood, with limits, that any program repeats.
//
// y is 0 or 1, risk strictly between 0 and 1, one value a row; knots is 3 to 7; points is how many risks the curve has, evenly spaced on the logit scale from the
// least to the largest predicted; level is of the limits, such as 0.95. Where so few risks differ that knots coincide, the curve is a straight line in logit(risk).
// It returns a *stats.Error for risks that are all alike, and the errors of regress.Logistic.
func Smooth(y, risk []float64, knots, points int, level float64) (*Curve, error) {
	const method = "calibration curve"
	if _, err := regress.Discriminate(y, risk); err != nil {
		return nil, stats.In(method, err)
	}
	if points < 2 || points > 1e6 || !(level > 0 && level < 1) {
		return nil, &stats.Error{Method: method, Problem: stats.Invalid, Detail: "it needs at least two points, and a level between 0 and 1"}
	}
	logit, err := logits(method, risk)
	if err != nil {
		return nil, err
	}
	c := &Curve{}
	if c.Knots, err = formula.Knots(logit, knots); err != nil {
		return nil, err
	}
	if len(slices.Compact(slices.Clone(c.Knots))) < len(c.Knots) {
		c.Knots = nil
	}
	rows, err := splined(logit, c.Knots)
	if err != nil {
		return nil, err
	}
	m, err := regress.Logistic(y, rows, regress.Options{})
	if err != nil {
		return nil, err
	}
	c.measure(m.Fitted, risk)
	return c, c.draw(m.Coef, m.Covariance, logit, points, tail.NormalCritical(level))
}

func logits(method string, risk []float64) ([]float64, error) {
	logit := make([]float64, len(risk))
	for i, p := range risk {
		if !(p > 0 && p < 1) {
			return nil, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "probability", Detail: "one is not between 0 and 1", Advice: "Cut predictions at values just inside"}
		}
		logit[i] = math.Log(p) - math.Log1p(-p)
	}
	return logit, nil
}

func splined(logit, knots []float64) (stats.Design, error) {
	basis, err := [][]float64{logit}, error(nil)
	if knots != nil {
		if basis, err = formula.Spline(logit, knots); err != nil {
			return stats.Design{}, err
		}
	}
	names := []string{"logit", "logit'", "logit''", "logit'''", "logit''''", "logit'''''"}
	return stats.NewDesign(names[:len(basis)], basis, len(logit)), nil
}

func (c *Curve) measure(observed, risk []float64) {
	distance := make([]float64, len(risk))
	for i, p := range risk {
		distance[i] = math.Abs(observed[i] - p)
		c.ICI += distance[i] / float64(len(risk))
	}
	slices.Sort(distance)
	c.E50, c.E90, c.Emax = describe.Quantile7(distance, 0.5), describe.Quantile7(distance, 0.9), distance[len(distance)-1]
}

func (c *Curve) draw(coef []float64, covariance matrix.Symmetric, logit []float64, points int, z float64) error {
	low, high := slices.Min(logit), slices.Max(logit)
	grid := make([]float64, points)
	for i := range grid {
		grid[i] = low + (high-low)*float64(i)/float64(points-1)
	}
	x, err := splined(grid, c.Knots)
	if err != nil {
		return err
	}
	row := make([]float64, x.Width())
	for i, eta := range x.Times(coef) {
		for j, column := range x.Columns {
			row[j] = column[i]
		}
		half := z * math.Sqrt(covariance.Quadratic(row))
		c.Predicted = append(c.Predicted, logistic(grid[i]))
		c.Observed = append(c.Observed, logistic(eta))
		c.Lower, c.Upper = append(c.Lower, logistic(eta-half)), append(c.Upper, logistic(eta+half))
	}
	return nil
}
