package meta

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
)

// Method is how the between-study variance τ² is estimated.
type Method string

// The methods.
const (
	Fixed            Method = "FE"   // τ² = 0: inverse variances alone
	DerSimonianLaird Method = "DL"   // moments of Q with the fixed-effect weights (DerSimonian and Laird 1986, Control Clin Trials 7:177)
	RestrictedML     Method = "REML" // maximum of the restricted likelihood (Viechtbauer 2005)
	PauleMandel      Method = "PM"   // the τ² at which Q(τ²) is its expectation k−p (Paule and Mandel 1982, J Res Natl Bur Stand 87:377)
)

// tau2 estimates τ² and its standard error (0 for Fixed). Estimates below 0 become 0.
func (m *model) tau2(by Method) (tau2, se float64, err error) {
	switch by {
	case Fixed:
		return 0, 0, nil
	case DerSimonianLaird:
		return m.moments()
	case PauleMandel:
		return m.pauleMandel()
	case RestrictedML:
		return m.reml()
	}
	return 0, 0, &stats.Error{Method: m.method, Problem: stats.Unsupported, Variable: string(by), Detail: "τ² is estimated by FE, DL, REML or PM"}
}

// moments is DerSimonian and Laird's estimate for any design: (Q − (k−p))/tr P. Its standard error follows from the variance of Q,
// 2(k−p) + 4τ² tr P + 2τ⁴ tr PP (Biggerstaff and Tweedie 1997, Stat Med 16:753).
func (m *model) moments() (tau2, se float64, err error) {
	f, err := m.fitAt(0)
	if err != nil {
		return 0, 0, err
	}
	df := m.df()
	trP, trPP := m.traceP(f), m.tracePP(f)
	tau2 = max(0, (f.q-df)/trP)
	return tau2, math.Sqrt(2*df+4*tau2*trP+2*tau2*tau2*trPP) / trP, nil
}

// pauleMandel solves Q(τ²) = k−p; its standard error is √(2k²/(k−p))/Σw.
func (m *model) pauleMandel() (tau2, se float64, err error) {
	tau2, err = m.solveQ(m.df())
	if err != nil {
		return 0, 0, err
	}
	var sum float64
	for _, v := range m.Variance {
		sum += 1 / (v + tau2)
	}
	k := float64(m.k())
	return tau2, math.Sqrt(2*k*k/m.df()) / sum, nil
}

// solveQ is the τ² at which Q(τ²), the generalized Q, has come down to target; 0 if it starts at or below it. Q falls and is convex (its derivatives are
// −yᵀPPy and 2yᵀPPPy), so Newton's steps from 0 come nearer from the left and never pass the root.
func (m *model) solveQ(target float64) (float64, error) {
	tau2 := 0.0
	for range 500 {
		f, err := m.fitAt(tau2)
		if err != nil {
			return 0, err
		}
		step := (f.q - target) / f.squares()
		if step <= 4e-16*tau2 {
			return tau2, nil
		}
		if tau2 += step; math.IsInf(tau2, 0) || math.IsNaN(tau2) {
			break
		}
	}
	return 0, m.notConverged("Q(τ²) was not brought to its target")
}

// reml maximizes the restricted likelihood. It may have several maxima, so its derivative is first followed over the whole range that τ² can have, and each
// fall through zero is solved; the highest of these maxima and τ² = 0 is taken. The standard error is from the expected information, √(2/tr PP).
func (m *model) reml() (tau2, se float64, err error) {
	grid, err := m.grid()
	if err != nil {
		return 0, 0, err
	}
	best, at := math.Inf(-1), 0.0
	consider := func(tau2 float64) error {
		f, err := m.fitAt(tau2)
		if l := f.restricted(); err == nil && l > best {
			best, at = l, tau2
		}
		return err
	}
	if err := consider(0); err != nil {
		return 0, 0, err
	}
	left := m.slope(0)
	for i, upper := range grid[1:] {
		right := m.slope(upper)
		if left > 0 && right <= 0 {
			root, ok := falling(m.slope, grid[i], upper)
			if !ok {
				return 0, 0, m.notConverged("the restricted likelihood has no slope of 0 where it should")
			}
			if err := consider(root); err != nil {
				return 0, 0, err
			}
		}
		left = right
	}
	f, err := m.fitAt(at)
	if err != nil {
		return 0, 0, err
	}
	return at, math.Sqrt(2 / m.tracePP(f)), nil
}

// slope is twice the derivative of the restricted log-likelihood, yᵀPPy − tr P; NaN if the design is collinear.
func (m *model) slope(tau2 float64) float64 {
	f, err := m.fitAt(tau2)
	if err != nil {
		return math.NaN()
	}
	return f.squares() - m.traceP(f)
}

// grid is 0 and then equal ratios up to a τ² from which on the likelihood is sure to fall. With S the residual sum of squares of equal weights and s = S/(k−p),
// yᵀPPy ≤ S/τ⁴ and tr P ≥ (k−p)/(τ²+max v), so it falls once τ⁴ ≥ s(τ²+max v).
func (m *model) grid() ([]float64, error) {
	equal := *m
	equal.Variance = make([]float64, m.k())
	f, err := equal.fitAt(1)
	if err != nil {
		return nil, err
	}
	s := f.q / m.df()
	top := 1.001 * (s/2 + math.Hypot(s/2, math.Sqrt(s)*math.Sqrt(slices.Max(m.Variance))))
	if top == 0 {
		return []float64{0}, nil // all effects on the line
	}
	bottom := min(slices.Min(m.Variance), top) * 1e-3
	const steps = 80
	grid := []float64{0}
	for i := range steps + 1 {
		grid = append(grid, bottom*math.Pow(top/bottom, float64(i)/steps))
	}
	return grid, nil
}

// falling is the root of f between a, where f is positive, and b, where it is not, by the Illinois rule: secants within the bracket, and the value at an end
// that is kept twice is halved (Dowell and Jarratt 1971, BIT 11:168).
func falling(f func(float64) float64, a, b float64) (float64, bool) {
	fa, fb := f(a), f(b)
	kept := 0 // which end the last step kept: -1 a, +1 b
	for range 300 {
		c := b - fb*(b-a)/(fb-fa)
		if !(c > a && c < b) {
			c = a + (b-a)/2
		}
		if fb == 0 || c == a || c == b || b-a <= 4e-16*b {
			return b, true
		}
		switch fc := f(c); {
		case math.IsNaN(fc):
			return 0, false
		case fc > 0:
			a, fa = c, fc
			if kept == 1 {
				fb /= 2
			}
			kept = 1
		default:
			b, fb = c, fc
			if kept == -1 {
				fa /= 2
			}
			kept = -1
		}
	}
	return 0, false
}

func (m *model) notConverged(detail string) error {
	return &stats.Error{Method: m.method, Problem: stats.NotConverged, Detail: detail, Advice: fmt.Sprintf("Look among the %d studies for variances that are far from the others", m.k())}
}
