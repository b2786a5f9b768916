package analysis

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/describe"
)

// tableOneMethods describe the patients of a study as its first table does.
func tableOneMethods() []Method {
	return []Method{{Name: "table_one", About: "who are the patients: the first table of an article, by any number of groups", Result: TableOne{}, compute: tableOne,
		Parameters: []Parameter{
			{Name: "group", Kind: Variable, Example: "technique", About: "the groups, in columns; none for all patients together"},
			{Name: "variables", Kind: Variables, Example: []any{"age", "female", "grade"}, About: "the rows of the table; all columns but the group if absent"},
			{Name: "categorical", Kind: Variables, Example: []any{"grade"}, About: "which of them are categories although they are numbers; words, and numbers of two values, are"},
			{Name: "median", Kind: Variables, Example: []any{"stay_days"}, About: "which are told by median and quartiles (and compared by ranks) instead of mean and standard deviation"},
			{Name: "p", Kind: Truth, Default: false, Example: true, About: "also p values"},
			{Name: "smd", Kind: Truth, Default: true, If: "group", Example: false, About: "standardized differences; of several groups the largest between two"}}}}
}

// TableOne is a table of patients by groups. Rows of a category follow each other, one a level.
type TableOne struct {
	Group  string       `json:"group,omitempty"`
	Groups []TableGroup `json:"groups" about:"all patients first, then the groups"`
	Rows   []TableRow   `json:"rows"`

	Ungrouped int `json:"ungrouped,omitempty" about:"patients without a group, who stand among all and in no other column"`
}

// TableGroup is a column.
type TableGroup struct {
	Label string `json:"label" about:"empty for all patients"`
	N     int    `json:"n"`
}

// TableRow is a variable, or one level of it.
type TableRow struct {
	Variable string      `json:"variable"`
	Level    string      `json:"level,omitempty"`
	Kind     string      `json:"kind" about:"mean, median or share; none where nobody has a value"`
	Cells    []TableCell `json:"cells" about:"one for each group"`
	Missing  int         `json:"missing" about:"patients without a value"`
	SMD      *float64    `json:"smd,omitempty" about:"on the first row of a variable"`
	P        *float64    `json:"p,omitempty"`
	Test     string      `json:"test,omitempty" about:"which test the p is of"`
}

// TableCell is what one group has.
type TableCell struct {
	N      int      `json:"n" about:"patients with a value"`
	Count  *int     `json:"count,omitempty" about:"with this level"`
	Share  *float64 `json:"share,omitempty"`
	Mean   *float64 `json:"mean,omitempty"`
	SD     *float64 `json:"sd,omitempty"`
	Median *float64 `json:"median,omitempty"`
	Q25    *float64 `json:"q25,omitempty"`
	Q75    *float64 `json:"q75,omitempty"`
}

func tableOne(in Input) (any, error) {
	if in.Table == nil {
		return nil, &stats.Error{Problem: stats.Invalid, Detail: "there is no data set"}
	}
	if in.Table.Rows() == 0 {
		return nil, &stats.Error{Problem: stats.TooFewRows, Detail: "there are no patients", Advice: "Look at the file, and at rows"}
	}
	group := in.Spec.Text("group")
	out := &TableOne{Group: group, Groups: []TableGroup{{N: in.Table.Rows()}}}
	tables := []*stats.Table{in.Table}
	if group != "" {
		labels, codes, err := levels(in.Table, group)
		if err != nil {
			return nil, err
		}
		if len(labels) > 50 {
			return nil, &stats.Error{Problem: stats.Unsupported, Variable: group, Detail: "it has more than 50 values, which are no groups", Advice: "Name a variable with few values"}
		}
		for _, k := range codes {
			if k < 0 {
				out.Ungrouped++
			}
		}
		for k, label := range labels {
			t := in.Table.Keep(func(i int) bool { return codes[i] == k })
			tables, out.Groups = append(tables, t), append(out.Groups, TableGroup{label, t.Rows()})
		}
	}
	for _, name := range slices.Concat(in.Spec.Texts("median"), in.Spec.Texts("categorical")) {
		if _, err := in.Table.Column(name); err != nil {
			return nil, err
		}
	}
	for _, name := range tableVariables(in) {
		rows, err := tableRows(in, name, tables)
		if err != nil {
			return nil, err
		}
		out.Rows = append(out.Rows, rows...)
	}
	return out, nil
}

func tableVariables(in Input) []string {
	if names := in.Spec.Texts("variables"); names != nil {
		return names
	}
	var names []string
	for _, c := range in.Table.Columns {
		if c.Name != in.Spec.Text("group") {
			names = append(names, c.Name)
		}
	}
	return names
}

// tableRows are the rows of one variable: one of a number or of a yes, one for each level of other categories.
func tableRows(in Input, name string, tables []*stats.Table) ([]TableRow, error) {
	c, err := in.Table.Column(name)
	if err != nil {
		return nil, err
	}
	labels, codes := knownLevels(c)
	missing := 0
	for _, k := range codes {
		if k < 0 {
			missing++
		}
	}
	if len(labels) == 0 {
		return []TableRow{{Variable: name, Kind: "none", Cells: make([]TableCell, len(tables)), Missing: missing}}, nil
	}
	if _, dates := c.Days(); dates && len(labels) > 2 && slices.Contains(in.Spec.Texts("variables"), name) {
		return nil, uncountable(c, len(labels), len(codes))
	}
	if c.Texts == nil && len(labels) > 2 && !slices.Contains(in.Spec.Texts("categorical"), name) {
		return numberRow(in, name, tables, missing)
	}
	if len(labels) > mostCategories && 2*len(labels) > len(codes) && slices.Contains(in.Spec.Texts("variables"), name) {
		return nil, uncountable(c, len(labels), len(codes))
	}
	return categoryRows(in, name, labels, tables, missing)
}

// mostCategories is from how many values on a variable of mostly different ones is taken for a mistake: a date or a name, with a row of the table for each.
const mostCategories = 100

func uncountable(c stats.Column, values, rows int) error {
	e := &stats.Error{Problem: stats.Invalid, Variable: c.Name, Detail: fmt.Sprintf("it has %d values in %d rows, which are no categories", values, rows), Advice: "Name a variable with few values"}
	if _, dates := c.Days(); dates {
		e.Detail = fmt.Sprintf("its %d values are dates, which are no categories", values)
		e.Advice = fmt.Sprintf(`A date becomes a number by a difference: "derived": {"days": "%s - operated"}`, c.Name)
	}
	return e
}

// knownLevels are the values of a column in their natural order, and which each row has; -1 is missing.
func knownLevels(c stats.Column) (labels []string, codes []int) {
	t := &stats.Table{Columns: []stats.Column{c}}
	labels, codes, err := levels(t, c.Name)
	if err != nil {
		return nil, nil
	}
	return labels, codes
}

func numberRow(in Input, name string, tables []*stats.Table, missing int) ([]TableRow, error) {
	byMedian := slices.Contains(in.Spec.Texts("median"), name)
	row := TableRow{Variable: name, Kind: "mean", Missing: missing}
	if byMedian {
		row.Kind = "median"
	}
	var groups [][]float64
	for k, t := range tables {
		values, err := t.Numbers(name)
		if err != nil {
			return nil, err
		}
		s := describe.Summarize(values)
		cell := TableCell{N: s.N}
		if byMedian {
			q25, q75 := s.Quantile7(0.25), s.Quantile7(0.75)
			cell.Median, cell.Q25, cell.Q75 = &s.Median, &q25, &q75
		} else {
			cell.Mean, cell.SD = &s.Mean, &s.SD
		}
		row.Cells = append(row.Cells, cell)
		if k > 0 {
			groups = append(groups, present(values))
		}
	}
	if len(groups) > 1 {
		if in.Spec["smd"] != false {
			row.SMD = largest2(groups, func(a, b []float64) float64 { return math.Abs(describe.DifferenceOfMeans(a, b)) })
		}
		if in.Spec.Truth("p") {
			row.P, row.Test = numberTest(groups, byMedian)
		}
	}
	return []TableRow{row}, nil
}

func present(values []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(values), math.IsNaN)
}

// largest2 is the largest of a measure between any two groups.
func largest2[T any](groups []T, of func(a, b T) float64) *float64 {
	most := math.NaN()
	for i, a := range groups {
		for _, b := range groups[i+1:] {
			if v := of(a, b); !(v <= most) && !math.IsNaN(v) {
				most = v
			}
		}
	}
	return &most
}

// numberTest is Welch's analysis of variance (of two groups his t test), or by ranks Kruskal and Wallis's.
func numberTest(groups [][]float64, byRanks bool) (*float64, string) {
	if byRanks {
		t, err := describe.KruskalWallis(groups...)
		if err != nil {
			return nil, ""
		}
		return &t.P, "kruskal_wallis"
	}
	t, err := describe.WelchANOVA(groups...)
	if err != nil {
		return nil, ""
	}
	if len(groups) == 2 {
		return &t.P, "welch_t"
	}
	return &t.P, "welch_anova"
}

func categoryRows(in Input, name string, labels []string, tables []*stats.Table, missing int) ([]TableRow, error) {
	counts := make([][]float64, len(tables)) // [group][level]
	for k, t := range tables {
		c, err := t.Column(name)
		if err != nil {
			return nil, err
		}
		own, codes := knownLevels(c)
		counts[k] = make([]float64, len(labels))
		for _, code := range codes {
			if code >= 0 {
				counts[k][slices.Index(labels, own[code])]++
			}
		}
	}
	shown := labels
	if len(labels) == 2 && labels[0] == "0" && labels[1] == "1" {
		shown = labels[1:] // yes and no: the yes says both
	}
	var rows []TableRow
	for _, label := range shown {
		row := TableRow{Variable: name, Level: label, Kind: "share", Missing: missing}
		j := slices.Index(labels, label)
		for k := range tables {
			n := 0.0
			for _, v := range counts[k] {
				n += v
			}
			count, share := int(counts[k][j]), counts[k][j]/n
			row.Cells = append(row.Cells, TableCell{N: int(n), Count: &count, Share: &share})
		}
		rows = append(rows, row)
	}
	if len(rows) > 0 && len(tables) > 2 {
		if in.Spec["smd"] != false {
			rows[0].SMD = largest2(counts[1:], func(a, b []float64) float64 {
				d, err := describe.DifferenceOfCategories(a, b)
				if err != nil {
					return math.NaN()
				}
				return d
			})
		}
		if in.Spec.Truth("p") {
			rows[0].P, rows[0].Test = categoryTest(counts[1:])
		}
	}
	return rows, nil
}

// categoryTest is Pearson's chi-square; where it expects fewer than 5 in a cell, Fisher's exact test if that can be counted.
func categoryTest(counts [][]float64) (*float64, string) {
	if smallest(counts) < 5 {
		table := make([][]int, len(counts))
		for i, row := range counts {
			for _, v := range row {
				table[i] = append(table[i], int(v))
			}
		}
		p, err := describe.FisherExactTable(table)
		if err == nil {
			return &p, "fisher_exact"
		}
		if !errors.Is(err, stats.Unsupported) {
			return nil, ""
		}
	}
	t, err := describe.ChiSquare(counts, false)
	if err != nil {
		return nil, ""
	}
	return &t.P, "chi_square"
}

// smallest is the smallest number that a table would have in a cell if rows and columns had nothing to do with each other.
func smallest(counts [][]float64) float64 {
	columns, all := make([]float64, len(counts[0])), 0.0
	rows := make([]float64, len(counts))
	for i, row := range counts {
		for j, v := range row {
			rows[i], columns[j], all = rows[i]+v, columns[j]+v, all+v
		}
	}
	return slices.Min(rows) * slices.Min(columns) / all
}
