package segment

import (
	"math"

	"consilium/lab/parallel"
	"consilium/lab/volume"
)

// Distance is how far the center of every voxel lies from the nearest voxel of the mask, in mm; 0 within. It is exact (the lower envelope of parabolas of Felzenszwalb and Huttenlocher, Theory of Computing
// 8 (2012) 415–428, one axis after another), for voxels of any shape. Without any voxel in the mask it is infinite everywhere.
func Distance(m *volume.Mask) (*volume.Volume, error) {
	v, err := volume.NewFloat(m.Grid)
	if err != nil {
		return nil, err
	}
	nx, ny, nz := m.Size[0], m.Size[1], m.Size[2]
	parallel.Blocks(ny*nz, 64, func(lo, hi int) {
		for row := lo; row < hi; row++ {
			alongRow(v.Float32[row*nx:(row+1)*nx], m.Words[row*m.Stride:(row+1)*m.Stride], m.Spacing[0])
		}
	})
	parallel.Blocks(nz, 1, func(lo, hi int) {
		e := newEnvelope(ny)
		for i := range nx {
			e.along(v.Float32[lo*nx*ny+i:], nx, m.Spacing[1])
		}
	})
	parallel.Blocks(ny, 1, func(lo, hi int) {
		e := newEnvelope(nz)
		for i := range nx {
			e.along(v.Float32[lo*nx+i:], nx*ny, m.Spacing[2])
		}
		for k := range nz {
			row := v.Float32[(k*ny+lo)*nx:][:nx]
			for i, d := range row {
				row[i] = float32(math.Sqrt(float64(d)))
			}
		}
	})
	return v, nil
}

// alongRow sets the squared distances along a row.
func alongRow(row []float32, words []uint64, spacing float64) {
	far := float32(math.Inf(1))
	d := far
	for i := range row {
		if words[i>>6]>>(i&63)&1 == 1 {
			d = 0
		} else {
			d += float32(spacing)
		}
		row[i] = d
	}
	d = far
	for i := len(row) - 1; i >= 0; i-- {
		if row[i] == 0 {
			d = 0
		} else {
			d += float32(spacing)
		}
		row[i] = min(row[i], d) * min(row[i], d)
	}
}

// envelope is the lowest of parabolas along a line.
type envelope struct {
	height []float64 // copies of the line
	apex   []int     // of the parabolas that are lowest somewhere
	from   []float64 // where each begins to be
}

func newEnvelope(n int) *envelope {
	return &envelope{make([]float64, n), make([]int, n), make([]float64, n)}
}

func (e *envelope) along(line []float32, stride int, spacing float64) {
	n, s2 := len(e.height), spacing*spacing
	count := 0
	for q := range n {
		f := float64(line[q*stride])
		e.height[q] = f
		if math.IsInf(f, 1) {
			continue
		}
		start := math.Inf(-1)
		for ; count > 0; count-- {
			p := e.apex[count-1]
			start = ((f-e.height[p])/s2 + float64(q*q-p*p)) / float64(2*(q-p))
			if start > e.from[count-1] {
				break
			}
			start = math.Inf(-1)
		}
		e.apex[count], e.from[count] = q, start
		count++
	}
	if count == 0 {
		return
	}
	at := 0
	for q := range n {
		for at+1 < count && e.from[at+1] < float64(q) {
			at++
		}
		d := float64(q - e.apex[at])
		line[q*stride] = float32(d*d*s2 + e.height[e.apex[at]])
	}
}

// within is the voxels whose distance is at most r.
func within(v *volume.Volume, r float64) *volume.Mask {
	return v.Threshold(0, r*(1+1e-6)+1e-6)
}

// Dilate adds everything within r mm of the mask.
func Dilate(m *volume.Mask, r float64) (*volume.Mask, error) {
	d, err := Distance(m)
	if err != nil {
		return nil, err
	}
	return within(d, r), nil
}

// Erode takes everything away that is within r mm of the outside. The border of the scan is not outside: what leaves the scan goes on there.
func Erode(m *volume.Mask, r float64) (*volume.Mask, error) {
	outside := m.Clone()
	outside.Invert()
	out, err := Dilate(outside, r)
	if err != nil {
		return nil, err
	}
	out.Invert()
	return out, nil
}

// Open takes away what is thinner than 2r mm, and leaves the rest as it is.
func Open(m *volume.Mask, r float64) (*volume.Mask, error) {
	e, err := Erode(m, r)
	if err != nil {
		return nil, err
	}
	return Dilate(e, r)
}

// Close fills what is narrower than 2r mm, and leaves the rest as it is.
func Close(m *volume.Mask, r float64) (*volume.Mask, error) {
	d, err := Dilate(m, r)
	if err != nil {
		return nil, err
	}
	return Erode(d, r)
}

// FillHoles adds what is enclosed: parts of the outside that do not reach the scan's border.
func FillHoles(m *volume.Mask) *volume.Mask {
	outside := m.Clone()
	outside.Invert()
	p := Connected(outside, false)
	open := make([]bool, len(p.Sizes))
	for row := range m.Size[1] * m.Size[2] {
		j, k := row%m.Size[1], row/m.Size[1]
		edge := j == 0 || k == 0 || j == m.Size[1]-1 || k == m.Size[2]-1
		for _, r := range p.runs[p.first[row]:p.first[row+1]] {
			if edge || r.from == 0 || int(r.to) == m.Size[0] {
				open[r.part] = true
			}
		}
	}
	holes := p.Mask(func(part int) bool { return !open[part] })
	holes.Or(m)
	return holes
}
