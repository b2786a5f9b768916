package analysis

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"consilium/stats"
	"consilium/stats/formula"
)

// Spec is the specification of an analysis, as it was written. A list of one may be written as its only element.
type Spec map[string]any

// Has says whether the key is there.
func (s Spec) Has(key string) bool { return s[key] != nil }

// Text is a word; "" if it is absent.
func (s Spec) Text(key string) string {
	text, _ := s[key].(string)
	return text
}

// Texts is a list of words; nil if it is absent.
func (s Spec) Texts(key string) []string {
	switch v := s[key].(type) {
	case string:
		return []string{v}
	case []any:
		out := make([]string, 0, len(v))
		for _, e := range v {
			if text, ok := e.(string); ok {
				out = append(out, text)
			}
		}
		return out
	}
	return nil
}

// Number is a number, or the given one if it is absent.
func (s Spec) Number(key string, absent float64) float64 {
	if v, ok := s[key].(float64); ok {
		return v
	}
	return absent
}

// Numbers is a list of numbers; nil if it is absent.
func (s Spec) Numbers(key string) []float64 {
	switch v := s[key].(type) {
	case float64:
		return []float64{v}
	case []any:
		out := make([]float64, 0, len(v))
		for _, e := range v {
			if n, ok := e.(float64); ok {
				out = append(out, n)
			}
		}
		return out
	}
	return nil
}

// Truth is a yes or no; no if it is absent.
func (s Spec) Truth(key string) bool { return s[key] == true }

// Decode reads one key into a Go value, for specifications with an inner shape.
func (s Spec) Decode(key string, into any) error {
	raw, err := json.Marshal(s[key])
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		return &stats.Error{Problem: stats.Invalid, Variable: key, Detail: fmt.Sprintf("it cannot be read: %v", err)}
	}
	return nil
}

// prepared applies what the specification says about the data before anything is fitted: columns to compute ("derived") and rows to keep ("rows"). How a status is
// coded is told from all rows: a filter that leaves no censored row must not change what its numbers mean.
func (s Spec) prepared(t *stats.Table) (kept *stats.Table, oneTwo bool, err error) {
	if t, err = s.derive(t); err != nil {
		return nil, false, err
	}
	oneTwo = oneAndTwo(s, t)
	kept, err = s.kept(t)
	return kept, oneTwo, err
}

// kept are the rows that the key "rows" leaves.
func (s Spec) kept(t *stats.Table) (*stats.Table, error) {
	var err error
	switch rows := s["rows"].(type) {
	case string:
		if _, err := t.Column(rows); err == nil {
			return t, nil // the rows of a cross table, not a condition
		}
		return filter(t, rows)
	case map[string]any:
		for key := range rows {
			if name, ok := strings.CutPrefix(key, "first_occurrence_of_each_"); ok && rows[key] == true {
				if t, err = firsts(t, name); err != nil {
					return nil, err
				}
			}
		}
		if then, ok := rows["then"].(string); ok {
			return filter(t, then)
		}
	}
	return t, nil
}

func filter(t *stats.Table, condition string) (*stats.Table, error) {
	keep, err := formula.Filter(condition, t)
	if err != nil {
		return nil, err
	}
	if t.Rows() > 0 && !slices.Contains(keep, true) {
		return nil, &stats.Error{Method: "data", Problem: stats.TooFewRows, Variable: condition, Detail: fmt.Sprintf("no row of the %d fulfills it", t.Rows()), Advice: "Look for a misspelled value"}
	}
	return t.Keep(func(i int) bool { return keep[i] }), nil
}

// firsts keeps the first row of each value of a variable.
func firsts(t *stats.Table, name string) (*stats.Table, error) {
	c, err := t.Column(name)
	if err != nil {
		return nil, err
	}
	seen := map[any]bool{}
	return t.Keep(func(i int) bool {
		var value any
		if c.Texts != nil {
			value = c.Texts[i]
		} else {
			value = c.Numbers[i]
		}
		if seen[value] {
			return false
		}
		seen[value] = true
		return true
	}), nil
}

// derive adds columns: {"name": "expression"}, a list of such objects, or "name = expression". A column may build on those before it.
func (s Spec) derive(t *stats.Table) (*stats.Table, error) {
	out := t.With(slices.Clone(t.Columns))
	for _, d := range derived(s["derived"]) {
		c, err := formula.Column(d[1], out)
		if err != nil {
			return nil, err
		}
		c.Name = d[0]
		out.Columns = slices.DeleteFunc(out.Columns, func(old stats.Column) bool { return old.Name == c.Name })
		out.Columns = append(out.Columns, c)
	}
	return out, nil
}

// derived are pairs of a name and its expression.
func derived(v any) (pairs [][2]string) {
	switch v := v.(type) {
	case string:
		for _, sign := range []string{"<-", "="} {
			if name, expression, ok := strings.Cut(v, sign); ok {
				return [][2]string{{strings.TrimSpace(name), strings.TrimSpace(expression)}}
			}
		}
	case []any:
		for _, one := range v {
			pairs = append(pairs, derived(one)...)
		}
	case map[string]any:
		name, _ := v["name"].(string)
		expression, _ := v["expression"].(string)
		if name != "" && expression != "" {
			return [][2]string{{name, expression}}
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if expression, ok := v[name].(string); ok {
				pairs = append(pairs, [2]string{name, expression})
			}
		}
	}
	return pairs
}

// predictors is the design of the named variables, linear, after an intercept.
func predictors(t *stats.Table, names []string) (stats.Design, error) {
	columns := make([][]float64, len(names))
	for i, name := range names {
		column, err := t.Numbers(name)
		if err != nil {
			return stats.Design{}, err
		}
		columns[i] = column
	}
	return stats.NewDesign(names, columns, t.Rows()), nil
}
