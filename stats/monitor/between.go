package monitor

import (
	"fmt"
	"math"

	"consilium/stats"
)

// EventChart is a g-chart: how many patients passed without an event before each event.
type EventChart struct {
	Counts       []float64 // one an event
	Center       float64   // mean count
	Upper, Lower float64   // center ± 3·√(center·(center+1)), not below 0
	P            float64   // probability of the event, 1/(center+1)
	ProbUpper    float64   // the count that a run without event exceeds with probability 0.00135
}

// EventsApart makes a g-chart of a series (Benneyan 2001, Health Care Manag Sci 4:305). It suits rare events, where a chart of monthly rates would be mostly
// zeros. A series without events gives NoEvents.
func EventsApart(y []float64) (*EventChart, error) {
	const method = "g-chart"
	if err := checkSeries(method, y, nil); err != nil {
		return nil, err
	}
	out := &EventChart{}
	free := 0.0
	for _, v := range y {
		if v == 1 {
			out.Counts = append(out.Counts, free)
			free = 0
		} else {
			free++
		}
	}
	if len(out.Counts) == 0 {
		return nil, &stats.Error{Method: method, Problem: stats.NoEvents, Variable: "outcome", Detail: fmt.Sprintf("none in %d patients", len(y)), Advice: "Give the upper limit of the rate instead"}
	}
	out.Center = mean(out.Counts)
	spread := 3 * math.Sqrt(out.Center*(out.Center+1))
	out.Upper, out.Lower = out.Center+spread, max(0, out.Center-spread)
	out.P = 1 / (out.Center + 1)
	out.ProbUpper = math.Log(0.00135)/math.Log1p(-out.P) - 1
	return out, nil
}

// DayChart is a t-chart: days between events, made nearly normal by the power 1/3.6, on a chart of individual values. Limits are given on the transformed
// scale and in days.
type DayChart struct {
	Days        []float64 // between events; zeros are left out
	Transformed []float64
	Center      float64 // mean of the transformed
	Sigma       float64 // mean moving range / 1.128
	Upper       float64 // center + 3 sigma
	Lower       float64 // center − 3 sigma, not below 0
}

const power = 3.6

// InDays brings a value of the transformed scale back.
func InDays(transformed float64) float64 { return math.Pow(transformed, power) }

// DaysApart makes a t-chart (Nelson 1994, J Qual Technol 26:239). day is a day count of each patient, not falling along the series. It takes three events on
// different days.
func DaysApart(y, day []float64) (*DayChart, error) {
	const method = "t-chart"
	if err := checkSeries(method, y, nil); err != nil {
		return nil, err
	}
	if len(day) != len(y) {
		return nil, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "day", Detail: fmt.Sprintf("%d days for %d patients", len(day), len(y))}
	}
	out := &DayChart{}
	last := math.NaN()
	for i, v := range y {
		if math.IsNaN(day[i]) || math.IsInf(day[i], 0) {
			return nil, missing(method, "day", i)
		}
		if v != 1 {
			continue
		}
		if gap := day[i] - last; gap > 0 {
			out.Days = append(out.Days, gap)
			out.Transformed = append(out.Transformed, math.Pow(gap, 1/power))
		} else if gap < 0 {
			return nil, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "day", Detail: fmt.Sprintf("patient %d came before the event before", i+1), Advice: "Sort the series by day"}
		}
		last = day[i]
	}
	if len(out.Days) < 2 {
		return nil, &stats.Error{Method: method, Problem: stats.NoEvents, Variable: "outcome", Detail: "it takes events on three different days"}
	}
	var ranges float64
	for i, v := range out.Transformed[1:] {
		ranges += math.Abs(v - out.Transformed[i])
	}
	out.Center = mean(out.Transformed)
	out.Sigma = ranges / float64(len(out.Days)-1) / 1.128
	out.Upper, out.Lower = out.Center+3*out.Sigma, max(0, out.Center-3*out.Sigma)
	return out, nil
}
