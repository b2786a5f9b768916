package network

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"consilium/ledger"
)

// What the network reads of the ledger's tables beside the ledger's own functions: single rows, many times.

// summary is a thread's set of entries here.
func summary(ctx context.Context, tx ledger.Tx, id ledger.ThreadID) (o offer, here bool, err error) {
	var digest, tips []byte
	o.Thread = id
	err = tx.QueryRowContext(ctx, `SELECT entries, digest, tips, lacks FROM thread WHERE thread = $1`, id[:]).Scan(&o.Entries, &digest, &tips, &o.Lacks)
	if errors.Is(err, sql.ErrNoRows) {
		return o, false, nil
	}
	if err != nil {
		return o, false, fmt.Errorf("reading thread %s: %w", id, err)
	}
	copy(o.Digest[:], digest)
	copy(o.Tips[:], tips)
	return o, true, nil
}

// stateOf is what a hospital is to a thread, as far as this node knows.
func stateOf(ctx context.Context, tx ledger.Tx, hospital ledger.HospitalID, id ledger.ThreadID) (ledger.State, error) {
	var state string
	err := tx.QueryRowContext(ctx, `SELECT state FROM thread_member WHERE hospital = $1 AND thread = $2`, hospital[:], id[:]).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return ledger.Stranger, nil
	}
	if err != nil {
		return "", fmt.Errorf("reading the members of thread %s: %w", id, err)
	}
	return ledger.State(state), nil
}

func reads(s ledger.State) bool { return s == ledger.Invited || s == ledger.Joined }

// lastMark is the end of the order of arrival.
func lastMark(ctx context.Context, tx ledger.Tx) (mark, error) {
	return scanMark(tx.QueryRowContext(ctx, `SELECT place, hash FROM entry ORDER BY place DESC LIMIT 1`))
}

// markAt is the entry at a place; a zero mark where there is none.
func markAt(ctx context.Context, tx ledger.Tx, place int64) (mark, error) {
	return scanMark(tx.QueryRowContext(ctx, `SELECT place, hash FROM entry WHERE place = $1`, place))
}

func scanMark(row *sql.Row) (m mark, err error) {
	var hash []byte
	err = row.Scan(&m.Place, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return mark{}, nil
	}
	if err != nil {
		return mark{}, fmt.Errorf("reading the order of arrival: %w", err)
	}
	copy(m.Hash[:], hash)
	return m, nil
}

// wiresOf reads a whole thread in the order of its arrival, which is one that admits each entry as it comes.
func wiresOf(ctx context.Context, tx ledger.Tx, id ledger.ThreadID) ([]ledger.Wire, error) {
	return scanWires(tx.QueryContext(ctx, `SELECT header, signature, body FROM entry WHERE thread = $1 ORDER BY place`, id[:]))
}

// wiresBy reads single entries of a thread; those that are not here are left out.
func wiresBy(ctx context.Context, tx ledger.Tx, id ledger.ThreadID, hashes []ledger.Hash) ([]ledger.Wire, error) {
	var list []ledger.Wire
	for _, h := range hashes {
		one, err := scanWires(tx.QueryContext(ctx, `SELECT header, signature, body FROM entry WHERE hash = $1 AND thread = $2`, h[:], id[:]))
		if err != nil {
			return nil, err
		}
		list = append(list, one...)
	}
	return list, nil
}

func scanWires(rows *sql.Rows, err error) ([]ledger.Wire, error) {
	if err != nil {
		return nil, fmt.Errorf("reading entries: %w", err)
	}
	defer rows.Close()
	var list []ledger.Wire
	for rows.Next() {
		var w ledger.Wire
		if err := rows.Scan(&w.Header, &w.Signature, &w.Body); err != nil {
			return nil, fmt.Errorf("reading entries: %w", err)
		}
		list = append(list, w)
	}
	return list, rows.Err()
}
