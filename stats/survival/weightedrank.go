package survival

import (
	"math"

	"consilium/stats"
	"consilium/stats/matrix"
)

// WeightedRank is a log-rank comparison of groups whose rows have weights, as of treatment received.
type WeightedRank struct {
	ChiSquare
	Labels             []string
	Observed, Expected []float64 // weighted events
}

// WeightedLogRank is the score test of a Cox model of the groups with weighted rows, Breslow's ties and the variance of the rows' own score residuals, which needs no
// weight to be a number of rows: with weights of 1 it differs from the log-rank test by that variance only. cluster[i] is any number of the cluster of row i; nil for
// rows that are independent. A stratum has risk sets of its own.
//
// It returns what [NewRiskSets] returns, OneLevel for fewer than two groups and NotEstimable if they were never at risk together.
// Xie and Liu, Statistics in Medicine 24 (2005) 3089-3110; Lin and Wei, JASA 84 (1989) 1074-1078.
func WeightedLogRank(t Times, g, strata Groups, weights []float64, cluster []int) (*WeightedRank, error) {
	const method = "weighted log-rank"
	if err := comparable(g.count()); err != nil {
		return nil, stats.In(method, err)
	}
	sets, err := NewRiskSets(t, indicators(t.Rows(), g), CoxOptions{Ties: Breslow, Strata: strata, Weights: weights})
	if err != nil {
		return nil, stats.In(method, err)
	}
	if cluster == nil {
		cluster = make([]int, t.Rows())
		for i := range cluster {
			cluster[i] = i
		}
	}
	null := make([]float64, g.count()-1)
	sums, err := sets.Sums(null)
	if err != nil {
		return nil, stats.In(method, err)
	}
	meat, err := sets.Meat(null, cluster)
	if err != nil {
		return nil, stats.In(method, err)
	}
	c, _, ok := matrix.Factor(meat)
	if !ok {
		return nil, &stats.Error{Method: method, Problem: stats.NotEstimable, Variable: "group", Detail: "when events happened the groups were not at risk together", Advice: "Join groups or strata"}
	}
	w := &WeightedRank{ChiSquare: chiSquare(c.Quadratic(sums.Score), len(null)), Labels: g.labels(), Observed: make([]float64, g.count()), Expected: make([]float64, g.count())}
	for i, e := range t.Event {
		if e != 0 {
			weight := 1.0
			if weights != nil {
				weight = weights[i]
			}
			w.Observed[g.of(i)] += weight
		}
	}
	w.Expected[0] = w.Observed[0]
	for k, score := range sums.Score {
		w.Expected[k+1] = w.Observed[k+1] - score
		w.Expected[0] += score
	}
	if math.IsNaN(w.Statistic) {
		return nil, &stats.Error{Method: method, Problem: stats.NotEstimable, Detail: "its variance is not a number"}
	}
	return w, nil
}

// indicators are the columns of all groups but the first.
func indicators(rows int, g Groups) stats.Design {
	d := stats.Design{Terms: g.labels()[1:], Columns: make([][]float64, g.count()-1)}
	for k := range d.Columns {
		d.Columns[k] = make([]float64, rows)
	}
	for i := range rows {
		if k := g.of(i); k > 0 {
			d.Columns[k-1][i] = 1
		}
	}
	return d
}
