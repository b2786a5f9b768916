package describe

import (
	"fmt"
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// MantelHaenszel is the analysis of 2×2 tables [[a, b], [c, d]] of several strata.
type MantelHaenszel struct {
	Corrected    Test    // of conditional independence, |Σ(a - E)| reduced by one half if it is that large (Mantel and Haenszel 1959)
	Uncorrected  Test    // Cochran's, with the conditional variance
	OddsRatio    float64 // common; 0, +Inf or NaN if no stratum has a·d or b·c
	Lower, Upper float64 // by the variance of Robins, Breslow and Greenland, Biometrics 1986; NaN if the ratio is 0 or infinite
	BreslowDay   Test    // of homogeneity (Breslow and Day, Statistical Methods in Cancer Research I, 1980); NaN if fewer than two strata inform or the ratio is 0 or infinite
	Tarone       Test    // the same with the correction of Tarone, Biometrika 1985
	Strata       int     // those that inform: no margin is 0
}

// stratum is a 2×2 table with its margins, all of them positive.
type stratum struct{ a, b, c, d, r1, r2, c1, c2, n float64 }

// CochranMantelHaenszel analyzes strata of 2×2 tables. Strata with an empty row or column say nothing and are left out; if none is left, it is an
// EmptyStratum. Mantel and Haenszel, Journal of the National Cancer Institute 1959.
func CochranMantelHaenszel(tables [][2][2]int, level float64) (MantelHaenszel, error) {
	const method = "Cochran-Mantel-Haenszel test"
	strata, err := informative(method, tables, level)
	if err != nil {
		return MantelHaenszel{}, err
	}
	m := MantelHaenszel{Strata: len(strata)}
	excess, variance := 0.0, 0.0
	for _, s := range strata {
		excess += s.a - s.r1*s.c1/s.n
		variance += s.r1 * s.r2 * s.c1 * s.c2 / (s.n * s.n * (s.n - 1))
	}
	excess = math.Abs(excess)
	m.Uncorrected = chiSquare1(excess * excess / variance)
	m.Corrected = m.Uncorrected
	if excess >= 0.5 {
		m.Corrected = chiSquare1((excess - 0.5) * (excess - 0.5) / variance)
	}
	m.pool(strata, level)
	m.BreslowDay, m.Tarone = homogeneity(strata, m.OddsRatio)
	return m, nil
}

func chiSquare1(x float64) Test { return Test{Statistic: x, DF: 1, P: tail.ChiSquareUpper(x, 1)} }

func informative(method string, tables [][2][2]int, level float64) ([]stratum, error) {
	if err := checkLevel(method, level); err != nil {
		return nil, err
	}
	var strata []stratum
	for i, t := range tables {
		s := stratum{a: float64(t[0][0]), b: float64(t[0][1]), c: float64(t[1][0]), d: float64(t[1][1])}
		if min(s.a, s.b, s.c, s.d) < 0 {
			return nil, &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("stratum %d has a count below 0", i+1)}
		}
		s.r1, s.r2, s.c1, s.c2 = s.a+s.b, s.c+s.d, s.a+s.c, s.b+s.d
		s.n = s.r1 + s.r2
		if min(s.r1, s.r2, s.c1, s.c2) > 0 {
			strata = append(strata, s)
		}
	}
	if len(strata) == 0 {
		return nil, &stats.Error{Method: method, Problem: stats.EmptyStratum, Detail: "each stratum has an empty row or column", Advice: "Join strata"}
	}
	return strata, nil
}

// pool computes the common odds ratio R/S and its limits; names are those of Robins, Breslow and Greenland.
func (m *MantelHaenszel) pool(strata []stratum, level float64) {
	var r, s, pr, psqr, qs float64
	for _, t := range strata {
		ri, si := t.a*t.d/t.n, t.b*t.c/t.n
		p, q := (t.a+t.d)/t.n, (t.b+t.c)/t.n
		r, s = r+ri, s+si
		pr, psqr, qs = pr+p*ri, psqr+p*si+q*ri, qs+q*si
	}
	m.OddsRatio, m.Lower, m.Upper = r/s, math.NaN(), math.NaN()
	if r > 0 && s > 0 {
		se := math.Sqrt(pr/(2*r*r) + psqr/(2*r*s) + qs/(2*s*s))
		_, limits := ratio(m.OddsRatio, tail.NormalCritical(level)*se)
		m.Lower, m.Upper = limits.Lower, limits.Upper
	}
}

// homogeneity compares each stratum with what the common odds ratio and its margins expect.
func homogeneity(strata []stratum, oddsRatio float64) (breslowDay, tarone Test) {
	none := Test{math.NaN(), math.NaN(), math.NaN()}
	if !(oddsRatio > 0) || math.IsInf(oddsRatio, 1) || len(strata) < 2 {
		return none, none
	}
	var x, excess, variance float64
	for _, s := range strata {
		a := s.expected(oddsRatio)
		v := 1 / (1/a + 1/(s.r1-a) + 1/(s.c1-a) + 1/(s.r2-s.c1+a))
		x += (s.a - a) * (s.a - a) / v
		excess += s.a - a
		variance += v
	}
	df := float64(len(strata) - 1)
	adjusted := max(0, x-excess*excess/variance)
	return Test{x, df, tail.ChiSquareUpper(x, df)}, Test{adjusted, df, tail.ChiSquareUpper(adjusted, df)}
}

// expected is the upper left cell with which the margins have the odds ratio: the root of a(r2-c1+a) = ψ(r1-a)(c1-a) that both allow, in the form that loses
// no digits.
func (s stratum) expected(psi float64) float64 {
	q := psi*(s.r1+s.c1) + s.r2 - s.c1
	root := math.Sqrt(q*q - 4*psi*(psi-1)*s.r1*s.c1)
	if q < 0 { // then ψ < 1
		return (root - q) / (2 * (1 - psi))
	}
	return 2 * psi * s.r1 * s.c1 / (q + root)
}

// ExactMantelHaenszel is the exact analysis of the sum of the upper left cells, given the margins of all strata. With one stratum it is Fisher's
// test. Mehta, Patel and Gray, Journal of the American Statistical Association 1985.
func ExactMantelHaenszel(tables [][2][2]int, level float64) (Exact, error) {
	const method = "exact Mantel-Haenszel test"
	if _, err := informative(method, tables, level); err != nil {
		return Exact{}, err
	}
	parts := make([]conditional, len(tables))
	count, width, steps := 0, 1, 0.0
	for i, t := range tables {
		if err := checkExact(method, t); err != nil {
			return Exact{}, err
		}
		parts[i] = givenMargins(t)
		count += t[0][0]
		support := len(parts[i].log)
		steps += float64(width) * float64(support)
		width += support - 1
		if steps > mostSteps || width > mostSupport {
			return Exact{}, &stats.Error{Method: method, Problem: stats.Unsupported, Detail: "the counts are too large for an exact distribution",
				Advice: "Use the test with the normal approximation"}
		}
	}
	return together(parts, count).exactly(count, level), nil
}

// together is the distribution of a sum of independent counts. Probabilities far out would underflow in the convolution, so it is made twice: at an odds
// ratio of 1, and at the one where the count seen is the mean; each probability is taken from where it was not lost.
func together(parts []conditional, count int) conditional {
	sum := convolve(parts)
	if count == sum.low || count == sum.high() {
		return sum
	}
	theta := root(func(theta float64) float64 {
		mean := 0.0
		for _, p := range parts {
			mean += p.at(theta).mean()
		}
		return mean - float64(count)
	})
	tilted, norm := make([]conditional, len(parts)), 0.0
	for i, p := range parts {
		tilted[i] = p.at(theta)
		norm += p.log[0] - tilted[i].log[0]
	}
	for k, v := range convolve(tilted).log {
		if sum.log[k] < -600 {
			sum.log[k] = v + norm - theta*float64(k)
		}
	}
	return sum
}

// convolve adds independent counts.
func convolve(parts []conditional) conditional {
	low, sum := 0, []float64{1}
	for _, p := range parts {
		low += p.low
		next := make([]float64, len(sum)+len(p.log)-1)
		for i, logP := range p.log {
			share := math.Exp(logP)
			to := next[i : i+len(sum)]
			for j, v := range sum {
				to[j] += share * v
			}
		}
		sum = next
	}
	for k, v := range sum {
		sum[k] = math.Log(v)
	}
	return conditional{low, sum}
}
