package ledger

import (
	"context"
	"fmt"
)

// Difference is a table of a projection that does not say what the entries fold to.
type Difference struct {
	Projection, Table string
	Missing           int // rows that the entries fold to and the table lacks
	Extra             int // rows that the table has and the entries do not fold to
}

// Differences folds all threads anew for some projections beside the tables in use, as [Book.Refold] does, compares the two and drops what it made. Others read and write
// meanwhile. Rows that were changed by hand, or by a fault of a fold that only adds to what was there, are found; a fault that the fold makes each time is not.
func (b *Book) Differences(ctx context.Context, db DB, report func(done, total int), names ...string) (list []Difference, err error) {
	compare := func(ctx context.Context, tx Tx, p Projection, r refolding) error {
		found, err := differencesOf(ctx, tx, p, r)
		if err == nil {
			list = append(list, found...)
			err = dropRefold(ctx, tx, p, r)
		}
		return err
	}
	for _, p := range b.named(names) {
		if err := b.refoldUntil(ctx, db, p, report, compare); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func differencesOf(ctx context.Context, tx Tx, p Projection, r refolding) (list []Difference, err error) {
	for _, table := range p.Tables {
		d := Difference{Projection: p.Name, Table: table}
		anew := besideName(table, r.generation)
		for _, side := range []struct {
			has, lacks string
			count      *int
		}{{anew, table, &d.Missing}, {table, anew, &d.Extra}} {
			query := `SELECT COUNT(*) FROM (SELECT * FROM ` + side.has + ` EXCEPT SELECT * FROM ` + side.lacks + `) AS only_one`
			if err := tx.QueryRowContext(ctx, query).Scan(side.count); err != nil {
				return nil, fmt.Errorf("comparing table %s with what its entries fold to: %w", table, err)
			}
		}
		if d.Missing+d.Extra > 0 {
			list = append(list, d)
		}
	}
	return list, nil
}

// dropRefold drops the tables that were filled, and that they were begun.
func dropRefold(ctx context.Context, tx Tx, p Projection, r refolding) error {
	tables := make([]string, len(p.Tables))
	for i, table := range p.Tables {
		tables[i] = besideName(table, r.generation)
	}
	if err := dropTables(ctx, tx, tables); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM projection_refold WHERE name = $1`, p.Name); err != nil {
		return fmt.Errorf("noting that projection %s was compared: %w", p.Name, err)
	}
	return nil
}
