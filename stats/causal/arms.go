package causal

import (
	"fmt"
	"math"

	"consilium/stats"
)

// Arms says which rows had the treatment. Make it with [NewArms], which sees to it that both arms have rows.
type Arms struct {
	Name    string // of the treatment, for errors
	Treated []bool
}

// NewArms reads a treatment written as 0 and 1. An arm without rows is a OneLevel error, any other value an Invalid one.
func NewArms(name string, treatment []float64) (Arms, error) {
	a := Arms{Name: name, Treated: make([]bool, len(treatment))}
	for i, v := range treatment {
		if v != 0 && v != 1 {
			return Arms{}, &stats.Error{Method: "comparison of two arms", Problem: stats.Invalid, Variable: name,
				Detail: fmt.Sprintf("row %d has %v, where 0 or 1 is needed", i+1, v), Advice: "Code the treatment 1 and its alternative 0, and drop rows without it"}
		}
		a.Treated[i] = v == 1
	}
	if n1 := a.count(); n1 == 0 || n1 == len(treatment) {
		return Arms{}, &stats.Error{Method: "comparison of two arms", Problem: stats.OneLevel, Variable: name,
			Detail: fmt.Sprintf("%d of %d rows are treated", n1, len(treatment)), Advice: "A comparison needs rows in both arms"}
	}
	return a, nil
}

// count is how many rows are treated.
func (a Arms) count() int {
	n := 0
	for _, t := range a.Treated {
		if t {
			n++
		}
	}
	return n
}

// numbers is the treatment as 0 and 1.
func (a Arms) numbers() []float64 {
	t := make([]float64, len(a.Treated))
	for i, treated := range a.Treated {
		if treated {
			t[i] = 1
		}
	}
	return t
}

// rows are the rows of one arm.
func (a Arms) rows(treated bool) []int {
	var rows []int
	for i, t := range a.Treated {
		if t == treated {
			rows = append(rows, i)
		}
	}
	return rows
}

// check refuses a list that has not one finite value a row.
func (a Arms) check(method, name string, list []float64) error {
	if n := a.count(); n == 0 || n == len(a.Treated) {
		return &stats.Error{Method: method, Problem: stats.OneLevel, Variable: a.Name, Detail: "an arm has no rows", Advice: "A comparison needs rows in both arms"}
	}
	if len(list) != len(a.Treated) {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: name, Detail: fmt.Sprintf("%d values for %d rows", len(list), len(a.Treated))}
	}
	for i, v := range list {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return &stats.Error{Method: method, Problem: stats.Missing, Variable: name, Detail: fmt.Sprintf("row %d has no finite value", i+1), Advice: "Drop such rows or impute them first"}
		}
	}
	return nil
}
