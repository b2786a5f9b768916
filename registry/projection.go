package registry

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"

	"consilium/casebook"
	"consilium/ledger"
)

//go:embed projection.sql
var projectionSchema string

// Projection keeps the rows. stamp names the packs in use: where they change, all rows are folded anew.
func Projection(me ledger.HospitalID, packs Packs, stamp string) ledger.Projection {
	columns := columnsOnce()
	return ledger.Projection{Name: "registry", Version: 4, Stamp: stamp, Threads: []string{casebook.Thread}, Tables: []string{"registry_row", "registry_fill"}, Schema: projectionSchema,
		Fold: func(ctx context.Context, tx ledger.Tx, l ledger.Log) error {
			if !ledger.Folded(l, operatedOn) {
				return nil
			}
			return keep(ctx, tx, l.Thread, rowsOf(casebook.Fold(l), packs, columns, me))
		}}
}

// operatedOn tells whether a case has, or had, an operation. As long as it has not, the table has no row of it.
var operatedOn = &ledger.Fold[bool]{
	Whole: func(l ledger.Log) bool { return operatedSince(l, 0) },
	Onward: func(before bool, l ledger.Log, from int) (bool, bool) {
		return before || operatedSince(l, from), true
	},
}

func operatedSince(l ledger.Log, from int) bool {
	return slices.ContainsFunc(l.Said[from:], func(s ledger.Said) bool { return s.Kind == casebook.KindOperation })
}

// keep replaces the rows of one case.
func keep(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, list []Row) error {
	for _, table := range []string{"registry_row", "registry_fill"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE thread = $1 AND place > $2`, thread[:], len(list)); err != nil {
			return fmt.Errorf("dropping rows of case %s: %w", thread, err)
		}
	}
	for _, r := range list {
		cells, err := json.Marshal(r.Cells)
		if err != nil {
			return fmt.Errorf("writing a row of case %s: %w", thread, err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO registry_row (thread, place, pathway, pack, day, operator, expert, procedure, research, history, cells)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (thread, place) DO UPDATE SET pathway = excluded.pathway, pack = excluded.pack, day = excluded.day, operator = excluded.operator, expert = excluded.expert,
			procedure = excluded.procedure, research = excluded.research, history = excluded.history, cells = excluded.cells`,
			thread[:], r.Place, ledger.Indexed(r.Pathway), r.Pack, r.Day, r.Operator, r.Expert, r.Procedure, int(r.Research), one(r.History), string(cells))
		if err != nil {
			return fmt.Errorf("keeping a row of case %s: %w", thread, err)
		}
		if err := r.keepFill(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

func (r *Row) keepFill(ctx context.Context, tx ledger.Tx) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO registry_fill (thread, place, pathway, research, day, operator, procedure, fill, fill_sum) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (thread, place) DO UPDATE SET pathway = excluded.pathway, research = excluded.research, day = excluded.day, operator = excluded.operator,
		procedure = excluded.procedure, fill = excluded.fill, fill_sum = excluded.fill_sum`,
		r.Thread[:], r.Place, ledger.Indexed(r.Pathway), int(r.Research), r.Day, r.Operator, r.Procedure, r.Fill, r.sum())
	if err != nil {
		return fmt.Errorf("keeping how a row of case %s is filled in: %w", r.Thread, err)
	}
	return nil
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
