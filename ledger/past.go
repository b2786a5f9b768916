package ledger

import (
	"slices"
	"sync"
)

// past is the set of entries among an entry's ancestors that change the roster, in folding order. Entries with the same ancestors in this respect share one.
type past struct {
	events []*node
	before *past // one with the first of these events, from whose roster this one's is folded on; nil: there is nothing before
	census *census
	once   sync.Once
	folded Roster
}

var nothing = &past{}

// pastOf is what the parents know together. Entries that came at one time follow nearly the same ones, their own previous entry apart, which is therefore joined last: what the others
// come to is worked out once for all of them. In a thread of three hundred hospitals nearly all of the time went there.
func (t *Thread) pastOf(after []*node) *past {
	if len(after) == 0 {
		return nothing
	}
	p := nothing
	for _, parent := range after[1:] {
		p = t.join(p, parent.through())
	}
	return t.join(p, after[0].through())
}

// join is the join of two pasts, worked out once while a thread grows.
func (t *Thread) join(p, q *past) *past {
	if p == q {
		return p
	}
	both, known := t.joins[[2]*past{p, q}]
	if !known {
		if t.joins == nil {
			t.joins = map[[2]*past]*past{}
		}
		both = t.joined(p, q)
		t.joins[[2]*past{p, q}] = both
	}
	return both
}

func (t *Thread) joined(p, q *past) *past {
	switch {
	case p.holds(q):
		return p
	case q.holds(p):
		return q
	}
	events := merge(p.events, q.events)
	before, other := p.beginning(events), q.beginning(events)
	if len(other.events) > len(before.events) {
		before = other
	}
	return &past{events: events, before: before, census: t.census}
}

// with is a past and an entry that follows all of it.
func (t *Thread) with(p *past, n *node) *past {
	return &past{events: append(slices.Clone(p.events), n), before: p, census: t.census}
}

// through is the entry's past and, where it is a roster entry, itself.
func (n *node) through() *past {
	if n.self != nil {
		return n.self
	}
	return n.past
}

// merge puts two lists in folding order together.
func merge(a, b []*node) []*node {
	both := make([]*node, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] == b[0]:
			both, a, b = append(both, a[0]), a[1:], b[1:]
		case order(a[0], b[0]) < 0:
			both, a = append(both, a[0]), a[1:]
		default:
			both, b = append(both, b[0]), b[1:]
		}
	}
	return append(append(both, a...), b...)
}

// holds tells whether all of q is in p.
func (p *past) holds(q *past) bool {
	if len(q.events) > len(p.events) {
		return false
	}
	in := p.events
	for _, n := range q.events {
		for len(in) > 0 && in[0] != n && order(in[0], n) < 0 {
			in = in[1:]
		}
		if len(in) == 0 || in[0] != n {
			return false
		}
		in = in[1:]
	}
	return true
}

func (p *past) has(n *node) bool {
	_, found := slices.BinarySearchFunc(p.events, n, order)
	return found
}

// beginning is the longest past that this one goes on from, itself among them, whose events are the first of a list that holds all of this one's.
func (p *past) beginning(events []*node) *past {
	for n := len(p.events); n > 0 && events[n-1] != p.events[n-1]; n = len(p.events) {
		p = p.before
	}
	return p
}

// roster is who took part and who kept the thread, as far as this past tells. It names no members and no cuts: those are for the thread as a whole.
func (p *past) roster() *Roster {
	p.once.Do(func() {
		p.folded.brief = &brief{census: p.census}
		if p.before == nil {
			return
		}
		b := p.before.roster()
		p.folded.Opener, p.folded.Steward, p.folded.Offer, p.folded.brief.states = b.Opener, b.Steward, b.Offer, slices.Clone(b.brief.states)
		for _, n := range p.events[len(p.before.events):] {
			p.folded.apply(n, true)
		}
		p.folded.cuts = nil
	})
	return &p.folded
}

// brief is what each hospital is to a thread, in a byte: in a thread of three hundred hospitals each of them knows a little of the others before it joins, and a list of
// members for each such past was most of what the thread took.
type brief struct {
	census *census
	states []byte // by the number of the hospital: the place of its state in [briefly]
}

var briefly = []State{Stranger, Invited, Joined, Left, Removed}

func (b *brief) state(h HospitalID) State {
	if n, known := b.census.find(h); known && n < len(b.states) {
		return briefly[b.states[n]]
	}
	return Stranger
}

func (b *brief) set(h HospitalID, s State) {
	n := b.census.number(h)
	if n >= len(b.states) {
		b.states = append(b.states, make([]byte, n+1-len(b.states))...)
	}
	b.states[n] = byte(slices.Index(briefly, s))
}

// census numbers the hospitals of a thread as they are first named. The copies of a thread share it.
type census struct {
	mu      sync.RWMutex
	numbers map[HospitalID]int
}

func (c *census) find(h HospitalID) (n int, known bool) {
	if c == nil { // of [nothing]
		return 0, false
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	n, known = c.numbers[h]
	return n, known
}

func (c *census) number(h HospitalID) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, known := c.numbers[h]
	if !known {
		n = len(c.numbers)
		c.numbers[h] = n
	}
	return n
}
