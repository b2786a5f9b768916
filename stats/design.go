package stats

import (
	"fmt"
	"math"
)

// Intercept is the name of the constant term, the first of every model that has one.
const Intercept = "(Intercept)"

// Design is a model matrix, kept by columns: fits walk down a few columns over many rows.
type Design struct {
	Terms   []string    // name of each column
	Columns [][]float64 // of one length; may be shared with a table, so methods never write to them
}

// NewDesign puts an intercept before the given columns.
func NewDesign(terms []string, columns [][]float64, rows int) Design {
	ones := make([]float64, rows)
	for i := range ones {
		ones[i] = 1
	}
	return Design{Terms: append([]string{Intercept}, terms...), Columns: append([][]float64{ones}, columns...)}
}

// Rows is the number of rows.
func (d Design) Rows() int {
	if len(d.Columns) == 0 {
		return 0
	}
	return len(d.Columns[0])
}

// Width is the number of terms.
func (d Design) Width() int { return len(d.Columns) }

// Times is the linear predictor X·beta, one value a row.
func (d Design) Times(beta []float64) []float64 {
	eta := make([]float64, d.Rows())
	for j, column := range d.Columns {
		for i, v := range column {
			eta[i] += v * beta[j]
		}
	}
	return eta
}

// Take is the design of the given rows, copied.
func (d Design) Take(rows []int) Design {
	out := Design{Terms: d.Terms, Columns: make([][]float64, len(d.Columns))}
	for j, c := range d.Columns {
		out.Columns[j] = take(c, rows)
	}
	return out
}

// Check refuses a design that no method can use: columns of unequal length, a value that is not finite, fewer rows than terms. Each other list
// (outcome, weights) must have one finite value a row.
func (d Design) Check(method string, lists ...[]float64) error {
	if len(d.Terms) != len(d.Columns) {
		return &Error{Method: method, Problem: Invalid, Detail: fmt.Sprintf("%d names for %d columns", len(d.Terms), len(d.Columns))}
	}
	for j, c := range d.Columns {
		if err := checkList(method, d.Terms[j], c, d.Rows()); err != nil {
			return err
		}
	}
	for _, list := range lists {
		if err := checkList(method, "", list, d.Rows()); err != nil {
			return err
		}
	}
	if d.Rows() < d.Width() {
		return &Error{Method: method, Problem: TooFewRows, Detail: fmt.Sprintf("%d rows for %d terms", d.Rows(), d.Width()), Advice: "Take fewer terms"}
	}
	return nil
}

func checkList(method, name string, list []float64, rows int) error {
	if len(list) != rows {
		return &Error{Method: method, Problem: Invalid, Variable: name, Detail: fmt.Sprintf("%d values for %d rows", len(list), rows)}
	}
	for i, v := range list {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return &Error{Method: method, Problem: Missing, Variable: name, Detail: fmt.Sprintf("row %d has no finite value", i+1), Advice: "Drop such rows or impute them first"}
		}
	}
	return nil
}
