package meta

import (
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// Measure is what tables are compared by.
type Measure string

// The measures of 2×2 tables. Odds and risk ratios are pooled as logarithms.
const (
	OddsRatio Measure = "OR"
	RiskRatio Measure = "RR"
	RiskDiff  Measure = "RD"
)

// Combined is one effect from all tables, without a between-study variance: a logarithm for ratios.
type Combined struct {
	K            int // tables given
	Used         int // tables that say how much the trials differ: those with the event in some but not all patients
	Estimate, SE float64
	Statistic, P float64
	Lower, Upper float64
	Q, QDF, QP   float64 // heterogeneity of the Used tables around the estimate; QP is 1 if there is one
	I2, H2       float64 // percent (Q−df)/Q, and Q/df
}

// MantelHaenszel pools sparse tables without adding anything to empty cells: the odds ratio ΣAD/N / ΣBC/N with the variance of Robins, Breslow and Greenland
// (1986, Biometrics 42:311); the risk ratio with that of Greenland and Robins (1985, Biometrics 41:55); the risk difference with that of Sato, Greenland and
// Robins (1989, Biometrics 45:1323). Tables without any event add nothing to the ratios; the difference counts them. Q compares single trials, with 1/2 added
// to tables that have a zero, among the tables that are Used. If one side of a ratio has no events at all it is NotEstimable. a confidence of 0 is 0.95.
func MantelHaenszel(t Tables, measure Measure, confidence float64) (*Combined, error) {
	const method = "Mantel-Haenszel"
	tables, err := t.cells(method)
	if err != nil {
		return nil, err
	}
	var estimate, variance float64
	var single func(Tables, Correction) (Studies, error)
	switch measure {
	case OddsRatio:
		estimate, variance, single = mhOddsRatio(tables)
	case RiskRatio:
		estimate, variance, single = mhRiskRatio(tables)
	case RiskDiff:
		estimate, variance, single = mhRiskDifference(tables)
	default:
		return nil, &stats.Error{Method: method, Problem: stats.Unsupported, Variable: string(measure), Detail: "there are OR, RR and RD"}
	}
	if !(variance > 0) || math.IsInf(estimate, 0) || math.IsNaN(estimate) {
		return nil, &stats.Error{Method: method, Problem: stats.NotEstimable, Variable: string(measure), Detail: "over all tables, one group has no events, or all of its patients have one, or no table compares anything",
			Advice: "Use Peto's odds ratio or the risk difference"}
	}
	out, err := combine(method, len(tables), estimate, math.Sqrt(variance), confidence)
	if err != nil {
		return nil, err
	}
	each, err := single(informative(tables), HalfToZero)
	if err != nil {
		return nil, err
	}
	out.compare(each)
	return out, nil
}

// informative are the tables with the event in some but not all patients.
func informative(tables []cells) Tables {
	var out Tables
	for _, t := range tables {
		if !t.oneSided() {
			out.A, out.N1 = append(out.A, t.a), append(out.N1, t.n1())
			out.C, out.N2 = append(out.C, t.c), append(out.N2, t.n2())
		}
	}
	return out
}

func mhOddsRatio(tables []cells) (estimate, variance float64, single func(Tables, Correction) (Studies, error)) {
	var r, s, pr, psqr, qs float64
	for _, t := range tables {
		n := t.n()
		ri, si := t.a*t.d/n, t.b*t.c/n
		p, q := (t.a+t.d)/n, (t.b+t.c)/n
		r += ri
		s += si
		pr += p * ri
		psqr += p*si + q*ri
		qs += q * si
	}
	return math.Log(r / s), pr/(2*r*r) + psqr/(2*r*s) + qs/(2*s*s), LogOddsRatio
}

func mhRiskRatio(tables []cells) (estimate, variance float64, single func(Tables, Correction) (Studies, error)) {
	var r, s, d float64
	for _, t := range tables {
		n, n1, n2 := t.n(), t.n1(), t.n2()
		r += t.a * n2 / n
		s += t.c * n1 / n
		d += (n1*n2*(t.a+t.c) - t.a*t.c*n) / (n * n)
	}
	return math.Log(r / s), d / (r * s), LogRiskRatio
}

func mhRiskDifference(tables []cells) (estimate, variance float64, single func(Tables, Correction) (Studies, error)) {
	var top, weight, p, q float64
	for _, t := range tables {
		n, n1, n2 := t.n(), t.n1(), t.n2()
		top += (t.a*n2 - t.c*n1) / n
		weight += n1 * n2 / n
		p += (n1*n1*t.c - n2*n2*t.a + n1*n2*(n2-n1)/2) / (n * n)
		q += (t.a*t.d + t.b*t.c) / (2 * n)
	}
	estimate = top / weight
	return estimate, (estimate*p + q) / (weight * weight), RiskDifference
}

func combine(method string, k int, estimate, se, confidence float64) (*Combined, error) {
	l := level(confidence)
	if !(l > 0 && l < 1) {
		return nil, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "level", Detail: "a level lies between 0 and 1"}
	}
	z := tail.NormalCritical(l)
	return &Combined{K: k, Estimate: estimate, SE: se, Statistic: estimate / se, P: tail.TwoSidedNormal(estimate / se),
		Lower: estimate - z*se, Upper: estimate + z*se, QP: 1, H2: 1}, nil
}

// compare sets the heterogeneity of single trials around the estimate.
func (c *Combined) compare(each Studies) {
	c.Used = each.Len()
	for i, y := range each.Effect {
		c.Q += (y - c.Estimate) * (y - c.Estimate) / each.Variance[i]
	}
	if c.QDF = float64(max(0, c.Used-1)); c.QDF == 0 {
		c.Q = 0
		return
	}
	c.QP = tail.ChiSquareUpper(c.Q, c.QDF)
	c.I2, c.H2 = 100*max(0, 1-c.QDF/c.Q), c.Q/c.QDF
}

// Peto is the one-step odds ratio Σ(O−E)/ΣV, as a logarithm, with O the events of the treated, E and V their hypergeometric mean and variance (Yusuf, Peto et
// al. 1985, Prog Cardiovasc Dis 27:335). Tables in which nobody or everybody had the event add nothing; if there are no others the problem is NoEvents. It
// misleads when groups are very unequal or effects large. A confidence of 0 is 0.95.
func Peto(t Tables, confidence float64) (*Combined, error) {
	const method = "Peto's odds ratio"
	tables, err := t.cells(method)
	if err != nil {
		return nil, err
	}
	var each Studies
	var excess, information float64
	for _, t := range tables {
		e, v := t.hypergeometric()
		if v == 0 {
			continue
		}
		excess += t.a - e
		information += v
		each.Effect, each.Variance = append(each.Effect, (t.a-e)/v), append(each.Variance, 1/v)
	}
	if information == 0 {
		return nil, &stats.Error{Method: method, Problem: stats.NoEvents, Detail: "in each table nobody, or everybody, had the event", Advice: "Report the counts; a risk difference can still be pooled"}
	}
	out, err := combine(method, len(tables), excess/information, 1/math.Sqrt(information), confidence)
	if err != nil {
		return nil, err
	}
	out.compare(each)
	return out, nil
}

// hypergeometric is mean and variance of a given the margins; the variance is 0 if the margins leave no choice.
func (t cells) hypergeometric() (mean, variance float64) {
	n := t.n()
	mean = t.n1() * (t.a + t.c) / n
	if n > 1 {
		variance = t.n1() * t.n2() * (t.a + t.c) * (t.b + t.d) / (n * n * (n - 1))
	}
	return mean, variance
}
