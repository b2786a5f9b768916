package regress

import (
	"math"

	"consilium/stats/tail"
)

// ProfileSpline is the profile-likelihood interval of each coefficient read off a cubic spline through a coarse profile (Bates and Watts, Nonlinear
// Regression Analysis and Its Applications, 1988, section 6.1; Venables and Ripley, Modern Applied Statistics with S, 4th ed. 2002, section 7.2): the signed root
// of the deviance at steps of a fifth of its largest value, the spline drawn at three times as many points, and lines between these.
// [Model.Profile] solves for the limits; these are what R's confint gives for a glm, near to the solution by about 1e-4 of a standard error.
// A limit that ten steps do not reach, or not before the profile can no longer be computed, is NaN.
func (m *Model) ProfileSpline(level float64) ([]Interval, error) {
	if err := checkLevel(m.method, level); err != nil {
		return nil, err
	}
	se := m.SE()
	out := make([]Interval, len(m.Coef))
	for j := range out {
		p := m.profile(j)
		values, roots := p.coarse(math.Sqrt(tail.ChiSquareQuantileUpper((1-level)/4, 1)), se[j])
		if len(values) < 3 {
			out[j] = Interval{math.NaN(), math.NaN()}
			continue
		}
		x, z := drawn(values, roots)
		out[j] = Interval{crossing(x, z, -tail.NormalCritical(level)), crossing(x, z, tail.NormalCritical(level))}
	}
	return out, nil
}

// coarse is the signed root of twice the fall of the log-likelihood at even steps from the maximum to either side, until it is beyond most, or the
// other coefficients have no maximum any more.
func (p *profile) coarse(most, se float64) (values, roots []float64) {
	sides := [2][][2]float64{}
	for k, side := range []float64{-1, 1} {
		beta, move := p.coef, side*most/5*se
		for step, root := 1.0, 0.0; step < 10 && root < most; step++ {
			value := p.coef[p.fixed] + step*move
			loglik, _, there, err := p.at(value, p.along(beta, move))
			if err != nil {
				break
			}
			beta, root = there, math.Sqrt(max(0, 2*(p.top-loglik)))
			sides[k] = append(sides[k], [2]float64{value, side * root})
		}
	}
	for i := len(sides[0]) - 1; i >= 0; i-- {
		values, roots = append(values, sides[0][i][0]), append(roots, sides[0][i][1])
	}
	values, roots = append(values, p.coef[p.fixed]), append(roots, 0)
	for _, v := range sides[1] {
		values, roots = append(values, v[0]), append(roots, v[1])
	}
	return values, roots
}

// drawn are points of the interpolating spline, three times as many as it has knots and evenly spaced.
func drawn(x, y []float64) (outX, outY []float64) {
	second := curvatures(x, y)
	n := 3 * len(x)
	i, last := 0, x[len(x)-1]
	for k := range n {
		at := x[0] + float64(k)*(last-x[0])/float64(n-1)
		for i < len(x)-2 && at > x[i+1] {
			i++
		}
		h := x[i+1] - x[i]
		a, b := (x[i+1]-at)/h, (at-x[i])/h
		outX = append(outX, at)
		outY = append(outY, a*y[i]+b*y[i+1]+((a*a*a-a)*second[i]+(b*b*b-b)*second[i+1])*h*h/6)
	}
	return outX, outY
}

// curvatures are the second derivatives at the knots of the cubic spline whose third derivative at either end is that of the cubic through the four
// points there (Forsythe, Malcolm and Moler, Computer Methods for Mathematical Computations, 1977, section 4.4). Of three knots it is 0.
func curvatures(x, y []float64) []float64 {
	n := len(x)
	diagonal, beside, right := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n - 1 {
		beside[i] = x[i+1] - x[i]
	}
	slope := func(i int) float64 { return (y[i+1] - y[i]) / beside[i] }
	for i := 1; i < n-1; i++ {
		diagonal[i] = 2 * (x[i+1] - x[i-1])
		right[i] = 6 * (slope(i) - slope(i-1))
	}
	// At the ends h·M₁ - h·M₀ = h²·(third derivative).
	diagonal[0], diagonal[n-1] = -beside[0], -beside[n-2]
	if n > 3 {
		right[0] = beside[0] * beside[0] * 6 * thirdDifference(x[:4], y[:4])
		right[n-1] = -beside[n-2] * beside[n-2] * 6 * thirdDifference(x[n-4:], y[n-4:])
	}
	for i := 1; i < n; i++ {
		f := beside[i-1] / diagonal[i-1]
		diagonal[i] -= f * beside[i-1]
		right[i] -= f * right[i-1]
	}
	right[n-1] /= diagonal[n-1]
	for i := n - 2; i >= 0; i-- {
		right[i] = (right[i] - beside[i]*right[i+1]) / diagonal[i]
	}
	return right
}

// thirdDifference is the divided difference of four points: a sixth of the third derivative of the cubic through them.
func thirdDifference(x, y []float64) float64 {
	d := append([]float64(nil), y...)
	for order := 1; order < 4; order++ {
		for i := range 4 - order {
			d[i] = (d[i+1] - d[i]) / (x[i+order] - x[i])
		}
	}
	return d[0]
}

// crossing is where the line through the points (x, z), z rising, is at level; NaN outside.
func crossing(x, z []float64, level float64) float64 {
	for i := 1; i < len(z); i++ {
		if z[i-1] <= level && level <= z[i] && z[i-1] < z[i] {
			return x[i-1] + (level-z[i-1])/(z[i]-z[i-1])*(x[i]-x[i-1])
		}
	}
	return math.NaN()
}
