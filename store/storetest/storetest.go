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

	"github.com/jackc/pgx/v5"

	"consilium/store"
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

// freshDatabase makes an empty database on the server that all tests share and returns its address.
func freshDatabase(t testing.TB) string {
	t.Helper()
	at, err := cluster()
	if err != nil {
		t.Fatal(err)
	}
	return databaseOn(t, at).String()
}

// databaseOn makes an empty database on a server, and a role that owns it and may do nothing else: what the handbook tells an administrator to make.
func databaseOn(t testing.TB, at *url.URL) *url.URL {
	t.Helper()
	name := fmt.Sprintf("test_%d", databases.Add(1))
	ask(t, at, "CREATE ROLE "+name+" LOGIN PASSWORD '"+rolePassword+"'", "CREATE DATABASE "+name+" OWNER "+name, "REVOKE ALL ON DATABASE "+name+" FROM PUBLIC")
	own := *at
	own.User, own.Path = url.User(name), "/"+name
	return &own
}

// rolePassword is of every role of the tests; only a server that listens to more than a socket asks for it.
const rolePassword = "of-the-tests-only"

// ask says statements to a server, as the one who may do all there.
func ask(t testing.TB, at *url.URL, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), at.String())
	if err != nil {
		t.Fatalf("connecting to the test's PostgreSQL: %v", err)
	}
	defer conn.Close(context.Background())
	for _, s := range statements {
		if _, err := conn.Exec(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}
