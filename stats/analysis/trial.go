package analysis

import (
	"math"
	"math/rand/v2"
	"slices"

	"consilium/stats"
	"consilium/stats/causal"
	"consilium/stats/describe"
	"consilium/stats/fit"
	"consilium/stats/survival"
)

// trialMethods emulate trials of when to treat.
func trialMethods() []Method {
	return []Method{{Name: "target_trial", About: "should one operate early or wait: a trial of both strategies, emulated by clones, censoring and weights, without immortal time", Result: TargetTrial{}, compute: targetTrial,
		Parameters: []Parameter{
			{Name: "time", Kind: Variable, Needed: true, Example: "months", About: "time from eligibility until the event or the end of observation"},
			{Name: "status", Kind: Variable, Needed: true, Example: "died", About: "1 for the event, 0 for none"},
			{Name: "treated", Kind: Variable, Needed: true, Example: "operated_at", About: "time from eligibility until the operation; empty for who had none"},
			{Name: "grace", Kind: Number, Positive: true, Needed: true, Example: 3.0, About: "early is within this time"},
			{Name: "covariates", Kind: Variables, Needed: true, Example: []any{"age", "female"}, About: "what is known at eligibility and explains who is operated when; they enter linearly"},
			{Name: "times", Kind: Numbers, Example: []any{12.0, 24.0}, About: "when the curves are read off"},
			{Name: "tau", Kind: Number, Positive: true, Example: 24.0, About: "also mean times without the event up to this time"},
			{Name: "bootstrap", Kind: Whole, Default: 500.0, Example: 1000.0, About: "resamples of patients, of which errors and limits are taken; 0: none"},
			{Name: "seed", Kind: Whole, Default: 1.0, If: "not bootstrap=0", Example: 7.0, About: "start of the random numbers"},
			{Name: "whole", Kind: Truth, Default: false, Example: true, About: "the curves at each of their times, for drawing"},
			{Name: "time_label", Kind: Text, Example: "Months since diagnosis", About: "how the axis of time is written"},
			level,
		}}}
}

// TargetTrial is the comparison of both strategies: first early, then not early.
type TargetTrial struct {
	N          int             `json:"n"`
	Grace      float64         `json:"grace"`
	Times      []float64       `json:"times"`
	Arms       []StrategyArm   `json:"arms"`
	Difference []TrialContrast `json:"difference" about:"of early less not early: share without the event, at each time"`
	Mean       *TrialContrast  `json:"rmst,omitempty" about:"difference of mean times without the event up to tau"`
	Resamples  int             `json:"resamples,omitempty"`
	Failed     int             `json:"resamples_failed,omitempty"`
	Whole      []any           `json:"whole,omitempty"`
}

// StrategyArm is one strategy.
type StrategyArm struct {
	Strategy string          `json:"strategy"`
	Censored int             `json:"censored" about:"clones whose treatment came to contradict the strategy"`
	Largest  float64         `json:"largest_weight"`
	Value    []TrialContrast `json:"value" about:"share without the event at each time"`
}

// TrialContrast is an estimate with the error and the limits of resamples.
type TrialContrast struct {
	Estimate float64 `json:"estimate"`
	SE       float64 `json:"se"`
	Lower    float64 `json:"lower"`
	Upper    float64 `json:"upper"`
}

// emulation is what is needed to emulate the trial, of all patients or of a resample.
type emulation struct {
	times   survival.Times
	treated []float64
	grace   float64
	x       stats.Design
	at      []float64
	tau     float64
}

func targetTrial(in Input) (any, error) {
	in = twoStates(in)
	e, err := readTrial(in)
	if err != nil {
		return nil, err
	}
	trial, err := causal.EmulateTrial(e.times, e.treated, e.grace, e.x)
	if err != nil {
		return nil, err
	}
	out := &TargetTrial{N: len(e.treated), Grace: e.grace, Times: e.at}
	arms := []causal.TrialArm{trial.Early, trial.Late}
	for k, name := range []string{"early", "not early"} {
		out.Arms = append(out.Arms, StrategyArm{Strategy: name, Censored: arms[k].Censored, Largest: arms[k].Largest})
		if in.Spec.Truth("whole") {
			out.Whole = append(out.Whole, object{"group": name, "time": append([]float64{0}, arms[k].Time...), "value": append([]float64{1}, arms[k].Survival...), "at_risk": append([]float64{float64(arms[k].N)}, arms[k].AtRisk...)})
		}
	}
	drawn, err := e.resamples(in, out)
	if err != nil {
		return nil, err
	}
	e.tell(out, e.numbers(trial), drawn, in.level())
	return out, nil
}

func readTrial(in Input) (*emulation, error) {
	if in.Table == nil {
		return nil, &stats.Error{Problem: stats.Invalid, Detail: "there is no data set"}
	}
	names := in.Spec.Texts("covariates")
	t, err := in.complete(in.Table, slices.Concat([]string{in.Spec.Text("time"), in.Spec.Text("status")}, names)...)
	if err != nil {
		return nil, err
	}
	e := &emulation{grace: in.Spec.Number("grace", 0), at: slices.Sorted(slices.Values(in.Spec.Numbers("times"))), tau: in.Spec.Number("tau", 0)}
	var columns [3][]float64
	for k, key := range []string{"time", "status", "treated"} {
		if columns[k], err = t.Numbers(in.Spec.Text(key)); err != nil {
			return nil, err
		}
	}
	if e.times, err = survival.NewTimes(nil, columns[0], columns[1]); err != nil {
		return nil, err
	}
	if err := oneEvent(e.times); err != nil {
		return nil, err
	}
	e.treated = slices.Clone(columns[2])
	for i, v := range e.treated {
		if math.IsNaN(v) {
			e.treated[i] = math.Inf(1)
		}
	}
	e.x, err = predictors(t, names)
	return e, err
}

// numbers are all that is told of a trial: the values of early and not early, their differences, the difference of the means.
func (e *emulation) numbers(t *causal.Trial) []float64 {
	var early, late, difference []float64
	for _, at := range e.at {
		early, late = append(early, t.Early.At(at)), append(late, t.Late.At(at))
		difference = append(difference, t.Early.At(at)-t.Late.At(at))
	}
	return append(slices.Concat(early, late, difference), t.Early.Mean(e.tau)-t.Late.Mean(e.tau))
}

// resamples are the numbers of trials of patients drawn with replacement: a patient's clones go together, and both models are fitted anew.
func (e *emulation) resamples(in Input, out *TargetTrial) ([][]float64, error) {
	count, err := in.wholeNumber("bootstrap", 500)
	if err != nil || count == 0 {
		return nil, err
	}
	seed, err := in.wholeNumber("seed", 1)
	if err != nil {
		return nil, err
	}
	if count < 20 || count > 1e5 {
		return nil, &stats.Error{Problem: stats.Invalid, Variable: "bootstrap", Detail: "it takes 20 to 100,000 resamples, or 0", Advice: "Take 500 or more"}
	}
	drawn := make([][]float64, count)
	fit.InParallel(count, func(k int) {
		if in.stopped() == nil {
			drawn[k] = e.resample(rand.New(rand.NewPCG(uint64(seed), uint64(k))))
		}
	})
	if err := in.stopped(); err != nil {
		return nil, err
	}
	kept := slices.DeleteFunc(drawn, func(d []float64) bool { return d == nil })
	out.Resamples, out.Failed = count, count-len(kept)
	if 10*out.Failed > count {
		return nil, &stats.Error{Problem: stats.NotEstimable, Variable: "bootstrap", Detail: "more than a tenth of the resamples could not be computed", Advice: "Take fewer covariates, or a grace period in which more are treated"}
	}
	return kept, nil
}

// resample is nil where the models of a resample have no maximum.
func (e *emulation) resample(r *rand.Rand) []float64 {
	n := len(e.treated)
	rows, treated := make([]int, n), make([]float64, n)
	t := survival.Times{Stop: make([]float64, n), Event: make([]int, n)}
	for i := range rows {
		k := r.IntN(n)
		rows[i], treated[i], t.Stop[i], t.Event[i] = k, e.treated[k], e.times.Stop[k], e.times.Event[k]
	}
	trial, err := causal.EmulateTrial(t, treated, e.grace, e.x.Take(rows))
	if err != nil {
		return nil
	}
	return e.numbers(trial)
}

// tell writes the estimates with what the resamples say of them.
func (e *emulation) tell(out *TargetTrial, estimates []float64, drawn [][]float64, level float64) {
	of := func(k int) TrialContrast {
		c := TrialContrast{estimates[k], math.NaN(), math.NaN(), math.NaN()}
		var list []float64
		for _, d := range drawn {
			list = append(list, d[k])
		}
		if len(list) > 1 {
			slices.Sort(list)
			c.SE, c.Lower, c.Upper = causal.SD(list), describe.Quantile7(list, (1-level)/2), describe.Quantile7(list, (1+level)/2)
		}
		return c
	}
	n := len(e.at)
	for i := range n {
		out.Arms[0].Value, out.Arms[1].Value = append(out.Arms[0].Value, of(i)), append(out.Arms[1].Value, of(n+i))
		out.Difference = append(out.Difference, of(2*n+i))
	}
	if e.tau > 0 {
		mean := of(3 * n)
		out.Mean = &mean
	}
}
