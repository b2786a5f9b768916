package store_test

import (
	"context"
	"database/sql"
	"sync"
	"testing"
	"time"

	"consilium/jobs"
	"consilium/store"
	"consilium/store/storetest"
)

// twoNodes opens one PostgreSQL database from two data folders.
func twoNodes(t *testing.T) (a, b *store.Store) {
	t.Helper()
	o := storetest.Postgres(t, lines)
	o.Kinds = []jobs.Kind{kind}
	other := o
	other.Dir = t.TempDir()
	a, b = storetest.Open(t, o), storetest.Open(t, other)
	for _, s := range []*store.Store{a, b} {
		if meta(t, s, store.MetaRolledBack) != "" {
			t.Error("a second node takes itself for a restored one")
		}
	}
	return a, b
}

// A check and the write that follows from it must be one step for all nodes: a number is taken once.
func TestNodesOfOneHospitalWriteInTurn(t *testing.T) {
	a, b := twoNodes(t)
	const each = 40
	var all sync.WaitGroup
	for _, s := range []*store.Store{a, b, a, b} {
		all.Go(func() {
			for range each {
				err := s.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
					var next int
					if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(n), 0) + 1 FROM line`).Scan(&next); err != nil {
						return err
					}
					return add(next)(ctx, tx)
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := len(numbers(t, a)); got != 4*each {
		t.Errorf("%d rows, want %d", got, 4*each)
	}
}

func TestANodeTakesOverTheJobsOfOneThatIsGone(t *testing.T) {
	a, b := twoNodes(t)
	began, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	err := a.StartJobs(t.Context(), store.JobOptions{Parallel: 1, // no slot is left to take it up again
		Work: []store.JobWork{{Kind: kind, Do: func(context.Context, jobs.Job, func(jobs.Progress)) (jobs.Result, error) {
			close(began)
			<-release // as if its machine had stopped
			return jobs.Result{}, nil
		}}}})
	if err != nil {
		t.Fatal(err)
	}
	id := ask(t, b, 1)
	<-began
	if err := b.Reclaim(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	settle(t, b, id, jobs.Running) // its node was heard of lately
	err = b.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE river_job SET attempted_at = $1`, time.Now().Add(-time.Hour)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE job_progress SET updated_ms = $1`, time.Now().Add(-time.Hour).UnixMilli())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	taken := make(chan int, 1)
	start(t, b, func(_ context.Context, job jobs.Job, _ func(jobs.Progress)) error {
		taken <- job.Attempt
		return nil
	})
	if err := b.Reclaim(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	settle(t, b, id, jobs.Done)
	if attempt := <-taken; attempt != 2 {
		t.Errorf("taken over in attempt %d", attempt)
	}
}

func TestCancelReachesAnotherNode(t *testing.T) {
	a, b := twoNodes(t)
	began, ended := make(chan struct{}), make(chan struct{})
	start(t, a, func(ctx context.Context, _ jobs.Job, _ func(jobs.Progress)) error {
		close(began)
		<-ctx.Done()
		close(ended)
		return ctx.Err()
	})
	id := ask(t, b, 1)
	<-began
	if err := cancelJob(t, b, id); err != nil {
		t.Fatal(err)
	}
	<-ended
	settle(t, b, id, jobs.Cancelled)
}
