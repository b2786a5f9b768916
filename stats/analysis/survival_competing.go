package analysis

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"consilium/stats"
	"consilium/stats/survival"
)

// competingMethods are those of several kinds of events, of which the first ends the observation.
func competingMethods() []Method {
	return []Method{
		{Name: "aalen_johansen", About: "how many had each of several competing events by each time, and Gray's test", Parameters: join(timeKeys, entryKeys, []Parameter{groupKeys[0]}, incidenceKeys), Result: object{}, compute: competingIncidence},
		{Name: "fine_gray", About: "what goes with the cumulative incidence of one of several competing events", Parameters: join(timeKeys, entryKeys, fineGrayKeys), Result: object{}, compute: fineGray},
	}
}

var censoredKey = Parameter{Name: "cencode", Kind: Whole, Default: 0.0, Example: 2.0, About: "the status of those who were censored"}

// weightKey names the weights of rows.
var weightKey = Parameter{Name: "weights", Kind: Variable, Example: "w", About: "weight of each row, such as one of treatment received; whole numbers count equal rows, others call for robust errors"}

// weightsAreKey says what the weights of curves mean, where their values do not: those of a matching with replacement are whole by chance.
var weightsAreKey = Parameter{Name: "weights_are", Kind: Choice, Example: "shares", Choices: []string{"counts", "shares"},
	About: "what weights mean: numbers of equal rows (counts), or how much a row tells (shares), which calls for robust errors; if absent, counts where all are whole"}

var incidenceKeys = []Parameter{
	{Name: "times", Kind: Numbers, Example: []any{12.0, 24.0}, About: "when the curves are read off"},
	weightKey, weightsAreKey,
	{Name: "strata", Kind: Variables, Example: "hospital", About: "Gray's test compares within each value of these"},
	{Name: "rho", Kind: Number, Default: 0.0, If: "group", Example: 1.0, About: "weight of early events in Gray's test"},
	{Name: "gray", Kind: Truth, Example: true, About: "Gray's test among more groups than it is computed for unasked"},
	{Name: "whole", Kind: Truth, Default: false, Example: true, About: "the curves at each of their times, for drawing"},
	{Name: "time_label", Kind: Text, Example: "Months since operation", About: "how the axis of time is written"},
	censoredKey,
}

var fineGrayKeys = []Parameter{
	{Name: "predictors", Kind: Variables, Example: []any{"age", "female"}, About: "what explains the incidence, if there is no formula"},
	weightKey,
	{Name: "strata", Kind: Variables, Example: "hospital", About: "each value has a baseline and a censoring of its own"},
	{Name: "cluster", Kind: Variable, Example: "hospital", About: "rows of one value may resemble each other: robust errors"},
	{Name: "failcode", Kind: Whole, Default: 1.0, Example: 2.0, About: "the status of the event in question"},
	censoredKey,
}

// competingIncidence is the cumulative incidence of each cause by group, their comparison, and the same from a multi-state curve.
func competingIncidence(in Input) (any, error) {
	if err := without(in.Spec, "cluster"); err != nil {
		return nil, err
	}
	names, weights := in.Spec.Texts("group"), in.Spec.Texts("weights")
	d, err := survivalRows(in, slices.Concat(names, in.Spec.Texts("strata"), weights)...)
	if err != nil {
		return nil, err
	}
	d.times.Event = recoded(d.times.Event, int(in.Spec.Number("cencode", 0)))
	g, err := survivalGroups(d.table, names, false)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		g.Labels = []string{"1"}
	}
	w, robust, err := rowWeights(d.table, in.Spec)
	if err != nil {
		return nil, err
	}
	c, err := survival.CountCausesEach(d.times, g, w, robust)
	if err != nil {
		return nil, err
	}
	out := object{"times": in.Spec.Numbers("times")}
	if out["curves"], err = incidenceFields(c, in.Spec); err != nil {
		return nil, err
	}
	if len(g.Labels) > 1 && w == nil {
		if len(g.Labels) > mostGray && !in.Spec.Truth("gray") {
			out["gray"] = object{"problem": fmt.Sprintf("%d groups: the work grows with the third power of their number; ask for it with \"gray\": true", len(g.Labels))}
		} else if out["gray"], err = grayFields(d, g, in.Spec); err != nil {
			return nil, err
		}
	}
	if in.Spec["whole"] == true {
		if out["whole"], err = wholeIncidence(c, in.level()); err != nil {
			return nil, err
		}
	}
	out["survfit"], err = stateFields(c, in.Spec)
	return out, err
}

// rowWeights are the weights that the specification names, and whether they call for robust errors, as those that are not whole do; nil without.
func rowWeights(t *stats.Table, s Spec) (weights []float64, robust bool, err error) {
	names := s.Texts("weights")
	if len(names) == 0 {
		return nil, false, nil
	}
	weights, err = t.Numbers(names[0])
	broken := slices.IndexFunc(weights, func(v float64) bool { return v != math.Floor(v) })
	switch s.Text(weightsAreKey.Name) {
	case "counts":
		if broken >= 0 {
			err = &stats.Error{Problem: stats.Invalid, Variable: weightsAreKey.Name, Detail: fmt.Sprintf("row %d has the weight %v, which is no count", broken+1, weights[broken]), Advice: "Take shares"}
		}
		return weights, false, err
	case "shares":
		return weights, true, err
	}
	return weights, broken >= 0, err
}

// mostGray is how many groups Gray's test compares unasked.
const mostGray = 12

// recoded swaps the code for censored with 0.
func recoded(events []int, censored int) []int {
	if censored == 0 {
		return events
	}
	out := slices.Clone(events)
	for i, e := range events {
		switch e {
		case censored:
			out[i] = 0
		case 0:
			out[i] = censored
		}
	}
	return out
}

func incidenceFields(each []survival.Competing, s Spec) ([]any, error) {
	curves, err := incidences(each)
	if err != nil {
		return nil, err
	}
	times := slices.Compact(slices.Sorted(slices.Values(s.Numbers("times"))))
	var out []any
	seen := causesSeen(each...)
	for _, curve := range curves {
		if !slices.Contains(seen, curve.Cause) {
			continue
		}
		var est, variance, lower, upper []float64
		for _, t := range times {
			e, v := curve.At(t)
			l, u := survival.Limits(e, v, s.Number(level.Name, 0.95))
			est, variance, lower, upper = append(est, e), append(variance, v), append(lower, l), append(upper, u)
		}
		out = append(out, object{"group_cause": fmt.Sprintf("%s %d", curve.Label, curve.Cause), "est": est, "var_aalen": variance, "loglog_lower": lower, "loglog_upper": upper})
	}
	return out, nil
}

// incidences are the curves of all groups, by cause and within it by group.
func incidences(each []survival.Competing) ([]survival.Incidence, error) {
	var out []survival.Incidence
	for _, c := range each {
		curves, err := survival.CumulativeIncidence(c)
		if err != nil {
			return nil, err
		}
		out = append(out, curves...)
	}
	slices.SortStableFunc(out, func(a, b survival.Incidence) int { return a.Cause - b.Cause })
	return out, nil
}

func grayFields(d survivalData, g survival.Groups, s Spec) (object, error) {
	by, err := survivalGroups(d.table, s.Texts("strata"), true)
	if err != nil {
		return nil, err
	}
	strata, err := survival.CountCausesStrata(d.times, g, by)
	if err != nil {
		return nil, err
	}
	var cause []string
	var chisq, p []float64
	var df []int
	for _, k := range causesSeen(strata...) {
		test, err := survival.GrayTest(k, s.Number("rho", 0), strata...)
		if errors.Is(err, stats.NotEstimable) {
			test = survival.ChiSquare{Statistic: math.NaN(), DF: len(g.Labels) - 1, P: math.NaN()}
		} else if err != nil {
			return nil, err
		}
		cause, chisq, p, df = append(cause, strconv.Itoa(k)), append(chisq, test.Statistic), append(p, test.P), append(df, test.DF)
	}
	return object{"cause": cause, "chisq": chisq, "p": p, "df": df}, nil
}

// causesSeen are the causes that anybody had; a status may leave out numbers.
func causesSeen(strata ...survival.Competing) []int {
	var out []int
	for k := range strata[0] {
		if slices.ContainsFunc(strata, func(c survival.Competing) bool { return c.Events(k+1) > 0 }) {
			out = append(out, k+1)
		}
	}
	return out
}

func stateFields(each []survival.Competing, s Spec) (object, error) {
	strata, time := []string{}, []float64{}
	states := max(3, len(each[0])+1) // two causes are written even if nobody had the second
	p, se := make([][]float64, states), make([][]float64, states)
	for _, c := range each { // one group after the other, for a curve is as long as its group and only a few times of it are wanted
		curves, err := survival.StateCurves(c)
		if err != nil {
			return nil, err
		}
		for _, t := range slices.Sorted(slices.Values(s.Numbers("times"))) {
			if len(each) > 1 {
				strata = append(strata, "g="+curves[0].Label)
			}
			time = append(time, t)
			for state := range p {
				var v, e float64
				if state <= len(c) {
					v, e = curves[0].At(state, t)
				}
				p[state], se[state] = append(p[state], v), append(se[state], e)
			}
		}
	}
	out := object{"strata": strata, "time": time}
	for state := range p {
		out[fmt.Sprintf("state%d", state)], out[fmt.Sprintf("se%d_ij", state)] = p[state], se[state]
	}
	return out, nil
}

func fineGray(in Input) (any, error) {
	names := in.Spec.Texts("predictors")
	strata := in.Spec.Texts("strata")
	d, err := survivalRows(in, slices.Concat(names, strata, in.Spec.Texts("weights"), in.Spec.Texts("cluster"))...)
	if err != nil {
		return nil, err
	}
	if err := without(in.Spec, "offset"); err != nil {
		return nil, err
	}
	x, err := predictors(d.table, names)
	if err != nil {
		return nil, err
	}
	times := d.times
	cencode := int(in.Spec.Number("cencode", 0))
	times.Event = recoded(times.Event, cencode)
	cause := int(in.Spec.Number("failcode", 1))
	if cause == 0 {
		cause = cencode // 0 was a cause, and now has the code that was censoring
	}
	var o survival.FineGrayOptions
	if o.Strata, err = survivalGroups(d.table, strata, true); err != nil {
		return nil, err
	}
	if o.Weights, _, err = rowWeights(d.table, in.Spec); err != nil {
		return nil, err
	}
	if cluster := in.Spec.Text("cluster"); cluster != "" {
		if o.Cluster, err = codesOf(d.table, cluster); err != nil {
			return nil, err
		}
	}
	m, err := survival.FineGray(times, stats.Design{Terms: x.Terms[1:], Columns: x.Columns[1:]}, cause, o)
	if err != nil {
		return nil, err
	}
	out := waldFields(m.Terms, m.Coef, m.Covariance, in.level())
	maps.Copy(out, object{"shr": exponentialsOf(m.Coef), "loglik": m.Sums.LogLik, "loglik_null": m.Start.LogLik, "converged": true,
		"n": m.Rows, "events": m.Events, "vcov": m.Covariance.Rows(),
		"effects": fitted{terms: m.Terms, coef: m.Coef, covariance: m.Covariance, df: math.Inf(1), level: in.level(), x: x, events: eventsOf(times.Event, cause)}.effects(in.Spec)})
	return out, nil
}
