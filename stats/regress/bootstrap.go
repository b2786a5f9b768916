package regress

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/fit"
)

// Bootstrap fits the model to resamples: draw(k) are the rows of resample k, counted from 0 and with repetition; it is called from several
// goroutines at once. The result has the coefficients of each resample, NaN for one that has no maximum: one outcome only, separated, or a term that does not
// vary. It returns a *stats.Error for a row that does not exist.
//
// A row drawn three times is a row of weight 3, and each fit starts from that of all rows, so it takes about three steps of fewer rows.
func (m *Model) Bootstrap(resamples int, draw func(k int) []int) ([][]float64, error) {
	const chunk = 16
	r, out := m.rows(), make([][]float64, max(0, resamples))
	errs := make([]error, (len(out)+chunk-1)/chunk)
	widest := r.widest()
	fit.InParallel(len(errs), func(part int) {
		s := newResample(r, widest)
		for k := part * chunk; k < min(len(out), (part+1)*chunk); k++ {
			if errs[part] = s.take(draw(k)); errs[part] != nil {
				return
			}
			out[k] = s.fit(m.Coef)
		}
	})
	for _, err := range errs {
		if err != nil {
			return nil, stats.In(m.method, err)
		}
	}
	return out, nil
}

// resample is rows with the number of times that each was drawn as their weight; its lists are used again for the next one.
type resample struct {
	all    *rows
	count  []float64
	rows   []int // with a count above 0
	drawn  rows
	widest []float64 // largest value of each column, and of the offset
}

func newResample(all *rows, widest []float64) *resample {
	s := &resample{all: all, count: make([]float64, len(all.y)), drawn: rows{family: all.family}, widest: widest}
	s.drawn.x = stats.Design{Terms: all.x.Terms, Columns: make([][]float64, all.x.Width())}
	return s
}

func (s *resample) take(draw []int) error {
	clear(s.count)
	for _, i := range draw {
		if i < 0 || i >= len(s.count) {
			return &stats.Error{Problem: stats.Invalid, Variable: "resample", Detail: fmt.Sprintf("there is no row %d", i)}
		}
		s.count[i]++
	}
	s.rows = s.rows[:0]
	for i, c := range s.count {
		if c > 0 {
			s.rows = append(s.rows, i)
		}
	}
	d := &s.drawn
	d.prior = s.gather(d.prior, s.count)
	if s.all.prior != nil {
		for k, i := range s.rows {
			d.prior[k] *= s.all.prior[i]
		}
	}
	d.y = s.gather(d.y, s.all.y)
	if s.all.offset != nil {
		d.offset = s.gather(d.offset, s.all.offset)
	}
	for j, c := range s.all.x.Columns {
		d.x.Columns[j] = s.gather(d.x.Columns[j], c)
	}
	return nil
}

// gather is the values of the rows that were drawn, written over into.
func (s *resample) gather(into, from []float64) []float64 {
	into = slices.Grow(into[:0], len(s.rows))[:len(s.rows)]
	for k, i := range s.rows {
		into[k] = from[i]
	}
	return into
}

func (s *resample) fit(start []float64) []float64 {
	d := &s.drawn
	none := make([]float64, len(start))
	for j := range none {
		none[j] = math.NaN()
	}
	if len(d.y) < len(start) || d.check("", d.y, d.prior) != nil {
		return none
	}
	found, err := fit.Maximize(d.x.Terms, start, d.sums, fit.Options{})
	if err != nil || s.extreme(found.Coef) && d.overlap(d.means(found.Coef)) != nil {
		return none
	}
	return found.Coef
}

// extreme says whether a row could be fitted without fault.
func (s *resample) extreme(beta []float64) bool {
	reach := s.widest[len(beta)]
	for j, b := range beta {
		reach += math.Abs(b) * s.widest[j]
	}
	return !(reach < -math.Log(withoutFault)-1)
}

// widest is the largest absolute value of each column, and last of the offset.
func (r *rows) widest() []float64 {
	var out []float64
	for _, c := range append(r.x.Columns[:len(r.x.Columns):len(r.x.Columns)], r.offset) {
		var most float64
		for _, v := range c {
			most = max(most, math.Abs(v))
		}
		out = append(out, most)
	}
	return out
}
