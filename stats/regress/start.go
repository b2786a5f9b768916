package regress

import (
	"slices"

	"consilium/stats"
	"consilium/stats/fit"
)

// constant is the model of nothing but an intercept (0 if the design has none) and the offset.
type constant struct{ coef, loglik float64 }

// intercept is the column of the constant term, -1 if there is none.
func (r *rows) intercept() int { return slices.Index(r.x.Terms, stats.Intercept) }

func (r *rows) null() (constant, error) {
	if r.intercept() < 0 {
		at, err := r.bare().sums([]float64{0})
		return constant{0, at.LogLik}, err
	}
	var sum, n float64
	for i, v := range r.y {
		w := r.weight(i)
		sum += w * v
		n += w
	}
	mean := r.eta(sum / n)
	if r.offset == nil {
		return constant{mean, r.loglik(mean, sum, n)}, nil
	}
	bare := r.bare()
	found, err := fit.Maximize(bare.x.Terms, []float64{mean - r.middle()}, bare.sums, fit.Options{})
	if err != nil {
		return constant{}, err
	}
	return constant{found.Coef[0], found.Sums.LogLik}, nil
}

// bare is the rows with nothing but an intercept.
func (r *rows) bare() *rows {
	out := *r
	out.x = stats.NewDesign(nil, nil, r.x.Rows())
	return &out
}

// loglik is the log-likelihood of one mean for all, of which only the sum and the number (weight) of the outcomes matter.
func (r *rows) loglik(eta, sum, n float64) float64 {
	var residual, weight [1]float64
	whole := r.block([]float64{eta}, []float64{sum / n}, nil, residual[:], weight[:])
	return n * whole
}

// middle is the mean offset.
func (r *rows) middle() float64 {
	var sum, n float64
	for i, v := range r.offset {
		sum += r.weight(i) * v
		n += r.weight(i)
	}
	return sum / n
}

const (
	manyRows  = 100_000 // from here on a fit of every 20th row is a start worth its price
	everyRows = 20
)

// start is where Newton's method begins: at the null model, or at a fit of some rows if there are many.
func (r *rows) start(null constant) []float64 {
	start := make([]float64, r.x.Width())
	if i := r.intercept(); i >= 0 {
		start[i] = null.coef
	}
	if r.x.Rows() < manyRows {
		return start
	}
	some := r.every(everyRows)
	found, err := fit.Maximize(r.x.Terms, start, some.sums, fit.Options{Tolerance: 1e-3, MaxIterations: 12})
	if err != nil || some.overlap(some.means(found.Coef)) != nil {
		return start
	}
	return found.Coef
}

// every takes each k-th row.
func (r *rows) every(k int) *rows {
	some := &rows{family: r.family, y: thin(r.y, k), offset: thin(r.offset, k), prior: thin(r.prior, k)}
	some.x = stats.Design{Terms: r.x.Terms, Columns: make([][]float64, r.x.Width())}
	for j, c := range r.x.Columns {
		some.x.Columns[j] = thin(c, k)
	}
	return some
}

func thin(list []float64, k int) []float64 {
	if list == nil {
		return nil
	}
	out := make([]float64, 0, len(list)/k+1)
	for i := 0; i < len(list); i += k {
		out = append(out, list[i])
	}
	return out
}
