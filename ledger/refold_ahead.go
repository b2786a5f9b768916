package ledger

import (
	"context"
	"errors"
	"runtime"
	"sync"
)

// A pass over many threads reads ahead of what it writes: threads are read and folded on all processors, each in a snapshot of its own, while the writer writes those
// before. A snapshot is younger than the beginning of the pass, and what changes after it is folded again by the next pass; so it does not matter which one it is.

// readAhead is how many threads are read at once: what others wait for is the time of writing what was read of them.
const readAhead = 256

// readPart is how many threads one processor reads in one snapshot.
const readPart = 16

// readBatch is what was read of some threads that follow each other.
type readBatch struct {
	from refolding // how far the pass was before them
	last ThreadID
	size int
	read []any
}

// errOvertaken says that another node of this hospital took the pass further meanwhile.
var errOvertaken = errors.New("the pass is further than it was")

// refoldAhead takes a pass that has begun as far as whole batches go; the rest of it, and its end, are for [Book.refoldSome].
func (b *Book) refoldAhead(ctx context.Context, db DB, p Projection, report func(done, total int)) error {
	ctx, stop := context.WithCancel(ctx)
	batches, failed := make(chan readBatch), make(chan error, 1)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(batches)
		failed <- b.readBatches(ctx, db, p, batches)
	})
	defer reading.Wait()
	defer stop()
	for batch := range batches {
		err := db.Update(ctx, func(ctx context.Context, tx Tx) error { return batch.write(ctx, tx, p, report) })
		if errors.Is(err, errOvertaken) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return <-failed
}

// write keeps what was read, if the pass is still where it was.
func (r readBatch) write(ctx context.Context, tx Tx, p Projection, report func(done, total int)) error {
	now, begun, err := refoldAt(ctx, tx, p)
	if err != nil {
		return err
	}
	if !begun || now.generation != r.from.generation || now.after != r.from.after || now.since != r.from.since {
		return errOvertaken
	}
	if err := p.Keep(ctx, shadow(tx, p, now.generation), r.read); err != nil {
		return err
	}
	now.after, now.done = r.last, now.done+r.size
	if err := now.tell(ctx, tx, report); err != nil {
		return err
	}
	return now.keep(ctx, tx)
}

// readBatches reads the threads of a pass, batch by batch, until there is no whole batch left.
func (b *Book) readBatches(ctx context.Context, db DB, p Projection, to chan<- readBatch) error {
	var r refolding
	err := db.View(ctx, func(ctx context.Context, tx Tx) (err error) {
		r, _, err = refoldAt(ctx, tx, p)
		return err
	})
	for err == nil && (r.after != ThreadID{}) {
		var ids []ThreadID
		err = db.View(ctx, func(ctx context.Context, tx Tx) (err error) {
			ids, err = r.threads(ctx, tx, readAhead)
			return err
		})
		if err != nil || len(ids) < readAhead {
			return err
		}
		batch := readBatch{from: r, last: ids[len(ids)-1], size: len(ids)}
		if batch.read, err = b.readThreads(ctx, db, p, ids); err != nil {
			return err
		}
		select {
		case to <- batch:
		case <-ctx.Done():
			return ctx.Err()
		}
		r.after = batch.last
	}
	return err
}

// readThreads reads threads on all processors.
func (b *Book) readThreads(ctx context.Context, db DB, p Projection, ids []ThreadID) ([]any, error) {
	parts := (len(ids) + readPart - 1) / readPart
	read, errs := make([][]any, parts), make([]error, parts)
	next := make(chan int, parts)
	for i := range parts {
		next <- i
	}
	close(next)
	var group sync.WaitGroup
	for range min(parts, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := range next {
				part := ids[i*readPart : min((i+1)*readPart, len(ids))]
				read[i], errs[i] = b.readPart(ctx, db, p, part)
			}
		})
	}
	group.Wait()
	var all []any
	for _, list := range read {
		all = append(all, list...)
	}
	return all, errors.Join(errs...)
}

func (b *Book) readPart(ctx context.Context, db DB, p Projection, ids []ThreadID) (list []any, err error) {
	err = db.View(ctx, func(ctx context.Context, tx Tx) error {
		list = list[:0] // a transaction may be tried again
		for _, id := range ids {
			l, err := b.glance(ctx, tx, id)
			if err != nil {
				return err
			}
			if read := p.Read(l); read != nil {
				list = append(list, read)
			}
		}
		return nil
	})
	return list, err
}
