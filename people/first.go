package people

import (
	"context"
	"fmt"
	"time"

	"consilium/ledger"
)

// NeedsFirst says whether this hospital still has nobody: the page then offers to make the first administrator.
func NeedsFirst(ctx context.Context, tx ledger.Tx) (bool, error) {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM first_administrator`).Scan(&n); err != nil {
		return false, fmt.Errorf("look for the first administrator: %w", err)
	}
	return n == 0, nil
}

// CreateFirst makes the first administrator with a password. It works once: afterwards, and for the slower of
// two at the same moment, it returns ErrTaken.
func CreateFirst(ctx context.Context, tx ledger.Tx, now time.Time, p Person, password PasswordHash) (Person, error) {
	needed, err := NeedsFirst(ctx, tx)
	if err != nil {
		return Person{}, err
	}
	if !needed {
		return Person{}, fmt.Errorf("make the first administrator: %w", ErrTaken)
	}
	p.Kind = Staff
	p.Roles = append(append([]Role{}, p.Roles...), Administrator)
	if p, err = Create(ctx, tx, now, p); err != nil {
		return Person{}, err
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO first_administrator (one, person) VALUES (1, $1) ON CONFLICT DO NOTHING`, string(p.ID))
	if err != nil {
		return Person{}, fmt.Errorf("make the first administrator: %w", err)
	}
	if !changed(result) {
		return Person{}, fmt.Errorf("make the first administrator: %w", ErrTaken)
	}
	return p, SavePassword(ctx, tx, now, p.ID, password, false)
}
