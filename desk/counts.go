package desk

import (
	"context"
	"maps"
	"slices"

	"consilium/ledger"
	"consilium/registry"
)

// RowCount is how many rows there are, as far as it may be told.
type RowCount struct {
	Rows int  // 0 where they are withheld
	Few  bool // there are rows, of too few patients
}

// ColumnCount is how a column is filled in, as far as it may be told.
type ColumnCount struct {
	registry.Filled
	Few bool // how many have a value is withheld: they, or the others, are too few
}

// CountRows tells how complete a pathway's rows are: of patients who agreed to research, or under a waiver of consent, which is noted beside the exports. Numbers that a few patients make up are
// withheld from who does not look after the hospital's cases.
func (d *Desk) CountRows(ctx context.Context, caller Caller, pathway, waived string) (c RowCount, columns []ColumnCount, err error) {
	var q registry.Query
	var counted *registry.Quality
	patients := 0
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if q, err = d.RowsOf(ctx, tx, pathway, waived); err != nil {
			return err
		}
		if _, patients, err = d.Registry.Extent(ctx, tx, q); err != nil {
			return err
		}
		counted, err = d.Registry.Quality(ctx, tx, q)
		return err
	})
	if err != nil {
		return c, nil, err
	}
	if q.Waiver != "" {
		err = d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
			return registry.Note(ctx, tx, registry.Taken{At: d.Now(), Person: caller.Person, Pathway: pathway, Format: registry.NotedCounts, Dates: registry.Intervals, Waiver: q.Waiver, Waived: q.Waived, Rows: counted.Rows, Patients: patients})
		})
	}
	if err != nil {
		return c, nil, err
	}
	all := d.Door.MayList(caller.Who, "case").All
	if !all && patients > 0 && patients < registry.SmallCell {
		return RowCount{Few: true}, nil, nil
	}
	for _, col := range counted.Columns {
		told := ColumnCount{Filled: col}
		if !all {
			told.withhold(counted.Rows)
		}
		columns = append(columns, told)
	}
	return RowCount{Rows: counted.Rows}, columns, nil
}

// withhold leaves out what a few rows make up, and what would give it away by subtraction.
func (c *ColumnCount) withhold(rows int) {
	if isFew(c.Given) || isFew(rows-c.Given) {
		c.Few, c.Given, c.Why = true, 0, map[string]int{}
		return
	}
	reasons := slices.SortedFunc(maps.Keys(c.Why), func(a, b string) int { return c.Why[a] - c.Why[b] })
	told := maps.Clone(c.Why)
	for i, why := range reasons {
		if isFew(c.Why[why]) || i == 1 && isFew(c.Why[reasons[0]]) {
			delete(told, why)
		}
	}
	c.Why = told
}

func isFew(n int) bool { return n > 0 && n < registry.SmallCell }
