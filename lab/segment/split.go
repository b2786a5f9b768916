package segment

import (
	"container/heap"
	"fmt"
	"slices"

	"consilium/lab/volume"
)

// Split cuts what touches in places narrower than neck mm, as the bones of a joint do: the mask is eroded by half of that, and from each part that is left, of at least so many mm³, a flood rises through
// the mask, deepest voxels first (a watershed of the distance from the outside; Meyer, 1994). Every voxel goes to one part; what no flood reaches stays with none of them. The parts come
// by size, the largest first. One part means that nothing touches only narrowly.
func Split(m *volume.Mask, neck, smallest float64) ([]*volume.Mask, error) {
	outside := m.Clone()
	outside.Invert()
	depth, err := Distance(outside)
	if err != nil {
		return nil, err
	}
	core := depth.Threshold(neck/2, 1e30)
	core.And(m)
	core = LargerThan(core, smallest)
	parts := Connected(core, false)
	if len(parts.Sizes) == 0 {
		return nil, fmt.Errorf("%w: nothing is thicker than %g mm and larger than %g mm³", ErrEmpty, neck, smallest)
	}
	if len(parts.Sizes) > 200 {
		return nil, fmt.Errorf("segment: %d parts are left after erosion by %g mm; ask for a larger smallest part", len(parts.Sizes), neck/2)
	}
	if bytes := len(parts.Sizes) * len(m.Words) * 8; bytes > mostOfParts {
		return nil, fmt.Errorf("%w: %d parts are left after erosion by %g mm, which would take %.1f GB; ask for a larger smallest part", volume.ErrTooLarge, len(parts.Sizes), neck/2, float64(bytes)/(1<<30))
	}
	out := make([]*volume.Mask, len(parts.Sizes))
	for p := range out {
		out[p] = parts.Mask(func(part int) bool { return part == p })
	}
	flood(m, depth, out)
	slices.SortStableFunc(out, func(a, b *volume.Mask) int { return b.Count() - a.Count() })
	return out, nil
}

// mostOfParts bounds the memory of all parts together, in bytes: each is a mask of the whole scan.
const mostOfParts = 1 << 30

// place is a voxel that a flood has reached, and when: floods rise from deep to shallow, and at one depth in the order of arrival.
type place struct {
	depth   float32
	arrival int32
	offset  int32
	part    uint8
}

type places []place

func (p places) Len() int { return len(p) }
func (p places) Less(a, b int) bool {
	return p[a].depth > p[b].depth || p[a].depth == p[b].depth && p[a].arrival < p[b].arrival
}
func (p places) Swap(a, b int) { p[a], p[b] = p[b], p[a] }
func (p *places) Push(x any)   { *p = append(*p, x.(place)) }
func (p *places) Pop() any {
	last := (*p)[len(*p)-1]
	*p = (*p)[:len(*p)-1]
	return last
}

// flood lets the parts grow into the mask.
func flood(m *volume.Mask, depth *volume.Volume, parts []*volume.Mask) {
	free := m.Clone()
	var queue places
	arrival := int32(0)
	visit := func(part uint8, i, j, k int) {
		for _, d := range [6][3]int{{-1, 0, 0}, {1, 0, 0}, {0, -1, 0}, {0, 1, 0}, {0, 0, -1}, {0, 0, 1}} {
			x, y, z := i+d[0], j+d[1], k+d[2]
			if free.At(x, y, z) {
				free.Set(x, y, z, false)
				at := m.Offset(x, y, z)
				arrival++
				heap.Push(&queue, place{depth.Float32[at], arrival, int32(at), part})
			}
		}
	}
	for _, p := range parts {
		free.AndNot(p)
	}
	for n, p := range parts {
		p.Each(func(i, j, k int) bool { visit(uint8(n), i, j, k); return true })
	}
	for len(queue) > 0 {
		p := heap.Pop(&queue).(place)
		at := int(p.offset)
		i, j, k := at%m.Size[0], at/m.Size[0]%m.Size[1], at/m.Size[0]/m.Size[1]
		parts[p.part].Set(i, j, k, true)
		visit(p.part, i, j, k)
	}
}
