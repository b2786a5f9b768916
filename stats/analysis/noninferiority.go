package analysis

import (
	"errors"
	"fmt"
	"math"

	"consilium/stats"
	"consilium/stats/describe"
	"consilium/stats/fit"
	"consilium/stats/survival"
	"consilium/stats/tail"
)

// nonInferiorityMethods ask whether a treatment is not worse than another by more than a margin.
func nonInferiorityMethods() []Method {
	return []Method{{Name: "noninferiority", About: "is a treatment not worse than another by more than a margin; and if so, is it better", Result: NonInferiority{}, compute: nonInferiority,
		Parameters: []Parameter{level,
			{Name: "measure", Kind: Choice, Needed: true, Choices: []string{"risk_difference", "risk_ratio", "odds_ratio", "hazard_ratio", "mean_difference"}, Example: "risk_difference", About: "on which scale the margin is"},
			{Name: "margin", Kind: Number, Needed: true, Example: 0.1, About: "the largest loss that is acceptable: above 0 for differences; for ratios above 1 where higher is worse, and below 1 where higher is better"},
			{Name: "higher_is", Kind: Choice, Needed: true, Choices: []string{"worse", "better"}, Example: "better", About: "whether a higher share, mean or hazard is worse (complications) or better (relief)"},
			{Name: "treatment", Kind: Variable, Example: "endoscopic", About: "1 for the new treatment, 0 for the other"},
			{Name: "outcome", Kind: Variable, Example: "relief", About: "0 and 1, or a number for mean_difference"},
			{Name: "time", Kind: Variable, Example: "months", About: "for hazard_ratio: time until the event or the end of observation"},
			{Name: "status", Kind: Variable, Example: "recurred", About: "for hazard_ratio: 1 for the event"},
			{Name: "a_n1_c_n0", Kind: Numbers, Example: []any{18.0, 120.0, 15.0, 118.0}, About: "events and patients of the new treatment and of the other, in place of data"}}}}
}

// NonInferiority is the answer of a comparison with a margin. Differences and ratios are of the new treatment to the other.
type NonInferiority struct {
	Measure     string              `json:"measure"`
	Margin      float64             `json:"margin" about:"as a limit of the measure: the treatment is not inferior if its whole interval lies on the good side of it"`
	HigherIs    string              `json:"higher_is"`
	N1          float64             `json:"n1"`
	N0          float64             `json:"n0"`
	Value1      float64             `json:"value1" about:"share, mean, or events of the new treatment"`
	Value0      float64             `json:"value0"`
	Estimate    float64             `json:"estimate"`
	Level       float64             `json:"level" about:"two-sided; the test is one-sided at half of what is left"`
	Intervals   map[string]Interval `json:"intervals" about:"by method; the first named in decision_by decides"`
	DecisionBy  string              `json:"decision_by"`
	Z           float64             `json:"z" about:"of the test against the margin"`
	P           float64             `json:"p" about:"one-sided: that the treatment is inferior by the margin or more"`
	NotInferior bool                `json:"noninferior"`
	Superior    *bool               `json:"superior,omitempty" about:"asked only after non-inferiority was shown, so that both questions share one α"`
	PSuperior   *float64            `json:"p_superiority,omitempty" about:"two-sided, of no difference"`
}

// Interval is two limits.
type Interval struct {
	Lower float64 `json:"lower"`
	Upper float64 `json:"upper"`
}

func nonInferiority(in Input) (any, error) {
	r := &NonInferiority{Measure: in.Spec.Text("measure"), HigherIs: in.Spec.Text("higher_is"), Level: in.level(), Intervals: map[string]Interval{}}
	if err := r.limit(in.Spec.Number("margin", math.NaN())); err != nil {
		return nil, err
	}
	compare := map[string]func(Input) (noDifference float64, err error){"hazard_ratio": r.hazards, "mean_difference": r.means}[r.Measure]
	if compare == nil {
		compare = r.shares
	}
	none, err := compare(in)
	if err != nil {
		return nil, err
	}
	r.decide(none)
	return r, nil
}

// limit turns the margin into a limit of the measure: on the side that is worse.
func (r *NonInferiority) limit(margin float64) error {
	worse := 1.0
	if r.HigherIs == "better" {
		worse = -1
	}
	ratio := r.Measure == "risk_ratio" || r.Measure == "odds_ratio" || r.Measure == "hazard_ratio"
	switch {
	case math.IsNaN(margin):
		return &stats.Error{Problem: stats.Invalid, Variable: "margin", Detail: "it is not given", Advice: "A margin is chosen before the data are seen, by what patients would accept"}
	case ratio && worse > 0 && !(margin > 1 && margin <= math.MaxFloat64):
		return &stats.Error{Problem: stats.Invalid, Variable: "margin", Detail: fmt.Sprintf("a ratio of %g, where higher is worse: it has to be above 1", margin), Advice: "Write one such as 1.25, or say that higher is better"}
	case ratio && worse < 0 && !(margin > 0 && margin < 1):
		return &stats.Error{Problem: stats.Invalid, Variable: "margin", Detail: fmt.Sprintf("a ratio of %g, where higher is better: it has to be below 1", margin), Advice: "Write one such as 0.8, or say that higher is worse"}
	case ratio:
		r.Margin = margin
	case margin <= 0 || margin >= 1 && r.Measure == "risk_difference":
		return &stats.Error{Problem: stats.Invalid, Variable: "margin", Detail: fmt.Sprintf("a difference of %g: a loss is above 0, and of shares below 1", margin), Advice: "Write one such as 0.1; higher_is says in which direction it counts"}
	default:
		r.Margin = worse * margin
	}
	return nil
}

// decide compares the deciding interval with the margin.
func (r *NonInferiority) decide(pNoDifference float64) {
	i := r.Intervals[r.DecisionBy]
	none := 0.0
	if r.Measure == "risk_ratio" || r.Measure == "odds_ratio" || r.Measure == "hazard_ratio" {
		none = 1
	}
	r.NotInferior = i.Upper < r.Margin
	better := i.Upper < none
	if r.HigherIs == "better" {
		r.NotInferior, better = i.Lower > r.Margin, i.Lower > none
	}
	if r.NotInferior {
		r.Superior, r.PSuperior = &better, &pNoDifference
	}
}

// against is the test on a scale where the estimate is normal.
func (r *NonInferiority) against(estimate, se, margin float64) {
	r.Z = (estimate - margin) / se
	r.P = tail.NormalUpper(-r.Z)
	if r.HigherIs == "better" {
		r.P = tail.NormalUpper(r.Z)
	}
}

func (r *NonInferiority) shares(in Input) (pNoDifference float64, err error) {
	x1, n1, x0, n0, err := twoCounts(in)
	if err != nil {
		return 0, err
	}
	r.N1, r.N0, r.Value1, r.Value0 = float64(n1), float64(n0), float64(x1)/float64(n1), float64(x0)/float64(n0)
	t, err := describe.CompareProportions(x1, n1, x0, n0, r.Level)
	if err != nil {
		return 0, err
	}
	var test describe.MarginTest
	switch r.Measure {
	case "risk_difference":
		r.Estimate, r.DecisionBy = t.Difference, "newcombe"
		r.Intervals["newcombe"], r.Intervals["wald"] = Interval(t.Newcombe), Interval(t.Wald)
		test, err = describe.DifferenceScore(x1, n1, x0, n0, r.Margin)
	case "risk_ratio":
		r.Estimate, r.DecisionBy = t.RiskRatio, "katz"
		r.Intervals["katz"] = Interval(t.Katz)
		test, err = describe.RatioScore(x1, n1, x0, n0, r.Margin)
	default:
		r.Estimate, r.DecisionBy = t.OddsRatio, "woolf"
		r.Intervals["woolf"] = Interval(t.Woolf)
		se := math.Log(t.Woolf.Upper/t.Woolf.Lower) / 2 / tail.NormalCritical(r.Level)
		r.against(math.Log(t.OddsRatio), se, math.Log(r.Margin))
	}
	if err != nil {
		return 0, err
	}
	if math.IsNaN(r.Estimate) {
		return 0, &stats.Error{Problem: stats.NotEstimable, Variable: r.Measure, Detail: "a group has no events", Advice: "Take the risk difference"}
	}
	if r.Measure != "odds_ratio" {
		r.Z, r.P = test.Z, test.Less
		if r.HigherIs == "better" {
			r.P = test.More
		}
	}
	chi, err := describe.ChiSquare([][]float64{{float64(x1), float64(n1 - x1)}, {float64(x0), float64(n0 - x0)}}, false)
	if errors.Is(err, stats.EmptyStratum) { // nobody, or everybody, had the event: there is an interval, but no test of no difference
		return math.NaN(), nil
	}
	return chi.P, err
}

// twoCounts are events and patients of both treatments, as they are given or counted.
func twoCounts(in Input) (x1, n1, x0, n0 int, err error) {
	if given := in.Spec.Numbers("a_n1_c_n0"); given != nil {
		if len(given) != 4 {
			return 0, 0, 0, 0, &stats.Error{Problem: stats.Invalid, Variable: "a_n1_c_n0", Detail: fmt.Sprintf("%d numbers where 4 are needed", len(given))}
		}
		return int(given[0]), int(given[1]), int(given[2]), int(given[3]), nil
	}
	first, second, err := byTreatment(in, in.Spec.Text("outcome"))
	if err != nil {
		return 0, 0, 0, 0, err
	}
	for _, y := range append(append([]float64{}, first...), second...) {
		if y != 0 && y != 1 {
			return 0, 0, 0, 0, &stats.Error{Problem: stats.Invalid, Variable: in.Spec.Text("outcome"), Detail: fmt.Sprintf("it is %g somewhere, and not 0 or 1", y)}
		}
	}
	sum := func(list []float64) (s int) {
		for _, v := range list {
			s += int(v)
		}
		return s
	}
	return sum(first), len(first), sum(second), len(second), nil
}

// byTreatment are the values of a variable under the new treatment and under the other.
func byTreatment(in Input, name string) (first, second []float64, err error) {
	t, err := tableOf(in, in.Spec.Text("treatment"), name)
	if err != nil {
		return nil, nil, err
	}
	treated, err := t.Numbers(in.Spec.Text("treatment"))
	if err != nil {
		return nil, nil, err
	}
	values, err := t.Numbers(name)
	if err != nil {
		return nil, nil, err
	}
	for i, v := range values {
		switch treated[i] {
		case 1:
			first = append(first, v)
		case 0:
			second = append(second, v)
		default:
			return nil, nil, &stats.Error{Problem: stats.Invalid, Variable: in.Spec.Text("treatment"), Detail: fmt.Sprintf("row %d has %g, not 0 or 1", i+1, treated[i])}
		}
	}
	if len(first) == 0 || len(second) == 0 {
		return nil, nil, &stats.Error{Problem: stats.OneLevel, Variable: in.Spec.Text("treatment"), Detail: "only one treatment was given"}
	}
	return first, second, nil
}

func (r *NonInferiority) means(in Input) (pNoDifference float64, err error) {
	first, second, err := byTreatment(in, in.Spec.Text("outcome"))
	if err != nil {
		return 0, err
	}
	w, err := describe.Welch(first, second, r.Level)
	if err != nil {
		return 0, err
	}
	r.N1, r.N0, r.Value1, r.Value0 = float64(len(first)), float64(len(second)), w.Means[0], w.Means[1]
	r.Estimate, r.DecisionBy = w.Means[0]-w.Means[1], "welch"
	r.Intervals["welch"] = Interval{w.Lower, w.Upper}
	se := r.Estimate / w.Statistic
	if r.Estimate == 0 {
		se = (w.Upper - w.Lower) / 2 / tail.TQuantile((1+r.Level)/2, w.DF)
	}
	r.Z = (r.Estimate - r.Margin) / se
	r.P = tail.TUpper(-r.Z, w.DF)
	if r.HigherIs == "better" {
		r.P = tail.TUpper(r.Z, w.DF)
	}
	return w.P, nil
}

func (r *NonInferiority) hazards(in Input) (pNoDifference float64, err error) {
	treatment := in.Spec.Text("treatment")
	d, err := twoStateRows(in, treatment)
	if err != nil {
		return 0, err
	}
	x, err := d.table.Numbers(treatment)
	if err != nil {
		return 0, err
	}
	sets, err := survival.NewRiskSets(d.times, stats.Design{Terms: []string{treatment}, Columns: [][]float64{x}}, survival.CoxOptions{})
	if err != nil {
		return 0, err
	}
	m, err := survival.Cox(sets, fit.Options{})
	if err != nil {
		return 0, err
	}
	for i, v := range x {
		if v == 1 {
			r.N1++
			r.Value1 += eventsOf(d.times.Event[i:i+1], 1)[0]
		} else {
			r.N0++
			r.Value0 += eventsOf(d.times.Event[i:i+1], 1)[0]
		}
	}
	w := survival.Wald(m.Coef, m.Covariance, r.Level)
	r.Estimate, r.DecisionBy = math.Exp(m.Coef[0]), "wald"
	r.Intervals["wald"] = Interval{math.Exp(w.Lower[0]), math.Exp(w.Upper[0])}
	r.against(m.Coef[0], w.SE[0], math.Log(r.Margin))
	return w.P[0], nil
}
