package predict

import (
	"math"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
	"consilium/stats/regress"
)

// solver goes along the penalties. beta is on the standardized scale, intercept first.
type solver struct {
	*standardized
	y, beta   []float64
	alpha     float64
	working   []int // positions in beta that may differ from 0, the intercept first, in increasing order
	isWorking []bool
	logLik    float64   // at beta
	last      *fit.Sums // at beta, of the working terms; nil when these have changed
}

func newSolver(s *standardized, y []float64, alpha float64) *solver {
	f := &solver{standardized: s, y: y, alpha: alpha, beta: make([]float64, s.size+1), isWorking: make([]bool, s.size+1)}
	var events float64
	for _, v := range y {
		events += v
	}
	n := float64(len(y))
	f.beta[0] = math.Log(events / (n - events))
	f.logLik = events*math.Log(events/n) + (n-events)*math.Log(1-events/n)
	f.admit(0)
	if alpha == 0 {
		for _, j := range s.informing {
			f.admit(j + 1)
		}
	}
	return f
}

func (f *solver) admit(position int) {
	if f.isWorking[position] {
		return
	}
	f.isWorking[position] = true
	f.last = nil
	f.working = append(f.working, position)
	for k := len(f.working) - 1; k > 0 && f.working[k-1] > f.working[k]; k-- {
		f.working[k-1], f.working[k] = f.working[k], f.working[k-1]
	}
}

func (f *solver) deviance() float64 { return -2 * f.logLik }

func (f *solver) nonZero() int {
	count := 0
	for _, b := range f.beta[1:] {
		if b != 0 {
			count++
		}
	}
	return count
}

// sequence is the path of penalties: from the largest slope at the empty model, by equal ratios.
func (f *solver) sequence(o Penalty) []float64 {
	n := float64(f.rows)
	var most float64
	residual := f.residuals()
	for _, j := range f.informing {
		most = max(most, math.Abs(f.slope(j, residual))/n/max(f.alpha, 1e-3))
	}
	count, ratio := o.Lambdas, o.MinRatio
	if count == 0 {
		count = 100
	}
	if ratio == 0 {
		ratio = 1e-4
		if f.rows < f.size {
			ratio = 1e-2
		}
	}
	lambda := make([]float64, count)
	for k := range lambda {
		lambda[k] = most * math.Pow(ratio, float64(k)/max(1, float64(count-1)))
	}
	return lambda
}

// residuals are the outcomes less their probabilities at beta.
func (f *solver) residuals() []float64 {
	residual := f.x.Times(f.beta)
	for i, h := range residual {
		residual[i] = f.y[i] - logistic(h)
	}
	return residual
}

// slope is the derivative of the log-likelihood by term j.
func (f *solver) slope(j int, residual []float64) (g float64) {
	for i, v := range f.x.Columns[j+1] {
		g += v * residual[i]
	}
	return g
}

// fit solves at one penalty: over the working terms, then with those that would leave 0, until none would.
func (f *solver) fit(lambda float64) error {
	for {
		if err := f.solveWorking(lambda); err != nil {
			return err
		}
		if len(f.working) == len(f.informing)+1 {
			return nil
		}
		settled := true
		residual, bound := f.residuals(), lambda*f.alpha*float64(f.rows)
		for _, j := range f.informing {
			if !f.isWorking[j+1] && math.Abs(f.slope(j, residual)) > bound*(1+1e-12) {
				f.admit(j + 1)
				settled = false
			}
		}
		if settled {
			return nil
		}
	}
}

// solveWorking goes by Newton steps of the penalized likelihood, halved if need be.
func (f *solver) solveWorking(lambda float64) error {
	x := stats.Design{}
	beta := make([]float64, len(f.working))
	for k, j := range f.working {
		x.Terms, x.Columns = append(x.Terms, f.x.Terms[j]), append(x.Columns, f.x.Columns[j])
		beta[k] = f.beta[j]
	}
	at, err := f.lastSums(x, beta)
	for range 200 {
		if err != nil {
			return err
		}
		next, gain, e := PenalizedStep(x.Terms, beta, at, lambda, f.alpha)
		if e != nil {
			return e
		}
		if gain <= 1e-12 { // what is left after this step is about its square
			for k, j := range f.working {
				f.beta[j] = next[k]
			}
			at, err = sums(f.y, x, next)
			f.logLik, f.last = at.LogLik, &at
			return err
		}
		beta, at, err = f.toward(x, beta, next, at, gain, lambda)
	}
	return &stats.Error{Problem: stats.NotConverged, Variable: "lambda", Detail: "no minimum at this penalty", Advice: "Take a larger one"}
}

// lastSums are those at which the penalty before ended, if the working terms are the same.
func (f *solver) lastSums(x stats.Design, beta []float64) (fit.Sums, error) {
	if f.last != nil {
		return *f.last, nil
	}
	return sums(f.y, x, beta)
}

// toward goes from beta to next, or part of the way, so that the objective falls.
func (f *solver) toward(x stats.Design, beta, next []float64, at fit.Sums, gain, lambda float64) ([]float64, fit.Sums, error) {
	now := objective(at, beta, lambda, f.alpha)
	for share := 1.0; share > 1e-9; share /= 2 {
		trial := make([]float64, len(beta))
		for k := range trial {
			trial[k] = beta[k] + share*(next[k]-beta[k])
		}
		then, err := sums(f.y, x, trial)
		if err != nil {
			return nil, then, err
		}
		if objective(then, trial, lambda, f.alpha) <= now-share*gain/4+1e-13*(1+math.Abs(now)) {
			return trial, then, nil
		}
	}
	return nil, at, &stats.Error{Problem: stats.NotConverged, Variable: "lambda", Detail: "no step lowers the objective", Advice: "Take a larger penalty"}
}

// sums are those of all rows; terms may outnumber rows, where regress.LogisticSums would refuse the design.
func sums(y []float64, x stats.Design, beta []float64) (fit.Sums, error) {
	if x.Rows() >= x.Width() {
		return regress.LogisticSums(beta, y, x, regress.Options{})
	}
	s := fit.NewSums(x.Width())
	s.Rows = float64(len(y))
	row := make([]float64, x.Width())
	for i, eta := range x.Times(beta) {
		p := logistic(eta)
		s.LogLik += y[i]*eta - max(eta, 0) - math.Log1p(math.Exp(-math.Abs(eta)))
		for j, c := range x.Columns {
			row[j] = c[i]
			s.Score[j] += c[i] * (y[i] - p)
		}
		s.Information.AddOuter(row, p*(1-p))
	}
	return s, nil
}

// objective is -loglik/n plus the penalty of all coefficients but the first.
func objective(at fit.Sums, beta []float64, lambda, alpha float64) float64 {
	return -at.LogLik/at.Rows + lambda*penalty(beta, alpha)
}

func penalty(beta []float64, alpha float64) float64 {
	var sum float64
	for _, b := range beta[1:] {
		sum += (1-alpha)/2*b*b + alpha*math.Abs(b)
	}
	return sum
}

// PenalizedStep is one step of a penalized fit from the sums over rows at beta, whose first element is the intercept and is free: the coefficients at which
// the quadratic that the sums describe, plus the penalty, is least, found by coordinate descent (Friedman, Hastie and Tibshirani 2010), and the expected fall
// of the objective. Sums of several hospitals, of terms standardized alike, add up before it.
func PenalizedStep(terms []string, beta []float64, at fit.Sums, lambda, alpha float64) (next []float64, gain float64, err error) {
	q := &quadratic{at: at, n: at.Rows, ridge: lambda * (1 - alpha), lasso: lambda * alpha, b: append([]float64(nil), beta...), left: append([]float64(nil), at.Score...)}
	if err := q.descend(terms); err != nil {
		return nil, 0, err
	}
	change := make([]float64, len(beta))
	for j := range change {
		change[j] = q.b[j] - beta[j]
	}
	gain = -lambda*(penalty(q.b, alpha)-penalty(beta, alpha)) - at.Information.Quadratic(change)/(2*q.n)
	for j, d := range change {
		gain += d * at.Score[j] / q.n
	}
	if math.IsNaN(gain) || math.IsInf(gain, 0) {
		return nil, 0, &stats.Error{Problem: stats.NotConverged, Detail: "a step is not finite", Advice: "Take a larger penalty"}
	}
	return q.b, gain, nil
}

// quadratic is the model of the objective around a point: b is where it stands, left the slope of the log-likelihood there.
type quadratic struct {
	at           fit.Sums
	n            float64
	ridge, lasso float64
	b, left      []float64
}

// descend alternates sweeps over the coordinates with an exact solution for the signs that the sweeps have found.
func (q *quadratic) descend(terms []string) error {
	for sweep := 1; sweep <= 100000; sweep++ {
		moved := q.sweep()
		if moved <= 1e-15 {
			return nil
		}
		if sweep%5 == 0 && q.exact() {
			return nil
		}
	}
	return &stats.Error{Problem: stats.NotConverged, Variable: terms[len(terms)-1], Detail: "coordinate descent did not settle", Advice: "Take a larger penalty"}
}

// sweep minimizes by one coordinate after the other and gives the largest move, in standard deviations of the linear predictor.
func (q *quadratic) sweep() (moved float64) {
	for j, b := range q.b {
		h := q.at.Information.At(j, j)
		if h == 0 {
			continue
		}
		ridge, lasso := q.penalties(j)
		z := (q.left[j] + h*b) / q.n
		next := 0.0
		if size := math.Abs(z) - lasso; size > 0 {
			next = math.Copysign(size, z) / (h/q.n + ridge)
		}
		if d := next - b; d != 0 {
			q.move(j, d)
			moved = max(moved, math.Abs(d)*math.Sqrt(h/q.n))
		}
	}
	return moved
}

func (q *quadratic) penalties(j int) (ridge, lasso float64) {
	if j == 0 {
		return 0, 0
	}
	return q.ridge, q.lasso
}

func (q *quadratic) move(j int, by float64) {
	q.b[j] += by
	for k := range q.left {
		q.left[k] -= by * q.at.Information.At(j, k)
	}
}

// exact solves for the coefficients that are not 0, their signs given, and keeps the solution if it has these signs and no other coefficient would leave 0.
func (q *quadratic) exact() bool {
	var active []int
	for j, b := range q.b {
		if j == 0 || b != 0 {
			active = append(active, j)
		}
	}
	system, right := matrix.NewSymmetric(len(active)), make([]float64, len(active))
	for k, j := range active {
		ridge, lasso := q.penalties(j)
		row := system.Row(k)
		for m := range row {
			row[m] = q.at.Information.At(j, active[k+m]) / q.n
		}
		row[0] += ridge
		right[k] = q.left[j]/q.n - ridge*q.b[j] - lasso*sign(q.b[j])
	}
	c, _, ok := matrix.Factor(system)
	if !ok {
		return false
	}
	trial := &quadratic{at: q.at, n: q.n, ridge: q.ridge, lasso: q.lasso, b: append([]float64(nil), q.b...), left: append([]float64(nil), q.left...)}
	for k, d := range c.Solve(right) {
		if j := active[k]; j > 0 && q.lasso > 0 && sign(q.b[j]+d) != sign(q.b[j]) {
			return false
		}
		trial.move(active[k], d)
	}
	for j, b := range trial.b {
		if _, lasso := q.penalties(j); b == 0 && j > 0 && math.Abs(trial.left[j])/q.n > lasso*(1+1e-12) {
			return false
		}
	}
	q.b, q.left = trial.b, trial.left
	return true
}

func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}
