package ledger

import (
	"encoding/binary"
	"testing"
)

// TestTheCacheIsBoundedByBytes: a few threads of large entries weigh as much as many of small ones, the one at hand stays whatever it weighs, and what is forgotten weighs nothing.
func TestTheCacheIsBoundedByBytes(t *testing.T) {
	c := newThreadCache()
	thread := func(n, size int) *Thread {
		x := NewThread(ThreadID{})
		binary.BigEndian.PutUint32(x.ID[:], uint32(n))
		x.size = size
		return x
	}
	weigh := func() (sum int) {
		for _, k := range c.threads {
			sum += k.thread.size
		}
		return sum
	}
	for n := range 200 {
		c.keepLog(thread(n, 1<<20), Log{}, 0)
		if sum := weigh(); sum > cacheBytes || sum != c.bytes {
			t.Fatalf("after %d threads it holds %d bytes and counts %d", n+1, sum, c.bytes)
		}
	}
	huge := thread(1000, 2*cacheBytes)
	c.keepLog(huge, Log{}, 0)
	if len(c.threads) != 1 || c.threads[huge.ID] == nil {
		t.Errorf("beside a thread larger than all room %d others are held", len(c.threads)-1)
	}
	c.keepLog(thread(1000, 1<<20), Log{}, 0)
	c.forget(huge.ID)
	if c.bytes != 0 || len(c.threads) != 0 {
		t.Errorf("%d bytes of nothing", c.bytes)
	}
}

// TestALogLetsGoOfTheOneBefore: once all that was folded of the log before was folded of this one too, nobody goes on from there.
func TestALogLetsGoOfTheOneBefore(t *testing.T) {
	count := &Fold[int]{Whole: func(l Log) int { return len(l.Said) }}
	other := &Fold[int]{Whole: func(l Log) int { return -len(l.Said) }}
	before := &memo{size: 0}
	l := Log{memo: before}
	Folded(l, count)
	next := Log{Said: make([]Said, 1), memo: before.onward(1)}
	next.memo.settle()
	if next.memo.before == nil {
		t.Fatal("it let go of what it could go on from")
	}
	Folded(next, other)
	next.memo.settle()
	if next.memo.before == nil {
		t.Fatal("it let go though only another fold was made")
	}
	Folded(next, count)
	next.memo.settle()
	if next.memo.before != nil {
		t.Error("it holds the log before, of which it needs nothing")
	}
}
