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

// NotKept stands in the place of the type of an answer that is not kept, or not any more; what it was called, if anything, in that of its body.
const NotKept = "-"

// The reasons why a request with a key is not done.
var (
	// ErrKeyReused: another request came with this key before.
	ErrKeyReused = errors.New("the Idempotency-Key was given to another request")
	// ErrKeyOpen: the same request is at work, or the node stopped in the middle of it.
	ErrKeyOpen = errors.New("a request with this Idempotency-Key was begun and has no answer; look whether it was done before you send it with another key")
	// ErrKeyRights: it was done, and its answer is not for who may do other things now than they might then, or who came without a token or session.
	ErrKeyRights = errors.New("a request with this Idempotency-Key was done, and its answer is not given again: roles or scopes have changed since, or it came without a token")
	// ErrKeyDone: it was done, and its answer is not kept: rows that were taken out, what is long, or what was kept before a patient was erased or a waiver revoked.
	ErrKeyDone = errors.New("a request with this Idempotency-Key was done, and its answer is not kept. What it did stands; to have it done anew, send it with another key")
)

// Once begins a request with a key. Nil: it is the first, and the caller does it and then says how it was answered ([Desk.Answered]).
func (d *Desk) Once(ctx context.Context, a Asked) (before *Answer, err error) {
	err = d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO idempotency (key, request, status, type, answer, at_ms) VALUES ($1, $2, 0, '', $3, $4) ON CONFLICT (key) DO NOTHING`,
			a.id[:], a.request[:], []byte{}, d.Now().UnixMilli())
		if err != nil {
			return fmt.Errorf("noting a request with a key: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			return err
		}
		var same []byte
		before = &Answer{}
		if err := tx.QueryRowContext(ctx, `SELECT request, status, type, answer FROM idempotency WHERE key = $1`, a.id[:]).Scan(&same, &before.Status, &before.Type, &before.Body); err != nil {
			return err
		}
		switch {
		case string(same) != string(a.request[:]):
			return ErrKeyReused
		case before.Status == 0:
			return ErrKeyOpen
		}
		kept := before.Body
		before.Body, err = a.opened(kept)
		if before.Type == NotKept {
			err = doneAs(string(before.Body))
		}
		return err
	})
	return before, err
}

// doneAs tells that something was done, by what it was called.
func doneAs(name string) error {
	if name == "" {
		return ErrKeyDone
	}
	return fmt.Errorf("%w: it was export %s", ErrKeyDone, name)
}

// DropAnswers drops the bodies of all answers that are kept: one of them may be of what is erased, or of what a waiver opened that is revoked. That the requests were done stays known.
func (d *Desk) DropAnswers(ctx context.Context, tx ledger.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE idempotency SET type = $1, answer = $2 WHERE status > 0 AND type <> $1`, NotKept, []byte{})
	if err != nil {
		return fmt.Errorf("dropping the answers that are kept: %w", err)
	}
	return nil
}

// Answered keeps how a request with a key was answered. One that changed nothing and may succeed later (the node cannot now, too often, not signed in) is forgotten.
func (d *Desk) Answered(ctx context.Context, to Asked, a Answer) error {
	body, err := to.sealed(a.Body)
	if err != nil {
		return err
	}
	return d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if a.Status >= 500 || a.Status == 401 || a.Status == 403 || a.Status == 429 {
			_, err := tx.ExecContext(ctx, `DELETE FROM idempotency WHERE key = $1`, to.id[:])
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE idempotency SET status = $2, type = $3, answer = $4 WHERE key = $1`, to.id[:], a.Status, a.Type, body)
		return err
	})
}

// ForgetAnswers removes answers that were kept long enough.
func (d *Desk) ForgetAnswers(ctx context.Context, tx ledger.Tx) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM idempotency WHERE at_ms <= $1`, d.Now().Add(-onceStays).UnixMilli())
	return err
}
