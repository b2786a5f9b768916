package meta

import (
	"consilium/stats"
	"consilium/stats/tail"
)

// ProfileLimits are limits of the heterogeneity.
type ProfileLimits struct {
	Tau2 Limits
	I2   Limits // percent
}

// ProfileTau2 is the Q-profile interval of τ² (Viechtbauer 2007, Stat Med 26:37): the values at which the generalized Q(τ²) meets the quantiles of χ²(k−1). A
// limit that would be negative is 0. I² follows from τ² with the typical within-study variance held fixed. It takes two studies or more; a confidence of 0 is 0.95.
func ProfileTau2(s Studies, confidence float64) (*ProfileLimits, error) {
	return ProfileResidualTau2(s, stats.Design{}, confidence)
}

// ProfileResidualTau2 is the same for what moderators leave, with χ²(k−p).
func ProfileResidualTau2(s Studies, moderators stats.Design, confidence float64) (*ProfileLimits, error) {
	const method = "Q-profile of τ²"
	m, err := newModel(method, s, &moderators, Options{Level: confidence})
	if err != nil {
		return nil, err
	}
	outside := (1 - level(confidence)) / 2
	lower, err := m.solveQ(tail.ChiSquareQuantile(1-outside, m.df()))
	if err != nil {
		return nil, err
	}
	upper, err := m.solveQ(tail.ChiSquareQuantile(outside, m.df()))
	if err != nil {
		return nil, err
	}
	fixed, err := m.fitAt(0)
	if err != nil {
		return nil, err
	}
	typical := m.df() / m.traceP(fixed)
	share := func(tau2 float64) float64 { return 100 * tau2 / (tau2 + typical) }
	return &ProfileLimits{Limits{lower, upper}, Limits{share(lower), share(upper)}}, nil
}
