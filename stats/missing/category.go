package missing

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/regress"
)

// coarse ends fits whose coefficients are drawn around the estimate anyway: an error of a thousandth of a standard error is nothing beside that.
var coarse = fit.Options{Tolerance: 1e-6}

// logistic draws the coefficients of a logistic regression from their large-sample posterior, and levels from what they predict.
func (c *chain) logistic(j int, y []float64, seen, unseen stats.Design) ([]float64, error) {
	y, x, w := augment(y, 2, seen)
	f, err := c.maximize(j, x.Terms, func(beta []float64) (fit.Sums, error) {
		return regress.LogisticSums(beta, y, x, regress.Options{Weights: w})
	})
	if err != nil {
		return nil, err
	}
	drawn := unseen.Times(c.normalVector(f.Coef, f.Covariance, 1))
	for k, eta := range drawn {
		drawn[k] = 0
		if c.random.Float64()*(1+math.Exp(-eta)) <= 1 {
			drawn[k] = 1
		}
	}
	return drawn, nil
}

// maximize starts from the variable's last fit, near which the next mostly lies, or from 0 if that leads nowhere.
func (c *chain) maximize(j int, terms []string, sums func(beta []float64) (fit.Sums, error)) (*fit.Fit, error) {
	if c.last[j] != nil {
		if f, err := fit.Maximize(terms, c.last[j], sums, coarse); err == nil {
			c.last[j] = f.Coef
			return f, nil
		}
	}
	f, err := fit.Maximize(terms, make([]float64, len(terms)), sums, coarse)
	if err != nil {
		return nil, err
	}
	c.last[j] = f.Coef
	return f, nil
}

// augment adds light rows that keep coefficients finite where a predictor tells the levels apart without fault: for each level and
// predictor two rows, half a standard deviation above and below its mean, at the means of the others. Together they weigh as much as there are terms.
// Source: White, Daniel and Royston, Computational Statistics & Data Analysis 54 (2010) 2267–2275.
func augment(y []float64, levels int, x stats.Design) (withY []float64, withX stats.Design, w []float64) {
	n, p := len(y), x.Width()-1
	added := 2 * levels * p
	if added == 0 {
		return y, x, nil
	}
	withY, w = make([]float64, n, n+added), make([]float64, n, n+added)
	copy(withY, y)
	for i := range w {
		w[i] = 1
	}
	withX = stats.Design{Terms: x.Terms, Columns: make([][]float64, len(x.Columns))}
	for k := range added {
		withY = append(withY, float64(k%levels))
		w = append(w, float64(p+1)/float64(added))
	}
	for j, column := range x.Columns {
		mean, sd := meanSDOf(column)
		c := append(make([]float64, 0, n+added), column...)
		for k := range added {
			v := mean
			if k/(2*levels) == j-1 {
				v += (float64(k/levels%2) - 0.5) * sd
			}
			c = append(c, v)
		}
		withX.Columns[j] = c
	}
	return withY, withX, w
}

func meanSDOf(column []float64) (mean, sd float64) {
	n := float64(len(column))
	mean = floats.Sum(column) / n
	for _, v := range column {
		sd += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(sd / max(n-1, 1))
}

// polytomous draws the coefficients of a multinomial logistic regression, with the first level as reference, from their large-sample
// posterior, and levels from what they predict. R's mice draws levels only, from the estimate, so that its intervals are slightly too narrow.
func (c *chain) polytomous(j int, y []float64, seen, unseen stats.Design) ([]float64, error) {
	levels := c.plan[j].levels
	y, x, w := augment(y, levels, seen)
	f, err := c.maximize(j, multinomialTerms(levels, x), multinomial(y, levels, x, w))
	if err != nil {
		return nil, err
	}
	p := probabilities(levels, unseen, c.normalVector(f.Coef, f.Covariance, 1))
	drawn := make([]float64, unseen.Rows())
	for i := range drawn {
		u := c.random.Float64()
		for u -= p[0][i]; u > 0 && int(drawn[i]) < levels-1; u -= p[int(drawn[i])][i] {
			drawn[i]++
		}
	}
	return drawn, nil
}

// multinomialTerms names the coefficients: those of all terms for level 1, then for level 2, and so on.
func multinomialTerms(levels int, x stats.Design) (terms []string) {
	for range levels - 1 {
		terms = append(terms, x.Terms...)
	}
	return terms
}

// multinomial is the multinomial logistic regression of y, levels 0 … levels-1, as its sums over rows.
// Source: Agresti, Categorical Data Analysis, 3rd ed. 2013, section 8.1.
func multinomial(y []float64, levels int, x stats.Design, w []float64) func(beta []float64) (fit.Sums, error) {
	if w == nil {
		w = make([]float64, len(y))
		floats.AddConst(1, w)
	}
	return func(beta []float64) (fit.Sums, error) { return multinomialSums(y, levels, x, w, beta, x.Width()), nil }
}

// multinomialSums is what rows say about the coefficients: score Σw(y_a-p_a)x, information Σw·p_a(δ_ab-p_b)xxᵀ.
func multinomialSums(y []float64, levels int, x stats.Design, w, beta []float64, width int) fit.Sums {
	p := probabilities(levels, x, beta)
	s := fit.NewSums(len(beta))
	for i, level := range y {
		s.Rows += w[i]
		s.LogLik += w[i] * math.Log(p[int(level)][i])
	}
	residual, weight := make([]float64, len(y)), make([]float64, len(y))
	for a := 1; a < levels; a++ {
		for i, level := range y {
			residual[i] = -w[i] * p[a][i]
			if int(level) == a {
				residual[i] += w[i]
			}
		}
		for j, column := range x.Columns {
			s.Score[(a-1)*width+j] = floats.Dot(residual, column)
		}
		for b := a; b < levels; b++ {
			for i := range weight {
				weight[i] = -w[i] * p[a][i] * p[b][i]
				if a == b {
					weight[i] += w[i] * p[a][i]
				}
			}
			addBlock(&s, x, weight, (a-1)*width, (b-1)*width)
		}
	}
	return s
}

// addBlock writes Xᵀ·diag(weight)·X at (row, column) of the information.
func addBlock(s *fit.Sums, x stats.Design, weight []float64, row, column int) {
	scaled := make([]float64, len(weight))
	for j, c := range x.Columns {
		floats.MulTo(scaled, weight, c)
		for k, other := range x.Columns {
			if row+j <= column+k {
				s.Information.Set(row+j, column+k, floats.Dot(scaled, other))
			}
		}
	}
}

// probabilities are those of each level, in each row.
func probabilities(levels int, x stats.Design, beta []float64) [][]float64 {
	p := make([][]float64, levels)
	p[0] = make([]float64, x.Rows())
	for a := 1; a < levels; a++ {
		p[a] = x.Times(beta[(a-1)*x.Width() : a*x.Width()])
	}
	for i := range p[0] {
		top := 0.0
		for a := range p {
			top = max(top, p[a][i])
		}
		var sum float64
		for a := range p {
			p[a][i] = math.Exp(p[a][i] - top)
			sum += p[a][i]
		}
		for a := range p {
			p[a][i] /= sum
		}
	}
	return p
}
