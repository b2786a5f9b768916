package method

import (
	"math/big"
	"strings"

	"consilium/study/exact"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// linear is least squares in one round: sums of squares and products of terms and outcome, around the hospital's own means where each has an intercept.
type linear struct {
	ended
	p     *protocol.Protocol
	a     *protocol.Analysis
	names []string
	scale []rows.Scaling
	done  bool
}

func newLinear(p *protocol.Protocol, a *protocol.Analysis) *linear {
	return &linear{p: p, a: a, names: p.Columns(a.Terms), scale: rows.Scalings(p, a.Terms)}
}

func (l *linear) intercept() bool { return l.a.Center == protocol.CenterNone }

// width is how many coefficients there are.
func (l *linear) width() int {
	if l.intercept() {
		return len(l.names) + 1
	}
	return len(l.names)
}

// Size counts the patients, the intercepts, and the products of all coefficients' columns and the outcome with each other.
func (l *linear) Size() int {
	if l.done {
		return 0
	}
	return 2 + triangle(l.width()+1)
}

// outcomeScale brings the outcome of a linear model to a common size.
func outcomeScale(p *protocol.Protocol, outcome string) rows.Scaling {
	v := p.Variable(p.Outcome(outcome).Value)
	return rows.Scaling{Center: v.Center, Scale: v.Scale}
}

func (l *linear) Local(t *rows.Table) ([]float64, error) {
	columns := t.Design(l.a.Terms).Z()
	columns = append(columns, scaled(t.Variables[l.p.Outcome(l.a.Outcome).Value].X, outcomeScale(l.p, l.a.Outcome)))
	return append([]float64{float64(t.Rows), 1}, products(columns, l.intercept())...), nil
}

// products is the lower triangle of the products of columns with each other, with a column of ones before them or else around their means.
func products(columns [][]float64, intercept bool) []float64 {
	if intercept {
		ones := make([]float64, len(columns[0]))
		for i := range ones {
			ones[i] = 1
		}
		columns = append([][]float64{ones}, columns...)
	} else {
		for j, c := range columns {
			if len(c) > 0 {
				columns[j] = scaled(c, rows.Scaling{Center: sum(c) / float64(len(c)), Scale: 1})
			}
		}
	}
	var out []float64
	for i := range columns {
		for j := 0; j <= i; j++ {
			out = append(out, dot(columns[i], columns[j]))
		}
	}
	return out
}

func (l *linear) Take(sum []*big.Float) {
	l.done = true
	l.result.N = count(sum[0])
	p := l.width()
	df := l.result.N - p
	if !l.intercept() {
		df -= count(sum[1])
	}
	if df <= 0 {
		l.refuse(Refusal{Why: TooFew, N: l.result.N, Least: p})
		return
	}
	solved, why := leastSquares(p, sum[2:], l.terms())
	if why != nil {
		l.refuse(*why)
		return
	}
	variance := exact.Quo(solved.residual, exact.Of(float64(df)))
	for i := range solved.inverse {
		for j := range solved.inverse[i] {
			solved.inverse[i][j] = exact.Mul(variance, solved.inverse[i][j])
		}
	}
	l.result.Estimates = unscale(l.names, l.scale, outcomeScale(l.p, l.a.Outcome), l.intercept(), solved.coef, solved.inverse)
}

func (l *linear) terms() []string { return termsOf(l.names, l.intercept()) }

// squares is a least squares fit: coefficients, the inverse of the products of the columns, and the residual sum of squares.
type squares struct {
	coef     []*big.Float
	inverse  exact.Matrix
	residual *big.Float
}

// leastSquares solves the normal equations of p columns and an outcome after them, given as a lower triangle of products.
func leastSquares(p int, lower []*big.Float, terms []string) (squares, *Refusal) {
	m := exact.MatrixOf(p+1, lower)
	factor, dependent, ok := m[:p].Factor()
	if !ok {
		return squares{}, &Refusal{Why: Collinear, Terms: terms[dependent : dependent+1]}
	}
	xy := m[p][:p]
	coef := factor.Solve(xy)
	return squares{coef, factor.Inverse(), exact.Sub(m[p][p], exact.Dot(coef, xy))}, nil
}

func (l *linear) Clone() Analysis {
	c := *l
	return &c
}

func (l *linear) State(to *strings.Builder) { to.WriteString(l.a.ID + "\n") }
