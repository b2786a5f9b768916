package causal

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"consilium/stats"
)

// SetOptions are how sets of a treated row and its controls are made.
type SetOptions struct {
	Nearness
	Ratio   int   // controls for each treated row, at most; 0 is 1
	Replace bool  // a control may serve several treated rows
	Order   Order // in which treated rows choose
}

// Set is a treated row and its controls, the nearest first.
type Set struct {
	Treated  int
	Controls []int
}

// Sets is who was matched with whom, where a treated row may have several controls.
type Sets struct {
	Sets      []Set
	Unmatched []int
	arms      Arms
}

// MatchSets gives each treated row the nearest controls, greedily: all treated rows choose a first control in turn, then all a second, and so on. Of controls equally
// near the lowest row is taken. It takes as many steps as there are pairs of a treated and an untreated row, times Ratio; [Match] is faster for pairs on a score.
// If no pair can be made it returns a NotEstimable error.
// Rosenbaum and Rubin, American Statistician 39 (1985) 33–38; Stuart, Statistical Science 25 (2010) 1–21.
func MatchSets(a Arms, o SetOptions) (*Sets, error) {
	const method = "matching"
	if err := o.check(a, method); err != nil {
		return nil, err
	}
	if o.Ratio == 0 {
		o.Ratio = 1
	}
	if o.Ratio < 1 {
		return nil, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "ratio", Detail: fmt.Sprintf("%d controls", o.Ratio)}
	}
	level, byLevel := levels(o.Score)
	order, err := turns(a, level, byLevel, o.Order)
	if err != nil {
		return nil, err
	}
	far, err := o.distance(a)
	if err != nil {
		return nil, err
	}
	s := &Sets{arms: a}
	at := map[int]int{}
	for _, t := range order {
		at[t] = len(s.Sets)
		s.Sets = append(s.Sets, Set{Treated: t})
	}
	taken := make([]bool, len(o.Score))
	for round := range o.Ratio {
		for _, t := range order {
			set := &s.Sets[at[t]]
			if len(set.Controls) < round {
				continue // found none before
			}
			if c := o.nearest(a, t, set.Controls, taken, far); c >= 0 {
				set.Controls = append(set.Controls, c)
				taken[c] = !o.Replace
			}
		}
	}
	for _, set := range s.Sets {
		if len(set.Controls) == 0 {
			s.Unmatched = append(s.Unmatched, set.Treated)
		}
	}
	slices.Sort(s.Unmatched)
	s.Sets = slices.DeleteFunc(s.Sets, func(set Set) bool { return len(set.Controls) == 0 })
	slices.SortFunc(s.Sets, func(p, q Set) int { return cmp.Compare(p.Treated, q.Treated) })
	if len(s.Sets) == 0 {
		return nil, &stats.Error{Method: method, Problem: stats.NotEstimable, Variable: a.Name, Detail: "no treated row found a control", Advice: "Widen the caliper, or match exactly on fewer variables"}
	}
	return s, nil
}

// nearest is the free control next to a treated row; -1 if there is none.
func (o SetOptions) nearest(a Arms, t int, own []int, taken []bool, far func(i, j int) float64) int {
	best, least := -1, math.Inf(1)
	scale := 1.0
	for c, treated := range a.Treated {
		if treated || taken[c] || !o.may(t, c) || slices.Contains(own, c) {
			continue
		}
		if d := far(t, c); d < least-near*max(scale, least) || best < 0 {
			best, least = c, d
		}
	}
	return best
}

// Weights is 1 for each treated row of a set; a control has the sum of its shares in its sets, so scaled that those of all controls add up to their number.
func (s *Sets) Weights() []float64 {
	w := make([]float64, len(s.arms.Treated))
	sum, controls := 0.0, 0.0
	for _, set := range s.Sets {
		w[set.Treated] = 1
		for _, c := range set.Controls {
			if w[c] == 0 {
				controls++
			}
			w[c] += 1 / float64(len(set.Controls))
			sum += 1 / float64(len(set.Controls))
		}
	}
	for i := range w {
		if !s.arms.Treated[i] {
			w[i] *= controls / sum
		}
	}
	return w
}

// Compare is the weighted difference of an outcome, the effect in the treated who were matched, with an error that allows for the sets and, where controls serve several
// of them, for the rows as well (two-way clusters).
// Abadie and Spiess, JASA 117 (2022) 983–995; Cameron, Gelbach and Miller, Journal of Business and Economic Statistics 29 (2011) 238–249.
func (s *Sets) Compare(y []float64) (difference, se float64, err error) {
	const method = "comparison of matched sets"
	if err := s.arms.check(method, "outcome", y); err != nil {
		return 0, 0, err
	}
	if len(s.Sets) < 2 {
		return 0, 0, &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: "there is one set"}
	}
	n := float64(len(s.Sets))
	var m1, m0 float64
	for _, set := range s.Sets {
		m1 += y[set.Treated] / n
		for _, c := range set.Controls {
			m0 += y[c] / n / float64(len(set.Controls))
		}
	}
	ofRow, links := map[int]float64{}, 0.0
	var bySet, byLink float64
	for _, set := range s.Sets {
		score := (y[set.Treated] - m1) / n
		own := score
		byLink += score * score
		for _, c := range set.Controls {
			part := -(y[c] - m0) / n / float64(len(set.Controls))
			score += part
			ofRow[c] += part
			byLink += part * part
			links++
		}
		bySet += score * score
		ofRow[set.Treated] = own
	}
	byRow := 0.0
	for _, v := range ofRow {
		byRow += v * v
	}
	rows := n + links
	variance := bySet * n / (n - 1) * (rows - 1) / (rows - 2)
	if math.Abs(byRow-byLink) > 1e-15*byLink { // a control serves several sets
		variance = bySet + byRow - byLink
	}
	return m1 - m0, math.Sqrt(variance), nil
}
