package people

import (
	"context"
	"fmt"

	"consilium/ledger"
)

// Restored shuts out what a restore would revive: every session, every token, every ceremony of before, and the people who have left since. They come back disabled, until an administrator
// has looked. It tells how many people that were.
func Restored(ctx context.Context, tx ledger.Tx, left []ledger.PersonID) (disabled int, err error) {
	for _, table := range []string{"sign_in_session", "passkey_ceremony"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table); err != nil {
			return 0, fmt.Errorf("ending what was signed in before the restore: %w", err)
		}
	}
	if err := dropTokens(ctx, tx, `1 = 1`); err != nil {
		return 0, err
	}
	var out []ledger.PersonID
	for _, id := range left {
		done, err := tx.ExecContext(ctx, `UPDATE person SET active = 0 WHERE id = $1 AND active = 1`, string(id))
		if err != nil {
			return 0, fmt.Errorf("keeping out who has left: %w", err)
		}
		if changed(done) {
			out = append(out, id)
		}
	}
	return len(out), changedPeople(ctx, tx, out...)
}
