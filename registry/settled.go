package registry

import (
	"context"
	"fmt"
	"time"

	"consilium/ledger"
)

// Settled is what somebody looked at and found right: an odd value that is so, two cases that are two. A value that is corrected later is looked at anew.
type Settled struct {
	At      time.Time
	Person  ledger.PersonID
	Pathway string
	Thread  ledger.ThreadID
	Place   int
	What    string // sort of fault and column, or what a pair shares
	Value   string // the value that is so, or the other case
}

type settledKey struct {
	thread ledger.ThreadID
	place  int
	what   string
	value  string
}

// Confirms is what settles a fault.
func (f Fault) Confirms() (what, value string) {
	return string(f.Sort) + " " + f.Column.Name, number(f.Value)
}

// Confirms is what settles a pair.
func (p Pair) Confirms() (what, value string) { return p.Same, p.B.Thread.String() }

// Settle keeps that something was looked at and is right.
func Settle(ctx context.Context, tx ledger.Tx, s Settled) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO registry_settled (id, at_ms, person, pathway, thread, place, what, value) VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM registry_settled), $1, $2, $3, $4, $5, $6, $7)`,
		s.At.UnixMilli(), string(s.Person), ledger.Indexed(s.Pathway), s.Thread[:], s.Place, s.What, s.Value)
	if err != nil {
		return fmt.Errorf("keeping what was looked at: %w", err)
	}
	return nil
}

func settledOf(ctx context.Context, tx ledger.Tx, pathway string) (map[settledKey]bool, error) {
	rows, err := tx.QueryContext(ctx, `SELECT thread, place, what, value FROM registry_settled WHERE pathway = $1`, pathway)
	if err != nil {
		return nil, fmt.Errorf("reading what was looked at: %w", err)
	}
	defer rows.Close()
	out := map[settledKey]bool{}
	for rows.Next() {
		var k settledKey
		var thread []byte
		if err := rows.Scan(&thread, &k.place, &k.what, &k.value); err != nil {
			return nil, err
		}
		k.thread = ledger.ThreadID(thread)
		out[k] = true
	}
	return out, rows.Err()
}

// Unsettle forgets what was looked at of a case, of which something is erased.
func Unsettle(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM registry_settled WHERE thread = $1`, thread[:]); err != nil {
		return fmt.Errorf("forgetting what was looked at of case %s: %w", thread, err)
	}
	return nil
}
