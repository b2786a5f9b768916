package meta

import (
	"fmt"
	"math"

	"consilium/stats"
)

// Tables are 2×2 tables of trials, one element a trial: A events among N1 treated, C events among N2 controls.
type Tables struct {
	A, N1, C, N2 []float64
}

// Correction says to which tables 1/2 (or another amount) is added in all four cells, so that a zero cell does not make an effect infinite.
type Correction struct {
	Add float64
	To  string // OnlyZero, EveryTable, EveryIfZero or NoTable
}

// The tables that a correction may go to.
const (
	OnlyZero    = "only0"  // tables with a zero cell
	EveryTable  = "all"    // all tables
	EveryIfZero = "if0all" // all tables if any has a zero cell
	NoTable     = "none"   // no table
)

// HalfToZero adds 1/2 to the cells of tables with a zero: the usual correction (Gart and Zweifel 1967, Biometrika 54:181).
var HalfToZero = Correction{Add: 0.5, To: OnlyZero}

// cells are the four counts of a table: events and non-events of the treated, events and non-events of the controls.
type cells struct{ a, b, c, d float64 }

func (t cells) n1() float64    { return t.a + t.b }
func (t cells) n2() float64    { return t.c + t.d }
func (t cells) n() float64     { return t.a + t.b + t.c + t.d }
func (t cells) hasZero() bool  { return t.a == 0 || t.b == 0 || t.c == 0 || t.d == 0 }
func (t cells) oneSided() bool { return t.a+t.c == 0 || t.b+t.d == 0 } // nobody, or everybody, had the event

func (t cells) plus(add float64) cells { return cells{t.a + add, t.b + add, t.c + add, t.d + add} }

// Len is the number of tables.
func (t Tables) Len() int { return len(t.A) }

// cells lists the tables, and refuses lists of unequal length and counts that are negative, not finite, or above their group.
func (t Tables) cells(method string) ([]cells, error) {
	k := len(t.A)
	if len(t.N1) != k || len(t.C) != k || len(t.N2) != k {
		return nil, &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("lists of %d, %d, %d and %d numbers", k, len(t.N1), len(t.C), len(t.N2))}
	}
	if k == 0 {
		return nil, &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: "there are no tables"}
	}
	out := make([]cells, k)
	for i := range out {
		out[i] = cells{t.A[i], t.N1[i] - t.A[i], t.C[i], t.N2[i] - t.C[i]}
		if err := out[i].check(method, i); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (t cells) check(method string, i int) error {
	trial := fmt.Sprintf("trial %d", i+1)
	for _, n := range [...]float64{t.a, t.b, t.c, t.d} {
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return &stats.Error{Method: method, Problem: stats.Missing, Variable: trial, Detail: "a count is missing or not finite", Advice: "Leave the trial out"}
		}
		if n < 0 {
			return &stats.Error{Method: method, Problem: stats.Invalid, Variable: trial, Detail: "a count is negative, or more patients had the event than were in the group"}
		}
	}
	if t.n1() == 0 || t.n2() == 0 {
		return &stats.Error{Method: method, Problem: stats.EmptyStratum, Variable: trial, Detail: "one of its groups has no patients", Advice: "Leave the trial out"}
	}
	return nil
}

// correct adds the correction to the tables it is for.
func (c Correction) correct(method string, tables []cells) ([]cells, error) {
	any := false
	for _, t := range tables {
		any = any || t.hasZero()
	}
	out := make([]cells, len(tables))
	for i, t := range tables {
		add, err := c.for1(method, t.hasZero(), any)
		if err != nil {
			return nil, err
		}
		out[i] = t.plus(add)
	}
	return out, nil
}

// for1 is what is added to the cells of one study, given whether it, or any study, has a zero.
func (c Correction) for1(method string, zero, any bool) (float64, error) {
	if !(c.Add >= 0) || math.IsInf(c.Add, 0) {
		return 0, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "add", Detail: fmt.Sprintf("%g cannot be added to counts", c.Add)}
	}
	switch c.To {
	case OnlyZero, "":
		if zero {
			return c.Add, nil
		}
		return 0, nil
	case EveryTable:
		return c.Add, nil
	case EveryIfZero:
		if any {
			return c.Add, nil
		}
		return 0, nil
	case NoTable:
		return 0, nil
	}
	return 0, &stats.Error{Method: method, Problem: stats.Unsupported, Variable: "to", Detail: fmt.Sprintf("%q; there are only0, all, if0all and none", c.To)}
}

// LogOddsRatio is log(ad/bc) of each table with Woolf's variance 1/a+1/b+1/c+1/d (Woolf 1955, Ann Hum Genet 19:251). A table whose effect stays infinite after
// the correction keeps it, and is refused when pooled.
func LogOddsRatio(t Tables, c Correction) (Studies, error) {
	return eachTable("log odds ratios", t, c, func(t cells) (float64, float64) {
		return math.Log(t.a * t.d / (t.b * t.c)), 1/t.a + 1/t.b + 1/t.c + 1/t.d
	})
}

// LogRiskRatio is log((a/n1)/(c/n2)) of each table with variance 1/a−1/n1+1/c−1/n2 (Katz et al. 1978, Biometrics 34:469). The correction is added to the four cells,
// hence twice to each group.
func LogRiskRatio(t Tables, c Correction) (Studies, error) {
	return eachTable("log risk ratios", t, c, func(t cells) (float64, float64) {
		return math.Log(t.a * t.n2() / (t.n1() * t.c)), 1/t.a - 1/t.n1() + 1/t.c - 1/t.n2()
	})
}

// RiskDifference is a/n1−c/n2 of each table with the sum of the two binomial variances. The correction enters both.
func RiskDifference(t Tables, c Correction) (Studies, error) {
	return eachTable("risk differences", t, c, func(t cells) (float64, float64) {
		n1, n2 := t.n1(), t.n2()
		return t.a/n1 - t.c/n2, t.a*t.b/(n1*n1*n1) + t.c*t.d/(n2*n2*n2)
	})
}

func newStudies(k int) Studies { return Studies{make([]float64, k), make([]float64, k)} }

func eachTable(method string, t Tables, c Correction, effect func(cells) (y, v float64)) (Studies, error) {
	tables, err := t.cells(method)
	if err == nil {
		tables, err = c.correct(method, tables)
	}
	if err != nil {
		return Studies{}, err
	}
	out := newStudies(len(tables))
	for i, t := range tables {
		out.Effect[i], out.Variance[i] = effect(t)
	}
	return out, nil
}
