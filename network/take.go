package network

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"consilium/ledger"
)

const (
	markEvery  = 1000        // places after which the mark is written by itself
	askAgain   = time.Minute // how soon a thread with missing entries is asked for once more
	strayMost  = 100_000     // entries of threads that do not yet name this hospital
	reasonMost = 300
)

// taker is the state of the goroutine that stores what the partner gives.
type taker struct {
	stored  mark // in the database
	reached mark // in memory; written with what comes next
	failed  bool // something could not be stored: the mark stays, so that it comes again
	strays  int
	asked   map[ledger.ThreadID]time.Time
	owed    int // bodies that the partner was asked for and has not given; below zero: it was not asked
}

// proved is a message on its way from proving to storing.
type proved struct {
	parcel
	batch  uint64
	groups []provedGroup
}

type provedGroup struct {
	thread  ledger.ThreadID
	last    bool
	entries []*ledger.Entry
	refused []ledger.Refusal // by what their own bytes prove
}

// taking proves one batch on all processors while the one before it is stored.
func (s *session) taking(ctx context.Context) error {
	if err := s.askBodies(ctx); err != nil {
		return err
	}
	next := make(chan proved, window)
	s.group.Go(func() { s.cancel(safely(ctx, func(ctx context.Context) error { return s.proving(ctx, next) })) })
	for {
		select {
		case p := <-next:
			if err := s.takeIn(ctx, p, next); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (s *session) proving(ctx context.Context, next chan<- proved) error {
	for {
		select {
		case f := <-s.inbox:
			p := proved{parcel: f}
			if f.kind == frameWires {
				number, groups, err := readBatch(f.data)
				if err != nil {
					return err
				}
				p.batch, p.groups, p.data = number, s.prove(groups), nil
			}
			if err := pass(ctx, next, p); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// prove reads all entries of a batch. Groups of one thread become one.
func (s *session) prove(groups []group) []provedGroup {
	var wires []ledger.Wire
	for _, g := range groups {
		wires = append(wires, g.wires...)
	}
	entries, errs := ledger.ReadWires(wires)
	now := s.n.o.Now()
	list := make([]provedGroup, 0, len(groups))
	at := 0
	for _, g := range groups {
		i := slices.IndexFunc(list, func(p provedGroup) bool { return p.thread == g.thread })
		if i < 0 {
			i = len(list)
			list = append(list, provedGroup{thread: g.thread})
		}
		p := &list[i]
		p.last = p.last || g.last
		for range g.wires {
			e, err := entries[at], errs[at]
			if err == nil && e.Thread != g.thread {
				err = fmt.Errorf("%w: it belongs to another thread", ledger.ErrRefused)
			}
			if err != nil {
				p.refused = append(p.refused, s.refusalOf(wires[at], g.thread, err, now))
			} else {
				p.entries = append(p.entries, e)
			}
			at++
		}
	}
	return list
}

// refusalOf describes an entry that was refused for its bytes alone.
func (s *session) refusalOf(w ledger.Wire, thread ledger.ThreadID, err error, now time.Time) ledger.Refusal {
	sum := sha256.New()
	sum.Write([]byte("consilium entry 1\x00")) // FORMAT.md: the hash of an entry of format 1
	sum.Write(w.Header)
	r := ledger.Refusal{Hash: ledger.Hash(sum.Sum(nil)), Thread: thread.String(), Source: s.peer, Reason: tidy(err.Error(), reasonMost), At: now}
	if h, err := ledger.ParseHeader(w.Header); err == nil {
		r.Author = h.Hospital.String()
	}
	return r
}

// takeIn handles one message. Batches that are ready by now are stored together: the disk takes as long for one as for all of them.
func (s *session) takeIn(ctx context.Context, p proved, next <-chan proved) error {
	switch p.kind {
	case frameHave:
		return s.takeOffers(ctx, p.have)
	case frameMark:
		m, err := decodeFrame[mark](frame{p.kind, p.data})
		if err != nil || m.Place < 0 {
			return errors.Join(err, ErrProtocol)
		}
		return s.takeMark(ctx, m)
	}
	batches := []proved{p}
	for {
		select {
		case p := <-next:
			if p.kind == frameWires {
				batches = append(batches, p)
				continue
			}
			if err := s.takeBatches(ctx, batches); err != nil {
				return err
			}
			return s.takeIn(ctx, p, next)
		default:
			return s.takeBatches(ctx, batches)
		}
	}
}

// takeOffers answers a page with what this node lacks of it.
func (s *session) takeOffers(ctx context.Context, h have) error {
	w := want{Page: h.Page}
	var told []offer
	err := s.n.o.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		size, room := 0, bodiesMost
		for _, theirs := range h.Threads {
			ours, here, err := summary(ctx, tx, theirs.Thread)
			if err != nil {
				return err
			}
			state, err := stateOf(ctx, tx, s.peer, theirs.Thread)
			if err != nil {
				return err
			}
			here = here && state != ledger.Stranger // to a stranger it is as if there were no such thread
			if here {
				told = append(told, theirs)
			}
			if here && ours.same(theirs) && ours.Lacks == 0 {
				continue
			}
			if size > wantTarget || room <= 0 {
				w.More = true
				continue
			}
			var tips []ledger.Tip
			if here {
				if tips, err = s.n.o.Book.Tips(ctx, tx, theirs.Thread); err != nil {
					return err
				}
			}
			if here && !reads(state) {
				s.offerSoon(theirs.Thread) // it has left the thread and does not know it
			}
			var bodies []ledger.Hash
			if here && ours.Lacks > 0 && reads(state) {
				if bodies, err = ledger.WantedBodies(ctx, tx, theirs.Thread, room); err != nil {
					return err
				}
			}
			room -= len(bodies)
			size += 100 + 220*len(tips) + 70*len(bodies)
			w.Threads = append(w.Threads, wanted{Thread: theirs.Thread, Tips: tips, Bodies: bodies})
		}
		var err error
		told, err = changedHoldings(ctx, tx, s.peer, told)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.send(ctx, frameWant, w); err != nil {
		return err
	}
	return s.keepHoldings(ctx, told)
}

// takeMark remembers how far the partner has given. It is written rarely: what is lost of it in a crash is offered once more.
func (s *session) takeMark(ctx context.Context, m mark) error {
	t := &s.take
	if t.failed {
		return nil
	}
	t.reached = m
	if m.Place >= t.stored.Place && m.Place < t.stored.Place+markEvery && t.stored.Place != 0 {
		return nil
	}
	return s.n.o.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error { return t.keepMark(ctx, tx, s.peer) })
}

func (t *taker) keepMark(ctx context.Context, tx ledger.Tx, from ledger.HospitalID) error {
	if t.reached == t.stored {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE partner SET taken_place = $2, taken_hash = $3 WHERE hospital = $1`, from[:], t.reached.Place, t.reached.Hash[:])
	if err != nil {
		return fmt.Errorf("keeping the mark of partner %s: %w", from, err)
	}
	t.stored = t.reached
	return nil
}

// threadError says that one thread of a batch cannot be stored; the others can.
type threadError struct {
	thread ledger.ThreadID
	err    error
}

func (e *threadError) Error() string { return fmt.Sprintf("thread %s: %v", e.thread, e.err) }
func (e *threadError) Unwrap() error { return e.err }

var errStray = errors.New("the thread does not name both hospitals")

// takeBatches stores batches in one transaction and answers them. A thread that cannot be stored is left out, and the rest is stored without it.
func (s *session) takeBatches(ctx context.Context, batches []proved) error {
	for _, p := range batches {
		if err := s.checkFence(ctx, p); err != nil {
			return err
		}
	}
	left := map[ledger.ThreadID]error{}
	var taken *intake
	for {
		taken = &intake{s: s, left: left}
		err := s.n.o.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error { return taken.store(ctx, tx, batches) })
		var one *threadError
		if err == nil {
			break
		}
		if !errors.As(err, &one) || ctx.Err() != nil || left[one.thread] != nil {
			return err
		}
		left[one.thread] = one.err
		s.noteFailure(one)
	}
	s.take.strays += taken.strays
	s.tell(taken) // before the answers: a link that goes down now must not keep what came over it from the others
	for _, a := range taken.answers {
		if err := s.send(ctx, frameAck, a); err != nil {
			return err
		}
	}
	return s.askFor(ctx, taken)
}

func (s *session) noteFailure(e *threadError) {
	s.link.mu.Lock()
	s.link.lastErr, s.link.lastAt = e, s.n.o.Now()
	s.link.mu.Unlock()
	if !errors.Is(e, errStray) {
		s.take.failed = true
	}
	s.n.o.Log.Warn("a thread was not stored", "hospital", s.peer, "thread", e.thread, "why", e.err)
}

// tell tells everybody here what has come.
func (s *session) tell(t *intake) {
	s.tellFilled(t.filled)
	if len(t.grown) > 0 {
		s.n.Wake()
		s.n.o.Received(t.grown)
		s.n.eachSession(func(s *session) { signal(s.blobWake) }) // new files, or a consent to old ones
	}
}

// askFor asks for what is missing after a batch.
func (s *session) askFor(ctx context.Context, t *intake) error {
	var ask []wanted
	now := s.n.o.Now()
	for _, w := range t.missing {
		if at, ok := s.take.asked[w.Thread]; !ok || now.Sub(at) >= askAgain {
			if len(s.take.asked) >= pageThreads {
				clear(s.take.asked)
			}
			s.take.asked[w.Thread] = now
			ask = append(ask, w)
		}
	}
	if len(ask) > 0 {
		if err := s.send(ctx, frameWant, want{Threads: ask}); err != nil {
			return err
		}
	}
	if ask = append(ask, t.stripped...); len(ask) > 0 {
		if err := s.n.askOthers(ctx, s, ask); err != nil {
			return err
		}
	}
	return s.askMoreBodies(ctx, t.bodies)
}

// askOthers asks the other partners for entries that are missing, each for those of the threads that it takes part in: to the others it is as if there
// were no such thread, and no question tells them otherwise.
func (n *Network) askOthers(ctx context.Context, from *session, list []wanted) error {
	var others []*session
	n.eachSession(func(s *session) {
		if s != from {
			others = append(others, s)
		}
	})
	return n.o.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		for _, s := range others {
			var ask []wanted
			for _, w := range list {
				state, err := stateOf(ctx, tx, s.peer, w.Thread)
				if err != nil {
					return err
				}
				if reads(state) {
					ask = append(ask, w)
				}
			}
			if len(ask) == 0 {
				continue
			}
			for _, w := range parts(ask) {
				select {
				case s.urgent <- encodeFrame(frameWant, w):
				default: // busy: the next comparison will do it
				}
			}
		}
		return nil
	})
}

// checkFence looks for entries that this hospital has signed and does not have. Before anything else happens, this node stops using a key of its own; another node is told to stop using one of its.
func (s *session) checkFence(ctx context.Context, p proved) error {
	key := s.n.o.Book.Signer().Key()
	for _, g := range p.groups {
		lost := false
		for _, e := range g.entries {
			if e.Key != key && (s.n.o.Lost == nil || e.Hospital != s.n.self()) {
				continue
			}
			err := s.n.o.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
				var here int
				if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM entry WHERE hash = $1`, e.Hash[:]).Scan(&here); err != nil {
					return fmt.Errorf("looking for entry %s: %w", e.Hash.Short(), err)
				}
				lost = here == 0
				return nil
			})
			if err != nil {
				return err
			}
			switch {
			case lost && e.Key == key:
				return s.n.guardFence(ctx, key, g.thread)
			case lost:
				s.n.o.Lost(e.Key)
			}
		}
	}
	return nil
}
