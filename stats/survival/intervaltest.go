package survival

import (
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// IntervalTest compares groups whose times are known to lie in intervals.
type IntervalTest struct {
	Labels    []string
	N         []int
	Score     []float64 // sum of each group's scores: above 0 for more events, or earlier ones, than all groups together would let expect
	ChiSquare float64
	DF        int
	P         float64
}

// CompareIntervals is the log-rank test of interval-censored times: each row has the score that its interval has under the curve of all rows, and the sums of the groups are held against those that
// exchanging the rows among the groups would give (in large samples). It asks that the visits of all groups were alike. Errors are those of [Turnbull], and OneLevel for fewer than two groups.
// Source: Sun, Stat Med 15 (1996) 1387–1395, in the permutation form of Fay and Shaw, Journal of Statistical Software 36/2 (2010).
func CompareIntervals(times []Interval, groups Groups) (*IntervalTest, error) {
	const method = "log-rank test of intervals"
	out := &IntervalTest{Labels: groups.Labels, N: make([]int, groups.count()), Score: make([]float64, groups.count())}
	if len(groups.Labels) < 2 {
		return nil, &stats.Error{Method: method, Problem: stats.OneLevel, Detail: "there is one group"}
	}
	if len(groups.Of) != len(times) {
		return nil, stats.In(method, unequal("group", len(groups.Of), len(times)))
	}
	if _, err := Turnbull(times); err != nil {
		return nil, stats.Rename(method, err)
	}
	m := newMasses(times)
	if err := m.climb(); err != nil {
		return nil, err
	}
	scores := m.scores()
	var squares float64
	for i, k := range m.class {
		g := groups.Of[i]
		out.N[g]++
		out.Score[g] += scores[k]
		squares += scores[k] * scores[k]
	}
	variance := squares / (m.rows - 1) // the scores add up to 0
	if !(variance > 0) {
		return nil, &stats.Error{Method: method, Problem: stats.NotEstimable, Detail: "all intervals say the same"}
	}
	for g, n := range out.N {
		if n > 0 {
			out.ChiSquare += out.Score[g] * out.Score[g] / float64(n) / variance
			out.DF++
		}
	}
	out.DF--
	out.P = tail.ChiSquareUpper(out.ChiSquare, float64(out.DF))
	return out, nil
}

// scores are those of each class of rows: what its interval's probability gains when hazards rise, as if time were discrete. For a time after which all are known to have had the event, what is left is 0.
func (m *masses) scores() []float64 {
	hazard := make([]float64, len(m.cumulative)) // cumulative
	for j := range m.inner {
		left := 1 - m.cumulative[j]
		hazard[j+1] = hazard[j]
		if mass := m.cumulative[j+1] - m.cumulative[j]; mass > 0 && left > 0 {
			hazard[j+1] += mass / left
		}
	}
	out := make([]float64, len(m.count))
	for k := range out {
		at := func(j int) float64 { return max(1-m.cumulative[j], 0) * hazard[j] }
		out[k] = (at(m.end[k]) - at(m.first[k])) / math.Max(m.chance(m.cumulative, k), math.SmallestNonzeroFloat64)
	}
	return out
}
