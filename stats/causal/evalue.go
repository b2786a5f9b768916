package causal

import (
	"fmt"
	"math"

	"consilium/stats"
)

// Measure is the scale of an effect for [EValue].
type Measure string

// The measures. "Rare": the outcome has an incidence below about 15 % at the end of follow-up, so that the ratio is near a risk ratio.
const (
	RiskRatio         Measure = "RR"
	OddsRatioRare     Measure = "OR_rare"
	OddsRatioCommon   Measure = "OR_common"
	HazardRatioRare   Measure = "HR_rare"
	HazardRatioCommon Measure = "HR_common"
	MeanDifference    Measure = "SMD" // standardized
)

// asRiskRatio are the approximate risk ratios of VanderWeele and Ding 2017, table 2.
var asRiskRatio = map[Measure]func(float64) float64{
	RiskRatio:       func(v float64) float64 { return v },
	OddsRatioRare:   func(v float64) float64 { return v },
	HazardRatioRare: func(v float64) float64 { return v },
	OddsRatioCommon: math.Sqrt,
	HazardRatioCommon: func(h float64) float64 {
		return math.Expm1(-math.Ln2*math.Sqrt(h)) / math.Expm1(-math.Ln2*math.Sqrt(1/h))
	},
	MeanDifference: func(d float64) float64 { return math.Exp(0.91 * d) },
}

// EValues are how strongly an unmeasured confounder would have to be associated with both the treatment and the outcome, each as a risk ratio, to explain
// an effect away.
type EValues struct {
	RiskRatio [3]float64 // estimate, lower and upper limit as risk ratios
	Estimate  float64    // E-value of the estimate, ≥ 1
	Limit     float64    // E-value of the limit that is nearer to no effect; 1 if the interval holds no effect
}

// EValue is the E-value of an estimate with its confidence limits, all on the scale of the measure. Ratios must be positive and the estimate must lie within the
// limits: an Invalid error otherwise.
// Source: VanderWeele and Ding, Annals of Internal Medicine 167 (2017) 268–274.
func EValue(measure Measure, estimate, lower, upper float64) (*EValues, error) {
	convert := asRiskRatio[measure]
	if convert == nil {
		return nil, &stats.Error{Method: "E-value", Problem: stats.Unsupported, Detail: fmt.Sprintf("there is no measure %q", measure)}
	}
	ratio := measure != MeanDifference
	for _, v := range []float64{estimate, lower, upper} {
		if math.IsNaN(v) || math.IsInf(v, 0) || ratio && v <= 0 {
			return nil, &stats.Error{Method: "E-value", Problem: stats.Invalid, Detail: fmt.Sprintf("%s of %v", measure, v), Advice: "Give finite values, above 0 for ratios"}
		}
	}
	if lower > upper {
		return nil, &stats.Error{Method: "E-value", Problem: stats.Invalid, Detail: fmt.Sprintf("the lower limit %v lies above the upper %v", lower, upper)}
	}
	if estimate < lower || estimate > upper {
		return nil, &stats.Error{Method: "E-value", Problem: stats.Invalid, Detail: fmt.Sprintf("the estimate %v lies outside of its limits %v and %v", estimate, lower, upper)}
	}
	e := &EValues{RiskRatio: [3]float64{convert(estimate), convert(lower), convert(upper)}, Limit: 1}
	e.Estimate = eValue(e.RiskRatio[0])
	switch low, high := e.RiskRatio[1], e.RiskRatio[2]; {
	case low <= 1 && high >= 1:
	case e.RiskRatio[0] > 1:
		e.Limit = eValue(low)
	default:
		e.Limit = eValue(high)
	}
	return e, nil
}

func eValue(rr float64) float64 {
	if rr < 1 {
		rr = 1 / rr
	}
	return rr + math.Sqrt(rr*(rr-1))
}
