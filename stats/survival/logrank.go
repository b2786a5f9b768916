package survival

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/matrix"
	"consilium/stats/tail"
)

// Test is a comparison of k groups: what was observed, what would be expected if they did not differ, and the chi-square of the difference.
type Test struct {
	Labels    []string
	N         []float64 // rows
	Observed  []float64 // events; weighted if rho is not 0
	Expected  []float64
	Variance  [][]float64 // of observed minus expected, k×k, singular
	ChiSquare float64
	DF        int // groups in which an event was possible, less one
	P         float64
}

// LogRank compares the groups over all strata; each of strata is the counts of one stratum, with the same groups, and one is enough. rho weighs an event at t
// by S(t-)^rho, S being the Kaplan-Meier curve of the stratum's groups together: 0 is the log-rank test, 1 the Peto-Peto form of the Gehan-Wilcoxon test.
//
// It returns OneLevel for fewer than two groups, Unsupported for more than 200 and for the robust counts of [CountWeighted], NoEvents if there are none, and NotEstimable if
// the groups were never at risk together. With NotEstimable and EmptyStratum it returns the test too, without its chi-square: what was observed and expected stands.
// Mantel, Cancer Chemother Rep 50 (1966) 163-170, with the hypergeometric variance; rho: Harrington and Fleming, Biometrika 69 (1982) 553-566.
func LogRank(rho float64, strata ...Counts) (*Test, error) {
	if err := checkTest(rho, strata); err != nil {
		return nil, err
	}
	k := len(strata[0].Labels)
	t := &Test{Labels: strata[0].Labels, N: make([]float64, k), Observed: make([]float64, k), Expected: make([]float64, k)}
	variance := matrix.NewSymmetric(k)
	for _, c := range strata {
		t.add(c, rho, variance)
	}
	t.Variance, t.ChiSquare, t.P = variance.Rows(), math.NaN(), math.NaN()
	return t, t.conclude(variance)
}

func checkTest(rho float64, strata []Counts) error {
	if math.IsNaN(rho) || math.IsInf(rho, 0) {
		return &stats.Error{Method: "log-rank", Problem: stats.Invalid, Variable: "rho", Detail: "it is not finite"}
	}
	if len(strata) == 0 {
		return &stats.Error{Method: "log-rank", Problem: stats.TooFewRows, Detail: "there are no counts"}
	}
	events := 0.0
	for _, c := range strata {
		if err := cmp.Or(c.check(), c.unweighted()); err != nil {
			return stats.In("log-rank", err)
		}
		if !slices.Equal(c.Labels, strata[0].Labels) {
			return &stats.Error{Method: "log-rank", Problem: stats.Invalid, Variable: "group", Detail: fmt.Sprintf("a stratum has the groups %v, another %v", c.Labels, strata[0].Labels)}
		}
		events += c.events()
	}
	if err := comparable(len(strata[0].Labels)); err != nil {
		return stats.In("log-rank", err)
	}
	if events == 0 {
		return noEvents("log-rank")
	}
	return nil
}

// mostGroups is how many groups a test compares: it takes as much work at each time as there are pairs of them, and a test of more tells nothing.
const mostGroups = 200

// comparable says whether so many groups can be compared.
func comparable(groups int) error {
	switch {
	case groups < 2:
		return &stats.Error{Problem: stats.OneLevel, Variable: "group", Detail: "there is only one group", Advice: "Compare two or more"}
	case groups > mostGroups:
		return &stats.Error{Problem: stats.Unsupported, Variable: "group", Detail: fmt.Sprintf("%d groups, more than %d", groups, mostGroups), Advice: "A number that differs from row to row belongs into a regression"}
	}
	return nil
}

// add adds one stratum.
func (t *Test) add(c Counts, rho float64, variance matrix.Symmetric) {
	k := len(c.Labels)
	risk := make([][]float64, k)
	for g := range risk {
		risk[g] = c.atRisk(g)
		t.N[g] += c.Rows[g]
	}
	survival := 1.0 // just before the time
	for i := range c.Times {
		n, d := 0.0, 0.0
		for g := range k {
			n, d = n+risk[g][i], d+c.Events[g][i]
		}
		if d == 0 {
			continue
		}
		w := 1.0
		if rho != 0 {
			w = math.Pow(survival, rho)
		}
		survival *= 1 - d/n
		spread := 0.0 // hypergeometric; a single one at risk says nothing
		if n > 1 {
			spread = w * w * d * (n - d) / (n - 1)
		}
		for g := range k {
			share := risk[g][i] / n
			t.Observed[g] += w * c.Events[g][i]
			t.Expected[g] += w * d * share
			if share == 0 {
				continue
			}
			row := variance.Row(g)
			row[0] += spread * share * (1 - share)
			for h := g + 1; h < k; h++ {
				row[h-g] -= spread * share * risk[h][i] / n
			}
		}
	}
}

// conclude is the chi-square over the groups in which an event was possible, less one.
func (t *Test) conclude(variance matrix.Symmetric) error {
	var used []int
	for g, e := range t.Expected {
		if e > 0 {
			used = append(used, g)
		}
	}
	t.DF = len(used) - 1
	if t.DF < 1 {
		return &stats.Error{Method: "log-rank", Problem: stats.NotEstimable, Variable: "group", Detail: "when events happened only one group was at risk", Advice: "Compare groups that were watched at the same times"}
	}
	used = used[1:]
	part, difference := matrix.NewSymmetric(len(used)), make([]float64, len(used))
	for i, g := range used {
		difference[i] = t.Observed[g] - t.Expected[g]
		for j := i; j < len(used); j++ {
			part.Set(i, j, variance.At(g, used[j]))
		}
	}
	c, dependent, ok := matrix.Factor(part)
	if !ok {
		return &stats.Error{Method: "log-rank", Problem: stats.EmptyStratum, Variable: t.Labels[used[dependent]], Detail: "when events happened this group was never at risk together with the others", Advice: "Join groups or strata, or leave the group out"}
	}
	t.ChiSquare = c.Quadratic(difference)
	t.P = tail.ChiSquareUpper(t.ChiSquare, float64(t.DF))
	return nil
}
