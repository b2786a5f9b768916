package run

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"consilium/ledger"
	"consilium/stats"
	"consilium/study/exact"
	"consilium/study/method"
)

// Withheld is an analysis for which a hospital gives no figures in a round, and the sort of reason. The analysis is over with it for all, and refused; the others go on.
type Withheld struct {
	Analysis int    `json:"analysis"` // its place in the protocol
	Why      string `json:"why"`      // see [WithheldWhys]
}

// WithheldWhys are the sorts of reasons for which a hospital withholds figures. They are signed: add, never rename.
var WithheldWhys = []string{string(method.SamePoint), string(method.OutOfRange), string(method.NotComputed)}

// whyWithheld is the sort of reason for which figures that cannot be said are withheld. What is not among them is a fault of the node, which may be gone when it tries again.
func whyWithheld(err error) (why string, ok bool) {
	var computed *stats.Error
	switch {
	case errors.Is(err, ErrPoint):
		return string(method.SamePoint), true
	case errors.Is(err, exact.ErrRange):
		return string(method.OutOfRange), true
	case errors.As(err, &computed), errors.Is(err, method.ErrOneArm):
		return string(method.NotComputed), true
	}
	return "", false
}

// stopped is an analysis that came to its end because hospitals withheld their figures.
type stopped struct {
	analysis  int
	round     int
	why       string   // of the first of them
	terms     []string // along which its fit had moved
	hospitals []ledger.HospitalID
}

func (s stopped) state(to *strings.Builder) {
	fmt.Fprintf(to, "withheld %d in round %d: %s", s.analysis, s.round, s.why)
	for _, h := range s.hospitals {
		to.WriteString(" " + h.String())
	}
	to.WriteByte('\n')
}

func (r *Run) stoppedAt(analysis int) *stopped {
	i := slices.IndexFunc(r.withheld, func(s stopped) bool { return s.analysis == analysis })
	if i < 0 {
		return nil
	}
	return &r.withheld[i]
}

// withholds tells whether every node of the run knows that one analysis may end alone.
func (r *Run) withholds() bool {
	return !slices.ContainsFunc(r.Members, func(m Member) bool { return m.Rules < Rules })
}

// mayWithhold says what is wrong with what a contribution withholds: analyses under way, each once and in their order.
func (r *Run) mayWithhold(list []Withheld) error {
	if len(list) > 0 && !r.withholds() {
		return errors.New("a hospital of this run does not know that figures may be withheld")
	}
	last := -1
	for _, w := range list {
		switch {
		case w.Analysis <= last:
			return errors.New("the analyses that it withholds stand in no order")
		case !slices.ContainsFunc(r.underway(), func(i item) bool { return i.analysis == w.Analysis }):
			return fmt.Errorf("it withholds analysis %d, which is not under way", w.Analysis)
		case !slices.Contains(WithheldWhys, w.Why):
			return fmt.Errorf("%q is no reason to withhold figures", w.Why)
		}
		last = w.Analysis
	}
	return nil
}

// stop ends the analyses for which some hospital withheld its figures. all is in the order of [Run.Members].
func (r *Run) stop(all []Contribution) {
	for at, c := range all {
		for _, w := range c.Withheld {
			if s := r.stoppedAt(w.Analysis); s != nil {
				s.hospitals = append(s.hospitals, r.Members[at].Hospital)
				continue
			}
			r.withheld = append(r.withheld, stopped{w.Analysis, r.Round, w.Why, r.moving(w.Analysis), []ledger.HospitalID{r.Members[at].Hospital}})
		}
	}
	slices.SortFunc(r.withheld, func(a, b stopped) int { return a.analysis - b.analysis })
}

// moving are the terms along which the fit of an analysis had moved when it was stopped.
func (r *Run) moving(analysis int) []string {
	for _, i := range r.items {
		if w, ok := i.Analysis.(method.Weighed); ok && i.analysis == analysis {
			return w.Moving()
		}
	}
	return nil
}

// refusal is why an analysis that was stopped has no result. The terms are named where it was the point that the fit had come to.
func (s *stopped) refusal() *method.Refusal {
	r := &method.Refusal{Why: method.Why(s.why), N: len(s.hospitals)}
	if r.Why == method.SamePoint {
		r.Terms = s.terms
	}
	return r
}
