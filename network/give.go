package network

import (
	"context"
	"fmt"
	"slices"
	"time"

	"consilium/ledger"
)

// Batches begin small and grow while answers come quickly, so that a bad line makes progress between two cuts and a good one is filled.
const (
	batchStart  = 256 << 10
	batchLeast  = 16 << 10
	quickAnswer = time.Second
	slowAnswer  = 5 * time.Second
)

// giver is the state of the goroutine that gives entries to the partner.
type giver struct {
	page      uint64 // the last page that was offered
	batch     uint64 // the last batch that was sent
	target    int    // bytes of a batch
	sent      map[uint64]time.Time
	pushed    map[ledger.ThreadID]offer // what the partner should have after entries that it did not ask for
	cursor    int64                     // everything up to this place was offered
	comparing bool
	after     ledger.ThreadID // where the comparison stands
	end       mark            // where the feed goes on after it
	given     int64           // the place that the partner has confirmed
	kept      int64           // and what of it is in the database
	answers   []ack           // not yet in the database
}

// page is a number of threads to offer.
type page struct {
	offers []offer
	direct []wanted // given without asking, for the partner is known to lack exactly this
	mark   mark     // what is reached with it; zero: nothing new
}

// giving offers what changed, and everything now and then; sends what the partner wants; waits for its answers.
func (s *session) giving(ctx context.Context) error {
	s.give.sent, s.give.pushed = map[uint64]time.Time{}, map[ledger.ThreadID]offer{}
	if err := s.goOn(ctx); err != nil {
		return err
	}
	interval := s.n.o.After(s.n.o.CompareEvery)
	for {
		p, some, err := s.nextPage(ctx)
		if err != nil {
			return err
		}
		if some {
			if err := s.offer(ctx, p); err != nil {
				return err
			}
			continue
		}
		select {
		case <-s.wake:
		case <-s.compare:
			s.give.comparing, s.give.after = true, ledger.ThreadID{}
		case <-interval:
			interval = s.n.o.After(s.n.o.CompareEvery)
			s.compareSoon()
		case w := <-s.asks:
			if err := s.deliver(ctx, w.Threads); err != nil {
				return err
			}
		case a := <-s.acks:
			return fmt.Errorf("%w: an answer to batch %d, which was not sent", ErrProtocol, a.Batch)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// goOn finds where to begin. The partner says how far it has what we gave; if our entry at that place is another one (we or they were restored), or
// it has nothing, everything is compared.
func (s *session) goOn(ctx context.Context) error {
	return s.n.o.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		at := s.theirs.Taken
		here, err := markAt(ctx, tx, at.Place)
		if err != nil {
			return err
		}
		s.give.comparing = at.Place == 0 || here != at
		s.give.cursor = at.Place
		return nil
	})
}

func (s *session) nextPage(ctx context.Context) (p page, some bool, err error) {
	err = s.n.o.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if extra := s.takeExtra(); len(extra) > 0 {
			some = true
			p, err = s.extraPage(ctx, tx, extra)
		} else if s.give.comparing {
			some = true
			p, err = s.comparePage(ctx, tx)
		} else {
			p, some, err = s.feedPage(ctx, tx)
		}
		return err
	})
	return p, some, err
}

func (s *session) takeExtra() []ledger.ThreadID {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []ledger.ThreadID
	for id := range s.extra {
		list = append(list, id)
	}
	clear(s.extra)
	return list
}

func (s *session) extraPage(ctx context.Context, tx ledger.Tx, threads []ledger.ThreadID) (p page, err error) {
	for _, id := range threads {
		o, ok, err := s.offerOf(ctx, tx, id, nil)
		if err != nil {
			return p, err
		}
		if ok {
			p.offers = append(p.offers, o)
		}
	}
	return p, nil
}

// comparePage is the next part of all that is shared.
func (s *session) comparePage(ctx context.Context, tx ledger.Tx) (p page, err error) {
	g := &s.give
	if g.after.IsZero() {
		if g.end, err = lastMark(ctx, tx); err != nil {
			return p, err
		}
	}
	list, err := ledger.Shared(ctx, tx, s.peer, g.after, pageThreads)
	if err != nil {
		return p, err
	}
	for _, t := range list {
		g.after = t.Thread
		p.offers = append(p.offers, offer{Thread: t.Thread, Digest: t.Digest, Tips: t.Tips, Entries: t.Entries, Lacks: t.Lacks})
	}
	if len(list) < pageThreads {
		g.comparing, g.cursor, p.mark = false, g.end.Place, g.end
	}
	return p, nil
}

// feedPage is what came after the cursor.
func (s *session) feedPage(ctx context.Context, tx ledger.Tx) (p page, some bool, err error) {
	changes, err := ledger.Changes(ctx, tx, s.give.cursor, pageThreads)
	if err != nil || len(changes) == 0 {
		return p, false, err
	}
	var threads []ledger.ThreadID
	added := map[ledger.ThreadID][]ledger.Hash{}
	for _, c := range changes {
		if added[c.Thread] == nil {
			threads = append(threads, c.Thread)
		}
		added[c.Thread] = append(added[c.Thread], c.Hash)
	}
	for _, id := range threads {
		o, ok, err := s.offerOf(ctx, tx, id, added[id])
		if err != nil {
			return p, false, err
		}
		known, heard := s.knows(id)
		switch {
		case !ok || heard && known.same(o) && known.Lacks == 0:
		case heard && known.Lacks == 0 && plus(known.Digest, added[id]) == o.Digest:
			p.direct = append(p.direct, wanted{Thread: id, exactly: added[id]})
			s.give.pushed[id] = o
		default:
			p.offers = append(p.offers, o)
		}
	}
	last := changes[len(changes)-1]
	s.give.cursor = last.Place
	p.mark = mark{last.Place, last.Hash}
	return p, true, nil
}

// plus is the digest of a set of entries with some more.
func plus(digest ledger.Hash, more []ledger.Hash) ledger.Hash {
	for _, h := range more {
		for i := range digest {
			digest[i] ^= h[i]
		}
	}
	return digest
}

// offerOf is what the partner may know of a thread. One that has left, or was removed, may know the thread up to the entry that says so, and is
// told when that entry is among the new ones (or new is nil: it asked).
func (s *session) offerOf(ctx context.Context, tx ledger.Tx, id ledger.ThreadID, added []ledger.Hash) (offer, bool, error) {
	state, err := stateOf(ctx, tx, s.peer, id)
	if err != nil || state == ledger.Stranger {
		return offer{}, false, err
	}
	if reads(state) {
		return summary(ctx, tx, id)
	}
	past, end, err := s.pastOf(ctx, tx, id)
	if err != nil || added != nil && !slices.Contains(added, end) {
		return offer{}, false, err
	}
	o := offer{Thread: id, Entries: len(past)}
	for h := range past {
		o.Digest = plus(o.Digest, []ledger.Hash{h})
	}
	return o, true, nil
}

// pastOf is the end of the partner's part in a thread, and all that this entry follows.
func (s *session) pastOf(ctx context.Context, tx ledger.Tx, id ledger.ThreadID) (map[ledger.Hash]bool, ledger.Hash, error) {
	l, err := s.n.o.Book.Log(ctx, tx, id)
	if err != nil {
		return nil, ledger.Hash{}, err
	}
	i := slices.IndexFunc(l.Roster.Members, func(m ledger.Member) bool { return m.Hospital == s.peer })
	if i < 0 {
		return nil, ledger.Hash{}, nil
	}
	end := l.Roster.Members[i].Since
	return upTo(l, end), end, nil
}

// upTo is an entry and all that it follows.
func upTo(l ledger.Log, end ledger.Hash) map[ledger.Hash]bool {
	after := map[ledger.Hash][]ledger.Hash{}
	for _, e := range l.Said {
		after[e.Hash] = e.After
	}
	past := map[ledger.Hash]bool{end: true}
	for stack := []ledger.Hash{end}; len(stack) > 0; {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, h := range after[top] {
			if !past[h] {
				past[h] = true
				stack = append(stack, h)
			}
		}
	}
	return past
}

// offer goes through a page: offer, send what is wanted, wait until the partner has stored it, and say how far it now is.
func (s *session) offer(ctx context.Context, p page) error {
	if len(p.direct) > 0 {
		if err := s.deliver(ctx, p.direct); err != nil {
			return err
		}
	}
	for more := len(p.offers) > 0; more; {
		s.give.page++
		if err := s.send(ctx, frameHave, have{Page: s.give.page, Threads: p.offers}); err != nil {
			return err
		}
		w, err := s.answerTo(ctx, s.give.page)
		if err != nil {
			return err
		}
		if len(w.Threads) > len(p.offers) {
			return fmt.Errorf("%w: more is wanted than was offered", ErrProtocol)
		}
		if err := s.deliver(ctx, w.Threads); err != nil {
			return err
		}
		done := map[ledger.ThreadID]bool{} // a thread is wanted once in a page, also when nothing of it may leave
		for _, t := range w.Threads {
			done[t.Thread] = true
		}
		p.offers = slices.DeleteFunc(p.offers, func(o offer) bool { return done[o.Thread] })
		more = w.More && len(w.Threads) > 0 && len(p.offers) > 0
	}
	if p.mark.Place == 0 {
		return nil
	}
	s.give.given = p.mark.Place
	return s.send(ctx, frameMark, p.mark)
}

func (s *session) answerTo(ctx context.Context, page uint64) (want, error) {
	select {
	case w := <-s.wants:
		if w.Page != page {
			return w, fmt.Errorf("%w: an answer to page %d, not %d", ErrProtocol, w.Page, page)
		}
		return w, nil
	case <-ctx.Done():
		return want{}, context.Cause(ctx)
	}
}

// deliver sends entries in batches, a few of them without an answer at a time, and returns when all are answered.
func (s *session) deliver(ctx context.Context, list []wanted) error {
	g := gathering{s: s, wants: list}
	for !g.done() {
		b, err := s.fillBatch(ctx, &g)
		if err != nil {
			return err
		}
		if b.entries == 0 {
			continue
		}
		for len(s.give.sent) >= window {
			if err := s.answered(ctx); err != nil {
				return err
			}
		}
		s.give.sent[s.give.batch] = s.n.o.Now()
		if err := pass(ctx, s.urgent, frame{frameWires, b.data}); err != nil {
			return err
		}
	}
	for len(s.give.sent) > 0 {
		if err := s.answered(ctx); err != nil {
			return err
		}
	}
	if err := s.askBack(ctx, g.behind); err != nil {
		return err
	}
	return s.keepAnswers(ctx)
}

// fillBatch reads entries for a batch. While the node's key is being replaced, nothing leaves.
func (s *session) fillBatch(ctx context.Context, g *gathering) (*batchWriter, error) {
	s.n.fence.RLock()
	defer s.n.fence.RUnlock()
	if s.n.fenced == s.n.o.Book.Signer().Key() {
		return nil, ErrFenced
	}
	s.give.batch++
	b := newBatch(s.give.batch)
	return b, s.n.o.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error { return g.fill(ctx, tx, b) })
}

// answered takes in the answer to one batch.
func (s *session) answered(ctx context.Context) error {
	select {
	case a := <-s.acks:
		began, ok := s.give.sent[a.Batch]
		if !ok || len(a.Threads) > batchMost {
			return fmt.Errorf("%w: an answer to batch %d, which was not sent", ErrProtocol, a.Batch)
		}
		delete(s.give.sent, a.Batch)
		s.adapt(s.n.o.Now().Sub(began))
		s.give.answers = append(s.give.answers, a)
		for _, t := range a.Threads {
			if should, ok := s.give.pushed[t.Thread]; ok {
				delete(s.give.pushed, t.Thread)
				if !should.same(t.offer) {
					s.offerSoon(t.Thread)
				}
			}
		}
		if len(s.give.answers) >= 16 {
			return s.keepAnswers(ctx)
		}
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *session) adapt(took time.Duration) {
	switch {
	case took < quickAnswer:
		s.give.target = min(2*s.give.target, batchTarget)
	case took > slowAnswer:
		s.give.target = max(s.give.target/2, batchLeast)
	}
}

// askBack asks for threads in which the partner claims to have more entries by this node's key than this node.
func (s *session) askBack(ctx context.Context, threads []wanted) error {
	if len(threads) == 0 {
		return nil
	}
	return s.send(ctx, frameWant, want{Threads: threads})
}
