package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"
)

const (
	maxBatch = 256                  // writes that share one commit
	maxWork  = 5 * time.Millisecond // after which a batch takes no more writes
	patience = 128                  // turns of the scheduler to wait for callers that were just answered
	slowHold = 5 * time.Second      // after which a write that holds the database is logged
)

// errAbandoned stands for a function that panicked or ended its goroutine.
var errAbandoned = errors.New("the write was abandoned")

// writer gives writes their turn, one at a time, and commits many of them at once.
//
// Each write runs in its caller's goroutine, so that a panic or a failed test ends the caller and not the
// writer, while the writer's own goroutine waits. In order, with what a crash at each point leaves:
//
//  1. A caller sends its request. Nothing is on disk; nothing was promised.
//  2. The writer begins a transaction, or goes on with the one that runs and sets a savepoint, and hands over the
//     turn. (The first write needs no savepoint, which copies every page that it changes: if it fails, the
//     transaction is rolled back and was nobody else's.) The caller's statements change pages in memory and, when the cache overflows, append frames to
//     the log without a commit mark, which recovery ignores.
//  3. The caller hands the turn back. Its savepoint is released, or rolled back if it failed: then its own
//     statements, and only they, are undone. Steps 2 and 3 repeat while others are waiting.
//  4. COMMIT: the log is written with its commit mark and synced, once. A crash before the sync completes loses
//     the whole batch, of which nobody has been told; a crash after it loses nothing.
//  5. The announcer runs what OnCommit left behind and answers each caller. A crash here loses answers, not
//     data: the caller does not know whether its write is there, and finds it when it looks.
type writer struct {
	begin func() (*batch, error)
	log   *slog.Logger

	queue    chan *request   // unbuffered: who has been received will be answered
	quit     chan struct{}   // closed by Close
	announce chan []*request // committed batches, in order
	finished chan struct{}   // closed when the announcer has told everyone

	lastBatch int // the writer's goroutine only
}

// batch is one running SQL transaction.
type batch struct {
	tx     *sql.Tx
	conn   *sql.Conn // PostgreSQL only: what the transaction runs on
	commit func() error
	end    func() // after commit or rollback, always
}

// request is one call of Update. Until its turn only the writer touches it; while it has the turn, only the
// caller; then the writer again, then the announcer.
type request struct {
	turn   chan *batch // handed over, or closed when there is none
	ran    chan error  // what the function returned
	answer chan error
	err    error
	hooks  []func()
}

func newWriter(begin func() (*batch, error), log *slog.Logger) *writer {
	w := &writer{
		begin: begin, log: log,
		queue: make(chan *request), quit: make(chan struct{}),
		announce: make(chan []*request, 4), finished: make(chan struct{}),
	}
	go w.loop()
	go w.announcer()
	return w
}

// current is what Update puts in the context of the function that it runs.
type current struct {
	request *request
	batch   *batch
}

type currentKey struct{}

func running(ctx context.Context) *current {
	c, _ := ctx.Value(currentKey{}).(*current)
	return c
}

// OnCommit has f run once the write that ctx belongs to is on disk, before Update returns, after what earlier
// writes left and before what later ones do. It does not run if the write fails. f must be short and must not
// write: it is for telling others. Outside Update it panics.
func OnCommit(ctx context.Context, f func()) {
	c := running(ctx)
	if c == nil {
		panic("store: OnCommit outside Update")
	}
	c.request.hooks = append(c.request.hooks, f)
}

func (w *writer) update(ctx context.Context, fn func(context.Context, *sql.Tx) error) error {
	if running(ctx) != nil {
		return ErrNested
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r := &request{turn: make(chan *batch), ran: make(chan error), answer: make(chan error, 1)}
	select {
	case w.queue <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return ErrClosed
	}
	if b, ok := <-r.turn; ok {
		r.perform(ctx, b, fn)
	}
	return <-r.answer
}

// perform runs fn and gives the turn back, however fn ends. The function's context is not cancelled with the
// caller's: an interrupted statement would end the transaction that others share.
func (r *request) perform(ctx context.Context, b *batch, fn func(context.Context, *sql.Tx) error) {
	err := errAbandoned
	defer func() { r.ran <- err }()
	inside := context.WithValue(context.WithoutCancel(ctx), currentKey{}, &current{r, b})
	err = fn(inside, b.tx)
}

func (w *writer) loop() {
	defer close(w.announce)
	for {
		select {
		case r := <-w.queue:
			w.runBatch(r)
		case <-w.quit:
			return
		}
	}
}

// runBatch performs first and whoever waits behind it, and commits once.
func (w *writer) runBatch(first *request) {
	b, err := w.begin()
	if err != nil {
		close(first.turn)
		first.answer <- fmt.Errorf("beginning a write: %w", sorted(err))
		return
	}
	defer b.end()
	slow := time.AfterFunc(slowHold, func() {
		w.log.Warn("a write holds the database", "seconds", int(slowHold.Seconds()))
	})
	defer slow.Stop()

	var done []*request
	started := time.Now()
	for r := first; r != nil; r = w.next(len(done), started) {
		done = append(done, r)
		if r == first {
			if w.runFirst(b, r); r.err != nil {
				b.tx.Rollback()
				w.announce <- done
				return // those who wait get another transaction
			}
			continue
		}
		if err = w.runOne(b, r); err != nil {
			break // the transaction is gone; those who still wait get another
		}
	}
	if err == nil {
		err = about("commit")
	}
	if err == nil {
		err = b.commit()
	}
	if err != nil {
		b.tx.Rollback()
		err = fmt.Errorf("%w: %w", ErrNotSaved, sorted(err))
	}
	for _, r := range done {
		if err != nil {
			r.err = err
		}
	}
	w.lastBatch = len(done)
	w.announce <- done
}

// next returns whoever waits, or nil when it is time to commit. When the last batch was larger than this one is, its
// callers have only just been answered and may be about to ask again: a moment's patience costs less than a sync. It is
// counted in turns of the scheduler and not by the clock, which stands still in a test with synthetic time.
func (w *writer) next(n int, started time.Time) *request {
	if n >= maxBatch || time.Since(started) > maxWork {
		return nil
	}
	for tries := 0; ; tries++ {
		select {
		case r := <-w.queue:
			return r
		default:
		}
		if n >= w.lastBatch || tries >= patience {
			return nil
		}
		runtime.Gosched()
	}
}

// runFirst gives r its turn in a transaction that is its own so far.
func (w *writer) runFirst(b *batch, r *request) {
	r.turn <- b
	r.err = sorted(<-r.ran)
}

// runOne gives r its turn inside a savepoint. It returns an error only if the whole transaction is lost.
//
// SQLite ends a transaction by itself when the disk is full or a statement is interrupted. The savepoint is then
// gone, which is how we notice; what the function still wrote after that the commit hook refuses.
func (w *writer) runOne(b *batch, r *request) error {
	ctx := context.Background()
	if _, err := b.tx.ExecContext(ctx, "SAVEPOINT one_write"); err != nil {
		close(r.turn)
		return err
	}
	r.turn <- b
	r.err = sorted(<-r.ran)
	if r.err != nil {
		if _, err := b.tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT one_write"); err != nil {
			return errors.Join(r.err, err)
		}
	}
	_, err := b.tx.ExecContext(ctx, "RELEASE SAVEPOINT one_write")
	return err
}

func (w *writer) announcer() {
	defer close(w.finished)
	for done := range w.announce {
		for _, r := range done {
			if r.err == nil {
				w.runHooks(r)
			}
			r.answer <- r.err
		}
	}
}

func (w *writer) runHooks(r *request) {
	for _, f := range r.hooks {
		func() {
			defer func() {
				if p := recover(); p != nil { // the write is saved: its caller must hear that
					w.log.Error("a function left with OnCommit panicked", "panic", p)
				}
			}()
			f()
		}()
	}
}

// close lets the running batch end and everyone be told.
func (w *writer) close() {
	close(w.quit)
	<-w.finished
}
