package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// State is where a job stands.
type State string

// The states of a job. The last three are final.
const (
	Waiting   State = "waiting"
	Running   State = "running"
	Retrying  State = "retrying" // an attempt failed; another follows
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Final reports whether a job in this state is over.
func (s State) Final() bool { return s == Done || s == Failed || s == Cancelled }

// Status is what a page shows of a job.
type Status struct {
	ID               int64
	Kind             string
	State            State
	Progress         Progress
	Attempt          int
	Error            string // of the last attempt that failed
	Result           Result // of the last attempt that had something to say
	Owner            Owner
	Hidden           bool // an outline: what it says is not for who asks ([Status.Outline])
	Created, Updated time.Time
}

const statusColumns = `SELECT job, kind, state, done, total, note, note_zh, rate, estimate_ms, attempt, error, result,
	person, about, created_ms, updated_ms FROM job_progress`

// Read returns the status of one job, or [ErrNotFound].
func Read(ctx context.Context, tx Tx, id int64) (Status, error) {
	s, err := scan(tx.QueryRowContext(ctx, statusColumns+` WHERE job = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Status{}, fmt.Errorf("job %d: %w", id, ErrNotFound)
	}
	if err != nil {
		return Status{}, fmt.Errorf("reading job %d: %w", id, err)
	}
	return s, nil
}

// List returns the newest jobs first, at most limit of them; an empty kind means every kind.
func List(ctx context.Context, tx Tx, kind string, limit int) ([]Status, error) {
	return list(tx.QueryContext(ctx, statusColumns+
		` WHERE $1 = '' OR kind = $2 ORDER BY job DESC LIMIT $3`, kind, kind, limit))
}

// Tally is how many jobs are under way, and how many have failed since a time.
type Tally struct{ Running, Failed int }

// Count counts all jobs, however many came after.
func Count(ctx context.Context, tx Tx, since time.Time) (t Tally, err error) {
	err = tx.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM job_progress WHERE state IN ($1, $2, $3)), (SELECT COUNT(*) FROM job_progress WHERE state = $4 AND updated_ms >= $5)`,
		Running, Waiting, Retrying, Failed, since.UnixMilli()).Scan(&t.Running, &t.Failed)
	if err != nil {
		return t, fmt.Errorf("counting jobs: %w", err)
	}
	return t, nil
}

func list(rows *sql.Rows, err error) ([]Status, error) {
	if err != nil {
		return nil, fmt.Errorf("listing jobs: %w", err)
	}
	defer rows.Close()
	var all []Status
	for rows.Next() {
		s, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("listing jobs: %w", err)
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

func scan(row interface{ Scan(...any) error }) (Status, error) {
	var s Status
	var estimate, created, updated int64
	var result string
	err := row.Scan(&s.ID, &s.Kind, &s.State, &s.Progress.Done, &s.Progress.Total, &s.Progress.Note.En, &s.Progress.Note.Zh,
		&s.Progress.Rate, &estimate, &s.Attempt, &s.Error, &result, &s.Owner.Person, &s.Owner.About, &created, &updated)
	if err == nil && result != "" {
		err = json.Unmarshal([]byte(result), &s.Result)
	}
	s.Progress.Estimate = time.Duration(estimate) * time.Millisecond
	s.Created, s.Updated = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
	return s, err
}
