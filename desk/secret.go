package desk

import (
	"context"
	"crypto/rand"
	"fmt"

	"consilium/ledger"
)

// Secrets are keys that every process of one hospital's node knows, and nobody else: with one of them a page proves that a form is its own, whichever process
// answers the form.
type Secrets interface {
	// Secret is the key of a name: 32 bytes, the same at every call, made when it is first asked for.
	Secret(ctx context.Context, name string) ([]byte, error)
}

// KeptSecrets keeps secrets in the hospital's database, so that they outlive a restart and are those of every process on it.
type KeptSecrets struct{ DB ledger.DB }

// Secret implements [Secrets]. Two processes that ask for the first time at once get the same key: the one that was written first.
func (k KeptSecrets) Secret(ctx context.Context, name string) (key []byte, err error) {
	fresh := make([]byte, 32)
	rand.Read(fresh)
	err = k.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO secret (name, key) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, name, fresh); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT key FROM secret WHERE name = $1`, name).Scan(&key)
	})
	if err != nil {
		return nil, fmt.Errorf("reading the secret %q: %w", name, err)
	}
	return key, nil
}
