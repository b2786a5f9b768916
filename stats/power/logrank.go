package power

import (
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// LogRankSize is the size of a study that compares two survival curves.
type LogRankSize struct {
	Events float64 // of both groups together
	Total  float64 // patients of both groups together
}

// LogRank is the size to find a hazard ratio in a two-sided log-rank test or Cox model. allocation is the share of one group, event the probability that a
// patient has the event within the study (see [EventProbability]). Schoenfeld, Biometrics 1983.
func LogRank(hazardRatio, allocation, power, alpha, event float64) (LogRankSize, error) {
	const method = "sample size for the log-rank test"
	if err := checkHazard(method, hazardRatio, allocation, power, alpha); err != nil {
		return LogRankSize{}, err
	}
	if hazardRatio == 1 {
		return LogRankSize{}, noDifference(method, "hazard ratio")
	}
	return schoenfeld(method, upper(alpha/2)+upper(1-power), math.Log(hazardRatio), allocation, event)
}

// NonInferiorSurvival is the size to show, one-sided at alpha, that a hazard ratio lies below a margin above 1, when it truly is the one given (1 if the
// treatments are equal). Schoenfeld's formula at the distance of the two logarithms; Chow, Shao and Wang, Sample Size Calculations in Clinical Research, 2008,
// section 7.3.
func NonInferiorSurvival(hazardRatio, margin, allocation, power, alpha, event float64) (LogRankSize, error) {
	const method = "sample size for non-inferior survival"
	if err := checkHazard(method, hazardRatio, allocation, power, alpha); err != nil {
		return LogRankSize{}, err
	}
	if !(margin > 1) || math.IsInf(margin, 1) {
		return LogRankSize{}, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "margin", Detail: "a hazard ratio that is no worse allows for one above 1"}
	}
	room, err := room(method, math.Log(margin), math.Log(hazardRatio))
	if err != nil {
		return LogRankSize{}, err
	}
	return schoenfeld(method, upper(alpha)+upper(1-power), room, allocation, event)
}

func schoenfeld(method string, z, logRatio, allocation, event float64) (LogRankSize, error) {
	if !(event > 0 && event <= 1) {
		return LogRankSize{}, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "event", Detail: "the probability of an event lies above 0 and not above 1"}
	}
	events := z * z / (allocation * (1 - allocation) * logRatio * logRatio)
	return LogRankSize{Events: events, Total: events / event}, nil
}

// OfLogRank is the power of a study with so many events in a two-sided log-rank test; significance in the wrong direction is not counted.
func OfLogRank(hazardRatio, allocation, events, alpha float64) (float64, error) {
	const method = "power of the log-rank test"
	if err := checkHazard(method, hazardRatio, allocation, (1+alpha)/2, alpha); err != nil {
		return math.NaN(), err
	}
	if !(events > 0) || math.IsInf(events, 1) {
		return math.NaN(), &stats.Error{Method: method, Problem: stats.NoEvents, Variable: "events"}
	}
	return tail.NormalLower(math.Sqrt(events*allocation*(1-allocation))*math.Abs(math.Log(hazardRatio)) - upper(alpha/2)), nil
}

func checkHazard(method string, hazardRatio, allocation, power, alpha float64) error {
	switch {
	case !(hazardRatio > 0) || math.IsInf(hazardRatio, 1):
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "hazard ratio", Detail: "a hazard ratio is greater than 0"}
	case !(allocation > 0 && allocation < 1):
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "allocation", Detail: "the share of a group lies between 0 and 1"}
	}
	return check(method, alpha, power)
}
