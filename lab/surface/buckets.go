package surface

import "math"

// buckets is a queue of edges, cheapest first to within a sixtieth: an edge's bucket is its cost as a 32-bit number, cut off after the exponent and six bits, whose order is
// that of the costs. Taking and adding cost the same however long it is, which a heap of millions of edges does not.
type buckets struct {
	head   []int32 // the chunk on top of each bucket, −1 if it is empty
	chunks []chunk
	free   int32 // chunks that were emptied, linked
	lowest int
}

type chunk struct {
	next  int32
	count int32
	edges [30]edgeEntry
}

// edgeEntry is an edge as it was when its cost was found; it is out of date when one of its points has changed since.
type edgeEntry struct {
	u, v   int32
	su, sv uint16
}

func newBuckets() *buckets {
	b := &buckets{head: make([]int32, 1<<14), free: -1}
	for i := range b.head {
		b.head[i] = -1
	}
	return b
}

func bucketOf(cost float64) int { return int(math.Float32bits(float32(max(cost, 0))) >> 17) }

func (b *buckets) push(cost float64, e edgeEntry) {
	if math.IsNaN(cost) {
		return
	}
	at := bucketOf(cost)
	b.lowest = min(b.lowest, at)
	top := b.head[at]
	if top < 0 || b.chunks[top].count == int32(len(b.chunks[top].edges)) {
		fresh := b.free
		if fresh >= 0 {
			b.free = b.chunks[fresh].next
		} else {
			fresh = int32(len(b.chunks))
			b.chunks = append(b.chunks, chunk{})
		}
		b.chunks[fresh].next, b.chunks[fresh].count = top, 0
		b.head[at], top = fresh, fresh
	}
	c := &b.chunks[top]
	c.edges[c.count] = e
	c.count++
}

// least is what the cheapest edge costs at least, infinite if there is none.
func (b *buckets) least() float64 {
	for ; b.lowest < len(b.head); b.lowest++ {
		if b.head[b.lowest] >= 0 {
			return float64(math.Float32frombits(uint32(b.lowest) << 17))
		}
	}
	return math.Inf(1)
}

// pop takes an edge of the lowest bucket that holds one.
func (b *buckets) pop() (edgeEntry, bool) {
	if math.IsInf(b.least(), 1) {
		return edgeEntry{}, false
	}
	top := b.head[b.lowest]
	c := &b.chunks[top]
	c.count--
	e := c.edges[c.count]
	if c.count == 0 {
		b.head[b.lowest] = c.next
		c.next, b.free = b.free, top
	}
	return e, true
}
