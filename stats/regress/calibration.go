package regress

import (
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// Calibration is how predicted risks agree with what happened.
type Calibration struct {
	InTheLarge, InTheLargeSE float64 // intercept of the outcome on logit(p) as offset: 0 is perfect
	Intercept, InterceptSE   float64 // of the outcome on logit(p)
	Slope, SlopeSE           float64 // 1 is perfect, below 1 predictions are too extreme
}

// Calibrate regresses the outcome on the logit of its predicted probability (Cox, Biometrika 45 (1958) 562–565; Steyerberg, Clinical Prediction Models,
// 2nd ed. 2019, chapter 15).
//
// y is 0 or 1, probability strictly between 0 and 1 ([stats.Invalid] otherwise), one value a row. It returns the errors of [Logistic] too.
func Calibrate(y, probability []float64) (Calibration, error) {
	const method = "calibration"
	if err := checkPredictions(method, y, probability); err != nil {
		return Calibration{}, err
	}
	logit := make([]float64, len(probability))
	for i, p := range probability {
		if !(p > 0 && p < 1) {
			return Calibration{}, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "probability", Detail: "one is not between 0 and 1", Advice: "Cut predictions at values just inside"}
		}
		logit[i] = math.Log(p) - math.Log1p(-p)
	}
	large, err := Logistic(y, stats.NewDesign(nil, nil, len(y)), Options{Offset: logit})
	if err != nil {
		return Calibration{}, stats.Rename(method, err)
	}
	slope, err := Logistic(y, stats.NewDesign([]string{"logit"}, [][]float64{logit}, len(y)), Options{})
	if err != nil {
		return Calibration{}, stats.Rename(method, err)
	}
	se := slope.SE()
	return Calibration{large.Coef[0], large.SE()[0], slope.Coef[0], se[0], slope.Coef[1], se[1]}, nil
}

// CalibrationPoint is one group of a calibration plot.
type CalibrationPoint struct {
	N                   int
	Predicted, Observed float64 // mean probability and share with the event
	Lower, Upper        float64 // Wilson's interval of the share
}

// CalibrationCurve groups rows by type-7 quantiles of the predicted probability, as [GoodnessOfFit] does, for a plot of observed against predicted
// risk; intervals are Wilson's (Journal of the American Statistical Association 22 (1927) 209–212) at the given level.
func CalibrationCurve(y, probability []float64, groups int, level float64) ([]CalibrationPoint, error) {
	if err := checkLevel("calibration", level); err != nil {
		return nil, err
	}
	h, err := GoodnessOfFit(y, probability, groups)
	if err != nil {
		return nil, stats.Rename("calibration", err)
	}
	var out []CalibrationPoint
	for k, n := range h.N {
		if n > 0 {
			lower, upper := tail.WilsonLimits(h.Observed[k], float64(n), level)
			out = append(out, CalibrationPoint{n, h.Expected[k] / float64(n), h.Observed[k] / float64(n), lower, upper})
		}
	}
	return out, nil
}
