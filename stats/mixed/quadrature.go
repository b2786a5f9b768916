package mixed

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/integrate/quad"

	"consilium/stats"
)

// MaxPoints is the largest number of quadrature points: more gain nothing that rounding leaves.
const MaxPoints = 100

// Rule is an adaptive Gauss-Hermite rule (Liu and Pierce, Biometrika 81 (1994) 624-629; Pinheiro and Bates, J Comput Graph Stat 4 (1995) 12-35).
// The integral over u of exp f(u), with mode û and curvature h = -f″(û), over √(2π), is nearly
//
//	h^(-1/2) · Σ exp(f(û + Offset·h^(-1/2)) + LogWeight)
//
// One point is the approximation of Laplace.
type Rule struct {
	Offset    []float64 // √2 times a root of the Hermite polynomial
	LogWeight []float64 // log(w/√π) + root²
}

// NewRule is the rule with the given number of points, 1 to [MaxPoints].
func NewRule(points int) (Rule, error) {
	if points < 1 || points > MaxPoints {
		return Rule{}, &stats.Error{Problem: stats.Unsupported, Variable: "nAGQ", Detail: fmt.Sprintf("%d quadrature points", points), Advice: fmt.Sprintf("Take 1 (Laplace) to %d", MaxPoints)}
	}
	r := Rule{Offset: make([]float64, points), LogWeight: make([]float64, points)}
	if points == 1 {
		return r, nil
	}
	weights := make([]float64, points)
	quad.Hermite{}.FixedLocations(r.Offset, weights, math.Inf(-1), math.Inf(1))
	for k, x := range r.Offset {
		r.LogWeight[k] = math.Log(weights[k]) - math.Log(math.Pi)/2 + x*x
		r.Offset[k] = math.Sqrt2 * x
	}
	return r, nil
}
