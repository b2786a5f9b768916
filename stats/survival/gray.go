package survival

import (
	"math"

	"consilium/stats"
	"consilium/stats/matrix"
)

// GrayTest compares the cumulative incidence of one cause (from 1) between groups, over all strata. rho weighs an event at t by (1-F(t-))^rho, F being the
// incidence that the groups would share; 0 is usual.
// It returns OneLevel for fewer than two groups, Unsupported for more than 1,000, NoEvents if nobody had the cause, and NotEstimable if the groups were never at risk together.
// Gray, Annals of Statistics 16 (1988) 1141-1154.
func GrayTest(cause int, rho float64, strata ...Competing) (ChiSquare, error) {
	if err := checkGray(cause, strata); err != nil {
		return ChiSquare{}, stats.In("Gray's test", err)
	}
	k := len(strata[0][0].Labels)
	score, variance := make([]float64, k), matrix.NewSymmetric(k)
	for _, c := range strata {
		newGray(c, cause-1, rho).add(score, variance)
	}
	part := matrix.NewSymmetric(k - 1)
	for i := range k - 1 {
		for j := i; j < k-1; j++ {
			part.Set(i, j, variance.At(i, j))
		}
	}
	factor, dependent, ok := matrix.Factor(part)
	if !ok {
		return ChiSquare{}, &stats.Error{Method: "Gray's test", Problem: stats.NotEstimable, Variable: strata[0][0].Labels[dependent], Detail: "this group was never at risk together with the others when the cause happened"}
	}
	return chiSquare(factor.Quadratic(score[:k-1]), k-1), nil
}

func checkGray(cause int, strata []Competing) error {
	if len(strata) == 0 {
		return &stats.Error{Problem: stats.TooFewRows, Detail: "there are no counts"}
	}
	events := 0.0
	for _, c := range strata {
		if err := c.check(); err != nil {
			return err
		}
		if cause < 1 || len(c[0].Labels) != len(strata[0][0].Labels) {
			return &stats.Error{Problem: stats.Invalid, Detail: "the strata do not have the same groups, or there is no such cause"}
		}
		if cause <= len(c) {
			events += c[cause-1].events()
		}
	}
	if err := comparable(len(strata[0][0].Labels)); err != nil {
		return err
	}
	if events == 0 {
		return &stats.Error{Problem: stats.NoEvents, Variable: "status", Detail: "nobody had the cause"}
	}
	return nil
}

// gray is one stratum, in the letters of the paper: at a time t, group r has Y at risk, the overall survival S and the incidence F1 of the cause, both just before t;
// h = Y/S estimates how many would be under observation without any event, R = h·(1-F1) how many would be at risk in the sense of the subdistribution.
// F is the incidence common to all groups under the hypothesis, c the integrals of d over dF/(1-F). The variance needs c at each time and at the end, so that the
// times are walked twice; what a step holds is used again by the next, because d and c have as many numbers as there are pairs of groups.
type gray struct {
	counts Competing
	cause  int
	rho    float64
	risk   [][]float64
	total  [][]float64 // c at the end, [k][r]
}

// grayStep is one time at which any event happened.
type grayStep struct {
	events []float64 // of the cause, by group
	all    float64
	others []float64
	y      []float64
	before []float64 // S(t-)
	after  []float64 // S(t)
	share  []float64 // R of each group, as a share of the sum
	h      float64   // sum of h over groups
	left   float64   // 1-F(t)
	d, c   [][]float64
	weight float64
}

func newGray(c Competing, cause int, rho float64) *gray {
	groups := len(c[0].Labels)
	g := &gray{counts: c, cause: cause, rho: rho, risk: make([][]float64, groups)}
	for r := range g.risk {
		g.risk[r] = c[0].atRisk(r)
	}
	g.walk(func(s *grayStep) { g.total = s.c })
	return g
}

// walk calls do at each time at which any event happened. The step is the same one each time.
func (g *gray) walk(do func(s *grayStep)) {
	c, groups := g.counts, len(g.risk)
	list := func() []float64 { return make([]float64, groups) }
	s := &grayStep{events: list(), others: list(), y: list(), before: list(), after: list(), share: list(), d: square(groups), c: square(groups)}
	incidence, common := list(), 0.0
	for r := range s.after {
		s.after[r] = 1
	}
	for i := range c[0].Times {
		copy(s.before, s.after)
		any, r1 := 0.0, 0.0
		s.all, s.h = 0, 0
		for r := range groups {
			all := c.all(r, i)
			any += all
			s.events[r], s.share[r] = 0, 0
			if g.cause < len(c) {
				s.events[r] = c[g.cause].Events[r][i]
			}
			s.others[r], s.y[r] = all-s.events[r], g.risk[r][i]
			s.all += s.events[r]
			if s.y[r] <= 0 {
				continue
			}
			h := s.y[r] / s.before[r]
			s.h += h
			s.share[r] = h * (1 - incidence[r])
			r1 += s.share[r]
			incidence[r] += s.before[r] * s.events[r] / s.y[r]
			s.after[r] = s.before[r] * (s.y[r] - all) / s.y[r]
		}
		if any == 0 {
			continue
		}
		for r := range s.share {
			s.share[r] /= r1
		}
		s.weight = math.Pow(1-common, g.rho)
		s.integrate(s.all / (s.h * (1 - common)))
		common += s.all / s.h
		s.left = 1 - common
		do(s)
	}
}

func square(n int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, n)
	}
	return out
}

// integrate computes d at a step and adds it to the integrals c.
func (s *grayStep) integrate(hazard float64) {
	n := len(s.y)
	for k := range n {
		for r := range n {
			s.d[k][r] = 0
			if s.y[k] > 0 && s.y[r] > 0 {
				hk, hr := s.y[k]/s.before[k], s.y[r]/s.before[r]
				s.d[k][r] = -s.weight * hk * hr / s.h
				if k == r {
					s.d[k][r] += s.weight * hk
				}
			}
			s.c[k][r] += s.d[k][r] * hazard
		}
	}
}

// add adds the scores (observed less expected events of the cause) and their variance.
func (g *gray) add(score []float64, variance matrix.Symmetric) {
	n := len(score)
	a, b := make([]float64, n), make([]float64, n)
	g.walk(func(s *grayStep) {
		for k := range n {
			score[k] += s.weight * (s.events[k] - s.all*s.share[k])
		}
		for r := range n {
			if s.y[r] <= 0 {
				continue
			}
			lost := 0.0 // (1-F)/S: how an event of another cause counts
			if s.after[r] > 0 {
				lost = s.left / s.after[r]
			}
			for k := range n {
				rest := g.total[k][r] - s.c[k][r]
				a[k], b[k] = s.d[k][r]+(1-lost)*rest, lost*rest
			}
			variance.AddOuter(a, s.before[r]/(s.h*s.y[r])*tied(s.all, s.h*s.before[r]))
			variance.AddOuter(b, math.Pow(s.before[r], 2)*hypergeometric(s.others[r], s.y[r]))
		}
	})
}

// tied is a number of events with the share of their variance that ties leave.
func tied(d, among float64) float64 {
	if d > 1 {
		return d * (1 - (d-1)/(among-1))
	}
	return d
}
