package causal

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/matrix"
)

// Nearness says which rows may be matched with each other, and how far apart they are.
type Nearness struct {
	Score   []float64
	Caliper float64 // largest distance on Score; +Inf for none
	Exact   []int   // only rows of one number are matched with each other; nil for no such condition
	// Covariates, if there are any, are what rows are near in, by Mahalanobis's distance with the covariance pooled within arms; else the score is.
	Covariates *stats.Design
}

func (o Nearness) check(a Arms, method string) error {
	if err := a.check(method, "distance", o.Score); err != nil {
		return err
	}
	if math.IsNaN(o.Caliper) || o.Caliper < 0 {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "caliper", Detail: fmt.Sprintf("it is %v", o.Caliper), Advice: "Take a value of 0 or more, or +Inf for none"}
	}
	if o.Exact != nil && len(o.Exact) != len(o.Score) {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "exact", Detail: fmt.Sprintf("%d values for %d rows", len(o.Exact), len(o.Score))}
	}
	return nil
}

// may says whether two rows may be matched.
func (o Nearness) may(i, j int) bool {
	return (o.Exact == nil || o.Exact[i] == o.Exact[j]) && math.Abs(o.Score[i]-o.Score[j]) <= o.Caliper+near
}

// distance is how far two rows are apart.
func (o Nearness) distance(a Arms) (func(i, j int) float64, error) {
	points, err := o.points(a)
	if err != nil {
		return nil, err
	}
	return points.distance, nil
}

// points are rows as places whose straight distance is that of matching.
type points [][]float64

func (p points) distance(i, j int) float64 {
	if len(p[i]) == 1 {
		return math.Abs(p[i][0] - p[j][0])
	}
	var squares float64
	for k, v := range p[i] {
		squares += (v - p[j][k]) * (v - p[j][k])
	}
	return math.Sqrt(squares)
}

// span is at least the distance of any two of the points.
func (p points) span() float64 {
	middle := make([]float64, len(p[0]))
	for _, one := range p {
		for k, v := range one {
			middle[k] += v / float64(len(p))
		}
	}
	around := append(slices.Clip(p), middle)
	far := 0.0
	for i := range p {
		far = max(far, around.distance(i, len(p)))
	}
	return 2 * far
}

func (o Nearness) points(a Arms) (points, error) {
	out := make(points, len(a.Treated))
	if o.Covariates == nil {
		for i, v := range o.Score {
			out[i] = []float64{v}
		}
		return out, nil
	}
	var columns [][]float64
	var terms []string
	for j, term := range o.Covariates.Terms {
		if term != stats.Intercept {
			columns, terms = append(columns, o.Covariates.Columns[j]), append(terms, term)
		}
	}
	c, dependent, ok := matrix.Factor(a.pooled(columns))
	if !ok {
		return nil, &stats.Error{Method: "matching", Problem: stats.Collinear, Variable: terms[dependent], Detail: "the covariates before it determine it, or it does not vary within the arms", Advice: "Leave it out"}
	}
	row := make([]float64, len(columns))
	for i := range out {
		for k, column := range columns {
			row[k] = column[i]
		}
		out[i] = c.Whiten(row)
	}
	return out, nil
}

// pooled is the covariance of columns within the arms, over n − 2.
func (a Arms) pooled(columns [][]float64) matrix.Symmetric {
	n := len(a.Treated)
	ones := slices.Repeat([]float64{1}, n)
	centered := make([][]float64, len(columns))
	for k, column := range columns {
		m1, m0 := a.means(column, ones)
		centered[k] = make([]float64, n)
		for i, v := range column {
			if a.Treated[i] {
				centered[k][i] = v - m1
			} else {
				centered[k][i] = v - m0
			}
		}
	}
	s := matrix.NewSymmetric(len(columns))
	for k := range centered {
		for l := k; l < len(centered); l++ {
			sum := 0.0
			for i, v := range centered[k] {
				sum += v * centered[l][i]
			}
			s.Set(k, l, sum/float64(n-2))
		}
	}
	return s
}
