package describe

import (
	"fmt"
	"math"

	"consilium/stats"
	"consilium/stats/matrix"
)

// DifferenceOfMeans is the standardized difference of a continuous variable, first minus second, over the root of the mean of the two variances
// (divided by n-1). NaN if a group has fewer than two values or neither varies. Austin, Statistics in Medicine 2009.
func DifferenceOfMeans(first, second []float64) float64 {
	a, b := MomentsOf(present(first)), MomentsOf(present(second))
	return standardized(a.Mean-b.Mean, a.Variance(), b.Variance())
}

// DifferenceOfProportions is the standardized difference of a binary variable, first minus second; variances are p(1-p). NaN if neither varies.
func DifferenceOfProportions(first, second float64) float64 {
	return standardized(first-second, first*(1-first), second*(1-second))
}

func standardized(difference, variance1, variance2 float64) float64 {
	sd := math.Sqrt((variance1 + variance2) / 2)
	if sd == 0 {
		return math.NaN()
	}
	return difference / sd
}

// DifferenceOfCategories is the standardized difference of a variable with k categories, from the count of each category in the two groups: the
// Mahalanobis distance of the proportions of all categories but one (whichever that is), with the mean of the two multinomial covariances. It is
// never negative. Categories that nobody has are left out. Yang and Dalton, SAS Global Forum 2012.
func DifferenceOfCategories(first, second []float64) (float64, error) {
	fail := func(problem stats.Problem, detail string) (float64, error) {
		return math.NaN(), &stats.Error{Method: "standardized difference", Problem: problem, Detail: detail}
	}
	if len(first) != len(second) {
		return fail(stats.Invalid, fmt.Sprintf("%d categories in one group, %d in the other", len(first), len(second)))
	}
	p, q, ok := proportions(first, second)
	switch {
	case !ok:
		return fail(stats.TooFewRows, "a group has no values")
	case len(p) < 2:
		return 0, nil
	}
	k := len(p) - 1
	s := matrix.NewSymmetric(k)
	d := make([]float64, k)
	for i := range k {
		d[i] = p[i+1] - q[i+1]
		for j := range i + 1 {
			v := -(p[i+1]*p[j+1] + q[i+1]*q[j+1]) / 2
			if i == j {
				v += (p[i+1] + q[i+1]) / 2
			}
			s.Set(i, j, v)
		}
	}
	c, _, ok := matrix.Factor(s)
	if !ok {
		return fail(stats.NotEstimable, "the groups share no category, so that the distance has no scale")
	}
	return math.Sqrt(c.Quadratic(d)), nil
}

// proportions are those of the categories that anybody has.
func proportions(first, second []float64) (p, q []float64, ok bool) {
	n, m := total(first), total(second)
	if !(n > 0 && m > 0) {
		return nil, nil, false
	}
	for i := range first {
		if first[i]+second[i] > 0 {
			p, q = append(p, first[i]/n), append(q, second[i]/m)
		}
	}
	return p, q, true
}

func total(list []float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	return sum
}
