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
// It returns OneLevel for fewer than two groups, Unsupported for more than 1,000 and for the robust counts of [CountWeighted], NoEvents if there are none, and NotEstimable if
// the groups were never at risk together. With NotEstimable and EmptyStratum it returns the test too, without its chi-square: what was observed and expected stands.
// Mantel, Cancer Chemother Rep 50 (1966) 163-170, with the hypergeometric variance; rho: Harrington and Fleming, Biometrika 69 (1982) 553-566.
func LogRank(rho float64, strata ...Counts) (*Test, error) {
	if err := checkTest(rho, strata); err != nil {
		return nil, err
	}
	each := make([][]Counts, len(strata))
	for i, c := range strata {
		each[i] = c.Each()
	}
	return LogRankEach(rho, each...)
}

// LogRankEach is [LogRank] of groups that were counted each by itself ([CountEach]), as many in each stratum and in the same order. It takes time and memory in
// proportion to rows times groups at most, and none for a table of both.
func LogRankEach(rho float64, strata ...[]Counts) (*Test, error) {
	if err := checkEachTest(rho, strata); err != nil {
		return nil, err
	}
	k := len(strata[0])
	t := &Test{Labels: make([]string, k), N: make([]float64, k), Observed: make([]float64, k), Expected: make([]float64, k)}
	for g, c := range strata[0] {
		t.Labels[g] = c.Labels[0]
	}
	variance := make([][]float64, k)
	for g := range variance {
		variance[g] = make([]float64, k)
	}
	for _, groups := range strata {
		t.add(groups, rho, variance)
	}
	t.Variance, t.ChiSquare, t.P = variance, math.NaN(), math.NaN()
	return t, t.conclude()
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

// mostGroups is how many groups a test compares: its variance has a number for each pair of them, and a test of more tells nothing.
const mostGroups = 1000

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

func checkEachTest(rho float64, strata [][]Counts) error {
	const method = "log-rank"
	if math.IsNaN(rho) || math.IsInf(rho, 0) {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "rho", Detail: "it is not finite"}
	}
	if len(strata) == 0 {
		return &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: "there are no counts"}
	}
	events := 0.0
	for _, groups := range strata {
		if err := checkEach(method, groups); err != nil {
			return err
		}
		if len(groups) != len(strata[0]) {
			return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "group", Detail: fmt.Sprintf("a stratum has %d groups, another %d", len(groups), len(strata[0]))}
		}
		for _, c := range groups {
			if err := c.unweighted(); err != nil {
				return stats.In(method, err)
			}
			events += c.events()
		}
	}
	if err := comparable(len(strata[0])); err != nil {
		return stats.In(method, err)
	}
	if events == 0 {
		return noEvents(method)
	}
	return nil
}

// add adds one stratum.
//
// With r(t) the numbers at risk in the groups, the variance is the sum over event times of diag(r)·a(t) − r·rᵀ·b(t). As a group's r is the sum over its rows of
// "still there at t", the sum over times can be taken row by row: whoever leaves at t adds A(t), the sum of a up to t, to the diagonal, and takes the vector
// B(t), the sum of r·b up to t, from the row of the group. So no time has to look at all pairs of groups.
func (t *Test) add(groups []Counts, rho float64, variance [][]float64) {
	k := len(groups)
	risk, upTo := make([]float64, k), make([]float64, k) // r, and B
	for g, c := range groups {
		t.N[g] += c.Rows[0]
		risk[g] = c.atRiskFirst()
	}
	survival, hazard, single := 1.0, 0.0, 0.0 // S(t−); sums of w·d/n and of a
	together(groups, func(m moment) {
		w := 1.0
		if rho != 0 {
			w = math.Pow(survival, rho)
		}
		if m.events > 0 {
			survival *= 1 - m.events/m.risk
			hazard += w * m.events / m.risk
			if m.risk > 1 { // hypergeometric; a single one at risk says nothing
				spread := w * w * m.events * (m.risk - m.events) / (m.risk - 1)
				single += spread / m.risk
				for g, r := range risk {
					upTo[g] += spread * r / (m.risk * m.risk)
				}
			}
		}
		for _, p := range m.places {
			c := groups[p.group]
			t.Observed[p.group] += w * c.Events[0][p.at]
			left := c.Exits[0][p.at]
			if c.Enter != nil {
				left -= c.Enter[0][p.at]
			}
			if left == 0 {
				continue
			}
			risk[p.group] -= left
			t.Expected[p.group] += left * hazard
			row := variance[p.group]
			row[p.group] += left * single
			for h, b := range upTo {
				row[h] -= left * b
			}
		}
	})
}

// atRiskFirst is how many of a single group were watched at its first time.
func (c Counts) atRiskFirst() float64 {
	sum := 0.0
	for i, exits := range c.Exits[0] {
		sum += exits
		if c.Enter != nil {
			sum -= c.Enter[0][i]
		}
	}
	return sum
}

// conclude is the chi-square over the groups in which an event was possible, less one.
func (t *Test) conclude() error {
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
			part.Set(i, j, (t.Variance[g][used[j]]+t.Variance[used[j]][g])/2)
		}
	}
	c, dependent, ok := matrix.Factor(part)
	if !ok {
		return &stats.Error{Method: "log-rank", Problem: stats.EmptyStratum, Variable: t.Labels[used[dependent]], Detail: "nothing else could have come out for this group: when events happened it was not at risk together with the others, or all who were had the event at once", Advice: "Join groups or strata, or leave the group out"}
	}
	t.ChiSquare = c.Quadratic(difference)
	t.P = tail.ChiSquareUpper(t.ChiSquare, float64(t.DF))
	return nil
}
