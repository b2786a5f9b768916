package surface

import "math/bits"

// rowEdges counts, while a row's cells are visited, the points on the twelve edges around them. Eight rows of edges are touched: along x those of the four rows of voxels,
// along y those that begin at (j, k) and (j, k+1), along z those that begin at (j, k) and (j+1, k).
type rowEdges struct {
	id  [8]int32  // the first point of this word, for each row of edges
	cut [8]uint64 // which edges of this word have a point
}

// edgeRow is the row of edges that each of a cell's twelve edges is in, and whether it stands at the cell's far side along x.
var edgeRow = [12]struct{ row, far uint8 }{{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}, {4, 1}, {5, 0}, {5, 1}, {6, 0}, {6, 1}, {7, 0}, {7, 1}}

// start finds where the points of the eight rows of edges begin.
func (x *extractor) start(row int, words rowWords) (e rowEdges) {
	ny := x.v.Size[1]
	for r, beside := range [4]int{row, row + 1, row + ny, row + ny + 1} {
		e.id[r] = x.points[beside]
	}
	var alongX [4]int32
	for w := range words[0] {
		valid := x.cellBits(w)
		for r := range 3 {
			alongX[r] += int32(bits.OnesCount64((words[r][w] ^ shifted(words[r], w)) & valid))
		}
	}
	e.id[4] = e.id[0] + alongX[0]
	e.id[5] = e.id[2] + alongX[2]
	var alongY, alongYNext int32
	for w := range words[0] {
		alongY += int32(bits.OnesCount64(words[0][w] ^ words[1][w]))
	}
	e.id[6] = e.id[4] + alongY
	if row%ny+2 < ny { // the row (j+1, k) has edges along y of its own
		beyond := x.inside.Row(row%ny+2, row/ny)
		for w := range words[1] {
			alongYNext += int32(bits.OnesCount64(words[1][w] ^ beyond[w]))
		}
	}
	e.id[7] = e.id[1] + alongX[1] + alongYNext
	return e
}

// enter takes the next word of the rows.
func (e *rowEdges) enter(c *cornerWords, valid uint64) {
	for r := range 4 {
		e.cut[r] = (c[2*r] ^ c[2*r+1]) & valid
	}
	e.cut[4], e.cut[5] = c[0]^c[2], c[4]^c[6]
	e.cut[6], e.cut[7] = c[0]^c[4], c[2]^c[6]
}

func (e *rowEdges) leave() {
	for r, cut := range e.cut {
		e.id[r] += int32(bits.OnesCount64(cut))
	}
}

// makeTriangles sets the triangles of a row of cells.
func (x *extractor) makeTriangles(row int) {
	words, _ := x.rows(row)
	edges := x.start(row, words)
	next := x.out.Triangles[x.triangles[row]:x.triangles[row+1]]
	second, third := 1, 2
	if x.leftHanded { // a mirrored grid turns triangles inside out
		second, third = 2, 1
	}
	var id [12]int32
	for w := range words[0] {
		c := corners(words, w)
		valid := x.cellBits(w)
		active := c.active() & valid
		if active == 0 {
			continue // then no edge has a point either
		}
		edges.enter(&c, valid)
		for ; active != 0; active &= active - 1 {
			bit := bits.TrailingZeros64(active)
			cell := &cells[c.index(bit)]
			below := uint64(1)<<bit - 1
			for _, edge := range cell.edges {
				at := edgeRow[edge]
				r := at.row & 7
				id[edge] = edges.id[r] + int32(bits.OnesCount64(edges.cut[r]&(below<<at.far|uint64(at.far))))
			}
			for _, tri := range cell.triangles {
				next[0] = [3]int32{id[tri[0]], id[tri[second]], id[tri[third]]}
				next = next[1:]
			}
		}
		edges.leave()
	}
}
