package surface

import (
	"fmt"
	"math"

	"consilium/lab/parallel"
	"consilium/lab/space"
)

// Smoothing is how much a surface is smoothed.
type Smoothing struct {
	Iterations int     // degree of the filter; 20 is usual, 0 leaves the surface as it is
	PassBand   float64 // 0 to 2: waves of the surface below it stay; 0.1 is usual, and a smaller one smooths more
}

// Smooth takes the roughness of voxels away by the windowed sinc of Taubin, Zhang and Golub ("Optimal surface smoothing as filter design", ECCV 1996, section 4, Hamming window): a low-pass filter, not a
// shrinking one. What volume it still changes is given back by moving all points by one small distance along the surface's normals, so that a closed surface
// encloses the same volume as before, to 1e-6 of it. Points at open edges stay where they are.
func (m *Mesh) Smooth(s Smoothing) (*Mesh, error) {
	if s.Iterations < 0 || s.Iterations > 1000 || !(s.PassBand > 0 && s.PassBand <= 2) && s.Iterations > 0 {
		return nil, fmt.Errorf("surface: smoothing takes 0 to 1000 iterations and a pass band above 0 and up to 2, not %d and %g", s.Iterations, s.PassBand)
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	if s.Iterations == 0 {
		return m.Clone(), nil
	}
	r := m.ring()
	out := &Mesh{Points: r.filter(m.Points, sincWeights(s)), Triangles: append([][3]int32(nil), m.Triangles...)}
	if r.fixed == 0 {
		out.restore(m.Volume())
	}
	return out, nil
}

// sincWeights are the weights of the Chebyshev polynomials; their sum is one, so that what does not vary (the place of the surface) stays. The window lowers the filter near the
// pass band's edge, so that even the waves that should stay would shrink; the edge is therefore moved up until 99 % of the waves at the pass band itself are kept (section 4 of
// the paper).
func sincWeights(s Smoothing) []float64 {
	pass := math.Acos(1 - s.PassBand/2)
	low, high := pass, math.Pi
	for range 50 {
		if middle := (low + high) / 2; keptAt(pass, sincAt(middle, s.Iterations)) < 0.99 {
			low = middle
		} else {
			high = middle
		}
	}
	return sincAt(high, s.Iterations)
}

// sincAt are the weights for an edge, an angle from 0 to π.
func sincAt(edge float64, degree int) []float64 {
	weights := make([]float64, degree+1)
	weights[0] = edge / math.Pi
	sum := weights[0]
	for n := 1; n <= degree; n++ {
		window := 0.54 + 0.46*math.Cos(float64(n)*math.Pi/float64(degree+1))
		weights[n] = 2 * math.Sin(float64(n)*edge) / (float64(n) * math.Pi) * window
		sum += weights[n]
	}
	for n := range weights {
		weights[n] /= sum
	}
	return weights
}

// keptAt is what the filter leaves of the waves at an angle.
func keptAt(angle float64, weights []float64) (kept float64) {
	for n, w := range weights {
		kept += w * math.Cos(float64(n)*angle)
	}
	return kept
}

// ring is the neighbors of every point. A point at an open edge, or with edges of more than two triangles, has none: it stays.
type ring struct {
	first, list []int32
	fixed       int // points that stay
}

// ring takes, in each triangle around a point, the corner that follows it: around a closed fan these are all neighbors once. Whether the fan is closed is told by the corners that
// come before the point: they are the same ones. Both are compared by a sum of hashes, which two different sets share once in 2⁶⁴.
func (m *Mesh) ring() ring {
	r := ring{first: make([]int32, len(m.Points)+1), list: make([]int32, 3*len(m.Triangles))}
	for _, t := range m.Triangles {
		for _, p := range t {
			r.first[p+1]++
		}
	}
	for p := range m.Points {
		r.first[p+1] += r.first[p]
	}
	at := append([]int32(nil), r.first...)
	differ := make([]uint64, len(m.Points))
	for _, t := range m.Triangles {
		h0, h1, h2 := hash(t[0]), hash(t[1]), hash(t[2])
		for e, p := range t {
			r.list[at[p]] = t[(e+1)%3]
			at[p]++
		}
		differ[t[0]] += h1 - h2
		differ[t[1]] += h2 - h0
		differ[t[2]] += h0 - h1
	}
	for p, d := range differ {
		if d != 0 {
			r.fixed++
			r.list[r.first[p]] = -1
		}
	}
	return r
}

// hash mixes the bits of a number (the finalizer of SplitMix64).
func hash(p int32) uint64 {
	z := uint64(p+1) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// filter runs the recurrence of the Chebyshev polynomials T(n+1) = 2·M·T(n) − T(n−1) on the points, M being (1 + the mean over neighbors) / 2 as in I − K/2, and sums them with
// their weights. Points are taken relative to the first one's neighborhood in 32 bits: their rounding is 1e-5 mm.
func (r *ring) filter(points [][3]float32, weights []float64) [][3]float32 {
	before, now, sum := points, make([][3]float32, len(points)), make([][3]float32, len(points))
	spare := make([][3]float32, len(points))
	for n := 1; n < len(weights); n++ {
		parallel.Blocks(len(points), 8192, func(lo, hi int) {
			switch n {
			case 1:
				r.begin(points, now, sum, lo, hi, float32(weights[0]), float32(weights[1]))
			default:
				r.step(before, now, spare, sum, lo, hi, float32(weights[n]))
			}
		})
		if n == 1 {
			continue
		}
		old := before
		before, now, spare = now, spare, old
		if n == 2 {
			spare = make([][3]float32, len(points)) // the caller's points are not written over
		}
	}
	return sum
}

// begin makes T(1) = M·T(0), and the sum of both.
func (r *ring) begin(points, now, sum [][3]float32, lo, hi int, w0, w1 float32) {
	for p := lo; p < hi; p++ {
		mean, ok := r.mean(points, p)
		if !ok {
			now[p], sum[p] = points[p], points[p]
			continue
		}
		for c := range 3 {
			now[p][c] = 0.5 * (points[p][c] + mean[c])
			sum[p][c] = w0*points[p][c] + w1*now[p][c]
		}
	}
}

func (r *ring) step(before, now, next, sum [][3]float32, lo, hi int, w float32) {
	for p := lo; p < hi; p++ {
		mean, ok := r.mean(now, p)
		if !ok {
			next[p] = now[p]
			continue
		}
		n, b, o, s := &next[p], &before[p], &now[p], &sum[p]
		n[0] = o[0] + mean[0] - b[0]
		n[1] = o[1] + mean[1] - b[1]
		n[2] = o[2] + mean[2] - b[2]
		s[0] += w * n[0]
		s[1] += w * n[1]
		s[2] += w * n[2]
	}
}

func (r *ring) mean(points [][3]float32, p int) (mean [3]float32, ok bool) {
	beside := r.list[r.first[p]:r.first[p+1]]
	if len(beside) == 0 || beside[0] < 0 {
		return mean, false
	}
	var x, y, z float32
	for _, q := range beside {
		v := &points[q]
		x, y, z = x+v[0], y+v[1], z+v[2]
	}
	f := 1 / float32(len(beside))
	return [3]float32{x * f, y * f, z * f}, true
}

// restore moves the points along their normals until the volume is what it was: the change of volume is area times distance, so that a few corrections are enough.
func (m *Mesh) restore(volume float64) {
	for range 4 {
		miss := volume - m.Volume()
		if math.Abs(miss) < 1e-7*math.Abs(volume) {
			return
		}
		normals, area := m.areaNormals()
		if area == 0 {
			return
		}
		for p, n := range normals {
			step := n.Unit().Scale(miss / area)
			for c := range 3 {
				m.Points[p][c] += float32(step[c])
			}
		}
	}
}

// areaNormals sums, at each point, the normals of its triangles, each as long as twice the triangle's area; and the area of all triangles.
func (m *Mesh) areaNormals() ([]space.Vec, float64) {
	normals := make([]space.Vec, len(m.Points))
	area := 0.0
	for t, tri := range m.Triangles {
		a, b, c := m.Corners(t)
		n := b.Sub(a).Cross(c.Sub(a))
		area += n.Norm() / 2
		for _, p := range tri {
			normals[p] = normals[p].Add(n)
		}
	}
	return normals, area
}
