package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"consilium/jobs"
	"consilium/lang"
	"consilium/store"
	"consilium/store/storetest"
)

var kind = jobs.Kind{Name: "test.work", MaxAttempts: 3}

type task struct {
	N int `json:"n"`
}

// start works on jobs with do, which answers nothing, fast.
func start(t *testing.T, s *store.Store, do func(context.Context, jobs.Job, func(jobs.Progress)) error) {
	t.Helper()
	startAnswering(t, s, func(ctx context.Context, job jobs.Job, report func(jobs.Progress)) (jobs.Result, error) {
		return jobs.Result{}, do(ctx, job, report)
	})
}

func startAnswering(t *testing.T, s *store.Store, do jobs.Worker) {
	t.Helper()
	err := s.StartJobs(t.Context(), store.JobOptions{
		Work: []store.JobWork{{Kind: kind, Do: do}}, Parallel: 4,
		Poll: 10 * time.Millisecond, Report: time.Millisecond,
		Retry: func(int) time.Duration { return time.Millisecond },
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ask enqueues a job beside a row, as an append does.
func ask(t *testing.T, s *store.Store, n int) (id int64) {
	t.Helper()
	err := s.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) (err error) {
		if id, err = s.Enqueue(ctx, tx, kind.Name, task{n}); err != nil {
			return err
		}
		return add(n)(ctx, tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// settle waits until the job is in one of the states.
func settle(t *testing.T, s *store.Store, id int64, states ...jobs.State) (status jobs.Status) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		err := s.View(t.Context(), func(ctx context.Context, tx *sql.Tx) (err error) {
			status, err = jobs.Read(ctx, tx, id)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(states, status.State) {
			return status
		}
	}
	t.Fatalf("job %d is %+v, want %v", id, status, states)
	return status
}

func cancelJob(t *testing.T, s *store.Store, id int64) error {
	t.Helper()
	return s.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error { return s.Cancel(ctx, tx, id) })
}

func TestJobIsDoneWithItsArguments(t *testing.T) {
	storetest.EachOptions(t, rooms, func(t *testing.T, o store.Options) {
		o.Kinds = []jobs.Kind{kind}
		s := storetest.Open(t, o)
		id := ask(t, s, 7)
		settle(t, s, id, jobs.Waiting)
		start(t, s, func(ctx context.Context, job jobs.Job, report func(jobs.Progress)) error {
			var got task
			if err := job.Decode(&got); err != nil || got.N != 7 || job.ID != id || job.Attempt != 1 || job.MaxAttempts != 3 {
				return jobs.Permanent(fmt.Errorf("job %+v, %v", job, err))
			}
			report(jobs.Progress{Done: 3, Total: 4, Note: lang.Text{En: "smoothing", Zh: "平滑"}})
			return nil
		})
		got := settle(t, s, id, jobs.Done, jobs.Failed)
		if got.State != jobs.Done || got.Progress.Done != 3 || got.Progress.Note != (lang.Text{En: "smoothing", Zh: "平滑"}) || got.Kind != kind.Name {
			t.Errorf("got %+v", got)
		}
	})
}

// The job must neither outlive a write that failed nor be lost with one that succeeded, also inside one batch.
func TestJobExistsIfAndOnlyIfTheWriteDoes(t *testing.T) {
	storetest.Each(t, rooms, func(t *testing.T, s *store.Store) {
		no := errors.New("no")
		together(t, s, func(n int) error {
			return s.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				if _, err := s.Enqueue(ctx, tx, kind.Name, task{n}); err != nil {
					return err
				}
				if err := add(n)(ctx, tx); err != nil {
					return err
				}
				if n%3 == 1 {
					return no
				}
				return nil
			})
		}, func(n int, err error) {
			if n%3 == 1 != errors.Is(err, no) {
				t.Errorf("write %d: %v", n, err)
			}
		})
		var queued, rows int
		err := s.View(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			return errors.Join(tx.QueryRowContext(ctx, `SELECT count(*) FROM river_job`).Scan(&queued),
				tx.QueryRowContext(ctx, `SELECT count(*) FROM job_progress`).Scan(&rows))
		})
		if err != nil || queued != 8 || rows != 8 || len(numbers(t, s)) != 8 {
			t.Errorf("%d jobs, %d progress rows, %d rows, want 8 of each: %v", queued, rows, len(numbers(t, s)), err)
		}
		done := make(chan int, 20)
		start(t, s, func(_ context.Context, job jobs.Job, _ func(jobs.Progress)) error {
			var got task
			err := job.Decode(&got)
			done <- got.N
			return err
		})
		for range 8 {
			if n := <-done; n%3 == 1 {
				t.Errorf("job %d ran without its write", n)
			}
		}
	})
}

func TestEnqueueOutsideItsWriteIsRefused(t *testing.T) {
	storetest.Each(t, rooms, func(t *testing.T, s *store.Store) {
		err := s.View(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			_, err := s.Enqueue(ctx, tx, kind.Name, task{})
			return err
		})
		if !errors.Is(err, store.ErrOutside) {
			t.Errorf("got %v", err)
		}
	})
}

func TestFailedAttemptsAreRepeated(t *testing.T) {
	storetest.Each(t, rooms, func(t *testing.T, s *store.Store) {
		var tries sync.Map
		start(t, s, func(_ context.Context, job jobs.Job, _ func(jobs.Progress)) error {
			var got task
			if err := job.Decode(&got); err != nil {
				return err
			}
			tries.Store(got.N, job.Attempt)
			switch {
			case got.N == 1 && job.Attempt < 3:
				return errors.New("not yet")
			case got.N == 2:
				panic("never")
			case got.N == 3:
				return jobs.Permanent(errors.New("no image"))
			}
			return nil
		})
		for _, c := range []struct {
			n, attempts int
			state       jobs.State
			text        string
		}{{1, 3, jobs.Done, ""}, {2, 3, jobs.Failed, "the job's worker panicked: never"}, {3, 1, jobs.Failed, "no image"}} {
			got := settle(t, s, ask(t, s, c.n), jobs.Done, jobs.Failed)
			tried, _ := tries.Load(c.n)
			if got.State != c.state || got.Error != c.text || got.Attempt != c.attempts || tried != c.attempts {
				t.Errorf("job %d: %+v after %v attempts", c.n, got, tried)
			}
		}
	})
}

// What a job answers is kept, also where its attempt failed, until a later attempt answers something else or the job is asked for anew.
func TestJobsAnswer(t *testing.T) {
	type counted struct{ Opened, Faulty int }
	storetest.Each(t, rooms, func(t *testing.T, s *store.Store) {
		file := &jobs.File{Hash: jobs.Hash{1, 2, 31: 9}, Size: 12, Type: "model/stl", Name: "guide.stl"}
		faults := []lang.Text{{En: "row 3: no such date", Zh: "第 3 行：日期不存在"}, {En: "row 5: \t\nodd", Zh: "第 5 行"}}
		startAnswering(t, s, func(_ context.Context, job jobs.Job, _ func(jobs.Progress)) (jobs.Result, error) {
			var got task
			if err := job.Decode(&got); err != nil {
				return jobs.Result{}, err
			}
			r, err := jobs.Result{Summary: lang.Text{En: "done", Zh: "完成"}, Faults: faults, File: file}.Reporting(counted{job.Attempt, 2})
			switch {
			case err != nil || got.N == 1:
				return r, err
			case got.N == 2 && job.Attempt == 1:
				return r, errors.New("half of it")
			case got.N == 3:
				return r, jobs.Permanent(errors.New("half of it"))
			}
			return jobs.Result{}, nil
		})
		for n, want := range map[int]jobs.State{1: jobs.Done, 2: jobs.Done, 3: jobs.Failed} {
			got := settle(t, s, ask(t, s, n), jobs.Done, jobs.Failed)
			var report counted
			if err := got.Result.Decode(&report); err != nil || report != (counted{1, 2}) || got.State != want {
				t.Errorf("job %d: %+v, %v", n, got, err)
			}
			if r := got.Result; r.Summary.Zh != "完成" || !slices.Equal(r.Faults, faults) || r.File == nil || *r.File != *file || r.Empty() {
				t.Errorf("job %d: %+v", n, r)
			}
			if lines := got.Result.Lines(lang.English); len(lines) != 3 || lines[1] != faults[0].En {
				t.Errorf("lines %q", lines)
			}
		}
		if got := settle(t, s, ask(t, s, 4), jobs.Done); !got.Result.Empty() || got.Result.Decode(&struct{}{}) == nil {
			t.Errorf("a job that has nothing to say: %+v", got.Result)
		}
	})
}

func TestCancel(t *testing.T) {
	storetest.Each(t, rooms, func(t *testing.T, s *store.Store) {
		waiting := ask(t, s, 1)
		if err := cancelJob(t, s, waiting); err != nil {
			t.Fatal(err)
		}
		began := make(chan int, 10)
		start(t, s, func(ctx context.Context, job jobs.Job, _ func(jobs.Progress)) error {
			var got task
			if err := job.Decode(&got); err != nil {
				return err
			}
			began <- got.N
			<-ctx.Done()
			return ctx.Err()
		})
		running := ask(t, s, 2)
		if n := <-began; n != 2 {
			t.Errorf("job %d ran although it was cancelled", n)
		}
		if err := cancelJob(t, s, running); err != nil {
			t.Fatal(err)
		}
		for _, id := range []int64{waiting, running} {
			settle(t, s, id, jobs.Cancelled)
			if err := cancelJob(t, s, id); err != nil {
				t.Errorf("cancelling again: %v", err)
			}
		}
		if err := cancelJob(t, s, 12345); !errors.Is(err, jobs.ErrNotFound) {
			t.Errorf("no such job: %v", err)
		}
	})
}

func TestStoppedJobsRunAgain(t *testing.T) {
	storetest.EachOptions(t, rooms, func(t *testing.T, o store.Options) {
		s := storetest.Open(t, o)
		began := make(chan struct{})
		start(t, s, func(ctx context.Context, job jobs.Job, _ func(jobs.Progress)) error {
			close(began)
			<-ctx.Done()
			return ctx.Err()
		})
		id := ask(t, s, 1)
		<-began
		if err := s.StopJobs(t.Context()); err != nil {
			t.Fatal(err)
		}
		settle(t, s, id, jobs.Waiting)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = storetest.Open(t, o)
		start(t, s, func(context.Context, jobs.Job, func(jobs.Progress)) error { return nil })
		settle(t, s, id, jobs.Done)
	})
}

// A node that was killed finds its jobs as running ones; no second start of it may leave them so.
func TestInterruptedJobsRunAgain(t *testing.T) {
	storetest.EachOptions(t, rooms, func(t *testing.T, o store.Options) {
		s := storetest.Open(t, o)
		began, release := make(chan struct{}, 9), make(chan struct{})
		defer close(release)
		start(t, s, func(ctx context.Context, job jobs.Job, _ func(jobs.Progress)) error {
			began <- struct{}{}
			<-release
			return nil
		})
		id, last := ask(t, s, 1), ask(t, s, 2)
		<-began
		<-began
		err := s.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE river_job SET attempt = max_attempts WHERE id = $1`, last)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		// What a killed process leaves: the rows as they are now, and nobody at work.
		if err := s.Reclaim(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		settle(t, s, id, jobs.Waiting, jobs.Running) // and the same process takes it up again
		<-began
		if got := settle(t, s, last, jobs.Failed); got.Error == "" {
			t.Errorf("got %+v", got)
		}
	})
}

// Pages write all the time; the queue must get its turns, and neither may fail with a busy database.
func TestJobsUnderLoad(t *testing.T) {
	storetest.Each(t, rooms, func(t *testing.T, s *store.Store) {
		const asked = 60
		var left atomic.Int64
		left.Store(asked)
		over := make(chan struct{})
		start(t, s, func(ctx context.Context, job jobs.Job, report func(jobs.Progress)) error {
			report(jobs.Progress{Done: 1, Total: 1})
			err := s.Update(ctx, add(1_000_000+int(job.ID))) // a job writes too
			if left.Add(-1) == 0 {
				close(over)
			}
			return err
		})
		var all sync.WaitGroup
		var written atomic.Int64
		for w := range 8 {
			all.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-over:
						return
					default:
					}
					if err := s.Update(t.Context(), add(10_000*(w+1)+i)); err != nil {
						t.Error(err)
						return
					}
					written.Add(1)
				}
			})
		}
		var ids []int64
		for n := range asked {
			ids = append(ids, ask(t, s, n))
		}
		all.Wait()
		for _, id := range ids {
			if got := settle(t, s, id, jobs.Done, jobs.Failed); got.State != jobs.Done {
				t.Errorf("job %d: %+v", id, got)
			}
		}
		t.Logf("%d writes beside %d jobs", written.Load(), asked)
	})
}

func TestList(t *testing.T) {
	storetest.Each(t, rooms, func(t *testing.T, s *store.Store) {
		first, second := ask(t, s, 1), ask(t, s, 2)
		err := s.View(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			for _, c := range []struct {
				kind  string
				limit int
				want  []int64
			}{{"", 9, []int64{second, first}}, {kind.Name, 1, []int64{second}}, {"other", 9, nil}} {
				list, err := jobs.List(ctx, tx, c.kind, c.limit)
				if err != nil {
					return err
				}
				var got []int64
				for _, s := range list {
					got = append(got, s.ID)
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("kind %q: %v, want %v", c.kind, got, c.want)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}
