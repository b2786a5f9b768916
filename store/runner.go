package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"consilium/jobs"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// errCancelled is why the context of a cancelled job ends.
var errCancelled = errors.New("the job was cancelled")

// JobWork is a kind of job and what does it.
type JobWork struct {
	Kind jobs.Kind
	Do   jobs.Worker
}

// JobOptions say what this process works on. Zero values are sensible.
type JobOptions struct {
	Work     []JobWork
	Parallel int           // jobs at once; 0: one for each processor
	Poll     time.Duration // how often to look for jobs; 0: half a second (PostgreSQL also tells us)
	Report   time.Duration // at most one progress row in this time; 0: half a second
	// Retry is how long to wait after a failed attempt; nil grows from a second to minutes.
	Retry func(attempt int) time.Duration
}

// runner works on jobs in this process.
type runner struct {
	store  *Store
	client client
	report time.Duration
	ctx    context.Context // ends when the runner stops
	end    context.CancelFunc
	loops  sync.WaitGroup
}

// StartJobs begins to work on jobs, first of all on those that a crash of this node has interrupted. It goes on
// until StopJobs or Close.
func (s *Store) StartJobs(ctx context.Context, o JobOptions) error {
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.closed {
		return ErrClosed
	}
	if s.runner != nil {
		return errors.New("the jobs have been started already")
	}
	if err := s.reclaim(ctx, true); err != nil {
		return err
	}
	r := &runner{store: s, report: orElse(o.Report, time.Second/2)}
	r.ctx, r.end = context.WithCancel(context.Background())
	config, err := r.config(o)
	if err != nil {
		r.end()
		return err
	}
	if r.client, err = s.queue.start(r.ctx, config); err != nil {
		r.end()
		return fmt.Errorf("starting the jobs: %w", sorted(err))
	}
	s.runner = r
	r.loops.Go(r.tidy)
	return nil
}

func orElse(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

func (r *runner) config(o JobOptions) (*river.Config, error) {
	workers, seen := river.NewWorkers(), map[string]bool{}
	for _, w := range o.Work {
		if seen[w.Kind.Name] {
			return nil, fmt.Errorf("the job kind %q has two workers", w.Kind.Name)
		}
		seen[w.Kind.Name] = true
		r.store.kinds.Store(w.Kind.Name, w.Kind)
		worker := &riverWorker{runner: r, do: w.Do, retry: o.Retry}
		river.AddWorkerArgs(workers, payload{kind: w.Kind.Name}, worker)
	}
	parallel := o.Parallel
	if parallel <= 0 {
		parallel = runtime.NumCPU()
	}
	return &river.Config{
		ID:                r.store.id,
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: parallel}},
		Workers:           workers,
		JobTimeout:        -1, // a finite-element run takes as long as it takes
		FetchPollInterval: orElse(o.Poll, time.Second/2),
		FetchCooldown:     min(orElse(o.Poll, time.Second/2), 100*time.Millisecond),
		PollOnly:          !r.store.Postgres(), // on SQLite listening is polling too, 20 times a second
		Logger:            slog.New(quiet{r.store.log.Handler()}),
	}, nil
}

// StopJobs ends the work on jobs. Running ones see their context end, and are run again at the next start.
func (s *Store) StopJobs(ctx context.Context) error {
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.runner == nil {
		return nil
	}
	err := s.runner.stop(ctx)
	s.runner = nil
	return err
}

func (r *runner) stop(ctx context.Context) error {
	r.end()
	err := r.client.StopAndCancel(ctx)
	r.loops.Wait()
	if err != nil {
		return fmt.Errorf("stopping the jobs: %w", err)
	}
	return nil
}

func (s *Store) attempts(kind string) int {
	if k, ok := s.kinds.Load(kind); ok && k.(jobs.Kind).MaxAttempts > 0 {
		return k.(jobs.Kind).MaxAttempts
	}
	return defaultAttempts
}

// interrupt ends the context of a job that runs in this process. Another process hears it from River.
func (s *Store) interrupt(id int64) {
	if value, ok := s.live.Load(id); ok {
		value.(context.CancelCauseFunc)(errCancelled)
	}
}

// riverWorker does the jobs of one kind.
type riverWorker struct {
	river.WorkerDefaults[payload]
	runner *runner
	do     jobs.Worker
	retry  func(attempt int) time.Duration
}

// NextRetry implements river.Worker.
func (w *riverWorker) NextRetry(job *river.Job[payload]) time.Time {
	if w.retry == nil {
		return time.Time{} // River's own: the fourth power of the attempt, in seconds
	}
	return time.Now().Add(w.retry(job.Attempt)) // River compares it with the machine's clock
}

// Work implements river.Worker. The row that pages read is written before River's own, so that nobody who sees the
// row as final can see the job run again for any other reason than a crash in between.
func (w *riverWorker) Work(ctx context.Context, job *river.Job[payload]) error {
	s := w.runner.store
	keep := context.WithoutCancel(ctx) // what happened is written down even when the job was cancelled
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.live.Store(job.ID, cancel)
	defer s.live.Delete(job.ID)

	started, err := s.markStarted(keep, job)
	if err != nil {
		return err
	}
	if !started {
		return river.JobCancel(errCancelled)
	}
	reporter := newReporter(keep, s, job.ID, w.runner.report)
	result, err := w.attempt(ctx, job, reporter.report)
	last := reporter.stop()
	if err == nil {
		return s.markDone(keep, job, last, result)
	}
	return w.failed(keep, ctx, job, result, err)
}

// attempt turns a panic into an error.
func (w *riverWorker) attempt(ctx context.Context, job *river.Job[payload], report func(jobs.Progress)) (result jobs.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			w.runner.store.log.Error("a job's worker panicked", "kind", job.Kind, "job", job.ID, "stack", string(debug.Stack()))
			err = fmt.Errorf("the job's worker panicked: %v", p)
		}
	}()
	return w.do(ctx, jobs.Job{ID: job.ID, Kind: job.Kind, Args: job.Args.args,
		Attempt: job.Attempt, MaxAttempts: job.MaxAttempts}, report)
}

// failed writes down how the attempt ended, and tells River.
func (w *riverWorker) failed(keep, ctx context.Context, job *river.Job[payload], result jobs.Result, err error) error {
	s := w.runner.store
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errCancelled), errors.Is(cause, rivertype.ErrJobCancelledRemotely):
		return errors.Join(s.markEnded(keep, job, jobs.Cancelled, "", result), river.JobCancel(errCancelled))
	case w.runner.ctx.Err() != nil: // the process stops: this attempt does not count
		return errors.Join(s.markEnded(keep, job, jobs.Waiting, "", result), river.JobSnooze(0))
	case jobs.IsPermanent(err):
		s.log.Warn("a job failed for good", "kind", job.Kind, "job", job.ID)
		return errors.Join(s.markEnded(keep, job, jobs.Failed, err.Error(), result), river.JobCancel(err))
	case job.Attempt >= job.MaxAttempts:
		s.log.Warn("a job failed in its last attempt", "kind", job.Kind, "job", job.ID)
		return errors.Join(s.markEnded(keep, job, jobs.Failed, err.Error(), result), err)
	}
	return errors.Join(s.markEnded(keep, job, jobs.Retrying, err.Error(), result), err)
}

// tidy beats the hearts of running jobs and takes over those of nodes that are gone.
func (r *runner) tidy() {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-beat.C:
		}
		if err := errors.Join(r.store.beat(r.ctx), r.store.reclaim(r.ctx, false)); err != nil && r.ctx.Err() == nil {
			r.store.log.Warn("looking after the jobs", "error", err)
		}
	}
}

// quiet passes on warnings and errors only: River tells much about itself.
type quiet struct{ slog.Handler }

// Enabled implements slog.Handler.
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }

// exec is an Update of one statement.
func (s *Store) exec(ctx context.Context, query string, args ...any) (changed int64, err error) {
	err = s.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		changed, err = result.RowsAffected()
		return err
	})
	return changed, err
}
