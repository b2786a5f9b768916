package describe

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
)

// FisherExactTable is the two-sided p value of the exact test of a table of any size: the probability, given the margins, of all tables that are not more
// probable than the one seen (Freeman and Halton, Biometrika 1951). Probabilities count as equal up to a factor of 1 + 3.4525e-7, the tolerance of Mehta
// and Patel's program (ACM Transactions on Mathematical Software 1986, algorithm 643) and of R. Empty rows and columns are left out; a single row or column
// that remains gives 1.
//
// The tables are not listed. As in the network algorithm of Mehta and Patel (Journal of the American Statistical Association 1983) rows are filled one by
// one; tables begun differently are joined where the columns have the same rest, and are settled together as soon as bounds show that every
// or no completion counts. The last two rows are looked up in a sorted list. Tables of three or four columns and several hundred observations take well
// below a second; where the joined beginnings become too many, the answer is Unsupported rather than a long wait.
func FisherExactTable(table [][]int) (float64, error) {
	const method = "Fisher's exact test"
	rows, columns, cells, err := exactMargins(method, table)
	if err != nil {
		return math.NaN(), err
	}
	if len(rows) < 2 || len(columns) < 2 {
		return 1, nil
	}
	if len(rows) < len(columns) {
		rows, columns = columns, rows
	}
	slices.Sort(rows) // few beginnings first, long lists last
	if len(columns) > len(state{}) {
		return math.NaN(), &stats.Error{Method: method, Problem: stats.Unsupported, Detail: fmt.Sprintf("%d columns", len(columns)), Advice: tooLargeAdvice}
	}
	w := newNetwork(rows)
	for _, n := range cells {
		w.cut -= w.logFactorial[n]
	}
	w.cut += 3.4525e-7
	start := state{}
	for j, c := range columns {
		start[j] = uint16(c)
	}
	if p, ok := w.run(start.sorted(len(columns)), len(columns)); ok {
		return min(1, p), nil
	}
	return math.NaN(), &stats.Error{Method: method, Problem: stats.Unsupported, Detail: "too many tables have these margins for an exact count", Advice: tooLargeAdvice}
}

const tooLargeAdvice = "Use the chi-square test, or join rare categories"

func exactMargins(method string, table [][]int) (rows, columns, cells []int, err error) {
	all := 0
	for i, row := range table {
		if len(row) != len(table[0]) {
			return nil, nil, nil, &stats.Error{Method: method, Problem: stats.Invalid, Detail: "the rows are not equally long"}
		}
		rows = append(rows, 0)
		columns = append(columns, make([]int, len(row)-len(columns))...)
		for j, n := range row {
			if n < 0 || n > math.MaxUint16 {
				return nil, nil, nil, &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("row %d, column %d is not a count of at most 65535", i+1, j+1)}
			}
			rows[i] += n
			columns[j] += n
			all += n
			cells = append(cells, n)
		}
	}
	if all > math.MaxUint16 {
		return nil, nil, nil, &stats.Error{Method: method, Problem: stats.Unsupported, Detail: "the table has more than 65535 observations", Advice: tooLargeAdvice}
	}
	zero := func(n int) bool { return n == 0 }
	return slices.DeleteFunc(rows, zero), slices.DeleteFunc(columns, zero), cells, nil
}

// state is what remains of the column sums, in falling order: which column has what does not matter for what can follow.
type state [12]uint16

func (s state) sorted(columns int) state {
	part := s[:columns]
	for i := 1; i < len(part); i++ {
		for j := i; j > 0 && part[j] > part[j-1]; j-- {
			part[j], part[j-1] = part[j-1], part[j]
		}
	}
	return s
}

// beginnings are tables whose first rows are filled, all with the same -Σ log(cell!): how many there are.
type beginnings struct{ log, ways float64 }

// node is a state that was reached, with what is known of its completions: bounds of their -Σ log(cell!), and log of the sum of exp of it.
type node struct {
	open             []beginnings
	joinAt           int // how many are worth joining again
	most, least, all float64
}

// stage are the states after some rows, in the order in which they were reached, so that sums are added in the same order at every run.
type stage struct {
	nodes map[state]*node
	order []state
}

func newStage() *stage { return &stage{nodes: map[state]*node{}} }

func (s *stage) put(at state, n *node) {
	s.nodes[at] = n
	s.order = append(s.order, at)
}

type network struct {
	rows         []int
	logFactorial []float64
	cut          float64 // -Σ log(cell!) of the table seen: those at or below it count
	sum          float64 // Σ of exp over the tables that count so far, as a share of all
	scale        float64 // log of the sum over all tables
	work         float64
	live         int
}

// Bounds of the work and of the beginnings kept at one time: some seconds, some 200 megabytes.
const (
	mostNetworkSteps = 5e8
	mostBeginnings   = 8_000_000
)

func newNetwork(rows []int) *network {
	all := 0
	for _, r := range rows {
		all += r
	}
	w := &network{rows: rows, logFactorial: make([]float64, all+1)}
	for n := 2; n <= all; n++ {
		w.logFactorial[n] = w.logFactorial[n-1] + math.Log(float64(n))
	}
	return w
}

// run fills row after row; false if it is too much work.
func (w *network) run(start state, columns int) (p float64, ok bool) {
	first := w.node(start, columns, 0)
	w.scale = first.all
	first.open = []beginnings{{0, 1}}
	stage := newStage()
	stage.put(start, first)
	for row := 0; len(stage.order) > 0; row++ {
		next := newStage()
		w.live = 0
		for _, s := range stage.order {
			n := stage.nodes[s]
			if len(n.open) == 0 {
				continue
			}
			n.join()
			if row == len(w.rows)-2 {
				w.finish(s, columns, n)
			} else {
				w.fill(s, columns, row, n, next)
			}
			n.open = nil
			if w.work > mostNetworkSteps || w.live > mostBeginnings {
				return 0, false
			}
		}
		stage = next
	}
	return w.sum, true
}

// join merges beginnings that are equal but for rounding.
func (n *node) join() {
	slices.SortFunc(n.open, func(a, b beginnings) int {
		switch {
		case a.log > b.log:
			return -1
		case a.log < b.log:
			return 1
		}
		return 0
	})
	joined := n.open[:0]
	for _, b := range n.open {
		if k := len(joined); k > 0 && joined[k-1].log-b.log < 1e-10 {
			joined[k-1].ways += b.ways
		} else {
			joined = append(joined, b)
		}
	}
	n.open = joined
}

// joinIfMany joins when the list has doubled, and returns by how many it shrank.
func (n *node) joinIfMany() int {
	before := len(n.open)
	if before < n.joinAt {
		return 0
	}
	n.join()
	n.joinAt = 2*len(n.open) + 1000
	return before - len(n.open)
}

// fill tries all ways to fill a row and hands the beginnings on to the states that follow.
func (w *network) fill(s state, columns, row int, n *node, next *stage) {
	tails := make([]float64, len(n.open)+1) // sums of ways·exp(log - first log) from each beginning on
	for i := len(n.open) - 1; i >= 0; i-- {
		tails[i] = tails[i+1] + n.open[i].ways*math.Exp(n.open[i].log-n.open[0].log)
	}
	w.each(s, columns, w.rows[row], func(rest state, log float64) bool {
		rest = rest.sorted(columns)
		child := next.nodes[rest]
		if child == nil {
			child = w.node(rest, columns, row+1)
			next.put(rest, child)
		}
		// Beginnings stand in falling order: none of the completions of the first ones counts, all of the last ones do.
		from := firstTrue(0, len(n.open), func(i int) bool { return n.open[i].log+log+child.least <= w.cut })
		to := firstTrue(from, len(n.open), func(i int) bool { return n.open[i].log+log+child.most <= w.cut })
		w.sum += tails[to] * math.Exp(n.open[0].log+log+child.all-w.scale)
		for _, b := range n.open[from:to] {
			child.open = append(child.open, beginnings{b.log + log, b.ways})
		}
		w.live += to - from - child.joinIfMany()
		w.work += float64(10 + to - from)
		return w.work < mostNetworkSteps && w.live < mostBeginnings
	})
}

// finish settles the beginnings before the last two rows: each counts with the completions that are improbable enough for it.
func (w *network) finish(s state, columns int, n *node) {
	always := 0.0           // of completions that count with every beginning
	var sometimes []float64 // with some
	most, least := n.open[0].log, n.open[len(n.open)-1].log
	w.each(s, columns, w.rows[len(w.rows)-2], func(rest state, log float64) bool {
		for _, c := range rest[:columns] {
			log -= w.logFactorial[c]
		}
		switch {
		case most+log <= w.cut:
			always += math.Exp(log - n.all)
		case least+log <= w.cut:
			sometimes = append(sometimes, log)
		}
		w.work++
		return w.work < mostNetworkSteps
	})
	slices.Sort(sometimes)
	i, share := 0, always
	for _, b := range n.open { // in falling order, so that ever more completions count
		for ; i < len(sometimes) && b.log+sometimes[i] <= w.cut; i++ {
			share += math.Exp(sometimes[i] - n.all)
		}
		w.sum += b.ways * share * math.Exp(b.log+n.all-w.scale)
	}
}

// each tries all ways to take a row from the columns' rests; log is -Σ log(cell!) of the row. It ends when try returns false.
func (w *network) each(s state, columns, row int, try func(rest state, log float64) bool) {
	room := 0
	for _, c := range s[:columns] {
		room += int(c)
	}
	var place func(rest state, j, left, room int, log float64) bool
	place = func(rest state, j, left, room int, log float64) bool {
		c := int(rest[j])
		if j == columns-1 {
			rest[j] = uint16(c - left)
			return try(rest, log-w.logFactorial[left])
		}
		room -= c
		for x := max(0, left-room); x <= min(c, left); x++ {
			rest[j] = uint16(c - x)
			if !place(rest, j+1, left-x, room, log-w.logFactorial[x]) {
				return false
			}
		}
		return true
	}
	place(s, 0, row, room, 0)
}
