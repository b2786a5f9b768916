package mixed

import (
	"math"

	"consilium/stats"
	"consilium/stats/matrix"
)

// Estimating is what clusters say about (β, α) at one point. All of it but Largest adds up; Largest is a maximum.
//
// With Pearson residuals r = (y - μ)/√v and rows x̃ = √v·x (canonical link), and R⁻¹ = [I - ρ·11ᵀ]/(1-α), ρ = α/(1 + (n-1)α) in a cluster of n:
type Estimating struct {
	Rows, Clusters, Largest int
	Score                   []float64        // Σ U_i, U_i = X̃ᵀR⁻¹r
	Information             matrix.Symmetric // Σ X̃ᵀR⁻¹X̃
	Meat                    matrix.Symmetric // Σ U_i·U_iᵀ
	Squares                 float64          // Σ r²
	Products                float64          // Σ r_j·r_k over pairs within clusters
	Pairs                   float64
}

func newEstimating(terms int) Estimating {
	return Estimating{Score: make([]float64, terms), Information: matrix.NewSymmetric(terms), Meat: matrix.NewSymmetric(terms)}
}

// Estimating is the cluster's contribution at (β, α).
func (c *Center) Estimating(beta []float64, alpha float64, family Family) Estimating {
	e := newEstimating(len(beta))
	e.add(c, beta, alpha, family)
	return e
}

// Add adds the contribution of other clusters.
func (e *Estimating) Add(other Estimating) {
	e.Rows += other.Rows
	e.Clusters += other.Clusters
	e.Largest = max(e.Largest, other.Largest)
	e.Squares += other.Squares
	e.Products += other.Products
	e.Pairs += other.Pairs
	for a, v := range other.Score {
		e.Score[a] += v
	}
	for k, v := range other.Information.Data {
		e.Information.Data[k] += v
		e.Meat.Data[k] += other.Meat.Data[k]
	}
}

func (e *Estimating) add(c *Center, beta []float64, alpha float64, family Family) {
	p, n := len(beta), float64(len(c.y))
	rho, scale := alpha/(1+(n-1)*alpha), 1/(1-alpha)
	u, total, row := make([]float64, p), make([]float64, p), make([]float64, p)
	var sum, squares float64
	for j, eta := range c.linear(beta, nil) {
		r, root := family.pearson(c.y[j], eta)
		sum += r
		squares += r * r
		for a, x := range c.x[j*p : (j+1)*p] {
			row[a] = root * x
			u[a] += row[a] * r
			total[a] += row[a]
		}
		e.Information.AddOuter(row, scale)
	}
	for a := range u {
		u[a] = scale * (u[a] - rho*sum*total[a])
		e.Score[a] += u[a]
	}
	e.Information.AddOuter(total, -scale*rho)
	e.Meat.AddOuter(u, 1)
	e.Rows += len(c.y)
	e.Clusters++
	e.Largest = max(e.Largest, len(c.y))
	e.Squares += squares
	e.Products += (sum*sum - squares) / 2
	e.Pairs += n * (n - 1) / 2
}

// pearson is the Pearson residual of one row, and the square root of its variance function, which for a canonical link is also dμ/dη.
func (f Family) pearson(y, eta float64) (residual, root float64) {
	switch f {
	case Binomial:
		e := math.Exp(-math.Abs(eta))
		root = math.Sqrt(e) / (1 + e)
		l, _ := rowDerivatives(y, eta)
		return l[1] / root, root
	case Poisson:
		root = math.Exp(eta / 2)
		return y/root - root, root
	}
	return y - eta, 1
}

// correlation is the moment estimate of α at the present coefficients.
func (e *Estimating) correlation(c Correlation) (float64, error) {
	if c == Independence || e.Pairs == 0 { // clusters of one row each have no correlation within them
		return 0, nil
	}
	alpha := e.Products / e.Pairs / (e.Squares / float64(e.Rows))
	if math.IsNaN(alpha) || math.IsInf(alpha, 0) {
		return 0, &stats.Error{Problem: stats.NotEstimable, Variable: "alpha", Detail: "there are no pairs of residuals within clusters that could tell the correlation", Advice: "Use independence as working correlation"}
	}
	return alpha, nil
}

// model is the answer at the root of the equations.
func (e *Estimating) model(terms []string, beta []float64, alpha float64, iterations int, o GEEOptions) (*GEEModel, error) {
	bread, ok := inverse(e.Information)
	if !ok || alpha >= 1 {
		return nil, atAlpha(&stats.Error{Problem: stats.Collinear, Detail: "the terms determine one another"}, alpha)
	}
	m := &GEEModel{Terms: terms, Coef: beta, Alpha: alpha, Scale: e.Squares / float64(e.Rows), Clusters: e.Clusters, MaxCluster: e.Largest, N: e.Rows, Iterations: iterations,
		Family: o.Family, Correlation: o.Correlation, Admissible: 1+float64(e.Largest-1)*alpha > 0 && alpha < 1}
	m.Covariance = matrix.Sandwich(bread, e.Meat)
	m.Naive = bread
	m.Naive.Scale(m.Scale)
	return m, nil
}

// inverse is that of a symmetric matrix that need not be positive definite; not ok if it is singular to rounding.
func inverse(s matrix.Symmetric) (out matrix.Symmetric, ok bool) {
	if c, _, ok := matrix.Factor(s); ok {
		return c.Inverse(), true
	}
	out = matrix.NewSymmetric(s.N)
	unit := make([]float64, s.N)
	for j := range s.N {
		clear(unit)
		unit[j] = 1
		column, ok := solveGeneral(s, unit)
		if !ok {
			return out, false
		}
		for i := 0; i <= j; i++ {
			out.Set(i, j, column[i])
		}
	}
	return out, true
}
