package analysis

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"consilium/stats"
	"consilium/stats/causal"
	"consilium/stats/describe"
	"consilium/stats/fit"
	"consilium/stats/survival"
	"consilium/stats/tail"
)

// adjustedMethods compare times to an event between two treatments as if the treated and the others had been alike.
func adjustedMethods() []Method {
	return []Method{{Name: "adjusted_curves", About: "what would curves look like if both treatments had had the same patients: weighted Kaplan-Meier or incidence, log-rank, hazard ratio, restricted means",
		Result: AdjustedCurves{}, compute: adjustedCurves,
		Parameters: join(timeKeys[1:], []Parameter{
			{Name: "treatment", Kind: Variable, Needed: true, Example: "endoscopic", About: "1 for the treatment, 0 for the other"},
			{Name: "covariates", Kind: Variables, Needed: true, Example: []any{"age", "female"}, About: "what the propensity depends on, linearly on the logit"},
			{Name: "target", Kind: Choice, Choices: []string{"ate", "att", "atc", "overlap"}, Default: "ate", Example: "overlap", About: "for whom: all (ate), the treated (att), the others (atc), those who might have had either (overlap)"},
			{Name: "times", Kind: Numbers, Example: []any{12.0, 24.0}, About: "when the curves are read off"},
			{Name: "tau", Kind: Number, Positive: true, Example: 24.0, About: "also mean times without the event up to this time"},
			{Name: "failcode", Kind: Whole, Default: 1.0, Example: 2.0, About: "the event in question, if there are competing ones"},
			{Name: "bootstrap", Kind: Whole, Default: 0.0, Example: 500.0, About: "resamples for errors that know that the propensity was estimated; 0: robust errors that take the weights as given"},
			{Name: "seed", Kind: Whole, Default: 1.0, If: "bootstrap", Example: 7.0, About: "start of the random numbers"},
			{Name: "trim", Kind: Number, Example: 0.05, About: "leave out rows whose propensity is below this or above 1 less this"},
			{Name: "whole", Kind: Truth, Default: false, Example: true, About: "the curves at each of their times, for drawing"},
			{Name: "time_label", Kind: Text, Example: "Months since operation", About: "how the axis of time is written"},
		})}}
}

// targets are the populations by the words of a specification.
var targets = map[string]causal.Target{"ate": causal.ATE, "att": causal.ATT, "atc": causal.ATC, "overlap": causal.Overlap}

// AdjustedCurves is the comparison of two weighted groups: first the untreated, then the treated.
type AdjustedCurves struct {
	N          int           `json:"n"`
	Target     string        `json:"target"`
	Arms       []AdjustedArm `json:"arms"`
	Times      []float64     `json:"times"`
	Difference []float64     `json:"difference" about:"of the treated less the others, at each time"`
	SE         []float64     `json:"difference_se"`
	Lower      []float64     `json:"difference_lower"`
	Upper      []float64     `json:"difference_upper"`
	LogRank    any           `json:"logrank" about:"weighted, by the rows' own scores"`
	Cause      int           `json:"cause,omitempty" about:"the event in question where events compete; hazard_ratio is then that of its subdistribution"`
	Ratio      any           `json:"hazard_ratio" about:"weighted Cox model, or Fine-Gray's with competing events; robust"`
	Mean       any           `json:"rmst,omitempty" about:"mean time without the event up to tau, and its difference"`
	Balance    []object      `json:"balance"`
	Positivity object        `json:"positivity"`
	Resamples  int           `json:"resamples,omitempty"`
	Failed     int           `json:"resamples_failed,omitempty"`
	Whole      []any         `json:"whole,omitempty"`
}

// AdjustedArm is one group.
type AdjustedArm struct {
	Label  string    `json:"label"`
	N      int       `json:"n"`
	Sum    float64   `json:"sum_w" about:"of the weights"`
	ESS    float64   `json:"ess" about:"effective number of rows"`
	Events float64   `json:"events" about:"weighted"`
	AtRisk []float64 `json:"at_risk" about:"weighted, at each time"`
	Value  []float64 `json:"value" about:"share without the event, or with it where events compete"`
	SE     []float64 `json:"se"`
	Lower  []float64 `json:"lower"`
	Upper  []float64 `json:"upper"`
}

// adjusting is what is needed to compute the comparison, of all rows or of a resample.
type adjusting struct {
	in        Input
	c         *comparison
	times     survival.Times
	target    causal.Target
	cause     int
	competing bool
	at        []float64
	tau       float64
	labels    []string
}

func adjustedCurves(in Input) (any, error) {
	if !in.Spec.Has("failcode") {
		in = twoStates(in)
	}
	in.Spec = withOutcome(in.Spec)
	c, err := compared(in, in.Spec.Texts("covariates"), in.Spec.Text("status"))
	if err != nil {
		return nil, err
	}
	a := adjusting{in: in, c: c, target: targets["ate"], at: slices.Sorted(slices.Values(in.Spec.Numbers("times"))), tau: in.Spec.Number("tau", 0)}
	if word := in.Spec.Text("target"); word != "" {
		a.target = targets[word]
	}
	if a.cause, err = in.wholeNumber("failcode", 1); err != nil {
		return nil, err
	}
	status, err := c.table.Numbers(in.Spec.Text("status"))
	if err != nil {
		return nil, err
	}
	if a.times, err = survival.NewTimes(nil, c.outcome, status); err != nil {
		return nil, err
	}
	a.competing = slices.Max(a.times.Event) > 1
	if a.competing && (a.cause < 1 || !slices.Contains(a.times.Event, a.cause)) {
		return nil, &stats.Error{Problem: stats.NoEvents, Variable: "failcode", Detail: fmt.Sprintf("no row has the event %d", a.cause), Advice: "Name the number of a cause that the status has"}
	}
	treatment := in.Spec.Text("treatment")
	a.labels = []string{treatment + "=0", treatment + "=1"}
	out, err := a.all()
	if err != nil {
		return nil, err
	}
	return out, a.bootstrap(out)
}

// withOutcome names the time as the outcome, for the steps that all comparisons share.
func withOutcome(s Spec) Spec {
	out := maps.Clone(s)
	out["outcome"] = s["time"]
	return out
}

// groups are the two arms.
func (a adjusting) groups(treated []bool) survival.Groups {
	g := survival.Groups{Labels: a.labels, Of: make([]int, len(treated))}
	for i, t := range treated {
		if t {
			g.Of[i] = 1
		}
	}
	return g
}

// all is the comparison of all rows with robust errors.
func (a adjusting) all() (*AdjustedCurves, error) {
	w, err := causal.Weights(a.c.arms, a.c.score.Probability, a.target)
	if err != nil {
		return nil, err
	}
	out := &AdjustedCurves{N: len(w), Target: string(a.target), Times: a.at, Positivity: a.c.positivity()}
	if out.Balance, err = a.c.balance(w); err != nil {
		return nil, err
	}
	points, err := a.points(a.times, a.c.arms.Treated, w)
	if err != nil {
		return nil, err
	}
	for k := range a.labels {
		out.Arms = append(out.Arms, a.arm(k, w, points[k]))
	}
	z := tail.NormalCritical(a.in.level())
	for i := range a.at {
		d, se := points[1].value[i]-points[0].value[i], math.Hypot(points[0].se[i], points[1].se[i])
		out.Difference, out.SE = append(out.Difference, d), append(out.SE, se)
		out.Lower, out.Upper = append(out.Lower, d-z*se), append(out.Upper, d+z*se)
	}
	if a.in.Spec.Truth("whole") {
		out.Whole = append(points[0].whole, points[1].whole...)
	}
	if a.tau != 0 {
		c := points[1].mean.Contrast(points[0].mean, a.in.level())
		out.Mean = object{"tau": a.tau, "rmst1": points[1].mean.Mean, "se1": points[1].mean.SE, "rmst0": points[0].mean.Mean, "se0": points[0].mean.SE,
			"difference": c.Difference, "se": c.SE, "lower": c.Lower, "upper": c.Upper, "p": c.P}
		if warning := beyondFollowUp([]survival.Mean{points[0].mean, points[1].mean}); warning != "" {
			out.Mean.(object)["warning"] = warning
		}
	}
	return out, a.tests(out, w)
}

// tests add the log-rank test and the hazard ratio.
func (a adjusting) tests(out *AdjustedCurves, w []float64) error {
	g := a.groups(a.c.arms.Treated)
	x := make([]float64, len(w))
	for i, k := range g.Of {
		x[i] = float64(k)
	}
	design := stats.Design{Terms: []string{"treatment"}, Columns: [][]float64{x}}
	ratio := func(coef, se float64) object {
		z := tail.NormalCritical(a.in.level())
		return object{"hr": math.Exp(coef), "coef": coef, "se": se, "lower": math.Exp(coef - z*se), "upper": math.Exp(coef + z*se), "p": tail.TwoSidedNormal(coef / se)}
	}
	if a.competing {
		m, err := survival.FineGray(a.times, design, a.cause, survival.FineGrayOptions{Weights: w})
		if err != nil {
			return err
		}
		out.Cause, out.Ratio = a.cause, ratio(m.Coef[0], math.Sqrt(m.Covariance.At(0, 0)))
		out.LogRank = object{"problem": "with competing events the subdistribution hazard ratio takes its place"}
		return nil
	}
	rank, err := survival.WeightedLogRank(a.times, g, survival.Groups{}, w, nil)
	out.LogRank = part(err, func() any { return object{"chisq": rank.Statistic, "df": rank.DF, "p": rank.P} })
	sets, err := survival.NewRiskSets(a.times, design, survival.CoxOptions{Weights: w})
	if err != nil {
		return err
	}
	m, err := survival.Cox(sets, fit.Options{})
	if err != nil {
		out.Ratio = part(err, nil) // the curves stand
		return nil
	}
	each := make([]int, len(w))
	for i := range each {
		each[i] = i
	}
	v, err := m.Clustered(each)
	if err != nil {
		return err
	}
	out.Ratio = ratio(m.Coef[0], math.Sqrt(v.At(0, 0)))
	return nil
}

// armPoints is one arm's curve where it is read off, and whole.
type armPoints struct {
	value, se, lower, upper, risk []float64
	events                        float64
	mean                          survival.Mean
	whole                         []any
}

func (a adjusting) points(t survival.Times, treated []bool, w []float64) ([2]armPoints, error) {
	if a.competing {
		return a.incidences(t, treated, w)
	}
	var out [2]armPoints
	counts, err := survival.CountEach(t, a.groups(treated), w, true)
	if err != nil {
		return out, err
	}
	curves, err := survival.KaplanMeierEach(counts, survival.LogLog, a.in.level())
	if err != nil {
		return out, err
	}
	for k, c := range curves {
		for _, at := range a.at {
			p := c.At(at)
			out[k].value, out[k].se, out[k].risk = append(out[k].value, p.Survival), append(out[k].se, p.SE), append(out[k].risk, p.AtRisk)
			out[k].lower, out[k].upper = append(out[k].lower, p.Lower), append(out[k].upper, p.Upper)
		}
		out[k].events = c.EventCount()
	}
	if a.in.Spec.Truth("whole") {
		for k, one := range wholeCurves(curves) {
			out[k].whole = []any{one}
		}
	}
	if a.tau == 0 {
		return out, nil
	}
	means, err := survival.RestrictedMeanEach(counts, a.tau)
	if err != nil {
		return out, err
	}
	out[0].mean, out[1].mean = means[0], means[1]
	return out, nil
}

func (a adjusting) incidences(t survival.Times, treated []bool, w []float64) (out [2]armPoints, err error) {
	if a.tau != 0 {
		return out, &stats.Error{Problem: stats.Unsupported, Variable: "tau", Detail: "restricted means are of one kind of event"}
	}
	each, err := survival.CountCausesEach(t, a.groups(treated), w, true)
	if err != nil {
		return out, err
	}
	curves, err := incidences(each)
	if err != nil {
		return out, err
	}
	level := a.in.level()
	for _, c := range curves {
		if c.Cause != a.cause {
			continue
		}
		k := slices.Index(a.labels, c.Label)
		watched := watchedAt(t, treated, w, k == 1)
		for _, at := range a.at {
			f, v := c.At(at)
			low, high := survival.Limits(f, v, level)
			out[k].value, out[k].se, out[k].risk = append(out[k].value, f), append(out[k].se, math.Sqrt(v)), append(out[k].risk, watched(at))
			out[k].lower, out[k].upper = append(out[k].lower, low), append(out[k].upper, high)
		}
		out[k].events = each[k].Events(a.cause)
	}
	if a.in.Spec.Truth("whole") {
		whole, err := wholeIncidence(each, level)
		if err != nil {
			return out, err
		}
		for _, one := range whole {
			if o := one.(object); o["cause"] == fmt.Sprint(a.cause) {
				k := slices.Index(a.labels, o["group"].(string))
				watched, times := watchedAt(t, treated, w, k == 1), o["time"].([]float64)
				risk := make([]float64, len(times))
				for i, at := range times {
					risk[i] = watched(at)
				}
				o["at_risk"] = risk
				out[k].whole = append(out[k].whole, one)
			}
		}
	}
	return out, nil
}

// watchedAt gives the sum of the weights of an arm's rows that were still watched just before a time, without any event.
func watchedAt(t survival.Times, treated []bool, w []float64, arm bool) func(at float64) float64 {
	var rows []int
	for i := range treated {
		if treated[i] == arm {
			rows = append(rows, i)
		}
	}
	slices.SortFunc(rows, func(i, j int) int { return cmp.Compare(t.Stop[i], t.Stop[j]) })
	left := make([]float64, len(rows)+1)
	for k := len(rows) - 1; k >= 0; k-- {
		left[k] = left[k+1] + w[rows[k]]
	}
	return func(at float64) float64 {
		k, _ := slices.BinarySearchFunc(rows, at, func(i int, at float64) int { return cmp.Compare(t.Stop[i], at) })
		return left[k]
	}
}

func (a adjusting) arm(k int, w []float64, p armPoints) AdjustedArm {
	out := AdjustedArm{Label: a.labels[k], Events: p.events, AtRisk: p.risk, Value: p.value, SE: p.se, Lower: p.lower, Upper: p.upper}
	var squares float64
	for i, treated := range a.c.arms.Treated {
		if treated == (k == 1) {
			out.N++
			out.Sum += w[i]
			squares += w[i] * w[i]
		}
	}
	out.ESS = out.Sum * out.Sum / squares
	return out
}

// bootstrap replaces the errors and limits by those of resamples of rows, of each of which the propensity is estimated anew: standard deviations and quantiles
// (Austin, Statistics in Medicine 35 (2016) 5642–5655).
func (a adjusting) bootstrap(out *AdjustedCurves) error {
	resamples, err := a.in.wholeNumber("bootstrap", 0)
	if err != nil || resamples == 0 {
		return err
	}
	if resamples < 20 || resamples > 1e5 {
		return &stats.Error{Problem: stats.Invalid, Variable: "bootstrap", Detail: fmt.Sprintf("%d resamples", resamples), Advice: "Take 500 or more"}
	}
	seed, err := a.in.wholeNumber("seed", 1)
	if err != nil {
		return err
	}
	drawn := make([][2]armPoints, resamples)
	failed := make([]error, resamples)
	fit.InParallel(resamples, func(k int) { drawn[k], failed[k] = a.resample(rand.New(rand.NewPCG(uint64(seed), uint64(k)))) })
	var kept [][2]armPoints
	for k, err := range failed {
		if stop := a.in.stopped(); stop != nil {
			return stop
		}
		if err == nil {
			kept = append(kept, drawn[k])
		}
	}
	out.Resamples, out.Failed = resamples, resamples-len(kept)
	if 10*out.Failed > resamples {
		return &stats.Error{Problem: stats.NotEstimable, Variable: "bootstrap", Detail: fmt.Sprintf("%d of %d resamples could not be computed", out.Failed, resamples), Advice: "Take fewer covariates, or robust errors"}
	}
	a.spread(out, kept)
	return nil
}

func (a adjusting) resample(r *rand.Rand) (out [2]armPoints, err error) {
	if err := a.in.stopped(); err != nil {
		return out, err
	}
	n := len(a.c.arms.Treated)
	rows := make([]int, n)
	arms := causal.Arms{Name: a.c.arms.Name, Treated: make([]bool, n)}
	t := survival.Times{Stop: make([]float64, n), Event: make([]int, n)}
	for i := range rows {
		k := r.IntN(n)
		rows[i], arms.Treated[i], t.Stop[i], t.Event[i] = k, a.c.arms.Treated[k], a.times.Stop[k], a.times.Event[k]
	}
	score, err := causal.Propensity(arms, a.c.covariates.Take(rows))
	if err != nil {
		return out, err
	}
	w, err := causal.Weights(arms, score.Probability, a.target)
	if err != nil {
		return out, err
	}
	return a.points(t, arms.Treated, w)
}

// spread takes errors and limits from resamples.
func (a adjusting) spread(out *AdjustedCurves, kept [][2]armPoints) {
	alpha := (1 - a.in.level()) / 2
	of := func(value func(p [2]armPoints) float64) (se, lower, upper float64) {
		var list []float64
		for _, p := range kept {
			if v := value(p); !math.IsNaN(v) {
				list = append(list, v)
			}
		}
		if len(list) < 2 {
			return math.NaN(), math.NaN(), math.NaN()
		}
		slices.Sort(list)
		return causal.SD(list), describe.Quantile7(list, alpha), describe.Quantile7(list, 1-alpha)
	}
	for i := range a.at {
		for k := range out.Arms {
			arm := &out.Arms[k]
			arm.SE[i], arm.Lower[i], arm.Upper[i] = of(func(p [2]armPoints) float64 { return p[k].value[i] })
		}
		out.SE[i], out.Lower[i], out.Upper[i] = of(func(p [2]armPoints) float64 { return p[1].value[i] - p[0].value[i] })
	}
	if mean, ok := out.Mean.(object); ok {
		mean["se1"], _, _ = of(func(p [2]armPoints) float64 { return p[1].mean.Mean })
		mean["se0"], _, _ = of(func(p [2]armPoints) float64 { return p[0].mean.Mean })
		var se float64
		se, mean["lower"], mean["upper"] = of(func(p [2]armPoints) float64 { return p[1].mean.Mean - p[0].mean.Mean })
		mean["se"], mean["p"] = se, tail.TwoSidedNormal(mean["difference"].(float64)/se)
	}
}
