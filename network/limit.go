package network

import (
	"context"
	"fmt"

	"consilium/ledger"
)

// LimitFiles bounds how large a file may be, in bytes, that is fetched from a partner; 0 lifts the bound. Larger files stay wanted, and another holder may give them.
func LimitFiles(ctx context.Context, tx ledger.Tx, id ledger.HospitalID, bytes int64) error {
	if _, err := PartnerOf(ctx, tx, id); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM partner_limit WHERE hospital = $1`, id[:]); err != nil {
		return fmt.Errorf("limiting partner %s: %w", id, err)
	}
	if bytes <= 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO partner_limit (hospital, file_bytes) VALUES ($1, $2)`, id[:], bytes); err != nil {
		return fmt.Errorf("limiting partner %s: %w", id, err)
	}
	return nil
}
