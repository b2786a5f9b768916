package mixed

import (
	"math"

	"consilium/stats/matrix"
)

// satterthwaite are the degrees of freedom of each coefficient: those of the chi-square that has the mean and the variance of its estimated variance,
//
//	2·v² / (gᵀ·A·g),   v = l·C·lᵀ, g its gradient by the variance parameters, A their asymptotic covariance
//
// (Giesbrecht and Burns, Biometrics 41 (1985) 477-486; as computed by Kuznetsova, Brockhoff and Christensen, J Stat Softw 82/13 (2017)). The parameters are Λ and the log of the residual standard
// deviation, those of Λ left out that lie at their bound of 0: the result does not depend on how variances are written. NaN where their covariance is not determined.
func (d *deviance) satterthwaite(theta []float64, variance float64, contrasts [][]float64) []float64 {
	var free []int
	for i := range theta {
		if math.Abs(theta[i]) > 1e-5 {
			free = append(free, i)
		}
	}
	at := make([]float64, 0, len(free)+1)
	for _, i := range free {
		at = append(at, theta[i])
	}
	at = append(at, math.Log(variance)/2)
	parts := func(par []float64) (place, float64) {
		full := append([]float64(nil), theta...)
		for k, i := range free {
			full[i] = par[k]
		}
		p, _, _ := d.at(full)
		return p, math.Exp(2 * par[len(free)])
	}
	hessian := hessianOf(func(par []float64) float64 { p, v := parts(par); return d.given(p, v) }, at)
	chol, _, ok := matrix.Factor(hessian)
	out := make([]float64, len(contrasts))
	for k, l := range contrasts {
		if out[k] = math.NaN(); !ok {
			continue
		}
		of := func(par []float64) float64 { p, v := parts(par); return v * p.chol.Quadratic(l) }
		v, g := of(at), gradientOf(of, at)
		out[k] = 2 * v * v / (2 * chol.Quadratic(g)) // the covariance of the parameters is twice the inverse Hessian of a deviance
	}
	return out
}
