package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"consilium/stats/mixed"
	"consilium/stats/tail"
)

// CenterRanks are centers or surgeons with their effects and ranks, the smallest effect first.
type CenterRanks struct {
	Coefficients
	SD      float64      `json:"sd" about:"of the centers' effects"`
	N       int          `json:"n"`
	Centers []CenterRank `json:"centers"`
	Warning string       `json:"warning,omitempty"`
}

// CenterRank is one center. Its effect is a log odds or rate ratio, or a difference, against the average center, shrunken toward 0.
type CenterRank struct {
	Center   string   `json:"center"`
	N        int      `json:"n"`
	Events   *float64 `json:"events,omitempty"`
	Estimate float64  `json:"estimate"`
	SE       float64  `json:"se"`
	Lower    float64  `json:"lower"`
	Upper    float64  `json:"upper"`
	Rank     float64  `json:"rank" about:"expected"`
	RankLow  int      `json:"rank_lower"`
	RankHigh int      `json:"rank_upper"`
	First    float64  `json:"p_first" about:"probability that its effect is the smallest of all"`
	Last     float64  `json:"p_last" about:"that it is the largest"`
}

func centerRanks(in Input) (any, error) {
	g, err := newGrouped(in, "group", "cluster", "slopes")
	if err != nil {
		return nil, err
	}
	family := mixed.Family(in.Spec.Text("family"))
	if family == "" {
		family = mixed.Binomial
	}
	var r CenterRanks
	var effects GroupEffects
	if family == mixed.Gaussian {
		m, err := mixed.Slopes(less(g.y, g.offset), g.x, g.effectsOf(), false, in.stopped)
		if err != nil {
			return nil, err
		}
		r.Coefficients, r.SD, r.N = newCoefficients(m.Terms, m.Coef, m.SE(), in.level()), math.Sqrt(m.Random.At(0, 0)), m.N
		r.OR, effects = nil, groupEffects(g.labels, m.BLUP, m.Spread)
	} else {
		m, v, err := g.generalized(in, family)
		if err != nil {
			return nil, err
		}
		r.Coefficients, r.SD, r.N, effects = newCoefficients(m.Terms, m.Coef, m.SE(), in.level()), v.Random.SD[0], m.N, v.Each
	}
	return r, r.rank(in, g, effects, family != mixed.Gaussian)
}

// less takes an offset off an outcome.
func less(y, offset []float64) []float64 {
	out := slices.Clone(y)
	for i, o := range offset {
		out[i] -= o
	}
	return out
}

// rank tells each center's effect and place.
func (r *CenterRanks) rank(in Input, g *grouped, effects GroupEffects, counted bool) error {
	mean, se := make([]float64, len(g.labels)), make([]float64, len(g.labels))
	for k := range g.labels {
		mean[k], se[k] = effects.Effect[k][0], effects.SE[k][0]
	}
	ranks, err := mixed.Ranks(mean, se, in.level())
	if err != nil {
		return err
	}
	z := tail.NormalCritical(in.level())
	for k, label := range g.labels {
		c := CenterRank{Center: label, Estimate: mean[k], SE: se[k], Lower: mean[k] - z*se[k], Upper: mean[k] + z*se[k],
			Rank: ranks[k].Expected, RankLow: ranks[k].Lower, RankHigh: ranks[k].Upper, First: ranks[k].First, Last: ranks[k].Last}
		var events float64
		for i, code := range g.codes {
			if code == k {
				c.N++
				events += g.y[i]
			}
		}
		if counted {
			c.Events = &events
		}
		r.Centers = append(r.Centers, c)
	}
	slices.SortStableFunc(r.Centers, func(a, b CenterRank) int { return cmp.Compare(a.Estimate, b.Estimate) })
	if len(g.labels) < 10 {
		r.Warning = fmt.Sprintf("with %d centers their spread is hardly known, and ranks are less certain than they look", len(g.labels))
	}
	return nil
}
