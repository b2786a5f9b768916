package meta

import (
	"fmt"
	"math"

	"consilium/stats"
)

// FisherZ are correlations r of n rows each on the scale on which their variance depends on n alone: z = artanh r with variance 1/(n-3) (Fisher, Metron 1 (1921) 3-32). A correlation that is not
// between -1 and 1, or fewer than four rows, are Invalid errors that name the study.
func FisherZ(r, n []float64) (Studies, error) {
	const method = "Fisher's z"
	var s Studies
	if len(r) != len(n) {
		return s, &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("%d correlations with %d numbers of rows", len(r), len(n))}
	}
	for i, v := range r {
		if !(v > -1 && v < 1) || !(n[i] > 3) {
			return s, &stats.Error{Method: method, Problem: stats.Invalid, Variable: fmt.Sprintf("study %d", i+1), Detail: fmt.Sprintf("a correlation of %g in %g rows", v, n[i]), Advice: "It takes a correlation between -1 and 1, of at least four rows"}
		}
		s.Effect, s.Variance = append(s.Effect, math.Atanh(v)), append(s.Variance, 1/(n[i]-3))
	}
	return s, nil
}
