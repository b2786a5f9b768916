package survival

import (
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// Mean is a mean survival time up to Tau, in the unit of the times.
type Mean struct {
	Label   string
	Tau     float64
	Mean    float64 // restricted mean survival time
	SE      float64
	Lost    float64 // restricted mean time lost: Tau less Mean
	Seen    float64 // last time at which somebody of the group was watched
	Beyond  bool    // Tau lies after Seen while some were without the event: the curve was carried on flat, which flatters
	Defined bool    // false for a group without rows, which has NaN for its times
}

// RestrictedMean is the area under each group's Kaplan-Meier curve up to tau. The variance is Greenwood's: the sum over event times t ≤ tau of
// A²·d/(n(n-d)), A being the area from t to tau, and nothing where all who were left died.
// A group without events has the mean tau and a standard error of 0, which says only that nothing was seen.
// It returns Invalid for a tau that is not above 0 and NoEvents if no group has an event. Robust counts of [CountWeighted] have
// errors by the infinitesimal jackknife.
// Royston and Parmar, BMC Med Res Methodol 13 (2013) 152; Uno and others, J Clin Oncol 32 (2014) 2380-2385.
func RestrictedMean(c Counts, tau float64) ([]Mean, error) {
	return RestrictedMeanEach(c.Each(), tau)
}

// RestrictedMeanEach is [RestrictedMean] of groups that were counted each by itself ([CountEach]).
func RestrictedMeanEach(groups []Counts, tau float64) ([]Mean, error) {
	if !(tau > 0) || math.IsInf(tau, 0) {
		return nil, &stats.Error{Method: "restricted mean", Problem: stats.Invalid, Variable: "tau", Detail: "it is not a time above 0"}
	}
	curves, err := KaplanMeierEach(groups, LogLog, 0.95)
	if err != nil {
		return nil, stats.In("restricted mean", err)
	}
	means := make([]Mean, len(curves))
	for i, k := range curves {
		means[i] = k.mean(tau)
		if groups[i].ExitSquares != nil && means[i].Defined {
			means[i].SE = k.jackknifeMean(groups[i], tau)
		}
	}
	return means, nil
}

// jackknifeMean is the standard error of a mean by the infinitesimal jackknife, for rows with weights: what each row, with its weight, adds to the area under the
// curve. With A the area from a time to tau, a row at risk adds A·d/(y(y−d)), and one that dies takes A/(y−d) away. It is Greenwood's where all weights are 1.
func (k Curve) jackknifeMean(c Counts, tau float64) float64 {
	area := make([]float64, len(k.Time))
	right, sum := tau, 0.0
	for i := len(k.Time) - 1; i >= 0; i-- {
		if k.Time[i] <= tau {
			sum += k.Survival[i] * (right - k.Time[i])
			right = k.Time[i]
		}
		area[i] = sum
	}
	still, held, variance := 0.0, 0.0, 0.0
	for _, squares := range c.ExitSquares[0] {
		still += squares
	}
	at := 0
	for i, exits := range c.ExitSquares[0] {
		if c.Exits[0][i] == 0 {
			continue
		}
		if k.Time[at] > tau {
			break
		}
		own := 0.0
		if y, d := k.AtRisk[at], k.Events[at]; d > 0 && y > d {
			own = area[at] / (y - d)
			held += own * d / y
		}
		died := c.EventSquares[0][i]
		variance += (exits-died)*held*held + died*(held-own)*(held-own)
		still = max(0, still-exits)
		at++
	}
	return math.Sqrt(variance + still*held*held)
}

// mean walks back from tau, so that the area to the right of each event is at hand.
func (k Curve) mean(tau float64) Mean {
	m := Mean{Label: k.Label, Tau: tau, Defined: len(k.Time) > 0}
	if !m.Defined {
		m.Mean, m.SE, m.Lost, m.Seen = math.NaN(), math.NaN(), math.NaN(), math.NaN()
		return m
	}
	last := len(k.Time) - 1
	m.Seen = k.Time[last]
	m.Beyond = tau > m.Seen && k.Survival[last] > 0
	right, variance := tau, 0.0
	for i := last; i >= 0; i-- {
		if k.Time[i] > tau {
			continue
		}
		m.Mean += k.Survival[i] * (right - k.Time[i])
		right = k.Time[i]
		if n, d := k.AtRisk[i], k.Events[i]; n > d {
			variance += m.Mean * m.Mean * d / (n * (n - d))
		}
	}
	m.Mean += right
	m.SE, m.Lost = math.Sqrt(variance), tau-m.Mean
	return m
}

// Contrast is a comparison of two means: a difference in time, and a ratio with limits taken on the log scale.
type Contrast struct {
	Difference, SE, Lower, Upper, P float64
	Ratio, RatioLower, RatioUpper   float64
}

// Contrast compares a with b; level is the confidence of the limits, 0.95 for 95 %.
func (a Mean) Contrast(b Mean, level float64) Contrast {
	z := tail.NormalCritical(level)
	c := Contrast{Difference: a.Mean - b.Mean, SE: math.Hypot(a.SE, b.SE), Ratio: a.Mean / b.Mean}
	c.Lower, c.Upper = c.Difference-z*c.SE, c.Difference+z*c.SE
	c.P = tail.TwoSidedNormal(c.Difference / c.SE)
	spread := math.Exp(z * math.Hypot(a.SE/a.Mean, b.SE/b.Mean))
	c.RatioLower, c.RatioUpper = c.Ratio/spread, c.Ratio*spread
	return c
}
