package regress

import (
	"errors"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

// independent refuses a design of which a term is determined by those before it, judged on the plain cross product: weights of a fit
// that diverges would blame the wrong term.
func (r *rows) independent() error {
	plain := matrix.NewSymmetric(r.x.Width())
	s := fit.Sums{Score: make([]float64, r.x.Width()), Information: plain}
	ones, zeros, scaled := make([]float64, blockRows), make([]float64, blockRows), make([]float64, blockRows)
	for i := range ones {
		ones[i] = 1
	}
	for from := 0; from < r.x.Rows(); from += blockRows {
		n := min(blockRows, r.x.Rows()-from)
		addCross(&s, r.x.Columns, from, zeros[:n], ones[:n], scaled[:n])
	}
	_, _, err := fit.Step(r.x.Terms, s)
	return err
}

// divergence is the error of a fit that failed.
func (r *rows) divergence(found *fit.Fit, _ []float64, err error, _ Options) error {
	if err != nil && errors.Is(err, stats.Collinear) {
		return &stats.Error{Problem: stats.Separation, Detail: "the estimate has no end", Advice: "Use Firth's penalized likelihood"}
	}
	return err
}
