package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"consilium/ledger"
)

// onceStays is how long the answer to a request with a key is kept.
const onceStays = 48 * time.Hour

// Answer is how a request with a key was answered.
type Answer struct {
	Status int // 0: it is at work, or the node stopped in the middle
	Type   string
	Body   []byte
}

// The reasons why a request with a key is not done.
var (
	// ErrKeyReused: another request came with this key before.
	ErrKeyReused = errors.New("the Idempotency-Key was given to another request")
	// ErrKeyOpen: the same request is at work, or the node stopped in the middle of it.
	ErrKeyOpen = errors.New("a request with this Idempotency-Key was begun and has no answer; look whether it was done before you send it with another key")
)

// Once begins a request with a key. Nil: it is the first, and the caller does it and then says how it was answered ([Desk.Answered]).
func (d *Desk) Once(ctx context.Context, key, request [32]byte) (before *Answer, err error) {
	err = d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO idempotency (key, request, status, type, answer, at_ms) VALUES ($1, $2, 0, '', $3, $4) ON CONFLICT (key) DO NOTHING`,
			key[:], request[:], []byte{}, d.Now().UnixMilli())
		if err != nil {
			return fmt.Errorf("noting a request with a key: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			return err
		}
		var same []byte
		before = &Answer{}
		if err := tx.QueryRowContext(ctx, `SELECT request, status, type, answer FROM idempotency WHERE key = $1`, key[:]).Scan(&same, &before.Status, &before.Type, &before.Body); err != nil {
			return err
		}
		switch {
		case string(same) != string(request[:]):
			return ErrKeyReused
		case before.Status == 0:
			return ErrKeyOpen
		}
		return nil
	})
	return before, err
}

// Answered keeps how a request with a key was answered. One that changed nothing and may succeed later (the node cannot now, too often, not signed in) is forgotten.
func (d *Desk) Answered(ctx context.Context, key [32]byte, a Answer) error {
	return d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if a.Status >= 500 || a.Status == 401 || a.Status == 403 || a.Status == 429 {
			_, err := tx.ExecContext(ctx, `DELETE FROM idempotency WHERE key = $1`, key[:])
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE idempotency SET status = $2, type = $3, answer = $4 WHERE key = $1`, key[:], a.Status, a.Type, a.Body)
		return err
	})
}

// ForgetAnswers removes answers that were kept long enough.
func (d *Desk) ForgetAnswers(ctx context.Context, tx ledger.Tx) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM idempotency WHERE at_ms <= $1`, d.Now().Add(-onceStays).UnixMilli())
	return err
}
