package missing

import (
	"fmt"
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// Pooled is what m analyses of imputed data say together, one value a term.
type Pooled struct {
	Terms             []string // nil if the terms had no names
	M                 int
	DFComplete        float64 // degrees of freedom if nothing were missing; +Inf for a large sample
	Estimate          []float64
	Within            []float64 // Ū, mean of the variances
	Between           []float64 // B, variance of the estimates
	Total             []float64 // T = Ū + (1 + 1/m)·B
	SE                []float64 // √T
	DF                []float64
	RelativeIncrease  []float64 // r = (1 + 1/m)·B/Ū, by which missing values raise the variance
	Lambda            []float64 // share of the variance that is due to missing values
	FractionMissing   []float64 // γ, the fraction of missing information
	Statistic, P      []float64 // t of Estimate/SE, two-sided
	Lower, Upper      []float64 // 95 % confidence limits
	MonteCarlo        []float64 // √(B/m): standard error of Estimate that more imputations would remove
	RelativeEfficient []float64 // 1/(1 + γ/m), compared with infinitely many imputations
}

// Pool combines estimates by Rubin's rules. estimates and variances are m×k: one row an imputation, one column a term; variances are squared standard
// errors > 0. dfComplete are the degrees of freedom of the analysis if nothing were missing (+Inf for a large sample, which gives Rubin's df of 1987).
// Fewer than two imputations are a TooFewRows error. Estimates that agree in all imputations (B = 0) have the observed-data degrees of freedom.
// level is the confidence of the limits, 0.95 for 95 %.
// Source: Rubin, Multiple Imputation for Nonresponse in Surveys, 1987; degrees of freedom: Barnard and Rubin, Biometrika 86 (1999) 948–955.
func Pool(estimates, variances [][]float64, dfComplete, level float64) (*Pooled, error) {
	if err := checkPool(estimates, variances, dfComplete); err != nil {
		return nil, err
	}
	p := &Pooled{M: len(estimates), DFComplete: dfComplete}
	for j := range estimates[0] {
		p.term(estimates, variances, j, level)
	}
	return p, nil
}

// term pools term j.
func (p *Pooled) term(estimates, variances [][]float64, j int, level float64) {
	m := float64(p.M)
	var q, u, b float64
	for i := range estimates {
		q += estimates[i][j] / m
		u += variances[i][j] / m
	}
	for i := range estimates {
		b += (estimates[i][j] - q) * (estimates[i][j] - q) / (m - 1)
	}
	total := u + (1+1/m)*b
	r, lambda := (1+1/m)*b/u, (1+1/m)*b/total
	df := barnardRubin(m, lambda, p.DFComplete)
	gamma := (r + 2/(df+3)) / (r + 1)
	se := math.Sqrt(total)
	half := tail.TQuantile((1+level)/2, df) * se
	for _, one := range []struct {
		list  *[]float64
		value float64
	}{
		{&p.Estimate, q}, {&p.Within, u}, {&p.Between, b}, {&p.Total, total}, {&p.SE, se}, {&p.DF, df},
		{&p.RelativeIncrease, r}, {&p.Lambda, lambda}, {&p.FractionMissing, gamma},
		{&p.Statistic, q / se}, {&p.P, tail.TwoSidedT(q/se, df)}, {&p.Lower, q - half}, {&p.Upper, q + half},
		{&p.MonteCarlo, math.Sqrt(b / m)}, {&p.RelativeEfficient, 1 / (1 + gamma/m)},
	} {
		*one.list = append(*one.list, one.value)
	}
}

// barnardRubin are the degrees of freedom: 1/(1/ν_m + 1/ν_obs), written so that either may be infinite.
func barnardRubin(m, lambda, complete float64) float64 {
	inverse := lambda * lambda / (m - 1) // 1/ν_m
	if !math.IsInf(complete, 1) {
		inverse += (complete + 3) / ((complete + 1) * complete * (1 - lambda))
	}
	return 1 / inverse
}

func checkPool(estimates, variances [][]float64, dfComplete float64) error {
	const method = "Rubin's rules"
	if len(estimates) < 2 {
		return &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: fmt.Sprintf("%d imputations", len(estimates)), Advice: "The variance between imputations needs at least two"}
	}
	if !(dfComplete > 0) {
		return &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("%v degrees of freedom of the complete data", dfComplete)}
	}
	if len(variances) != len(estimates) || len(estimates[0]) == 0 {
		return &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("%d lists of variances for %d of estimates", len(variances), len(estimates))}
	}
	for i, q := range estimates {
		if len(q) != len(estimates[0]) || len(variances[i]) != len(q) {
			return &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("imputation %d has %d estimates and %d variances", i+1, len(q), len(variances[i]))}
		}
		for j, v := range q {
			if u := variances[i][j]; math.IsNaN(v) || math.IsInf(v, 0) || !(u > 0) || math.IsInf(u, 1) {
				return &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("imputation %d, term %d: estimate %v with variance %v", i+1, j+1, v, u)}
			}
		}
	}
	return nil
}
