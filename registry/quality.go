package registry

import (
	"context"

	"consilium/ledger"
)

// Filled is how a column is filled in over the rows of a query.
type Filled struct {
	Column
	Given int
	Why   map[string]int // of cells without a value: how many for each reason
}

// Quality is how complete the registry of a pathway is.
type Quality struct {
	Rows    int
	Columns []Filled
}

// Quality counts, column by column, what is there and why the rest is not.
func (g *Registry) Quality(ctx context.Context, tx ledger.Tx, q Query) (*Quality, error) {
	f, err := g.Frame(q)
	if err != nil {
		return nil, err
	}
	out := &Quality{}
	for _, c := range f.Columns {
		out.Columns = append(out.Columns, Filled{Column: c, Why: map[string]int{}})
	}
	err = g.Each(ctx, tx, q, func(_ *Frame, row []Cell) error {
		out.Rows++
		for i, cell := range row {
			if cell.Why == "" {
				out.Columns[i].Given++
			} else {
				out.Columns[i].Why[cell.Why]++
			}
		}
		return nil
	})
	return out, err
}
