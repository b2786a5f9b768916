package surface

import (
	"math"
	"slices"

	"consilium/lab/parallel"
	"consilium/lab/space"
)

// Distance is how far one surface lies from another, in mm.
type Distance struct {
	Mean float64 `json:"mean_mm"`
	RMS  float64 `json:"rms_mm"`
	P99  float64 `json:"p99_mm"`
	Max  float64 `json:"max_mm"`
}

// Distances measures from the points of from, every n-th of them, to the nearest places of the surface of the tree. Max is a lower bound of the one-sided Hausdorff distance,
// sharp to the spacing of the points; Hausdorff takes both sides.
func Distances(from *Mesh, to *Tree, every int) Distance {
	points := make([]space.Vec, 0, len(from.Points)/max(every, 1)+1)
	for p := 0; p < len(from.Points); p += max(every, 1) {
		points = append(points, from.Point(int32(p)))
	}
	return distances(points, to)
}

func distances(points []space.Vec, to *Tree) Distance {
	if len(points) == 0 || len(to.mesh.Triangles) == 0 {
		return Distance{}
	}
	d := make([]float64, len(points))
	parallel.Blocks(len(points), 512, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			n, _ := to.Nearest(points[i], math.Inf(1))
			d[i] = n.Distance
		}
	})
	slices.Sort(d)
	out := Distance{P99: d[(len(d)-1)*99/100], Max: d[len(d)-1]}
	for _, x := range d {
		out.Mean += x / float64(len(d))
		out.RMS += x * x / float64(len(d))
	}
	out.RMS = math.Sqrt(out.RMS)
	return out
}

// Hausdorff is the larger of both surfaces' distances from each other, measured from points, edges' middles and triangles' centers.
func Hausdorff(a, b *Mesh) float64 {
	return max(distances(a.samples(), NewTree(b)).Max, distances(b.samples(), NewTree(a)).Max)
}

func (m *Mesh) samples() []space.Vec {
	out := make([]space.Vec, 0, 7*len(m.Triangles))
	for t := range m.Triangles {
		a, b, c := m.Corners(t)
		out = append(out, a, b, c, a.Lerp(b, 0.5), b.Lerp(c, 0.5), c.Lerp(a, 0.5), a.Add(b).Add(c).Scale(1.0/3))
	}
	return out
}
