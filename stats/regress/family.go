package regress

import "math"

// family is what tells one generalized linear model with its canonical link from another (McCullagh and Nelder, Generalized Linear Models,
// 2nd ed. 1989, chapter 2).
type family interface {
	// block takes the linear predictors of some rows and gives their log-likelihood without constants (that is, without terms that do not
	// depend on the coefficients), and for each row the residual y-μ and the weight dμ/dη. prior weights are nil for all 1.
	block(eta, y, prior, residual, weight []float64) (loglik float64)
	// mean is μ at η; eta is η at μ.
	mean(eta float64) float64
	eta(mean float64) float64
	// deviance is twice the log-likelihood that the row could gain.
	deviance(y, mean float64) float64
	// constant is the term of the log-likelihood that block leaves out.
	constant(y, prior float64) float64
	variance(mean float64) float64
	// expected is the derivative of the log-likelihood by η, and minus the expectation of the second one.
	expected(y, mean float64) (residual, weight float64)

	check(method string, y, weights []float64) error // outcomes that it can have
	certain(y, mean float64) bool                    // for these and the next see separation.go
	kinds(y float64) [2]bool
	apart(lo, hi [2]float64) string
	remedy() string
}

// binomial is the family of logistic regression; y is 0 or 1, or a proportion whose prior weight is the number of trials.
type binomial struct{}

func (binomial) block(eta, y, prior, residual, weight []float64) float64 {
	if prior != nil {
		return weightedBinomial(eta, y, prior, residual, weight)
	}
	// log(1+e^-|η|) is summed as the logarithm of a product: each factor is at most 2, and a block has far fewer than 1024 rows.
	var sum float64
	product := 1.0
	y, residual, weight = y[:len(eta)], residual[:len(eta)], weight[:len(eta)]
	for i, h := range eta {
		e := math.Exp(-math.Abs(h))
		product *= 1 + e
		q := 1 / (1 + e)
		p := q
		if h < 0 {
			p = e * q
		} else {
			sum -= h
		}
		sum += y[i] * h
		residual[i] = y[i] - p
		weight[i] = e * q * q
	}
	return sum - math.Log(product)
}

func weightedBinomial(eta, y, prior, residual, weight []float64) float64 {
	var sum float64
	product := 1.0
	for i, h := range eta {
		w, e := prior[i], math.Exp(-math.Abs(h))
		q := 1 / (1 + e)
		p := q
		if h < 0 {
			p = e * q
		}
		sum += w * (y[i]*h - max(h, 0))
		if w <= 16 && w == math.Trunc(w) { // a frequency: as many factors
			for range int(w) {
				product *= 1 + e
			}
			if product > 0x1p1000 {
				sum -= math.Log(product)
				product = 1
			}
		} else {
			sum -= w * math.Log1p(e)
		}
		residual[i] = w * (y[i] - p)
		weight[i] = w * e * q * q
	}
	return sum - math.Log(product)
}

func (binomial) mean(eta float64) float64 {
	e := math.Exp(-math.Abs(eta))
	if eta < 0 {
		return e / (1 + e)
	}
	return 1 / (1 + e)
}

func (binomial) eta(mean float64) float64 { return math.Log(mean / (1 - mean)) }

func (binomial) variance(mean float64) float64 { return mean * (1 - mean) }

func (binomial) expected(y, mean float64) (residual, weight float64) {
	return y - mean, mean * (1 - mean)
}

func (binomial) deviance(y, mean float64) float64 {
	return 2 * (yLog(y, mean) + yLog(1-y, 1-mean))
}

// constant is the logarithm of the binomial coefficient, of proportions only.
func (binomial) constant(y, prior float64) float64 {
	if y == 0 || y == 1 {
		return 0
	}
	n, k := math.Round(prior), math.Round(prior*y)
	return logGamma(n+1) - logGamma(k+1) - logGamma(n-k+1)
}

// poisson is the family of log-linear regression of counts.
type poisson struct{}

func (poisson) block(eta, y, prior, residual, weight []float64) (loglik float64) {
	for i, h := range eta {
		mean, w := math.Exp(h), 1.0
		if prior != nil {
			w = prior[i]
		}
		loglik += w * (y[i]*h - mean)
		residual[i] = w * (y[i] - mean)
		weight[i] = w * mean
	}
	return loglik
}

func (poisson) mean(eta float64) float64 { return math.Exp(eta) }

func (poisson) eta(mean float64) float64 { return math.Log(mean) }

func (poisson) variance(mean float64) float64 { return mean }

func (poisson) expected(y, mean float64) (residual, weight float64) { return y - mean, mean }

func (poisson) deviance(y, mean float64) float64 { return 2 * (yLog(y, mean) - (y - mean)) }

func (poisson) constant(y, prior float64) float64 { return -prior * logGamma(y+1) }

// yLog is y·log(y/μ), 0 at y = 0.
func yLog(y, mean float64) float64 {
	if y == 0 {
		return 0
	}
	return y * math.Log(y/mean)
}

func logGamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}
