package survival

import (
	"math"
	"sync"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"

	"gonum.org/v1/gonum/floats"
)

// point is a Cox likelihood at one vector of coefficients, in the letters of Therneau and Grambsch, Modeling Survival Data (2000), chapter 3.
//
// With d deaths in a slot, of mean weight w, Efron's approximation lets the k-th of them (k = 0 … d-1) happen in a risk set from which a share
// c = k/d of the dead has gone: its denominator is S0 - c·D0, S0 being the sum of the risks of all at risk and D0 of those who die (Breslow: c = 0).
// Everything else is made of five sums over k for each slot:
//
//	hazard = Σ w/denominator           and, for those who die in it, own = Σ w(1-c)/denominator
//	a = Σ w(S0/denominator)²           b = Σ wc(S0/denominator)²        c = Σ wc²(S0/denominator)²
//
// because the sums over k of the mean covariates and their squares are combinations of S1/S0 and D1/S0 with these.
type point struct {
	s          *RiskSets
	beta       []float64
	risk       []float64   // weight·exp(x·beta), scaled by a factor common to a stratum
	shift      []float64   // log of that factor, one a stratum
	s0         []float64   // 1 in empty slots
	s1, d1     [][]float64 // [term][slot], divided by S0
	hazard     []float64
	own        []float64
	a, b, c    []float64
	cumulative ladder // of hazard
	logLik     float64
	spare      spare // lists of one number a row
}

// spare holds lists that were needed for a moment and will be needed again: a fit of many rows makes no new ones at each step.
type spare struct {
	lists [][]float64
	alone sync.Mutex
}

// take is a list of n numbers, whatever they are.
func (s *spare) take(n int) []float64 {
	s.alone.Lock()
	defer s.alone.Unlock()
	if last := len(s.lists) - 1; last >= 0 && len(s.lists[last]) == n {
		list := s.lists[last]
		s.lists = s.lists[:last]
		return list
	}
	return make([]float64, n)
}

func (s *spare) give(list []float64) {
	s.alone.Lock()
	defer s.alone.Unlock()
	s.lists = append(s.lists, list)
}

func newPoint(s *RiskSets) *point {
	slots, terms := len(s.time), len(s.terms)
	p := &point{s: s, risk: make([]float64, len(s.row)), shift: make([]float64, len(s.strata)), s1: make([][]float64, terms), d1: make([][]float64, terms)}
	for j := range terms {
		p.s1[j] = make([]float64, slots)
		if s.anyTied {
			p.d1[j] = make([]float64, slots)
		}
	}
	p.s0 = make([]float64, slots)
	p.hazard, p.own = make([]float64, slots), make([]float64, slots)
	p.a, p.b, p.c = make([]float64, slots), make([]float64, slots), make([]float64, slots)
	return p
}

// move goes to other coefficients.
func (p *point) move(beta []float64) {
	p.beta = append(p.beta[:0], beta...)
	p.weigh()
	d0 := make([]float64, len(p.s.time))
	p.s.scan(p.risk, p.s0, d0)
	p.hazards(d0)
	parallel(len(p.beta), len(p.risk), func(j int) {
		weighed := p.spare.take(len(p.risk))
		p.s.scan(floats.MulTo(weighed, p.risk, p.s.x[j]), p.s1[j], p.d1[j])
		p.spare.give(weighed)
		floats.Div(p.s1[j], p.s0)
		if p.d1[j] != nil {
			floats.Div(p.d1[j], p.s0)
		}
	})
}

func product(a, b []float64) []float64 {
	out := make([]float64, len(a))
	return floats.MulTo(out, a, b)
}

// highest is the logarithm of the highest risk in a stratum. Their products with terms stay below, and risks e^1300 times lower above, the limits of numbers.
const highest = 600

// weigh computes each row's risk, and the likelihood's part that is linear in it.
func (p *point) weigh() {
	s, eta := p.s, p.risk
	blocks := (len(eta) + block - 1) / block
	parallel(blocks, min(block, len(eta)), func(i int) {
		lo, hi := i*block, min(len(eta), (i+1)*block)
		part := eta[lo:hi]
		clear(part)
		if s.offset != nil {
			copy(part, s.offset[lo:hi])
		}
		for j, column := range s.x {
			floats.AddScaled(part, p.beta[j], column[lo:hi])
		}
	})
	p.logLik = 0
	for k, st := range s.strata {
		if st.lo == st.hi {
			continue
		}
		part := eta[st.lo:st.hi]
		p.shift[k] = floats.Max(part) - highest
		for i, v := range part {
			part[i] = v - p.shift[k]
			p.logLik += s.died[int(st.lo)+i] * part[i]
		}
	}
	parallel(blocks, min(block, len(eta)), func(i int) {
		lo, hi := i*block, min(len(eta), (i+1)*block)
		for r := lo; r < hi; r++ {
			eta[r] = math.Exp(eta[r])
		}
		if s.weight != nil {
			floats.Mul(eta[lo:hi], s.weight[lo:hi])
		}
	})
}

// scan sums v over those at risk in each slot, and over those who die in it (dead may be nil).
func (s *RiskSets) scan(v, atRisk, dead []float64) {
	for _, st := range s.strata {
		if s.late != nil {
			s.scanEntries(st, v, atRisk)
		} else {
			sum, i := 0.0, st.hi
			for e := st.slotHi - 1; e > st.slotLo; e-- {
				for ; i > s.at[e]; i-- {
					sum += v[i-1]
				}
				atRisk[e] = sum
			}
		}
	}
	if dead == nil {
		return
	}
	for e, d := range s.deaths {
		sum := 0.0
		for _, x := range v[s.at[e] : s.at[e]+d] {
			sum += x
		}
		dead[e] = sum
	}
}

// scanEntries is scan with rows that come late. Taking them off again would leave rounding of the largest that ever was in, so the sum carries its
// own error along (Neumaier 1974), and starts anew whenever nobody is at risk.
func (s *RiskSets) scanEntries(st stratum, v, atRisk []float64) {
	sum, lost, gone, i := 0.0, 0.0, int32(0), st.hi
	add := func(x float64) {
		t := sum + x
		if math.Abs(sum) >= math.Abs(x) {
			lost += (sum - t) + x
		} else {
			lost += (x - t) + sum
		}
		sum = t
	}
	late := s.late[st.lo:st.hi]
	for e := st.slotHi - 1; e > st.slotLo; e-- {
		for ; i > s.at[e]; i-- {
			add(v[i-1])
		}
		for ; gone < s.lateCount[e]; gone++ {
			add(-v[late[gone]])
		}
		if st.hi-i == gone {
			sum, lost = 0, 0
		}
		atRisk[e] = sum + lost
	}
}

// hazards fills in the five sums of each slot and ends the likelihood.
func (p *point) hazards(d0 []float64) {
	s := p.s
	for _, st := range s.strata {
		p.s0[st.slotLo] = 1
		for e := st.slotLo + 1; e < st.slotHi; e++ {
			var hazard, own, a, b, c float64
			w, d := s.meanWeight[e], int(s.deaths[e])
			if !(p.s0[e] > 0) { // beyond the range of numbers: no place for a maximum
				p.logLik = math.Inf(-1)
			}
			p.logLik -= float64(d) * w * math.Log(p.s0[e])
			for k := range d {
				share, left := 0.0, 1.0 // of the denominator
				if s.ties == Efron && k > 0 {
					share = float64(k) / float64(d)
					left = 1 - share*d0[e]/p.s0[e]
					p.logLik -= w * math.Log(left)
				}
				part := w / left
				hazard += part
				own += part * (1 - share)
				part /= left
				a, b, c = a+part, b+share*part, c+share*share*part
			}
			p.hazard[e], p.own[e], p.a[e], p.b[e], p.c[e] = hazard/p.s0[e], own/p.s0[e], a, b, c
		}
	}
	p.cumulative = s.climb(p.hazard)
	if math.IsNaN(p.logLik) || math.IsInf(p.logLik, 1) {
		p.logLik = math.Inf(-1)
	}
}

// ladder is the running sum of something over the slots of each stratum. With entry times, what a row misses at the beginning may be many orders of magnitude larger than its own
// part, so the ladder then carries the error of its sums along.
type ladder struct{ sum, lost []float64 }

func (s *RiskSets) climb(steps []float64) ladder {
	l := ladder{sum: make([]float64, len(steps))}
	if s.late != nil {
		l.lost = make([]float64, len(steps))
	}
	for _, st := range s.strata {
		for e := st.slotLo + 1; e < st.slotHi; e++ {
			before, step := l.sum[e-1], steps[e]
			sum := before + step
			l.sum[e] = sum
			if l.lost != nil { // the error of a sum is a number itself (Knuth, The Art of Computer Programming, volume 2, section 4.2.2)
				part := sum - before
				l.lost[e] = l.lost[e-1] + ((before - (sum - part)) + (step - part))
			}
		}
	}
	return l
}

// between is the sum over the slots (first, last].
func (l ladder) between(first, last int32) float64 {
	if l.lost == nil {
		return l.sum[last] - l.sum[first]
	}
	return (l.sum[last] - l.sum[first]) + (l.lost[last] - l.lost[first])
}

// sums are the likelihood and its derivatives.
func (p *point) sums() fit.Sums {
	expected := p.expected(p.hazard, p.own, p.cumulative)
	defer p.spare.give(expected)
	return fit.Sums{Rows: float64(len(p.s.row)), LogLik: p.logLik, Score: p.score(expected, nil), Information: p.information(expected, nil)}
}

// expected is each row's expected number of events, given a hazard in each slot.
func (p *point) expected(hazard, own []float64, cumulative ladder) []float64 {
	s := p.s
	out := p.spare.take(len(s.row))
	for i, last := range s.last {
		h := cumulative.between(s.first[i], last)
		if s.died[i] > 0 {
			h += own[last] - hazard[last]
		}
		out[i] = p.risk[i] * h
	}
	return out
}

// score is Xᵀ(observed - expected), each event multiplied by g of its slot; g nil is 1. expected must have been multiplied likewise.
func (p *point) score(expected, g []float64) []float64 {
	residual := p.spare.take(len(expected))
	defer p.spare.give(residual)
	for i, e := range expected {
		observed := p.s.died[i]
		if g != nil {
			observed *= g[p.s.last[i]]
		}
		residual[i] = observed - e
	}
	out := make([]float64, len(p.s.x))
	parallel(len(out), len(expected), func(j int) { out[j] = floats.Dot(p.s.x[j], residual) })
	return out
}

// information is the sum over events of the covariance of the terms among those at risk, each event multiplied by g of its slot:
// the weighted sum of squares of the rows, less that of the means.
func (p *point) information(expected, g []float64) matrix.Symmetric {
	a, b, c := p.a, p.b, p.c
	if g != nil {
		a, b, c = product(a, g), product(b, g), product(c, g)
	}
	out := gram(p.s.x, p.s.x, expected)
	whole := make([]float64, out.N)
	for j := range whole {
		whole[j] = math.Abs(out.At(j, j))
	}
	subtract(out, gram(p.s1, p.s1, a), 1)
	if p.s.anyTied {
		subtract(out, gram(p.s1, p.d1, b), -1)
		subtract(out, gram(p.d1, p.s1, b), -1)
		subtract(out, gram(p.d1, p.d1, c), 1)
	}
	if g == nil {
		silence(out, whole)
	}
	return out
}

// silence clears what only rounding has left of a term that never varied among those at risk.
func silence(m matrix.Symmetric, whole []float64) {
	for j, w := range whole {
		if m.At(j, j) > 1e-12*w {
			continue
		}
		for k := range m.N {
			m.Set(j, k, 0)
		}
	}
}

func subtract(from, what matrix.Symmetric, sign float64) {
	for i, v := range what.Data {
		from.Data[i] -= sign * v
	}
}

// block is how many rows are multiplied at a time: they fit into a processor's cache.
const block = 2048

// gram is the upper triangle of Σ w·a·bᵀ over rows. Blocks of rows are summed in a fixed order, whatever the number of processors.
func gram(a, b [][]float64, w []float64) matrix.Symmetric {
	const run = 16 * block
	parts := make([]matrix.Symmetric, (len(w)+run-1)/run)
	parallel(len(parts), min(run, len(w)), func(i int) {
		parts[i] = matrix.NewSymmetric(len(a))
		weighted := make([]float64, block)
		for lo := i * run; lo < min(len(w), (i+1)*run); lo += block {
			hi := min(len(w), lo+block)
			for j, column := range a {
				floats.MulTo(weighted[:hi-lo], column[lo:hi], w[lo:hi])
				row := parts[i].Row(j)
				for k := range row {
					row[k] += floats.Dot(weighted[:hi-lo], b[j+k][lo:hi])
				}
			}
		}
	})
	out := matrix.NewSymmetric(len(a))
	for _, part := range parts {
		subtract(out, part, -1)
	}
	return out
}

// Sums is what these rows add to a Cox likelihood at beta. Sums of disjoint strata, or of hospitals that are strata, add up.
// It returns Invalid for a beta that does not fit the terms.
func (s *RiskSets) Sums(beta []float64) (fit.Sums, error) {
	p, err := s.point(beta)
	if err != nil {
		return fit.Sums{}, err
	}
	return p.sums(), nil
}

// point is the likelihood at a beta that may have come over a network.
func (s *RiskSets) point(beta []float64) (*point, error) {
	if len(beta) != len(s.terms) {
		return nil, stats.In("Cox model", unequal("coefficients", len(beta), len(s.terms)))
	}
	p := newPoint(s)
	p.move(beta)
	return p, nil
}
