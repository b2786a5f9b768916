package survival

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"

	"gonum.org/v1/gonum/floats"
)

// FineGrayModel is a proportional-hazards model of the subdistribution of one cause. Covariance is the robust one; Naive is the inverse information.
type FineGrayModel struct {
	fit.Fit
	Naive        matrix.Symmetric
	Rows, Events int
}

// FineGrayOptions are what else a model may have.
type FineGrayOptions struct {
	fit.Options
	Weights []float64 // of rows, above 0, as of sampling or of treatment received: in the model and in G; nil for none
	Strata  Groups    // each stratum has a baseline and a curve of censoring of its own
	Cluster []int     // rows of one number may resemble each other: their parts are added before they are squared; nil for single rows
}

// FineGray fits a model for the hazard of the subdistribution of cause (from 1), by which terms act on its cumulative incidence. Rows that had another
// cause stay at risk, with the weight G(t-)/G(T-) that they would still have been watched, G being the Kaplan-Meier curve of the censoring of all rows. Ties are Breslow's; times nearer than rounding are one, as everywhere in this package. The covariance is
// the sandwich with the term for the estimated G. x has no intercept. Sorting apart, an iteration takes linear time.
//
// It returns NoEvents if nobody had the cause, Collinear and Separation as [Cox] does, and Unsupported for entry times.
// Fine and Gray, JASA 94 (1999) 496-509; in linear time: Kawaguchi, Shen, Li and Suchard, R Journal 12:2 (2021), on the package fastcmprsk.
func FineGray(t Times, x stats.Design, cause int, o FineGrayOptions) (*FineGrayModel, error) {
	if err := checkFineGray(t, x, cause); err != nil {
		return nil, stats.In("Fine-Gray model", err)
	}
	if err := checkWeights(o.Weights, t.Rows()); err != nil {
		return nil, stats.In("Fine-Gray model", err)
	}
	if err := o.Strata.check(t.Rows()); err != nil {
		return nil, stats.In("Fine-Gray model", err)
	}
	strata := stratifyFineGray(t.settle(), x, cause, o)
	for j := range x.Terms {
		if !slices.ContainsFunc(strata, func(s *subdistribution) bool {
			return slices.ContainsFunc(s.x[j], func(v float64) bool { return v != 0 })
		}) {
			return nil, &stats.Error{Method: "Fine-Gray model", Problem: stats.OneLevel, Variable: x.Terms[j], Detail: "it has the same value in all rows, or in all of each stratum", Advice: "Leave it out"}
		}
	}
	f, err := MaximizeCox(x.Terms, func(beta []float64) (fit.Sums, error) {
		total := fit.NewSums(len(beta))
		for _, s := range strata {
			s.move(beta)
			total.Add(s.sums())
		}
		return total, nil
	}, o.Options)
	if err != nil {
		return nil, stats.Rename("Fine-Gray model", err)
	}
	m := &FineGrayModel{Fit: *f, Naive: f.Covariance, Rows: t.Rows()}
	for _, e := range t.Event {
		if e == cause {
			m.Events++
		}
	}
	m.Covariance = matrix.Sandwich(m.Naive, meatOf(strata, f.Coef, t.Rows(), o.Cluster))
	return m, nil
}

// stratifyFineGray makes the rows of each stratum ready; a stratum in which nobody had the cause says nothing and is left out (Zhou, Latouche, Rocha and Fine, Biometrics 67 (2011) 661-670: the
// censoring of each stratum is estimated within it).
func stratifyFineGray(t Times, x stats.Design, cause int, o FineGrayOptions) []*subdistribution {
	rows := make([][]int, o.Strata.count())
	for i := range t.Stop {
		rows[o.Strata.of(i)] = append(rows[o.Strata.of(i)], i)
	}
	var out []*subdistribution
	for _, own := range rows {
		part := Times{Stop: make([]float64, len(own)), Event: make([]int, len(own))}
		var weights []float64
		for k, i := range own {
			part.Stop[k], part.Event[k] = t.Stop[i], t.Event[i]
			if o.Weights != nil {
				weights = append(weights, o.Weights[i])
			}
		}
		if slices.Contains(part.Event, cause) {
			s := newSubdistribution(part, x.Take(own), cause, weights)
			for k, r := range s.row {
				s.row[k] = int32(own[r])
			}
			out = append(out, s)
		}
	}
	return out
}

func checkFineGray(t Times, x stats.Design, cause int) error {
	if err := t.check(); err != nil {
		return err
	}
	if t.Start != nil {
		return &stats.Error{Problem: stats.Unsupported, Variable: "start", Detail: "entry times have no place in this model"}
	}
	if cause < 1 || x.Width() == 0 {
		return &stats.Error{Problem: stats.Invalid, Detail: "there must be a cause from 1 and at least one term"}
	}
	if x.Rows() != t.Rows() {
		return unequal(x.Terms[0], x.Rows(), t.Rows())
	}
	if err := x.Check("Fine-Gray model"); err != nil {
		return err
	}
	for _, e := range t.Event {
		if e == cause {
			return nil
		}
	}
	return &stats.Error{Problem: stats.NoEvents, Variable: "status", Detail: fmt.Sprintf("nobody had the cause %d", cause)}
}

// subdistribution is the rows of a Fine-Gray model, sorted by time. A slot is a distinct time at which somebody had the cause; a row is at risk by itself in the slots before last, and,
// if it had another cause, with a weight in those from last on.
type subdistribution struct {
	x      [][]float64
	w      []float64 // weight of a row
	row    []int32
	stop   []float64
	kind   []int8 // censored, caused, competed
	last   []int32
	at     []int32   // first row that still was under observation in a slot
	deaths []float64 // of the cause, in a slot
	g      []float64 // G just before a slot's time
	gOwn   []float64 // G just before a row's time

	risk, expected []float64
	hazard         []float64   // d/S0 of a slot
	means          [][]float64 // S1/S0, [term][slot]
	logLik         float64
}

const (
	censored = iota
	caused
	competed
)

func newSubdistribution(t Times, x stats.Design, cause int, weights []float64) *subdistribution {
	s := &subdistribution{row: ascending(t.Stop), x: make([][]float64, x.Width()), means: make([][]float64, x.Width())}
	n := len(s.row)
	s.stop, s.kind, s.last, s.gOwn, s.risk = make([]float64, n), make([]int8, n), make([]int32, n), make([]float64, n), make([]float64, n)
	s.w = make([]float64, n)
	for i, r := range s.row {
		s.stop[i], s.w[i] = t.Stop[r], 1
		if weights != nil {
			s.w[i] = weights[r]
		}
		switch t.Event[r] {
		case 0:
		case cause:
			s.kind[i] = caused
		default:
			s.kind[i] = competed
		}
	}
	for j, column := range x.Columns {
		s.x[j] = make([]float64, n)
		for i, r := range s.row {
			s.x[j][i] = column[r]
		}
		center(s.x[j])
	}
	s.walk()
	for j := range s.means {
		s.means[j] = make([]float64, len(s.at))
	}
	s.hazard = make([]float64, len(s.at))
	return s
}

// ties calls do for each run [lo, hi) of rows with one time, upward, with the weights of its kinds.
func (s *subdistribution) ties(do func(lo, hi int, of [3]float64)) {
	for lo := 0; lo < len(s.stop); {
		hi, of := lo, [3]float64{}
		for ; hi < len(s.stop) && s.stop[hi] == s.stop[lo]; hi++ {
			of[s.kind[hi]] += s.w[hi]
		}
		do(lo, hi, of)
		lo = hi
	}
}

// walk goes up the times once: slots, and the curve of censoring.
func (s *subdistribution) walk() {
	g, watched := 1.0, floats.Sum(s.w)
	s.ties(func(lo, hi int, of [3]float64) {
		if of[caused] > 0 {
			s.at, s.deaths, s.g = append(s.at, int32(lo)), append(s.deaths, of[caused]), append(s.g, g)
		}
		for i := lo; i < hi; i++ {
			s.last[i], s.gOwn[i] = int32(len(s.at)), g
		}
		if of[censored] > 0 {
			g *= 1 - of[censored]/watched
		}
		watched -= of[censored] + of[caused] + of[competed]
	})
}

// move computes risks and likelihood at beta.
func (s *subdistribution) move(beta []float64) {
	clear(s.risk)
	for j, column := range s.x {
		floats.AddScaled(s.risk, beta[j], column)
	}
	shift := floats.Max(s.risk) - highest
	s.logLik = 0
	for i, eta := range s.risk {
		if s.kind[i] == caused {
			s.logLik += s.w[i] * (eta - shift)
		}
		s.risk[i] = s.w[i] * math.Exp(eta-shift)
	}
	s0 := s.scan(s.risk)
	for e, d := range s.deaths {
		if !(s0[e] > 0) {
			s.logLik = math.Inf(-1)
		}
		s.logLik -= d * math.Log(s0[e])
		s.hazard[e] = d / s0[e]
	}
	if math.IsNaN(s.logLik) || math.IsInf(s.logLik, 1) {
		s.logLik = math.Inf(-1)
	}
	for j, column := range s.x {
		floats.DivTo(s.means[j], s.scan(product(s.risk, column)), s0)
	}
}

// scan sums v over those at risk in each slot: those still watched, and, weighted, those who had another cause before.
func (s *subdistribution) scan(v []float64) []float64 {
	out := make([]float64, len(s.at))
	sum, i := 0.0, len(v)
	for e := len(s.at) - 1; e >= 0; e-- {
		for ; i > int(s.at[e]); i-- {
			sum += v[i-1]
		}
		out[e] = sum
	}
	sum, i = 0, 0
	for e, at := range s.at {
		for ; i < int(at); i++ {
			if s.kind[i] == competed {
				sum += v[i] / s.gOwn[i]
			}
		}
		out[e] += s.g[e] * sum
	}
	return out
}

// spread is, for each row, the sum of a quantity of the slots over those in which it is at risk, with its weights.
func (s *subdistribution) spread(slots []float64) []float64 {
	own, weighted := make([]float64, len(slots)+1), make([]float64, len(slots)+1)
	for e, v := range slots {
		own[e+1] = own[e] + v
	}
	for e := len(slots) - 1; e >= 0; e-- {
		weighted[e] = weighted[e+1] + s.g[e]*slots[e]
	}
	out := make([]float64, len(s.last))
	for i, last := range s.last {
		out[i] = own[last]
		if s.kind[i] == competed {
			out[i] += weighted[last] / s.gOwn[i]
		}
	}
	return out
}

func (s *subdistribution) sums() fit.Sums {
	s.expected = s.spread(s.hazard)
	floats.Mul(s.expected, s.risk)
	out := fit.Sums{Rows: float64(len(s.row)), LogLik: s.logLik, Score: make([]float64, len(s.x))}
	for j, column := range s.x {
		for i, x := range column {
			out.Score[j] -= x * s.expected[i]
			if s.kind[i] == caused {
				out.Score[j] += s.w[i] * x
			}
		}
	}
	out.Information = gram(s.x, s.x, s.expected)
	whole := make([]float64, len(s.x))
	for j := range whole {
		whole[j] = math.Abs(out.Information.At(j, j))
	}
	subtract(out.Information, gram(s.means, s.means, s.deaths), 1)
	silence(out.Information, whole)
	return out
}

// meatOf is the sum of (η + ψ)(η + ψ)ᵀ over rows, or over clusters of them (Fine and Gray 1999, section 3.2; Zhou, Fine, Latouche and Labopin, Biostatistics 13
// (2012) 371-383): η is a row's score, ψ what it adds by its part in the estimate of G.
func meatOf(strata []*subdistribution, beta []float64, rows int, cluster []int) matrix.Symmetric {
	out := make([][]float64, len(beta))
	for j := range out {
		out[j] = make([]float64, rows)
	}
	for _, s := range strata {
		s.move(beta)
		s.sums()
		for j := range out {
			for k, v := range s.influence(j) {
				i := int(s.row[k])
				if cluster != nil {
					i = cluster[i]
				}
				out[j][i] += v
			}
		}
	}
	ones := make([]float64, rows)
	for i := range ones {
		ones[i] = 1
	}
	return gram(out, out, ones)
}

// influence is η + ψ of each row, for term j.
func (s *subdistribution) influence(j int) []float64 {
	mean := s.spread(product(s.hazard, s.means[j]))
	out := make([]float64, len(s.row))
	for i, x := range s.x[j] {
		out[i] = s.risk[i]*mean[i] - x*s.expected[i]
		if s.kind[i] == caused {
			out[i] += s.w[i] * (x - s.means[j][s.last[i]-1])
		}
	}
	s.addCensoring(j, out)
	return out
}

// addCensoring adds ψ: with q(u) the sum over those who had another cause before u of their scores from u on, and π(u) the number watched at u, the integral of
// q/π over the row's censoring martingale.
func (s *subdistribution) addCensoring(j int, out []float64) {
	slots := len(s.hazard)
	hazard, mean := make([]float64, slots+1), make([]float64, slots+1) // from a slot on
	for e := slots - 1; e >= 0; e-- {
		hazard[e] = hazard[e+1] + s.g[e]*s.hazard[e]
		mean[e] = mean[e+1] + s.g[e]*s.hazard[e]*s.means[j][e]
	}
	var c0, c1, integral float64
	slot, watched := 0, floats.Sum(s.w)
	s.ties(func(lo, hi int, of [3]float64) {
		for slot < slots && int(s.at[slot]) < lo {
			slot++
		}
		own := 0.0
		if of[censored] > 0 {
			own = (c1*hazard[slot] - c0*mean[slot]) / watched
			integral += own * of[censored] / watched
		}
		for i := lo; i < hi; i++ {
			out[i] -= s.w[i] * integral
			if s.kind[i] == censored {
				out[i] += s.w[i] * own
			}
			if s.kind[i] == competed {
				w := s.risk[i] / s.gOwn[i]
				c0, c1 = c0+w, c1+w*s.x[j][i]
			}
		}
		watched -= of[censored] + of[caused] + of[competed]
	})
}
