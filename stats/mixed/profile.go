package mixed

import (
	"math"

	"consilium/stats"
	"consilium/stats/matrix"
)

// profile is -2 log-likelihood of a random-intercept model as a function of λ = VarGroup/VarResidual alone: given λ, the other parameters have
// closed forms. With V_i = I + λ·11ᵀ, V_i⁻¹ leaves deviations from the group's mean as they are and gives means the weight ω_i = n_i/(1 + λ·n_i):
//
//	XᵀV⁻¹X = Σ XX_i + Σ ω_i·x̄_i·x̄_iᵀ,   log|V| = Σ log(1 + λ·n_i)
type profile struct {
	terms  []string
	groups []Summary // around the origin
	center origin
	within Summary // the sums of XX, XY, YY
	n      int
	ml     bool
}

func newProfile(terms []string, groups []Summary, ml bool) (*profile, error) {
	p := &profile{terms: terms, ml: ml, within: Summary{XX: matrix.NewSymmetric(len(terms)), XY: make([]float64, len(terms))}}
	for i, g := range groups {
		switch {
		case g.N < 1:
			return nil, wrongSummary(i, "it has no rows")
		case len(g.MeanX) != len(terms) || len(g.XY) != len(terms) || g.XX.N != len(terms) || len(g.XX.Data) != len(p.within.XX.Data):
			return nil, wrongSummary(i, "it has another number of terms")
		case !finite(g.MeanX...) || !finite(g.XY...) || !finite(g.XX.Data...) || !finite(g.MeanY, g.YY):
			return nil, wrongSummary(i, "it is not finite")
		}
		p.n += g.N
		p.within.YY += g.YY
		for a, v := range g.XY {
			p.within.XY[a] += v
		}
		for k, v := range g.XX.Data {
			p.within.XX.Data[k] += v
		}
	}
	if len(groups) < 2 {
		return nil, &stats.Error{Problem: stats.OneLevel, Variable: "group", Detail: "there are not two groups", Advice: "Fit the model without a random intercept"}
	}
	if p.n <= len(terms) || p.n == len(groups) {
		return nil, &stats.Error{Problem: stats.TooFewRows, Detail: "no rows are left for the residual variance"}
	}
	p.center, p.groups = newOrigin(terms, groups)
	return p, nil
}

// point is the profile at one λ.
type point struct {
	beta      []float64
	chol      matrix.Cholesky // of XᵀV⁻¹X
	sigma2    float64
	criterion float64 // -2 log-likelihood
	slope     float64 // its derivative by λ
}

func (p *profile) at(ratio float64) (point, error) {
	xx, xy := p.within.XX.Clone(), append([]float64(nil), p.within.XY...)
	slope := matrix.NewSymmetric(len(xy)) // -d(XᵀV⁻¹X)/dλ = Σ ω_i²·x̄_i·x̄_iᵀ
	var logDet float64
	for i := range p.groups {
		g := &p.groups[i]
		w := weight(g.N, ratio)
		logDet += math.Log1p(ratio * float64(g.N))
		for a, v := range g.MeanX {
			xy[a] += w * v * g.MeanY
			row, slopes := xx.Row(a), slope.Row(a)
			for k := range row {
				product := w * v * g.MeanX[a+k]
				row[k] += product
				slopes[k] += w * product
			}
		}
	}
	chol, dependent, ok := matrix.Factor(xx)
	if !ok {
		return point{}, &stats.Error{Problem: stats.Collinear, Variable: p.terms[dependent], Detail: "the terms before it determine it", Advice: "Leave it out, or join its levels"}
	}
	at := point{beta: chol.Solve(xy), chol: chol}
	p.evaluate(&at, ratio, logDet, slope)
	return at, nil
}

func weight(n int, ratio float64) float64 { return float64(n) / (1 + ratio*float64(n)) }

// evaluate completes the point from β: the variance, the criterion, and the slope, in which β may be held (it is at its optimum).
func (p *profile) evaluate(at *point, ratio, logDet float64, slope matrix.Symmetric) {
	df := float64(p.n)
	if !p.ml {
		df -= float64(len(p.terms))
	}
	rss := p.withinResidual(at.beta)
	var rssSlope, detSlope float64
	for i := range p.groups {
		g := &p.groups[i]
		w, r := weight(g.N, ratio), g.residual(at.beta)
		rss += w * r * r
		rssSlope -= w * w * r * r
		detSlope += w
	}
	at.sigma2 = rss / df
	at.criterion = df*(1+math.Log(2*math.Pi*at.sigma2)) + logDet
	at.slope = df*rssSlope/rss + detSlope
	if !p.ml {
		at.criterion += at.chol.LogDet()
		at.slope -= trace(at.chol.Inverse(), slope)
	}
}

// withinResidual is the sum of squared residuals about their groups' means.
func (p *profile) withinResidual(beta []float64) float64 {
	return p.within.YY - 2*dot(beta, p.within.XY) + p.within.XX.Quadratic(beta)
}

// trace is that of the product of two symmetric matrices.
func trace(a, b matrix.Symmetric) (sum float64) {
	for i := range a.N {
		left, right := a.Row(i), b.Row(i)
		sum += left[0] * right[0]
		for k := 1; k < len(left); k++ {
			sum += 2 * left[k] * right[k]
		}
	}
	return sum
}

func dot(a, b []float64) float64 {
	var sum float64
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// maximize finds the λ of the highest likelihood: the best of a grid over ten orders of magnitude either side of 1 (and 0), then the root of the slope beside it.
func (p *profile) maximize() (float64, error) {
	grid := []float64{0}
	for e := -10.0; e <= 10; e += 0.25 {
		grid = append(grid, math.Pow(10, e))
	}
	best, points := 0, make([]point, len(grid))
	for i, ratio := range grid {
		var err error
		if points[i], err = p.at(ratio); err != nil {
			return 0, err
		}
		if !(points[i].sigma2 > 1e-14*p.variance()) {
			return 0, &stats.Error{Problem: stats.NotEstimable, Detail: "terms and groups fit the outcome without residual", Advice: "Take fewer terms"}
		}
		if points[i].criterion < points[best].criterion {
			best = i
		}
	}
	switch {
	case best == len(grid)-1:
		return 0, &stats.Error{Problem: stats.NotEstimable, Variable: "group", Detail: "the outcomes within each group are alike", Advice: "Compare the groups themselves"}
	case best == 0 && points[0].slope >= 0:
		return 0, nil
	case points[best].slope < 0:
		return p.root(grid[best], grid[best+1])
	}
	return p.root(grid[best-1], grid[best])
}

// variance is that of the outcome, n-denominator, as a scale.
func (p *profile) variance() float64 {
	var mean, sum float64
	for _, g := range p.groups {
		mean += g.MeanY * float64(g.N) / float64(p.n)
	}
	for _, g := range p.groups {
		sum += g.YY + float64(g.N)*(g.MeanY-mean)*(g.MeanY-mean)
	}
	return sum / float64(p.n)
}

// root finds where the slope, below 0 at low and above 0 at high, is 0: false position that halves the value of an end which stays twice (the
// Illinois variant: Dowell and Jarratt, BIT 11 (1971) 168-174).
func (p *profile) root(low, high float64) (float64, error) {
	a, err := p.at(low)
	if err != nil {
		return 0, err
	}
	b, err := p.at(high)
	if err != nil {
		return 0, err
	}
	if a.slope >= 0 { // the grid's point is the optimum, to rounding
		return low, nil
	}
	if b.slope <= 0 {
		return high, nil
	}
	fa, fb, stayed := a.slope, b.slope, 0
	for range 300 {
		next := low - fa*(high-low)/(fb-fa)
		if next <= low { // the root is at an end, to rounding
			return low, nil
		}
		if next >= high {
			return high, nil
		}
		at, err := p.at(next)
		if err != nil {
			return 0, err
		}
		moved := 0.0
		switch {
		case at.slope == 0:
			return next, nil
		case at.slope < 0:
			if stayed == 1 {
				fb /= 2
			}
			moved, low, fa, stayed = next-low, next, at.slope, 1
		default:
			if stayed == -1 {
				fa /= 2
			}
			moved, high, fb, stayed = high-next, next, at.slope, -1
		}
		if moved <= 1e-15*next {
			return next, nil
		}
	}
	return 0, &stats.Error{Problem: stats.NotConverged, Detail: "the ratio of the variances was not found"}
}
