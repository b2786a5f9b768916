package survival

import (
	"fmt"
	"math"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

// Interval is when an event happened, as far as it is known: after Lower and at Upper at the latest. Equal ends are an exact time, an infinite Upper says that it had not happened by Lower, a
// Lower of 0 that it had by Upper.
type Interval struct{ Lower, Upper float64 }

func (t Interval) check(row int) error {
	if t.Lower >= 0 && t.Upper >= t.Lower && t.Upper > 0 && !math.IsInf(t.Lower, 1) {
		return nil
	}
	return &stats.Error{Problem: stats.Invalid, Variable: "time", Detail: fmt.Sprintf("row %d lies between %g and %g", row+1, t.Lower, t.Upper), Advice: "The lower end is at least 0 and not above the upper one, which is above 0"}
}

// WeibullModel is a proportional-hazards model with a Weibull baseline.
type WeibullModel struct {
	fit.Fit        // log hazard ratios, and their covariance
	Shape          float64
	LogShapeSE     float64
	LogTime        []float64 // of the same terms: by what the log of the time to the event is moved, the intercept first
	LogTimeSE      []float64
	LogLik         float64
	Rows           int
	Exact, Between int // times that are known, and that lie in an interval with a finite end
}

const weibullMethod = "Weibull model"

// Weibull fits a model of times that are known to lie in intervals, as between two visits, by maximum likelihood: the hazard is shape·t^(shape-1)·exp(-shape·x·β). It is fitted in parameters
// in which the likelihood is concave, shape and shape·β (Burridge, JRSS B 43 (1981) 41-45), so that its maximum is found from anywhere. To take the visit for the event would make times too long and errors too small
// (Lindsey and Ryan, Stat Med 17 (1998) 219-238). x has an intercept. Errors: NoEvents, Invalid for ends in the wrong order, Collinear, Separation.
func Weibull(times []Interval, x stats.Design) (*WeibullModel, error) {
	if x.Rows() != len(times) {
		return nil, stats.In(weibullMethod, unequal(x.Terms[0], x.Rows(), len(times)))
	}
	if err := x.Check(weibullMethod); err != nil {
		return nil, err
	}
	m := &WeibullModel{Rows: len(times)}
	logs, err := m.logs(times)
	if err != nil {
		return nil, stats.In(weibullMethod, err)
	}
	p := x.Width()
	terms := append(append([]string(nil), x.Terms...), "shape")
	start := make([]float64, p+1)
	start[p] = 1
	for j, term := range x.Terms {
		if term == stats.Intercept {
			start[j] = logs.middle
		}
	}
	f, err := fit.Maximize(terms, start, func(par []float64) (fit.Sums, error) { return logs.sums(x, par), nil }, fit.Options{})
	if err != nil {
		return nil, stats.Rename(weibullMethod, err)
	}
	for i, se := range f.SE() {
		if se > 1e4*(1+math.Abs(f.Coef[i])) {
			return nil, &stats.Error{Method: weibullMethod, Problem: stats.Separation, Variable: terms[i], Detail: "the likelihood rises without end along it", Advice: "Join levels, or leave it out"}
		}
	}
	m.tell(f, x)
	return m, nil
}

// logIntervals are the logarithms of the ends.
type logIntervals struct {
	lower, upper []float64
	middle       float64 // a typical log time, to start from
}

func (m *WeibullModel) logs(times []Interval) (logIntervals, error) {
	var l logIntervals
	var sum, count float64
	for i, t := range times {
		if err := t.check(i); err != nil {
			return l, err
		}
		switch {
		case t.Lower == t.Upper:
			m.Exact++
		case !math.IsInf(t.Upper, 1):
			m.Between++
		}
		l.lower, l.upper = append(l.lower, math.Log(t.Lower)), append(l.upper, math.Log(t.Upper))
		known := t.Upper
		if math.IsInf(known, 1) {
			known = t.Lower
		}
		if known > 0 {
			sum, count = sum+math.Log(known), count+1
		}
	}
	if m.Exact+m.Between == 0 {
		return l, noEvents(weibullMethod)
	}
	l.middle = sum / count
	return l, nil
}

// sums are those at (γ, τ): z = τ·log t - x·γ, of which S = exp(-e^z) is left.
func (l logIntervals) sums(x stats.Design, par []float64) fit.Sums {
	p := x.Width()
	out := fit.NewSums(p + 1)
	out.Rows = float64(len(l.lower))
	shape := par[p]
	if !(shape > 0) {
		out.LogLik = math.Inf(-1)
		return out
	}
	eta := x.Times(par[:p])
	down, up := make([]float64, p+1), make([]float64, p+1) // derivatives of z at both ends
	for i, low := range l.lower {
		for j, c := range x.Columns {
			down[j], up[j] = -c[i], -c[i]
		}
		down[p], up[p] = low, l.upper[i]
		if low == l.upper[i] {
			z := shape*low - eta[i]
			e := math.Exp(z)
			out.LogLik += z - e + math.Log(shape) - low
			addSlope(&out, down, 1-e)
			out.Information.AddOuter(down, e)
			out.Score[p] += 1 / shape
			out.Information.Row(p)[0] += 1 / (shape * shape)
			continue
		}
		addBetween(&out, shape*low-eta[i], shape*l.upper[i]-eta[i], down, up)
	}
	return out
}

func addSlope(s *fit.Sums, direction []float64, by float64) {
	for j, d := range direction {
		s.Score[j] += by * d
	}
}

// addBetween adds log(S(a) - S(b)), where a may be -Inf and b +Inf. With e^a taken out it is -e^a + log(1 - exp(e^a - e^b)), in which no digits cancel.
func addBetween(s *fit.Sums, a, b float64, down, up []float64) {
	ea, eb := math.Exp(a), math.Exp(b)
	if math.IsInf(b, 1) {
		s.LogLik -= ea
		addSlope(s, down, -ea)
		s.Information.AddOuter(down, ea)
		return
	}
	gap := eb - ea
	s.LogLik += -ea + math.Log(-math.Expm1(-gap))
	w := 1 / math.Expm1(gap) // S(b)/(S(a)-S(b))
	// l = -e^a + log(1 - exp(-gap)): derivatives by e^a are -1-w, by e^b w; second ones by gap -w(1+w).
	curve := w * (1 + w)
	if math.IsInf(a, -1) {
		addSlope(s, up, w*eb)
		s.Information.AddOuter(up, curve*eb*eb-w*eb)
		return
	}
	addSlope(s, down, -(1+w)*ea)
	addSlope(s, up, w*eb)
	s.Information.AddOuter(down, curve*ea*ea+(1+w)*ea)
	s.Information.AddOuter(up, curve*eb*eb-w*eb)
	for i := range down {
		row := s.Information.Row(i)
		for k := range row {
			row[k] -= curve * ea * eb * (down[i]*up[i+k] + up[i]*down[i+k])
		}
	}
}

// tell writes hazard ratios, -γ, and times, β = γ/τ, with their errors.
func (m *WeibullModel) tell(f *fit.Fit, x stats.Design) {
	p := x.Width()
	m.Shape, m.LogLik = f.Coef[p], f.Sums.LogLik
	m.LogShapeSE = math.Sqrt(f.Covariance.At(p, p)) / m.Shape
	for j := range p {
		beta := f.Coef[j] / m.Shape
		variance := (f.Covariance.At(j, j) - 2*beta*f.Covariance.At(j, p) + beta*beta*f.Covariance.At(p, p)) / (m.Shape * m.Shape)
		m.LogTime, m.LogTimeSE = append(m.LogTime, beta), append(m.LogTimeSE, math.Sqrt(variance))
	}
	first := 0
	if x.Terms[0] == stats.Intercept {
		first = 1
	}
	m.Fit = *f
	m.Terms, m.Coef = x.Terms[first:], nil
	m.Covariance = matrix.NewSymmetric(p - first)
	for j := first; j < p; j++ {
		m.Coef = append(m.Coef, -f.Coef[j])
		for k := j; k < p; k++ {
			m.Covariance.Set(j-first, k-first, f.Covariance.At(j, k))
		}
	}
}
