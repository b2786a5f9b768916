package mixed

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

// climb goes uphill by Newton steps where the log-likelihood need not be concave: where minus its second derivatives are not positive definite,
// their diagonal is raised until they are (Levenberg, Quarterly of Applied Mathematics 2 (1944) 164-168), and such a point is never the end.
func climb(terms []string, start []float64, sums func([]float64) (fit.Sums, error), o fit.Options) ([]float64, fit.Sums, int, error) {
	limit := o.MaxIterations
	if limit == 0 {
		limit = 200
	}
	par := start
	now, err := sums(par)
	for i := 1; i <= limit && err == nil; i++ {
		change, gain, raised, e := raisedStep(terms, now)
		if e != nil {
			return nil, now, i, e
		}
		if !raised && gain <= o.LeastGain(now) {
			return par, now, i, nil
		}
		change = short(par, change, now.Score, len(par)-1)
		if par, now, err = ascend(par, change, now, sums); err == nil && math.Abs(par[len(par)-1]) > largestSD {
			err = alike("the standard deviation of their intercepts has no end")
		}
	}
	if err == nil {
		err = &stats.Error{Problem: stats.NotConverged, Detail: fmt.Sprintf("after %d iterations", limit), Advice: "Center and scale the variables, or take fewer terms"}
	}
	return nil, now, limit, err
}

// largestSD is a standard deviation of intercepts, in log odds, that only an estimate without end passes: between two centers the odds would differ by a median factor of 10¹⁰.
const largestSD = 25

// alike is the error of groups whose outcomes, given the terms, do not vary.
func alike(detail string) error {
	return &stats.Error{Problem: stats.Separation, Variable: "group", Detail: "within groups the terms leave no variation of the outcome: " + detail, Advice: "Take fewer terms, or compare the groups themselves"}
}

// raisedStep is the Newton step, of second derivatives with a raised diagonal if need be.
func raisedStep(terms []string, at fit.Sums) (change []float64, gain float64, raised bool, err error) {
	change, gain, err = fit.Step(terms, at)
	for share := 1e-3; errors.Is(err, stats.Collinear) && share < 1e9; share *= 10 {
		shifted := at
		shifted.Information = raise(at.Information, share)
		raised = true
		change, gain, err = fit.Step(terms, shifted)
	}
	return change, gain, raised, err
}

func raise(s matrix.Symmetric, share float64) matrix.Symmetric {
	out := s.Clone()
	var floor float64
	for i := range s.N {
		floor = max(floor, math.Abs(s.At(i, i)))
	}
	for i := range s.N {
		out.Row(i)[0] += share * (math.Abs(s.At(i, i)) + 1e-9*floor)
	}
	return out
}

// short is a step that ends before 0 in parameters that the likelihood is even in, the standard deviations of effects. At 0 itself nothing leads away, even if the summit lies elsewhere; and what goes
// to the other side goes to where it was, and takes the other parameters along by as little. The step stays one that leads uphill.
func short(from, change, score []float64, even ...int) []float64 {
	out := slices.Clone(change)
	for _, i := range even {
		if to := from[i] + change[i]; from[i] != 0 && (to == 0 || (to < 0) != (from[i] < 0)) {
			out[i] = -from[i] * 15 / 16
		}
	}
	if dot(score, out) <= 0 {
		return change
	}
	return out
}

// ascend takes the step, or half of it, or a quarter …, so that the log-likelihood does not fall by more than rounding. The last parameter, a
// standard deviation, at most triples, or moves by 1.
func ascend(from, change []float64, now fit.Sums, sums func([]float64) (fit.Sums, error)) ([]float64, fit.Sums, error) {
	last := len(from) - 1
	slack := 1e-11 * (1 + math.Abs(now.LogLik))
	share := min(1, max(1, 2*math.Abs(from[last]))/math.Abs(change[last]))
	for ; share > 1e-9; share /= 2 {
		next := make([]float64, len(from))
		for i := range next {
			next[i] = from[i] + share*change[i]
		}
		then, err := sums(next)
		if err != nil {
			return nil, then, err
		}
		if then.LogLik >= now.LogLik-slack {
			return next, then, nil
		}
	}
	return nil, now, &stats.Error{Problem: stats.NotConverged, Detail: "no step raises the likelihood", Advice: "Center and scale the variables"}
}

// shardRows is about how many rows one processor sums at a time.
const shardRows = 4096

// split cuts a list into runs of about shardRows rows: always the same runs, so that the sums are the same on any number of processors.
func split[T any](list []T, rows func(T) int) [][]T {
	var shards [][]T
	from, n := 0, 0
	for i, e := range list {
		if n += rows(e); n >= shardRows || i == len(list)-1 {
			shards = append(shards, list[from:i+1])
			from, n = i+1, 0
		}
	}
	return shards
}

// sumShards adds up the sums of all shards in their order, each computed by one processor.
func sumShards[T any](terms int, shards [][]T, add func(out *fit.Sums, shard []T)) fit.Sums {
	parts := make([]fit.Sums, len(shards))
	fit.InParallel(len(shards), func(k int) {
		parts[k] = fit.NewSums(terms)
		add(&parts[k], shards[k])
	})
	total := fit.NewSums(terms)
	for _, p := range parts {
		total.Add(p)
	}
	return total
}
