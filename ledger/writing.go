package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// writing is what this node is about to say in one thread.
type writing struct {
	book   *Book
	signer Signer
	now    time.Time
	thread *Thread // a copy that nobody else sees
	log    Log     // as it read before the last entries; see fresh
	read   int     // how many of the entries the log has

	entries    []*Entry
	signatures []signature
}

// say checks a draft, makes it an entry and admits it to the thread. A hospital that was invited joins first.
func (w *writing) say(d Draft) (*Entry, error) {
	switch w.fresh().Roster.State(w.signer.Hospital()) {
	case Joined:
	case Invited:
		if d.Kind == KindJoined {
			break
		}
		if _, err := w.admit(Draft{Thread: d.Thread, Kind: KindJoined, Person: d.Person, Author: d.Author, Says: None{}}); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("thread %s: %w", d.Thread, ErrNotMember)
	}
	return w.admit(d)
}

// fresh is the thread as it reads now.
func (w *writing) fresh() Log {
	if w.read < len(w.entries) {
		w.log, w.read = w.thread.logAfter(w.log, w.entries[w.read:]), len(w.entries)
	}
	return w.log
}

func (w *writing) admit(d Draft) (*Entry, error) {
	body, err := newBody(d, d.Says)
	if err != nil {
		return nil, err
	}
	l := w.fresh()
	l.writer, d.Says = w.signer.Hospital(), body.Says
	if err := w.book.Kinds.check(l, d, body.Says); err != nil {
		return nil, err
	}
	kind, _ := w.book.Kinds.Get(d.Kind)
	after, seq, height := w.thread.next(w.signer.Key())
	e, sum, err := w.signer.seal(Header{Thread: w.thread.ID, Seq: seq, After: after, Height: height, Time: stamp(w.now), Person: d.Person,
		Kind: d.Kind, Version: kind.Version, Refs: slices.Clone(d.Refs)}, body)
	if err != nil {
		return nil, err
	}
	if err := w.thread.Admit(e); err != nil {
		return nil, err
	}
	w.entries, w.signatures = append(w.entries, e), append(w.signatures, sum)
	return e, nil
}

// finish folds what hangs on the thread and stores what was said. The signatures are made on other processors meanwhile: nothing but the stored bytes needs
// them, and nobody sees the entries before.
func (w *writing) finish(ctx context.Context, tx Tx) error {
	_, err := w.book.refold(ctx, tx, w.thread, w.fresh(), w.entries, nil, func(entries []*Entry) error {
		own := entries[len(entries)-len(w.signatures):] // the opening of a thread is signed already
		for i, s := range w.signatures {
			s.entry.Wire.Signature = <-s.made
			own[i].Wire.Signature = s.entry.Wire.Signature // another copy where the entry is erased already: a correction of erased words
		}
		return store(ctx, tx, entries, w.now)
	})
	return err
}
