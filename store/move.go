package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"sync/atomic"
)

// Moved is how far a move of blobs has come.
type Moved struct {
	Blobs, Bytes int64 // copied by this call
	Damaged      []Hash
}

// movedAtOnce is how many blobs are copied side by side, and movedTogether how many are named before they are copied.
const (
	movedAtOnce   = 8
	movedTogether = 256
)

// ReadFolder opens the folder of blobs of a data folder beside the node that works in it: nothing is swept, and nothing may be stored.
func ReadFolder(dir string) *Folder {
	return &Folder{staging: &staging{dir: filepath.Join(dir, blobFolder), create: createFile, receiving: map[Hash]bool{}}, sync: syncFile}
}

// CopyBlobs copies what one place has and another has not, or has in another size. It may be stopped at any time and goes on where it was. Each batch is named to note
// before anything of it is copied. A blob whose bytes are not those that its hash names is not copied, and told. Blobs that are erased meanwhile are passed over.
func CopyBlobs(ctx context.Context, from, to Blobs, note func([]Hash) error, report func(Moved)) (Moved, error) {
	c := copying{from: from, to: to, note: note, report: report}
	var waiting []Hash
	for p, err := range compareBlobs(ctx, from, to) {
		if err != nil {
			return c.sofar(), err
		}
		if p.from < 0 || p.from == p.to {
			continue
		}
		if waiting = append(waiting, p.hash); len(waiting) == movedTogether {
			if err := c.batch(ctx, waiting); err != nil {
				return c.sofar(), err
			}
			waiting = waiting[:0]
		}
	}
	err := c.batch(ctx, waiting)
	return c.sofar(), err
}

type copying struct {
	from, to     Blobs
	note         func([]Hash) error
	report       func(Moved)
	blobs, bytes atomic.Int64
	damaged      []Hash
}

func (c *copying) sofar() Moved { return Moved{c.blobs.Load(), c.bytes.Load(), c.damaged} }

func (c *copying) batch(ctx context.Context, list []Hash) error {
	if len(list) == 0 {
		return nil
	}
	if err := c.note(list); err != nil {
		return err
	}
	wrong := make(chan Hash, len(list))
	err := sideBySide(ctx, list, movedAtOnce, func(hash Hash) error {
		err := c.one(ctx, hash)
		if errors.Is(err, ErrWrongHash) {
			wrong <- hash
			return nil
		}
		return err
	})
	close(wrong)
	for hash := range wrong {
		c.damaged = append(c.damaged, hash)
	}
	c.report(c.sofar())
	return err
}

func (c *copying) one(ctx context.Context, hash Hash) error {
	f, size, err := c.from.Open(ctx, hash)
	if errors.Is(err, ErrNoBlob) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := c.to.PutExpect(ctx, f, size, hash)
	if err != nil {
		return err
	}
	c.blobs.Add(1)
	c.bytes.Add(n)
	return nil
}

// RemoveMoved removes from the new place what a move has copied there and the old one has no more: it was erased meanwhile. What the move did not copy is left alone, whose it is.
func RemoveMoved(ctx context.Context, from, to Blobs, copied map[Hash]bool) error {
	for p, err := range compareBlobs(ctx, from, to) {
		if err != nil {
			return err
		}
		if p.from < 0 && copied[p.hash] {
			if err := to.Remove(p.hash); err != nil {
				return err
			}
		}
	}
	return nil
}

// RemoveBlobs removes from a place all that another has too, in the same size.
func RemoveBlobs(ctx context.Context, from, to Blobs) (removed int, err error) {
	for p, err := range compareBlobs(ctx, from, to) {
		if err != nil {
			return removed, err
		}
		if p.from >= 0 && p.from == p.to {
			if err := from.Remove(p.hash); err != nil {
				return removed, err
			}
			removed++
		}
	}
	return removed, nil
}

// pair is a blob with its size in each of two places; -1 where it is not.
type pair struct {
	hash     Hash
	from, to int64
}

type walkedBlob struct {
	hash Hash
	size int64
}

// compareBlobs walks through two places at once, in the order of hashes: it remembers nothing of what it has passed.
func compareBlobs(ctx context.Context, from, to Blobs) iter.Seq2[pair, error] {
	return func(yield func(pair, error) bool) {
		nextFrom, stopFrom := iter.Pull2(walked(ctx, from))
		defer stopFrom()
		nextTo, stopTo := iter.Pull2(walked(ctx, to))
		defer stopTo()
		a, errA, okA := nextFrom()
		b, errB, okB := nextTo()
		for okA || okB {
			if err := errors.Join(errA, errB); err != nil {
				yield(pair{}, fmt.Errorf("comparing two places of files: %w", err))
				return
			}
			order := bytes.Compare(a.hash[:], b.hash[:])
			p := pair{hash: a.hash, from: a.size, to: b.size}
			switch {
			case !okB || okA && order < 0:
				p.to = -1
				a, errA, okA = nextFrom()
			case !okA || order > 0:
				p = pair{hash: b.hash, from: -1, to: b.size}
				b, errB, okB = nextTo()
			default:
				a, errA, okA = nextFrom()
				b, errB, okB = nextTo()
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

// walked is a walk as a sequence. An error is its last element.
func walked(ctx context.Context, b Blobs) iter.Seq2[walkedBlob, error] {
	return func(yield func(walkedBlob, error) bool) {
		enough := errors.New("enough")
		err := b.Walk(ctx, func(hash Hash, size int64) error {
			if !yield(walkedBlob{hash, size}, nil) {
				return enough
			}
			return nil
		})
		if err != nil && !errors.Is(err, enough) {
			yield(walkedBlob{}, err)
		}
	}
}

// ReadHashes reads what a move has noted, one hash after the other; what a stop left behind the last whole one says nothing.
func ReadHashes(r io.Reader) (map[Hash]bool, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	list := map[Hash]bool{}
	for one := range slices.Chunk(raw, len(Hash{})) {
		if len(one) == len(Hash{}) {
			list[Hash(one)] = true
		}
	}
	return list, nil
}
