package analysis

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"consilium/stats"
)

func read(t *testing.T, csv string) *stats.Table {
	t.Helper()
	table, err := ReadTable(strings.NewReader(csv), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestATableIsReadAsItStands(t *testing.T) {
	table := read(t, "\ufeffid,x,name,none\r\n1,-0.25,a,\r\n2,,\"b, c\",\r\n3,1e-300,,NA\r\n4,123456789012345678,NA,\r\n")
	x, err := table.Numbers("x")
	if err != nil || x[0] != -0.25 || !math.IsNaN(x[1]) || x[2] != 1e-300 || x[3] != 123456789012345678 {
		t.Errorf("x is %v, %v", x, err)
	}
	names, err := table.Column("name")
	if err != nil || !slices.Equal(names.Texts, []string{"a", "b, c", "", "NA"}) {
		t.Errorf("name is %q, %v", names.Texts, err)
	}
	none, err := table.Numbers("none")
	if err != nil || len(none) != 4 || !math.IsNaN(none[0]) {
		t.Errorf("an empty column is %v, %v", none, err)
	}
}

func TestShortDecimalsAreReadExactly(t *testing.T) {
	table := read(t, "x\n0.1\n-12.345678901\n.5\n5.\n00012\n")
	x, err := table.Numbers("x")
	if want := []float64{0.1, -12.345678901, 0.5, 5, 12}; err != nil || !slices.Equal(x, want) {
		t.Errorf("%v, not %v (%v)", x, want, err)
	}
}

func TestABrokenTableIsRefused(t *testing.T) {
	for _, csv := range []string{"", "a,b\n1\n", "a,b\n1,2,3\n", "a\n\"x\n"} {
		if _, err := ReadTable(strings.NewReader(csv), ReadOptions{}); !errors.Is(err, stats.Invalid) {
			t.Errorf("%q: %v", csv, err)
		}
	}
	for _, text := range []string{"", "[]", `{"id":"x"}`, `{"method":3}`} {
		if _, err := ReadCase(strings.NewReader(text)); !errors.Is(err, stats.Invalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestASpecificationChoosesRowsAndDerivesColumns(t *testing.T) {
	const csv = "id,x,g\n1,1,a\n2,2,b\n3,2,a\n4,3,a\n"
	for _, test := range []struct {
		name string
		spec Spec
		ids  []float64
	}{
		{"a condition", Spec{"rows": "x >= 2 and g == \"a\""}, []float64{3, 4}},
		{"first occurrences", Spec{"rows": map[string]any{"first_occurrence_of_each_x": true, "then": "id % 2 == 0"}}, []float64{2, 4}},
		{"a derived column", Spec{"derived": map[string]any{"double": "2 * x"}, "rows": "double == 4"}, []float64{2, 3}},
		{"one on another", Spec{"derived": []any{"y = x + 1", "z = y * 2"}, "rows": "z == 8"}, []float64{4}},
		{"by name and expression", Spec{"derived": map[string]any{"name": "w", "expression": "log(x)"}, "rows": "w > 0.7"}, []float64{4}},
		{"rows of a cross table", Spec{"rows": "g"}, []float64{1, 2, 3, 4}},
	} {
		t.Run(test.name, func(t *testing.T) {
			table, _, err := test.spec.prepared(read(t, csv))
			if err != nil {
				t.Fatal(err)
			}
			if ids, err := table.Numbers("id"); err != nil || !slices.Equal(ids, test.ids) {
				t.Errorf("rows %v, not %v (%v)", ids, test.ids, err)
			}
		})
	}
	if _, _, err := (Spec{"rows": "nosuch == 1"}).prepared(read(t, csv)); !errors.Is(err, stats.Invalid) {
		t.Errorf("a condition on a variable that is not there: %v", err)
	}
}

// TestAFormulaAndItsColumnsAreOneModel: what a formula stands for can be written out, with the same result.
func TestAFormulaAndItsColumnsAreOneModel(t *testing.T) {
	const csv = "y,x,g,n,c\n1,0.1,a,2,1\n0,0.4,b,1,1\n1,0.3,a,3,2\n0,0.9,b,2,2\n1,0.7,b,1,3\n0,0.2,a,2,3\n1,,a,2,3\n0,0.6,a,4,4\n1,0.5,b,2,4\n"
	formula, err := Run(t.Context(), Case{Method: "logistic", Spec: Spec{"formula": "y ~ x + g + offset(log(n)) + cluster(c)"}}, read(t, csv), nil)
	if err != nil {
		t.Fatal(err)
	}
	written, err := Run(t.Context(), Case{Method: "logistic", Spec: Spec{"derived": map[string]any{"gb": "g == \"b\""}, "outcome": "y", "predictors": []any{"x", "gb"}, "offset": "log(n)", "cluster": "c"}}, read(t, csv), nil)
	if err != nil {
		t.Fatal(err)
	}
	a, b := formula.(object), written.(object)
	if !slices.Equal(a["coef"].([]float64), b["coef"].([]float64)) || !slices.Equal(a["se"].([]float64), b["se"].([]float64)) || a["n"] != b["n"] {
		t.Errorf("%v and %v", a["coef"], b["coef"])
	}
	if _, err := Run(t.Context(), Case{Method: "logistic", Spec: Spec{"formula": "y ~ x - 1"}}, read(t, csv), nil); !errors.Is(err, stats.Unsupported) {
		t.Errorf("without an intercept: %v", err)
	}
}

func TestAnUnknownMethodNamesTheNearest(t *testing.T) {
	for word, advice := range map[string]string{"astrology": "lists all", "kaplan": "Did you mean kaplan_meier?"} {
		if _, err := Run(t.Context(), Case{Method: word}, nil, nil); !errors.Is(err, stats.Unsupported) || !strings.Contains(err.Error(), advice) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
