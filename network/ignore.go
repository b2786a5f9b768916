package network

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"consilium/ledger"
)

// Ignore blocks a hospital that called and that nobody here knows, so that its calls are told no more. It is a partner at no moment. One that
// was entered meanwhile stays as it is; one that never called is [ErrNoPartner]. AddPartner lets it in later.
func (n *Network) Ignore(ctx context.Context, id ledger.HospitalID) error {
	err := n.o.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		var name string
		err := tx.QueryRowContext(ctx, `SELECT name FROM caller WHERE hospital = $1`, id[:]).Scan(&name)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("ignoring %s: %w", id, ErrNoPartner)
		}
		if err != nil {
			return fmt.Errorf("ignoring caller %s: %w", id, err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO partner (`+partnerColumns+`) VALUES ($1, $2, '', '', $3, $4, '', '', NULL, 0, $5, 0, 0)
			ON CONFLICT (hospital) DO NOTHING`, id[:], name, string(Blocked), n.o.Now().UnixMilli(), make([]byte, 32))
		if err == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM caller WHERE hospital = $1`, id[:])
		}
		if err != nil {
			return fmt.Errorf("ignoring caller %s: %w", id, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	n.o.Changed(id)
	return nil
}
