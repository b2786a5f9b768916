package ledger

import "sync"

// grove holds the entries of a thread and of threads that grew from it: each of them has the first so many. So a copy of a thread that is about to grow costs the same
// however long it is, and a transaction that is rolled back leaves behind what no thread counts as its own. Only what is last grows in place; where another branch
// has grown already, the new one takes its part along into a grove of its own.
type grove struct {
	mu     sync.RWMutex
	size   int // how many it holds
	byHash map[Hash]*node
	chain  map[chainPlace][]*node // more than one: a fork, or a branch that was given up
}

func newGrove(nodes []*node) *grove {
	g := &grove{byHash: make(map[Hash]*node, len(nodes)+1), chain: make(map[chainPlace][]*node, len(nodes)+1)}
	for _, n := range nodes {
		g.plant(n)
	}
	return g
}

func (g *grove) plant(n *node) {
	at := chainPlace{n.Key, n.Seq}
	before := g.chain[at]
	g.byHash[n.Hash], g.chain[at] = n, append(before[:len(before):len(before)], n)
	g.size++
}

// node gives an entry of the thread by its hash, or nil.
func (t *Thread) node(h Hash) *node {
	t.grove.mu.RLock()
	n := t.grove.byHash[h]
	t.grove.mu.RUnlock()
	if n == nil || n.place >= len(t.nodes) || t.nodes[n.place] != n {
		return nil
	}
	return n
}

// chainAt gives the entries of a key with a count. More than one: a fork.
func (t *Thread) chainAt(key Key, seq uint64) []*node {
	t.grove.mu.RLock()
	at := t.grove.chain[chainPlace{key, seq}]
	t.grove.mu.RUnlock()
	own := len(at) // in the order in which they came
	for own > 0 && at[own-1].place >= len(t.nodes) {
		own--
	}
	return at[:own:own]
}

// grow adds an entry.
func (t *Thread) grow(n *node) {
	g := t.grove
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.size != len(t.nodes) { // another branch grew here
		t.nodes = t.nodes[:len(t.nodes):len(t.nodes)]
		g = newGrove(t.nodes)
		t.grove = g
	}
	n.place = len(t.nodes)
	t.nodes = append(t.nodes, n)
	g.plant(n)
}
