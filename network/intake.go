package network

import (
	"context"
	"fmt"
	"slices"
	"time"

	"consilium/ledger"
)

// intake is one try to store batches.
type intake struct {
	s        *session
	left     map[ledger.ThreadID]error // threads that could not be stored
	answers  []ack
	grown    []ledger.ThreadID
	missing  []wanted
	filled   []ledger.ThreadID // bodies came that were wanted
	bodies   int               // how many
	stripped []wanted          // entries came without their bodies, which somebody else may have
	strays   int
}

func (t *intake) store(ctx context.Context, tx ledger.Tx, batches []proved) error {
	*t = intake{s: t.s, left: t.left} // a transaction may be tried twice
	var has []offer
	for _, p := range batches {
		answer := ack{Batch: p.batch}
		for _, g := range p.groups {
			a, err := t.group(ctx, tx, g)
			if err != nil {
				return err
			}
			answer.Threads = append(answer.Threads, a)
			has = append(has, a.offer)
		}
		t.answers = append(t.answers, answer)
	}
	if err := t.s.writeHoldings(ctx, tx, has); err != nil {
		return err
	}
	return t.s.take.keepMark(ctx, tx, t.s.peer)
}

// group stores the entries of one thread and says what is here of it now.
func (t *intake) group(ctx context.Context, tx ledger.Tx, g provedGroup) (a ackThread, err error) {
	s := t.s
	before, _, err := summary(ctx, tx, g.thread)
	if err != nil {
		return a, err
	}
	stripped := 0
	if err := t.left[g.thread]; err != nil {
		a.Failed = tidy(err.Error(), reasonMost)
	} else if stripped, err = t.one(ctx, tx, g, &a); err != nil {
		return a, &threadError{g.thread, err}
	}
	state, err := stateOf(ctx, tx, s.peer, g.thread)
	if err != nil {
		return a, err
	}
	a.offer = offer{Thread: g.thread}
	if state == ledger.Stranger {
		return a, nil // what is here is none of its business
	}
	if a.offer, _, err = summary(ctx, tx, g.thread); err != nil {
		return a, err
	}
	if a.Waiting == 0 && a.Refused == nil && a.Failed == "" {
		s.conclude(before.Digest, a.offer, stripped) // before the commit, so that the giver does not echo; if the commit fails, so does the session
	}
	return a, nil
}

// one stores the entries of one thread, and tells how many came without their bodies. A panic in a fold must not take the other threads with it.
func (t *intake) one(ctx context.Context, tx ledger.Tx, g provedGroup, a *ackThread) (stripped int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a fault of this program: %v", p)
		}
	}()
	s, now := t.s, t.s.n.o.Now()
	for _, r := range g.refused {
		if err := ledger.Refuse(ctx, tx, r); err != nil {
			return 0, err
		}
		a.Refused = append(a.Refused, refusedE{r.Hash, r.Reason})
	}
	if len(g.entries) == 0 {
		return 0, nil
	}
	r, err := s.n.o.Book.Receive(ctx, tx, s.peer, g.thread, g.entries, now)
	if err != nil {
		return 0, err
	}
	for _, r := range r.Refused {
		a.Refused = append(a.Refused, refusedE{r.Hash, tidy(r.Reason, reasonMost)})
	}
	a.Added, a.Waiting = len(r.Added), r.Waiting
	if len(r.Filled) > 0 {
		t.filled, t.bodies = append(t.filled, g.thread), t.bodies+len(r.Filled)
	}
	if len(r.Missing) > 0 || len(r.Lacking) > 0 {
		tips, err := s.n.o.Book.Tips(ctx, tx, g.thread)
		if err != nil {
			return 0, err
		}
		if len(r.Missing) > 0 {
			t.missing = append(t.missing, wanted{Thread: g.thread, Tips: tips})
		}
		if len(r.Lacking) > 0 {
			t.stripped = append(t.stripped, wanted{Thread: g.thread, Tips: tips, Bodies: r.Lacking})
		}
	}
	if len(r.Added) == 0 && len(r.Filled) == 0 {
		return len(r.Lacking), nil
	}
	t.grown = append(t.grown, g.thread)
	if err := t.checkStray(ctx, tx, g, len(r.Added)); err != nil {
		return 0, err
	}
	return len(r.Lacking), t.wantBlobs(ctx, tx, g.thread, slices.Concat(r.Added, r.Filled), now)
}

// checkStray refuses threads that are none of ours: once all of it is here, a thread has to name this hospital and the partner.
func (t *intake) checkStray(ctx context.Context, tx ledger.Tx, g provedGroup, added int) error {
	for _, h := range []ledger.HospitalID{t.s.n.self(), t.s.peer} {
		state, err := stateOf(ctx, tx, h, g.thread)
		if err != nil {
			return err
		}
		if state != ledger.Stranger {
			continue
		}
		t.strays += added
		if g.last || t.s.take.strays+t.strays > strayMost {
			return errStray
		}
		return nil
	}
	return nil
}

// wantBlobs notes the files that new entries attach and that are not here.
func (t *intake) wantBlobs(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, added []*ledger.Entry, now time.Time) error {
	for _, e := range added {
		body, err := e.Content()
		if err != nil {
			continue
		}
		for _, b := range body.Blobs {
			if t.s.n.o.Blobs.Has(b.Hash) {
				continue
			}
			if err := wantBlob(ctx, tx, thread, b, now); err != nil {
				return err
			}
		}
	}
	return nil
}
