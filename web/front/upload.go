package front

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"consilium/ledger"
)

// Upload keeps a file that a person sent, to be attached to an entry afterwards.
func (f *Front) Upload(w http.ResponseWriter, r *http.Request, caller Caller, limit int64) (hash ledger.Hash, size int64, err error) {
	hash, size, err = f.Blobs.Put(r.Context(), http.MaxBytesReader(w, r.Body, limit), limit)
	if err != nil {
		return hash, size, err
	}
	err = f.DB.Update(r.Context(), func(ctx context.Context, tx ledger.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO upload (hash, person, at_ms) VALUES ($1, $2, $3) ON CONFLICT (hash, person) DO UPDATE SET at_ms = excluded.at_ms`,
			hash[:], string(caller.Who.Person), f.Now().UnixMilli())
		return err
	})
	if err != nil {
		return hash, size, fmt.Errorf("noting who sent the file: %w", err)
	}
	return hash, size, nil
}

// MayAttach refuses files that the caller neither sent nor may read: whoever learned a hash would otherwise attach the file to a case of their own and read it
// there. A file that is not here and one that is another's are told alike.
func (f *Front) MayAttach(ctx context.Context, caller Caller, drafts ...ledger.Draft) error {
	for _, d := range drafts {
		for _, b := range d.Blobs {
			if err := f.mayAttach(ctx, caller, b.Hash); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *Front) mayAttach(ctx context.Context, caller Caller, hash ledger.Hash) error {
	sent := 0
	err := f.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM upload WHERE hash = $1 AND person = $2`, hash[:], string(caller.Who.Person)).Scan(&sent)
	})
	if err != nil {
		return fmt.Errorf("looking up who sent the file: %w", err)
	}
	if sent == 0 {
		_, err = f.attachedFor(ctx, caller, hash)
	}
	if errors.Is(err, ErrNotHere) || err == nil && !f.Blobs.Has(hash) {
		return fmt.Errorf("the file %s was not sent yet; POST it to /blobs first: %w", hash.Short(), ErrInput)
	}
	return err
}
