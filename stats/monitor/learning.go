package monitor

import (
	"fmt"
	"math"

	"consilium/stats"
)

// Rates are what a learner is judged by: the rate of failures that is good enough, and one that is not.
type Rates struct {
	Acceptable   float64 // p0
	Unacceptable float64 // p1, above p0
	Alpha        float64 // risk of calling an acceptable series unacceptable; 0 is 0.05
	Beta         float64 // risk of calling an unacceptable series acceptable; 0 is 0.1
	H            float64 // height at which the LC-CUSUM declares adequacy; 0 is never
}

// Learning is a learning curve, judged in three ways. All lists have one element a case.
type Learning struct {
	Observed []float64 // failures so far minus p0 times cases so far
	SPRT     SPRT
	LC       LearningCUSUM
}

// SPRT is Wald's sequential test drawn as failures minus s per case: above Upper the rate is unacceptable, below Lower it is acceptable (Wald 1945, Ann Math
// Stat 16:117; in surgery de Leval et al. 1994).
type SPRT struct {
	S            float64 // failures per case on the line between the hypotheses
	Upper, Lower float64
	Path         []float64
	Decided      int // the case, from 0, at which a line was first crossed; -1 for none
	Acceptable   bool
}

// LearningCUSUM accumulates evidence that a learner, taken as unacceptable at first, has become acceptable (Biau, Williams, Schlup, Nizard and Porcher 2008,
// Br J Surg 95:925).
type LearningCUSUM struct {
	Failure, Success float64 // weights
	Path             []float64
	Adequate         int // the case, from 0, at which it reached H; -1 for none
}

func (r *Rates) check(method string) error {
	if r.Alpha == 0 {
		r.Alpha = 0.05
	}
	if r.Beta == 0 {
		r.Beta = 0.1
	}
	if r.H == 0 {
		r.H = math.Inf(1)
	}
	for _, v := range []struct {
		name  string
		value float64
	}{{"p0", r.Acceptable}, {"p1", r.Unacceptable}, {"alpha", r.Alpha}, {"beta", r.Beta}} {
		if err := between0and1(method, v.name, v.value); err != nil {
			return err
		}
	}
	if r.Acceptable >= r.Unacceptable {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "p1", Detail: fmt.Sprintf("the unacceptable rate %g is not above the acceptable rate %g", r.Unacceptable, r.Acceptable)}
	}
	if r.Alpha+r.Beta >= 1 {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "alpha", Detail: "the two risks add up to 1 or more, so the lines of the test cross"}
	}
	if !(r.H > 0) {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "h", Detail: "the threshold is not positive"}
	}
	return nil
}

// Learn judges a series of operations, y 1 for a failure, in the order in which one surgeon or team did them.
func Learn(y []float64, r Rates) (*Learning, error) {
	const method = "learning curve"
	if err := r.check(method); err != nil {
		return nil, err
	}
	if err := checkSeries(method, y, nil); err != nil {
		return nil, err
	}
	p, q := math.Log(r.Unacceptable/r.Acceptable), math.Log((1-r.Acceptable)/(1-r.Unacceptable))
	s := q / (p + q)
	out := &Learning{Observed: overExpected(y, r.Acceptable), SPRT: SPRT{
		S: s, Upper: math.Log((1-r.Beta)/r.Alpha) / (p + q), Lower: -math.Log((1-r.Alpha)/r.Beta) / (p + q), Path: overExpected(y, s)}}
	out.SPRT.decide()
	weights := make([]float64, len(y))
	for i, v := range y {
		weights[i] = q
		if v == 1 {
			weights[i] = -p
		}
	}
	c := follow(weights, r.H)
	out.LC = LearningCUSUM{Failure: -p, Success: q, Path: c.S, Adequate: c.First}
	return out, nil
}

func overExpected(y []float64, rate float64) []float64 {
	out := make([]float64, len(y))
	var failures float64
	for i, v := range y {
		failures += v
		out[i] = failures - rate*float64(i+1)
	}
	return out
}

func (s *SPRT) decide() {
	s.Decided = -1
	for i, v := range s.Path {
		if v >= s.Upper || v <= s.Lower {
			s.Decided, s.Acceptable = i, v <= s.Lower
			return
		}
	}
}

// LearnAdjusted is the LC-CUSUM for patients of unequal risk p: it gathers evidence that the odds of failure are those expected, against ra times those
// (Steiner's weights with the hypotheses exchanged). h is the height that declares adequacy, +Inf for never; First of the result is that case.
func LearnAdjusted(y, p []float64, ra, h float64) (*CUSUM, error) {
	if ra <= 1 {
		return nil, &stats.Error{Method: "learning curve", Problem: stats.Invalid, Variable: "RA", Detail: fmt.Sprintf("an odds ratio of %g is not worse than expected", ra)}
	}
	c, err := Chart{RA: 1, R0: ra, H: h}.Run(y, p)
	return c, stats.In("learning curve", err)
}

// Surgeons judges each surgeon on the cases that surgeon did, in their order within the series. surgeon[i] says who operated on patient i, numbered from 0;
// cases[s] are the patients of surgeon s, so that the k-th element of a curve belongs to patient cases[s][k]. A surgeon without cases has no curve (nil).
func Surgeons(y []float64, surgeon []int, r Rates) (curves []*Learning, cases [][]int, err error) {
	cases, err = casesOf("learning curve", y, surgeon)
	if err != nil {
		return nil, nil, err
	}
	curves = make([]*Learning, len(cases))
	for s, rows := range cases {
		if len(rows) == 0 {
			continue
		}
		if curves[s], err = Learn(pick(y, rows), r); err != nil {
			return nil, nil, err
		}
	}
	return curves, cases, nil
}

// SurgeonsAdjusted runs the chart for each surgeon, as [Surgeons] does, with risks p that may fall with a surgeon's experience: see [Experience].
func SurgeonsAdjusted(y, p []float64, surgeon []int, c Chart) (courses []*CUSUM, cases [][]int, err error) {
	cases, err = casesOf("risk-adjusted CUSUM", y, surgeon)
	if err != nil {
		return nil, nil, err
	}
	if len(p) != len(y) {
		return nil, nil, &stats.Error{Method: "risk-adjusted CUSUM", Problem: stats.Invalid, Variable: "risk", Detail: fmt.Sprintf("%d risks for %d patients", len(p), len(y))}
	}
	courses = make([]*CUSUM, len(cases))
	for s, rows := range cases {
		if len(rows) == 0 {
			continue
		}
		if courses[s], err = c.Run(pick(y, rows), pick(p, rows)); err != nil {
			return nil, nil, err
		}
	}
	return courses, cases, nil
}

// Experience is how many cases the surgeon of each patient had done before, in the series: a covariate by which a risk model can expect more failures from beginners.
func Experience(surgeon []int) []int {
	done := map[int]int{}
	out := make([]int, len(surgeon))
	for i, s := range surgeon {
		out[i] = done[s]
		done[s]++
	}
	return out
}

func casesOf(method string, y []float64, surgeon []int) ([][]int, error) {
	if len(surgeon) != len(y) {
		return nil, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "center or surgeon", Detail: fmt.Sprintf("%d numbers for %d patients", len(surgeon), len(y))}
	}
	var cases [][]int
	for i, s := range surgeon {
		if s < 0 || s >= len(y) {
			return nil, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "center or surgeon", Detail: fmt.Sprintf("patient %d has number %d; number them from 0", i+1, s)}
		}
		for s >= len(cases) {
			cases = append(cases, nil)
		}
		cases[s] = append(cases[s], i)
	}
	return cases, nil
}

func pick(list []float64, rows []int) []float64 {
	out := make([]float64, len(rows))
	for k, i := range rows {
		out[k] = list[i]
	}
	return out
}
