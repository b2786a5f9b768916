package describe

import (
	"fmt"
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// ChiSquare tests whether rows and columns of a table of counts are independent (Pearson, Philosophical Magazine 1900). With Yates's correction, which applies to 2×2
// tables only, every |observed - expected| is reduced by one half, or to 0. Two rows and two columns at least must have counts; those without
// any are refused as an EmptyStratum. With an expected count below 5 or so p is not to be relied on: [FisherExactTable] is.
func ChiSquare(table [][]float64, yates bool) (Test, error) {
	rows, columns, all, err := margins("chi-square test", table)
	if err != nil {
		return Test{}, err
	}
	correction := 0.0
	if yates && len(rows) == 2 && len(columns) == 2 {
		correction = min(0.5, math.Abs(table[0][0]-rows[0]*columns[0]/all))
	}
	x := 0.0
	for i, row := range table {
		for j, n := range row {
			e := rows[i] * columns[j] / all
			d := math.Abs(n-e) - correction
			x += d * d / e
		}
	}
	df := float64((len(rows) - 1) * (len(columns) - 1))
	return Test{Statistic: x, DF: df, P: tail.ChiSquareUpper(x, df)}, nil
}

// margins checks a table and adds it up.
func margins(method string, table [][]float64) (rows, columns []float64, all float64, err error) {
	fail := func(problem stats.Problem, detail, advice string) ([]float64, []float64, float64, error) {
		return nil, nil, 0, &stats.Error{Method: method, Problem: problem, Detail: detail, Advice: advice}
	}
	if len(table) < 2 || len(table[0]) < 2 {
		return fail(stats.OneLevel, "the table has fewer than two rows or columns", "")
	}
	rows, columns = make([]float64, len(table)), make([]float64, len(table[0]))
	for i, row := range table {
		if len(row) != len(columns) {
			return fail(stats.Invalid, "the rows are not equally long", "")
		}
		for j, n := range row {
			if !(n >= 0) || n != math.Floor(n) || n > 1<<52 {
				return fail(stats.Invalid, fmt.Sprintf("row %d, column %d is not a count", i+1, j+1), "")
			}
			rows[i] += n
			columns[j] += n
			all += n
		}
	}
	for _, margin := range [][]float64{rows, columns} {
		for i, n := range margin {
			if n == 0 {
				return fail(stats.EmptyStratum, fmt.Sprintf("row or column %d has no counts", i+1), "Leave it out")
			}
		}
	}
	return rows, columns, all, nil
}
