package surface

import "consilium/lab/space"

// block is the points [first, last) of a collapser and the queue of the edges between them. Blocks do not see each other's points, so that each may be worked on by itself: an edge
// is queued only if neither end is locked, and the neighbors of what is not locked lie in the block.
type block struct {
	*collapser
	first, last int32
	gone        int // triangles that this block took away
	epoch       int32
	queue       *buckets
}

// fill queues the block's edges.
func (b *block) fill() {
	for p := b.first; p < b.last; p++ {
		v := &b.vertices[p]
		if v.frozen || v.locked {
			continue
		}
		for k := v.head; k >= 0; {
			t := &b.triangles[k>>2]
			e := t.opposite(k & 3)
			k = t.next[k&3]
			if t.point[0] < 0 {
				continue
			}
			if p < e[0] {
				b.enqueue(p, e[0])
			}
			if v.border && p < e[1] {
				b.enqueue(p, e[1])
			}
		}
	}
}

func (b *block) enqueue(p, q int32) {
	u, v := &b.vertices[p], &b.vertices[q]
	if v.frozen || v.locked {
		return
	}
	_, cost := target(u, v)
	b.queue.push(cost, edgeEntry{p, q, u.stamp, v.stamp})
}

// run collapses what costs less than a limit, until so many triangles are gone (if it is not zero).
func (b *block) run(limit float64, most int) {
	for (most == 0 || b.gone < most) && b.queue.least() < limit {
		e, ok := b.queue.pop()
		if !ok {
			return
		}
		u, v := &b.vertices[e.u], &b.vertices[e.v]
		if u.stamp != e.su || v.stamp != e.sv {
			continue
		}
		place, cost := target(u, v)
		if far := b.goal.MaxError; far > 0 && cost > far*far*(u.area+v.area) {
			continue
		}
		if b.keepsTopology(e.u, e.v) && b.keepsShape(e.u, e.v, place) && b.keepsShape(e.v, e.u, place) {
			b.collapse(e.u, e.v, place)
		}
	}
}

// keepsTopology is the link condition: the points beside both ends are exactly those of the triangles on the edge.
func (b *block) keepsTopology(p, q int32) bool {
	b.epoch += 2
	u, v := &b.vertices[p], &b.vertices[q]
	shared, common, around := 0, 0, 0
	for k := u.head; k >= 0; {
		t := &b.triangles[k>>2]
		k = t.next[k&3]
		around++
		for _, w := range t.point[:3] {
			b.vertices[w].mark = b.epoch
			if w == q {
				shared++
			}
		}
	}
	for k := v.head; k >= 0; {
		t := &b.triangles[k>>2]
		k = t.next[k&3]
		around++
		for _, w := range t.point[:3] {
			if x := &b.vertices[w]; w != p && w != q && x.mark == b.epoch {
				x.mark = b.epoch + 1
				common++
			}
		}
	}
	switch {
	case common != shared:
		return false
	case shared == 1: // an open edge: what is left keeps a triangle
		return u.border && v.border && around > 2
	case u.border && v.border: // would join two open edges in one point
		return false
	}
	return shared == 2 && around-4 >= 3
}

// keepsShape reports whether the triangles around p, but for those on the edge to other, stay turned as they are when p moves.
func (b *block) keepsShape(p, other int32, place space.Vec) bool {
	v := &b.vertices[p]
	for k := v.head; k >= 0; {
		t := &b.triangles[k>>2]
		e := t.opposite(k & 3)
		k = t.next[k&3]
		if e[0] == other || e[1] == other {
			continue
		}
		left, right := b.vertices[e[0]].at, b.vertices[e[1]].at
		side := right.Sub(left)
		before, after := side.Cross(v.at.Sub(left)), side.Cross(place.Sub(left))
		was, is, turn := before.Dot(before), after.Dot(after), before.Dot(after)
		if !(turn > 0 && turn*turn > mostTurn*mostTurn*was*is) {
			return false
		}
		longer := longest(side, place.Sub(left), place.Sub(right))
		if is < thinnest*thinnest*longer*longer {
			if old := longest(side, v.at.Sub(left), v.at.Sub(right)); is*old*old < was*longer*longer {
				return false
			}
		}
	}
	return true
}

// longest is the square of the longest of three sides.
func longest(a, b, c space.Vec) float64 { return max(a.Dot(a), b.Dot(b), c.Dot(c)) }

// collapse takes p into q.
func (b *block) collapse(p, q int32, place space.Vec) {
	u, v := &b.vertices[p], &b.vertices[q]
	v.at = place
	v.quadric.add(&u.quadric)
	v.area += u.area
	v.border = v.border || u.border
	u.stamp++
	v.stamp++
	for k := u.head; k >= 0; {
		t := &b.triangles[k>>2]
		corner := k & 3
		k = t.next[corner]
		if t.point[0] == q || t.point[1] == q || t.point[2] == q {
			b.remove(t, p, q)
		} else {
			t.point[corner] = q
		}
	}
	b.link(q, u.head)
	u.head = -1
	for k := v.head; k >= 0; {
		t := &b.triangles[k>>2]
		e := t.opposite(k & 3)
		k = t.next[k&3]
		b.enqueue(q, e[0])
		if v.border {
			b.enqueue(q, e[1])
		}
	}
}

// remove takes a triangle on the edge away, and out of the list of its third point.
func (b *block) remove(t *corner3, p, q int32) {
	for _, w := range t.point[:3] {
		if w != p && w != q {
			t.point[0] = -1
			b.link(w, -1)
		}
	}
	t.point[0] = -1
	b.gone++
}

// link drops the corners that are gone from a point's list, and joins another list to its end.
func (b *block) link(p, other int32) {
	at := &b.vertices[p].head
	for range 2 {
		for *at >= 0 {
			t := &b.triangles[*at>>2]
			if t.point[0] < 0 {
				*at = t.next[*at&3]
			} else {
				at = &t.next[*at&3]
			}
		}
		*at, other = other, -1
	}
}
