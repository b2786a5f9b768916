package method

import (
	"math"
	"math/big"

	"consilium/stats"
	"consilium/study/exact"
	"consilium/study/rows"
)

// unscale gives coefficients in the units of the rows: columns were z = (x - m)/s, and the outcome (y - my)/sy. With an intercept it is the first coefficient.
func unscale(names []string, list []rows.Scaling, outcome rows.Scaling, intercept bool, coef []*big.Float, cov exact.Matrix) []Estimate {
	var out []Estimate
	first := 0
	sy := exact.Of(outcome.Scale)
	if intercept {
		first = 1
		weights := []*big.Float{exact.Of(1)}
		for _, s := range list {
			weights = append(weights, exact.Quo(exact.Of(-s.Center), exact.Of(s.Scale)))
		}
		value := exact.Add(exact.Of(outcome.Center), exact.Mul(sy, exact.Dot(weights, coef)))
		out = append(out, Estimate{stats.Intercept, exact.Float(value), exact.Float(exact.Mul(sy, exact.Sqrt(cov.Quadratic(weights))))})
	}
	for j, name := range names {
		by := exact.Quo(sy, exact.Of(list[j].Scale))
		out = append(out, Estimate{name, exact.Float(exact.Mul(by, coef[first+j])), exact.Float(exact.Mul(by, exact.Sqrt(cov.At(first+j, first+j))))})
	}
	return out
}

var unscaled = rows.Scaling{Scale: 1}

// scaled brings values to their common size.
func scaled(x []float64, s rows.Scaling) []float64 {
	z := make([]float64, len(x))
	for i, v := range x {
		z[i] = (v - s.Center) / s.Scale
	}
	return z
}

func sum(list []float64) float64 {
	var s, lost float64 // Neumaier's sum: a hospital's figures are right to the last digit also of a million rows
	for _, v := range list {
		t := s + v
		if math.Abs(s) >= math.Abs(v) {
			lost += (s - t) + v
		} else {
			lost += (v - t) + s
		}
		s = t
	}
	return s + lost
}

func dot(a, b []float64) float64 {
	products := make([]float64, len(a))
	for i, v := range a {
		products[i] = v * b[i]
	}
	return sum(products)
}
