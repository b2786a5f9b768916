package causal

import "math"

// partners is the problem behind full matching: of all pairs that may be made between a left and a right side, choose those of least total cost with which each row has from least to most
// partners. It is solved as a flow of least cost: a left row sends most[0] units, at least least[0] of them to right rows, the rest to a sink that also takes what a right row gets beyond least[1].
// Costs are whole numbers, so that sums and comparisons are exact and no order of additions decides between equal solutions.
// Source: Rosenbaum, JASA 84 (1989) 1024–1032; Hansen and Klopfer, Journal of Computational and Graphical Statistics 15 (2006) 609–627; shortest paths in turn: Ahuja, Magnanti and Orlin,
// Network Flows, 1993, section 9.7.
type partners struct {
	size        [2]int // rows of the left and the right side
	least, most [2]int
	first       []int   // the pairs of right row j are first[j] … first[j+1]-1
	left        []int32 // of each pair
	right       []int32
	cost        []int64
	chosen      []bool
	of          [][]int32 // chosen pairs of each left row

	owed    []int // units that each left row has not sent yet
	spare   []int // units that each row (left, then right) sends to the sink
	surplus int   // units that the sink has to give back
}

// solve chooses the pairs; false if no choice gives every row its partners.
func (p *partners) solve() bool {
	p.of = make([][]int32, p.size[0])
	p.owed = make([]int, p.size[0])
	p.spare = make([]int, p.size[0]+p.size[1])
	p.chosen = make([]bool, len(p.cost))
	for l := range p.owed {
		p.owed[l], p.spare[l] = p.least[0], p.most[0]-p.least[0]
	}
	if p.surplus = p.size[1]*p.least[1] - p.size[0]*p.least[0]; p.surplus < 0 {
		return false // the caller puts the side that needs fewer partners on the left
	}
	s := newSearch(p)
	for r := range p.size[1] {
		for range p.least[1] {
			if !s.supply(r) {
				return false
			}
		}
	}
	return true
}

// room is how many units a row may send to the sink.
func (p *partners) room(node int) int {
	if node < p.size[0] {
		return p.most[0] - p.least[0]
	}
	return p.most[1] - p.least[1]
}

// search finds, from a right row backward, the cheapest way along which it can get one unit more. Potentials keep all costs along ways at or above 0, so that Dijkstra's
// search holds and ends at the first source it meets.
type search struct {
	*partners
	potential []int64
	distance  []int64
	next      []int32 // the node after this one on the way to the right row
	pair      []int32 // the pair between the two, if neither is the sink
	done      []bool
	touched   []int32
	queue     heap
}

func newSearch(p *partners) *search {
	n := p.size[0] + p.size[1] + 1
	s := &search{partners: p, potential: make([]int64, n), distance: make([]int64, n), next: make([]int32, n), pair: make([]int32, n), done: make([]bool, n)}
	for v := range s.distance {
		s.distance[v] = math.MaxInt64
	}
	return s
}

func (s *search) sink() int { return s.size[0] + s.size[1] }

// supply leads one unit more to right row r.
func (s *search) supply(r int) bool {
	end := s.size[0] + r
	s.reach(end, 0, end, 0)
	source := -1
	for source < 0 && len(s.queue) > 0 {
		at := s.queue.pop()
		v := int(at.node)
		if s.done[v] || at.distance > s.distance[v] {
			continue
		}
		s.done[v] = true
		if v == s.sink() && s.surplus > 0 || v < s.size[0] && s.owed[v] > 0 {
			source = v
			break
		}
		s.expand(v)
	}
	if source >= 0 {
		s.settle(s.distance[source])
		s.send(source, end)
	}
	for _, v := range s.touched {
		s.distance[v], s.done[v] = math.MaxInt64, false
	}
	s.touched, s.queue = s.touched[:0], s.queue[:0]
	return source >= 0
}

// expand looks at the nodes from which a unit can come to v.
func (s *search) expand(v int) {
	switch {
	case v == s.sink():
		for u := range s.spare {
			if s.spare[u] < s.room(u) {
				s.step(u, v, 0, 0)
			}
		}
		return
	case v < s.size[0]:
		for _, pair := range s.of[v] { // a right row gives back the unit that it got from v
			s.step(s.size[0]+int(s.right[pair]), v, -s.cost[pair], pair)
		}
	default:
		r := v - s.size[0]
		for pair := s.first[r]; pair < s.first[r+1]; pair++ {
			if !s.chosen[pair] {
				s.step(int(s.left[pair]), v, s.cost[pair], int32(pair))
			}
		}
	}
	if s.spare[v] > 0 {
		s.step(s.sink(), v, 0, 0)
	}
}

func (s *search) step(from, to int, cost int64, pair int32) {
	s.reach(from, s.distance[to]+cost-s.potential[from]+s.potential[to], to, pair)
}

// reach notes a way from a node, if it is the shortest so far.
func (s *search) reach(from int, distance int64, to int, pair int32) {
	if s.done[from] || distance >= s.distance[from] {
		return
	}
	if s.distance[from] == math.MaxInt64 {
		s.touched = append(s.touched, int32(from))
	}
	s.distance[from], s.next[from], s.pair[from] = distance, int32(to), pair
	s.queue.push(reached{distance, int32(from)})
}

// settle moves the potentials so that costs along the shortest way become 0 and none falls below.
func (s *search) settle(far int64) {
	for _, v := range s.touched {
		if s.done[v] && s.distance[v] < far {
			s.potential[v] += s.distance[v] - far
		}
	}
}

// send leads the unit along the way that was found.
func (s *search) send(v, end int) {
	if v == s.sink() {
		s.surplus--
	} else {
		s.owed[v]--
	}
	for v != end {
		to, pair := int(s.next[v]), s.pair[v]
		switch {
		case v == s.sink():
			s.spare[to]--
		case to == s.sink():
			s.spare[v]++
		case v < s.size[0]:
			s.chosen[pair] = true
			s.of[v] = append(s.of[v], pair)
		default:
			s.chosen[pair] = false
			s.of[to] = dropped(s.of[to], pair)
		}
		v = to
	}
}

func dropped(list []int32, pair int32) []int32 {
	for k, other := range list {
		if other == pair {
			list[k] = list[len(list)-1]
			return list[:len(list)-1]
		}
	}
	return list
}

// reached is a node with the length of a way from it.
type reached struct {
	distance int64
	node     int32
}

// heap gives the nearest first; of equally near ones, the node of the lowest number.
type heap []reached

func (r reached) before(o reached) bool {
	return r.distance < o.distance || r.distance == o.distance && r.node < o.node
}

func (h *heap) push(r reached) {
	*h = append(*h, r)
	q := *h
	for k := len(q) - 1; k > 0 && q[k].before(q[(k-1)/2]); k = (k - 1) / 2 {
		q[k], q[(k-1)/2] = q[(k-1)/2], q[k]
	}
}

func (h *heap) pop() reached {
	q := *h
	top := q[0]
	q[0] = q[len(q)-1]
	q = q[:len(q)-1]
	for k := 0; ; {
		least := k
		for _, child := range [2]int{2*k + 1, 2*k + 2} {
			if child < len(q) && q[child].before(q[least]) {
				least = child
			}
		}
		if least == k {
			break
		}
		q[k], q[least] = q[least], q[k]
		k = least
	}
	*h = q
	return top
}
