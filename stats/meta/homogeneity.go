package meta

import (
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// Association is the test of Cochran, Mantel and Haenszel that events and groups are independent in each table.
type Association struct{ Statistic, P float64 } // χ² with 1 degree of freedom

// Continuity is what a discrete statistic loses before it is compared with a continuous distribution.
type Continuity int

// The corrections of [CochranMantelHaenszel].
const (
	Uncorrected Continuity = iota
	Half                   // ½ less, and a difference below ½ becomes 0
	AnyHalf                // ½ less from any difference, as metafor takes it: a single event among very unequal groups can then be "significant"
)

// CochranMantelHaenszel is (|Σ(a−E)|−½)²/ΣV, or without the ½ (Mantel and Haenszel 1959, J Natl Cancer Inst 22:719).
// NoEvents if no table has both outcomes.
func CochranMantelHaenszel(t Tables, c Continuity) (*Association, error) {
	const method = "Cochran-Mantel-Haenszel test"
	tables, err := t.cells(method)
	if err != nil {
		return nil, err
	}
	var excess, variance float64
	for _, t := range tables {
		e, v := t.hypergeometric()
		excess += t.a - e
		variance += v
	}
	if variance == 0 {
		return nil, &stats.Error{Method: method, Problem: stats.NoEvents, Detail: "in each table nobody, or everybody, had the event"}
	}
	distance := math.Abs(excess)
	switch c {
	case Half:
		distance = max(0, distance-0.5)
	case AnyHalf:
		distance -= 0.5
	}
	x := distance * distance / variance
	return &Association{x, tail.ChiSquareUpper(x, 1)}, nil
}

// Homogeneity is whether one odds ratio fits all tables.
type Homogeneity struct {
	BreslowDay, BreslowDayP float64
	Tarone, TaroneP         float64 // Breslow-Day with the correction that makes it a valid score test
	DF                      float64 // tables with both outcomes, minus 1
}

// BreslowDay compares a of each table with its expectation under the Mantel-Haenszel odds ratio (Breslow and Day 1980, Statistical Methods in Cancer Research I, 4.4;
// Tarone 1985, Biometrika 72:91). It takes two tables with both outcomes and an odds ratio that can be estimated.
func BreslowDay(t Tables) (*Homogeneity, error) {
	const method = "Breslow-Day test"
	tables, err := t.cells(method)
	if err != nil {
		return nil, err
	}
	pooled, variance, _ := mhOddsRatio(tables)
	if !(variance > 0) || math.IsInf(pooled, 0) {
		return nil, &stats.Error{Method: method, Problem: stats.NotEstimable, Detail: "there is no pooled odds ratio to compare with"}
	}
	var h Homogeneity
	var excess, information float64
	for _, t := range tables {
		if t.oneSided() {
			continue
		}
		a := t.expected(math.Exp(pooled))
		v := 1 / (1/a + 1/(t.n1()-a) + 1/(t.a+t.c-a) + 1/(t.n2()-t.a-t.c+a))
		h.BreslowDay += (t.a - a) * (t.a - a) / v
		excess += t.a - a
		information += v
		h.DF++
	}
	if h.DF--; h.DF < 1 {
		return nil, &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: "it compares two tables or more in which some but not all patients had the event"}
	}
	h.Tarone = h.BreslowDay - excess*excess/information
	h.BreslowDayP, h.TaroneP = tail.ChiSquareUpper(h.BreslowDay, h.DF), tail.ChiSquareUpper(h.Tarone, h.DF)
	return &h, nil
}

// expected is the a that gives the table's margins the odds ratio ψ: the root of (1−ψ)a² + (n2−m+ψ(n1+m))a − ψ·n1·m = 0 within the margins, in the form that
// loses no digits.
func (t cells) expected(psi float64) float64 {
	m := t.a + t.c
	b := t.n2() - m + psi*(t.n1()+m)
	c := psi * t.n1() * m
	d := b*b + 4*(1-psi)*c
	if b < 0 { // then ψ < 1
		return (math.Sqrt(d) - b) / (2 * (1 - psi))
	}
	return 2 * c / (b + math.Sqrt(max(0, d)))
}
