package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"consilium/lab/strength"
)

// figures are what a child prints.
type figures struct {
	Cells, Unknowns, Iterations, Meshes int
	Residual, Seconds                   float64 // of the solution alone
	Reaction                            float64 // of the moved end along z, N
	Norm                                float64 // of all displacements, mm
}

// caseModel is a case by its name, of a run in dir: clampN is a cube of N³ elements between rough platens, boneF the block of the skull with each voxel divided into F³ elements.
func caseModel(dir, name string) (*strength.Model, error) {
	kind := strings.TrimRight(name, "0123456789")
	n, err := strconv.Atoi(name[len(kind):])
	if err != nil || n < 1 {
		return nil, fmt.Errorf("a case %q is not known", name)
	}
	var m *strength.Model
	switch kind {
	case "clamp":
		h := 10 / float64(n)
		m = &strength.Model{Cells: [3]int{n, n, n}, Size: [3]float64{h, h, h}, Poisson: []float64{0.3}, Modulus: slices.Repeat([]float64{1000}, n*n*n)}
	case "bone":
		if m, err = skullBlock(filepath.Join(dir, blockFile)); err != nil {
			return nil, err
		}
		m = divide(m, n)
	default:
		return nil, fmt.Errorf("a case %q is not known", name)
	}
	platens(m)
	return m, nil
}

// divide makes f³ cells of every cell.
func divide(m *strength.Model, f int) *strength.Model {
	out := &strength.Model{Poisson: m.Poisson}
	for a := range 3 {
		out.Cells[a], out.Size[a] = m.Cells[a]*f, m.Size[a]/float64(f)
	}
	for k := range out.Cells[2] {
		for j := range out.Cells[1] {
			row := m.Cells[0] * (j/f + m.Cells[1]*(k/f))
			for i := range out.Cells[0] {
				out.Modulus = append(out.Modulus, m.Modulus[row+i/f])
			}
		}
	}
	return out
}

// platens holds the bottom, and the top moved down by 1 % of the height.
func platens(m *strength.Model) {
	layer := (m.Cells[0] + 1) * (m.Cells[1] + 1)
	for n := range layer {
		top := n + layer*m.Cells[2]
		for a := range 3 {
			m.Supports = append(m.Supports, strength.Support{Node: n, Axis: a})
		}
		m.Supports = append(m.Supports, strength.Support{Node: top, Axis: 0}, strength.Support{Node: top, Axis: 1},
			strength.Support{Node: top, Axis: 2, Value: -0.01 * m.Size[2] * float64(m.Cells[2])})
	}
}

// solveOnce is the child: it solves a case to a residual of 1e-9 and prints figures.
func solveOnce(ctx context.Context, name string) error {
	debug.SetGCPercent(20) // little garbage is made; the inputs need not be held twice
	m, err := caseModel(".", name)
	if err != nil {
		return err
	}
	start := time.Now()
	s, err := strength.Solve(ctx, m, strength.Settings{})
	if err != nil {
		return err
	}
	if !s.Converged {
		return fmt.Errorf("%s did not converge: %s", name, s.Reason)
	}
	f := figures{s.Cells(), s.Unknowns, s.Iterations, s.Meshes, s.Residual, time.Since(start).Seconds(), 0, 0}
	for j := range m.Cells[1] + 1 {
		for i := range m.Cells[0] + 1 {
			r, _ := s.ReactionAt(i, j, m.Cells[2])
			f.Reaction += r[2]
		}
	}
	for _, u := range s.Displacement {
		f.Norm += u * u
	}
	f.Norm = math.Sqrt(f.Norm)
	return json.NewEncoder(os.Stdout).Encode(f)
}
