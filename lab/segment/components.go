package segment

import (
	"fmt"
	"math/bits"
	"slices"

	"consilium/lab/space"
	"consilium/lab/volume"
)

// Parts are the connected parts of a mask, the largest first; of equal ones the one with the earlier voxel. They are kept as runs along rows, so that they take memory by the
// mask's detail, not by the scan's size.
type Parts struct {
	Sizes []int // voxels of each part
	grid  volume.Grid
	runs  []run
	first []int32 // the first run of each row; one entry more than rows
}

// run is the voxels [from, to) of a row.
type run struct {
	from, to int32
	part     int32
}

// Connected finds the parts of a mask that hang together over faces, or with corners also over edges and corners.
func Connected(m *volume.Mask, corners bool) *Parts {
	p := &Parts{grid: m.Grid, first: make([]int32, m.Size[1]*m.Size[2]+1)}
	for row := range m.Size[1] * m.Size[2] {
		p.first[row] = int32(len(p.runs))
		p.addRuns(m.Words[row*m.Stride : (row+1)*m.Stride])
	}
	p.first[len(p.first)-1] = int32(len(p.runs))
	reach, ny := int32(0), m.Size[1]
	beside := [][2]int{{-1, 0}, {0, -1}}
	if corners {
		reach = 1
		beside = append(beside, [2]int{-1, -1}, [2]int{1, -1})
	}
	for k := range m.Size[2] {
		for j := range ny {
			for _, d := range beside {
				if j+d[0] >= 0 && j+d[0] < ny && k+d[1] >= 0 {
					p.join(k*ny+j, (k+d[1])*ny+j+d[0], reach)
				}
			}
		}
	}
	p.number()
	return p
}

func (p *Parts) addRuns(words []uint64) {
	open := int32(-1)
	for w, word := range words {
		at := 0
		for at < 64 {
			if open < 0 {
				at += bits.TrailingZeros64(word >> at)
				if at < 64 {
					open = int32(w*64 + at)
				}
				continue
			}
			at += bits.TrailingZeros64(^(word >> at))
			if at < 64 {
				p.runs = append(p.runs, run{open, int32(w*64 + at), int32(len(p.runs))})
				open = -1
			}
		}
	}
	if open >= 0 {
		p.runs = append(p.runs, run{open, int32(len(words) * 64), int32(len(p.runs))})
	}
}

func (p *Parts) root(r int32) int32 {
	for p.runs[r].part != r {
		p.runs[r].part = p.runs[p.runs[r].part].part
		r = p.runs[r].part
	}
	return r
}

// join joins the runs of two rows that touch.
func (p *Parts) join(row, other int, reach int32) {
	a, b := p.first[row], p.first[other]
	for a < p.first[row+1] && b < p.first[other+1] {
		x, y := &p.runs[a], &p.runs[b]
		if x.from < y.to+reach && y.from < x.to+reach {
			if s, t := p.root(a), p.root(b); s < t {
				p.runs[t].part = s
			} else {
				p.runs[s].part = t
			}
		}
		if x.to < y.to {
			a++
		} else {
			b++
		}
	}
}

func (p *Parts) number() {
	index := map[int32]int32{}
	for r := range p.runs {
		root := p.root(int32(r))
		if _, known := index[root]; !known {
			index[root] = int32(len(p.Sizes))
			p.Sizes = append(p.Sizes, 0)
		}
		p.Sizes[index[root]] += int(p.runs[r].to - p.runs[r].from)
	}
	order := make([]int32, len(p.Sizes))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return p.Sizes[b] - p.Sizes[a] })
	rank, sizes := make([]int32, len(order)), make([]int, len(order))
	for r, old := range order {
		rank[old], sizes[r] = int32(r), p.Sizes[old]
	}
	parts := make([]int32, len(p.runs))
	for r := range p.runs {
		parts[r] = rank[index[p.root(int32(r))]]
	}
	for r := range p.runs {
		p.runs[r].part = parts[r]
	}
	p.Sizes = sizes
}

// Mask is the voxels of the parts for which keep says yes.
func (p *Parts) Mask(keep func(part int) bool) *volume.Mask {
	m := volume.NewMask(p.grid)
	for row := range p.grid.Size[1] * p.grid.Size[2] {
		for _, r := range p.runs[p.first[row]:p.first[row+1]] {
			if keep(int(r.part)) {
				setRun(m.Words[row*m.Stride:(row+1)*m.Stride], int(r.from), int(r.to))
			}
		}
	}
	return m
}

// setRun sets bits [from, to).
func setRun(words []uint64, from, to int) {
	for w := from >> 6; w<<6 < to; w++ {
		word := ^uint64(0)
		if low := from - w<<6; low > 0 {
			word <<= low
		}
		if high := to - w<<6; high < 64 {
			word &= 1<<high - 1
		}
		words[w] |= word
	}
}

// At is the part of a voxel, −1 if it belongs to none.
func (p *Parts) At(i, j, k int) int {
	if !p.grid.Contains(i, j, k) {
		return -1
	}
	row := k*p.grid.Size[1] + j
	for _, r := range p.runs[p.first[row]:p.first[row+1]] {
		if int(r.from) <= i && i < int(r.to) {
			return int(r.part)
		}
	}
	return -1
}

// Largest is the largest part of a mask.
func Largest(m *volume.Mask) *volume.Mask {
	return Connected(m, false).Mask(func(part int) bool { return part == 0 })
}

// LargerThan keeps the parts of at least so many mm³.
func LargerThan(m *volume.Mask, mm3 float64) *volume.Mask {
	p := Connected(m, false)
	return p.Mask(func(part int) bool { return float64(p.Sizes[part])*m.VoxelVolume() >= mm3 })
}

// Grow is what hangs together with seed points (LPS mm) over faces and lies between two values. A seed that lies elsewhere is refused: it was set on something else than was meant.
func Grow(v *volume.Volume, seeds []space.Vec, low, high float64) (*volume.Mask, error) {
	m, err := Threshold(v, low, high)
	if err != nil {
		return nil, err
	}
	p := Connected(m, false)
	chosen := map[int]bool{}
	for _, s := range seeds {
		i, j, k := voxelAt(v.Grid, s)
		part := p.At(i, j, k)
		if part < 0 {
			return nil, fmt.Errorf("%w: the seed at %.1f lies outside of the scan or has a value outside of %g to %g", ErrEmpty, s, low, high)
		}
		chosen[part] = true
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("%w: no seed", ErrEmpty)
	}
	return p.Mask(func(part int) bool { return chosen[part] }), nil
}

// voxelAt is the voxel that a point lies in.
func voxelAt(g volume.Grid, p space.Vec) (i, j, k int) {
	at := g.Index(p)
	return nearest(at[0]), nearest(at[1]), nearest(at[2])
}

// nearest rounds, and keeps what no voxel has out of the way of integers.
func nearest(f float64) int {
	if !(f > -1e9 && f < 1e9) {
		return -1
	}
	if f < 0 {
		return int(f - 0.5)
	}
	return int(f + 0.5)
}
