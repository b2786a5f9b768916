// Package storetest runs a test on both databases. PostgreSQL is a private cluster in a folder of its own, started
// once for each test binary; each test has a database of its own in it.
package storetest

import (
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"sync/atomic"
	"testing"

	"consilium/store"

	"github.com/jackc/pgx/v5"
)

// Each runs f as two subtests, SQLite and PostgreSQL, each with a fresh store that has the given migrations.
func Each(t *testing.T, migrations []fs.FS, f func(*testing.T, *store.Store)) {
	t.Helper()
	EachOptions(t, migrations, func(t *testing.T, o store.Options) { f(t, Open(t, o)) })
}

// EachOptions is Each for tests that open the store themselves, perhaps more than once.
func EachOptions(t *testing.T, migrations []fs.FS, f func(*testing.T, store.Options)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { f(t, SQLite(t, migrations...)) })
	t.Run("PostgreSQL", func(t *testing.T) { f(t, Postgres(t, migrations...)) })
}

// SQLite returns the options of a fresh store on SQLite.
func SQLite(t testing.TB, migrations ...fs.FS) store.Options {
	t.Helper()
	return store.Options{Dir: t.TempDir(), Create: true, Migrations: migrations}
}

// Postgres returns the options of a fresh store on PostgreSQL.
func Postgres(t testing.TB, migrations ...fs.FS) store.Options {
	t.Helper()
	return store.Options{Dir: t.TempDir(), URL: freshDatabase(t), Create: true, Migrations: migrations}
}

// Open opens a store and closes it when the test ends.
func Open(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("opening the store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	return s
}

var databases atomic.Int64

// freshDatabase makes an empty database and returns its address.
func freshDatabase(t testing.TB) string {
	t.Helper()
	at, err := cluster()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test_%d", databases.Add(1))
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, at.String())
	if err != nil {
		t.Fatalf("connecting to the test's PostgreSQL: %v", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("making a test database: %v", err)
	}
	own := url.URL{Scheme: at.Scheme, User: at.User, Path: "/" + name, RawQuery: at.RawQuery}
	return own.String()
}
