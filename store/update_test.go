package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"consilium/store"
	"consilium/store/storetest"
)

var lines = fstest.MapFS{"99901_line.sql": {Data: []byte(`-- +goose Up
CREATE TABLE line (
	n    INTEGER PRIMARY KEY,
	body BLOB NOT NULL
) STRICT;
`)}}

var rooms = []fs.FS{lines}

func add(n int) func(context.Context, *sql.Tx) error {
	return func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO line (n, body) VALUES ($1, $2)`, n, []byte{1})
		return err
	}
}

func numbers(t testing.TB, s *store.Store) []int {
	t.Helper()
	var all []int
	err := s.View(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT n FROM line ORDER BY n`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var n int
			if err := rows.Scan(&n); err != nil {
				return err
			}
			all = append(all, n)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestConcurrentWritesAreAllThere(t *testing.T) {
	storetest.Each(t, rooms, func(t *testing.T, s *store.Store) {
		const writers, each = 8, 50
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() {
				for i := range each {
					if err := s.Update(t.Context(), add(w*each+i)); err != nil {
						t.Errorf("write %d: %v", w*each+i, err)
					}
				}
			})
		}
		all.Wait()
		if got := len(numbers(t, s)); got != writers*each {
			t.Errorf("%d rows, want %d", got, writers*each)
		}
	})
}

func TestAFailedWriteLeavesTheOthersOfItsBatch(t *testing.T) {
	storetest.Each(t, rooms, func(t *testing.T, s *store.Store) {
		unwanted := errors.New("unwanted")
		together(t, s, func(n int) error {
			return s.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				if err := add(n)(ctx, tx); err != nil {
					return err
				}
				switch n % 3 {
				case 1:
					return unwanted
				case 2:
					return add(n)(ctx, tx) // the same key twice: the database refuses
				}
				return nil
			})
		}, func(n int, err error) {
			if (err != nil) != (n%3 != 0) || n%3 == 1 && !errors.Is(err, unwanted) {
				t.Errorf("write %d: %v", n, err)
			}
		})
		if got, want := numbers(t, s), []int{0, 3, 6, 9}; !slices.Equal(got, want) {
			t.Errorf("rows %v, want %v", got, want)
		}
	})
}

// together runs writes 0 to 11 so that they wait behind one that holds the turn.
func together(t *testing.T, s *store.Store, write func(n int) error, check func(n int, err error)) {
	t.Helper()
	held, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		s.Update(t.Context(), func(context.Context, *sql.Tx) error {
			close(held)
			<-release
			return nil
		})
	})
	<-held
	for n := range 12 {
		all.Go(func() { check(n, write(n)) })
	}
	close(release)
	all.Wait()
}

func TestPanicUndoesItsOwnStatementsAndGoesUp(t *testing.T) {
	storetest.Each(t, rooms, func(t *testing.T, s *store.Store) {
		caught := func() (p any) {
			defer func() { p = recover() }()
			return s.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				if err := add(1)(ctx, tx); err != nil {
					return err
				}
				panic("boom")
			})
		}()
		if caught != "boom" {
			t.Errorf("caught %v", caught)
		}
		if err := s.Update(t.Context(), add(2)); err != nil {
			t.Fatal(err)
		}
		if got := numbers(t, s); !slices.Equal(got, []int{2}) {
			t.Errorf("rows %v", got)
		}
	})
}

func TestCancelledCallersDoNotHarmOthers(t *testing.T) {
	storetest.Each(t, rooms, func(t *testing.T, s *store.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		err := s.Update(ctx, func(inside context.Context, tx *sql.Tx) error {
			cancel() // in the middle of the write: it goes on
			return add(1)(inside, tx)
		})
		if err != nil {
			t.Errorf("cancelled while running: %v", err)
		}
		if err := s.Update(ctx, add(2)); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before: %v", err)
		}
		if got := numbers(t, s); !slices.Equal(got, []int{1}) {
			t.Errorf("rows %v", got)
		}
	})
}

// SQLite ends the whole transaction by itself when the disk is full or a statement is interrupted; what the
// function still writes must not be saved by halves. (PostgreSQL only marks the transaction as failed.)
func TestALostTransactionSavesNothing(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t, lines))
	err := s.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		if err := add(1)(ctx, tx); err != nil {
			return err
		}
		tx.ExecContext(ctx, "ROLLBACK") // as SQLite does by itself on a full disk
		add(2)(ctx, tx)
		return nil
	})
	if !errors.Is(err, store.ErrNotSaved) {
		t.Errorf("got %v, want ErrNotSaved", err)
	}
	if err := s.Update(t.Context(), add(3)); err != nil {
		t.Fatal(err)
	}
	if got := numbers(t, s); !slices.Equal(got, []int{3}) {
		t.Errorf("rows %v, want only 3", got)
	}
}

func TestNestedWriteIsRefused(t *testing.T) {
	storetest.Each(t, rooms, func(t *testing.T, s *store.Store) {
		err := s.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error { return s.Update(ctx, add(1)) })
		if !errors.Is(err, store.ErrNested) {
			t.Errorf("got %v", err)
		}
	})
}

func TestOnCommitRunsInOrderAndOnlyAfterSuccess(t *testing.T) {
	storetest.Each(t, rooms, func(t *testing.T, s *store.Store) {
		var told []int // written by the announcer only, read after all Updates have returned
		var order []int
		together(t, s, func(n int) error {
			return s.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				store.OnCommit(ctx, func() { told = append(told, n) })
				if n%4 == 3 {
					return fmt.Errorf("no")
				}
				order = append(order, n)
				return nil
			})
		}, func(int, error) {})
		if len(told) != 9 || !slices.Equal(told, order) {
			t.Errorf("told %v, wrote %v", told, order)
		}
	})
}

func TestViewSeesOneMomentAndCannotWrite(t *testing.T) {
	storetest.Each(t, rooms, func(t *testing.T, s *store.Store) {
		err := s.View(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			var before, after int
			count := func(n *int) error { return tx.QueryRowContext(ctx, `SELECT count(*) FROM line`).Scan(n) }
			err := errors.Join(count(&before), s.Update(t.Context(), add(1)), count(&after))
			if before != 0 || after != 0 {
				t.Errorf("%d then %d rows in one view", before, after)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		if err := s.View(t.Context(), add(2)); err == nil {
			t.Error("a view could write")
		}
		if got := numbers(t, s); !slices.Equal(got, []int{1}) {
			t.Errorf("rows %v", got)
		}
	})
}

func TestClosedStoreRefusesWrites(t *testing.T) {
	storetest.Each(t, rooms, func(t *testing.T, s *store.Store) {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.Update(t.Context(), add(1)); !errors.Is(err, store.ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}

// The database itself may refuse a commit: then nobody of the batch is told that his write is saved.
func TestACommitThatFailsIsToldToAll(t *testing.T) {
	deferred := fstest.MapFS{"99903_child.sql": {Data: []byte(`-- +goose Up
CREATE TABLE child (
	n INTEGER REFERENCES line (n) DEFERRABLE INITIALLY DEFERRED
) STRICT;
`)}}
	storetest.Each(t, []fs.FS{lines, deferred}, func(t *testing.T, s *store.Store) {
		var told atomic.Int64
		together(t, s, func(n int) error {
			return s.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				store.OnCommit(ctx, func() { told.Add(1) })
				_, err := tx.ExecContext(ctx, `INSERT INTO child (n) VALUES ($1)`, 1000+n)
				return errors.Join(err, add(n)(ctx, tx))
			})
		}, func(n int, err error) {
			if !errors.Is(err, store.ErrNotSaved) {
				t.Errorf("write %d: %v", n, err)
			}
		})
		if got := numbers(t, s); len(got) != 0 || told.Load() != 0 {
			t.Errorf("rows %v, %d told", got, told.Load())
		}
		if err := s.Update(t.Context(), add(1)); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}
