// Package jobs says what a job is: work that takes too long for a page (a mesh, an import, a report), asked
// for in the transaction of the entry that needs it, so that neither exists without the other.
//
// A job runs at least once. A worker that is stopped half way, or whose machine loses power, is run again,
// so its steps must bear repeating. Where jobs wait and who runs them is decided in package store; what is
// here is what rooms need in order to ask for one, to write one and to show how far one is.
package jobs

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"consilium/lang"
)

// Migrations creates the table that [Read] and [List] read.
//
//go:embed migration/*.sql
var Migrations embed.FS

// ErrNotFound says that no job has that number, or that its row was cleared away.
var ErrNotFound = errors.New("no such job")

// Tx is what a job needs of a database transaction: the one that the append runs in. A ledger.Tx is one.
type Tx interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Kind is one sort of job, declared by the room that asks for it.
type Kind struct {
	// Name is stored with each job: lower-case words with dots, such as "lab.mesh". Never rename one.
	Name string
	// MaxAttempts is how often it is tried before it counts as failed; 0 means 5.
	MaxAttempts int
}

// Args is what a job was asked to do, as JSON.
type Args = json.RawMessage

// Job is one piece of work in the hands of its worker.
type Job struct {
	ID          int64
	Kind        string
	Args        Args
	Attempt     int // 1 the first time
	MaxAttempts int
}

// Decode reads the job's arguments into v.
func (j Job) Decode(v any) error {
	if err := json.Unmarshal(j.Args, v); err != nil {
		return Permanent(fmt.Errorf("reading the arguments of job %d (%s): %w", j.ID, j.Kind, err))
	}
	return nil
}

// Worker does a job and answers with what came of it. It returns soon after ctx is done. An error means another
// attempt later, unless it is [Permanent]; what it answers beside an error is kept too. It may call report as often
// as it likes, from one goroutine at a time: only now and then is a report written down.
type Worker func(ctx context.Context, job Job, report func(Progress)) (Result, error)

// Progress says how far a job is.
type Progress struct {
	Done, Total int64         // in the worker's own unit (slices, rows, bytes); Total 0: not known
	Note        lang.Text     // what it is at
	Rate        float64       // units a second; 0: worked out from Done and the time taken
	Estimate    time.Duration // time left; 0: worked out from Rate and what is left
}

// Filled returns p with the rate and the estimate that were left out, for a job that has run for elapsed.
func (p Progress) Filled(elapsed time.Duration) Progress {
	if p.Rate == 0 && elapsed > 0 {
		p.Rate = float64(p.Done) / elapsed.Seconds()
	}
	if p.Estimate == 0 && p.Rate > 0 && p.Total > p.Done {
		p.Estimate = time.Duration(float64(p.Total-p.Done) / p.Rate * float64(time.Second))
	}
	return p
}

// Queue takes jobs. The job exists if and only if tx commits.
type Queue interface {
	Enqueue(ctx context.Context, tx Tx, kind string, args any) (id int64, err error)
}

// Canceller ends jobs. A waiting job never starts; a running one has its context ended. A job that is
// already over stays as it is. It takes effect when tx commits.
type Canceller interface {
	Cancel(ctx context.Context, tx Tx, id int64) error
}

// Eraser destroys what a job was asked and what it answered, but for the line that says how much was done: for the erasure of a patient whom it names. A job that is
// not over is ended. It takes effect when tx commits.
type Eraser interface {
	Erase(ctx context.Context, tx Tx, id int64) error
}

// Permanent marks an error that another attempt would only meet again, such as a file that is no image.
func Permanent(err error) error { return &permanentError{err} }

// IsPermanent reports whether err, or an error that it wraps, was marked by [Permanent].
func IsPermanent(err error) bool {
	var p *permanentError
	return errors.As(err, &p)
}

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }
