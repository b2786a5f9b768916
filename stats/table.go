package stats

import (
	"fmt"
	"math"
	"slices"
)

// Table is data as a study holds it: named columns of one length. Numbers are missing as NaN, texts as "".
type Table struct {
	Columns []Column

	origin []int // of each row, where it stood in the table that this one was taken from first; nil: where it stands
}

// Column is a variable: Numbers or Texts, never both.
type Column struct {
	Name    string
	Numbers []float64
	Texts   []string
}

// Len is the number of rows of the column.
func (c Column) Len() int { return max(len(c.Numbers), len(c.Texts)) }

// Missing says whether row i has no value.
func (c Column) Missing(i int) bool {
	if c.Texts != nil {
		return c.Texts[i] == ""
	}
	return math.IsNaN(c.Numbers[i])
}

// Rows is the number of rows of the table.
func (t *Table) Rows() int {
	if len(t.Columns) == 0 {
		return 0
	}
	return t.Columns[0].Len()
}

// Column finds a variable by its name.
func (t *Table) Column(name string) (Column, error) {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return Column{}, t.unknown(name)
	}
	return t.Columns[i], nil
}

// unknown says that there is no column of a name, and which it may have meant.
func (t *Table) unknown(name string) error {
	if name == "" {
		return &Error{Method: "data", Problem: Invalid, Detail: "a variable that is needed is not named"}
	}
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	e := &Error{Method: "data", Problem: Invalid, Variable: name, Detail: "there is no such variable"}
	if near := Nearest(name, names); near != "" {
		e.Advice = fmt.Sprintf("Did you mean %s?", near)
	}
	for _, c := range t.Columns {
		if slices.Contains(c.Texts, name) {
			e.Advice = fmt.Sprintf("It is a value of %s. A word stands in quotes: %s == %q", c.Name, c.Name, name)
		}
	}
	return e
}

// Numbers is a variable as numbers (see [Column.AsNumbers]). The slice may be the table's own.
func (t *Table) Numbers(name string) ([]float64, error) {
	c, err := t.Column(name)
	if err != nil {
		return nil, err
	}
	return c.AsNumbers()
}

// Keep is the table of the rows for which keep is true, in their order.
func (t *Table) Keep(keep func(row int) bool) *Table {
	var rows []int
	for i := range t.Rows() {
		if keep(i) {
			rows = append(rows, i)
		}
	}
	return t.Take(rows)
}

// With is the table with other columns of the same rows.
func (t *Table) With(columns []Column) *Table { return &Table{Columns: columns, origin: t.origin} }

// Origin is where a row stood in the table that was read, however often rows were left out since: what a person is told of counts the rows of the file.
func (t *Table) Origin(row int) int {
	if row < 0 || row >= len(t.origin) {
		return row
	}
	return t.origin[row]
}

// Take is the table of the given rows, in the given order; a row may come several times.
func (t *Table) Take(rows []int) *Table {
	out := &Table{Columns: make([]Column, len(t.Columns)), origin: make([]int, len(rows))}
	for i, row := range rows {
		out.origin[i] = t.Origin(row)
	}
	for j, c := range t.Columns {
		out.Columns[j].Name = c.Name
		if c.Texts != nil {
			out.Columns[j].Texts = take(c.Texts, rows)
		} else {
			out.Columns[j].Numbers = take(c.Numbers, rows)
		}
	}
	return out
}

// Complete is the table of the rows in which none of the named variables is missing: the table itself if that is all of them, else a copy.
func (t *Table) Complete(names ...string) (*Table, error) {
	var used []Column
	for _, name := range names {
		c, err := t.Column(name)
		if err != nil {
			return nil, err
		}
		used = append(used, c)
	}
	lacks := func(i int) bool { return slices.ContainsFunc(used, func(c Column) bool { return c.Missing(i) }) }
	for i := range t.Rows() {
		if lacks(i) {
			return t.Keep(func(i int) bool { return !lacks(i) }), nil
		}
	}
	return t, nil
}

func take[T any](from []T, rows []int) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = from[r]
	}
	return out
}

// Groups numbers the distinct values of a list in their natural order: labels[codes[i]] is the value of row i. Missing numbers (NaN) are not expected here.
func Groups[T interface{ ~string | ~int | ~float64 }](values []T) (labels []T, codes []int) {
	labels = distinct(values)
	codes = make([]int, len(values))
	for i, v := range values {
		codes[i], _ = slices.BinarySearch(labels, v)
	}
	return labels, codes
}

// fewValues is how many distinct values are gathered in a set; a list that has more is sorted as a whole.
const fewValues = 1 << 12

// distinct are the distinct values of a list, sorted. Groups are few as a rule, and then no copy of the list is needed.
func distinct[T interface{ ~string | ~int | ~float64 }](values []T) []T {
	seen := map[T]bool{}
	var out []T
	for _, v := range values {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
		if len(out) > fewValues {
			out = slices.Clone(values)
			break
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
