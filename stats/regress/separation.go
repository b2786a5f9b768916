package regress

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

// How separation is proven (Albert and Anderson, Biometrika 71 (1984) 1–10; Stiemke's lemma).
//
// Let z be the row x of the design, times -1 where y = 0. The maximum does not exist if, and only if, there is a direction d with zᵀd ≥ 0 in all rows
// and zᵀd > 0 in some. At coefficients where the score vanishes, Σ |y-p|·z = 0: positive numbers |y-p| that balance the rows, which
// leaves no such d. So residuals that are not zero prove that the data overlap, and only rows that are fitted without fault can take
// part in separation. If the other rows alone determine all coefficients (their design has full rank), no direction is left for
// the rows without fault, and the maximum is real, however near to 0 or 1 some probabilities are. If they do not, the likelihood says nothing
// about some direction: the estimate there is wherever the iteration happened to stop.
// For counts, rows with events take the part of rows with residuals: x·d must be 0 there, and ≤ 0 where there are none.

// withoutFault is how near a mean must be to its outcome to count as equal; a Newton step brings a diverging fit nearer by a factor e.
const withoutFault = 1e-8

// overlap is nil if the rows prove that the maximum exists; else it names the terms that separate.
func (r *rows) overlap(means []float64) error {
	faultless := 0
	for i, mean := range means {
		if r.certain(r.y[i], mean) {
			faultless++
		}
	}
	if faultless == 0 {
		return nil
	}
	information := r.faulty(means)
	_, dependent, ok := matrix.Factor(information)
	if ok {
		return nil
	}
	return r.separation(direction(information, dependent))
}

// faulty is the cross product of the rows that have a residual.
func (r *rows) faulty(means []float64) matrix.Symmetric {
	return r.cross(func(i int) float64 {
		if r.weight(i) == 0 || r.certain(r.y[i], means[i]) {
			return 0
		}
		return 1
	})
}

func (binomial) certain(y, mean float64) bool {
	return y == 0 && mean < withoutFault || y == 1 && 1-mean < withoutFault
}

func (poisson) certain(y, mean float64) bool { return y == 0 && mean < withoutFault }

func (gaussian) certain(_, _ float64) bool { return false }

func (binomial) remedy() string { return "Use Firth's penalized likelihood, or join levels" }
func (poisson) remedy() string {
	return "Join the level with another, or leave out the term together with the rows that it alone describes"
}
func (gaussian) remedy() string { return "" }

// cross is Xᵀ·diag(weight)·X.
func (r *rows) cross(weight func(i int) float64) matrix.Symmetric {
	s := fit.NewSums(r.x.Width())
	x := newBlock(r.x.Width())
	var zeros, w, scaled [blockRows]float64
	for from := 0; from < r.x.Rows(); from += blockRows {
		n := min(blockRows, r.x.Rows()-from)
		for i := range n {
			w[i] = weight(from + i)
		}
		x.take(r.x.Columns, from, from+n)
		x.addCross(&s, zeros[:n], w[:n], scaled[:n])
	}
	return s.Information
}

// direction solves information·d = 0, with d = -1 in the dependent term and 0 after it.
func direction(information matrix.Symmetric, dependent int) []float64 {
	before, right := matrix.NewSymmetric(dependent), make([]float64, dependent)
	for i := range dependent {
		copy(before.Row(i), information.Row(i)[:dependent-i])
		right[i] = information.At(i, dependent)
	}
	d := make([]float64, information.N)
	if c, _, ok := matrix.Factor(before); ok {
		copy(d, c.Solve(right))
	}
	d[dependent] = -1
	return d
}

// explain tells why an iteration failed: terms that depend on one another, separation, or neither.
func (r *rows) explain(err error, last []float64) error {
	plain := r.cross(func(i int) float64 { return min(1, r.weight(i)) })
	if _, _, collinear := fit.Step(r.x.Terms, fit.Sums{Score: make([]float64, r.x.Width()), Information: plain}); collinear != nil {
		return collinear
	}
	if separated := r.overlap(r.means(last)); separated != nil {
		return separated
	}
	if errors.Is(err, stats.Collinear) {
		return &stats.Error{Problem: stats.NotConverged, Detail: "the information about a term vanished on the way", Advice: "Center and scale the variables, and look for values far outside of the rest"}
	}
	return err
}

// separation names the terms that separate: those that do it alone, else those of the direction in which the likelihood has no end.
func (r *rows) separation(d []float64) error {
	e := &stats.Error{Problem: stats.Separation, Advice: r.remedy()}
	var alone, together []string
	for j, term := range r.x.Terms {
		if j == r.intercept() {
			continue
		}
		if said := r.alone(j); said != "" {
			if alone = append(alone, term); len(alone) == 1 {
				e.Detail = said
			}
		}
		if _, sd := moments(r.x.Columns[j], 1); math.Abs(d[j])*sd > 1e-6 {
			together = append(together, term)
		}
	}
	switch {
	case len(alone) > 0:
		e.Variable = strings.Join(alone, ", ")
	case len(together) > 0:
		e.Variable, e.Detail = strings.Join(together, ", "), "together they predict the outcome without fault in some rows"
	default:
		e.Variable, e.Detail = strings.Join(r.varying(), ", "), "together they predict the outcome without fault in all rows"
	}
	return e
}

// varying are the terms but the intercept.
func (r *rows) varying() (terms []string) {
	for j, term := range r.x.Terms {
		if j != r.intercept() {
			terms = append(terms, term)
		}
	}
	return terms
}

// alone says how column j separates without the help of others, "" if it does not.
func (r *rows) alone(j int) string {
	lo, hi := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for i, v := range r.x.Columns[j] {
		if r.weight(i) == 0 {
			continue
		}
		for kind, has := range r.kinds(r.y[i]) {
			if has {
				lo[kind], hi[kind] = min(lo[kind], v), max(hi[kind], v)
			}
		}
	}
	return r.apart(lo, hi)
}

// kinds says whether a row has something of no event, and of an event.
func (binomial) kinds(y float64) [2]bool { return [2]bool{y < 1, y > 0} }
func (poisson) kinds(y float64) [2]bool  { return [2]bool{y == 0, y > 0} }
func (gaussian) kinds(float64) [2]bool   { return [2]bool{} }

// apart says how the range of a variable without events [0] and with events [1] differ, if they share no more than an end.
func (binomial) apart(lo, hi [2]float64) string {
	switch {
	case lo[0] == hi[1] && hi[0] == lo[1]: // it never changes
		return ""
	case hi[0] <= lo[1]:
		return fmt.Sprintf("without the event it is at most %g, with it at least %g", hi[0], lo[1])
	case hi[1] <= lo[0]:
		return fmt.Sprintf("with the event it is at most %g, without it at least %g", hi[1], lo[0])
	}
	return ""
}

// apart for counts: events at one value only, and rows without events beyond it.
func (poisson) apart(lo, hi [2]float64) string {
	switch {
	case lo[1] != hi[1] || lo[0] == hi[0] && lo[0] == lo[1]:
		return ""
	case lo[0] >= lo[1]:
		return fmt.Sprintf("there are no events above %g", lo[1])
	case hi[0] <= lo[1]:
		return fmt.Sprintf("there are no events below %g", lo[1])
	}
	return ""
}

func (gaussian) apart(_, _ [2]float64) string { return "" }
