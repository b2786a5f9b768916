package align

import (
	"fmt"
	"math"
	"math/rand/v2"

	"consilium/lab/parallel"
	"consilium/lab/space"
	"consilium/lab/volume"
)

// bins of each scan's values. The moving scan's have two more on either side for the kernel's width.
const (
	bins   = 32
	margin = 2
)

// grid is a scan of one level: values scaled to bins.
type grid struct {
	size   [3]int
	values []float32
	toIdx  space.Mat // from mm to voxels: index = toIdx·(p - origin)
	toMM   space.Mat // its inverse: a step of one voxel
	origin space.Vec
}

// scans are both at one level.
type scans struct{ fixed, moving *grid }

// pyramids are the levels, coarsest first: voxels averaged in blocks of 4³, 2³ and 1, as far as there are enough of them.
func pyramids(fixed, moving *volume.Volume) ([]*scans, error) {
	a, err := newGrid(fixed)
	if err != nil {
		return nil, fmt.Errorf("the fixed scan: %w", err)
	}
	b, err := newGrid(moving)
	if err != nil {
		return nil, fmt.Errorf("the moving scan: %w", err)
	}
	out := []*scans{{a, b}}
	for range 2 {
		a, b = a.half(), b.half()
		if a.small() || b.small() {
			break
		}
		out = append([]*scans{{a, b}}, out...)
	}
	return out, nil
}

// newGrid scales values so that the darkest and the brightest thousandth share the outermost bins.
func newGrid(v *volume.Volume) (*grid, error) {
	if err := v.Check(); err != nil {
		return nil, err
	}
	if v.NaNs() > 0 {
		return nil, fmt.Errorf("%w: %d voxels are %w", ErrVolumes, v.NaNs(), ErrNotANumber)
	}
	g := &grid{size: v.Size, values: make([]float32, v.Voxels()), origin: v.Origin}
	for a := range 3 {
		for b := range 3 {
			g.toMM[a][b] = v.Direction[a][b] * v.Spacing[b]
			g.toIdx[b][a] = v.Direction[a][b] / v.Spacing[b]
		}
	}
	low, high := v.At(0), v.At(0)
	for i := range g.values {
		low, high = min(low, v.At(i)), max(high, v.At(i))
	}
	if !(high > low) || g.small() {
		return nil, fmt.Errorf("%w: %v voxels with values from %g to %g show nothing", ErrVolumes, v.Size, low, high)
	}
	var count [4096]int
	for i := range g.values {
		count[int((v.At(i)-low)/(high-low)*4095)]++
	}
	from, to := quantileBin(count[:], 0.001), quantileBin(count[:], 0.999)+1
	step := (high - low) / 4096
	first, width := low+step*float64(from), step*float64(to-from)
	for i := range g.values {
		g.values[i] = float32(max(0, min(1, (v.At(i)-first)/width)) * (bins - 1))
	}
	return g, nil
}

func quantileBin(count []int, q float64) int {
	total, sum := 0, 0
	for _, n := range count {
		total += n
	}
	for i, n := range count {
		if sum += n; float64(sum) > q*float64(total) {
			return i
		}
	}
	return len(count) - 1
}

// small says that there is too little to go on: fewer than 8 voxels along an axis.
func (g *grid) small() bool { return g.size[0] < 8 || g.size[1] < 8 || g.size[2] < 8 }

// half averages blocks of two voxels along each axis.
func (g *grid) half() *grid {
	out := &grid{toMM: g.toMM, toIdx: g.toIdx, origin: g.origin.Add(g.toMM.Apply(space.Vec{0.5, 0.5, 0.5}))}
	for a := range 3 {
		out.size[a] = g.size[a] / 2
		for b := range 3 {
			out.toMM[a][b] *= 2
			out.toIdx[a][b] /= 2
		}
	}
	out.values = make([]float32, out.size[0]*out.size[1]*out.size[2])
	parallel.Blocks(out.size[2], 1, func(k, _ int) {
		for j := range out.size[1] {
			for i := range out.size[0] {
				sum := float32(0)
				for c := range 8 {
					sum += g.values[2*i+c&1+g.size[0]*(2*j+c>>1&1+g.size[1]*(2*k+c>>2))]
				}
				out.values[i+out.size[0]*(j+out.size[1]*k)] = sum / 8
			}
		}
	})
	return out
}

// middle is the place of the grid's center, in mm.
func (g *grid) middle() space.Vec {
	return g.origin.Add(g.toMM.Apply(space.Vec{float64(g.size[0]-1) / 2, float64(g.size[1]-1) / 2, float64(g.size[2]-1) / 2}))
}

// voxel is the shortest edge of a voxel, mm.
func (g *grid) voxel() float64 {
	return min(g.toMM.Column(0).Norm(), g.toMM.Column(1).Norm(), g.toMM.Column(2).Norm())
}

// radius is a root-mean-square distance of the grid's places from its middle: what turns by one radian moves by it.
func (g *grid) radius() float64 {
	corner := g.toMM.Apply(space.Vec{float64(g.size[0]), float64(g.size[1]), float64(g.size[2])})
	return corner.Norm() / math.Sqrt(12)
}

// sample is the value at a place and its slope in mm, by trilinear interpolation; inside says whether it lies in the grid.
func (g *grid) sample(p space.Vec) (value float64, slope space.Vec, inside bool) {
	x := g.toIdx.Apply(p.Sub(g.origin))
	var low [3]int
	var t [3]float64
	for a := range 3 {
		f := math.Floor(x[a])
		if !(f >= 0 && f < float64(g.size[a]-1)) {
			return 0, slope, false
		}
		low[a], t[a] = int(f), x[a]-f
	}
	row, plane := g.size[0], g.size[0]*g.size[1]
	v := g.values[low[0]+row*low[1]+plane*low[2]:]
	c := [8]float64{float64(v[0]), float64(v[1]), float64(v[row]), float64(v[row+1]), float64(v[plane]), float64(v[plane+1]), float64(v[plane+row]), float64(v[plane+row+1])}
	x00, x10, x01, x11 := c[0]+t[0]*(c[1]-c[0]), c[2]+t[0]*(c[3]-c[2]), c[4]+t[0]*(c[5]-c[4]), c[6]+t[0]*(c[7]-c[6])
	y0, y1 := x00+t[1]*(x10-x00), x01+t[1]*(x11-x01)
	s0 := (1-t[1])*(1-t[2])*(c[1]-c[0]) + t[1]*(1-t[2])*(c[3]-c[2]) + (1-t[1])*t[2]*(c[5]-c[4]) + t[1]*t[2]*(c[7]-c[6])
	s1 := (1-t[2])*(x10-x00) + t[2]*(x11-x01)
	s2 := y1 - y0
	for a := range 3 {
		slope[a] = s0*g.toIdx[0][a] + s1*g.toIdx[1][a] + s2*g.toIdx[2][a]
	}
	return y0 + t[2]*(y1-y0), slope, true
}

// estimate are the places at which two scans are compared.
type estimate struct {
	moving *grid
	places []space.Vec
	bin    []uint8 // of the fixed scan's value
}

// draw takes places evenly over the fixed scan, moved by chance inside of their share, so that no place lies on a voxel's center by rule: that would favor motions
// by whole voxels.
func (l *scans) draw(n int, r *rand.Rand) *estimate {
	g := l.fixed
	total := float64(g.size[0]-1) * float64(g.size[1]-1) * float64(g.size[2]-1)
	share := math.Cbrt(total / float64(n))
	e := &estimate{moving: l.moving}
	for z := r.Float64() * share; z < float64(g.size[2]-1); z += share {
		for y := r.Float64() * share; y < float64(g.size[1]-1); y += share {
			for x := r.Float64() * share; x < float64(g.size[0]-1); x += share {
				at := space.Vec{x, y, z}
				for a := range 3 {
					at[a] = max(0, min(float64(g.size[a]-1)-1e-6, at[a]+share*(r.Float64()-0.5)))
				}
				p := g.origin.Add(g.toMM.Apply(at))
				value, _, inside := g.sample(p)
				if !inside {
					continue
				}
				e.places = append(e.places, p)
				e.bin = append(e.bin, uint8(value+0.5))
			}
		}
	}
	return e
}

// found is what one place contributes.
type found struct {
	value  float64 // of the moving scan
	slope  space.Vec
	at     space.Vec // the place, moved
	inside bool
}

// joint is a histogram of both scans' values.
type joint [bins][bins + 2*margin]float64

// evaluate is the mutual information in nats at a motion, and the part of places inside of the moving scan. With a gradient it is also derived by a turn (about center, times radius) and
// a shift.
func (e *estimate) evaluate(m Motion, center space.Vec, radius float64, gradient []float64) (information, overlap float64) {
	places := make([]found, len(e.places))
	parallel.Blocks(len(places), 1024, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			at := m.Apply(e.places[i])
			value, slope, inside := e.moving.sample(at)
			places[i] = found{value, slope, at, inside}
		}
	})
	var p joint
	n := 0
	for i := range places {
		if !places[i].inside {
			continue
		}
		n++
		first, w, _ := kernel(places[i].value)
		for k := range 4 {
			p[e.bin[i]][first+k] += w[k]
		}
	}
	if n == 0 {
		return 0, 0
	}
	information, logs := p.information(float64(n))
	if gradient != nil {
		e.derive(places, &logs, center, radius, float64(n), gradient)
	}
	return information, float64(n) / float64(len(places))
}

// information scales the histogram to probabilities. logs is log(p(f,m)/p(m)), by which the information changes with each entry.
func (p *joint) information(n float64) (information float64, logs joint) {
	var pf [bins]float64
	var pm [bins + 2*margin]float64
	for f := range p {
		for m := range p[f] {
			p[f][m] /= n
			pf[f] += p[f][m]
			pm[m] += p[f][m]
		}
	}
	for f := range p {
		for m := range p[f] {
			if p[f][m] > 1e-16 {
				logs[f][m] = math.Log(p[f][m] / pm[m])
				information += p[f][m] * (logs[f][m] - math.Log(pf[f]))
			}
		}
	}
	return information, logs
}

// derive adds up what each place does to the information.
func (e *estimate) derive(places []found, logs *joint, center space.Vec, radius, n float64, gradient []float64) {
	var total [6]float64
	for i := range places {
		if !places[i].inside {
			continue
		}
		first, _, d := kernel(places[i].value)
		change := 0.0
		for k := range 4 {
			change += d[k] * logs[e.bin[i]][first+k]
		}
		s := places[i].slope
		turn := places[i].at.Sub(center).Cross(s)
		for a := range 3 {
			total[a] += change * turn[a] / radius
			total[3+a] += change * s[a]
		}
	}
	for i := range gradient {
		gradient[i] = total[i] / n
	}
}

// kernel spreads a value over four bins by a cubic B-spline: the first bin, weights that add up to 1, and their slopes.
func kernel(value float64) (first int, w, d [4]float64) {
	f := math.Floor(value)
	t := value - f
	s := 1 - t
	w = [4]float64{s * s * s / 6, (3*t*t*t - 6*t*t + 4) / 6, (3*s*s*s - 6*s*s + 4) / 6, t * t * t / 6}
	d = [4]float64{-s * s / 2, (3*t*t - 4*t) / 2, (4*s - 3*s*s) / 2, t * t / 2}
	return int(f) + margin - 1, w, d
}
