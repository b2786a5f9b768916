package analysis

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"consilium/stats"
	"consilium/stats/describe"
	"consilium/stats/fit"
	"consilium/stats/survival"
)

var intervalCurveKeys = []Parameter{
	{Name: "group", Kind: Variables, Example: "technique", About: "a curve for each value, and the test that compares them"},
	{Name: "times", Kind: Numbers, Example: []any{12.0, 24.0}, About: "when the curves are read off"},
	{Name: "bootstrap", Kind: Whole, Default: 0.0, Example: 500.0, About: "resamples of patients, of which the limits are taken; 0: no limits"},
	{Name: "seed", Kind: Whole, Default: 1.0, If: "bootstrap", Example: 7.0, About: "start of the random numbers"},
	{Name: "whole", Kind: Truth, Default: false, Example: true, About: "the curves at each of their times, for drawing"},
	{Name: "time_label", Kind: Text, Example: "Months since operation", About: "how the axis of time is written"},
}

// IntervalCurves are Turnbull's curves of one group or of several.
type IntervalCurves struct {
	Curves    []IntervalGroup   `json:"curves"`
	Test      *IntervalLogRank  `json:"logrank,omitempty"`
	Resamples int               `json:"resamples,omitempty"`
	Whole     []intervalDrawing `json:"whole,omitempty"`
}

// IntervalGroup is the curve of a group.
type IntervalGroup struct {
	Group   string          `json:"group"`
	N       int             `json:"n"`
	Exact   int             `json:"exact" about:"times that are known"`
	Between int             `json:"between" about:"times that lie between two visits"`
	LogLik  float64         `json:"loglik"`
	Lower   []float64       `json:"lower" about:"the event comes after one of these times"`
	Upper   []float64       `json:"upper" about:"and at this one at the latest, with the"`
	Mass    []float64       `json:"mass" about:"probability; where between the two, nothing tells"`
	Median  []float64       `json:"median" about:"the two times between which half have had the event"`
	At      []IntervalValue `json:"at" about:"the share without the event at each of the times that were asked for"`
}

// IntervalValue is a share without the event, as far as it is known.
type IntervalValue struct {
	Time  float64 `json:"time"`
	Least float64 `json:"least"`
	Most  float64 `json:"most" about:"above least only where the time lies within one of the intervals"`
	Lower float64 `json:"lower" about:"limits of resamples: of least"`
	Upper float64 `json:"upper" about:"and of most"`
}

// IntervalLogRank compares the groups.
type IntervalLogRank struct {
	Groups    []string  `json:"groups"`
	N         []int     `json:"n"`
	Score     []float64 `json:"score" about:"above 0: more events, or earlier ones, than all groups together let expect"`
	ChiSquare float64   `json:"chisq"`
	DF        int       `json:"df"`
	P         float64   `json:"p"`
}

// intervalDrawing is a curve as its figure shows it: it falls where an interval ends; the band begins to fall where the interval begins.
type intervalDrawing struct {
	Group string    `json:"group"`
	Time  []float64 `json:"time"`
	Value []float64 `json:"value"`
	Lower []float64 `json:"lower"`
	Upper []float64 `json:"upper"`
}

func intervalCurves(in Input) (any, error) {
	names := in.Spec.Texts("group")
	times, t, err := intervals(in, names)
	if err != nil {
		return nil, err
	}
	groups, err := survivalGroups(t, names, true)
	if err != nil {
		return nil, err
	}
	resamples, err := in.wholeNumber("bootstrap", 0)
	if err != nil {
		return nil, err
	}
	if resamples != 0 && (resamples < 20 || resamples > 1e5) {
		return nil, &stats.Error{Problem: stats.Invalid, Variable: "bootstrap", Detail: "it takes 20 to 100,000 resamples, or 0", Advice: "Take 500 or more"}
	}
	out := &IntervalCurves{Resamples: resamples}
	if len(groups.Labels) == 0 {
		groups.Labels, groups.Of = []string{""}, make([]int, len(times))
	}
	for g, label := range groups.Labels {
		var own []survival.Interval
		for i, k := range groups.Of {
			if k == g {
				own = append(own, times[i])
			}
		}
		if err := out.add(in, label, own, uint64(g)); err != nil {
			return nil, stats.Rename("Turnbull's curve"+ofGroup(label), err)
		}
	}
	if len(groups.Labels) > 1 {
		test, err := survival.CompareIntervals(times, groups)
		if err != nil {
			return nil, err
		}
		out.Test = &IntervalLogRank{test.Labels, test.N, test.Score, test.ChiSquare, test.DF, test.P}
	}
	return out, nil
}

func ofGroup(group string) string {
	if group == "" {
		return ""
	}
	return " of " + group
}

// add takes the curve of a group into the answer.
func (out *IntervalCurves) add(in Input, label string, times []survival.Interval, stream uint64) error {
	c, err := survival.Turnbull(times)
	if err != nil {
		return err
	}
	g := IntervalGroup{Group: label, N: c.Rows, Exact: c.Exact, Between: c.Between, LogLik: c.LogLik, Lower: c.Lower, Upper: c.Upper, Mass: c.Mass}
	from, to := c.Quantile(0.5)
	g.Median = []float64{from, to}
	asked := slices.Sorted(slices.Values(in.Spec.Numbers("times")))
	at := asked
	var d intervalDrawing
	if in.Spec.Truth("whole") {
		d = drawn(c, label, times)
		at = slices.Concat(asked, d.Time, justAfter(d.Time))
	}
	low, high, err := bands(in, times, out.Resamples, at, stream)
	if err != nil {
		return err
	}
	for i, t := range asked {
		v := IntervalValue{Time: t, Lower: math.NaN(), Upper: math.NaN()}
		v.Least, v.Most = c.Survival(t)
		if out.Resamples > 0 {
			v.Lower, v.Upper = low[i], high[i]
		}
		g.At = append(g.At, v)
	}
	if out.Curves = append(out.Curves, g); d.Time != nil {
		if out.Resamples > 0 {
			n := len(asked)
			d.Lower, d.Upper = low[n+len(d.Time):], high[n:n+len(d.Time)]
		}
		out.Whole = append(out.Whole, d)
	}
	return nil
}

// drawn is the curve up to the last time at which anybody was seen.
func drawn(c *survival.IntervalCurve, label string, times []survival.Interval) intervalDrawing {
	d := intervalDrawing{Group: label}
	at := []float64{0}
	for _, t := range slices.Concat(c.Lower, c.Upper) {
		if !math.IsInf(t, 1) {
			at = append(at, t)
		}
	}
	last := 0.0
	for _, t := range times {
		last = max(last, t.Lower)
		if !math.IsInf(t.Upper, 1) {
			last = max(last, t.Upper)
		}
	}
	at = append(at, last)
	slices.Sort(at)
	at = slices.Compact(at)
	for k, after := range justAfter(at) {
		t := at[k]
		_, most := c.Survival(t)
		least, _ := c.Survival(after)
		d.Time, d.Value, d.Lower, d.Upper = append(d.Time, t), append(d.Value, most), append(d.Lower, least), append(d.Upper, most)
	}
	return d
}

// justAfter are the next numbers: there the intervals that begin at a time have begun.
func justAfter(times []float64) []float64 {
	out := make([]float64, len(times))
	for k, t := range times {
		out[k] = math.Nextafter(t, math.Inf(1))
	}
	return out
}

// bands are limits of the least and of the most share without the event at some times: quantiles of the curves of patients drawn with replacement. Resamples in which nobody has the event count as curves that stay at 1.
func bands(in Input, times []survival.Interval, resamples int, at []float64, stream uint64) (low, high []float64, err error) {
	if resamples == 0 {
		return nil, nil, nil
	}
	seed, err := in.wholeNumber("seed", 1)
	if err != nil {
		return nil, nil, err
	}
	least, most := make([][]float64, len(at)), make([][]float64, len(at))
	for k := range at {
		least[k], most[k] = make([]float64, resamples), make([]float64, resamples)
	}
	failed := make([]error, resamples)
	fit.InParallel(resamples, func(b int) {
		if failed[b] = in.stopped(); failed[b] != nil {
			return
		}
		r := rand.New(rand.NewPCG(uint64(seed)+stream<<32, uint64(b)))
		drawn := make([]survival.Interval, len(times))
		for i := range drawn {
			drawn[i] = times[r.IntN(len(times))]
		}
		c, err := survival.Turnbull(drawn)
		if err != nil && !errors.Is(err, stats.NoEvents) {
			failed[b] = err
		}
		for k, t := range at {
			least[k][b], most[k][b] = 1, 1
			if err == nil {
				least[k][b], most[k][b] = c.Survival(t)
			}
		}
	})
	for _, err := range failed {
		if err != nil {
			return nil, nil, err
		}
	}
	tail := (1 - in.level()) / 2
	for k := range at {
		slices.Sort(least[k])
		slices.Sort(most[k])
		low, high = append(low, describe.Quantile7(least[k], tail)), append(high, describe.Quantile7(most[k], 1-tail))
	}
	return low, high, nil
}
