package predict

import (
	"fmt"

	"consilium/stats"
	"consilium/stats/regress"
)

// Decision is what a threshold of risk, above which one would treat, gains.
type Decision struct {
	Threshold     float64
	TruePositive  float64 // share of all rows that are treated and have the event
	FalsePositive float64 // share of all rows that are treated and do not
	NetBenefit    float64 // of treating by the model: true positives less false ones at the odds of the threshold
	TreatAll      float64 // net benefit of treating everybody; that of treating nobody is 0
	Standardized  float64 // NetBenefit over the share with the event: 1 is perfect
	// Avoided is how many fewer of 100 patients would be treated than if all were, with no more events missed.
	Avoided float64
}

// Decide draws a decision curve (Vickers and Elkin, Medical Decision Making 26 (2006) 565-574): for each threshold t the net benefit
//
//	TP/n - FP/n · t/(1-t)
//
// of treating those whose risk is at least t. y is 0 or 1, risk from 0 to 1, one value a row; thresholds lie strictly between 0 and 1.
func Decide(y, risk, thresholds []float64) ([]Decision, error) {
	const method = "decision curve"
	if _, err := regress.Discriminate(y, risk); err != nil {
		return nil, stats.In(method, err)
	}
	for i, p := range risk {
		if p < 0 || p > 1 {
			return nil, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "probability", Detail: fmt.Sprintf("row %d has %g", i+1, p)}
		}
	}
	var curve []Decision
	for _, t := range thresholds {
		if !(t > 0 && t < 1) {
			return nil, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "threshold", Detail: fmt.Sprintf("%g is not between 0 and 1", t)}
		}
		curve = append(curve, decide(y, risk, t))
	}
	return curve, nil
}

func decide(y, risk []float64, t float64) Decision {
	n := float64(len(y))
	d := Decision{Threshold: t}
	var events float64
	for i, v := range y {
		events += v
		if risk[i] >= t {
			d.TruePositive += v / n
			d.FalsePositive += (1 - v) / n
		}
	}
	odds, share := t/(1-t), events/n
	d.NetBenefit = d.TruePositive - d.FalsePositive*odds
	d.TreatAll = share - (1-share)*odds
	d.Standardized = d.NetBenefit / share
	d.Avoided = 100 * (d.NetBenefit - d.TreatAll) / odds
	return d
}
