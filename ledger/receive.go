package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Bounds on what a node keeps of what it cannot use, so that a hostile member cannot fill its disk.
const (
	maxWaiting = 2_000  // entries a thread
	maxSource  = 20_000 // entries from one hospital, in all threads: threads cost nothing to invent
	maxRefused = 10_000 // entries in all; the oldest go first
)

// Refusal is one entry that was not taken in.
type Refusal struct {
	Hash   Hash
	Thread string // as the header claims
	Author string // the hospital that the header names
	Source HospitalID
	Reason string
	At     time.Time
}

// Received says what became of the wires of one call.
type Received struct {
	Added   []*Entry
	Filled  []*Entry // were here without their bodies, which have come now
	Lacking []Hash   // of those added, without a body that nothing erased: to ask other members for
	Waiting int      // entries that follow others which are not here yet
	Refused []Refusal
	Missing []Hash // what to ask other members for
}

// Receive takes in what a partner sent of one thread. What is wrong for ever is refused and noted; what cannot be judged yet waits; what was here
// already changes nothing; the rest is stored and folded. One bad entry never stops the others. The wires were read by [ReadWires] outside of the
// transaction, for that is where the time goes.
func (b *Book) Receive(ctx context.Context, tx Tx, from HospitalID, id ThreadID, entries []*Entry, now time.Time) (Received, error) {
	t, before, err := b.open(ctx, tx, id)
	if errors.Is(err, ErrNoThread) {
		t, err = NewThread(id), nil
	}
	if err != nil {
		return Received{}, err
	}
	r, came := Received{}, map[Hash]*Entry{}
	queue := slices.Clone(entries)
	for len(queue) > 0 {
		had := len(r.Added)
		for _, e := range queue {
			if here := t.Entry(e.Hash); here != nil && !here.HasBody() && e.HasBody() {
				came[e.Hash] = e
			}
			if err := b.receiveOne(ctx, tx, t, e, from, now, &r); err != nil {
				return r, err
			}
		}
		if len(r.Added) == had {
			break
		}
		if queue, err = takeWaiting(ctx, tx, t); err != nil {
			return r, err
		}
	}
	r.Missing = slices.DeleteFunc(r.Missing, t.Has)
	slices.SortFunc(r.Missing, func(a, b Hash) int { return strings.Compare(a.String(), b.String()) })
	r.Missing = slices.Compact(r.Missing)
	if err := fillBodies(ctx, tx, t, came, &r); err != nil {
		return r, err
	}
	if len(r.Added) == 0 && len(r.Filled) == 0 {
		return r, nil
	}
	l, err := b.refold(ctx, tx, t, t.logAfter(before, r.Added), r.Added, r.Filled, func(entries []*Entry) error { return store(ctx, tx, entries, now) })
	if err != nil {
		return r, err
	}
	for _, e := range r.Added {
		if s := l.Find(e.Hash); s.lacks() {
			r.Lacking = append(r.Lacking, e.Hash)
		}
	}
	return r, nil
}

func (b *Book) receiveOne(ctx context.Context, tx Tx, t *Thread, e *Entry, from HospitalID, now time.Time, r *Received) error {
	if t.Has(e.Hash) {
		return nil
	}
	err := t.Admit(e)
	var missing *MissingError
	switch {
	case err == nil:
		r.Added = append(r.Added, e)
		return nil
	case errors.As(err, &missing):
		r.Waiting++
		r.Missing = append(r.Missing, missing.Hashes...)
		return wait(ctx, tx, e, missing.Hashes, from, now)
	case errors.Is(err, ErrRefused):
		refusal := Refusal{Hash: e.Hash, Thread: e.Thread.String(), Author: e.Hospital.String(), Source: from, Reason: err.Error(), At: now}
		r.Refused = append(r.Refused, refusal)
		return Refuse(ctx, tx, refusal)
	}
	return err
}

func wait(ctx context.Context, tx Tx, e *Entry, missing []Hash, from HospitalID, now time.Time) error {
	var here, sent int
	err := tx.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM waiting WHERE thread = $1), (SELECT COUNT(*) FROM waiting WHERE source = $2)`,
		e.Thread[:], from[:]).Scan(&here, &sent)
	if err != nil {
		return fmt.Errorf("counting waiting entries: %w", err)
	}
	if here >= maxWaiting || sent >= maxSource {
		return nil // it comes again with the next comparison
	}
	names := make([]string, len(missing))
	for i, h := range missing {
		names[i] = h.String()
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO waiting (hash, thread, source, header, signature, body, missing, since_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (hash) DO UPDATE SET body = COALESCE(waiting.body, excluded.body)`,
		e.Hash[:], e.Thread[:], from[:], e.Wire.Header, e.Wire.Signature, e.Wire.Body, strings.Join(names, " "), now.UnixMilli())
	if err != nil {
		return fmt.Errorf("keeping waiting entry %s: %w", e.Hash.Short(), err)
	}
	return nil
}

// takeWaiting takes out the waiting entries of a thread that no longer miss anything.
func takeWaiting(ctx context.Context, tx Tx, t *Thread) ([]*Entry, error) {
	hashes, err := nothingMissing(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	ready := make([]*Entry, 0, len(hashes))
	for _, h := range hashes {
		var w Wire
		err := tx.QueryRowContext(ctx, `SELECT header, signature, body FROM waiting WHERE hash = $1`, h[:]).Scan(&w.Header, &w.Signature, &w.Body)
		if err != nil {
			return nil, fmt.Errorf("reading waiting entry %s: %w", h.Short(), err)
		}
		e, err := storedEntry(w, h)
		if err != nil {
			return nil, err
		}
		ready = append(ready, e)
		if _, err := tx.ExecContext(ctx, `DELETE FROM waiting WHERE hash = $1`, h[:]); err != nil {
			return nil, fmt.Errorf("taking waiting entry %s: %w", h.Short(), err)
		}
	}
	return ready, nil
}

// nothingMissing names the waiting entries of a thread whose last missing one has come. Their bytes are not read: a hostile member may have left
// gigabytes that will never be ready.
func nothingMissing(ctx context.Context, tx Tx, t *Thread) ([]Hash, error) {
	rows, err := tx.QueryContext(ctx, `SELECT hash, missing FROM waiting WHERE thread = $1`, t.ID[:])
	if err != nil {
		return nil, fmt.Errorf("reading waiting entries: %w", err)
	}
	defer rows.Close()
	var list []Hash
	for rows.Next() {
		var hash []byte
		var missing string
		if err := rows.Scan(&hash, &missing); err != nil {
			return nil, fmt.Errorf("reading waiting entries: %w", err)
		}
		here := func(name string) bool {
			h, err := ParseHash(name)
			return err == nil && t.Has(h)
		}
		if !slices.ContainsFunc(strings.Fields(missing), func(name string) bool { return !here(name) }) {
			list = append(list, asHash(hash))
		}
	}
	return list, rows.Err()
}

// Refuse notes an entry that was not taken in, so that the administrator sees who sent what and why it was refused.
func Refuse(ctx context.Context, tx Tx, r Refusal) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO refused (hash, thread, source, hospital, reason, at_ms) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (hash) DO UPDATE SET source = excluded.source, at_ms = excluded.at_ms`,
		r.Hash[:], r.Thread, r.Source[:], r.Author, r.Reason, r.At.UnixMilli())
	if err != nil {
		return fmt.Errorf("noting refused entry %s: %w", r.Hash.Short(), err)
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM refused WHERE at_ms < (SELECT at_ms FROM refused ORDER BY at_ms DESC LIMIT 1 OFFSET $1)`, maxRefused)
	if err != nil {
		return fmt.Errorf("bounding the refused entries: %w", err)
	}
	return nil
}

// Refusals lists the newest refused entries, newest first.
func Refusals(ctx context.Context, tx Tx, limit int) ([]Refusal, error) {
	rows, err := tx.QueryContext(ctx, `SELECT hash, thread, source, hospital, reason, at_ms FROM refused ORDER BY at_ms DESC, hash LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("listing refused entries: %w", err)
	}
	defer rows.Close()
	var list []Refusal
	for rows.Next() {
		var r Refusal
		var hash, source []byte
		var ms int64
		if err := rows.Scan(&hash, &r.Thread, &source, &r.Author, &r.Reason, &ms); err != nil {
			return nil, fmt.Errorf("listing refused entries: %w", err)
		}
		r.Hash, r.At = asHash(hash), time.UnixMilli(ms)
		copy(r.Source[:], source)
		list = append(list, r)
	}
	return list, rows.Err()
}

// Waiter is one entry that waits for others.
type Waiter struct {
	Hash    Hash
	Thread  ThreadID
	Source  HospitalID
	Missing []Hash
	Since   time.Time
}

// Waiters lists entries that wait for others, longest first.
func Waiters(ctx context.Context, tx Tx, limit int) ([]Waiter, error) {
	rows, err := tx.QueryContext(ctx, `SELECT hash, thread, source, missing, since_ms FROM waiting ORDER BY since_ms, hash LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("listing waiting entries: %w", err)
	}
	defer rows.Close()
	var list []Waiter
	for rows.Next() {
		var w Waiter
		var hash, thread, source []byte
		var missing string
		var ms int64
		if err := rows.Scan(&hash, &thread, &source, &missing, &ms); err != nil {
			return nil, fmt.Errorf("listing waiting entries: %w", err)
		}
		w.Hash, w.Thread, w.Since = asHash(hash), ThreadID(thread), time.UnixMilli(ms)
		copy(w.Source[:], source)
		for name := range strings.FieldsSeq(missing) {
			if h, err := ParseHash(name); err == nil {
				w.Missing = append(w.Missing, h)
			}
		}
		list = append(list, w)
	}
	return list, rows.Err()
}
