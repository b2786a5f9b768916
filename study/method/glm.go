package method

import (
	"math"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/regress"
	"consilium/study/protocol"
)

// glm is the rows of one hospital in a generalized linear model with its canonical link.
type glm struct {
	family protocol.Method // Logistic, Poisson or Linear
	y      []float64
	z      [][]float64 // by columns, without intercept
	offset []float64   // nil: none
}

// sums is what the rows add at beta, whose first is the intercept.
func (g glm) sums(beta []float64) (fit.Sums, error) {
	x := stats.NewDesign(make([]string, len(g.z)), g.z, len(g.y))
	o := regress.Options{Offset: g.offset}
	switch g.family {
	case protocol.Poisson:
		return regress.PoissonSums(beta, g.y, x, o)
	case protocol.Linear:
		return regress.LinearSums(beta, g.y, x, o)
	}
	return regress.LogisticSums(beta, g.y, x, o)
}

// profiled is what the rows add at beta, which has no intercept, when the hospital's own intercept is the best there is: it never leaves the hospital, and the
// sums of all hospitals are those of a model with an intercept for each. A hospital whose outcomes are all alike says nothing.
func (g glm) profiled(beta []float64) (fit.Sums, error) {
	out := fit.NewSums(len(beta))
	eta := g.linear(beta)
	own, ok := g.intercept(eta)
	if !ok {
		return out, nil
	}
	ones := make([]float64, len(eta))
	for i := range eta {
		ones[i] = own
	}
	whole, err := g.sums(append([]float64{own}, beta...))
	if err != nil {
		return out, err
	}
	out.Rows, out.LogLik = whole.Rows, whole.LogLik
	copy(out.Score, whole.Score[1:])
	total := whole.Information.At(0, 0)
	for i := range beta {
		for j := 0; j <= i; j++ {
			out.Information.Set(i, j, whole.Information.At(i+1, j+1)-whole.Information.At(0, i+1)*whole.Information.At(0, j+1)/total)
		}
	}
	return out, nil
}

// linear is the linear predictor without intercept.
func (g glm) linear(beta []float64) []float64 {
	eta := make([]float64, len(g.y))
	copy(eta, g.offset)
	for j, b := range beta {
		for i, z := range g.z[j] {
			eta[i] += b * z
		}
	}
	return eta
}

// intercept is the best intercept for the given linear predictors. It is not ok where there is none: every outcome is the least, or the greatest, that it can be.
func (g glm) intercept(eta []float64) (float64, bool) {
	var sum, mean float64
	for i, y := range g.y {
		sum += y
		switch g.family {
		case protocol.Poisson:
			mean += math.Exp(eta[i])
		case protocol.Linear:
			mean += eta[i]
		}
	}
	n := float64(len(g.y))
	switch g.family {
	case protocol.Poisson:
		return math.Log(sum / mean), sum > 0
	case protocol.Linear:
		return (sum - mean) / n, n > 0
	}
	if sum == 0 || sum == n {
		return 0, false
	}
	return logisticIntercept(eta, sum), true
}

// logisticIntercept solves Σ expit(a + η) = sum, whose left side rises in a: Newton's method, kept between values of either sign.
func logisticIntercept(eta []float64, sum float64) float64 {
	low, high := math.Inf(-1), math.Inf(1)
	var mean float64
	for _, h := range eta {
		mean += h / float64(len(eta))
	}
	share := sum / float64(len(eta))
	a := math.Log(share/(1-share)) - mean
	for range 200 {
		excess, slope := -sum, 0.0
		for _, h := range eta {
			p := expit(a + h)
			excess += p
			slope += p * (1 - p)
		}
		if excess > 0 {
			high = a
		} else {
			low = a
		}
		step := -excess / slope
		if next := a + step; !(next >= low && next <= high) {
			step = (max(low, a-16)+min(high, a+16))/2 - a
		}
		a += step
		if math.Abs(step) <= 1e-15*(1+math.Abs(a)) {
			break
		}
	}
	return a
}

func expit(h float64) float64 {
	e := math.Exp(-math.Abs(h))
	if h < 0 {
		return e / (1 + e)
	}
	return 1 / (1 + e)
}

// mean is the expected outcome at a linear predictor.
func (g glm) mean(h float64) float64 {
	switch g.family {
	case protocol.Poisson:
		return math.Exp(h)
	case protocol.Linear:
		return h
	}
	return expit(h)
}
