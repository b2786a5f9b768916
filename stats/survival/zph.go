package survival

import (
	"fmt"
	"math"

	"consilium/stats"
	"consilium/stats/matrix"
)

// Transform is the function of time by which a coefficient might change.
type Transform string

// The transforms of time for [CoxModel.Proportional]. KM is one minus the Kaplan-Meier curve of all rows just before each event: it keeps a few very late
// events from deciding. Rank is that of the row's time among the times of all rows, censored or not.
const (
	ByKM       Transform = "km"
	ByIdentity Transform = "identity"
	ByRank     Transform = "rank"
	ByLog      Transform = "log"
)

// Drift is the test that the coefficients do not change over time: one chi-square a term, and one for all together.
type Drift struct {
	Transform Transform
	Terms     []ChiSquare
	Global    ChiSquare
}

// Proportional tests proportional hazards: the score test of adding to the model, for each term x, the term x·g(t). The information of old and new terms
// is that of the model's own fit; no approximation of it as constant in time is made.
// It returns Unsupported for an unknown transform, Invalid for log with an event at time 0, and Collinear if no term can be told apart from its product with time
// (all events at one time). Grambsch and Therneau, Biometrika 81 (1994) 515-526, in the exact form of Therneau and Grambsch 2000, section 6.2.
func (m *CoxModel) Proportional(by Transform) (*Drift, error) {
	g, err := m.data.transformed(by)
	if err != nil {
		return nil, err
	}
	p, terms := m.best, len(m.Terms)
	expected := p.weighted(g)
	u := p.score(expected, g)
	mixed := p.information(expected, g)
	p.spare.give(expected)
	square := product(g, g)
	expected = p.weighted(square)
	own := p.information(expected, square)
	p.spare.give(expected)
	reduced, err := schur(m, mixed, own)
	if err != nil {
		return nil, err
	}
	d := &Drift{Transform: by, Terms: make([]ChiSquare, terms)}
	for j := range terms {
		d.Terms[j] = chiSquare(u[j]*u[j]/reduced.At(j, j), 1)
	}
	d.Global = chiSquare(math.NaN(), terms)
	if c, _, ok := matrix.Factor(reduced); ok {
		d.Global = chiSquare(c.Quadratic(u), terms)
	}
	return d, nil
}

// weighted is each row's expected events, each slot's multiplied by g.
func (p *point) weighted(g []float64) []float64 {
	hazard, own := product(p.hazard, g), product(p.own, g)
	return p.expected(hazard, own, p.s.climb(hazard))
}

// schur is the information of the new terms when the old ones are estimated: I22 - I21·I11⁻¹·I12.
func schur(m *CoxModel, mixed, own matrix.Symmetric) (matrix.Symmetric, error) {
	out := own.Clone()
	rows := mixed.Rows()
	for j, row := range rows {
		half := m.Covariance.Times(row)
		for k := j; k < out.N; k++ {
			sum := 0.0
			for i, v := range half {
				sum += v * rows[k][i]
			}
			out.Set(j, k, out.At(j, k)-sum)
		}
		if !(out.At(j, j) > matrix.Tolerance*own.At(j, j)) {
			return out, &stats.Error{Method: "proportional hazards", Problem: stats.Collinear, Variable: m.Terms[j], Detail: "its product with time is determined by the terms of the model", Advice: "There must be events at several times"}
		}
	}
	return out, nil
}

// transformed is g of each slot's time, centered over the events: a constant in g is no change over time.
func (s *RiskSets) transformed(by Transform) ([]float64, error) {
	g := make([]float64, len(s.time))
	switch by {
	case ByIdentity:
		copy(g, s.time)
	case ByLog:
		for e, t := range s.time {
			if s.deaths[e] > 0 && t == 0 {
				return nil, &stats.Error{Method: "proportional hazards", Problem: stats.Invalid, Variable: "time", Detail: "an event at time 0 has no logarithm", Advice: "Use the km transform"}
			}
			g[e] = math.Log(max(t, math.SmallestNonzeroFloat64))
		}
	case ByKM, ByRank:
		s.overall(by, g)
	default:
		return nil, &stats.Error{Method: "proportional hazards", Problem: stats.Unsupported, Variable: "transform", Detail: fmt.Sprintf("%q is not known", by), Advice: "Take km, identity, rank or log"}
	}
	mean, n := 0.0, 0.0
	for e, d := range s.deaths {
		if d > 0 {
			mean, n = mean+float64(d)*g[e], n+float64(d)
		}
	}
	mean /= n
	for e, d := range s.deaths {
		if d > 0 {
			g[e] -= mean
		} else {
			g[e] = 0
		}
	}
	return g, nil
}

// overall fills in transforms that look at the events of all strata together.
func (s *RiskSets) overall(by Transform, g []float64) {
	c := s.counts()
	survival, before := 1.0, 0.0
	at := map[float64]float64{}
	risk := c.atRisk(0)
	for i, t := range c.Times {
		d, exits := c.Events[0][i], c.Exits[0][i]
		if by == ByKM {
			at[t] = 1 - survival
		} else {
			at[t] = before + (exits+1)/2 // the mean of the ranks that ties share
		}
		if d > 0 {
			survival *= 1 - d/risk[i]
		}
		before += exits
	}
	for e, t := range s.time {
		g[e] = at[t]
	}
}

// counts are those of all rows, as one group.
func (s *RiskSets) counts() Counts {
	t := Times{Stop: s.stop, Event: make([]int, len(s.row))}
	for i, w := range s.died {
		if w > 0 {
			t.Event[i] = 1
		}
	}
	if s.start != nil {
		t.Start = s.start
	}
	parts := make([]Counts, (t.Rows()+shard-1)/shard)
	for i := range parts {
		parts[i] = countShard(t, Groups{}, nil, false, i*shard, min(t.Rows(), (i+1)*shard))
	}
	out := parts[0]
	for _, part := range parts[1:] {
		out = merge(out, part)
	}
	return out
}
