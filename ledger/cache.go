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

// clone gives a thread that grows apart from this one. It shares the entries with it; what it copies is as long as the thread has keys and heads.
func (t *Thread) clone() *Thread {
	c := *t
	c.joins = nil
	c.heads, c.count, c.forked, c.numbers = maps.Clone(t.heads), maps.Clone(t.count), maps.Clone(t.forked), maps.Clone(t.numbers)
	return &c
}

// cacheBytes bounds what the cache holds, counted in bytes of entries as they are stored: a form of a hundred answers weighs as much as a hundred notes. Read and
// folded, entries take about ten times as much (BENCHMARKS.md).
const cacheBytes = 32 << 20

// threadCache remembers threads by what is here of them. What is in it is never changed: a reader may hold it while a writer grows a copy, and a
// transaction that is rolled back leaves only what nobody asks for.
type threadCache struct {
	mu      *sync.Mutex
	threads map[ThreadID]*cached
	bytes   int
}

// cached is a thread as it is, and as it was before: readers of an older snapshot ask for that, and a transaction that is rolled back leaves the other one.
type cached struct {
	thread *Thread
	log    Log
	lacks  int // bodies
	before *cached
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
	k := &cached{t, l, lacks, nil}
	if old := c.threads[t.ID]; old != nil {
		c.bytes -= old.thread.size
		k.before = &cached{old.thread, old.log, old.lacks, nil}
	}
	c.threads[t.ID] = k
	c.bytes += t.size
	for id, old := range c.threads { // map order: any victim will do
		if c.bytes <= cacheBytes {
			break
		}
		if id != t.ID {
			c.bytes -= old.thread.size
			delete(c.threads, id)
		}
	}
}

// forget drops a thread whose words must not stay in memory.
func (c *threadCache) forget(id ThreadID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.threads[id]; k != nil {
		c.bytes -= k.thread.size
		delete(c.threads, id)
	}
}

// find gives a thread and how it reads.
func (c *threadCache) find(id ThreadID, h holding) (*Thread, Log, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.threads[id]
	if !k.is(h) && k != nil {
		k = k.before
	}
	if !k.is(h) {
		return nil, Log{}, false
	}
	return k.thread, k.log, true
}
