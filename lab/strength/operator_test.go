package strength

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestModesAreTheMatrix compares the fast product with the plain sum over cells' matrices, on a mesh with holes and two Poisson's ratios.
func TestModesAreTheMatrix(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	n, h := [3]int{5, 4, 6}, [3]float64{0.7, 1.1, 1.6}
	solid := make([]bool, n[0]*n[1]*n[2])
	for i := range solid {
		solid[i] = r.Float64() < 0.7
	}
	m := newMesh(n, func(cell int) bool { return solid[cell] })
	f := &fine{mesh: m}
	poisson := []float64{0.3, 0.45}
	matrices := make([]cellMatrix, 2)
	for i, p := range poisson {
		matrices[i] = stiffness(h, p)
		f.modes = append(f.modes, modesOf(&matrices[i]))
	}
	for range m.cells {
		f.modulus = append(f.modulus, 1+r.Float64())
		f.ratio = append(f.ratio, uint8(r.IntN(2)))
	}
	x := make([]float64, 3*m.nodes())
	for i := range x {
		x[i] = r.NormFloat64()
	}
	want := make([]float64, len(x))
	diagonal := make([]float64, len(x))
	for _, row := range m.runs {
		for i := range int(row.cells) {
			cell := int(row.first) + i
			k := &matrices[f.ratio[cell]]
			for a := range 24 {
				at := 3*(int(row.edge[a/3>>1])+i+a/3&1) + a%3
				diagonal[at] += f.modulus[cell] * k[a*24+a]
				for b := range 24 {
					want[at] += f.modulus[cell] * k[a*24+b] * x[3*(int(row.edge[b/3>>1])+i+b/3&1)+b%3]
				}
			}
		}
	}
	got := make([]float64, len(x))
	f.multiply(got, x)
	inverse := f.diagonal(h, poisson)
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-12 || math.Abs(inverse[i]*diagonal[i]-1) > 1e-12 {
			t.Fatalf("%d: %g, want %g; diagonal %g, want %g", i, got[i], want[i], 1/inverse[i], diagonal[i])
		}
	}
}

// TestStiffnessBySum compares the exact integrals with 2×2×2 Gauss points, which are exact for a box too.
func TestStiffnessBySum(t *testing.T) {
	h, poisson := [3]float64{0.9, 1.2, 1.5}, 0.3
	lambda, mu := lame(poisson)
	var want cellMatrix
	g := 1 / math.Sqrt(3)
	for point := range 8 {
		var d [8][3]float64 // slopes of the shape functions
		for n := range 8 {
			for a := range 3 {
				d[n][a] = 1
				for b := range 3 {
					side, at := float64(n>>b&1)*2-1, (float64(point>>b&1)*2-1)*g
					if a == b {
						d[n][a] *= side / h[b]
					} else {
						d[n][a] *= (1 + side*at) / 2
					}
				}
			}
		}
		w := h[0] * h[1] * h[2] / 8
		for m := range 8 {
			for n := range 8 {
				for a := range 3 {
					for b := range 3 {
						v := lambda*d[m][a]*d[n][b] + mu*d[m][b]*d[n][a]
						if a == b {
							v += mu * (d[m][0]*d[n][0] + d[m][1]*d[n][1] + d[m][2]*d[n][2])
						}
						want[(3*m+a)*24+3*n+b] += w * v
					}
				}
			}
		}
	}
	got := stiffness(h, poisson)
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-13 {
			t.Fatalf("%d: %g, want %g", i, got[i], want[i])
		}
	}
}

func BenchmarkMultiply(b *testing.B) {
	const n = 64
	f := &fine{mesh: newMesh([3]int{n, n, n}, func(int) bool { return true })}
	k := stiffness([3]float64{1, 1, 1}, 0.3)
	f.modes = []modes{modesOf(&k)}
	f.modulus = make([]float64, f.cells)
	for i := range f.modulus {
		f.modulus[i] = 1
	}
	x, y := make([]float64, 3*f.nodes()), make([]float64, 3*f.nodes())
	for b.Loop() {
		f.multiply(y, x)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n/n/n, "ns/cell")
}
