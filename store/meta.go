package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Tx is what this package needs of a transaction; a ledger.Tx is one.
type Tx interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// MetaRolledBack is set when the database was found to be older, or another copy, than the folder it lies in:
// a restored backup, a rolled-back machine, a copied folder. The node must then make a new signing key, and
// deletes the mark in the transaction that does. See generation.go.
const MetaRolledBack = "rolled back"

// Meta returns what is stored under key, "" if nothing is.
func Meta(ctx context.Context, tx Tx, key string) (string, error) {
	var value string
	err := tx.QueryRowContext(ctx, `SELECT value FROM store_meta WHERE key = $1`, key).Scan(&value)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("reading the mark %q: %w", key, err)
	}
	return value, nil
}

// SetMeta stores value under key; "" deletes it.
func SetMeta(ctx context.Context, tx Tx, key, value string) error {
	var err error
	if value == "" {
		_, err = tx.ExecContext(ctx, `DELETE FROM store_meta WHERE key = $1`, key)
	} else {
		_, err = tx.ExecContext(ctx, `INSERT INTO store_meta (key, value) VALUES ($1, $2)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	}
	if err != nil {
		return fmt.Errorf("writing the mark %q: %w", key, err)
	}
	return nil
}
