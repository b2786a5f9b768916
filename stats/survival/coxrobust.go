package survival

import (
	"fmt"
	"slices"

	"consilium/stats"
	"consilium/stats/matrix"
)

// mean is Σ over the deaths of each slot of hazard·(mean of term j at risk), cumulated over the slots of each stratum, together with the slot's own term
// for those who die in it.
func (p *point) mean(j int) (cumulative ladder, all, own []float64) {
	s := p.s
	all, own = make([]float64, len(s.time)), make([]float64, len(s.time))
	for _, st := range s.strata {
		for e := st.slotLo + 1; e < st.slotHi; e++ {
			all[e] = p.a[e] * p.s1[j][e]
			own[e] = (p.a[e] - p.b[e]) * p.s1[j][e]
			if s.deaths[e] > 1 {
				all[e] -= p.b[e] * p.d1[j][e]
				own[e] -= (p.b[e] - p.c[e]) * p.d1[j][e]
			}
			all[e] /= p.s0[e]
			own[e] /= p.s0[e]
		}
	}
	return s.climb(all), all, own
}

// atDeath is the mean of term j among those at risk, averaged over the deaths of each slot.
func (p *point) atDeath(j int) []float64 {
	s := p.s
	out := make([]float64, len(s.time))
	for e, d := range s.deaths {
		if d == 0 {
			continue
		}
		out[e] = p.hazard[e] * p.s1[j][e]
		if d > 1 {
			out[e] -= (p.hazard[e] - p.own[e]) * p.d1[j][e]
		}
		out[e] *= p.s0[e] / (float64(d) * s.meanWeight[e])
	}
	return out
}

// scoreResiduals is what each sorted row adds to the score of term j, after the mean of those at risk is taken off at each time
// (Therneau, Grambsch and Fleming, Biometrika 77 (1990) 147-160).
func (p *point) scoreResiduals(j int) []float64 {
	s := p.s
	cumulative, all, own := p.mean(j)
	atDeath := p.atDeath(j)
	out := make([]float64, len(s.row))
	for i, last := range s.last {
		x := s.x[j][i]
		hazard := p.cumulative.between(s.first[i], last)
		mean := cumulative.between(s.first[i], last)
		if w := s.died[i]; w > 0 {
			hazard += p.own[last] - p.hazard[last]
			mean += own[last] - all[last]
			out[i] = w * (x - atDeath[last])
		}
		out[i] -= p.risk[i] * (x*hazard - mean)
	}
	return out
}

// Meat is the sum over clusters of the squared score residuals, at beta. cluster numbers each row's cluster from 0, in the order in which the rows were
// given. It is additive over sets of rows that share no cluster. The robust covariance of a fit is naive · meat · naive.
func (s *RiskSets) Meat(beta []float64, cluster []int) (matrix.Symmetric, error) {
	p, err := s.point(beta)
	if err != nil {
		return matrix.Symmetric{}, err
	}
	return p.meat(cluster)
}

func (p *point) meat(cluster []int) (matrix.Symmetric, error) {
	s := p.s
	if len(cluster) != len(s.row) {
		return matrix.Symmetric{}, stats.In("Cox model", unequal("cluster", len(cluster), len(s.row)))
	}
	clusters := 0
	for i, k := range cluster {
		if k < 0 || k >= len(cluster) {
			return matrix.Symmetric{}, &stats.Error{Method: "Cox model", Problem: stats.Invalid, Variable: "cluster", Detail: fmt.Sprintf("row %d is in cluster %d; there are %d rows", i+1, k, len(cluster))}
		}
		clusters = max(clusters, k+1)
	}
	sums := make([][]float64, len(s.terms))
	parallel(len(sums), len(s.row), func(j int) {
		sums[j] = make([]float64, clusters)
		for i, v := range p.scoreResiduals(j) {
			sums[j][cluster[s.row[i]]] += v
		}
	})
	ones := make([]float64, clusters)
	for i := range ones {
		ones[i] = 1
	}
	return gram(sums, sums, ones), nil
}

// Clustered is the covariance of the coefficients that allows rows of one cluster to depend on each other: the squares of the sums of the rows' changes of
// the coefficients (dfbeta), without a small-sample factor. cluster numbers each row's cluster, from 0.
// It returns OneLevel for a single cluster. Lin and Wei, JASA 84 (1989) 1074-1078; grouped: Lee, Wei and Amato 1992.
func (m *CoxModel) Clustered(cluster []int) (matrix.Symmetric, error) {
	meat, err := m.best.meat(cluster)
	if err != nil {
		return matrix.Symmetric{}, err
	}
	if slices.Min(cluster) == slices.Max(cluster) {
		return matrix.Symmetric{}, &stats.Error{Method: "Cox model", Problem: stats.OneLevel, Variable: "cluster", Detail: "all rows are in one cluster", Advice: "Use the model's own standard errors"}
	}
	return matrix.Sandwich(m.Covariance, meat), nil
}
