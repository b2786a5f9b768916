// Package ledgertest gives rooms a database for their tests: one SQLite file, without the store room, which stands above them.
package ledgertest

import (
	"context"
	"database/sql"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver that store uses

	"consilium/ledger"
)

// DB is a [ledger.DB] over one connection: transactions run one after the other.
type DB struct{ *sql.DB }

type hookKey struct{}

// View runs fn in a transaction.
func (d *DB) View(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	return d.Update(ctx, fn)
}

// Update runs fn in a transaction, and what OnCommit left after it.
func (d *DB) Update(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	tx, err := d.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	var hooks []func()
	if err := fn(context.WithValue(ctx, hookKey{}, &hooks), tx); err != nil {
		tx.Rollback()
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, hook := range hooks {
		hook()
	}
	return nil
}

// OnCommit runs fn after the transaction of ctx.
func (d *DB) OnCommit(ctx context.Context, fn func()) {
	hooks := ctx.Value(hookKey{}).(*[]func())
	*hooks = append(*hooks, fn)
}

// Open makes a database with the ledger's tables and those of the rooms given. It is closed when the test ends.
func Open(t testing.TB, rooms ...fs.ReadFileFS) *DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "test.db")+"?_pragma=synchronous(off)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	for _, room := range append([]fs.ReadFileFS{ledger.Migrations}, rooms...) {
		files, err := fs.Glob(room, "migration/*.sql")
		if err != nil || len(files) == 0 {
			t.Fatalf("a room without migrations: %v", err)
		}
		for _, name := range files {
			text, _ := room.ReadFile(name)
			up, _, _ := strings.Cut(string(text), "-- +goose Down")
			if _, err := db.Exec(up); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	return &DB{db}
}
