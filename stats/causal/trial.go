package causal

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/regress"
	"consilium/stats/survival"
)

// Trial is the emulation of a trial that assigns patients at time 0 to be treated early, within a grace period, or not within it.
type Trial struct {
	Early, Late TrialArm
}

// TrialArm is one strategy: every patient follows it until what they did contradicts it.
type TrialArm struct {
	N, Censored int // clones, and those whose treatment came to contradict the strategy
	Largest     float64
	Time        []float64 // of the events
	Survival    []float64 // weighted, at each of them
	AtRisk      []float64 // weighted, just before each of them
}

const trialMethod = "target trial"

// EmulateTrial clones every patient into both strategies, censors a clone when its treatment contradicts its strategy, and weights those who are left by the inverse of the probability that they would be, so that nobody's
// time until treatment is counted for the treated alone (no immortal time). treated is the time of treatment of each row, +Inf without. A clone of the early strategy is censored at the end of the grace period if it was
// not treated by then; its weights come of a logistic model among those still observed then. A clone of the late one is censored when it is treated within the period; its weights come of a Cox model of that time. Both
// have the covariates (with an intercept), known at time 0, and hold only if these explain who is treated when. Who has the event or leaves before either happens counts in both arms.
//
// Hernán and Robins, Am J Epidemiol 183 (2016) 758-764; Maringe et al., Int J Epidemiol 49 (2020) 1719-1729. Errors are those of the two models, and OneLevel where nobody, or everybody, is treated early.
func EmulateTrial(t survival.Times, treated []float64, grace float64, covariates stats.Design) (*Trial, error) {
	if len(treated) != t.Rows() || covariates.Rows() != t.Rows() {
		return nil, &stats.Error{Method: trialMethod, Problem: stats.Invalid, Variable: "treated", Detail: fmt.Sprintf("%d times of treatment for %d rows", len(treated), t.Rows())}
	}
	if !(grace > 0) || t.Start != nil {
		return nil, &stats.Error{Method: trialMethod, Problem: stats.Invalid, Variable: "grace", Detail: "it takes a grace period above 0, and patients who are observed from time 0"}
	}
	clones := cloned{t: t, early: make([]bool, t.Rows()), treated: treated, grace: grace, x: covariates}
	count := 0
	for i, at := range treated {
		if at < 0 || math.IsNaN(at) {
			return nil, &stats.Error{Method: trialMethod, Problem: stats.Invalid, Variable: "treated", Detail: fmt.Sprintf("row %d was treated at %g", i+1, at)}
		}
		if clones.early[i] = at <= grace && at <= t.Stop[i]; clones.early[i] {
			count++
		}
	}
	if count == 0 || count == len(treated) {
		return nil, &stats.Error{Method: trialMethod, Problem: stats.OneLevel, Variable: "treated", Detail: fmt.Sprintf("%d of %d are treated within the grace period", count, len(treated)), Advice: "Choose a grace period in which some are treated and some are not"}
	}
	early, err := clones.earlyWeights()
	if err != nil {
		return nil, stats.Rename(trialMethod, err)
	}
	late, err := clones.lateWeights()
	if err != nil {
		return nil, stats.Rename(trialMethod, err)
	}
	return &Trial{Early: clones.follow(true, early), Late: clones.follow(false, late)}, nil
}

// cloned is the patients, and who of them was treated within the grace period.
type cloned struct {
	t       survival.Times
	early   []bool
	treated []float64
	grace   float64
	x       stats.Design
}

// weighting is a clone's weight at a time.
type weighting func(i int, at float64) float64

// earlyWeights are one over the probability of having been treated by the end of the grace period, from then on.
func (c *cloned) earlyWeights() (weighting, error) {
	var rows []int
	var y []float64
	for i, stop := range c.t.Stop {
		if stop > c.grace {
			rows = append(rows, i)
			y = append(y, map[bool]float64{true: 1, false: 0}[c.early[i]])
		}
	}
	if !slices.Contains(y, 0) || !slices.Contains(y, 1) {
		return nil, &stats.Error{Problem: stats.OneLevel, Variable: "treated", Detail: "of those observed beyond the grace period, all are treated or none", Advice: "Choose another grace period"}
	}
	m, err := regress.Logistic(y, c.x.Take(rows), regress.Options{})
	if err != nil {
		return nil, err
	}
	eta := c.x.Times(m.Coef)
	return func(i int, at float64) float64 {
		if at <= c.grace {
			return 1
		}
		return 1 + math.Exp(-eta[i])
	}, nil
}

// lateWeights are one over the probability of not having been treated before a time.
func (c *cloned) lateWeights() (weighting, error) {
	stop, status := make([]float64, len(c.early)), make([]float64, len(c.early))
	for i, early := range c.early {
		stop[i] = min(c.t.Stop[i], c.grace)
		if early {
			stop[i], status[i] = c.treated[i], 1
		}
	}
	times, err := survival.NewTimes(nil, stop, status)
	if err != nil {
		return nil, err
	}
	x := stats.Design{Terms: c.x.Terms[1:], Columns: c.x.Columns[1:]}
	risk := make([]float64, len(stop))
	for i := range risk {
		risk[i] = 1
	}
	if x.Width() > 0 {
		sets, err := survival.NewRiskSets(times, x, survival.CoxOptions{Ties: survival.Breslow})
		if err != nil {
			return nil, err
		}
		m, err := survival.Cox(sets, fit.Options{})
		if err != nil {
			return nil, err
		}
		for i, eta := range x.Times(m.Coef) {
			risk[i] = math.Exp(eta)
		}
	}
	at, hazard := breslow(stop, status, risk)
	return func(i int, t float64) float64 {
		k, _ := slices.BinarySearch(at, t) // what lies before t
		if k == 0 {
			return 1
		}
		return math.Exp(hazard[k-1] * risk[i])
	}, nil
}

// breslow is the cumulative baseline hazard after each time with an event.
func breslow(stop, status, risk []float64) (at, hazard []float64) {
	order := make([]int, len(stop))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(stop[a], stop[b]) })
	total, sum := 0.0, 0.0
	for _, r := range risk {
		total += r
	}
	for lo := 0; lo < len(order); {
		hi, died, gone := lo, 0.0, 0.0
		for ; hi < len(order) && stop[order[hi]] == stop[order[lo]]; hi++ {
			died += status[order[hi]]
			gone += risk[order[hi]]
		}
		if died > 0 {
			sum += died / total
			at, hazard = append(at, stop[order[lo]]), append(hazard, sum)
		}
		total -= gone
		lo = hi
	}
	return at, hazard
}

// follow is the weighted curve of the clones of one strategy.
func (c *cloned) follow(early bool, weight weighting) TrialArm {
	arm := TrialArm{N: len(c.early)}
	end, died := make([]float64, len(c.early)), make([]bool, len(c.early))
	for i := range end {
		end[i], died[i] = c.t.Stop[i], c.t.Event[i] != 0
		switch {
		case early && !c.early[i] && end[i] > c.grace:
			end[i], died[i] = c.grace, false
			arm.Censored++
		case !early && c.early[i]:
			end[i], died[i] = c.treated[i], died[i] && c.treated[i] == c.t.Stop[i]
			arm.Censored++
		}
		if died[i] {
			arm.Time = append(arm.Time, end[i])
		}
	}
	slices.Sort(arm.Time)
	arm.Time = slices.Compact(arm.Time)
	order := make([]int, len(end))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(end[a], end[b]) })
	settled := c.settled(order, weight)
	left := 1.0
	for _, at := range arm.Time {
		from, _ := slices.BinarySearchFunc(order, at, func(i int, t float64) int { return cmp.Compare(end[i], t) })
		w, risk := settled.weight, 0.0
		if at > c.grace {
			risk, arm.Largest = settled.sum[from], max(arm.Largest, settled.largest[from])
		} else {
			w = func(i int) float64 { return weight(i, at) }
			for _, i := range order[from:] {
				v := w(i)
				risk += v
				arm.Largest = max(arm.Largest, v)
			}
		}
		events := 0.0
		for _, i := range order[from:] {
			if end[i] > at {
				break
			}
			if died[i] {
				events += w(i)
			}
		}
		left *= 1 - events/risk
		arm.Survival, arm.AtRisk = append(arm.Survival, left), append(arm.AtRisk, risk)
	}
	return arm
}

// settled are the weights after the grace period, when nobody's changes any more: their sums and the largest of those from each place of an order on.
type settled struct {
	weight       func(i int) float64
	sum, largest []float64
}

func (c *cloned) settled(order []int, weight weighting) settled {
	s := settled{weight: func(i int) float64 { return weight(i, math.Inf(1)) }, sum: make([]float64, len(order)+1), largest: make([]float64, len(order)+1)}
	for k := len(order) - 1; k >= 0; k-- {
		w := s.weight(order[k])
		s.sum[k], s.largest[k] = s.sum[k+1]+w, max(s.largest[k+1], w)
	}
	return s
}

// At is the share without the event at a time.
func (a TrialArm) At(t float64) float64 {
	k, found := slices.BinarySearch(a.Time, t)
	if found {
		k++
	}
	if k == 0 {
		return 1
	}
	return a.Survival[k-1]
}

// Mean is the mean time without the event up to a limit: the area under the curve.
func (a TrialArm) Mean(limit float64) float64 {
	area, from, height := 0.0, 0.0, 1.0
	for k, at := range a.Time {
		if at >= limit {
			break
		}
		area += height * (at - from)
		from, height = at, a.Survival[k]
	}
	return area + height*(limit-from)
}
