package store

import (
	"context"
	"database/sql"
	"sync"
	"testing"
	"testing/synctest"
)

// Twelve writes that wait while another runs share its commit. The bubble tells when all twelve wait.
func TestWritesThatWaitShareOneCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.Context(), Options{Dir: t.TempDir(), Create: true})
		if err != nil {
			t.Fatal(err)
		}
		commits := 0 // the writer's goroutine only, read when it has ended
		w := newWriter(func() (*batch, error) {
			b, err := s.beginSQLite()
			if err == nil {
				commit := b.commit
				b.commit = func() error { commits++; return commit() }
			}
			return b, err
		}, s.log)
		var all sync.WaitGroup
		err = w.update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			for range 12 {
				all.Go(func() {
					if err := w.update(t.Context(), func(context.Context, *sql.Tx) error { return nil }); err != nil {
						t.Error(err)
					}
				})
			}
			synctest.Wait()
			return nil
		})
		all.Wait()
		// A smaller batch after a larger one waits for no clock: it would not end in this bubble.
		if err := w.update(t.Context(), func(context.Context, *sql.Tx) error { return nil }); err != nil {
			t.Error(err)
		}
		w.close()
		if err != nil || commits != 2 {
			t.Errorf("%d commits for 13 writes and one, %v", commits, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
