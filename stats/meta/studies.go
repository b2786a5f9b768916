package meta

import (
	"fmt"
	"math"

	"consilium/stats"
)

// Studies are effects on an additive scale with their variances, one pair a study.
type Studies struct {
	Effect   []float64 // y
	Variance []float64 // v, the squared standard error; positive
}

// Len is the number of studies, k.
func (s Studies) Len() int { return len(s.Effect) }

// without is all studies but one.
func (s Studies) without(i int) Studies {
	return Studies{omit(s.Effect, i), omit(s.Variance, i)}
}

func omit(list []float64, i int) []float64 {
	return append(append(make([]float64, 0, len(list)-1), list[:i]...), list[i+1:]...)
}

// check refuses studies that cannot be pooled: fewer than least, lists of unequal length, an effect that is not finite, a variance that is not positive.
func (s Studies) check(method string, least int) error {
	if len(s.Effect) != len(s.Variance) {
		return &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("%d effects with %d variances", len(s.Effect), len(s.Variance))}
	}
	if s.Len() < least {
		return &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: fmt.Sprintf("%d studies, and it takes at least %d", s.Len(), least),
			Advice: "Report the studies one by one, or pool with a fixed effect"}
	}
	for i, v := range s.Variance {
		if err := checkStudy(method, i, s.Effect[i], v); err != nil {
			return err
		}
	}
	return nil
}

func checkStudy(method string, i int, effect, variance float64) error {
	study := fmt.Sprintf("study %d", i+1)
	switch {
	case math.IsNaN(effect) || math.IsInf(effect, 0):
		return &stats.Error{Method: method, Problem: stats.Missing, Variable: study, Detail: "its effect is not a finite number", Advice: "Add 1/2 to tables with a zero cell, or leave the study out"}
	case math.IsNaN(variance) || math.IsInf(variance, 0):
		return &stats.Error{Method: method, Problem: stats.Missing, Variable: study, Detail: "its variance is not a finite number", Advice: "Leave the study out"}
	case variance == 0:
		return &stats.Error{Method: method, Problem: stats.Infinite, Variable: study, Detail: "its variance is 0", Advice: "Look for a standard deviation or a count that was entered as 0"}
	case variance < 0:
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: study, Detail: fmt.Sprintf("its variance is negative: %g", variance)}
	}
	return nil
}
