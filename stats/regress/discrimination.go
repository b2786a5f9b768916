package regress

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/tail"
)

// Discrimination is how well predictions tell rows with the event from rows without.
type Discrimination struct {
	C  float64 // P(the one with the event has the higher prediction) + ½·P(they tie): the area under the ROC curve
	SE float64 // DeLong's
}

// Interval is C ± z·SE, cut at 0 and 1. Where predictions tell all rows apart (C is 1) DeLong's error is 0 and the interval a point: it then says nothing.
func (d Discrimination) Interval(level float64) Interval {
	h := tail.NormalCritical(level) * d.SE
	return Interval{max(0, d.C-h), min(1, d.C+h)}
}

// Discriminate gives the c-statistic with DeLong's error (DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988) 837–845) by midranks, in n·log n
// steps (Sun and Xu, IEEE Signal Processing Letters 21 (2014) 1389–1393).
//
// y is 0 or 1, prediction any number that rises with the risk; both have one value a row. It returns a *stats.Error unless both outcomes occur; with
// only one row of either kind SE is NaN.
func Discriminate(y, prediction []float64) (Discrimination, error) {
	const method = "c-statistic"
	if err := checkPredictions(method, y, prediction); err != nil {
		return Discrimination{}, err
	}
	var with, without []float64
	for i, v := range prediction {
		if y[i] == 1 {
			with = append(with, v)
		} else {
			without = append(without, v)
		}
	}
	if len(with) == 0 || len(without) == 0 {
		return Discrimination{}, &stats.Error{Method: method, Problem: stats.OneLevel, Variable: Outcome, Detail: fmt.Sprintf("%d rows with the event, %d without", len(with), len(without))}
	}
	slices.Sort(with)
	slices.Sort(without)
	c, overOthers := placements(with, without)
	_, overEvents := placements(without, with)
	return Discrimination{c, math.Sqrt(overOthers/float64(len(with)) + overEvents/float64(len(without)))}, nil
}

// placements takes of each value of a the share of b below it (ties half): their mean, and their variance. Both are sorted.
func placements(a, b []float64) (mean, variance float64) {
	below, upTo, squares := 0, 0, 0.0
	for i, v := range a {
		for below < len(b) && b[below] < v {
			below++
		}
		for upTo < len(b) && b[upTo] <= v {
			upTo++
		}
		share := float64(below+upTo) / 2 / float64(len(b))
		d := share - mean
		mean += d / float64(i+1)
		squares += d * (share - mean)
	}
	return mean, squares / float64(len(a)-1)
}

func checkPredictions(method string, y, prediction []float64) error {
	if len(y) != len(prediction) || len(y) == 0 {
		return &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("%d outcomes and %d predictions", len(y), len(prediction))}
	}
	for i, v := range y {
		if v != 0 && v != 1 {
			return &stats.Error{Method: method, Problem: stats.Invalid, Variable: Outcome, Detail: fmt.Sprintf("row %d is %g, not 0 or 1", i+1, v)}
		}
		if math.IsNaN(prediction[i]) {
			return &stats.Error{Method: method, Problem: stats.Missing, Variable: "prediction", Detail: fmt.Sprintf("row %d has none", i+1)}
		}
	}
	return nil
}

// Brier is the mean squared difference of outcome and probability (Brier, Monthly Weather Review 78 (1950) 1–3). NaN for no rows or lists of
// different lengths.
func Brier(y, probability []float64) float64 {
	if len(y) != len(probability) {
		return math.NaN()
	}
	var sum float64
	for i, p := range probability {
		sum += (p - y[i]) * (p - y[i])
	}
	return sum / float64(len(y))
}

// NagelkerkeR2 is the generalized coefficient of determination, scaled to reach 1 (Nagelkerke, Biometrika 78 (1991) 691–692).
func (m *Model) NagelkerkeR2() float64 {
	n := float64(m.N)
	return math.Expm1((m.Deviance-m.NullDeviance)/n) / math.Expm1(-m.NullDeviance/n)
}

// PearsonDispersion is the sum of squared Pearson residuals over the residual degrees of freedom: about 1 if the counts vary as the family says.
func (m *Model) PearsonDispersion() float64 {
	var sum float64
	r := m.rows()
	for i, mean := range m.Fitted {
		e := m.Y[i] - mean
		if e != 0 {
			sum += r.weight(i) * e * e / r.variance(mean)
		}
	}
	return sum / float64(m.DFResidual)
}
