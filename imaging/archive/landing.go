package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"
)

// landing is where instances from the network wait for the index. An instance is acknowledged when its file is on disk here, which is one wait for the disk
// where a blob and a row are three; soon after, many of them become blobs and rows together. In order, with what a crash at each point leaves:
//
//  1. The file is written and renamed to a name that holds its length and checksum, and file and name are synced. A crash leaves a file that does not
//     fit its name, or none: the next start drops it. Nothing was acknowledged.
//  2. The instance is acknowledged. A crash leaves the file, and the next start stores it.
//  3. The files get a second name as blobs, and the folders of these are synced. A crash leaves both names, and the next start stores the first once more.
//  4. The rows are committed. A crash leaves a file whose instance the index has: the next start drops it.
//  5. The name in this folder is removed.
//
// Whoever reads the index waits for what was acknowledged before. The database and the folder must be this process's alone.
type landing struct {
	dir   string
	store func(ctx context.Context, list []*prepared) error // steps 3 to 5
	// gate is held for reading by each instance that lands, and for writing by whoever changes the index otherwise: an instance that was found to be new is
	// then new until it is in the index.
	gate sync.RWMutex

	mu      sync.Mutex
	claimed map[string]chan struct{} // by SOP Instance UID, from before it is looked for until the index has it; then closed
	series  map[string]*claimedSeries
	landed  []*prepared
	round   *round
	came    int // instances that landed so far
	stored  int // of those, in the index
}

// claimedSeries is a series that claimed instances belong to.
type claimedSeries struct {
	study     string
	instances int
}

// round stores what has landed, once.
type round struct {
	hurry chan struct{} // closed when somebody waits
	asked bool
	over  chan struct{}
	err   error // once it is over
}

const (
	gathering  = 200 * time.Millisecond // how long an instance waits for others, where nobody reads
	mostRound  = 128                    // instances that are stored together
	mostLanded = 4 * mostRound          // more wait for their acknowledgment until some of these are stored
	patience   = 5 * time.Second        // after which a reader sees the index as it is
)

func newLanding(dir string, store func(context.Context, []*prepared) error) *landing {
	return &landing{dir: dir, store: store, claimed: map[string]chan struct{}{}, series: map[string]*claimedSeries{}}
}

// Receive keeps an instance that arrives from the network as a data set without a file's header, in arrival.Transfer. When it returns nil, the instance survives a
// loss of power, and every search that begins later finds it. Errors are those of [Archive.KeepFile].
func (a *Archive) Receive(ctx context.Context, arrival Arrival, data io.Reader) error {
	file, err := withHeader(arrival, data)
	if err != nil {
		return err
	}
	if a.landing == nil {
		_, _, err := a.KeepFile(ctx, arrival, file)
		return err
	}
	s, err := a.spool(file, a.Largest)
	if err != nil {
		return fmt.Errorf("receiving an instance: %w", a.sorted(err))
	}
	defer s.close()
	return a.land(ctx, arrival, s)
}

// land puts one instance onto the disk, unless it is here already.
func (a *Archive) land(ctx context.Context, arrival Arrival, s *spool) error {
	p, f, err := a.examine(arrival, s, s.size)
	if err != nil {
		return a.sorted(err)
	}
	a.landing.gate.RLock()
	defer a.landing.gate.RUnlock()
	if err := a.landing.claim(ctx, p); err != nil {
		return err
	}
	known, err := a.known(ctx, p)
	if err == nil {
		a.landing.release(p)
		_, err = a.compare(ctx, known, p, f, s, s.size)
		return a.sorted(err)
	}
	if errors.Is(err, ErrNotFound) {
		err = a.landing.write(p, f, s, a.memory)
	}
	if err != nil {
		a.landing.release(p)
		return fmt.Errorf("storing instance %s: %w", p.UID, a.sorted(err))
	}
	a.landing.add(p)
	return nil
}

// known looks for an instance in the index, where its series must belong to its study or be new.
func (a *Archive) known(ctx context.Context, p *prepared) (e Entry, err error) {
	err = a.unsettled.View(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if e, err = find(ctx, tx, p.UID); !errors.Is(err, ErrNotFound) {
			return err
		}
		study, err := p.studyOfSeries(ctx, tx)
		if err == nil && study != "" && study != p.Study {
			err = fmt.Errorf("its series belongs to study %s: %w", study, ErrMismatch)
		}
		if err == nil {
			err = ErrNotFound
		}
		return err
	})
	return e, err
}

// claim takes an instance's UID until it is in the index or released. It waits for whoever has it, and while too many instances have landed.
func (l *landing) claim(ctx context.Context, p *prepared) error {
	for {
		l.mu.Lock()
		others, taken := l.claimed[p.UID]
		full := len(l.landed) >= mostLanded
		if !taken && !full {
			defer l.mu.Unlock()
			return l.enter(p)
		}
		l.mu.Unlock()
		if err := l.settle(ctx); err != nil {
			return err
		}
		if !taken {
			continue
		}
		select { // it may be on its way to the disk still
		case <-others:
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(gathering):
		}
	}
}

// enter notes a claim, for whoever holds the lock.
func (l *landing) enter(p *prepared) error {
	s := l.series[p.Series]
	if s == nil {
		s = &claimedSeries{study: p.Study}
		l.series[p.Series] = s
	}
	if s.study != p.Study {
		return fmt.Errorf("the series of instance %s belongs to study %s: %w", p.UID, s.study, ErrMismatch)
	}
	s.instances++
	l.claimed[p.UID] = make(chan struct{})
	return nil
}

// release gives claims back.
func (l *landing) release(list ...*prepared) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range list {
		close(l.claimed[p.UID])
		delete(l.claimed, p.UID)
		if s := l.series[p.Series]; s.instances > 1 {
			s.instances--
		} else {
			delete(l.series, p.Series)
		}
	}
}

// add has an instance that is on disk stored soon.
func (l *landing) add(p *prepared) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.landed = append(l.landed, p)
	l.came++
	l.begin(len(l.landed) >= mostRound)
}

// begin returns the round that is going on, or begins one. The caller holds the lock.
func (l *landing) begin(hurry bool) *round {
	if l.round == nil {
		l.round = &round{hurry: make(chan struct{}), over: make(chan struct{})}
		go l.run(l.round)
	}
	if hurry && !l.round.asked {
		l.round.asked = true
		close(l.round.hurry)
	}
	return l.round
}

// run is one round. Nobody calls it off: what has landed was acknowledged.
func (l *landing) run(r *round) {
	select {
	case <-r.hurry:
	case <-time.After(gathering):
	}
	l.mu.Lock()
	list := l.landed[:min(len(l.landed), mostRound):len(l.landed)]
	l.mu.Unlock()
	if r.err = l.store(context.Background(), list); r.err == nil {
		l.release(list...)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.round = nil
	if r.err == nil {
		l.landed, l.stored = append([]*prepared(nil), l.landed[len(list):]...), l.stored+len(list)
		if len(l.landed) > 0 {
			l.begin(len(l.landed) >= mostRound)
		}
	}
	close(r.over)
}

// settle waits until everything that has landed so far is in the index. An error is that of the round that could not store it; the next one who waits tries again.
func (l *landing) settle(ctx context.Context) error {
	l.mu.Lock()
	for want := l.came; l.stored < want; {
		r := l.begin(true)
		l.mu.Unlock()
		select {
		case <-r.over:
		case <-ctx.Done():
			return ctx.Err()
		}
		if r.err != nil {
			return r.err
		}
		l.mu.Lock()
	}
	l.mu.Unlock()
	return nil
}

// alone keeps instances from landing, once those that have are in the index, until done is called.
func (a *Archive) alone(ctx context.Context) (done func(), err error) {
	if a.landing == nil {
		return func() {}, nil
	}
	a.landing.gate.Lock()
	if err := a.landing.settle(ctx); err != nil {
		a.landing.gate.Unlock()
		return nil, fmt.Errorf("waiting for the index: %w", err)
	}
	return a.landing.gate.Unlock, nil
}

// Settle waits until everything that was acknowledged is in the index: what is left to do before the archive's parts are closed. Where that
// fails, nothing is lost: the next Open does it.
func (a *Archive) Settle(ctx context.Context) error {
	if a.landing == nil {
		return nil
	}
	return a.landing.settle(ctx)
}

// settledTables shows the index with everything that was acknowledged before. Where that cannot be stored now, on a full disk, it shows what there is.
type settledTables struct {
	Tables
	landing *landing
	log     *slog.Logger
}

func (s settledTables) View(ctx context.Context, fn func(ctx context.Context, tx *sql.Tx) error) error {
	bounded, cancel := context.WithTimeout(ctx, patience)
	err := s.landing.settle(bounded)
	cancel()
	if err != nil && ctx.Err() == nil {
		s.log.Warn("images that were received are not in the index yet", "error", err)
	}
	return s.Tables.View(ctx, fn)
}

// storeLanded makes blobs and rows of instances that have landed, and removes them from where they landed.
func (a *Archive) storeLanded(ctx context.Context, list []*prepared) error {
	batch, err := a.Blobs.Batch()
	if err != nil {
		return a.sorted(err)
	}
	defer batch.Close()
	for _, p := range list {
		if p.Blob, p.Size, err = batch.Adopt(ctx, p.path); err != nil {
			return fmt.Errorf("storing instance %s: %w", p.UID, a.sorted(err))
		}
	}
	if err := batch.Commit(ctx); err != nil {
		return a.sorted(err)
	}
	if err := insertAll(ctx, a.unsettled, list); err != nil {
		return a.sorted(err)
	}
	for _, p := range list {
		if p.Err != nil { // it was found to be new, so that this is a fault of ours: its file is all there is of it
			a.Log.Error("an instance that was acknowledged is not in the index", "instance", p.UID, "file", p.path, "error", p.Err)
		} else if err := os.Remove(p.path); err != nil {
			a.Log.Warn("a file that is a blob now was left behind until the next start", "file", p.path, "error", err)
		}
	}
	return nil
}
