package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// erasedOf gives the erased entries of a thread whose words are here, each without them, after some entries came: an erasure, or what was erased before it came.
func erasedOf(l Log, came []*Entry) map[Hash]*Entry {
	if !slices.ContainsFunc(came, func(e *Entry) bool { return e.Kind == KindErased || l.Find(e.Hash).Erased }) {
		return nil
	}
	gone := map[Hash]*Entry{}
	for i := range l.Said {
		if s := &l.Said[i]; s.Erased && s.HasBody() {
			gone[s.Hash] = &Entry{Header: s.Header, Wire: Wire{Header: s.Wire.Header, Signature: s.Wire.Signature}, Hash: s.Hash}
		}
	}
	return gone
}

// destroyAll removes the bodies of erased entries from this node, and their claims on files.
func destroyAll(ctx context.Context, tx Tx, gone map[Hash]*Entry) error {
	for _, e := range gone {
		for _, statement := range []string{
			`UPDATE entry SET body = NULL WHERE hash = $1`,
			`INSERT INTO orphan (blob) SELECT DISTINCT blob FROM attached WHERE entry = $1 ON CONFLICT (blob) DO NOTHING`,
			`DELETE FROM attached WHERE entry = $1`,
		} {
			if _, err := tx.ExecContext(ctx, statement, e.Hash[:]); err != nil {
				return fmt.Errorf("erasing entry %s: %w", e.Hash.Short(), err)
			}
		}
	}
	return nil
}

// Orphans are files that erased entries attached and nothing else attaches: whoever keeps files removes them and calls [Buried].
func Orphans(ctx context.Context, tx Tx) ([]Hash, error) {
	return hashes(tx.QueryContext(ctx, `SELECT o.blob FROM orphan o WHERE NOT EXISTS (SELECT 1 FROM attached a WHERE a.blob = o.blob) ORDER BY o.blob`))
}

func hashes(rows *sql.Rows, err error) ([]Hash, error) {
	if err != nil {
		return nil, fmt.Errorf("listing hashes: %w", err)
	}
	defer rows.Close()
	var list []Hash
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, fmt.Errorf("listing hashes: %w", err)
		}
		list = append(list, asHash(raw))
	}
	return list, rows.Err()
}

// Buried notes that a file of an erased entry is gone.
func Buried(ctx context.Context, tx Tx, blob Hash) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM orphan WHERE blob = $1`, blob[:]); err != nil {
		return fmt.Errorf("noting that file %s is gone: %w", blob.Short(), err)
	}
	return nil
}

// Erasures lists the threads in which something was erased: one of those given, or with none given all.
func Erasures(ctx context.Context, tx Tx, among ...ThreadID) ([]ThreadID, error) {
	if len(among) == 0 {
		return threadIDs(tx.QueryContext(ctx, `SELECT DISTINCT thread FROM entry WHERE kind = 'thread.erased' ORDER BY thread`))
	}
	var list []ThreadID
	for _, id := range among {
		found, err := threadIDs(tx.QueryContext(ctx, `SELECT DISTINCT thread FROM entry WHERE thread = $1 AND kind = 'thread.erased'`, id[:]))
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

// Unanswered are the erasures to which a hospital has not answered yet what became of the bodies there.
func (l Log) Unanswered(by HospitalID) []Hash {
	var list []Hash
	for _, s := range l.Said {
		switch {
		case s.Kind == KindErased && s.Standing != Late:
			list = append(list, s.Hash)
		case s.Kind == KindErasureAnswered && s.Hospital == by:
			list = slices.DeleteFunc(list, func(h Hash) bool { return slices.Contains(s.Refs, h) })
		}
	}
	return list
}
