package describe

import "math"

// node computes what is known of the completions of a state whose rows from the given one on are still to be filled.
func (w *network) node(s state, columns, row int) *node {
	rows, rest := w.rows[row:], s[:columns]
	all := 0
	for _, r := range rows {
		all += r
	}
	n := &node{all: w.logFactorial[all]}
	for _, r := range rows {
		n.all -= w.logFactorial[r]
	}
	for _, c := range rest {
		n.all -= w.logFactorial[c]
	}
	n.most = w.mostProbable(rows, rest, float64(all))
	n.least = w.leastProbable(rows, rest)
	return n
}

// mostProbable bounds -Σ log(x!) from above. With cells of Poisson means λ = row·column/all, Σ x·log λ depends on the margins alone, and each
// -log(x!) + x·log λ is largest at the whole part of λ.
func (w *network) mostProbable(rows []int, columns []uint16, all float64) float64 {
	if all == 0 {
		return 0
	}
	bound := all * math.Log(all)
	for _, r := range rows {
		bound -= xLogX(float64(r))
	}
	for _, c := range columns {
		bound -= xLogX(float64(c))
		for _, r := range rows {
			if c > 0 && r > 0 {
				lambda := float64(r) * float64(c) / all
				mode := math.Floor(lambda)
				bound += mode*math.Log(lambda) - w.logFactorial[int(mode)]
			}
		}
	}
	return bound + 1e-9
}

func xLogX(x float64) float64 {
	if x == 0 {
		return 0
	}
	return x * math.Log(x)
}

// leastProbable bounds -Σ log(x!) from below: a row alone is least probable when it fills the largest columns, since log(x!) is convex; so is a column
// alone. Neither sum over rows nor over columns can be undercut.
func (w *network) leastProbable(rows []int, columns []uint16) float64 {
	byRow, byColumn := 0.0, 0.0
	for _, r := range rows {
		for _, c := range columns { // in falling order
			x := min(r, int(c))
			byRow -= w.logFactorial[x]
			r -= x
		}
	}
	for _, c := range columns {
		left := int(c)
		for i := len(rows) - 1; i >= 0; i-- { // rows rise
			x := min(left, rows[i])
			byColumn -= w.logFactorial[x]
			left -= x
		}
	}
	return max(byRow, byColumn) - 1e-9
}
