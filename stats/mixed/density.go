package mixed

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// density is the log-density of one outcome as a function of its linear predictor η, and of parameters of its own.
type density interface {
	// with is the density with other parameters of its own; false where they have no meaning.
	with(own []float64) (density, bool)
	// at is the log-density and its first three derivatives by η.
	at(y, eta float64) [4]float64
	// byOwn is the derivative, by parameter k, of the log-density and of its first two derivatives by η.
	byOwn(y, eta float64, k int) [3]float64
}

// bernoulli is an outcome of 0 or 1 with logit P = η.
type bernoulli struct{}

func (bernoulli) with([]float64) (density, bool)             { return bernoulli{}, true }
func (bernoulli) byOwn(float64, float64, int) (d [3]float64) { return d }

func (bernoulli) at(y, eta float64) [4]float64 {
	e := math.Exp(-math.Abs(eta))
	p, q := 1/(1+e), e/(1+e)
	l := -math.Log1p(e) - math.Abs(eta) // log of the smaller probability
	if (y == 1) == (eta >= 0) {
		l = -math.Log1p(e)
	}
	if eta < 0 {
		p, q = q, p
	}
	first := q
	if y == 0 {
		first = -p
	}
	return [4]float64{l, first, -p * q, -p * q * (q - p)}
}

// poissonCount is a count with log mean η.
type poissonCount struct{}

func (poissonCount) with([]float64) (density, bool)             { return poissonCount{}, true }
func (poissonCount) byOwn(float64, float64, int) (d [3]float64) { return d }

func (poissonCount) at(y, eta float64) [4]float64 {
	mean := math.Exp(eta)
	factorial, _ := math.Lgamma(y + 1)
	return [4]float64{y*eta - mean - factorial, y - mean, -mean, -mean}
}

// negativeBinomial is a count with log mean η and variance μ + μ²/θ; its own parameter is log θ.
type negativeBinomial struct{ theta float64 }

func (negativeBinomial) with(own []float64) (density, bool) {
	theta := math.Exp(own[0])
	return negativeBinomial{theta}, theta > 0 && !math.IsInf(theta, 0)
}

func (n negativeBinomial) at(y, eta float64) [4]float64 {
	t, mean := n.theta, math.Exp(eta)
	factorial, _ := math.Lgamma(y + 1)
	sum := t + mean
	return [4]float64{
		n.rising(y, sum) + y*eta - t*math.Log1p(mean/t) - factorial,
		t * (y - mean) / sum,
		-t * mean * (y + t) / (sum * sum),
		-t * (y + t) * mean * (t - mean) / (sum * sum * sum),
	}
}

// most is the largest count whose factors are multiplied one by one.
const most = 500

// rising is log Γ(y+θ)/Γ(θ) - y·log sum, factor by factor where counts are not large, so that nothing cancels for a large θ.
func (n negativeBinomial) rising(y, sum float64) (out float64) {
	if y > most {
		a, _ := math.Lgamma(y + n.theta)
		b, _ := math.Lgamma(n.theta)
		return a - b - y*math.Log(sum)
	}
	for i := range int(y) {
		out += math.Log((n.theta + float64(i)) / sum)
	}
	return out
}

func (n negativeBinomial) byOwn(y, eta float64, _ int) [3]float64 {
	t, mean := n.theta, math.Exp(eta)
	sum := t + mean
	var rising float64
	if y > most {
		rising = mathext.Digamma(y+t) - mathext.Digamma(t)
	} else {
		for i := range int(y) {
			rising += 1 / (t + float64(i))
		}
	}
	return [3]float64{
		t * (rising - math.Log1p(mean/t) + (mean-y)/sum),
		t * mean * (y - mean) / (sum * sum),
		-t * mean * (y*mean - y*t + 2*t*mean) / (sum * sum * sum),
	}
}

// cumulative is an outcome in grades 0 … K-1 with logit P(Y ≤ k) = τ_k - η; its own parameters are the K-1 thresholds τ, which rise.
type cumulative struct{ thresholds []float64 }

func (cumulative) with(own []float64) (density, bool) {
	for k := 1; k < len(own); k++ {
		if !(own[k] > own[k-1]) {
			return nil, false
		}
	}
	return cumulative{own}, true
}

// logisticTail is F, f, f′ and f″ of the logistic distribution; an infinite x has all its mass on one side.
func logisticTail(x float64) (f [4]float64) {
	e := math.Exp(-math.Abs(x))
	p, q := 1/(1+e), e/(1+e)
	if x < 0 {
		p, q = q, p
	}
	return [4]float64{p, p * q, p * q * (q - p), p * q * ((q-p)*(q-p) - 2*p*q)}
}

// ends are the distribution at the upper and the lower end of a grade, and its probability.
func (c cumulative) ends(y, eta float64) (up, down [4]float64, p float64) {
	a, b := math.Inf(1), math.Inf(-1)
	if k := int(y); k < len(c.thresholds) {
		a = c.thresholds[k] - eta
	}
	if k := int(y); k > 0 {
		b = c.thresholds[k-1] - eta
	}
	up, down = logisticTail(a), logisticTail(b)
	if b > 0 { // the difference of the upper tails keeps the digits that that of the lower ones loses
		return up, down, logisticTail(-b)[0] - logisticTail(-a)[0]
	}
	return up, down, up[0] - down[0]
}

func (c cumulative) at(y, eta float64) [4]float64 {
	up, down, p := c.ends(y, eta)
	one, two, three := -(up[1]-down[1])/p, (up[2]-down[2])/p, -(up[3]-down[3])/p
	return [4]float64{math.Log(p), one, two - one*one, three - 3*one*two + 2*one*one*one}
}

func (c cumulative) byOwn(y, eta float64, k int) (d [3]float64) {
	var end [4]float64
	sign := 1.0
	up, down, p := c.ends(y, eta)
	switch k {
	case int(y):
		end = up
	case int(y) - 1:
		end, sign = down, -1
	default:
		return d
	}
	own, ownOne, ownTwo := sign*end[1]/p, -sign*end[2]/p, sign*end[3]/p
	one, two := -(up[1]-down[1])/p, (up[2]-down[2])/p
	return [3]float64{own, ownOne - one*own, ownTwo - two*own - 2*one*ownOne + 2*one*one*own}
}
