package predict

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/regress"
)

const penalizedName = "penalized logistic regression"

// Penalty says how coefficients are drawn towards 0.
type Penalty struct {
	Alpha    float64   // share of the absolute values: 1 is the lasso, 0 is ridge, between them the elastic net
	Lambda   []float64 // penalties, decreasing; nil for a path from the least that leaves no term
	Lambdas  int       // how many on the path; default 100
	MinRatio float64   // last of the path as a share of its first; default 1e-4, or 1e-2 with fewer rows than terms
}

// Path is a model for each penalty.
type Path struct {
	Terms         []string // (Intercept) first
	Alpha         float64
	Lambda        []float64
	Coef          [][]float64 // for each penalty the coefficients, in the units of the terms
	DevianceRatio []float64   // share of the null deviance that the model explains
	NonZero       []int       // terms whose coefficient is not 0
	NullDeviance  float64
	Rows          int
}

// Penalized fits logistic regression with ridge (Hoerl and Kennard, Technometrics 12 (1970) 55-67; le Cessie and van Houwelingen, Applied Statistics 41
// (1992) 191-201), lasso (Tibshirani, JRSS B 58 (1996) 267-288) or elastic-net penalty (Zou and Hastie, JRSS B 67 (2005) 301-320): for each λ the minimum of
//
//	-loglik/n + λ·Σ_j [(1-α)/2·b_j² + α·|b_j|]
//
// over terms standardized with 1/n variances, the intercept free. The path is that of glmnet (Friedman, Hastie and Tibshirani, J Stat Softw 33:1 (2010)): its
// first λ is the least that leaves no term (for α below 0.001 as if α were 0.001, with the first model empty), it goes down by equal ratios, and
// ends when a step explains less than 1e-5 more of the deviance, or 0.999 of it is explained.
//
// y is 0 or 1; x is n×p, an intercept in it or not; there may be more terms than rows. It returns no path but a *stats.Error for an outcome of one level, a
// term of one value ([stats.OneLevel]), and a Lambda that is negative or, where the unpenalized maximum is not finite, 0.
func Penalized(y []float64, x stats.Design, o Penalty) (*Path, error) {
	if err := checkPenalized(y, x, &o); err != nil {
		return nil, err
	}
	s := standardize(x)
	if s.constant >= 0 {
		return nil, &stats.Error{Method: penalizedName, Problem: stats.OneLevel, Variable: s.names[s.constant], Detail: "it never changes", Advice: "Leave it out"}
	}
	if k := len(o.Lambda); k > 0 && o.Lambda[k-1] == 0 { // is there an unpenalized maximum?
		if _, err := regress.Logistic(y, s.x, regress.Options{}); err != nil {
			return nil, err
		}
	}
	p, err := s.path(y, o)
	return p, stats.In(penalizedName, err)
}

func checkPenalized(y []float64, x stats.Design, o *Penalty) error {
	bad := func(variable, detail string) error {
		return &stats.Error{Method: penalizedName, Problem: stats.Invalid, Variable: variable, Detail: detail}
	}
	if len(x.Terms) != len(x.Columns) || x.Width() == 0 || x.Width() == 1 && x.Terms[0] == stats.Intercept {
		return bad("", "there are no terms")
	}
	if x.Rows() == 0 {
		return &stats.Error{Method: penalizedName, Problem: stats.TooFewRows, Detail: "there are no rows"}
	}
	for j := range x.Columns { // column by column: there may be more terms than rows
		one := stats.Design{Terms: x.Terms[j : j+1], Columns: x.Columns[j : j+1]}
		if len(x.Columns[j]) != x.Rows() {
			return bad(x.Terms[j], fmt.Sprintf("%d values for %d rows", len(x.Columns[j]), x.Rows()))
		}
		if err := one.Check(penalizedName, y); err != nil {
			return err
		}
	}
	if !(o.Alpha >= 0 && o.Alpha <= 1) {
		return bad("alpha", fmt.Sprintf("%g is not between 0 and 1", o.Alpha))
	}
	for _, l := range o.Lambda {
		if !(l >= 0) || math.IsInf(l, 1) {
			return bad("lambda", fmt.Sprintf("%g is not a penalty", l))
		}
	}
	if o.Lambdas < 0 || o.Lambdas > 10000 || !(o.MinRatio >= 0 && o.MinRatio < 1) {
		return bad("lambda", "the path has no such length")
	}
	o.Lambda = slices.Clone(o.Lambda)
	slices.SortFunc(o.Lambda, func(a, b float64) int {
		switch {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	return checkOutcome(penalizedName, y)
}

func checkOutcome(method string, y []float64) error {
	var events int
	for i, v := range y {
		if v != 0 && v != 1 {
			return &stats.Error{Method: method, Problem: stats.Invalid, Variable: regress.Outcome, Detail: fmt.Sprintf("row %d is %g", i+1, v), Advice: "Code it as 0 and 1"}
		}
		events += int(v)
	}
	if events == 0 || events == len(y) {
		return &stats.Error{Method: method, Problem: stats.OneLevel, Variable: regress.Outcome, Detail: fmt.Sprintf("%d of %d rows have the event", events, len(y))}
	}
	return nil
}

// path fits one model after the other, each from the one before.
func (s *standardized) path(y []float64, o Penalty) (*Path, error) {
	f := newSolver(s, y, o.Alpha)
	p := &Path{Terms: s.x.Terms, Alpha: o.Alpha, Lambda: o.Lambda, Rows: s.rows, NullDeviance: f.deviance()}
	automatic := len(o.Lambda) == 0
	if automatic {
		p.Lambda = f.sequence(o)
	}
	for k, lambda := range p.Lambda {
		if !automatic || k > 0 {
			if err := f.fit(lambda); err != nil {
				return nil, err
			}
		}
		p.Coef = append(p.Coef, s.original(f.beta))
		p.DevianceRatio = append(p.DevianceRatio, 1-f.deviance()/p.NullDeviance)
		p.NonZero = append(p.NonZero, f.nonZero())
		if automatic && p.ended(k) {
			p.Lambda = p.Lambda[:k+1]
			break
		}
	}
	return p, nil
}

// ended says whether an automatic path ends at model k.
func (p *Path) ended(k int) bool {
	const least, enough, gain = 5, 0.999, 1e-5
	return k+1 >= least && (p.DevianceRatio[k]-p.DevianceRatio[k-1] < gain || p.DevianceRatio[k] > enough)
}

// Risk is the predicted probability of each row by model k. The columns of x are the terms of the path, with or without an intercept, in their order.
func (p *Path) Risk(k int, x stats.Design) ([]float64, error) {
	return risk(p.Terms, p.Coef[k], x)
}

// risk is the probability by coefficients whose first is the intercept.
func risk(terms []string, coef []float64, x stats.Design) ([]float64, error) {
	at := 0
	eta := make([]float64, x.Rows())
	for i := range eta {
		eta[i] = coef[0]
	}
	for j, c := range x.Columns {
		if x.Terms[j] == stats.Intercept {
			continue
		}
		if at++; at >= len(terms) || terms[at] != x.Terms[j] {
			return nil, &stats.Error{Method: "prediction", Problem: stats.Invalid, Variable: x.Terms[j], Detail: "it is not the term that the model has there"}
		}
		for i, v := range c {
			eta[i] += coef[at] * v
		}
	}
	if at != len(terms)-1 {
		return nil, &stats.Error{Method: "prediction", Problem: stats.Invalid, Variable: terms[at+1], Detail: "the new rows do not have it"}
	}
	for i, h := range eta {
		eta[i] = logistic(h)
	}
	return eta, nil
}

func logistic(eta float64) float64 {
	e := math.Exp(-math.Abs(eta))
	if eta < 0 {
		return e / (1 + e)
	}
	return 1 / (1 + e)
}
