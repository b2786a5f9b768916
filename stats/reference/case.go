package reference

import (
	"encoding/json"
	"fmt"
	"slices"

	"consilium/stats"
)

// Case is one analysis.
type Case struct {
	ID        string          `json:"id"`
	Method    string          `json:"method"`
	Dataset   *string         `json:"dataset"` // path of a CSV below the folder of the cases; nil: everything is in the specification
	Spec      Spec            `json:"spec"`
	Tolerance *Tolerance      `json:"tolerance,omitempty"` // nil: the method is stochastic and says itself what agreement is
	Note      string          `json:"note,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
}

// Tolerance is how near a number must come: |got - ref| ≤ Abs + Rel·|ref|.
type Tolerance struct {
	Rel float64 `json:"rel"`
	Abs float64 `json:"abs"`
}

// Input is what a method gets.
type Input struct {
	Spec  Spec
	Table *stats.Table                                // rows chosen and columns derived as the specification says; nil without a data set
	Other func(id string) (Case, *stats.Table, error) // another case of the same folder, for a method that builds on its model
}

// object is a result, or a part of one, as it is written.
type object = map[string]any

// method computes one kind of case.
type method func(in Input) (any, error)

// Run computes a case on its data. other finds further cases by their names; nil if there are none.
func Run(c Case, table *stats.Table, other func(id string) (Case, *stats.Table, error)) (any, error) {
	m := methods[c.Method]
	if m == nil {
		return nil, &stats.Error{Method: c.Method, Problem: stats.Unsupported, Detail: fmt.Sprintf("there is no such method; there are %v", Methods())}
	}
	spec := c.Spec
	if table != nil {
		var err error
		if table, err = spec.rows(table); err != nil {
			return nil, err
		}
		if spec, table, err = spec.written(table); err != nil {
			return nil, err
		}
	}
	if other == nil {
		other = func(id string) (Case, *stats.Table, error) {
			return Case{}, nil, &stats.Error{Method: c.Method, Problem: stats.Invalid, Variable: id, Detail: "the case that it builds on is not at hand"}
		}
	}
	result, err := m(Input{Spec: spec, Table: table, Other: other})
	return result, stats.In(c.Method, err)
}

// Methods are the names of all methods, sorted.
func Methods() []string {
	names := make([]string, 0, len(methods))
	for name := range methods {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
