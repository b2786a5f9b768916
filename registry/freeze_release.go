package registry

import (
	"context"
	"fmt"
	"time"

	"consilium/ledger"
)

// NoteRelease keeps what left this hospital in a run of a study, in the place of what was noted of the same run before. The body is package study's.
func NoteRelease(ctx context.Context, tx ledger.Tx, run ledger.Hash, pathway string, at time.Time, body []byte) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO registry_release (run, pathway, at_ms, body) VALUES ($1, $2, $3, $4) ON CONFLICT (run) DO UPDATE SET body = excluded.body`,
		run[:], ledger.Indexed(pathway), at.UnixMilli(), body)
	if err != nil {
		return fmt.Errorf("noting what leaves in a study of %s: %w", pathway, err)
	}
	return nil
}

// ReleasesOf are the bodies of what left in studies of a pathway, the oldest first.
func ReleasesOf(ctx context.Context, tx ledger.Tx, pathway string) (list [][]byte, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT body FROM registry_release WHERE pathway = $1 ORDER BY at_ms, run`, pathway)
	if err != nil {
		return nil, fmt.Errorf("reading what has left in studies of %s: %w", pathway, err)
	}
	defer rows.Close()
	for rows.Next() {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			return nil, err
		}
		list = append(list, body)
	}
	return list, rows.Err()
}
