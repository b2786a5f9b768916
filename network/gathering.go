package network

import (
	"context"
	"errors"

	"consilium/ledger"
)

// gathering collects the entries of some threads into batches.
type gathering struct {
	s      *session
	wants  []wanted
	thread ledger.ThreadID // of the rest
	rest   []ledger.Wire   // of a thread that did not fit
	behind []wanted        // threads in which the partner knows more of this node's key
}

func (g *gathering) done() bool { return len(g.wants) == 0 && len(g.rest) == 0 }

func (g *gathering) fill(ctx context.Context, tx ledger.Tx, b *batchWriter) error {
	for !g.done() && !b.full(g.s.give.target) {
		if len(g.rest) == 0 {
			w := g.wants[0]
			g.wants = g.wants[1:]
			list, err := g.lacks(ctx, tx, w)
			if err != nil {
				return err
			}
			g.thread, g.rest = w.Thread, list
		}
		b.begin(g.thread)
		for len(g.rest) > 0 && !b.full(g.s.give.target) {
			b.add(g.rest[0])
			g.rest = g.rest[1:]
		}
		b.end(len(g.rest) == 0)
	}
	return nil
}

// lacks is what may go to the partner of one thread.
func (g *gathering) lacks(ctx context.Context, tx ledger.Tx, w wanted) ([]ledger.Wire, error) {
	s := g.s
	state, err := stateOf(ctx, tx, s.peer, w.Thread)
	if err != nil || state == ledger.Stranger {
		return nil, err // as if there were no such thread
	}
	ok, why := s.n.o.Gate.MayLeave(ctx, tx, w.Thread, s.peer)
	s.link.hold(heldKey{thread: w.Thread}, ok, why)
	past, all, err := s.allowed(ctx, tx, w.Thread, ok && reads(state))
	switch {
	case err != nil || !all && past == nil:
		return nil, err
	case w.only:
		return g.bodies(ctx, tx, w, past, nil)
	case all && w.exactly != nil:
		return wiresBy(ctx, tx, w.Thread, w.exactly)
	case all && len(w.Tips) == 0:
		return wiresOf(ctx, tx, w.Thread)
	}
	t, err := s.n.o.Book.Thread(ctx, tx, w.Thread)
	if err != nil {
		return nil, err
	}
	tips := t.Tips()
	if behind(t, tips, w.Tips, s.n.o.Book.Signer().Key()) {
		g.behind = append(g.behind, wanted{Thread: w.Thread, Tips: tips})
		return nil, nil // first theirs: what was lost here, and the proof of it
	}
	var list []ledger.Wire
	for _, e := range t.Lacks(w.Tips) {
		if all || past[e.Hash] {
			list = append(list, e.Wire)
		}
	}
	return g.bodies(ctx, tx, w, past, list)
}

// allowed is what of a thread may go to the partner: all of it, up to the end of its part in the thread, or up to the end of the patient's consent.
func (s *session) allowed(ctx context.Context, tx ledger.Tx, id ledger.ThreadID, all bool) (past map[ledger.Hash]bool, whole bool, err error) {
	if all {
		return nil, true, nil
	}
	end, err := s.n.o.Gate.Until(ctx, tx, id, s.peer)
	if err != nil {
		return nil, false, err
	}
	if !end.IsZero() {
		l, err := s.n.o.Book.Log(ctx, tx, id)
		return upTo(l, end), false, err
	}
	if ok, _ := s.n.o.Gate.MayLeave(ctx, tx, id, s.peer); !ok {
		return nil, false, nil
	}
	past, _, err = s.pastOf(ctx, tx, id)
	return past, false, err
}

// behind tells whether the partner has entries by our key that we do not: this node was rolled back.
func behind(t *ledger.Thread, ours, theirs []ledger.Tip, key ledger.Key) bool {
	find := func(list []ledger.Tip) ledger.Tip {
		for _, tip := range list {
			if tip.Key == key {
				return tip
			}
		}
		return ledger.Tip{}
	}
	we, they := find(ours), find(theirs)
	return they.Count > we.Count || they.Count > 0 && they.Count == we.Count && they.Newest != we.Newest && !t.Has(they.Newest)
}

// guardFence calls for a new key when entries came that this node signed and does not have. While the call runs nothing leaves; if it fails, nothing
// leaves under that key.
func (n *Network) guardFence(ctx context.Context, key ledger.Key, thread ledger.ThreadID) error {
	n.fence.Lock()
	defer n.fence.Unlock()
	if n.o.Book.Signer().Key() != key {
		return nil // another link has seen to it
	}
	n.fenced = key
	n.o.Log.Error("this node was rolled back: a partner has entries that it signed and does not have", "key", key.Short(), "thread", thread)
	if err := n.o.Fence(ctx, key, thread); err != nil {
		return errors.Join(ErrFenced, err)
	}
	if n.o.Book.Signer().Key() == key {
		return ErrFenced
	}
	return nil
}
