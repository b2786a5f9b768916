package align

import (
	"errors"
	"fmt"
	"math"

	"consilium/lab/parallel"
	"consilium/lab/space"
)

// ErrSurface is returned for a surface without triangles, or with points that are none.
var ErrSurface = errors.New("the surface cannot be used")

// Surface is a surface of triangles, prepared for finding its nearest point.
//
// Triangles are sorted into cells of a grid by their middle, and above the grid stands a pyramid of boxes around what the cells really hold: sorting costs two
// passes over the triangles, which is much less than a tree that is balanced by them, and a surface in the operating room is searched a few thousand times only.
type Surface struct {
	triangles [][9]float32 // corners, in the order of the cells
	first     []int32      // of each cell: its first triangle; one more at the end
	box       [][]box      // of each level of the pyramid, finest first
	size      [][3]int     // of each level
	cell      float64      // edge of a cell, mm
	origin    space.Vec
}

// box is around the triangles of a block of cells: lower corner, upper corner. That of an empty one is upside down.
type box [6]float32

var emptyBox = box{math.MaxFloat32, math.MaxFloat32, math.MaxFloat32, -math.MaxFloat32, -math.MaxFloat32, -math.MaxFloat32}

// include makes the box large enough for another.
func (b *box) include(o *box) {
	for a := range 3 {
		if o[a] < b[a] {
			b[a] = o[a]
		}
		if o[3+a] > b[3+a] {
			b[3+a] = o[3+a]
		}
	}
}

// away is the squared distance of a point.
func (b *box) away(p space.Vec) float64 {
	d2 := 0.0
	for a := range 3 {
		if d := float64(b[a]) - p[a]; d > 0 {
			d2 += d * d
		} else if d := p[a] - float64(b[3+a]); d > 0 {
			d2 += d * d
		}
	}
	return d2
}

// NewSurface prepares a surface: triangles name points by their indices. It returns ErrSurface.
func NewSurface(points [][3]float32, triangles [][3]int32) (*Surface, error) {
	low, high := space.Vec{math.Inf(1), math.Inf(1), math.Inf(1)}, space.Vec{math.Inf(-1), math.Inf(-1), math.Inf(-1)}
	for i, p := range points {
		for a := range 3 {
			v := float64(p[a])
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("%w: point %d is %w", ErrSurface, i, ErrNotANumber)
			}
			low[a], high[a] = min(low[a], v), max(high[a], v)
		}
	}
	for i, t := range triangles {
		for _, p := range t {
			if p < 0 || int(p) >= len(points) {
				return nil, fmt.Errorf("%w: triangle %d names point %d of %d", ErrSurface, i, p, len(points))
			}
		}
	}
	if len(triangles) == 0 {
		return nil, fmt.Errorf("%w: it has no triangles", ErrSurface)
	}
	s := &Surface{origin: low}
	s.layOut(high.Sub(low), len(triangles))
	s.sort(points, triangles)
	s.build()
	return s, nil
}

// layOut chooses cells so that there are about as many as triangles.
func (s *Surface) layOut(extent space.Vec, n int) {
	longest := max(extent[0], extent[1], extent[2], 1e-6)
	volume := 1.0
	for a := range 3 {
		volume *= max(extent[a], longest/1000)
	}
	s.cell = math.Cbrt(volume / float64(min(n, 1<<21)))
	var size [3]int
	for a := range 3 {
		size[a] = int(extent[a]/s.cell) + 1
	}
	s.size = append(s.size, size)
	for size != [3]int{1, 1, 1} {
		for a := range 3 {
			size[a] = (size[a] + 1) / 2
		}
		s.size = append(s.size, size)
	}
}

// sort puts the triangles into the order of their cells.
func (s *Surface) sort(points [][3]float32, triangles [][3]int32) {
	where := make([]int32, len(triangles))
	parallel.Blocks(len(triangles), 1<<14, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			c := corners(points, triangles[i])
			where[i] = s.place(&c)
		}
	})
	s.first = make([]int32, s.size[0][0]*s.size[0][1]*s.size[0][2]+1)
	for _, w := range where {
		s.first[w+1]++
	}
	for i := range s.first[1:] {
		s.first[i+1] += s.first[i]
	}
	next := append([]int32(nil), s.first...)
	for i, w := range where {
		where[i] = next[w]
		next[w]++
	}
	s.triangles = make([][9]float32, len(triangles))
	parallel.Blocks(len(triangles), 1<<14, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			s.triangles[where[i]] = corners(points, triangles[i])
		}
	})
}

func corners(points [][3]float32, t [3]int32) (c [9]float32) {
	copy(c[:3], points[t[0]][:])
	copy(c[3:6], points[t[1]][:])
	copy(c[6:], points[t[2]][:])
	return c
}

func vec(c []float32) space.Vec { return space.Vec{float64(c[0]), float64(c[1]), float64(c[2])} }

// place is the cell of a triangle's middle.
func (s *Surface) place(c *[9]float32) int32 {
	scale := 1 / (3 * s.cell)
	var at [3]int
	for a := range 3 {
		at[a] = int((float64(c[a]) + float64(c[3+a]) + float64(c[6+a]) - 3*s.origin[a]) * scale)
		if at[a] >= s.size[0][a] {
			at[a] = s.size[0][a] - 1 // the box's own upper edge
		} else if at[a] < 0 {
			at[a] = 0 // rounding
		}
	}
	return int32(at[0] + s.size[0][0]*(at[1]+s.size[0][1]*at[2]))
}

// build fills the pyramid.
func (s *Surface) build() {
	bottom := make([]box, len(s.first)-1)
	parallel.Blocks(len(bottom), 1<<14, func(lo, hi int) {
		for cell := lo; cell < hi; cell++ {
			bottom[cell] = emptyBox
			for i := s.first[cell]; i < s.first[cell+1]; i++ {
				own := boxOf(&s.triangles[i])
				bottom[cell].include(&own)
			}
		}
	})
	s.box = append(s.box, bottom)
	for l := 1; l < len(s.size); l++ {
		below, n, m := s.box[l-1], s.size[l], s.size[l-1]
		level := make([]box, n[0]*n[1]*n[2])
		for i := range level {
			level[i] = emptyBox
		}
		at := 0
		for k := range m[2] {
			for j := range m[1] {
				for i := range m[0] {
					level[i/2+n[0]*(j/2+n[1]*(k/2))].include(&below[at])
					at++
				}
			}
		}
		s.box = append(s.box, level)
	}
}

// Nearest is the surface's point nearest to p, and its distance in mm.
func (s *Surface) Nearest(p space.Vec) (at space.Vec, distance float64) {
	f := finder{s: s, p: p, best: math.Inf(1)}
	f.search(len(s.size)-1, [3]int{})
	return f.at, math.Sqrt(f.best)
}

// finder looks for the triangle nearest to one point.
type finder struct {
	s        *Surface
	p        space.Vec
	best     float64 // squared
	at       space.Vec
	triangle int32
}

// from begins with a triangle that was near before, so that most of the pyramid need not be looked at.
func (f *finder) from(triangle int32) {
	f.at = nearest(f.p, &f.s.triangles[triangle])
	d := f.p.Sub(f.at)
	f.best, f.triangle = d.Dot(d), triangle
}

// search goes down to where something nearer may be, into the block of p first.
func (f *finder) search(level int, at [3]int) {
	if level == 0 {
		n := f.s.size[0]
		f.look(at[0] + n[0]*(at[1]+n[1]*at[2]))
		return
	}
	below, n, edge := level-1, f.s.size[level-1], f.s.cell*float64(int(1)<<(level-1))
	nearer := 0 // which of two halves p is on, a bit for each axis
	for a := range 3 {
		if f.p[a] > f.s.origin[a]+edge*float64(2*at[a]+1) {
			nearer |= 1 << a
		}
	}
	for flip := range 8 {
		half := nearer ^ flip
		child := [3]int{2*at[0] + half&1, 2*at[1] + half>>1&1, 2*at[2] + half>>2&1}
		if child[0] >= n[0] || child[1] >= n[1] || child[2] >= n[2] {
			continue
		}
		if f.s.box[below][child[0]+n[0]*(child[1]+n[1]*child[2])].away(f.p) < f.best {
			f.search(below, child)
		}
	}
}

// look tries the triangles of one cell.
func (f *finder) look(cell int) {
	for i := f.s.first[cell]; i < f.s.first[cell+1]; i++ {
		if f.beyond(&f.s.triangles[i]) {
			continue
		}
		at := nearest(f.p, &f.s.triangles[i])
		d := f.p.Sub(at)
		if d2 := d.Dot(d); d2 < f.best {
			f.best, f.at, f.triangle = d2, at, i
		}
	}
}

// beyond says that the triangle's own box is too far away: most are, and that is quick to see.
func (f *finder) beyond(t *[9]float32) bool {
	own := boxOf(t)
	return own.away(f.p) >= f.best
}

// boxOf is around one triangle. (The builtin min and max ask about NaN each time, which costs more than the rest; there is none here.)
func boxOf(t *[9]float32) (b box) {
	for a := range 3 {
		low, high := t[a], t[a]
		if v := t[3+a]; v < low {
			low = v
		} else if v > high {
			high = v
		}
		if v := t[6+a]; v < low {
			low = v
		} else if v > high {
			high = v
		}
		b[a], b[3+a] = low, high
	}
	return b
}

// nearest is the point of a triangle nearest to p. Source: Ericson, Real-Time Collision Detection (2005), section 5.1.5.
func nearest(p space.Vec, t *[9]float32) space.Vec {
	a, b, c := vec(t[:3]), vec(t[3:6]), vec(t[6:])
	ab, ac, ap := b.Sub(a), c.Sub(a), p.Sub(a)
	d1, d2 := ab.Dot(ap), ac.Dot(ap)
	if d1 <= 0 && d2 <= 0 {
		return a
	}
	bp := p.Sub(b)
	d3, d4 := ab.Dot(bp), ac.Dot(bp)
	if d3 >= 0 && d4 <= d3 {
		return b
	}
	if v := d1*d4 - d3*d2; v <= 0 && d1 >= 0 && d3 <= 0 {
		return a.Add(ab.Scale(d1 / (d1 - d3)))
	}
	cp := p.Sub(c)
	d5, d6 := ab.Dot(cp), ac.Dot(cp)
	if d6 >= 0 && d5 <= d6 {
		return c
	}
	if w := d5*d2 - d1*d6; w <= 0 && d2 >= 0 && d6 <= 0 {
		return a.Add(ac.Scale(d2 / (d2 - d6)))
	}
	va := d3*d6 - d5*d4
	if va <= 0 && d4-d3 >= 0 && d5-d6 >= 0 {
		return b.Add(c.Sub(b).Scale((d4 - d3) / ((d4 - d3) + (d5 - d6))))
	}
	vb, vc := d5*d2-d1*d6, d1*d4-d3*d2
	sum := va + vb + vc
	if sum == 0 { // no area: one of the cases above holds up to rounding
		return a
	}
	return a.Add(ab.Scale(vb / sum)).Add(ac.Scale(vc / sum))
}
