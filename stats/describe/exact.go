package describe

import (
	"fmt"
	"math"
	"sync"

	"consilium/stats"
)

// ExactRankSum is where the rank sum of the first group, w, lies among the rank sums W of all ways to divide the same values into groups of the same
// sizes. E is their mean.
type ExactRankSum struct {
	P       float64 // P(|W - E| ≥ |w - E|)
	Less    float64 // P(W ≤ w)
	Greater float64 // P(W ≥ w)
}

// mostSteps bounds the exact methods of this package to a few seconds of work.
const mostSteps = 2e9

// Exact computes the exact conditional test with midranks. Without ties it is Wilcoxon's exact test.
//
// The divisions are counted by the shift algorithm (Streitberg and Röhmel, Statistical Software Newsletter 1986), apart on the lower and on the upper half of
// the ranks; the two counts meet at the observed sum. Two groups of 200 take about a tenth of a second. Groups whose count would take more than a few
// seconds are refused as [stats.Unsupported].
func (s *RankSum) Exact() (ExactRankSum, error) {
	scores, n, w := s.smallerGroup()
	half := len(scores) / 2
	if steps := shiftSteps(scores[:half], n) + shiftSteps(scores[half:], n); steps > mostSteps {
		return ExactRankSum{}, &stats.Error{Method: "exact rank-sum test", Problem: stats.Unsupported,
			Detail: fmt.Sprintf("there are too many divisions into %g and %g values to count", s.n, s.m), Advice: "Use the normal approximation, which is close for groups of this size"}
	}
	var all, other choices
	var both sync.WaitGroup
	both.Go(func() { all = shift(scores[:half], n) })
	both.Go(func() { other = shift(scores[half:], n) })
	both.Wait()
	sum := 0
	for _, v := range scores {
		sum += v
	}
	e := ExactRankSum{P: 1, Less: all.meet(other, n, w, -1), Greater: all.meet(other, n, w, 1)}
	// The distance from the mean n·sum/N is compared in units of 1/N, in whole numbers.
	size := len(scores)
	if away := abs(w*size - n*sum); away > 0 {
		e.P = all.meet(other, n, floorDiv(n*sum-away, size), -1) + all.meet(other, n, -floorDiv(-n*sum-away, size), 1)
	}
	if s.n > s.m {
		e.Less, e.Greater = e.Greater, e.Less
	}
	return e, nil
}

// smallerGroup are the midranks as whole scores (doubled if some are not whole), the size of the smaller group, and its sum.
func (s *RankSum) smallerGroup() (scores []int, n, sum int) {
	unit := 1.0
	for _, r := range s.ranked.ranks {
		if r != math.Floor(r) {
			unit = 2
		}
	}
	smaller := 0
	if s.n > s.m {
		smaller = 1
	}
	for i, r := range s.ranked.ranks {
		scores = append(scores, int(unit*r))
		if s.ranked.groups[i] == smaller {
			n++
			sum += scores[i]
		}
	}
	return scores, n, sum
}

// choices says how many ways there are to choose k of a list of scores with a given sum, for k up to n, as a share of the most numerous k.
type choices struct {
	least []int       // smallest sum of k scores
	ways  [][]float64 // by k, by sum less least
}

// shift counts the choices from scores in rising order. Adding a score to the list shifts the counts of k-1 by it and adds them to those of k.
func shift(scores []int, n int) choices {
	n = min(n, len(scores))
	prefix := prefixSums(scores)
	c := choices{prefix[:n+1], make([][]float64, n+1)}
	for k := range c.ways {
		c.ways[k] = make([]float64, prefix[len(scores)]-prefix[len(scores)-k]-prefix[k]+1)
	}
	c.ways[0][0] = 1
	for i, score := range scores {
		for k := min(i+1, n); k > 0; k-- {
			width := prefix[i] - prefix[i-k+1] - prefix[k-1] + 1 // of the sums of k-1 among the first i
			from := c.ways[k-1][:width]
			to := c.ways[k][score+prefix[k-1]-prefix[k]:]
			to = to[:len(from)]
			for j, v := range from {
				to[j] += v
			}
		}
	}
	return c.scaled()
}

func prefixSums(scores []int) []int {
	prefix := make([]int, len(scores)+1)
	for i, v := range scores {
		prefix[i+1] = prefix[i] + v
	}
	return prefix
}

// shiftSteps is the number of additions that shift makes, counted no further than it matters.
func shiftSteps(scores []int, n int) float64 {
	n = min(n, len(scores))
	prefix := prefixSums(scores)
	steps := 0.0
	for i := range scores {
		for k := 1; k <= min(i+1, n) && steps <= mostSteps; k++ {
			steps += float64(prefix[i] - prefix[i-k+1] - prefix[k-1] + 1)
		}
	}
	return steps
}

// scaled divides all counts by the largest, so that products of two of them stay in range.
func (c choices) scaled() choices {
	largest := 0.0
	for _, ways := range c.ways {
		for _, v := range ways {
			largest = max(largest, v)
		}
	}
	for _, ways := range c.ways {
		for j := range ways {
			ways[j] /= largest
		}
	}
	return c
}

// meet is the share of the choices of n scores, some from c and the rest from other, whose sum is at most (side -1) or at least (side +1) the limit.
func (c choices) meet(other choices, n, limit, side int) float64 {
	within, all := 0.0, 0.0
	for k, ways := range c.ways {
		if n-k < 0 || n-k >= len(other.ways) {
			continue
		}
		rest := other.ways[n-k]
		all += total(ways) * total(rest)
		bound := limit - c.least[k] - other.least[n-k] // of the two indices together
		within += pairs(ways, rest, bound, side)
	}
	return within / all
}

// pairs adds up a[i]·b[j] over i+j ≤ bound (side -1) or i+j ≥ bound (side +1).
func pairs(a, b []float64, bound, side int) float64 {
	sum, running := 0.0, 0.0
	if side < 0 {
		j := 0 // b[:j] is in running
		for i := len(a) - 1; i >= 0; i-- {
			for ; j < len(b) && i+j <= bound; j++ {
				running += b[j]
			}
			if i <= bound {
				sum += a[i] * running
			}
		}
		return sum
	}
	j := len(b) // b[j:] is in running
	for i := range a {
		for ; j > 0 && i+j-1 >= bound; j-- {
			running += b[j-1]
		}
		sum += a[i] * running
	}
	return sum
}

func abs(v int) int { return max(v, -v) }

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
