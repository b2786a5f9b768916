package surface

import (
	"math"

	"consilium/lab/space"
)

// Tree finds what of a surface is nearest to a point, and what a ray meets. It is a tree of boxes over triangles, made once for a mesh that does not change; it may be asked from
// several goroutines.
type Tree struct {
	mesh  *Mesh
	boxes []treeBox
	order []int32 // triangles, those of a leaf side by side
}

// treeBox is a node: a leaf has count triangles from first on; an inner node has its children at first and first+1.
type treeBox struct {
	low, high [3]float32
	first     int32
	count     int32
}

const leafSize = 4

// NewTree sorts the triangles of a mesh. The mesh must be valid (Check).
func NewTree(m *Mesh) *Tree {
	t := &Tree{mesh: m, order: make([]int32, len(m.Triangles)), boxes: make([]treeBox, 1, len(m.Triangles))}
	centers := make([][3]float32, len(m.Triangles))
	for i, tri := range m.Triangles {
		t.order[i] = int32(i)
		for c := range 3 {
			centers[i][c] = (m.Points[tri[0]][c] + m.Points[tri[1]][c] + m.Points[tri[2]][c]) / 3
		}
	}
	t.build(0, 0, len(t.order), centers)
	return t
}

// build makes the node of order[lo:hi]: split at the middle triangle along the axis on which centers spread most.
func (t *Tree) build(node int32, lo, hi int, centers [][3]float32) {
	box := treeBox{first: int32(lo), count: int32(hi - lo)}
	inf := float32(math.Inf(1))
	box.low, box.high = [3]float32{inf, inf, inf}, [3]float32{-inf, -inf, -inf}
	low, high := box.low, box.high
	for _, i := range t.order[lo:hi] {
		for c := range 3 {
			for _, p := range t.mesh.Triangles[i] {
				box.low[c], box.high[c] = min(box.low[c], t.mesh.Points[p][c]), max(box.high[c], t.mesh.Points[p][c])
			}
			low[c], high[c] = min(low[c], centers[i][c]), max(high[c], centers[i][c])
		}
	}
	if hi-lo <= leafSize {
		t.boxes[node] = box
		return
	}
	axis := 0
	for c := range 3 {
		if high[c]-low[c] > high[axis]-low[axis] {
			axis = c
		}
	}
	middle := (lo + hi) / 2
	selectNth(t.order[lo:hi], middle-lo, func(i int32) float32 { return centers[i][axis] })
	children := int32(len(t.boxes))
	t.boxes = append(t.boxes, treeBox{}, treeBox{})
	box.first, box.count = children, 0
	t.boxes[node] = box
	t.build(children, lo, middle, centers)
	t.build(children+1, middle, hi, centers)
}

// selectNth brings the n-th smallest to its place, smaller ones before it (Hoare's quickselect with a median of three).
func selectNth(list []int32, n int, key func(int32) float32) {
	for lo, hi := 0, len(list)-1; lo < hi; {
		a, b, c := key(list[lo]), key(list[(lo+hi)/2]), key(list[hi])
		pivot := max(min(a, b), min(max(a, b), c))
		i, j := lo, hi
		for i <= j {
			for key(list[i]) < pivot {
				i++
			}
			for key(list[j]) > pivot {
				j--
			}
			if i <= j {
				list[i], list[j] = list[j], list[i]
				i++
				j--
			}
		}
		switch {
		case n <= j:
			hi = j
		case n >= i:
			lo = i
		default:
			return
		}
	}
}

// Nearest is what of a surface is nearest to a point.
type Nearest struct {
	Triangle int32
	Point    space.Vec
	Distance float64 // mm, never negative
	feature  int8    // where on the triangle: see nearestOn
}

// Nearest finds the nearest point that is less than within away; ok is false if there is none. Infinity is allowed.
func (t *Tree) Nearest(p space.Vec, within float64) (best Nearest, ok bool) {
	best.Distance = within * within
	var stack [64]int32
	depth := 1
	for depth > 0 {
		depth--
		box := &t.boxes[stack[depth]]
		if box.distance2(p) >= best.Distance {
			continue
		}
		if box.count > 0 {
			for _, i := range t.order[box.first : box.first+box.count] {
				a, b, c := t.mesh.Corners(int(i))
				q, feature := nearestOn(p, a, b, c)
				d := q.Sub(p)
				if d2 := d.Dot(d); d2 < best.Distance {
					best, ok = Nearest{i, q, d2, feature}, true
				}
			}
			continue
		}
		near, far := box.first, box.first+1
		if t.boxes[far].distance2(p) < t.boxes[near].distance2(p) {
			near, far = far, near
		}
		stack[depth], stack[depth+1] = far, near
		depth += 2
	}
	best.Distance = math.Sqrt(best.Distance)
	return best, ok
}

func (b *treeBox) distance2(p space.Vec) float64 {
	sum := 0.0
	for c := range 3 {
		d := max(float64(b.low[c])-p[c], p[c]-float64(b.high[c]), 0)
		sum += d * d
	}
	return sum
}

// nearestOn is the point of a triangle nearest to p (Ericson, Real-Time Collision Detection, 2005, section 5.1.5), and where it lies: 0 to 2 a corner, 3 to 5 the edge from that
// corner (less 3) to the next, 6 the inside.
func nearestOn(p, a, b, c space.Vec) (space.Vec, int8) {
	ab, ac, ap := b.Sub(a), c.Sub(a), p.Sub(a)
	d1, d2 := ab.Dot(ap), ac.Dot(ap)
	if d1 <= 0 && d2 <= 0 {
		return a, 0
	}
	bp := p.Sub(b)
	d3, d4 := ab.Dot(bp), ac.Dot(bp)
	if d3 >= 0 && d4 <= d3 {
		return b, 1
	}
	vc := d1*d4 - d3*d2
	if vc <= 0 && d1 >= 0 && d3 <= 0 {
		return a.Add(ab.Scale(part(d1, d1-d3))), 3
	}
	cp := p.Sub(c)
	d5, d6 := ab.Dot(cp), ac.Dot(cp)
	if d6 >= 0 && d5 <= d6 {
		return c, 2
	}
	vb := d5*d2 - d1*d6
	if vb <= 0 && d2 >= 0 && d6 <= 0 {
		return a.Add(ac.Scale(part(d2, d2-d6))), 5
	}
	va := d3*d6 - d5*d4
	if va <= 0 && d4-d3 >= 0 && d5-d6 >= 0 {
		return b.Add(c.Sub(b).Scale(part(d4-d3, d4-d3+d5-d6))), 4
	}
	sum := va + vb + vc
	return a.Add(ab.Scale(vb / sum)).Add(ac.Scale(vc / sum)), 6
}

// part is x of whole; of a triangle without extent it is 0.
func part(x, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return x / whole
}
