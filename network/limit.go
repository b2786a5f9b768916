package network

import (
	"context"
	"fmt"

	"consilium/ledger"
)

// Limits bound what is fetched from a partner, in bytes; 0: no bound.
type Limits struct {
	File  int64 // the largest file
	Total int64 // all files together that it gave and that a thread here attaches
}

// Limit sets the bounds of a partner. What goes beyond stays wanted, and another holder may give it.
func Limit(ctx context.Context, tx ledger.Tx, id ledger.HospitalID, l Limits) error {
	if _, err := PartnerOf(ctx, tx, id); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM partner_limit WHERE hospital = $1`, id[:]); err != nil {
		return fmt.Errorf("limiting partner %s: %w", id, err)
	}
	if l.File <= 0 && l.Total <= 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO partner_limit (hospital, file_bytes, total_bytes) VALUES ($1, $2, $3)`, id[:], max(l.File, 0), max(l.Total, 0)); err != nil {
		return fmt.Errorf("limiting partner %s: %w", id, err)
	}
	return nil
}

// withinLimits is true of an attachment a, by the size that it says, that the bounds of the partner $1 let in.
const withinLimits = `NOT EXISTS (SELECT 1 FROM partner_limit l WHERE l.hospital = $1 AND (l.file_bytes > 0 AND l.file_bytes < a.size OR l.total_bytes > 0 AND l.total_bytes <
	a.size + COALESCE((SELECT SUM(f.size) FROM (SELECT g.blob, MAX(s.size) AS size FROM given g JOIN attached s ON s.blob = g.blob AND s.erased = 0 WHERE g.hospital = $1
	AND NOT EXISTS (SELECT 1 FROM wanted_blob x WHERE x.blob = g.blob) GROUP BY g.blob) f), 0)))`
