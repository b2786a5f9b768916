package regress

import (
	"errors"
	"math"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/tail"
)

const multinomialMethod = "multinomial logistic regression"

// MultinomialModel is a model of an outcome with categories of no order: log(P(Y=k)/P(Y=0)) = x·β_k for each category but the first, the reference. Coefficients stand
// category by category, each with all terms of the design.
type MultinomialModel struct {
	fit.Fit
	Categories int
	N          int
	X          stats.Design
}

// Multinomial fits it by maximum likelihood. y has the category of each row, from 0 (the reference) without gaps; x usually has an intercept.
//
// It returns OneLevel for fewer than two categories, EmptyStratum for a category that nobody has, Collinear for terms that others determine, and Separation or
// NotConverged where no finite maximum exists.
// Agresti, Categorical Data Analysis, 3rd ed. 2013, section 8.1.
func Multinomial(y []int, labels []string, x stats.Design, o fit.Options) (*MultinomialModel, error) {
	if err := checkCategories(y, labels, x); err != nil {
		return nil, stats.Rename(multinomialMethod, err)
	}
	p, k := x.Width(), len(labels)-1
	terms := make([]string, 0, p*k)
	start := make([]float64, p*k)
	counts := make([]float64, k+1)
	for _, c := range y {
		counts[c]++
	}
	for j := range k {
		for t, term := range x.Terms {
			terms = append(terms, labels[j+1]+":"+term)
			if term == stats.Intercept {
				start[j*p+t] = math.Log(counts[j+1] / counts[0])
			}
		}
	}
	f, err := fit.Maximize(terms, start, func(beta []float64) (fit.Sums, error) { return multinomialSums(beta, y, k, x), nil }, o)
	if errors.Is(err, stats.Collinear) && independent(y, x) {
		return nil, &stats.Error{Method: multinomialMethod, Problem: stats.Separation, Detail: "the terms predict categories without fault", Advice: "Join categories or levels"}
	}
	if err != nil {
		return nil, stats.Rename(multinomialMethod, err)
	}
	for i, se := range f.SE() {
		if se > 1e4*(1+math.Abs(f.Coef[i])) {
			return nil, &stats.Error{Method: multinomialMethod, Problem: stats.Separation, Variable: terms[i], Detail: "it predicts categories without fault", Advice: "Join categories or levels"}
		}
	}
	return &MultinomialModel{Fit: *f, Categories: k + 1, N: len(y), X: x}, nil
}

// independent says that no term of a design is determined by the others: information that vanished all the same did so where probabilities went to 0 and 1.
func independent(y []int, x stats.Design) bool {
	numbers := make([]float64, len(y))
	for i, c := range y {
		numbers[i] = float64(c)
	}
	_, err := Linear(numbers, x, Options{})
	return !errors.Is(err, stats.Collinear)
}

func multinomialSums(beta []float64, y []int, k int, x stats.Design) fit.Sums {
	const block = 4096
	parts := make([]fit.Sums, (len(y)+block-1)/block)
	fit.InParallel(len(parts), func(part int) {
		s := fit.NewSums(len(beta))
		row, shares := make([]float64, x.Width()), make([]float64, k)
		for i := part * block; i < min(len(y), (part+1)*block); i++ {
			for t, column := range x.Columns {
				row[t] = column[i]
			}
			addMultinomial(&s, beta, row, shares, y[i])
		}
		parts[part] = s
	})
	total := fit.NewSums(len(beta))
	for _, p := range parts {
		total.Add(p)
	}
	return total
}

func addMultinomial(s *fit.Sums, beta, row, shares []float64, category int) {
	p, most := len(row), 0.0
	for j := range shares {
		shares[j] = 0
		for t, v := range row {
			shares[j] += beta[j*p+t] * v
		}
		most = max(most, shares[j])
	}
	own, sum := 0.0, math.Exp(-most)
	if category > 0 {
		own = shares[category-1]
	}
	for j, eta := range shares {
		shares[j] = math.Exp(eta - most)
		sum += shares[j]
	}
	s.Rows++
	s.LogLik += own - most - math.Log(sum)
	for j := range shares {
		shares[j] /= sum
	}
	for j, share := range shares {
		residual := -share
		if category == j+1 {
			residual++
		}
		for t, v := range row {
			a := j*p + t
			s.Score[a] += residual * v
			information := s.Information.Row(a)
			for l := j; l < len(shares); l++ {
				w := -share * shares[l]
				if l == j {
					w += share
				}
				from := 0
				if l == j {
					from = t
				}
				for u := from; u < p; u++ {
					information[l*p+u-a] += w * v * row[u]
				}
			}
		}
	}
}

// LikelihoodRatio is the test of all terms but the intercepts, if the design has an intercept.
func (m *MultinomialModel) LikelihoodRatio() (statistic float64, df int, p float64) {
	statistic, df = 2*(m.Sums.LogLik-m.Start.LogLik), (m.X.Width()-1)*(m.Categories-1)
	return statistic, df, tail.ChiSquareUpper(statistic, float64(df))
}

// AIC is −2·log-likelihood plus twice the number of parameters.
func (m *MultinomialModel) AIC() float64 { return -2*m.Sums.LogLik + 2*float64(len(m.Coef)) }

// Probabilities are those of each category, in each row of the design.
func (m *MultinomialModel) Probabilities() [][]float64 {
	p := m.X.Width()
	out := make([][]float64, m.Categories)
	out[0] = make([]float64, m.N)
	for k := 1; k < m.Categories; k++ {
		out[k] = m.X.Times(m.Coef[(k-1)*p : k*p])
	}
	for i := range m.N {
		top, sum := 0.0, 0.0
		for k := range out {
			top = max(top, out[k][i])
		}
		for k := range out {
			out[k][i] = math.Exp(out[k][i] - top)
			sum += out[k][i]
		}
		for k := range out {
			out[k][i] /= sum
		}
	}
	return out
}
