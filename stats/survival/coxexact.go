package survival

import (
	"fmt"
	"math"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

// CoxExact fits a Cox model by the exact partial likelihood of tied times: among all sets of as many people at risk as died at a time, those who did. It is the model for times that are discrete,
// and with a stratum for each matched set it is conditional logistic regression. Without ties it is the model of [Cox].
//
// The sum over sets is found by a recursion that takes time in proportion to those at risk times those who die (Gail, Lubin and Rubinstein, Biometrika 68 (1981) 703-707), with its first and second
// derivatives. Weights are refused. Errors are those of [Cox], and TooLarge where a time has more than [MostTied] deaths.
func CoxExact(t Times, x stats.Design, o CoxOptions) (*fit.Fit, error) {
	const method = "exact Cox model"
	o.Ties = Efron // what the order of rows does not depend on
	if o.Weights != nil {
		return nil, &stats.Error{Method: method, Problem: stats.Unsupported, Variable: "weights", Detail: "sets of people have no weights", Advice: "Take ties efron"}
	}
	s, err := NewRiskSets(t, x, o)
	if err != nil {
		return nil, stats.Rename(method, err)
	}
	if s.events == 0 {
		return nil, noEvents(method)
	}
	if err := s.flat(); err != nil {
		return nil, stats.Rename(method, err)
	}
	for e, d := range s.deaths {
		if d > MostTied {
			return nil, &stats.Error{Method: method, Problem: stats.TooLarge, Variable: "time", Detail: fmt.Sprintf("%d events at the time %g", d, s.time[e]), Advice: "Take ties efron"}
		}
	}
	f, err := MaximizeCox(s.terms, func(beta []float64) (fit.Sums, error) { return s.exactSums(beta), nil }, fit.Options{})
	return f, stats.Rename(method, err)
}

// MostTied is how many events may happen at one time in an exact model.
const MostTied = 500

// exactSums are the sums over all event times.
func (s *RiskSets) exactSums(beta []float64) fit.Sums {
	out := fit.NewSums(len(beta))
	out.Rows = float64(len(s.row))
	eta := make([]float64, len(s.row))
	for i := range eta {
		if s.offset != nil {
			eta[i] = s.offset[i]
		}
		for j, b := range beta {
			eta[i] += b * s.x[j][i]
		}
	}
	for _, st := range s.strata {
		for e := st.slotLo + 1; e < st.slotHi; e++ {
			s.addExact(&out, eta, st, e)
		}
	}
	return out
}

// addExact adds one event time: Σ η of those who died, less the log of the sum over sets.
func (s *RiskSets) addExact(out *fit.Sums, eta []float64, st stratum, slot int32) {
	p, d := len(s.x), int(s.deaths[slot])
	var at []int32
	highest := math.Inf(-1)
	for i := s.at[slot]; i < st.hi; i++ {
		if s.start != nil && s.start[i] >= s.time[slot] {
			continue
		}
		at = append(at, i)
		highest = max(highest, eta[i])
		if s.died[i] > 0 && s.last[i] == slot {
			out.LogLik += eta[i]
			for j := range p {
				out.Score[j] += s.x[j][i]
			}
		}
	}
	total := 0.0
	for _, i := range at {
		total += math.Exp(eta[i] - highest)
	}
	unit := math.Log(float64(d)/total) - highest // with such weights the sum over sets stays among the numbers
	sets := newSubsets(d, p)
	x := make([]float64, p)
	for _, i := range at {
		for j := range p {
			x[j] = s.x[j][i]
		}
		sets.add(math.Exp(eta[i]+unit), x)
	}
	sum := sets.sum[d]
	out.LogLik -= math.Log(sum) - float64(d)*unit
	mean := make([]float64, p)
	for j, v := range sets.first[d] {
		mean[j] = v / sum
		out.Score[j] -= mean[j]
	}
	for k, v := range sets.second[d].Data {
		out.Information.Data[k] += v / sum
	}
	out.Information.AddOuter(mean, -1)
}

// subsets are, for each number k, the sum over all sets of k people of the product of their weights, and its first two derivatives by the coefficients.
type subsets struct {
	sum    []float64
	first  [][]float64
	second []matrix.Symmetric
}

func newSubsets(d, p int) *subsets {
	s := &subsets{sum: make([]float64, d+1), first: make([][]float64, d+1), second: make([]matrix.Symmetric, d+1)}
	for k := range s.first {
		s.first[k], s.second[k] = make([]float64, p), matrix.NewSymmetric(p)
	}
	s.sum[0] = 1
	return s
}

// add takes one more person in: the sets with them are those of one fewer without them.
func (s *subsets) add(weight float64, x []float64) {
	for k := len(s.sum) - 1; k > 0; k-- {
		less, first := s.sum[k-1], s.first[k-1]
		if less == 0 {
			continue
		}
		for a, v := range x {
			row, before := s.second[k].Row(a), s.second[k-1].Row(a)
			for b := range row {
				row[b] += weight * (before[b] + v*first[a+b] + first[a]*x[a+b] + v*x[a+b]*less)
			}
		}
		for a, v := range x {
			s.first[k][a] += weight * (first[a] + v*less)
		}
		s.sum[k] += weight * less
	}
}
