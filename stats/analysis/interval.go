package analysis

import (
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/survival"
)

// intervalMethods are of times that are known to lie between two visits.
func intervalMethods() []Method {
	ends := []Parameter{
		{Name: "lower", Kind: Variable, Needed: true, Example: "last_free", About: "last time at which the event was known not to have happened; empty or 0: never looked before"},
		{Name: "upper", Kind: Variable, Needed: true, Example: "first_seen", About: "first time at which it was known to have happened; empty: not yet. Equal ends are an exact time"},
		level,
	}
	return []Method{
		{Name: "interval_censored", About: "time until an event that is only seen at visits: it happened between two of them; a Weibull model", Result: IntervalCensored{}, compute: intervalCensored,
			Parameters: join([]Parameter{
				{Name: "formula", Kind: Formula, Example: "~ technique + rcs(age, 4)", About: "what explains the time; it has no left side"},
				{Name: "predictors", Kind: Variables, Example: []any{"age", "endoscopic"}, About: "the same, if there is no formula; they enter linearly"}}, ends)},
		{Name: "turnbull", About: "the share without an event that is only seen at visits, without a model; and the log-rank test of groups", Result: IntervalCurves{}, compute: intervalCurves, Parameters: join(ends, intervalCurveKeys)},
	}
}

// IntervalCensored is a Weibull model, told by hazards and by times.
type IntervalCensored struct {
	Coefficients
	HR         []float64 `json:"hr" about:"exp of the coefficients"`
	TimeTerms  []string  `json:"time_terms"`
	LogTime    []float64 `json:"log_time" about:"by what the log of the time is moved (accelerated failure time), the intercept first"`
	LogTimeSE  []float64 `json:"log_time_se"`
	Shape      float64   `json:"shape" about:"above 1: the hazard rises with time"`
	LogShapeSE float64   `json:"log_shape_se"`
	LogLik     float64   `json:"loglik"`
	N          int       `json:"n"`
	Unseen     int       `json:"unseen,omitempty" about:"rows left out because their event may lie anywhere: no visit without it, and none with it"`
	Exact      int       `json:"exact" about:"times that are known"`
	Between    int       `json:"between" about:"times that lie between two visits"`
	Effects    []Effect  `json:"effects"`
}

func intervalCensored(in Input) (any, error) {
	if err := without(in.Spec, "strata", "cluster", "group", "offset", "outcome", "time"); err != nil {
		return nil, err
	}
	names := in.Spec.Texts("predictors")
	times, t, err := intervals(in, names)
	if err != nil {
		return nil, err
	}
	read := len(times)
	times, t = telling(times, t)
	x, err := predictors(t, names)
	if err != nil {
		return nil, err
	}
	m, err := survival.Weibull(times, x)
	if err != nil {
		return nil, err
	}
	r := IntervalCensored{Coefficients: newCoefficients(m.Terms, m.Coef, m.Fit.SE(), in.level()), TimeTerms: x.Terms, LogTime: m.LogTime, LogTimeSE: m.LogTimeSE, Shape: m.Shape, LogShapeSE: m.LogShapeSE,
		LogLik: m.LogLik, N: m.Rows, Unseen: read - len(times), Exact: m.Exact, Between: m.Between}
	r.HR, r.OR = slices.Clone(r.OR), nil
	r.Effects = fitted{terms: m.Terms, coef: m.Coef, covariance: m.Covariance, df: math.Inf(1), level: in.level(), x: x}.effects(in.Spec)
	return r, nil
}

// telling leaves out the rows whose event may lie anywhere, which say nothing of it.
func telling(times []survival.Interval, t *stats.Table) ([]survival.Interval, *stats.Table) {
	anywhere := func(i survival.Interval) bool { return i.Lower <= 0 && math.IsInf(i.Upper, 1) }
	if !slices.ContainsFunc(times, anywhere) {
		return times, t
	}
	kept := t.Keep(func(i int) bool { return !anywhere(times[i]) })
	return slices.DeleteFunc(times, anywhere), kept
}

// intervals reads between what each event lies, and the other variables of these rows; rows that miss one of them, or were never seen at all, are left out.
func intervals(in Input, also []string) ([]survival.Interval, *stats.Table, error) {
	if in.Table == nil {
		return nil, nil, &stats.Error{Problem: stats.Invalid, Detail: "there is no data set"}
	}
	t := in.Table
	if len(also) > 0 {
		var err error
		if t, err = in.complete(t, also...); err != nil {
			return nil, nil, err
		}
	}
	lower, err := t.Numbers(in.Spec.Text("lower"))
	if err != nil {
		return nil, nil, err
	}
	upper, err := t.Numbers(in.Spec.Text("upper"))
	if err != nil {
		return nil, nil, err
	}
	var times []survival.Interval
	var rows []int
	for i := range lower {
		one := survival.Interval{Lower: lower[i], Upper: upper[i]}
		if math.IsNaN(one.Lower) && math.IsNaN(one.Upper) {
			continue
		}
		if math.IsNaN(one.Lower) {
			one.Lower = 0
		}
		if math.IsNaN(one.Upper) {
			one.Upper = math.Inf(1)
		}
		times, rows = append(times, one), append(rows, i)
	}
	return times, t.Take(rows), nil
}
