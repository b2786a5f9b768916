package ledger

import (
	"maps"
	"slices"
	"sync"
)

// A thread grows at its end nearly always, by an entry that changes nothing of how the others are read. Its log then goes on from where it was instead of being read
// anew. What is added shares its memory with the log before, which keeps reading its own part.

// places tells where entries stand in a log, and in all logs that went on from it: they differ in how many there are.
type places struct {
	mu   sync.RWMutex
	at   map[Hash]int
	size int // places taken by the longest of the logs
}

func newPlaces(nodes []*node) *places {
	p := &places{at: make(map[Hash]int, len(nodes)+1), size: len(nodes)}
	for i, n := range nodes {
		p.at[n.Hash] = i
	}
	return p
}

func (p *places) of(h Hash) (int, bool) {
	if p == nil {
		return 0, false
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	i, ok := p.at[h]
	return i, ok
}

// take gives the next place after so many to an entry, or tells that it is taken: another log went on from there, which was given up.
func (p *places) take(after int, h Hash) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.size != after {
		return false
	}
	p.at[h] = after
	p.size++
	return true
}

// logAfter reads the thread, to which some entries were added since it read as before.
func (t *Thread) logAfter(before Log, added []*Entry) Log {
	if len(before.Said) == 0 || len(before.Said)+len(added) != t.Len() || t.node(before.Said[0].Hash) != before.Said[0].node {
		return t.Log() // new, or made anew with other bodies
	}
	nodes := make([]*node, len(added))
	for i, e := range added {
		nodes[i] = t.node(e.Hash)
	}
	slices.SortFunc(nodes, order)
	l := before
	for _, n := range nodes {
		var ok bool
		if l, ok = l.onward(t, n); !ok {
			return t.Log()
		}
	}
	return l
}

// onward is the log after one more entry, if that comes after all others and changes nothing of how they are read.
func (l Log) onward(t *Thread, n *node) (Log, bool) {
	if !l.endsBefore(n) || l.ahead || !maps.Equal(t.forked, l.thread.forked) {
		return l, false
	}
	s := Said{Entry: n.Entry, node: n}
	if seq, forked := t.forked[n.Key]; forked && n.Seq >= seq {
		s.Standing = Doubted
	}
	s.Content, _ = n.Content()
	roster, ok := l.Roster.onward(t, n, s.Standing == Counts)
	if !ok {
		return l, false
	}
	before := len(l.Said)
	if !l.places.take(before, n.Hash) {
		l.Said = slices.Clip(l.Said)
		l.places = newPlaces(nodesOf(l.Said))
		l.places.take(before, n.Hash)
	}
	l.Said, l.held = append(l.Said, s), nil
	l.Roster, l.memo = roster, l.memo.onward(len(l.Said))
	return l, true
}

func nodesOf(said []Said) []*node {
	nodes := make([]*node, len(said))
	for i := range said {
		nodes[i] = said[i].node
	}
	return nodes
}

// endsBefore tells whether an entry comes after all of the log, and is none that changes how others are read.
func (l Log) endsBefore(n *node) bool {
	switch n.Kind {
	case KindErased, KindErasureAnswered, KindAmend, KindRetract:
		return false
	}
	return len(l.Said) > 0 && order(l.Said[len(l.Said)-1].node, n) < 0
}

// onward is the roster after one more entry. Where somebody has left, or a key was cut, what governs may put others past a cut, or let them count again: that is
// for the whole thread to say.
func (r Roster) onward(t *Thread, n *node, counts bool) (Roster, bool) {
	if len(r.cuts) > 0 {
		plain := !n.governs() && n.Kind != KindAdmitted
		return r, plain && !slices.ContainsFunc(r.cuts, func(cut leaving) bool { return cut.excludes(t, n, t.forked) })
	}
	if !n.governs() {
		return r, true
	}
	r.Members = slices.Clone(r.Members)
	r.apply(n, counts)
	return r, len(r.cuts) == 0
}

// ahead tells whether an erasure names an entry that is not here.
func (t *Thread) ahead(nodes []*node) bool {
	return slices.ContainsFunc(nodes, func(n *node) bool {
		return n.Kind == KindErased && slices.ContainsFunc(n.Refs, func(h Hash) bool { return !t.Has(h) })
	})
}
