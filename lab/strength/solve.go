package strength

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// Settings of a solution; the zero value means 1e-9, 500 iterations and nobody told.
type Settings struct {
	Tolerance  float64 // the residual to reach, relative to that without any displacement
	Iterations int     // at most
	Progress   func(iteration int, residual float64)
}

// Convergence says how the equations were solved. It belongs beside every result.
type Convergence struct {
	Converged  bool
	Reason     string // why not
	Iterations int
	Residual   float64 // ‖f - A·u‖ relative to that without any displacement, computed anew from u at the end
	Tolerance  float64
	Residuals  []float64 // after each iteration
	Unknowns   int
	Meshes     int // of the multigrid
}

// Solution is the displaced model.
type Solution struct {
	Model *Model
	Convergence
	Displacement []float64 // of each solid node, three components, mm
	Reaction     []float64 // force of the supports on each solid node, N; what is left of the equations elsewhere
	fine         *fine
}

// solver holds the vectors of the conjugate gradients.
type solver struct {
	f          *fine
	g          *multigrid
	u, r, p, z []float64
}

// Solve finds the displacements of the model: conjugate gradients preconditioned by one multigrid cycle, in float64 throughout.
//
// Not converging is a fact in the solution, not an error. It returns ErrModel for impossible input, ErrFloating for parts that can move without being
// deformed, and the context's error when it ends; nothing of an unfinished solution is kept.
func Solve(ctx context.Context, m *Model, o Settings) (*Solution, error) {
	if o.Tolerance == 0 {
		o.Tolerance = 1e-9
	}
	if o.Iterations == 0 {
		o.Iterations = 500
	}
	if !(o.Tolerance > 0 && o.Tolerance < 1) || o.Iterations < 1 {
		return nil, fmt.Errorf("%w: a tolerance of %g in %d iterations", ErrModel, o.Tolerance, o.Iterations)
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	f := newFine(m)
	u := make([]float64, 3*f.nodes())
	if err := f.support(m, u); err != nil {
		return nil, err
	}
	if err := f.checkHeld(m); err != nil {
		return nil, err
	}
	s := &solver{f: f, u: u, r: make([]float64, len(u))}
	out := &Solution{Model: m, fine: f, Displacement: u, Convergence: Convergence{Tolerance: o.Tolerance, Unknowns: len(u) - len(f.fixed)}}
	start := s.residual(m)
	if start > 0 {
		s.g = newMultigrid(f, m.Size, m.Poisson)
		out.Meshes = len(s.g.levels)
		s.p, s.z = make([]float64, len(u)), make([]float64, len(u))
		if err := s.settle(ctx, m, start, o, &out.Convergence); err != nil {
			return nil, err
		}
	}
	s.p, s.z, s.g = nil, nil, nil
	out.finish(s, start)
	return out, nil
}

func newFine(m *Model) *fine {
	f := &fine{mesh: newMesh(m.Cells, func(cell int) bool { return m.Modulus[cell] > 0 })}
	f.modulus = make([]float64, 0, f.cells)
	for cell, e := range m.Modulus {
		if e > 0 {
			f.modulus = append(f.modulus, e)
			if len(m.Poisson) > 1 && m.Ratio != nil {
				f.ratio = append(f.ratio, m.Ratio[cell])
			}
		}
	}
	for _, p := range m.Poisson {
		k := stiffness(m.Size, p)
		f.modes = append(f.modes, modesOf(&k))
	}
	return f
}

// support marks what is held and puts its displacement into u. Supports of empty places are passed over; two that contradict each other are an error.
func (f *fine) support(m *Model, u []float64) error {
	value := make(map[int32]float64, len(m.Supports))
	for _, s := range m.Supports {
		n := f.index[s.Node]
		if n < 0 {
			continue
		}
		d := 3*n + int32(s.Axis)
		if old, twice := value[d]; twice && old != s.Value {
			i, j, k := f.ijk(int(n))
			return fmt.Errorf("%w: node (%d, %d, %d) is held at %g and at %g mm along axis %d", ErrModel, i, j, k, old, s.Value, s.Axis)
		}
		value[d] = s.Value
	}
	f.fixed = make([]int32, 0, len(value))
	for d, v := range value {
		f.fixed = append(f.fixed, d)
		u[d] = v
	}
	slices.Sort(f.fixed)
	return nil
}

// residual sets r to the loads less A·u where nothing is held, and returns its length.
func (s *solver) residual(m *Model) float64 {
	s.f.multiply(s.r, s.u)
	chunks(len(s.r), func(from, to int) {
		for i := from; i < to; i++ {
			s.r[i] = -s.r[i]
		}
	})
	for _, l := range m.Loads {
		if n := s.f.index[l.Node]; n >= 0 {
			s.r[3*int(n)+l.Axis] += l.Force
		}
	}
	s.f.release(s.r)
	return length(s.r)
}

// settle iterates until the residual computed anew is small, too: the one that the iteration carries along drifts away from it by rounding, and where that shows the
// iteration begins again from what was reached.
func (s *solver) settle(ctx context.Context, m *Model, start float64, o Settings, c *Convergence) error {
	for range 4 {
		if err := s.iterate(ctx, start, o, c); err != nil || c.Reason != "" {
			return err
		}
		if s.residual(m)/start <= o.Tolerance {
			return nil
		}
	}
	return nil
}

// iterate runs the preconditioned conjugate gradients.
func (s *solver) iterate(ctx context.Context, start float64, o Settings, c *Convergence) error {
	q := s.g.levels[0].t // the cycle's own vector is free between cycles
	rz := 0.0
	best, since := math.Inf(1), 0
	for c.Iterations < o.Iterations {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.g.cycle(s.z, s.r)
		next := dot(s.r, s.z)
		if !(next > 0) {
			c.Reason = "the preconditioner is not positive: a part of the model may be a mechanism (cells that touch only along an edge)"
			return nil
		}
		s.turn(next, rz)
		rz = next
		s.f.apply(q, s.p)
		curvature := dot(s.p, q)
		if !(curvature > 0) {
			c.Reason = "the stiffness is not positive: a part of the model may be a mechanism (cells that touch only along an edge)"
			return nil
		}
		residual := s.advance(rz/curvature, q) / start
		c.Iterations++
		c.Residuals = append(c.Residuals, residual)
		if o.Progress != nil {
			o.Progress(c.Iterations, residual)
		}
		if residual <= o.Tolerance {
			return nil
		}
		if since++; residual < 0.5*best {
			best, since = residual, 0
		}
		if since > 60 {
			c.Reason = fmt.Sprintf("60 iterations did not halve the residual of %.1e", best)
			return nil
		}
	}
	c.Reason = fmt.Sprintf("%d iterations were not enough", o.Iterations)
	return nil
}

// turn sets the direction p to z plus its share of the last one.
func (s *solver) turn(rz, before float64) {
	keep := 0.0
	if before > 0 {
		keep = rz / before
	}
	chunks(len(s.p), func(from, to int) {
		p, z := s.p[from:to], s.z[from:to]
		for i := range p {
			p[i] = z[i] + keep*p[i]
		}
	})
}

// advance goes a step along p and returns the length of the residual.
func (s *solver) advance(alpha float64, q []float64) float64 {
	return math.Sqrt(sum(len(s.u), func(from, to int) float64 {
		u, r, p, q := s.u[from:to], s.r[from:to], s.p[from:to], q[from:to]
		total := 0.0
		for i := range u {
			u[i] += alpha * p[i]
			v := r[i] - alpha*q[i]
			r[i] = v
			total += v * v
		}
		return total
	}))
}

// finish computes the residual anew and the reactions. It says that a solution converged only if the true residual is what the iteration believed.
func (out *Solution) finish(s *solver, start float64) {
	out.Residual = 0
	if start > 0 {
		out.Residual = s.residual(out.Model) / start
	}
	out.Converged = out.Reason == "" && out.Residual <= 2*out.Tolerance
	if out.Reason == "" && !out.Converged {
		out.Reason = fmt.Sprintf("rounding: the residual is %.1e, not the %.1e that the iteration ended with", out.Residual, out.Residuals[len(out.Residuals)-1])
	}
	out.Reaction = s.r
	s.f.multiply(out.Reaction, out.Displacement)
	for _, l := range out.Model.Loads {
		if n := s.f.index[l.Node]; n >= 0 {
			out.Reaction[3*int(n)+l.Axis] -= l.Force
		}
	}
}
