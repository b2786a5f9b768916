package network

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"consilium/ledger"
)

// session is one connection with a partner, both of whose sides give and take at the same time.
//
// Its goroutines hand each other messages through channels; what only one of them touches stands with it. The reader never has to wait for long: a
// partner that keeps to the protocol has no more on its way than the channels hold, and one that does not is cut off by the deadlines.
type session struct {
	n       *Network
	link    *link
	peer    ledger.HospitalID
	conn    *tls.Conn
	guarded *guardedConn
	dialed  bool // by us
	theirs  hello

	ctx    context.Context
	cancel context.CancelCauseFunc
	done   chan struct{}
	group  sync.WaitGroup

	urgent chan frame // to the writer: everything but parts of files
	bulk   chan frame // to the writer: parts of files, when nothing is urgent

	inbox   chan parcel   // to the taker: have, wires, mark
	wants   chan want     // to the giver: answers to its page
	asks    chan want     // to the giver: what the partner misses beside that
	acks    chan ack      // to the giver
	wake    chan struct{} // to the giver: entries were added
	compare chan struct{} // to the giver: compare everything

	glances chan frame  // to the writer: the newest, before parts of files
	glanced chan Glance // from the reader, to be looked at

	blobAsks    chan blobAsk  // to the file giver
	blobAnswers chan frame    // to the file taker
	blobWake    chan struct{} // to the file taker
	rescan      atomic.Bool   // the file taker is to look through all files
	blobNews    chan struct{} // to the file giver: something has come that the partner asked for in vain

	mu    sync.Mutex
	known map[ledger.ThreadID]offer // what the partner last said to have, in this session
	extra map[ledger.ThreadID]bool  // threads to offer beside the feed
	vain  map[ledger.Hash]bool      // files that the partner asked for and that were not here
	news  []ledger.Hash             // those of them that have come

	give giver
	take taker
}

// parcel is a frame on its way to the taker.
type parcel struct {
	kind frameType
	data []byte
	have have
}

// knownMost bounds what a session remembers of the partner's threads; beyond it they are offered once more.
const knownMost = 100_000

func (n *Network) newSession(within context.Context, conn *tls.Conn, guarded *guardedConn, theirs hello, p Partner, dialed bool) *session {
	s := &session{n: n, link: n.link(p.Hospital), peer: p.Hospital, conn: conn, guarded: guarded, dialed: dialed, theirs: theirs, done: make(chan struct{}),
		urgent: make(chan frame, 8), bulk: make(chan frame), inbox: make(chan parcel, 8), wants: make(chan want, 1), asks: make(chan want, 8),
		acks: make(chan ack, window+1), glances: make(chan frame, glancesWait), glanced: make(chan Glance, glancesWait), wake: make(chan struct{}, 1), compare: make(chan struct{}, 1),
		blobAsks: make(chan blobAsk, 2*blobWindow), blobAnswers: make(chan frame, 2*blobWindow), blobWake: make(chan struct{}, 1), blobNews: make(chan struct{}, 1),
		known: map[ledger.ThreadID]offer{}, extra: map[ledger.ThreadID]bool{}, vain: map[ledger.Hash]bool{}}
	s.ctx, s.cancel = context.WithCancelCause(within)
	s.give = giver{target: batchStart, given: p.given}
	s.take = taker{stored: p.taken, reached: p.taken, asked: map[ledger.ThreadID]time.Time{}}
	return s
}

// caller is the side that opened the connection.
func (s *session) caller() ledger.HospitalID {
	if s.dialed {
		return s.n.self()
	}
	return s.peer
}

// end ends the session from outside.
func (s *session) end(why error) { s.cancel(why) }

// run serves the session until it ends.
func (s *session) run() {
	stop := context.AfterFunc(s.ctx, func() { s.guarded.Conn.Close() })
	defer stop()
	if err := s.begin(); err != nil {
		s.cancel(err)
	} else {
		s.link.outcome(nil, s.n.o.Now())
		s.n.o.Log.Info("link up", "hospital", s.peer, "dialed", s.dialed)
		s.n.o.Changed(s.peer)
	}
	for _, part := range []func(context.Context) error{s.read, s.write, s.giving, s.taking, s.givingBlobs, s.takingBlobs, s.glancing} {
		s.group.Go(func() { s.cancel(safely(s.ctx, part)) })
	}
	s.group.Wait()
	s.finish()
}

// safely turns a panic into an error, so that what one partner sends cannot end the program.
func safely(ctx context.Context, part func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a fault of this program: %v\n%s", p, debug.Stack())
		}
	}()
	return part(ctx)
}

// begin notes that both sides know each other, unless the partner was blocked or removed while it was calling.
func (s *session) begin() error {
	return s.n.o.DB.Update(s.ctx, func(ctx context.Context, tx ledger.Tx) error {
		p, err := PartnerOf(ctx, tx, s.peer)
		if err = errors.Join(err, blockedErr(p)); err != nil {
			return err
		}
		return met(ctx, tx, s.theirs, s.n.o.Now())
	})
}

// finish keeps how far both have come. The session's context has ended, the node's may have too.
func (s *session) finish() {
	why := context.Cause(s.ctx)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), 10*time.Second)
	defer cancel()
	err := s.n.o.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if err := s.take.keepMark(ctx, tx, s.peer); err != nil {
			return err
		}
		return s.give.keepPlace(ctx, tx, s.peer)
	})
	if err != nil {
		s.n.o.Log.Warn("the progress with a partner was not kept", "hospital", s.peer, "why", err)
	}
	s.guarded.Conn.Close()
	l := s.link
	l.mu.Lock()
	if l.session == s {
		l.session, l.since = nil, s.n.o.Now()
	}
	l.received += s.guarded.received.Load()
	l.sent += s.guarded.sent.Load()
	l.mu.Unlock()
	if !errors.Is(why, errReplaced) {
		l.outcome(why, s.n.o.Now())
	}
	s.n.o.Log.Info("link down", "hospital", s.peer, "why", why)
	close(s.done)
	s.n.o.Changed(s.peer)
}

// read hands out what arrives.
func (s *session) read(ctx context.Context) error {
	r := bufio.NewReaderSize(s.conn, 64<<10)
	for {
		f, err := readFrame(r)
		if err != nil {
			return err
		}
		if err := s.dispatch(ctx, f); err != nil {
			return err
		}
	}
}

func (s *session) dispatch(ctx context.Context, f frame) error {
	switch f.kind {
	case framePing:
		return nil
	case frameBlobHere:
		signal(s.blobWake)
		return nil
	case frameHave:
		h, err := decodeFrame[have](f)
		if err != nil {
			return err
		}
		if len(h.Threads) > pageThreads {
			return fmt.Errorf("%w: %d threads offered at once", ErrProtocol, len(h.Threads))
		}
		for _, o := range h.Threads {
			s.learn(o)
		}
		return pass(ctx, s.inbox, parcel{kind: f.kind, have: h})
	case frameWires, frameMark:
		return pass(ctx, s.inbox, parcel{kind: f.kind, data: f.data})
	case frameWant:
		w, err := decodeFrame[want](f)
		if err != nil {
			return err
		}
		if len(w.Threads) > pageThreads {
			return fmt.Errorf("%w: %d threads wanted at once", ErrProtocol, len(w.Threads))
		}
		if n := w.bodies(); n > bodiesMost {
			return fmt.Errorf("%w: %d bodies wanted at once", ErrProtocol, n)
		}
		if w.Page == 0 {
			select {
			case s.asks <- w:
			default: // the giver is busy, and may be waiting for what stands behind this frame: a comparison brings it later
			}
			return nil
		}
		return pass(ctx, s.wants, w)
	case frameAck:
		a, err := decodeFrame[ack](f)
		if err != nil {
			return err
		}
		for _, t := range a.Threads {
			s.learn(t.offer)
		}
		return pass(ctx, s.acks, a)
	case frameBlobAsk:
		a, err := decodeFrame[blobAsk](f)
		if err != nil {
			return err
		}
		return pass(ctx, s.blobAsks, a)
	case frameGlance:
		return s.hearGlance(f)
	case frameBlobData, frameBlobNone:
		return pass(ctx, s.blobAnswers, f)
	}
	return fmt.Errorf("%w: frame type %d in the middle of a connection", ErrProtocol, f.kind)
}

func pass[T any](ctx context.Context, to chan<- T, v T) error {
	select {
	case to <- v:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// send hands a frame to the writer.
func (s *session) send(ctx context.Context, kind frameType, v any) error {
	return pass(ctx, s.urgent, encodeFrame(kind, v))
}

// write sends what is urgent first, parts of files when nothing is, and a ping when there is nothing at all.
func (s *session) write(ctx context.Context) error {
	w := bufio.NewWriterSize(s.conn, 64<<10)
	ping := s.n.o.After(s.n.o.Idle / 3)
	for {
		var f frame
		select {
		case f = <-s.urgent:
		case f = <-s.glances:
		default:
			if w.Buffered() > 0 && len(s.bulk) == 0 {
				if err := w.Flush(); err != nil {
					return err
				}
			}
			select {
			case f = <-s.urgent:
			case f = <-s.glances:
			case f = <-s.bulk:
			case <-ping:
				f, ping = frame{kind: framePing}, s.n.o.After(s.n.o.Idle/3)
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		if err := writeFrame(w, f); err != nil {
			return err
		}
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (s *session) wakeUp() { signal(s.wake) }
func (s *session) compareSoon() {
	s.rescan.Store(true)
	signal(s.compare)
	signal(s.blobWake)
}

// offerSoon offers a thread again, whatever the partner was last heard to have.
func (s *session) offerSoon(thread ledger.ThreadID) {
	s.mu.Lock()
	if len(s.extra) < pageThreads {
		s.extra[thread] = true
	}
	s.mu.Unlock()
	s.wakeUp()
}

// learn remembers what the partner says to have of a thread. The reader calls it, in the order in which the partner spoke: what it says later is more.
func (s *session) learn(o offer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= knownMost {
		clear(s.known)
	}
	s.known[o.Thread] = o
}

// conclude remembers that the partner has what is here, but for bodies that it did not give, if it has not spoken since.
func (s *session) conclude(spoke ledger.Hash, here offer, stripped int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.known[here.Thread]; known.Digest == spoke {
		here.Lacks = known.Lacks + stripped
		s.known[here.Thread] = here
	}
}

func (s *session) knows(thread ledger.ThreadID) (offer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.known[thread]
	return o, ok
}
