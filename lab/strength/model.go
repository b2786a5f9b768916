package strength

import (
	"errors"
	"fmt"
	"math"
)

// Model is a piece of bone with or without an implant: cells of material on a lattice, supports and loads.
//
// Node (i, j, k) of the lattice is at (i·Size[0], j·Size[1], k·Size[2]) mm and has the number i + (Cells[0]+1)·(j + (Cells[1]+1)·k); cells count the same way
// without the +1. Where the lattice lies in the patient is the caller's knowledge.
type Model struct {
	Cells    [3]int
	Size     [3]float64 // of a cell, mm
	Modulus  []float64  // Young's modulus of each cell, MPa; 0 where there is nothing
	Poisson  []float64  // Poisson's ratios that occur, each ≥ 0 and < 0.5
	Ratio    []uint8    // of each cell: which of Poisson; nil when there is only one
	Supports []Support
	Loads    []Load
}

// Support holds one component of one node at a displacement, in mm: 0 for a fixed one.
type Support struct {
	Node  int // number in the lattice
	Axis  int // 0 x, 1 y, 2 z
	Value float64
}

// Load is a force on one component of one node, in N. Loads at one node add up.
type Load struct {
	Node  int
	Axis  int
	Force float64
}

// The sorts of error that a caller may decide on.
var (
	// ErrModel is returned for a model that says something impossible: sizes, moduli and numbers that are none.
	ErrModel = errors.New("the model is impossible")
	// ErrFloating is returned when a part of the model can move without being deformed: unsupported, or held at too few places.
	ErrFloating = errors.New("a part of the model is not held")
)

// largest is the greatest number of lattice nodes: what 32 bits count, times three components, with room to spare.
const largest = 500_000_000

// check says what is impossible in the model.
func (m *Model) check() error {
	cells := 1.0
	for a := range 3 {
		if m.Cells[a] < 1 {
			return fmt.Errorf("%w: %d × %d × %d cells", ErrModel, m.Cells[0], m.Cells[1], m.Cells[2])
		}
		if !(m.Size[a] > 1e-6 && m.Size[a] < 1e6) { // a nanometer to a kilometer: beyond, squares and cubes of it lose their digits
			return fmt.Errorf("%w: a cell of %g × %g × %g mm", ErrModel, m.Size[0], m.Size[1], m.Size[2])
		}
		cells *= float64(m.Cells[a] + 1)
	}
	if cells > largest {
		return fmt.Errorf("%w: %.0f million nodes; the limit is %d million. Take a smaller block or larger cells", ErrModel, cells/1e6, largest/1_000_000)
	}
	if want := m.Cells[0] * m.Cells[1] * m.Cells[2]; len(m.Modulus) != want || m.Ratio != nil && len(m.Ratio) != want {
		return fmt.Errorf("%w: %d moduli and %d ratios for %d cells", ErrModel, len(m.Modulus), len(m.Ratio), want)
	}
	if err := m.checkMaterial(); err != nil {
		return err
	}
	return m.checkEdges()
}

func (m *Model) checkMaterial() error {
	if len(m.Poisson) == 0 || len(m.Poisson) > 256 {
		return fmt.Errorf("%w: %d Poisson's ratios", ErrModel, len(m.Poisson))
	}
	for _, p := range m.Poisson {
		if !(p >= 0 && p < 0.4999) {
			return fmt.Errorf("%w: a Poisson's ratio of %g; it has to be at least 0 and below 0.5", ErrModel, p)
		}
	}
	solid := 0
	for cell, e := range m.Modulus {
		if !(e >= 0) || math.IsInf(e, 0) {
			i, j, k := cell%m.Cells[0], cell/m.Cells[0]%m.Cells[1], cell/m.Cells[0]/m.Cells[1]
			return fmt.Errorf("%w: the modulus of cell (%d, %d, %d) is %g MPa", ErrModel, i, j, k, e)
		}
		if m.Ratio != nil && int(m.Ratio[cell]) >= len(m.Poisson) {
			return fmt.Errorf("%w: cell %d has the Poisson's ratio number %d of %d", ErrModel, cell, m.Ratio[cell], len(m.Poisson))
		}
		if e > 0 {
			solid++
		}
	}
	if solid == 0 {
		return fmt.Errorf("%w: no cell has any stiffness", ErrModel)
	}
	return nil
}

func (m *Model) checkEdges() error {
	nodes := (m.Cells[0] + 1) * (m.Cells[1] + 1) * (m.Cells[2] + 1)
	for _, s := range m.Supports {
		if s.Node < 0 || s.Node >= nodes || s.Axis < 0 || s.Axis > 2 || math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
			return fmt.Errorf("%w: a support of node %d, axis %d, by %g mm", ErrModel, s.Node, s.Axis, s.Value)
		}
	}
	for _, l := range m.Loads {
		if l.Node < 0 || l.Node >= nodes || l.Axis < 0 || l.Axis > 2 || math.IsNaN(l.Force) || math.IsInf(l.Force, 0) {
			return fmt.Errorf("%w: a load on node %d, axis %d, of %g N", ErrModel, l.Node, l.Axis, l.Force)
		}
	}
	return nil
}
