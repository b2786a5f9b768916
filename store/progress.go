package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"consilium/jobs"

	"github.com/riverqueue/river"
)

// markStarted writes that the job runs here. It returns false if the job was cancelled meanwhile.
func (s *Store) markStarted(ctx context.Context, job *river.Job[payload]) (bool, error) {
	n, err := s.exec(ctx, `UPDATE job_progress SET state = $1, attempt = $2, worker = $3, done = 0, total = 0,
		note = '', note_zh = '', rate = 0, estimate_ms = 0, updated_ms = $4 WHERE job = $5 AND state <> $6`,
		string(jobs.Running), job.Attempt, s.id, s.now().UnixMilli(), job.ID, string(jobs.Cancelled))
	if err != nil {
		return false, fmt.Errorf("starting job %d: %w", job.ID, err)
	}
	return n == 1, nil
}

// markDone ends the job in River's table and in ours at once.
func (s *Store) markDone(ctx context.Context, job *river.Job[payload], last jobs.Progress, result jobs.Result) error {
	err := s.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.queue.complete(ctx, running(ctx).batch, job); err != nil {
			return err
		}
		if err := writeProgress(ctx, tx, job.ID, last, s.now()); err != nil {
			return err
		}
		if err := writeResult(ctx, tx, job.ID, result); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE job_progress SET state = $1, error = '', estimate_ms = 0, worker = ''
			WHERE job = $2`, string(jobs.Done), job.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("ending job %d: %w", job.ID, err)
	}
	return nil
}

// markEnded ends an attempt that did not do the job; what it had to say nevertheless is kept.
func (s *Store) markEnded(ctx context.Context, job *river.Job[payload], state jobs.State, why string, result jobs.Result) error {
	err := s.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := writeResult(ctx, tx, job.ID, result); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE job_progress SET state = $1, error = CASE erased WHEN 0 THEN $2 ELSE '' END, worker = '', estimate_ms = 0,
			updated_ms = $3 WHERE job = $4`, string(state), why, s.now().UnixMilli(), job.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("ending job %d: %w", job.ID, err)
	}
	return nil
}

func writeResult(ctx context.Context, tx *sql.Tx, id int64, result jobs.Result) error {
	if result.Empty() {
		return nil
	}
	text, err := json.Marshal(result)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE job_progress SET result = $1 WHERE job = $2 AND erased = 0`, string(text), id)
	return err
}

func writeProgress(ctx context.Context, tx *sql.Tx, id int64, p jobs.Progress, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE job_progress SET done = $1, total = $2, note = $3, note_zh = $4, rate = $5,
		estimate_ms = $6, updated_ms = $7 WHERE job = $8 AND erased = 0`,
		p.Done, p.Total, p.Note.En, p.Note.Zh, p.Rate, p.Estimate.Milliseconds(), now.UnixMilli(), id)
	return err
}

// beat says that this node's jobs are alive.
func (s *Store) beat(ctx context.Context) error {
	_, err := s.exec(ctx, `UPDATE job_progress SET updated_ms = $1 WHERE worker = $2 AND state = $3`,
		s.now().UnixMilli(), s.id, string(jobs.Running))
	return err
}

const keepRows = 30 * 24 * time.Hour // of jobs that are over

// reclaim lets interrupted jobs run again; one that was in its last attempt has failed. It also clears away old rows.
func (s *Store) reclaim(ctx context.Context, starting bool) error {
	now := s.now()
	err := s.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		ids, err := s.orphans(ctx, tx, starting, now)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := reclaimOne(ctx, tx, id, now.UnixMilli()); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM job_progress WHERE state IN ('done', 'failed', 'cancelled')
			AND updated_ms < $1`, now.Add(-keepRows).UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("looking for interrupted jobs: %w", err)
	}
	return nil
}

// orphans lists the jobs that River believes to be running and that nobody works on. When a node starts: its own; on
// SQLite all, for the folder's lock shows that nobody else runs. Later, on PostgreSQL: those whose node has been
// silent for long. Later, on SQLite: none, for nothing is lost while the one process runs.
func (s *Store) orphans(ctx context.Context, tx *sql.Tx, starting bool, now time.Time) ([]int64, error) {
	const claimed = `SELECT id FROM river_job WHERE state = 'running'`
	switch {
	case starting && s.Postgres():
		return numbers(tx.QueryContext(ctx, claimed+` AND attempted_by[array_upper(attempted_by, 1)] = $1`, s.id))
	case starting:
		return numbers(tx.QueryContext(ctx, claimed))
	case s.Postgres():
		silent := now.Add(-lostAfter)
		return numbers(tx.QueryContext(ctx, claimed+` AND attempted_at < $1
			AND id IN (SELECT job FROM job_progress WHERE updated_ms < $2)`, silent, silent.UnixMilli()))
	}
	return nil, nil
}

func numbers(rows *sql.Rows, err error) ([]int64, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

func reclaimOne(ctx context.Context, tx *sql.Tx, id, now int64) error {
	for _, change := range []struct {
		river, state, why string
	}{
		{`UPDATE river_job SET state = 'available' WHERE id = $1 AND attempt < max_attempts`, string(jobs.Waiting), ""},
		{`UPDATE river_job SET state = 'discarded', finalized_at = CURRENT_TIMESTAMP
			WHERE id = $1 AND state = 'running'`, string(jobs.Failed), "the program stopped while the job ran"},
	} {
		result, err := tx.ExecContext(ctx, change.river, id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			continue
		}
		_, err = tx.ExecContext(ctx, `UPDATE job_progress SET state = $1, error = $2, worker = '', updated_ms = $3
			WHERE job = $4`, change.state, change.why, now, id)
		return err
	}
	return nil
}

// reporter writes the newest progress of one job now and then: a worker may report every slice of a volume.
type reporter struct {
	store *Store
	id    int64
	begun time.Time
	done  chan struct{}
	loop  sync.WaitGroup

	mu      sync.Mutex
	last    jobs.Progress
	changed bool
}

func newReporter(ctx context.Context, s *Store, id int64, every time.Duration) *reporter {
	r := &reporter{store: s, id: id, begun: s.now(), done: make(chan struct{})}
	r.loop.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-r.done:
				return
			case <-tick.C:
				r.flush(ctx)
			}
		}
	})
	return r
}

func (r *reporter) report(p jobs.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last, r.changed = p.Filled(r.store.now().Sub(r.begun)), true
}

// flush writes what is new. A failure is only logged: progress is not worth a job.
func (r *reporter) flush(ctx context.Context) {
	r.mu.Lock()
	p, changed := r.last, r.changed
	r.changed = false
	r.mu.Unlock()
	if !changed {
		return
	}
	err := r.store.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return writeProgress(ctx, tx, r.id, p, r.store.now())
	})
	if err != nil {
		r.store.log.Warn("writing a job's progress", "job", r.id, "error", err)
	}
}

// stop ends the writing and returns the last report.
func (r *reporter) stop() jobs.Progress {
	close(r.done)
	r.loop.Wait()
	return r.last
}
