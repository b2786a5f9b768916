package mixed

import (
	"fmt"
	"math"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/tail"
)

// Rank is what can be said of the place of one group among all, the smallest effect having rank 1.
type Rank struct {
	Expected     float64 // mean of its distribution
	Lower, Upper int     // the narrowest ranks that leave at most half of what the level leaves on each side
	First, Last  float64 // probability of having the smallest effect, and the largest
}

// MostRanked is how many groups [Ranks] compares: its work grows with the third power.
const MostRanked = 500

// Ranks is the distribution of ranks of groups whose effects are normal given the data and independent: mean and sd of each, sd above 0. The probability of a rank is the integral, over the group's
// own effect, of the Poisson-binomial probability that so many others lie below it; nothing is simulated.
//
// Ranks of hospitals or surgeons that are near each other are uncertain, however they are ordered: Goldstein and Spiegelhalter, JRSS A 159 (1996) 385-443; Lin, Louis, Paddock and Ridgeway,
// Bayesian Analysis 1 (2006) 915-946.
func Ranks(mean, sd []float64, level float64) ([]Rank, error) {
	const method = "ranks of groups"
	if len(mean) != len(sd) || len(mean) < 2 {
		return nil, &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: fmt.Sprintf("%d means and %d standard deviations", len(mean), len(sd))}
	}
	if len(mean) > MostRanked {
		return nil, &stats.Error{Method: method, Problem: stats.TooLarge, Detail: fmt.Sprintf("%d groups; up to %d are ranked", len(mean), MostRanked)}
	}
	for g, s := range sd {
		if !(s > 0) || math.IsInf(s, 0) || !finite(mean[g]) {
			return nil, &stats.Error{Method: method, Problem: stats.NotEstimable, Variable: "group", Detail: "the groups do not vary: all have the same effect", Advice: "There is no order among them"}
		}
	}
	out := make([]Rank, len(mean))
	fit.InParallel(len(mean), func(g int) { out[g] = rankOf(rankChances(mean, sd, g), level) })
	return out, nil
}

// rankChances are the probabilities of each rank of group g, by the trapezoid rule on eight standard deviations either side, which for integrands as smooth as these is exact to rounding.
func rankChances(mean, sd []float64, g int) []float64 {
	const width, steps = 8.0, 80
	out := make([]float64, len(mean))
	chance := make([]float64, len(mean))
	for k := -steps; k <= steps; k++ {
		z := width * float64(k) / steps
		weight := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) * width / steps
		x, n := mean[g]+z*sd[g], 0
		clear(chance)
		chance[0] = 1
		for j := range mean {
			if j == g {
				continue
			}
			below := tail.NormalLower((x - mean[j]) / sd[j])
			n++
			for r := n; r > 0; r-- {
				chance[r] = chance[r]*(1-below) + chance[r-1]*below
			}
			chance[0] *= 1 - below
		}
		for r, c := range chance {
			out[r] += weight * c
		}
	}
	return out
}

func rankOf(chance []float64, level float64) Rank {
	r := Rank{First: chance[0], Last: chance[len(chance)-1], Lower: 1, Upper: len(chance)}
	for k, c := range chance {
		r.Expected += float64(k+1) * c
	}
	side := (1 - level) / 2
	for sum := chance[0]; sum <= side; r.Lower++ {
		sum += chance[r.Lower]
	}
	for sum := chance[r.Upper-1]; sum <= side; r.Upper-- {
		sum += chance[r.Upper-2]
	}
	return r
}
