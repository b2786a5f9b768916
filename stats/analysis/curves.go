package analysis

import (
	"fmt"

	"consilium/stats/survival"
)

// wholeCurves are the survival curves at each of their times, for a specification that asks for them with "whole": true. Others get the times that they name, because
// a curve of a large study is as long as the study.
func wholeCurves(curves []survival.Curve) []any {
	var out []any
	for _, k := range curves {
		lower, upper := k.Band()
		out = append(out, object{"group": k.Label, "time": k.Time, "value": k.Survival, "lower": lower, "upper": upper, "at_risk": k.AtRisk, "censored": censored(k)})
	}
	return out
}

// censored is how many left without the event at each time: those at risk who were neither seen to have it nor at risk at the next time.
func censored(k survival.Curve) []float64 {
	out := make([]float64, len(k.Time))
	for i := range out {
		next := 0.0
		if i+1 < len(k.AtRisk) {
			next = k.AtRisk[i+1]
		}
		out[i] = max(0, k.AtRisk[i]-k.Events[i]-next)
	}
	return out
}

// wholeIncidence are the cumulative incidences at each of their times, with log-log limits.
func wholeIncidence(each []survival.Competing, level float64) ([]any, error) {
	curves, err := incidences(each)
	if err != nil {
		return nil, err
	}
	var out []any
	for _, k := range curves {
		lower, upper := make([]float64, len(k.Time)), make([]float64, len(k.Time))
		for i := range k.Time {
			lower[i], upper[i] = survival.Limits(k.Incidence[i], k.Variance[i], level)
		}
		out = append(out, object{"group": k.Label, "cause": fmt.Sprint(k.Cause), "time": k.Time, "value": k.Incidence, "lower": lower, "upper": upper})
	}
	return out, nil
}
