package analysis

import (
	"math"
	"strings"
	"testing"

	"consilium/stats"
)

// TestARefusalNamesTheRowOfTheFile: who mends row 5 must not mend another patient, whatever rows the specification and missing values left out before.
func TestARefusalNamesTheRowOfTheFile(t *testing.T) {
	column := func(n int, at func(i int) float64) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = at(i)
		}
		return out
	}
	negative := column(40, func(i int) float64 { return float64(1 + i) })
	negative[29] = -3
	table := &stats.Table{Columns: []stats.Column{
		{Name: "id", Numbers: column(40, func(i int) float64 { return float64(i + 1) })},
		{Name: "time", Numbers: negative},
		{Name: "event", Numbers: column(40, func(i int) float64 { return float64(i % 2) })},
		{Name: "age", Numbers: column(40, func(i int) float64 {
			if i%7 == 6 {
				return math.NaN()
			}
			return float64(50 + i%9)
		})},
	}}
	for _, c := range []Case{
		{Method: "cox", Spec: Spec{"time": "time", "status": "event", "predictors": []any{"age"}, "rows": "id > 5"}},
		{Method: "kaplan_meier", Spec: Spec{"time": "time", "status": "event", "rows": "id > 5", "times": []any{5.0}}},
		{Method: "cox", Spec: Spec{"time": "time", "status": "event", "predictors": []any{"age"}}},
		{Method: "cox", Spec: Spec{"formula": "Surv(time, event) ~ age", "rows": "id > 5 and id != 8"}},
	} {
		_, err := Run(t.Context(), c, table, nil)
		if err == nil || !strings.Contains(err.Error(), "row 30 has the negative time -3") {
			t.Errorf("%s %v: %v", c.Method, c.Spec, err)
		}
	}
}

// TestAWordInAConditionStandsInQuotes: who forgot them was asked whether the column itself was meant.
func TestAWordInAConditionStandsInQuotes(t *testing.T) {
	table := read(t, "g,x\na,1\nb,2\na,3\n")
	_, err := Run(t.Context(), Case{Method: "table_one", Spec: Spec{"variables": "x", "rows": "g == a"}}, table, nil)
	if want := `It is a value of g. A word stands in quotes: g == "a"`; err == nil || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
}
