package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"consilium/ledger"
)

// Late keeps readings that the access log cannot take now, because the disk is full or the database takes no writes, until it can ([RecordLate]). Nobody
// reads what is not noted: a reading that it does not keep does not happen.
type Late interface {
	// Helps tells whether an error says that the database can be read and not written.
	Helps(error) bool
	// Keep makes readings durable outside of the database.
	Keep([]Seen) error
}

// Reading runs fn in a transaction in which [Inside.Decide] notes what is read. Where the access log cannot be written, fn runs once more in one that only reads,
// and what was read waits in [Door.Late]: so fn sets all that it gives each time.
func (d *Door) Reading(ctx context.Context, fn func(context.Context, ledger.Tx, Inside) error) error {
	err := d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error { return fn(ctx, tx, d.In(tx)) })
	if err == nil || d.Late == nil || !d.Late.Helps(err) {
		return err
	}
	var noted []Seen
	late := d.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		return fn(ctx, tx, Inside{door: d, tx: tx, late: &noted})
	})
	if late == nil {
		late = d.Late.Keep(noted)
	}
	if late != nil {
		return errors.Join(err, late)
	}
	return nil
}

// RecordLate adds readings that waited to the access log, but for those that are in it already: a node that stops between the commit and forgetting them has
// them twice. Two readings of one thread by one person in one millisecond from one place are one.
func RecordLate(ctx context.Context, tx ledger.Tx, waited []Seen) error {
	for _, s := range waited {
		var there int
		err := tx.QueryRowContext(ctx, `SELECT 1 FROM access_log WHERE thread = $1 AND person = $2 AND action = $3 AND at_ms = $4 AND origin = $5 LIMIT 1`,
			s.Thread.String(), string(s.Person), string(s.Action), s.At.UnixMilli(), s.Origin).Scan(&there)
		if errors.Is(err, sql.ErrNoRows) {
			err = Record(ctx, tx, s)
		}
		if err != nil {
			return fmt.Errorf("writing readings that waited: %w", err)
		}
	}
	return nil
}
