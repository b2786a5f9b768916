package regress

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/tail"
)

// HosmerLemeshow compares observed with expected events by groups of predicted risk.
type HosmerLemeshow struct {
	Cuts               []float64 // ends of the groups, one more than there are groups; a group holds its upper end, the first its lower end too
	N                  []int
	Observed, Expected []float64
	ChiSquare, P       float64
	DF                 int
}

// GoodnessOfFit is the test of Hosmer and Lemeshow (Communications in Statistics A9 (1980) 1043–1069): groups cut at type-7 quantiles of the probability,
// equal cut points merged, groups less 2 degrees of freedom. That is for the rows that the model was fitted to; for a model from elsewhere it finds too much,
// there being as many degrees of freedom as groups.
//
// y is 0 or 1, probability 0 to 1, groups usually 10. P is NaN for fewer than three groups left. It returns a *stats.Error if lists do not fit, or if all
// probabilities are the same.
func GoodnessOfFit(y, probability []float64, groups int) (HosmerLemeshow, error) {
	const method = "Hosmer-Lemeshow test"
	if err := checkPredictions(method, y, probability); err != nil {
		return HosmerLemeshow{}, err
	}
	if groups < 2 {
		return HosmerLemeshow{}, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "groups", Detail: fmt.Sprintf("%d of them", groups)}
	}
	sorted := slices.Clone(probability)
	slices.Sort(sorted)
	cuts := slices.Compact(quantiles(len(sorted), groups, func(rank int) float64 { return sorted[rank] }))
	h, err := GroupSums(y, probability, cuts)
	if err != nil {
		return HosmerLemeshow{}, stats.In(method, err)
	}
	h.test()
	return h, nil
}

// GroupSums is what some rows add to the groups between given cuts: N, Observed and Expected. Sums of several sets of rows add up with [HosmerLemeshow.Add].
// Rows outside of the cuts belong to the first or the last group.
func GroupSums(y, probability, cuts []float64) (HosmerLemeshow, error) {
	if len(cuts) < 2 {
		return HosmerLemeshow{}, &stats.Error{Problem: stats.OneLevel, Variable: "probability", Detail: "all rows have the same: there are no groups"}
	}
	h := HosmerLemeshow{Cuts: cuts}
	h.count(y, probability)
	return h, nil
}

// Add adds the sums of other rows in the same groups.
func (h *HosmerLemeshow) Add(other HosmerLemeshow) {
	for k := range h.N {
		h.N[k] += other.N[k]
		h.Observed[k] += other.Observed[k]
		h.Expected[k] += other.Expected[k]
	}
}

// count sorts the rows into their groups.
func (h *HosmerLemeshow) count(y, probability []float64) {
	groups := len(h.Cuts) - 1
	h.N, h.Observed, h.Expected = make([]int, groups), make([]float64, groups), make([]float64, groups)
	for i, p := range probability {
		k, _ := slices.BinarySearch(h.Cuts[1:groups], p)
		h.N[k]++
		h.Observed[k] += y[i]
		h.Expected[k] += p
	}
}

func (h *HosmerLemeshow) test() {
	h.ChiSquare = 0
	for k, n := range h.N {
		o, e := h.Observed[k], h.Expected[k]
		h.ChiSquare += (o - e) * (o - e) / (e * (1 - e/float64(n)))
	}
	h.DF, h.P = len(h.N)-2, math.NaN()
	if h.DF > 0 {
		h.P = tail.ChiSquareUpper(h.ChiSquare, float64(h.DF))
	}
}

// quantiles are those of type 7 at 0, 1/groups … 1 of n values, of which ranked gives the one of each rank, counted from 0: nobody need have them all.
func quantiles(n, groups int, ranked func(rank int) float64) []float64 {
	out := make([]float64, groups+1)
	for k := range out {
		at := float64(n-1) * min(1, float64(k)*(1/float64(groups)))
		low, high := ranked(int(math.Floor(at))), ranked(int(math.Ceil(at)))
		out[k] = low
		if h := at - math.Floor(at); h > 0 && low != high {
			out[k] = (1-h)*low + h*high
		}
	}
	return out
}

// AskingFit is how a test of fit asks all hospitals about the probabilities of one model; both functions add the answers.
type AskingFit struct {
	UpTo   func(thresholds []float64) ([]int, error)    // of how many rows the probability is at most each threshold: see [CountUpTo]
	Groups func(cuts []float64) (HosmerLemeshow, error) // see [GroupSums]
}

// CountUpTo is how many values are at most each threshold.
func CountUpTo(values, thresholds []float64) []int {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	out := make([]int, len(thresholds))
	for k, t := range thresholds {
		out[k], _ = slices.BinarySearchFunc(sorted, t, func(v, t float64) int {
			if v <= t {
				return -1
			}
			return 1
		})
	}
	return out
}

// PoolGoodnessOfFit is [GoodnessOfFit] of rows that nobody sees together. The cuts are found by counting: about 60 rounds halve the range of all of them
// at once, down to the last digit. What is learned at the end are the probabilities at the cuts, which are those of single rows.
func PoolGoodnessOfFit(ask AskingFit, groups int) (HosmerLemeshow, error) {
	const method = "pooled Hosmer-Lemeshow test"
	total, err := ask.UpTo([]float64{math.Inf(1)})
	if err != nil {
		return HosmerLemeshow{}, stats.In(method, err)
	}
	if groups < 2 || total[0] < 1 {
		return HosmerLemeshow{}, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "groups", Detail: fmt.Sprintf("%d groups of %d rows", groups, total[0])}
	}
	values, err := ranks(ask, wanted(total[0], groups))
	if err != nil {
		return HosmerLemeshow{}, stats.In(method, err)
	}
	cuts := slices.Compact(quantiles(total[0], groups, func(rank int) float64 { return values[rank] }))
	if len(cuts) < 2 {
		_, err := GroupSums(nil, nil, cuts)
		return HosmerLemeshow{}, stats.In(method, err)
	}
	h, err := ask.Groups(cuts)
	if err != nil {
		return HosmerLemeshow{}, stats.In(method, err)
	}
	h.test()
	return h, nil
}

// wanted are the ranks that the quantiles of n values need.
func wanted(n, groups int) []int {
	var out []int
	quantiles(n, groups, func(rank int) float64 {
		out = append(out, rank)
		return 0
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// ranks finds the values of given ranks, from 0 to 1, by halving. Of floating-point numbers that are not negative the bits rise with the value.
func ranks(ask AskingFit, wanted []int) (map[int]float64, error) {
	low, high := make([]uint64, len(wanted)), make([]uint64, len(wanted)) // the value is from low to high
	for k := range high {
		high[k] = math.Float64bits(1)
	}
	for range 62 {
		thresholds := make([]float64, len(wanted))
		for k := range thresholds {
			thresholds[k] = math.Float64frombits(low[k] + (high[k]-low[k])/2)
		}
		counts, err := ask.UpTo(thresholds)
		if err != nil {
			return nil, err
		}
		for k, rank := range wanted {
			if counts[k] > rank {
				high[k] = math.Float64bits(thresholds[k])
			} else if low[k] < high[k] {
				low[k] = math.Float64bits(thresholds[k]) + 1
			}
		}
	}
	out := map[int]float64{}
	for k, rank := range wanted {
		out[rank] = math.Float64frombits(high[k])
	}
	return out, nil
}
