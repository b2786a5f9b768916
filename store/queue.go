package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"consilium/jobs"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
)

const defaultAttempts = 5

// queue is River on one of the two databases.
type queue interface {
	insert(ctx context.Context, b *batch, args payload, attempts int) (int64, error)
	cancel(ctx context.Context, b *batch, id int64) error
	// complete ends a running job in the transaction of b.
	complete(ctx context.Context, b *batch, job *river.Job[payload]) error
	// start makes a client that works.
	start(ctx context.Context, config *river.Config) (client, error)
}

// client is the part of River's generic client that does not name its transactions.
type client interface {
	Start(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
}

// payload is a job of any kind, as River sees it.
type payload struct {
	kind string
	args json.RawMessage
}

// Kind implements river.JobArgs.
func (p payload) Kind() string { return p.kind }

// MarshalJSON gives the arguments as they are.
func (p payload) MarshalJSON() ([]byte, error) { return p.args, nil }

// UnmarshalJSON keeps the arguments as they are.
func (p *payload) UnmarshalJSON(data []byte) error {
	p.args = append(p.args[:0], data...)
	return nil
}

// riverQueue speaks to River with the transactions T of one driver, which in finds in ours.
type riverQueue[T any] struct {
	driver riverdriver.Driver[T]
	client *river.Client[T] // inserts and cancels only
	in     func(b *batch, do func(T) error) error
	// completeTx is river.JobCompleteTx of the driver.
	completeTx func(ctx context.Context, tx T, job *river.Job[payload]) error
}

func newRiverQueue[T any](driver riverdriver.Driver[T], in func(*batch, func(T) error) error,
	completeTx func(context.Context, T, *river.Job[payload]) error) (queue, error) {
	c, err := river.NewClient(driver, &river.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("opening the job queue: %w", err)
	}
	return &riverQueue[T]{driver, c, in, completeTx}, nil
}

func (q *riverQueue[T]) insert(ctx context.Context, b *batch, args payload, attempts int) (id int64, err error) {
	err = q.in(b, func(tx T) error {
		result, err := q.client.InsertTx(ctx, tx, args, &river.InsertOpts{MaxAttempts: attempts})
		if err == nil {
			id = result.Job.ID
		}
		return err
	})
	return id, err
}

func (q *riverQueue[T]) cancel(ctx context.Context, b *batch, id int64) error {
	return q.in(b, func(tx T) error {
		_, err := q.client.JobCancelTx(ctx, tx, id)
		if errors.Is(err, rivertype.ErrNotFound) {
			return jobs.ErrNotFound
		}
		return err
	})
}

func (q *riverQueue[T]) complete(ctx context.Context, b *batch, job *river.Job[payload]) error {
	return q.in(b, func(tx T) error { return q.completeTx(ctx, tx, job) })
}

func (q *riverQueue[T]) start(ctx context.Context, config *river.Config) (client, error) {
	c, err := river.NewClient(q.driver, config)
	if err != nil {
		return nil, err
	}
	return c, c.Start(ctx)
}

func (s *Store) openQueue() (err error) {
	if s.Postgres() {
		s.queue, err = newRiverQueue(riverpgxv5.New(s.pool), inPgx,
			func(ctx context.Context, tx pgx.Tx, job *river.Job[payload]) error {
				_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
				return err
			})
		return err
	}
	s.queue, err = newRiverQueue(riversqlite.New(s.jobsDB),
		func(b *batch, do func(*sql.Tx) error) error { return do(b.tx) },
		func(ctx context.Context, tx *sql.Tx, job *river.Job[payload]) error {
			_, err := river.JobCompleteTx[*riversqlite.Driver](ctx, tx, job)
			return err
		})
	return err
}

// inPgx lends River the pgx connection that the transaction of b runs on. Both speak on one connection, one after
// the other, so the job commits or rolls back with the append.
func inPgx(b *batch, do func(pgx.Tx) error) error {
	return b.conn.Raw(func(dc any) error { return do(&lentTx{conn: dc.(textConn).Conn.Conn()}) })
}

func migrateSQLiteJobs(ctx context.Context, db *sql.DB) error {
	return migrateJobs(ctx, riversqlite.New(db))
}

// migrateJobs brings River's own tables up to date.
func migrateJobs[T any](ctx context.Context, driver riverdriver.Driver[T]) error {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("migrating the job queue: %w", err)
	}
	there, err := m.ExistingVersions(ctx)
	if err != nil {
		return fmt.Errorf("reading the job queue's version: %w", sorted(err))
	}
	if len(there) > len(m.AllVersions()) {
		return fmt.Errorf("the job queue's tables: %w", ErrNewer)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrating the job queue: %w", sorted(err))
	}
	return nil
}

// Enqueue asks for a job in the transaction of the Update that tx belongs to: the job exists if and only if that
// commits. It implements jobs.Queue.
func (s *Store) Enqueue(ctx context.Context, tx jobs.Tx, kind string, args any) (int64, error) {
	b, err := s.batchOf(ctx, tx)
	if err != nil {
		return 0, fmt.Errorf("asking for a job %s: %w", kind, err)
	}
	data, err := json.Marshal(args)
	if err != nil {
		return 0, fmt.Errorf("asking for a job %s: %w", kind, err)
	}
	attempts := s.attempts(kind)
	id, err := s.queue.insert(ctx, b, payload{kind, data}, attempts)
	if err != nil {
		return 0, fmt.Errorf("asking for a job %s: %w", kind, sorted(err))
	}
	// River may give the number of a job that was cleared away again: its old row goes.
	now := s.now().UnixMilli()
	_, err = tx.ExecContext(ctx, `INSERT INTO job_progress (job, kind, state, done, total, note, rate, estimate_ms,
		attempt, error, worker, created_ms, updated_ms) VALUES ($1, $2, $3, 0, 0, '', 0, 0, 0, '', '', $4, $5)
		ON CONFLICT (job) DO UPDATE SET kind = excluded.kind, state = excluded.state, done = 0, total = 0, note = '', note_zh = '', result = '', person = '', about = '', erased = 0,
		rate = 0, estimate_ms = 0, attempt = 0, error = '', worker = '', created_ms = excluded.created_ms,
		updated_ms = excluded.updated_ms`, id, kind, string(jobs.Waiting), now, now)
	if err != nil {
		return 0, fmt.Errorf("asking for a job %s: %w", kind, err)
	}
	return id, nil
}

// Cancel ends a job: see jobs.Canceller, which it implements.
func (s *Store) Cancel(ctx context.Context, tx jobs.Tx, id int64) error {
	b, err := s.batchOf(ctx, tx)
	if err != nil {
		return fmt.Errorf("cancelling job %d: %w", id, err)
	}
	status, err := jobs.Read(ctx, tx, id)
	if err != nil {
		return fmt.Errorf("cancelling: %w", err)
	}
	if status.State.Final() {
		return nil
	}
	if err := s.queue.cancel(ctx, b, id); err != nil {
		return fmt.Errorf("cancelling job %d: %w", id, sorted(err))
	}
	_, err = tx.ExecContext(ctx, `UPDATE job_progress SET state = $1, worker = '', updated_ms = $2 WHERE job = $3`,
		string(jobs.Cancelled), s.now().UnixMilli(), id)
	if err != nil {
		return fmt.Errorf("cancelling job %d: %w", id, err)
	}
	OnCommit(ctx, func() { s.interrupt(id) })
	return nil
}

// Erase destroys what a job was asked and what it said: see jobs.Eraser, which it implements.
func (s *Store) Erase(ctx context.Context, tx jobs.Tx, id int64) error {
	if err := s.Cancel(ctx, tx, id); err != nil {
		return err
	}
	asked := `UPDATE river_job SET args = jsonb('{}'), errors = NULL WHERE id = $1`
	if s.Postgres() {
		asked = `UPDATE river_job SET args = '{}', errors = NULL WHERE id = $1`
	}
	if _, err := tx.ExecContext(ctx, asked, id); err != nil {
		return fmt.Errorf("erasing what job %d was asked: %w", id, err)
	}
	status, err := jobs.Read(ctx, tx, id)
	if err != nil {
		return fmt.Errorf("erasing what a job said: %w", err)
	}
	left, err := json.Marshal(jobs.Result{Summary: status.Result.Summary})
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE job_progress SET note = '', note_zh = '', error = '', result = $1, erased = 1 WHERE job = $2`, string(left), id)
	if err != nil {
		return fmt.Errorf("erasing what job %d said: %w", id, err)
	}
	return nil
}

// batchOf returns the batch that ctx runs in, if tx is its transaction.
func (s *Store) batchOf(ctx context.Context, tx jobs.Tx) (*batch, error) {
	c := running(ctx)
	if given, ok := tx.(*sql.Tx); !ok || c == nil || given != c.batch.tx {
		return nil, ErrOutside
	}
	return c.batch, nil
}

// heartbeat and how long a job may be silent before another node takes it for lost.
const (
	heartbeat = 20 * time.Second
	lostAfter = 6 * heartbeat
)
