package causal

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/describe"
)

// Target is the population whose mean effect a weighting estimates.
type Target string

// The targets. Stabilized weights estimate the same as ATE; they average near 1.
const (
	ATE        Target = "ATE"            // everybody
	Stabilized Target = "ATE stabilized" // everybody
	ATT        Target = "ATT"            // those who were treated
	ATC        Target = "ATC"            // those who were not
	Overlap    Target = "overlap"        // those who might as well have had the other treatment
)

// weightings gives the weight of a row with propensity e, and its derivative along the linear predictor of e, for a share of treated rows.
var weightings = map[Target]func(e float64, treated bool, share float64) (w, slope float64){
	ATE: func(e float64, treated bool, _ float64) (w, slope float64) {
		if treated {
			return 1 / e, -(1 - e) / e
		}
		return 1 / (1 - e), e / (1 - e)
	},
	Stabilized: func(e float64, treated bool, share float64) (w, slope float64) {
		if treated {
			return share / e, -share * (1 - e) / e
		}
		return (1 - share) / (1 - e), (1 - share) * e / (1 - e)
	},
	ATT: func(e float64, treated bool, _ float64) (w, slope float64) {
		if treated {
			return 1, 0
		}
		return e / (1 - e), e / (1 - e)
	},
	ATC: func(e float64, treated bool, _ float64) (w, slope float64) {
		if treated {
			return (1 - e) / e, -(1 - e) / e
		}
		return 1, 0
	},
	Overlap: func(e float64, treated bool, _ float64) (w, slope float64) {
		if treated {
			return 1 - e, -e * (1 - e)
		}
		return e, e * (1 - e)
	},
}

// Weights is one weight a row, from its propensity e. A propensity of 0 or 1 that leaves a row no finite weight for this target is an
// Infinite error that names it; arms whose propensities do not overlap are a NotEstimable one.
// Source: Robins, Hernán and Brumback, Epidemiology 11 (2000) 550–560; overlap weights: Li, Morgan and Zaslavsky, JASA 113 (2018) 390–400.
func Weights(a Arms, e []float64, target Target) ([]float64, error) {
	w, _, err := weigh(a, e, target)
	return w, err
}

func weigh(a Arms, e []float64, target Target) (w, slope []float64, err error) {
	weighting := weightings[target]
	if weighting == nil {
		return nil, nil, &stats.Error{Method: "propensity weights", Problem: stats.Unsupported, Detail: fmt.Sprintf("there is no target %q", target)}
	}
	if err := checkPropensity("propensity weights", a, e); err != nil {
		return nil, nil, err
	}
	share := float64(a.count()) / float64(len(e))
	w, slope = make([]float64, len(e)), make([]float64, len(e))
	for i, p := range e {
		w[i], slope[i] = weighting(p, a.Treated[i], share)
		if math.IsInf(w[i], 0) || math.IsNaN(w[i]) {
			return nil, nil, noWeight("propensity weights", a, i, p)
		}
	}
	return w, slope, nil
}

// Trim brings the propensities below the lower and above the upper quantile to these quantiles (type 7 of Hyndman and Fan), e.g. 0.01 and 0.99,
// so that no single row carries the comparison. Weights of the result are called trimmed or truncated. Probabilities outside of 0 to 1 are Invalid.
// Source: Cole and Hernán, American Journal of Epidemiology 168 (2008) 656–664.
func Trim(e []float64, lower, upper float64) ([]float64, error) {
	if !(0 <= lower && lower <= upper && upper <= 1) || len(e) == 0 {
		return nil, &stats.Error{Method: "trimming of propensities", Problem: stats.Invalid, Detail: fmt.Sprintf("quantiles %v and %v of %d values", lower, upper, len(e))}
	}
	sorted := slices.Clone(e)
	slices.Sort(sorted)
	from, to := describe.Quantile7(sorted, lower), describe.Quantile7(sorted, upper)
	out := make([]float64, len(e))
	for i, p := range e {
		out[i] = math.Min(math.Max(p, from), to)
	}
	return out, nil
}
