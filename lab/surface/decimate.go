package surface

import (
	"fmt"
	"math"

	"consilium/lab/parallel"
)

// Decimation says when to stop: at a number of triangles, or before a collapse whose point would lie further than MaxError from the planes that it stands for (root of the mean
// square, weighted by area). One of the two may be zero.
type Decimation struct {
	Triangles int
	MaxError  float64 // mm
}

const (
	pointWeight = 1e-6  // of addPoint beside the planes: enough to make every place unique, too little to move it
	edgeWeight  = 10    // of the planes that stand on open edges and hold them
	mostTurn    = 0.2   // cosine: a triangle may turn by at most 78 degrees in a collapse
	thinnest    = 0.03  // height on the longest edge, over that edge: no triangle gets thinner, unless it was thinner before
	blockSize   = 32768 // points of a block
	nearlyDone  = 1.5   // times as dense as asked for: from there on the whole mesh is worked on at once
)

// Decimate takes triangles away by collapsing edges, those that cost least first, to the place that costs least (Garland and Heckbert, SIGGRAPH 1997). An edge is collapsed only if that changes
// no topology (the link condition of Dey, Edelsbrunner, Guha and Nekhayev, 1999), turns no triangle over, and touches no point where the surface is not manifold: Euler number,
// components and holes stay, and no edge of three triangles is made. It may therefore end with more triangles than were asked for; the caller sees how many.
//
// The mesh is cut into blocks that are worked on by themselves, in rounds: in each, every block collapses what costs less than the round's limit, which doubles. That is the order of one queue
// for all, but for edges between blocks and the last doubling, which come at the end in one queue. The result does not depend on the number of cores.
func (m *Mesh) Decimate(d Decimation) (*Mesh, error) {
	if d.Triangles < 0 || !(d.MaxError >= 0) || d.Triangles == 0 && d.MaxError == 0 {
		return nil, fmt.Errorf("surface: decimation to %d triangles with an error of %g mm", d.Triangles, d.MaxError)
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	if len(m.Triangles) <= d.Triangles {
		return m.Clone(), nil
	}
	c := newCollapser(m, d)
	c.inBlocks()
	c.atOnce()
	return c.mesh(), nil
}

// inBlocks does most of the work, on all cores.
func (c *collapser) inBlocks() {
	blocks := c.cut()
	if len(blocks) < 2 {
		return
	}
	parallel.Blocks(len(blocks), 1, func(lo, hi int) { blocks[lo].fill() })
	enough := c.enough()
	for limit := 0.0; ; {
		next := math.Inf(1)
		c.gone = 0
		for _, b := range blocks {
			c.gone += b.gone
			next = min(next, b.queue.least())
		}
		if math.IsInf(next, 1) || c.gone >= enough {
			break
		}
		limit = max(2*limit, 4*next, 1e-30)
		parallel.Blocks(len(blocks), 1, func(lo, hi int) { blocks[lo].run(limit, 0) })
	}
	for v := range c.vertices {
		c.vertices[v].locked = false
	}
	c.epoch = 0
	for _, b := range blocks {
		c.epoch = max(c.epoch, b.epoch)
	}
}

// enough is how many triangles the blocks take away: within them the mesh then is nearlyDone times as dense as it should become, if the triangles between them, which cannot be
// taken away yet, are left out of the count.
func (c *collapser) enough() int {
	free := 0
	for _, t := range c.triangles {
		if !c.vertices[t.point[0]].locked && !c.vertices[t.point[1]].locked && !c.vertices[t.point[2]].locked {
			free++
		}
	}
	keep := nearlyDone * float64(c.goal.Triangles) / float64(len(c.triangles))
	return int(float64(free) * (1 - keep))
}

// atOnce works on what is left, down to the number that was asked for.
func (c *collapser) atOnce() {
	all := &block{collapser: c, last: int32(len(c.vertices)), epoch: c.epoch, queue: newBuckets()}
	all.fill()
	all.run(math.Inf(1), c.alive()-c.goal.Triangles)
	c.gone += all.gone
}

// cut cuts the mesh into blocks of points, and locks the points that have neighbors in another block.
func (c *collapser) cut() []*block {
	count := (len(c.vertices) + blockSize - 1) / blockSize
	of := func(v int32) int { return int(v) * count / len(c.vertices) }
	for _, t := range c.triangles {
		if a := of(t.point[0]); a != of(t.point[1]) || a != of(t.point[2]) {
			for _, v := range t.point[:3] {
				c.vertices[v].locked = true
			}
		}
	}
	blocks := make([]*block, count)
	next := int32(0)
	for i := range blocks {
		blocks[i] = &block{collapser: c, first: next, queue: newBuckets()}
		for int(next) < len(c.vertices) && of(next) == i {
			next++
		}
		blocks[i].last = next
	}
	return blocks
}
