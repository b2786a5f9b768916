package ledger

// seenKeys bounds how many keys a thread counts for each of its entries. In a thread where more have spoken, which no honest one comes near, whether one entry follows
// another is found by walking from entry to entry.
const seenKeys = 64

// seen is how far an entry knows each key of its thread: the greatest count among all that it follows. Keys are numbered in the order in which the thread met them,
// so that a copy of the thread that grows apart from this one counts alike what both have. Nil: not counted.
type seen []uint32

// number gives a key its number in the thread.
func (t *Thread) number(key Key) int {
	n, known := t.numbers[key]
	if !known {
		n = len(t.numbers)
		t.numbers[key] = n
	}
	return n
}

// seenBy is what an entry that follows others has seen: all that they have, and themselves.
func (t *Thread) seenBy(after []*node) seen {
	size := 0
	for _, p := range after {
		if p.seen == nil || p.number >= seenKeys {
			return nil
		}
		size = max(size, len(p.seen), p.number+1)
	}
	s := make(seen, size)
	for _, p := range after {
		for i, count := range p.seen {
			s[i] = max(s[i], count)
		}
		s[p.number] = max(s[p.number], uint32(p.Seq))
	}
	return s
}

// follows tells whether the entry a is an ancestor of n. It costs the same however far they are apart, but for keys that have forked.
func (t *Thread) follows(n, a *node) bool {
	if n.Height <= a.Height {
		return false
	}
	if n.seen == nil {
		return n.walksTo(a)
	}
	if a.number >= len(n.seen) || uint64(n.seen[a.number]) < a.Seq {
		return false // it knows no entry of that key with so great a count
	}
	if fork, forked := t.forked[a.Key]; forked && a.Seq >= fork {
		return n.walksTo(a) // it knows one, perhaps of the other branch
	}
	return true
}

// walksTo tells whether the entry a is an ancestor of n, by looking at those between.
func (n *node) walksTo(a *node) bool {
	if n.Height <= a.Height {
		return false
	}
	if n.Key == a.Key && n.own(a.Seq) == a {
		return true
	}
	visited := map[*node]bool{}
	stack := []*node{n}
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, p := range top.after {
			if p == a {
				return true
			}
			if p.Height > a.Height && !visited[p] {
				visited[p] = true
				stack = append(stack, p)
			}
		}
	}
	return false
}

// own is the entry of the same key with a lower count that n follows by its chain, or nil.
func (n *node) own(seq uint64) *node {
	for n.Seq > seq && len(n.after) > 0 {
		n = n.after[0]
	}
	if n.Seq != seq {
		return nil
	}
	return n
}
