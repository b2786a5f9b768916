package ledger

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// ErrRefused says that an entry is refused for ever: its own bytes or the entries that it follows prove it wrong. Every node says the same.
var ErrRefused = errors.New("the entry is refused")

// MissingError says that an entry cannot be judged yet, because entries that it follows are not here.
type MissingError struct{ Hashes []Hash }

func (e *MissingError) Error() string {
	return fmt.Sprintf("%d entries that it follows are not here yet", len(e.Hashes))
}

// Thread holds the entries of one thread and judges what may be added to them. It is pure: no database, no clock, no key. What it
// accepts or refuses depends on an entry and its ancestors alone, so that no two nodes can ever differ about it.
type Thread struct {
	ID    ThreadID
	nodes []*node        // in the order in which they came
	grove *grove         // finds them
	heads map[Hash]*node // entries that nothing follows
	count map[Key]uint64 // the greatest count of each key
	sum   Hash           // see digest
	bare  int            // entries without their bodies
	size  int            // bytes of all entries as they are stored

	forked  map[Key]uint64 // keys with two entries of one count: the first such count
	numbers map[Key]int    // see seen

	joins  map[[2]*past]*past // see join; of this copy alone
	census *census
}

type chainPlace struct {
	key Key
	seq uint64
}

// node is an entry in the graph.
type node struct {
	*Entry
	after []*node
	past  *past // the roster entries among its ancestors
	self  *past // its past and itself, where it changes who takes part

	place  int // in the order in which the thread's entries came
	number int // of its key
	seen   seen
}

// NewThread is an empty thread.
func NewThread(id ThreadID) *Thread {
	return &Thread{ID: id, grove: newGrove(nil), heads: map[Hash]*node{}, count: map[Key]uint64{}, forked: map[Key]uint64{}, numbers: map[Key]int{}, census: &census{numbers: map[HospitalID]int{}}}
}

// Len is how many entries the thread has.
func (t *Thread) Len() int { return len(t.nodes) }

// Has tells whether the entry is in the thread.
func (t *Thread) Has(h Hash) bool { return t.node(h) != nil }

// Entry gives an entry of the thread, or nil.
func (t *Thread) Entry(h Hash) *Entry {
	if n := t.node(h); n != nil {
		return n.Entry
	}
	return nil
}

// Admit adds an entry that was proved by itself ([ReadEntry]). Adding one twice changes nothing. The error is a [*MissingError] (not yet)
// or wraps [ErrRefused] (never).
func (t *Thread) Admit(e *Entry) error {
	if t.Has(e.Hash) {
		return nil
	}
	n, err := t.place(e)
	if err != nil {
		return err
	}
	if err := n.checkAuthor(); err != nil {
		return err
	}
	n.number, n.seen = t.number(e.Key), t.seenBy(n.after)
	t.grow(n)
	t.sum.xor(e.Hash)
	t.size += e.Wire.Size()
	if !e.HasBody() {
		t.bare++
	}
	if len(t.chainAt(e.Key, e.Seq)) > 1 {
		if first, forked := t.forked[e.Key]; !forked || e.Seq < first {
			t.forked[e.Key] = e.Seq
		}
	}
	t.count[e.Key] = max(t.count[e.Key], e.Seq)
	for _, p := range n.after {
		delete(t.heads, p.Hash)
	}
	t.heads[e.Hash] = n
	return nil
}

func refuse(format string, a ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, a...))
}

// place finds the entry's place in the graph and checks thread, count and height against it.
func (t *Thread) place(e *Entry) (*node, error) {
	if e.Thread != t.ID {
		return nil, refuse("it belongs to another thread")
	}
	n := &node{Entry: e}
	var missing []Hash
	var highest uint64
	for _, h := range e.After {
		p := t.node(h)
		if p == nil {
			missing = append(missing, h)
			continue
		}
		n.after = append(n.after, p)
		highest = max(highest, p.Height)
	}
	if missing != nil {
		return nil, &MissingError{missing}
	}
	if e.Height != highest+1 {
		return nil, refuse("its height is %d and should be %d", e.Height, highest+1)
	}
	if err := n.checkChain(); err != nil {
		return nil, err
	}
	n.past = t.pastOf(n.after)
	if n.changesRoster() {
		n.self = t.with(n.past, n)
	}
	return n, nil
}

// checkChain checks that the entry follows its own key's previous one.
func (n *node) checkChain() error {
	if n.Height == 1 {
		if n.Kind != KindOpened || threadID(n.Time, n.Key, n.Header.Body) != n.Thread {
			return refuse("a thread begins with its opening, whose key and body give the thread's ID")
		}
		return nil
	}
	if n.Seq > 1 {
		own := n.after[0]
		if own.Key != n.Key || own.Seq != n.Seq-1 {
			return refuse("the first entry that it follows is not its own previous one")
		}
		if own.Hospital != n.Hospital {
			return refuse("its key is another hospital's")
		}
	}
	return nil
}

// checkAuthor checks that the author's hospital was a member, as far as the entry's ancestors tell.
func (n *node) checkAuthor() error {
	if n.Height == 1 {
		return nil
	}
	switch state := n.past.roster().state(n.Hospital); {
	case state == Joined, state == Invited && n.Kind == KindJoined:
		return nil
	case state == Invited:
		return refuse("its hospital was invited and had not joined")
	case state == Left || state == Removed:
		return refuse("its hospital had left the thread, and the entry knows it")
	}
	return refuse("its hospital was not a member of the thread")
}

// order is the folding order: by height, ties by hospital, key, hash.
func order(a, b *node) int {
	return cmp.Or(cmp.Compare(a.Height, b.Height), bytes.Compare(a.Hospital[:], b.Hospital[:]),
		bytes.Compare(a.Key[:], b.Key[:]), bytes.Compare(a.Hash[:], b.Hash[:]))
}

// sorted gives all nodes in folding order.
func (t *Thread) sorted() []*node {
	all := slices.Clone(t.nodes)
	slices.SortFunc(all, order)
	return all
}

// next gives what a new entry by this key has to follow, and its count and height.
func (t *Thread) next(key Key) (after []Hash, seq, height uint64) {
	own := t.newest(key)
	if own != nil {
		after, seq, height = []Hash{own.Hash}, own.Seq, own.Height
	}
	heads := make([]*node, 0, len(t.heads))
	for _, n := range t.heads {
		heads = append(heads, n)
	}
	slices.SortFunc(heads, func(a, b *node) int { return order(b, a) })
	for _, n := range heads {
		if n != own && len(after) < MaxAfter {
			after = append(after, n.Hash)
			height = max(height, n.Height)
		}
	}
	return after, seq + 1, height + 1
}

// newest is the key's newest entry. After a fork it is the first branch in folding order; a node whose own key has forked makes a new one.
func (t *Thread) newest(key Key) *node {
	at := t.chainAt(key, t.count[key])
	if len(at) == 0 {
		return nil
	}
	return slices.MinFunc(at, order)
}
