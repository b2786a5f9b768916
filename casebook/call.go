package casebook

import (
	"context"
	"fmt"
	"time"

	"consilium/ledger"
)

// Calls are the times when somebody asked a patient and had no answer.
type Calls struct {
	Count int
	Last  time.Time
}

// NoAnswer notes that somebody called the patient of a case and nobody answered.
func NoAnswer(ctx context.Context, tx ledger.Tx, now time.Time, id ledger.ThreadID, who ledger.PersonID) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO case_call (thread, at_ms, person) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, id[:], now.UnixMilli(), string(who))
	if err != nil {
		return fmt.Errorf("noting a call about case %s: %w", id, err)
	}
	return nil
}

// CallsOf counts the calls without an answer about a case since a day: those about what is due now, not about the year before.
func CallsOf(ctx context.Context, tx ledger.Tx, id ledger.ThreadID, since time.Time) (c Calls, err error) {
	var last int64
	err = tx.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(MAX(at_ms), 0) FROM case_call WHERE thread = $1 AND at_ms >= $2`, id[:], since.UnixMilli()).Scan(&c.Count, &last)
	if err != nil {
		return c, fmt.Errorf("counting the calls about case %s: %w", id, err)
	}
	if c.Count > 0 {
		c.Last = time.UnixMilli(last)
	}
	return c, nil
}
