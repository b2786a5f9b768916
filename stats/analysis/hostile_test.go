package analysis

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"os"
	"slices"
	"testing"

	"consilium/stats"

	"pgregory.net/rapid"
)

// simulated methods take as long as their specification asks for; their packages try them with small ones.
var simulated = []string{"mice", "ra_cusum_arl", "validation"}

// hostileCase is a case and where it lies.
type hostileCase struct {
	folder *Folder
	id     string
}

// TestNoSpecificationPanics spoils cases: keys go, values change their type, columns their names, data lose rows and values. Whatever is asked, there is a result that can be written, or an error that says what is wrong.
func TestNoSpecificationPanics(t *testing.T) {
	var cases []hostileCase
	for _, dir := range []string{"", "/methods", "/centers", "/events", "/comparisons"} {
		folder := NewFolder(os.DirFS("../agree/testdata" + dir))
		ids, err := folder.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if c, _, err := folder.Case(id); err == nil && !slices.Contains(simulated, c.Method) {
				cases = append(cases, hostileCase{folder, id})
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		chosen := rapid.SampledFrom(cases).Draw(t, "case")
		folder := chosen.folder
		c, table, err := folder.Case(chosen.id)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 3).Draw(t, "faults of the specification") {
			spoil(t, c.Spec, table)
		}
		if table != nil {
			table = worn(t, table)
		}
		result, err := Run(t.Context(), c, table, folder.Case)
		if err != nil {
			var known *stats.Error
			if !errors.As(err, &known) {
				t.Fatalf("%s %v: an error that does not say what is wrong: %v", c.ID, c.Spec, err)
			}
			return
		}
		if _, err := Write(result); err != nil {
			t.Fatalf("%s %v: %v", c.ID, c.Spec, err)
		}
	})
}

// spoil changes one key.
func spoil(t *rapid.T, spec Spec, table *stats.Table) {
	keys := slices.Sorted(maps.Keys(spec))
	if len(keys) == 0 {
		return
	}
	key := rapid.SampledFrom(keys).Draw(t, "key")
	values := []any{nil, "", "nosuch", -1.0, 0.0, 1e300, math.NaN(), true, []any{}, []any{1.0, "x", nil}, []any{-5.0, 0.5, 3.0}, map[string]any{"a": 1.0}, []any{[]any{}}, []any{map[string]any{}}}
	if table != nil {
		name := rapid.SampledFrom(table.Columns).Draw(t, "column").Name
		values = append(values, name, []any{name, name}, []any{name}, name+" + 1")
	}
	if v := rapid.SampledFrom(values).Draw(t, "value"); v == nil {
		delete(spec, key)
	} else {
		spec[key] = v
	}
}

// worn is a table with fewer rows and some values gone, constant, huge or infinite.
func worn(t *rapid.T, table *stats.Table) *stats.Table {
	if rapid.Bool().Draw(t, "whole") {
		return table
	}
	rows := rapid.SampledFrom([]int{0, 1, 2, 3, 7, 30, 120}).Draw(t, "rows")
	out := table.Keep(func(i int) bool { return i < rows })
	for j := range out.Columns {
		c := &out.Columns[j]
		if c.Numbers == nil || rapid.IntRange(0, 3).Draw(t, "leave") > 0 {
			continue
		}
		value := rapid.SampledFrom([]float64{math.NaN(), 0, 1, -1, 1e300, math.Inf(1), 0.5}).Draw(t, "worn value")
		every := rapid.SampledFrom([]int{1, 2, 5}).Draw(t, "every")
		c.Numbers = slices.Clone(c.Numbers)
		for i := range c.Numbers {
			if i%every == 0 {
				c.Numbers[i] = value
			}
		}
	}
	return out
}

// FuzzCase reads a case from any bytes and computes it on a small table.
func FuzzCase(f *testing.F) {
	for _, seed := range []string{`{"method":"logistic","spec":{"formula":"y ~ x"}}`, `{"method":"kaplan_meier","spec":{"time":"x","status":"y","times":[1,2]}}`,
		`{"method":"proportion","spec":{"x_n":[[1,2]]}}`, `{"method":"rubin","spec":{"estimates":[[1],[2]],"variances":[[1],[1]],"dfcom":10}}`,
		`{"method":"descriptive","spec":{"continuous":["x"],"group":"y"}}`, `{"method":"e_value","spec":{"inputs":[["RR",2,1,3]]}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var c Case
		if json.Unmarshal(raw, &c) != nil || slices.Contains(simulated, c.Method) {
			return
		}
		table := &stats.Table{Columns: []stats.Column{{Name: "x", Numbers: []float64{1, 2, 3, 4, 5, 6}}, {Name: "y", Numbers: []float64{0, 1, 0, 1, 1, 0}}, {Name: "g", Texts: []string{"a", "b", "a", "b", "a", "b"}}}}
		result, err := Run(t.Context(), c, table, nil)
		if err == nil {
			_, err = Write(result)
		}
		if err != nil && !errors.As(err, new(*stats.Error)) {
			t.Errorf("%s: %v", raw, err)
		}
	})
}
