package strength

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// block is n × n × n cells of bone, 10 mm long.
func block(n int) *Model {
	h := 10 / float64(n)
	return &Model{Cells: [3]int{n, n, n}, Size: [3]float64{h, h, h}, Poisson: []float64{0.3}, Modulus: slices.Repeat([]float64{1000}, n*n*n)}
}

// hold supports a component of all nodes of the plane at index at of axis.
func (m *Model) hold(axis, at, component int, value float64) {
	m.each(axis, at, func(_ [3]int, node int) { m.Supports = append(m.Supports, Support{node, component, value}) })
}

func (m *Model) each(axis, at int, f func(ijk [3]int, node int)) {
	node := 0
	for k := range m.Cells[2] + 1 {
		for j := range m.Cells[1] + 1 {
			for i := range m.Cells[0] + 1 {
				if ijk := [3]int{i, j, k}; ijk[axis] == at {
					f(ijk, node)
				}
				node++
			}
		}
	}
}

// platens ties both ends of z, the upper one moved.
func (m *Model) platens(move float64) {
	for a := range 3 {
		m.hold(2, 0, a, 0)
		m.hold(2, m.Cells[2], a, 0)
	}
	top := len(m.Supports) - (m.Cells[0]+1)*(m.Cells[1]+1)
	for i := top; i < len(m.Supports); i++ {
		m.Supports[i].Value = move
	}
}

func solve(t testing.TB, m *Model, tolerance float64) *Solution {
	t.Helper()
	s, err := Solve(context.Background(), m, Settings{Tolerance: tolerance})
	if err != nil {
		t.Fatal(err)
	}
	if !s.Converged {
		t.Fatalf("not converged: %+v", s.Convergence)
	}
	return s
}

// TestPatch prescribes a field whose strain is the same everywhere on the whole surface of a block of uneven cells: it has to come out in the interior exactly,
// on every mesh. By hand: that is what an element must be able to do (Irons' patch test).
func TestPatch(t *testing.T) {
	slope := [3][3]float64{{0.011, -0.004, 0.002}, {0.006, -0.003, 0.005}, {-0.001, 0.007, 0.009}}
	for _, cells := range [][3]int{{1, 1, 2}, {2, 2, 2}, {3, 5, 4}, {7, 6, 9}, {16, 3, 8}} {
		m := &Model{Cells: cells, Size: [3]float64{0.7, 1.3, 0.9}, Poisson: []float64{0.3}, Modulus: slices.Repeat([]float64{17000}, cells[0]*cells[1]*cells[2])}
		field := func(ijk [3]int) (u [3]float64) {
			for a := range 3 {
				for b := range 3 {
					u[a] += slope[a][b] * float64(ijk[b]) * m.Size[b]
				}
			}
			return u
		}
		for axis := range 3 {
			for _, at := range []int{0, cells[axis]} {
				m.each(axis, at, func(ijk [3]int, node int) {
					for a, v := range field(ijk) {
						m.Supports = append(m.Supports, Support{node, a, v})
					}
				})
			}
		}
		s := solve(t, m, 1e-13)
		for n := range s.Nodes() {
			i, j, k := s.Node(n)
			for a, want := range field([3]int{i, j, k}) {
				if got := s.Displacement[3*n+a]; math.Abs(got-want) > 1e-10*0.1 {
					t.Fatalf("%v: node (%d, %d, %d) moves %g along %d, want %g", cells, i, j, k, got, a, want)
				}
			}
		}
		e := [6]float64{slope[0][0], slope[1][1], slope[2][2], (slope[1][2] + slope[2][1]) / 2, (slope[0][2] + slope[2][0]) / 2, (slope[0][1] + slope[1][0]) / 2}
		lambda, mu := lame(0.3)
		for cell, got := range s.Fields().VonMises {
			if want := 17000 * vonMises(e, lambda, mu); math.Abs(float64(got)-want) > 1e-6*want {
				t.Fatalf("%v: von Mises of cell %d is %g, want %g", cells, cell, got, want)
			}
		}
	}
}

// TestBeam is a cantilever of 100 × 10 × 10 mm under 100 N at its end: finer meshes tend to Timoshenko's deflection, 2.3713 mm with a shear
// coefficient of 5/6, with second order. The limit of the three-dimensional body is below it, because the clamped end cannot contract: that stiffens a piece of
// the beam as long as it is high by some percent, so 1 % of the whole is allowed. TestBending has no such end and is exact.
func TestBeam(t *testing.T) {
	const e, force = 17000.0, 100.0
	inertia, area, shear := 1e4/12, 100.0, e/2/1.3
	timoshenko := force*1e6/(3*e*inertia) + force*100/(5.0/6*shear*area)
	var tip []float64
	for _, n := range []int{2, 4, 8, 16} {
		m := &Model{Cells: [3]int{10 * n, n, n}, Size: [3]float64{10 / float64(n), 10 / float64(n), 10 / float64(n)}, Poisson: []float64{0.3}, Modulus: slices.Repeat([]float64{e}, 10*n*n*n)}
		for a := range 3 {
			m.hold(0, 0, a, 0)
		}
		m.each(0, 10*n, func(ijk [3]int, node int) {
			share := force / float64(n*n)
			for _, a := range []int{1, 2} {
				if ijk[a] == 0 || ijk[a] == n {
					share /= 2
				}
			}
			m.Loads = append(m.Loads, Load{node, 2, -share})
		})
		s := solve(t, m, 1e-9)
		u, _ := s.At(10*n, n/2, n/2)
		tip = append(tip, -u[2])
		if s.Iterations > 20 {
			t.Errorf("%d cells high: %d iterations", n, s.Iterations)
		}
	}
	// C3D8 locks in bending, so coarse meshes are far off; their errors fall with the square of the cell.
	extrapolated := tip[3] + (tip[3]-tip[2])/3
	if math.Abs(extrapolated/timoshenko-1) > 0.01 {
		t.Errorf("the deflection tends to %g mm, Timoshenko's is %g: %v", extrapolated, timoshenko, tip)
	}
	order := math.Log2((tip[2] - tip[1]) / (tip[3] - tip[2]))
	if order < 1.7 || order > 2.2 {
		t.Errorf("the order is %.2f: %v", order, tip)
	}
}

// TestBending moves both ends of a bar as pure bending does (Saint-Venant: u = κxz, v = -νκyz, w = -κ(x² + ν(z²-y²))/2, no forces on the sides, an exact solution of
// elasticity): the sides have to follow with second order, and so does the energy E·I·κ²·L/2.
func TestBending(t *testing.T) {
	const kappa, e, nu, height, long = 1e-4, 17000.0, 0.3, 10.0, 40.0
	exact := func(m *Model, ijk [3]int) [3]float64 {
		x, y, z := float64(ijk[0])*m.Size[0], float64(ijk[1])*m.Size[1]-height/2, float64(ijk[2])*m.Size[2]-height/2
		return [3]float64{kappa * x * z, -nu * kappa * y * z, -kappa * (x*x + nu*(z*z-y*y)) / 2}
	}
	var offs, energies []float64
	for _, n := range []int{4, 8, 16} {
		h := height / float64(n)
		m := &Model{Cells: [3]int{4 * n, n, n}, Size: [3]float64{h, h, h}, Poisson: []float64{nu}, Modulus: slices.Repeat([]float64{e}, 4*n*n*n)}
		for _, at := range []int{0, 4 * n} {
			m.each(0, at, func(ijk [3]int, node int) {
				for a, v := range exact(m, ijk) {
					m.Supports = append(m.Supports, Support{node, a, v})
				}
			})
		}
		s := solve(t, m, 1e-10)
		square := 0.0
		for node := range s.Nodes() {
			i, j, k := s.Node(node)
			for a, want := range exact(m, [3]int{i, j, k}) {
				off := s.Displacement[3*node+a] - want
				square += off * off
			}
		}
		offs, energies = append(offs, math.Sqrt(square/float64(s.Nodes()))), append(energies, math.Abs(s.StrainEnergy()/(e*height*height*height*height/12*kappa*kappa*long/2)-1))
	}
	for i := range 2 {
		if p, q := math.Log2(offs[i]/offs[i+1]), math.Log2(energies[i]/energies[i+1]); p < 1.8 || q < 1.8 {
			t.Errorf("orders %.2f and %.2f: displacements off by %v mm, energies by %v", p, q, offs, energies)
		}
	}
	if energies[2] > 0.005 {
		t.Errorf("the energy is off by %v", energies)
	}
}

// TestIterationsStayUnderRefinement: that is what multigrid is for.
func TestIterationsStayUnderRefinement(t *testing.T) {
	var iterations []int
	for _, n := range []int{8, 16, 32, 48} {
		m := block(n)
		m.platens(-0.1)
		iterations = append(iterations, solve(t, m, 1e-9).Iterations)
	}
	if iterations[3] > iterations[0]+3 || iterations[3] > 15 {
		t.Errorf("%v", iterations)
	}
}

// TestTheSameOnAnyNumberOfCores wants equal bits.
func TestTheSameOnAnyNumberOfCores(t *testing.T) {
	m := porous(rand.New(rand.NewPCG(5, 6)), [3]int{17, 13, 21})
	m.platens(-0.1)
	before := runtime.GOMAXPROCS(1)
	one := solve(t, m, 1e-9)
	runtime.GOMAXPROCS(4)
	four := solve(t, m, 1e-9)
	runtime.GOMAXPROCS(before)
	if !slices.Equal(one.Displacement, four.Displacement) {
		t.Error("one core and four give different bits")
	}
}

// porous is the largest part of a random sponge whose modulus varies a hundredfold.
func porous(r *rand.Rand, cells [3]int) *Model {
	m := &Model{Cells: cells, Size: [3]float64{0.8, 1, 1.2}, Poisson: []float64{0.3, 0.35}}
	for range cells[0] * cells[1] * cells[2] {
		e := 0.0
		if r.Float64() < 0.75 {
			e = 100 * math.Pow(100, r.Float64())
		}
		m.Modulus, m.Ratio = append(m.Modulus, e), append(m.Ratio, uint8(r.IntN(2)))
	}
	m.KeepLargest()
	return m
}

// TestWorkAndBalance: whatever the sponge, the supports carry the load, the energy is half the work, it is what the cells' energies add up to,
// and turning the model by its axes changes nothing. In a sponge of soft and hard cells rounding alone leaves a residual of some 4e-11, so that no less is asked.
func TestWorkAndBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(2, 9)
		cells := [3]int{size.Draw(t, "x"), size.Draw(t, "y"), size.Draw(t, "z")}
		m := porous(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)), cells)
		m.platens(0)
		m.Supports = slices.DeleteFunc(m.Supports, func(s Support) bool { return s.Node >= (cells[0]+1)*(cells[1]+1) })
		m.each(2, cells[2], func(_ [3]int, node int) { m.Loads = append(m.Loads, Load{node, 2, -1}, Load{node, 0, 0.3}) })
		s, err := Solve(context.Background(), m, Settings{Tolerance: 1e-10})
		if errors.Is(err, ErrFloating) || errors.Is(err, ErrModel) {
			return
		}
		if err != nil || !s.Converged {
			t.Fatalf("%v %+v", err, s)
		}
		var reaction, load [3]float64
		for i, v := range s.Reaction {
			reaction[i%3] += v
		}
		for _, l := range m.Loads {
			if _, solid := s.three(s.Displacement, l.Node%(cells[0]+1), l.Node/(cells[0]+1)%(cells[1]+1), l.Node/(cells[0]+1)/(cells[1]+1)); solid {
				load[l.Axis] += l.Force
			}
		}
		for a := range 3 {
			if math.Abs(reaction[a]+load[a]) > 1e-7*(1+math.Abs(load[2])) {
				t.Fatalf("supports carry %v of the load %v", reaction, load)
			}
		}
		stored := 0.0
		for _, e := range s.Fields().Energy {
			stored += float64(e) * m.Size[0] * m.Size[1] * m.Size[2]
		}
		if energy := s.StrainEnergy(); math.Abs(stored-energy) > 1e-5*energy {
			t.Fatalf("cells store %g, forces did %g", stored, energy)
		}
	})
}

// TestRefused has what cannot be computed, and the words that say why.
func TestRefused(t *testing.T) {
	held := func(m *Model) *Model { m.platens(-0.1); return m }
	rows := []struct {
		name  string
		model *Model
		sort  error
		word  string
	}{
		{"no supports", block(2), ErrFloating, "slide along x"},
		{"held along z only", func() *Model { m := block(2); m.hold(2, 0, 2, 0); return m }(), ErrFloating, "turn about z"},
		{"hinged along a line", func() *Model {
			m := block(2)
			for a := range 3 {
				m.each(0, 0, func(ijk [3]int, n int) {
					if ijk[2] == 0 {
						m.Supports = append(m.Supports, Support{n, a, 0})
					}
				})
			}
			return m
		}(), ErrFloating, "turn about y"},
		{"a floating crumb", func() *Model {
			m := block(5)
			m.Modulus = slices.Repeat([]float64{0}, 125)
			for k := range 5 {
				m.Modulus[25*k] = 1000
			}
			m.Modulus[4+5*4+25*2] = 1000
			return held(m)
		}(), ErrFloating, "1 of 2 parts (1 cells)"},
		{"two cells that share an edge", func() *Model {
			m := block(2)
			m.Modulus = []float64{1, 0, 0, 0, 0, 1, 0, 0}
			for a := range 3 {
				m.hold(2, 0, a, 0)
			}
			return m
		}(), ErrFloating, "turn about y"},
		{"no stiffness anywhere", held(&Model{Cells: [3]int{2, 2, 2}, Size: [3]float64{1, 1, 1}, Modulus: make([]float64, 8), Poisson: []float64{0.3}}), ErrModel, "no cell has any stiffness"},
		{"modulus not a number", func() *Model { m := held(block(2)); m.Modulus[5] = math.NaN(); return m }(), ErrModel, "cell (1, 0, 1) is NaN"},
		{"modulus below zero", func() *Model { m := held(block(2)); m.Modulus[0] = -1; return m }(), ErrModel, "-1 MPa"},
		{"incompressible", func() *Model { m := held(block(2)); m.Poisson[0] = 0.5; return m }(), ErrModel, "Poisson"},
		{"load not a number", func() *Model { m := held(block(2)); m.Loads = []Load{{0, 0, math.Inf(1)}}; return m }(), ErrModel, "load"},
		{"support outside", func() *Model { m := held(block(2)); m.Supports[0].Node = 27; return m }(), ErrModel, "support of node 27"},
		{"supports that contradict", func() *Model { m := held(block(2)); m.hold(2, 0, 2, 1); return m }(), ErrModel, "held at"},
		{"too many moduli", func() *Model { m := held(block(2)); m.Modulus = append(m.Modulus, 1); return m }(), ErrModel, "9 moduli"},
		{"a cell without size", func() *Model { m := held(block(2)); m.Size[1] = 0; return m }(), ErrModel, "mm"},
		{"larger than memory", &Model{Cells: [3]int{4000, 4000, 4000}, Size: [3]float64{1, 1, 1}, Poisson: []float64{0.3}}, ErrModel, "limit"},
	}
	for _, r := range rows {
		_, err := Solve(context.Background(), r.model, Settings{})
		if !errors.Is(err, r.sort) || !strings.Contains(err.Error(), r.word) {
			t.Errorf("%s: %v, want %v with %q", r.name, err, r.sort, r.word)
		}
	}
}

// TestNotConverging wants the fact, not an error.
func TestNotConverging(t *testing.T) {
	m := block(12)
	m.platens(-0.1)
	s, err := Solve(context.Background(), m, Settings{Tolerance: 1e-12, Iterations: 2})
	if err != nil || s.Converged || s.Reason == "" || s.Residual < 1e-12 {
		t.Errorf("%v %+v", err, s.Convergence)
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if _, err := Solve(ended, m, Settings{}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}
