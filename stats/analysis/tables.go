package analysis

import (
	"slices"
	"strconv"
	"strings"

	"consilium/stats"
	"consilium/stats/describe"
)

// tableMethods are counts and proportions, of package describe.
func tableMethods() []Method {
	return []Method{
		{Name: "chi_square", About: "do shares differ between groups", Result: object{}, compute: chiSquare,
			Parameters: []Parameter{
				{Name: "rows", Kind: Variable, Example: "technique", About: "variable in the rows of a 2×2 table"},
				{Name: "cols", Kind: Variable, Example: "relief", About: "variable in its columns"},
				{Name: "rxc", Kind: Variables, Example: []any{"grade", "relief"}, About: "variables of a larger table"}}},
		{Name: "fisher_exact", About: "do shares differ where counts are small: the exact test, and the odds ratio with exact limits", Result: object{}, compute: fisherExact,
			Parameters: []Parameter{level,
				{Name: "tables", Kind: Any, Example: []any{[]any{"technique", "relief"}}, About: "pairs of variables"},
				{Name: "rows", Kind: Text, Example: "technique", About: "variable in the rows, for a single table"},
				{Name: "cols", Kind: Variable, Example: "relief", About: "variable in its columns"}}},
		{Name: "proportion", About: "limits of a share", Result: []object{}, compute: proportion,
			Parameters: []Parameter{level, {Name: "x_n", Kind: Rows, Needed: true, Example: []any{[]any{7.0, 50.0}}, About: "events and patients"}}},
		{Name: "two_proportions", About: "difference and ratio of two shares with limits", Result: []object{}, compute: twoProportions,
			Parameters: []Parameter{level, {Name: "tables_a_n1_c_n0", Kind: Rows, Needed: true, Example: []any{[]any{5.0, 50.0, 12.0, 48.0}}, About: "events and patients of the one group, then of the other"}}},
		{Name: "cochran_mantel_haenszel", About: "one odds ratio over strata, and whether it is the same in all", Result: object{}, compute: mantelHaenszel,
			Parameters: []Parameter{level,
				{Name: "row", Kind: Variable, Needed: true, Example: "technique", About: "the groups, of two values"},
				{Name: "col", Kind: Variable, Needed: true, Example: "relief", About: "the outcome, of two values"},
				{Name: "strata", Kind: Variable, Needed: true, Example: "hospital", About: "the strata"},
				{Name: "weights", Kind: Variable, Example: "n", About: "how many patients each row stands for"}}},
	}
}

// crossTable are counts with the values of rows and columns, in their natural order.
type crossTable struct {
	rows, columns []string
	counts        [][]float64
}

// cross counts the rows of the table in which both variables have a value.
func cross(t *stats.Table, row, column string) (crossTable, error) {
	t, err := t.Complete(row, column)
	if err != nil {
		return crossTable{}, err
	}
	rows, i, err := levels(t, row)
	if err != nil {
		return crossTable{}, err
	}
	columns, j, err := levels(t, column)
	if err != nil {
		return crossTable{}, err
	}
	c := crossTable{rows, columns, make([][]float64, len(rows))}
	for k := range rows {
		c.counts[k] = make([]float64, len(columns))
	}
	for k := range t.Rows() {
		c.counts[i[k]][j[k]]++
	}
	return c, nil
}

// levels are the values of a variable as words, in their natural order, and which of them each row has; -1 is missing.
func levels(t *stats.Table, name string) (labels []string, codes []int, err error) {
	c, err := t.Column(name)
	if err != nil {
		return nil, nil, err
	}
	var known []int
	for i := range c.Len() {
		if !c.Missing(i) {
			known = append(known, i)
		}
	}
	codes = slices.Repeat([]int{-1}, c.Len())
	present := t.Take(known)
	p, _ := present.Column(name)
	var of []int
	if p.Texts != nil {
		labels, of = stats.Groups(p.Texts)
	} else {
		var numbers []float64
		numbers, of = stats.Groups(p.Numbers)
		for _, v := range numbers {
			labels = append(labels, strconv.FormatFloat(v, 'g', 15, 64))
		}
	}
	for k, i := range known {
		codes[i] = of[k]
	}
	return labels, codes, nil
}

func list(labels []string) string {
	if len(labels) == 0 {
		return "none"
	}
	return strings.Join(labels, ", ")
}

func chiSquare(in Input) (any, error) {
	out := object{}
	if in.Spec.Has("rows") && in.Spec.Has("cols") {
		t, err := cross(in.Table, in.Spec.Text("rows"), in.Spec.Text("cols"))
		if err != nil {
			return nil, err
		}
		out["table"] = t.counts
		for name, yates := range map[string]bool{"yates": true, "pearson": false} {
			if out[name], err = chiSquareResult(t, yates); err != nil {
				return nil, err
			}
		}
	}
	if names := in.Spec.Texts("rxc"); len(names) == 2 {
		t, err := cross(in.Table, names[0], names[1])
		if err != nil {
			return nil, err
		}
		out["rxc_rows"], out["rxc_cols"], out["rxc_table"] = t.rows, t.columns, t.counts
		if out["rxc"], err = chiSquareResult(t, false); err != nil {
			return nil, err
		}
		if len(t.rows) == 2 && len(t.columns) == 2 {
			if out["rxc_yates"], err = chiSquareResult(t, true); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func chiSquareResult(t crossTable, yates bool) (any, error) {
	test, err := describe.ChiSquare(t.counts, yates)
	return object{"statistic": test.Statistic, "p": test.P, "df": test.DF}, err
}

// fisherExact names each result after the variable in the rows of its table, as the reference does.
func fisherExact(in Input) (any, error) {
	tables, err := pairsOfVariables(in.Spec)
	if err != nil {
		return nil, err
	}
	out := object{}
	for _, names := range tables {
		if len(names) != 2 {
			return nil, &stats.Error{Problem: stats.Invalid, Variable: "tables", Detail: "a table has a variable for its rows and one for its columns"}
		}
		t, err := cross(in.Table, names[0], names[1])
		if err != nil {
			return nil, err
		}
		name := names[0]
		if out[name] != nil || out[name+"_rxc_p"] != nil {
			name += "_" + names[1]
		}
		if err := fisherResult(in, t, name, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// pairsOfVariables are those of the tables; a single pair may stand alone, or under "rows" and "cols".
func pairsOfVariables(s Spec) (tables [][]string, err error) {
	if flat := s.Texts("tables"); len(flat) == 2 {
		return [][]string{flat}, nil
	}
	if !s.Has("tables") && s.Has("rows") && s.Has("cols") {
		return [][]string{{s.Text("rows"), s.Text("cols")}}, nil
	}
	err = s.Decode("tables", &tables)
	return tables, err
}

func fisherResult(in Input, t crossTable, name string, out object) (err error) {
	counts := make([][]int, len(t.counts))
	for i, row := range t.counts {
		for _, n := range row {
			counts[i] = append(counts[i], int(n))
		}
	}
	if len(t.rows) != 2 || len(t.columns) != 2 {
		out[name+"_rxc_p"], err = describe.FisherExactTable(counts)
		return err
	}
	e, err := describe.FisherExact([2][2]int{{counts[0][0], counts[0][1]}, {counts[1][0], counts[1][1]}}, in.level())
	out[name], out[name+"_less"], out[name+"_greater"], out[name+"_rxc_p"] = exactResult(e, nil), e.Less, e.Greater, e.P
	return err
}

// exactResult has the exact odds ratio with its exact limits, and beside them those that R prints, whose search stops early.
func exactResult(e describe.Exact, statistic any) object {
	estimate, lower, upper := e.Loose()
	return object{"statistic": statistic, "p": e.P, "p_less": e.Less, "p_greater": e.Greater, "ci": []float64{e.Lower, e.Upper}, "estimate": []float64{e.OddsRatio},
		"estimate_as_r_prints": []float64{estimate}, "ci_as_r_prints": []float64{lower, upper}}
}

func proportion(in Input) (any, error) {
	return plans(in, "x_n", 2, func(a []float64) (any, error) {
		x, n := int(a[0]), int(a[1])
		exact, err := describe.ClopperPearson(x, n, in.level())
		if err != nil {
			return nil, err
		}
		wilson, err := describe.Wilson(x, n, in.level())
		if err != nil {
			return nil, err
		}
		half, err := describe.BinomialTest(x, n, 0.5)
		if err != nil {
			return nil, err
		}
		fifth, err := describe.BinomialTest(x, n, 0.2)
		return object{"x": x, "n": n, "clopper_pearson": pair(exact), "wilson": pair(wilson), "binom_p_half": half, "binom_p_0.2": fifth}, err
	})
}

func pair(i describe.Interval) []float64 { return []float64{i.Lower, i.Upper} }

func twoProportions(in Input) (any, error) {
	return plans(in, "tables_a_n1_c_n0", 4, func(a []float64) (any, error) {
		t, err := describe.CompareProportions(int(a[0]), int(a[1]), int(a[2]), int(a[3]), in.level())
		out := object{"p1": t.P1, "p0": t.P2, "rd": t.Difference, "rd_wald": pair(t.Wald), "rd_newcombe": pair(t.Newcombe)}
		if a[0] > 0 && a[2] > 0 {
			out["rr"], out["rr_ci"], out["or"], out["or_woolf"] = t.RiskRatio, pair(t.Katz), t.OddsRatio, pair(t.Woolf)
		}
		return out, err
	})
}

// mantelHaenszel takes the later value of rows and columns as "exposed" and "event"; the odds ratio is the same if both are turned.
func mantelHaenszel(in Input) (any, error) {
	tables, err := stratifiedTables(in)
	if err != nil {
		return nil, err
	}
	m, err := describe.CochranMantelHaenszel(tables, in.level())
	if err != nil {
		return nil, err
	}
	test := func(t describe.Test) object {
		return object{"statistic": t.Statistic, "p": t.P, "df": t.DF, "ci": []float64{m.Lower, m.Upper}, "estimate": []float64{m.OddsRatio}}
	}
	out := object{"corrected": test(m.Corrected), "uncorrected": test(m.Uncorrected), "strata": m.Strata,
		"breslow_day": object{"bd": m.BreslowDay.Statistic, "bd_p": m.BreslowDay.P, "tarone": m.Tarone.Statistic, "tarone_p": m.Tarone.P}}
	exact, err := describe.ExactMantelHaenszel(tables, in.level())
	out["exact"] = part(err, func() any { return exactResult(exact, exact.Count) })
	return out, nil
}

func stratifiedTables(in Input) ([][2][2]int, error) {
	row, column, by := in.Spec.Text("row"), in.Spec.Text("col"), in.Spec.Text("strata")
	t, err := in.complete(in.Table, row, column, by)
	if err != nil {
		return nil, err
	}
	var codes [3][]int
	var strata []string
	for k, name := range []string{row, column, by} {
		labels, of, err := levels(t, name)
		if err != nil {
			return nil, err
		}
		if k < 2 && len(labels) != 2 {
			return nil, &stats.Error{Problem: stats.Unsupported, Variable: name, Detail: "it needs two values, and has " + list(labels), Advice: "Join its values"}
		}
		codes[k], strata = of, labels
	}
	weight, err := weights(t, in.Spec.Text("weights"))
	if err != nil {
		return nil, err
	}
	tables := make([][2][2]int, len(strata))
	for i := range t.Rows() {
		tables[codes[2][i]][1-codes[0][i]][1-codes[1][i]] += weight[i]
	}
	return tables, nil
}

// weights are how many each row of the table stands for; one without a variable.
func weights(t *stats.Table, name string) ([]int, error) {
	if name == "" {
		return slices.Repeat([]int{1}, t.Rows()), nil
	}
	numbers, err := t.Numbers(name)
	if err != nil {
		return nil, err
	}
	out := make([]int, len(numbers))
	for i, v := range numbers {
		if !(v >= 0 && v == float64(int(v))) {
			return nil, &stats.Error{Problem: stats.Invalid, Variable: name, Detail: "it counts rows, and has a value that is not a count"}
		}
		out[i] = int(v)
	}
	return out, nil
}
