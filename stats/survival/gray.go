package survival

import (
	"math"

	"consilium/stats"
	"consilium/stats/matrix"
)

// GrayTest compares the cumulative incidence of one cause (from 1) between groups, over all strata. rho weighs an event at t by (1-F(t-))^rho, F being the
// incidence that the groups would share; 0 is usual.
// It returns OneLevel for fewer than two groups, Unsupported for more than 200, NoEvents if nobody had the cause, and NotEstimable if the groups were never at risk together.
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
// F is the incidence common to all groups under the hypothesis, c the integrals of d over dF/(1-F).
type gray struct {
	steps []grayStep
	total [][]float64 // c at the end, [k][r]
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
	g := &gray{total: square(groups)}
	risk := make([][]float64, groups)
	for r := range risk {
		risk[r] = c[0].atRisk(r)
	}
	survival, incidence, common := make([]float64, groups), make([]float64, groups), 0.0
	for r := range survival {
		survival[r] = 1
	}
	for i := range c[0].Times {
		s := grayStep{events: make([]float64, groups), others: make([]float64, groups), y: make([]float64, groups), before: append([]float64(nil), survival...), share: make([]float64, groups)}
		any, r1 := 0.0, 0.0
		for r := range groups {
			all := c.all(r, i)
			any += all
			if cause < len(c) {
				s.events[r] = c[cause].Events[r][i]
			}
			s.others[r], s.y[r] = all-s.events[r], risk[r][i]
			s.all += s.events[r]
			if s.y[r] <= 0 {
				continue
			}
			h := s.y[r] / survival[r]
			s.h += h
			s.share[r] = h * (1 - incidence[r])
			r1 += s.share[r]
			incidence[r] += survival[r] * s.events[r] / s.y[r]
			survival[r] *= (s.y[r] - all) / s.y[r]
		}
		if any == 0 {
			continue
		}
		for r := range s.share {
			s.share[r] /= r1
		}
		s.after = append([]float64(nil), survival...)
		s.weight = math.Pow(1-common, rho)
		g.integrate(&s, s.all/(s.h*(1-common)))
		common += s.all / s.h
		s.left = 1 - common
		g.steps = append(g.steps, s)
	}
	return g
}

func square(n int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, n)
	}
	return out
}

// integrate computes d at a step and adds it to the integrals c.
func (g *gray) integrate(s *grayStep, hazard float64) {
	n := len(s.y)
	s.d, s.c = square(n), square(n)
	for k := range n {
		for r := range n {
			if s.y[k] > 0 && s.y[r] > 0 {
				hk, hr := s.y[k]/s.before[k], s.y[r]/s.before[r]
				s.d[k][r] = -s.weight * hk * hr / s.h
				if k == r {
					s.d[k][r] += s.weight * hk
				}
			}
			g.total[k][r] += s.d[k][r] * hazard
			s.c[k][r] = g.total[k][r]
		}
	}
}

// add adds the scores (observed less expected events of the cause) and their variance.
func (g *gray) add(score []float64, variance matrix.Symmetric) {
	n := len(score)
	a, b := make([]float64, n), make([]float64, n)
	for _, s := range g.steps {
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
	}
}

// tied is a number of events with the share of their variance that ties leave.
func tied(d, among float64) float64 {
	if d > 1 {
		return d * (1 - (d-1)/(among-1))
	}
	return d
}
