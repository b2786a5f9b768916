package method

import (
	"math"
	"math/big"
	"strings"

	"consilium/stats/fit"
	"consilium/study/exact"
)

// newton maximizes a log-likelihood that is a sum over hospitals. Each round asks for the log-likelihood, its score and its information at one point; a step that
// does not gain is halved, as in [fit.Maximize]. The point is float64, so that every hospital computes at the very same one.
type newton struct {
	terms []string
	at    []float64 // where the next sums are taken

	from      []float64 // the last point that was accepted
	loglik    *big.Float
	direction []*big.Float
	share     float64
	gain      float64
	rounds    int

	saddles bool // the likelihood may curve upward on the way: then a step goes uphill all the same
	done    bool
	failed  string       // why it failed: part of what every node signs, so these words never change
	refusal *Refusal     // the same, for people
	coef    []*big.Float // at the end
	info    exact.Matrix // there
	inner   exact.Matrix // its inverse
}

const (
	maxRounds    = 25
	enough       = 1e-20 // expected gain in log-likelihood that counts as none: coefficients are within 1e-10 of their standard errors before the last step
	nearlyEnough = 1e-12 // the same, where rounding of the sums keeps the gain from falling further
)

func newNewton(terms []string, start []float64) newton {
	return newton{terms: terms, at: start, share: 1, gain: math.Inf(1)}
}

func (n *newton) size() int {
	if n.done {
		return 0
	}
	p := len(n.at)
	return 1 + p + triangle(p)
}

// beyond is the log-likelihood of a point so far off that its sums are not finite: the step to it is then halved.
const beyond = 1e13

// figures lays out sums as newton takes them.
func figures(s fit.Sums) []float64 {
	p := len(s.Score)
	out := append(make([]float64, 0, 1+p+triangle(p)), s.LogLik)
	out = append(out, s.Score...)
	for i := range p {
		for j := 0; j <= i; j++ {
			out = append(out, s.Information.At(i, j))
		}
	}
	for _, v := range out {
		if !(math.Abs(v) < beyond) {
			far := make([]float64, len(out))
			far[0] = -beyond
			return far
		}
	}
	return out
}

func (n *newton) take(sum []*big.Float) {
	p := len(n.at)
	loglik, score, info := sum[0], sum[1:1+p], exact.MatrixOf(p, sum[1+p:])
	if n.rounds++; n.rounds > maxRounds {
		n.fail("the fit did not come to an end after 25 rounds: look for terms that are nearly collinear or that predict the outcome without fault", Refusal{Why: Unending, Terms: n.moving()})
		return
	}
	if n.loglik != nil && exact.Float(exact.Sub(loglik, n.loglik)) < -1e-10*(1+math.Abs(exact.Float(n.loglik))) {
		n.halve()
		return
	}
	factor, dependent, ok := info.Factor()
	if !ok && n.saddles {
		n.uphill(loglik, score, info)
		return
	}
	if !ok {
		n.fail("collinear: the other terms determine "+n.terms[dependent]+", or it does not vary where it could inform", Refusal{Why: Collinear, Terms: n.terms[dependent : dependent+1]})
		return
	}
	n.from, n.loglik, n.direction, n.share = n.at, loglik, factor.Solve(score), 1
	last := n.gain
	n.gain = exact.Float(exact.Dot(n.direction, score)) / 2
	if n.gain <= enough || n.gain <= nearlyEnough && n.gain >= last/4 {
		n.finish(info, factor)
		return
	}
	n.forward()
}

// uphill takes a step by an information to whose diagonal so much was added that it curves the right way (Levenberg and Marquardt).
func (n *newton) uphill(loglik *big.Float, score []*big.Float, info exact.Matrix) {
	for more := exact.Of(0x1p-10); ; more = exact.Mul(more, exact.Of(4)) {
		bent := exact.NewMatrix(len(info))
		for i := range info {
			for j := range info[i] {
				bent[i][j].Set(info[i][j])
			}
			bent[i][i].Add(bent[i][i], exact.Mul(more, exact.Add(exact.Of(1), exact.Zero().Abs(info[i][i]))))
		}
		if factor, _, ok := bent.Factor(); ok {
			n.from, n.loglik, n.direction, n.share = n.at, loglik, factor.Solve(score), 1
			n.forward()
			return
		}
		if exact.Float(more) > 1e30 {
			n.fail("the likelihood has no slope to follow", Refusal{Why: NoSlope})
			return
		}
	}
}

func (n *newton) halve() {
	if n.share /= 2; n.share < 1e-9 {
		n.fail("no step raises the likelihood: the center and scale of a variable may not fit it", Refusal{Why: NoStep})
		return
	}
	n.forward()
}

func (n *newton) forward() {
	next := make([]float64, len(n.from))
	for i, v := range n.from {
		next[i] = exact.Float(exact.Add(exact.Of(v), exact.Mul(exact.Of(n.share), n.direction[i])))
	}
	n.at = next
}

func (n *newton) finish(info, factor exact.Matrix) {
	n.done, n.info, n.inner = true, info, factor.Inverse()
	n.coef = make([]*big.Float, len(n.from))
	for i, v := range n.from {
		n.coef[i] = exact.Add(exact.Of(v), n.direction[i])
	}
}

func (n *newton) fail(said string, why Refusal) { n.done, n.failed, n.refusal = true, said, &why }

func (n *newton) state(to *strings.Builder) {
	write(to, "at", exact.Ofs(n.at)...)
	write(to, "from", exact.Ofs(n.from)...)
	write(to, "coef", n.coef...)
	to.WriteString(n.failed)
}
