package survival

import (
	"errors"
	"fmt"
	"slices"

	"consilium/stats"
)

// Ties is how a Cox model treats events at the same time.
type Ties string

// The two approximations. Efron's is the better one wherever ties are many; without ties they are the same.
const (
	Efron   Ties = "efron"
	Breslow Ties = "breslow"
)

// CoxOptions are what a Cox model may have besides times and terms.
type CoxOptions struct {
	Ties    Ties      // "" is Efron
	Strata  Groups    // each stratum has a baseline hazard of its own
	Weights []float64 // case weights above 0; nil: all 1
	Offset  []float64 // part of the linear predictor whose coefficient is 1; nil: none
}

// RiskSets is the rows of a Cox model made ready: sorted by stratum and time, their terms centered within strata (which changes no
// likelihood, and keeps the exponentials in range). It is read by all methods and written by none, so may be shared.
type RiskSets struct {
	terms  []string
	ties   Ties
	names  []string // of the strata
	row    []int32  // original row of each sorted row
	x      [][]float64
	weight []float64 // nil: 1
	offset []float64 // nil: 0
	died   []float64 // weight of the row if it had the event, else 0
	stop   []float64
	strata []stratum

	// Each stratum owns a run of slots: first an empty one, for "before any event", then one for each distinct event time, upward.
	// A row is at risk in the slots (first, last]; if it died, it died in last.
	first, last []int32
	time        []float64 // of a slot
	at          []int32   // first sorted row that was still watched at the slot's time; the deaths stand there
	deaths      []int32   // how many rows died in the slot
	meanWeight  []float64 // of those who died

	// With entry times: the rows of each stratum by start, latest first, and how many of them start too late for each slot.
	start     []float64 // sorted rows; nil without entry times
	late      []int32
	lateCount []int32
	anyTied   bool
	events    int
}

// stratum is a run of sorted rows and of slots, and the means by which its terms were centered.
type stratum struct {
	lo, hi         int32
	slotLo, slotHi int32
	center         []float64
}

// NewRiskSets sorts the rows. x has no intercept; its columns are copied.
//
// It returns what [NewTimes] and [stats.Design.Check] refuse, Unsupported for other ties, and Infinite for a weight that is not above 0. Rows without events,
// or fewer rows than terms, are no error here, since other hospitals may have them; nor is a stratum without events, which adds nothing.
func NewRiskSets(t Times, x stats.Design, o CoxOptions) (*RiskSets, error) {
	s := &RiskSets{terms: x.Terms, ties: o.Ties, names: o.Strata.labels()}
	if s.ties == "" {
		s.ties = Efron
	}
	if err := checkCox(t, x, o, s.ties); err != nil {
		return nil, stats.In("Cox model", err)
	}
	t = t.settle()
	if err := t.check(); err != nil { // a stop may have become its start
		return nil, stats.In("Cox model", err)
	}
	s.sortRows(t, o)
	s.takeColumns(x, o)
	s.findSlots(t)
	s.findEntries(t)
	return s, nil
}

func checkCox(t Times, x stats.Design, o CoxOptions, ties Ties) error {
	if ties != Efron && ties != Breslow {
		return &stats.Error{Problem: stats.Unsupported, Variable: "ties", Detail: fmt.Sprintf("%q is not known", ties), Advice: "Take efron or breslow"}
	}
	if err := t.check(); err != nil {
		return err
	}
	if x.Width() == 0 {
		return &stats.Error{Problem: stats.Invalid, Detail: "the model has no term"}
	}
	if err := o.Strata.check(t.Rows()); err != nil {
		return err
	}
	if x.Rows() != t.Rows() {
		return unequal(x.Terms[0], x.Rows(), t.Rows())
	}
	lists := slices.DeleteFunc([][]float64{o.Weights, o.Offset}, func(l []float64) bool { return l == nil })
	if err := x.Check("Cox model", lists...); err != nil && !errors.Is(err, stats.TooFewRows) { // a hospital may have few rows
		return err
	}
	for i, w := range o.Weights {
		if w <= 0 {
			return improper(i, w)
		}
	}
	for i, e := range t.Event {
		if e > 1 {
			return &stats.Error{Problem: stats.Invalid, Variable: "status", Detail: fmt.Sprintf("row %d is %d, not 0 or 1", i+1, e), Advice: "With competing causes choose the one of interest, or use the Fine-Gray model"}
		}
	}
	return nil
}

// sortRows orders rows by stratum, then time, then deaths before censored rows.
func (s *RiskSets) sortRows(t Times, o CoxOptions) {
	order := deathsFirst(ascending(t.Stop), t)
	starts := make([]int32, o.Strata.count()+1)
	for i := range order {
		starts[o.Strata.of(i)+1]++
	}
	for k := range o.Strata.count() {
		starts[k+1] += starts[k]
		s.strata = append(s.strata, stratum{lo: starts[k], hi: starts[k+1]})
	}
	next := slices.Clone(starts)
	s.row = make([]int32, len(order))
	for _, r := range order {
		k := o.Strata.of(int(r))
		s.row[next[k]] = r
		next[k]++
	}
}

// deathsFirst puts deaths before censored rows of the same time.
func deathsFirst(order []int32, t Times) []int32 {
	out := make([]int32, 0, len(order))
	for lo := 0; lo < len(order); {
		hi := lo + 1
		for hi < len(order) && t.Stop[order[hi]] == t.Stop[order[lo]] {
			hi++
		}
		for _, died := range []bool{true, false} {
			for _, r := range order[lo:hi] {
				if (t.Event[r] != 0) == died {
					out = append(out, r)
				}
			}
		}
		lo = hi
	}
	return out
}

func (s *RiskSets) takeColumns(x stats.Design, o CoxOptions) {
	s.x = make([][]float64, x.Width())
	for k := range s.strata {
		s.strata[k].center = make([]float64, x.Width())
	}
	parallel(x.Width(), len(s.row), func(j int) {
		column := make([]float64, len(s.row))
		for i, r := range s.row {
			column[i] = x.Columns[j][r]
		}
		for k := range s.strata {
			st := &s.strata[k]
			st.center[j] = center(column[st.lo:st.hi])
		}
		s.x[j] = column
	})
	gather := func(list []float64) []float64 {
		if list == nil {
			return nil
		}
		out := make([]float64, len(s.row))
		for i, r := range s.row {
			out[i] = list[r]
		}
		return out
	}
	s.weight, s.offset = gather(o.Weights), gather(o.Offset)
}

// center takes the mean off a list and returns it. A list of one value becomes exactly zero, so that rounding cannot pass for information.
func center(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	sum, varies := 0.0, false
	for _, v := range list {
		sum += v / 1024 // which loses no digit, and cannot run over
		varies = varies || v != list[0]
	}
	if !varies {
		v := list[0]
		clear(list)
		return v
	}
	mean := sum / float64(len(list)) * 1024
	for i := range list {
		list[i] -= mean
	}
	return mean
}

// findSlots finds the distinct event times of each stratum, and where each row is at risk.
func (s *RiskSets) findSlots(t Times) {
	n := len(s.row)
	s.died, s.stop = make([]float64, n), make([]float64, n)
	s.first, s.last = make([]int32, n), make([]int32, n)
	for k := range s.strata {
		st := &s.strata[k]
		st.slotLo = int32(len(s.time))
		s.addSlot(0, st.lo)
		for i := st.lo; i < st.hi; i++ {
			r := s.row[i]
			s.stop[i] = t.Stop[r]
			if t.Event[r] != 0 {
				if slot := len(s.time) - 1; slot == int(st.slotLo) || s.time[slot] != s.stop[i] {
					s.addSlot(s.stop[i], i)
				}
				s.die(i)
			}
			s.first[i], s.last[i] = st.slotLo, int32(len(s.time)-1)
		}
		st.slotHi = int32(len(s.time))
	}
	for e, d := range s.deaths {
		if d > 0 {
			s.meanWeight[e] /= float64(d)
		}
		s.anyTied = s.anyTied || d > 1
	}
}

func (s *RiskSets) addSlot(time float64, at int32) {
	s.time, s.at = append(s.time, time), append(s.at, at)
	s.deaths, s.meanWeight = append(s.deaths, 0), append(s.meanWeight, 0)
}

// die counts sorted row i as a death in the newest slot.
func (s *RiskSets) die(i int32) {
	w := 1.0
	if s.weight != nil {
		w = s.weight[i]
	}
	slot := len(s.time) - 1
	s.died[i] = w
	s.deaths[slot]++
	s.meanWeight[slot] += w
	s.events++
}

// findEntries finds, with entry times, who came too late for which slot.
func (s *RiskSets) findEntries(t Times) {
	if t.Start == nil {
		return
	}
	start := make([]float64, len(s.row))
	for i, r := range s.row {
		start[i] = t.Start[r]
	}
	s.start = start
	s.late, s.lateCount = make([]int32, 0, len(start)), make([]int32, len(s.time))
	for k := range s.strata {
		st := s.strata[k]
		order := ascending(start[st.lo:st.hi])
		slices.Reverse(order)
		for i := range order {
			order[i] += st.lo
		}
		s.late = append(s.late, order...)
		count := int32(0)
		for e := st.slotHi - 1; e > st.slotLo; e-- {
			for count < int32(len(order)) && start[order[count]] >= s.time[e] {
				s.first[order[count]] = e
				count++
			}
			s.lateCount[e] = count
		}
	}
}

// Informative says whether any event happened while somebody else was at risk.
func (s *RiskSets) Informative() bool { return slices.ContainsFunc(s.strata, s.informs) }

func (s *RiskSets) informs(st stratum) bool {
	for e := st.slotLo + 1; e < st.slotHi; e++ {
		if st.hi-s.at[e]-s.lateFor(e) > 1 {
			return true
		}
	}
	return false
}

func (s *RiskSets) lateFor(slot int32) int32 {
	if s.lateCount == nil {
		return 0
	}
	return s.lateCount[slot]
}

// Terms are the names of the coefficients.
func (s *RiskSets) Terms() []string { return s.terms }

// Rows is the number of rows.
func (s *RiskSets) Rows() int { return len(s.row) }

// Events is the number of events.
func (s *RiskSets) Events() int { return s.events }
