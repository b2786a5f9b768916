package analysis

import (
	"context"
	"fmt"

	"consilium/stats"
)

// Case is one analysis.
type Case struct {
	ID      string  `json:"id"`
	Method  string  `json:"method"`
	Dataset *string `json:"dataset"` // path of a CSV below the folder of the cases; nil: everything is in the specification
	Spec    Spec    `json:"spec"`
}

// Input is what a method gets.
type Input struct {
	Spec  Spec
	Table *stats.Table                                // rows chosen and columns derived as the specification says; nil without a data set
	Other func(id string) (Case, *stats.Table, error) // another case of the same folder, for a method that builds on its model

	oneTwo bool // the status of all rows, before any was left out, is coded 1 and 2: see oneAndTwo

	counted *counted        // what a refusal counts rows of
	ctx     context.Context // a computation is one call, and this is its argument, handed to every method in one value
}

// object is a result, or a part of one, as it is written.
type object = map[string]any

// Run computes a case on its data. other finds further cases by their names; nil if there are none.
//
// Keys that the method does not have are passed over here: who runs an analysis for a person asks [RefuseUnknownKeys] first.
// When ctx ends, a method that iterates long returns its cause as soon as it notices.
func Run(ctx context.Context, c Case, table *stats.Table, other func(id string) (Case, *stats.Table, error)) (any, error) {
	m, found := Find(c.Method)
	if !found {
		return nil, &stats.Error{Method: c.Method, Problem: stats.Unsupported, Detail: "there is no such method", Advice: meant(c.Method)}
	}
	spec, err := m.checked(c.Spec)
	if err != nil {
		return nil, stats.In(c.Method, err)
	}
	oneTwo := false
	if table != nil {
		if table, oneTwo, err = spec.prepared(table); err != nil {
			return nil, err
		}
		if spec, table, err = spec.written(table, m.categories); err != nil {
			return nil, err
		}
	}
	if table != nil {
		if table, err = m.landmark(spec, table); err != nil {
			return nil, stats.In(c.Method, err)
		}
	}
	if other == nil {
		other = func(id string) (Case, *stats.Table, error) {
			return Case{}, nil, &stats.Error{Method: c.Method, Problem: stats.Invalid, Variable: id, Detail: "the case that it builds on is not at hand"}
		}
	}
	in := Input{Spec: spec, Table: table, Other: other, oneTwo: oneTwo, counted: &counted{table}, ctx: ctx}
	if err := m.fits(in); err != nil {
		return nil, stats.In(c.Method, err)
	}
	result, err := m.compute(in)
	return result, stats.In(c.Method, in.counted.inFile(err))
}

// meant says which method a word may have meant.
func meant(word string) string {
	if near := stats.Nearest(word, Names()); near != "" {
		return fmt.Sprintf("Did you mean %s? 'consilium stats methods' lists all", near)
	}
	return "'consilium stats methods' lists all"
}

// Names are the names of all methods, sorted.
func Names() []string {
	var names []string
	for _, m := range Methods() {
		names = append(names, m.Name)
	}
	return names
}
