package ledger

import (
	"maps"
	"sync"
)

// digest names the set of entries that the thread holds: their hashes, each taken exclusive-or.
func (t *Thread) digest() Hash { return t.sum }

func (h *Hash) xor(other Hash) {
	for i := range h {
		h[i] ^= other[i]
	}
}

// clone gives a thread that grows apart from this one. Nodes are shared: they never change.
func (t *Thread) clone() *Thread {
	return &Thread{ID: t.ID, nodes: maps.Clone(t.nodes), chain: maps.Clone(t.chain), heads: maps.Clone(t.heads), count: maps.Clone(t.count), sum: t.sum,
		bare: t.bare, forked: maps.Clone(t.forked), numbers: maps.Clone(t.numbers)}
}

// cacheEntries bounds what the cache holds, counted in entries over all threads.
const cacheEntries = 20_000

// threadCache remembers threads by what is here of them. What is in it is never changed: a reader may hold it while a writer grows a copy, and a
// transaction that is rolled back leaves only what nobody asks for.
type threadCache struct {
	mu      *sync.Mutex
	threads map[ThreadID]*cached
	entries int
}

type cached struct {
	thread *Thread
	log    Log
	lacks  int // bodies
}

func (c *cached) is(h holding) bool {
	return c != nil && c.thread.digest() == h.digest && c.lacks == h.lacks
}

func newThreadCache() threadCache {
	return threadCache{mu: new(sync.Mutex), threads: map[ThreadID]*cached{}}
}

func (c *threadCache) keepLog(t *Thread, l Log, lacks int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.threads[t.ID]; old != nil {
		c.entries -= old.thread.Len()
	}
	c.threads[t.ID] = &cached{t, l, lacks}
	c.entries += t.Len()
	for id, old := range c.threads { // map order: any victim will do
		if c.entries <= cacheEntries || id == t.ID {
			break
		}
		c.entries -= old.thread.Len()
		delete(c.threads, id)
	}
}

// take gives a copy to grow, and how it reads.
func (c *threadCache) take(id ThreadID, h holding) (*Thread, Log, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.threads[id]; k.is(h) {
		return k.thread.clone(), k.log, true
	}
	return nil, Log{}, false
}

func (c *threadCache) log(id ThreadID, h holding) (Log, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.threads[id]
	if !k.is(h) {
		return Log{}, false
	}
	return k.log, true
}
