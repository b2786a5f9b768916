package store_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"consilium/store"
	"consilium/store/storetest"
)

// The three together show what group commit is worth: BenchmarkOneSyncEach is the same row in a transaction and an
// fsync of its own, on the same disk, with eight writers; BenchmarkFsync is what the disk can do at all.

func BenchmarkAppend1(b *testing.B) { benchmarkAppend(b, 1) }
func BenchmarkAppend8(b *testing.B) { benchmarkAppend(b, 8) }

// BenchmarkAppend64 is a busy hospital: pages, partners and jobs write at once.
func BenchmarkAppend64(b *testing.B) { benchmarkAppend(b, 64) }

func benchmarkAppend(b *testing.B, writers int) {
	s := storetest.Open(b, storetest.SQLite(b, lines))
	share(b, writers, func(n int) error { return s.Update(b.Context(), wide(n)) })
}

func BenchmarkOneSyncEach(b *testing.B) {
	o := storetest.SQLite(b, lines)
	s, err := store.Open(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(o.Dir, "consilium.db")+"?_txlock=immediate&"+
		"_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	share(b, 8, func(n int) error {
		tx, err := db.BeginTx(b.Context(), nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if err := wide(n)(b.Context(), tx); err != nil {
			return err
		}
		return tx.Commit()
	})
}

func BenchmarkFsync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "f"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	for b.Loop() {
		if _, err := f.Write(page); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
}

// wide writes a row of the size of a small entry.
func wide(n int) func(context.Context, *sql.Tx) error {
	body := make([]byte, 1000)
	return func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO line (n, body) VALUES ($1, $2)`, n, body)
		return err
	}
}

// share has b.N writes done by so many writers.
func share(b *testing.B, writers int, write func(n int) error) {
	b.ResetTimer()
	var next atomic.Int64
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for n := int(next.Add(1)); n <= b.N; n = int(next.Add(1)) {
				if err := write(n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}
