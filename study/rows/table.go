package rows

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"consilium/stats"
	"consilium/study/protocol"
)

// Values is one variable over all rows of a table.
type Values struct {
	*protocol.Variable
	X    []float64 // the number; 1 or 0; the place of the level, from 0; NaN where it is missing
	text []string  // of a category, as cohort expressions see it, also where it is none of the levels
}

// value is what an expression sees of a row.
func (v *Values) value(i int) (any, bool) {
	switch {
	case v.Type == protocol.Category:
		return v.text[i], v.text[i] != ""
	case math.IsNaN(v.X[i]):
		return nil, false
	case v.Type == protocol.Bool:
		return v.X[i] == 1, true
	}
	return v.X[i], true
}

// Table is the cohort of one hospital: the variables of the protocol, of the rows that are in it.
type Table struct {
	Protocol  *protocol.Protocol
	Rows      int
	Variables map[string]*Values
	Patient   []string // who each row is of; nil: each row is a patient of its own
	Center    []string // of a file with several centers; nil otherwise
	Odd       []Odd    // variables with values that the protocol's type has no place for; they count as missing
	At        []int    // the place of each row in the file; nil of tables that were joined

	file  *File
	parts *traced
}

// NewTable works out the protocol's variables for a file's rows and keeps those of the cohort. patient and center name columns; "" for none.
// The error names the variable or column that is missing.
func NewTable(p *protocol.Protocol, f *File, patient, center string) (*Table, error) {
	t := &Table{Protocol: p, Rows: f.Rows, Variables: map[string]*Values{}, At: make([]int, f.Rows), file: f, parts: &traced{have: map[*protocol.Variable][]Part{}}}
	for i := range t.At {
		t.At[i] = i
	}
	for i := range p.Variables {
		v, odd, err := evaluate(&p.Variables[i], f)
		if err != nil {
			return nil, err
		}
		if odd.Rows > 0 {
			t.Odd = append(t.Odd, odd)
		}
		t.Variables[v.Name] = v
	}
	var err error
	if t.Patient, err = f.text(patient); err != nil {
		return nil, err
	}
	if t.Center, err = f.text(center); err != nil {
		return nil, err
	}
	keep, err := t.Where(p.Cohort)
	if err != nil {
		return nil, err
	}
	return t.Only(keep), nil
}

func (f *File) text(column string) ([]string, error) {
	if column == "" {
		return nil, nil
	}
	c := f.Columns[column]
	if c == nil {
		return nil, fmt.Errorf("the rows have no column %q", column)
	}
	list := make([]string, f.Rows)
	for i := range list {
		if list[i] = c.text(i); list[i] == "" {
			return nil, fmt.Errorf("row %d names nobody in the column %q: each row is of one hospital and one patient. Fill it in, or take the row out", i+1, column)
		}
	}
	return list, nil
}

// fileRow and tableRow are a row as expressions see it: of a file's columns, and of a table's variables.
type fileRow struct {
	f *File
	i int
}

func (r *fileRow) Get(name string) (any, bool) {
	if c := r.f.Columns[name]; c != nil {
		return c.value(r.i)
	}
	return nil, false
}

type tableRow struct {
	t *Table
	i int
}

func (r *tableRow) Get(name string) (any, bool) {
	if v := r.t.Variables[name]; v != nil {
		return v.value(r.i)
	}
	return nil, false
}

// evaluate works out one variable. odd are the values that did not fit its type.
func evaluate(v *protocol.Variable, f *File) (values *Values, odd Odd, err error) {
	values, odd = &Values{Variable: v}, Odd{Variable: v.Name, Type: v.Type}
	if c := f.Columns[v.Name]; v.Value.IsZero() && v.Type == protocol.Number && c != nil && c.Kind == Numbers && c.Numbers != nil {
		values.X, odd = asNumbers(c, odd)
		return values, odd, nil
	}
	get, err := source(v, f)
	if err != nil {
		return nil, odd, err
	}
	values.X = make([]float64, f.Rows)
	if v.Type == protocol.Category {
		values.text = make([]string, f.Rows)
	}
	known := false
	for i := range f.Rows {
		raw := get(i)
		x, text, ok := fit(v, raw)
		values.X[i] = x
		if values.text != nil {
			values.text[i] = text
		}
		if !ok {
			odd.add(i, raw)
		}
		known = known || raw != nil && raw != ""
	}
	if !known && f.Rows > 0 && !v.Value.IsZero() {
		odd.Rows, odd.Never = f.Rows, true
	}
	return values, odd, nil
}

// asNumbers are a column of numbers as a variable; what is infinite is none.
func asNumbers(c *Column, odd Odd) ([]float64, Odd) {
	list := c.Numbers
	for i, x := range c.Numbers {
		if !math.IsInf(x, 0) {
			continue
		}
		if odd.Rows == 0 {
			list = slices.Clone(list)
		}
		list[i] = math.NaN()
		odd.add(i, x)
	}
	return list, odd
}

// source gives the raw value of a row: of the column of the variable's name, or of its expression.
func source(v *protocol.Variable, f *File) (func(int) any, error) {
	if v.Value.IsZero() {
		c := f.Columns[v.Name]
		if c == nil {
			return nil, fmt.Errorf("the rows have no column %q for the variable of that name", v.Name)
		}
		return func(i int) any {
			if v.Type == protocol.Category {
				return c.text(i)
			}
			raw, _ := c.value(i)
			return raw
		}, nil
	}
	prg, err := v.Value.Compile(func(name string) bool { return f.Columns[name] != nil })
	if err != nil {
		return nil, fmt.Errorf("the value of %s: %w among the columns of the rows", v.Name, err)
	}
	row := &fileRow{f: f}
	return func(i int) any {
		row.i = i
		return prg.Eval(row)
	}, nil
}

// fit puts a raw value into the variable's type: NaN and not ok where it has no place there, NaN and ok where it is missing.
func fit(v *protocol.Variable, raw any) (x float64, text string, ok bool) {
	missing := math.NaN()
	switch r := raw.(type) {
	case nil:
		return missing, "", true
	case float64:
		whole := v.Type == protocol.Bool && (r == 0 || r == 1)
		if whole || v.Type == protocol.Number && !math.IsInf(r, 0) && !math.IsNaN(r) {
			return r, "", true
		}
	case bool:
		if v.Type == protocol.Bool && r {
			return 1, "", true
		}
		return 0, "", v.Type == protocol.Bool
	case string:
		return word(v, r)
	}
	return missing, "", false
}

// word puts a word into the variable's type: a level of a category, yes or no of a bool in one of the spellings that `stats` knows.
func word(v *protocol.Variable, said string) (x float64, text string, ok bool) {
	if said == "" {
		return math.NaN(), "", true
	}
	switch v.Type {
	case protocol.Category:
		if k := slices.Index(v.Levels, said); k >= 0 {
			return float64(k), said, true
		}
		return math.NaN(), said, false
	case protocol.Bool:
		if x, ok := stats.Truth(said); ok {
			return x, "", true
		}
	case protocol.Number:
		if x, ok := decimal(strings.TrimSpace(said)); ok {
			return x, "", true
		}
	}
	return math.NaN(), "", said == notAvailable
}

// Where tells of each row whether an expression over the variables is true of it. No expression is true of all.
func (t *Table) Where(e protocol.Expression) ([]bool, error) {
	keep := make([]bool, t.Rows)
	if e.IsZero() {
		for i := range keep {
			keep[i] = true
		}
		return keep, nil
	}
	prg, err := e.Compile(func(name string) bool { return t.Variables[name] != nil })
	if err != nil {
		return nil, err
	}
	row := &tableRow{t: t}
	for row.i = range t.Rows {
		keep[row.i] = prg.Eval(row) == true
	}
	return keep, nil
}

// Only is the table of the rows that are kept.
func (t *Table) Only(keep []bool) *Table {
	n := 0
	for _, k := range keep {
		if k {
			n++
		}
	}
	out := &Table{Protocol: t.Protocol, Rows: n, Variables: map[string]*Values{}, Patient: only(t.Patient, keep, n), Center: only(t.Center, keep, n), Odd: t.Odd,
		At: only(t.At, keep, n), file: t.file, parts: t.parts}
	for name, v := range t.Variables {
		out.Variables[name] = &Values{Variable: v.Variable, X: only(v.X, keep, n), text: only(v.text, keep, n)}
	}
	return out
}

func only[T any](list []T, keep []bool, n int) []T {
	if list == nil {
		return nil
	}
	out := make([]T, 0, n)
	for i, v := range list {
		if keep[i] {
			out = append(out, v)
		}
	}
	return out
}

// Patients counts the distinct patients of a table: rows are counted nowhere, since one patient may have several.
func (t *Table) Patients() int {
	if t.Patient == nil {
		return t.Rows
	}
	seen := make(map[string]bool, t.Rows)
	for _, p := range t.Patient {
		seen[p] = true
	}
	return len(seen)
}

// Split splits a table by its column of centers.
func (t *Table) Split(names []string) []*Table {
	tables := make([]*Table, len(names))
	for k, name := range names {
		keep := make([]bool, t.Rows)
		for i, c := range t.Center {
			keep[i] = c == name
		}
		tables[k] = t.Only(keep)
	}
	return tables
}

// ByCenter splits a table by its column of centers, in the order of their names.
func (t *Table) ByCenter() (names []string, tables []*Table) {
	names = slices.Clone(t.Center)
	slices.Sort(names)
	names = slices.Compact(names)
	return names, t.Split(names)
}

// Named is the table with one name in its column of centers.
func (t *Table) Named(center string) *Table {
	out := *t
	out.Center = slices.Repeat([]string{center}, t.Rows)
	return &out
}

// Join puts tables of one protocol below each other.
func Join(tables []*Table) *Table {
	out := &Table{Protocol: tables[0].Protocol, Variables: map[string]*Values{}}
	for name, v := range tables[0].Variables {
		out.Variables[name] = &Values{Variable: v.Variable}
	}
	for _, t := range tables {
		out.Rows += t.Rows
		out.Center, out.Patient = append(out.Center, t.Center...), append(out.Patient, t.Patient...)
		for name, v := range out.Variables {
			v.X, v.text = append(v.X, t.Variables[name].X...), append(v.text, t.Variables[name].text...)
		}
	}
	return out
}

// Complete is the rows with all that an analysis names, within its subgroup.
func (t *Table) Complete(a *protocol.Analysis) (*Table, error) {
	keep, err := t.Where(a.Where)
	if err != nil {
		return nil, err
	}
	for _, name := range t.Protocol.Uses(a) {
		for i, x := range t.Variables[name].X {
			keep[i] = keep[i] && !math.IsNaN(x)
		}
	}
	return t.Only(keep), nil
}

// Cases are the rows of an analysis by the protocol's plan for missing values: the complete cases, or several completed sets of rows.
func (t *Table) Cases(a *protocol.Analysis) ([]*Table, error) {
	if t.Protocol.Missing.Method == "impute" && a.Method != protocol.MissingValues {
		return t.imputed(a)
	}
	complete, err := t.Complete(a)
	return []*Table{complete}, err
}
