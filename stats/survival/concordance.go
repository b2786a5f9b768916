package survival

// Pairs counts pairs of rows of which one had the event while the other was at risk and outlived it. Pairs are additive over strata and hospitals.
type Pairs struct {
	Concordant float64 // the one who died first had the higher risk
	Discordant float64
	Tied       float64 // both had the same
}

// Add adds other pairs.
func (p *Pairs) Add(other Pairs) {
	p.Concordant += other.Concordant
	p.Discordant += other.Discordant
	p.Tied += other.Tied
}

// Concordance is the share of concordant pairs, ties counting half; NaN without pairs. Harrell, Lee and Mark, Stat Med 15 (1996) 361-387.
func (p Pairs) Concordance() float64 {
	return (p.Concordant + p.Tied/2) / (p.Concordant + p.Discordant + p.Tied)
}

// Pairs compares the rows within each stratum by the linear predictor at beta, in n log n steps. Two events at one time are no pair;
// a row censored at the time of an event outlived it. With case weights a pair counts the product of both.
// It returns Invalid for a beta that does not fit the terms.
func (s *RiskSets) Pairs(beta []float64) (Pairs, error) {
	p, err := s.point(beta)
	if err != nil {
		return Pairs{}, err
	}
	return p.pairs(), nil
}

// Pairs are those of the model's own rows.
func (m *CoxModel) Pairs() Pairs { return m.best.pairs() }

func (p *point) pairs() Pairs {
	eta := p.spare.take(len(p.s.row))
	defer p.spare.give(eta)
	clear(eta)
	for j, column := range p.s.x {
		for i, v := range column {
			eta[i] += v * p.beta[j]
		}
	}
	if p.s.offset != nil {
		for i, v := range p.s.offset {
			eta[i] += v
		}
	}
	parts := make([]Pairs, len(p.s.strata))
	parallel(len(parts), len(p.s.row)/len(parts), func(k int) { parts[k] = p.s.stratumPairs(p.s.strata[k], eta) })
	var sum Pairs
	for _, part := range parts {
		sum.Add(part)
	}
	return sum
}

// stratumPairs goes back in time and keeps those at risk in a tree over the ranks of their risk.
func (s *RiskSets) stratumPairs(st stratum, eta []float64) Pairs {
	var pairs Pairs
	ranks, distinct := rank(eta[st.lo:st.hi])
	at := newTree(distinct)
	weight := func(i int32) float64 {
		if s.weight == nil {
			return 1
		}
		return s.weight[i]
	}
	i, gone := st.hi, int32(0)
	for e := st.slotHi - 1; e > st.slotLo; e-- {
		first := s.at[e]
		for ; i > first+s.deaths[e]; i-- {
			at.add(ranks[i-1-st.lo], weight(i-1))
		}
		for ; gone < s.lateFor(e); gone++ {
			r := s.late[st.lo+gone]
			at.add(ranks[r-st.lo], -weight(r))
		}
		for d := first; d < first+s.deaths[e]; d++ {
			below, same := at.below(ranks[d-st.lo])
			w := weight(d)
			pairs.Concordant += w * below
			pairs.Tied += w * same
			pairs.Discordant += w * (at.total - below - same)
		}
		for ; i > first; i-- {
			at.add(ranks[i-1-st.lo], weight(i-1))
		}
	}
	return pairs
}

// rank numbers the distinct values upward from 0.
func rank(values []float64) (ranks []int32, distinct int) {
	ranks = make([]int32, len(values))
	last := 0.0
	for i, at := range ascending(values) {
		if i == 0 || values[at] != last {
			distinct++
		}
		last = values[at]
		ranks[at] = int32(distinct - 1)
	}
	return ranks, distinct
}

// tree holds a weight for each rank, and answers sums over ranks in log n steps (Fenwick, Software: Practice and Experience 24 (1994) 327-336).
type tree struct {
	sums  []float64
	own   []float64
	total float64
}

func newTree(ranks int) *tree {
	return &tree{sums: make([]float64, ranks+1), own: make([]float64, ranks)}
}

func (t *tree) add(rank int32, w float64) {
	t.total += w
	t.own[rank] += w
	for i := int(rank) + 1; i < len(t.sums); i += i & -i {
		t.sums[i] += w
	}
}

// below is the weight of lower ranks, and of the rank itself.
func (t *tree) below(rank int32) (lower, same float64) {
	for i := int(rank); i > 0; i -= i & -i {
		lower += t.sums[i]
	}
	return lower, t.own[rank]
}
