package align

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"consilium/lab/parallel"
	"consilium/lab/space"
)

// SurfaceSettings steer [Surface.Fit]; the zero value is good.
type SurfaceSettings struct {
	Iterations int     // at most; 0 means 100
	Outliers   bool    // false: every point counts the same; true: points far from the surface count less and at last not at all (Tukey's loss)
	Restarts   int     // more fits from disturbed starts, to see whether they end in the same place
	Turn       float64 // by how much starts are disturbed: radians; 0 means 0.09 (5 degrees)
	Shift      float64 // and mm; 0 means 5
}

// SurfaceFit is a registration of points to a surface.
type SurfaceFit struct {
	Fit
	Converged  bool
	Iterations int
	Residual   float64   // root mean square of the distances that count, mm
	Distances  []float64 // of each point from the surface, mm
	Rejected   int       // points that count no more
	Agreeing   int       // restarts that ended within 0.5 mm and 0.5 degrees of the answer
	Restarts   int
}

// Fit finds the motion that brings points (touched with a pointer, say) onto the surface, from a start that is roughly right: within some 25 degrees and 20 mm on a
// bone that is not too round.
//
// Each step finds every point's nearest place and moves all points together along the directions to the surface (Gauss-Newton on the distances, damped), which
// converges in a few steps where moving onto the nearest places takes a hundred. Where the surface lets the points slide (a plane, a ball, a shaft)
// the answer is ErrUndetermined. Sources: Besl and McKay, IEEE PAMI 14 (1992) 239-256; Chen and Medioni, Image and Vision Computing 10 (1992) 145-155.
func (s *Surface) Fit(ctx context.Context, points []space.Vec, start space.Pose, o SurfaceSettings) (SurfaceFit, error) {
	if len(points) < 6 {
		return SurfaceFit{}, fmt.Errorf("%w: %d points on a surface, at least 6 are needed", ErrUndetermined, len(points))
	}
	for i, p := range points {
		if !p.Placed() {
			return SurfaceFit{}, fmt.Errorf("point %d: %w", i+1, ErrNotANumber)
		}
	}
	if !start.Rigid() {
		return SurfaceFit{}, fmt.Errorf("the start is no rigid motion")
	}
	if o.Iterations == 0 {
		o.Iterations = 100
	}
	best, err := s.fitFrom(ctx, points, start, o)
	if err != nil {
		return SurfaceFit{}, err
	}
	if err := s.restart(ctx, points, start, o, &best); err != nil {
		return SurfaceFit{}, err
	}
	best.warn()
	return best, nil
}

// contact is what one point's nearest place says.
type contact struct {
	triangle int32
	away     float64   // mm
	along    space.Vec // the direction in which away grows
	at       space.Vec // the point, moved
	weight   float64
}

// icp is one fit under way.
type icp struct {
	s        *Surface
	points   []space.Vec
	contacts []contact
	center   space.Vec // of the points, moved
	outliers bool
}

func (s *Surface) fitFrom(ctx context.Context, points []space.Vec, start space.Pose, o SurfaceSettings) (SurfaceFit, error) {
	f := icp{s: s, points: points, contacts: make([]contact, len(points)), outliers: o.Outliers}
	for i := range f.contacts {
		f.contacts[i].triangle = -1
	}
	out := SurfaceFit{Fit: Fit{Motion: Motion{start}}}
	cost := f.touch(out.Motion)
	damping := 1e-3
	for out.Iterations < o.Iterations && !out.Converged {
		if err := ctx.Err(); err != nil {
			return SurfaceFit{}, err
		}
		out.Iterations++
		w, t, err := f.step(damping)
		if err != nil {
			return SurfaceFit{}, err
		}
		next := small(w, f.center, t).after(out.Motion)
		before := slices.Clone(f.contacts)
		moved := f.touch(next)
		if moved > cost*(1+1e-12) && damping < 1e6 {
			f.contacts, damping = before, damping*10
			f.recenter()
			continue
		}
		// The step is small against what the points can tell: a hundredth of a micrometer.
		out.Converged = w.Norm()*f.radius()+t.Norm() < 1e-5 || cost-moved < 1e-10*cost
		out.Motion, cost, damping = next, moved, max(damping/10, 1e-9)
	}
	return out, f.finish(&out)
}

// touch moves the points, finds their nearest places and weighs them. It returns the mean loss.
func (f *icp) touch(m Motion) float64 {
	parallel.Blocks(len(f.points), 64, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			c := &f.contacts[i]
			find := finder{s: f.s, p: m.Apply(f.points[i]), best: math.Inf(1)}
			if c.triangle >= 0 {
				find.from(c.triangle)
			}
			find.search(len(f.s.size)-1, [3]int{})
			*c = contact{triangle: find.triangle, at: find.p, away: math.Sqrt(find.best), weight: 1}
			if c.along = find.p.Sub(find.at).Scale(1 / c.away); c.away < 1e-7 {
				c.along = normal(&f.s.triangles[find.triangle])
			}
		}
	})
	f.recenter()
	return f.weigh()
}

func (f *icp) recenter() {
	f.center = space.Vec{}
	for i := range f.contacts {
		f.center = f.center.Add(f.contacts[i].at.Scale(1 / float64(len(f.contacts))))
	}
}

// radius is the points' root-mean-square distance from their center.
func (f *icp) radius() float64 {
	sum := 0.0
	for i := range f.contacts {
		d := f.contacts[i].at.Sub(f.center)
		sum += d.Dot(d)
	}
	return math.Sqrt(sum / float64(len(f.contacts)))
}

func normal(t *[9]float32) space.Vec {
	a := vec(t[:3])
	return vec(t[3:6]).Sub(a).Cross(vec(t[6:]).Sub(a)).Unit()
}

// weigh sets the weights by Tukey's loss with a scale from the median distance, and returns the mean loss. While the points are far off nothing is rejected that
// half of them are like.
func (f *icp) weigh() float64 {
	total, n := 0.0, float64(len(f.contacts))
	if !f.outliers {
		for i := range f.contacts {
			total += f.contacts[i].away * f.contacts[i].away / n
		}
		return total
	}
	limit := 4.685 * max(f.scale(), 1e-3)
	for i := range f.contacts {
		c := &f.contacts[i]
		u := c.away / limit
		if c.weight = 0; u < 1 {
			c.weight = (1 - u*u) * (1 - u*u)
		}
		total += limit * limit / 3 * (1 - math.Pow(max(0, 1-u*u), 3)) / n
	}
	return total
}

// scale is a standard deviation of the distances that outliers do not move: the median over 0.6745.
func (f *icp) scale() float64 {
	d := make([]float64, len(f.contacts))
	for i := range f.contacts {
		d[i] = f.contacts[i].away
	}
	slices.Sort(d)
	return d[len(d)/2] / 0.6745
}

// normalEquations are JᵀWJ and JᵀWr of the distances, for a rotation about the center and a shift.
func (f *icp) normalEquations() (a [6][6]float64, b [6]float64) {
	for i := range f.contacts {
		c := &f.contacts[i]
		turn := c.at.Sub(f.center).Cross(c.along)
		j := [6]float64{turn[0], turn[1], turn[2], c.along[0], c.along[1], c.along[2]}
		for r := range 6 {
			b[r] += c.weight * j[r] * c.away
			for s := range 6 {
				a[r][s] += c.weight * j[r] * j[s]
			}
		}
	}
	return a, b
}

// step is the damped Gauss-Newton step.
func (f *icp) step(damping float64) (w, t space.Vec, err error) {
	a, b := f.normalEquations()
	m := mat.NewSymDense(6, nil)
	for r := range 6 {
		for s := r; s < 6; s++ {
			m.SetSym(r, s, a[r][s])
		}
		m.SetSym(r, r, a[r][r]*(1+damping)+1e-300)
	}
	var c mat.Cholesky
	if !c.Factorize(m) {
		return w, t, fmt.Errorf("%w: the points can slide along the surface", ErrUndetermined)
	}
	var x mat.VecDense
	if err := c.SolveVecTo(&x, mat.NewVecDense(6, b[:])); err != nil {
		return w, t, fmt.Errorf("%w: the points can slide along the surface", ErrUndetermined)
	}
	for i := range 3 {
		w[i], t[i] = -x.AtVec(i), -x.AtVec(3+i)
	}
	return w, t, nil
}

// finish computes residuals and the covariance, and refuses a motion that the surface leaves open.
func (f *icp) finish(out *SurfaceFit) error {
	sum, weight := 0.0, 0.0
	out.Distances = make([]float64, len(f.contacts))
	for i, c := range f.contacts {
		out.Distances[i] = c.away
		sum += c.weight * c.away * c.away
		weight += c.weight
		if c.weight == 0 {
			out.Rejected++
		}
	}
	out.Center = f.center
	if weight <= 6 {
		return fmt.Errorf("%w: %d of %d points are too far from the surface to count", ErrUndetermined, out.Rejected, len(f.contacts))
	}
	out.Residual = math.Sqrt(sum / weight)
	out.Sigma = math.Sqrt(sum / (weight - 6))
	a, _ := f.normalEquations()
	radius := f.radius()
	m := mat.NewSymDense(6, nil)
	for r := range 6 {
		for s := r; s < 6; s++ {
			scale := 1.0
			if r < 3 {
				scale /= radius
			}
			if s < 3 {
				scale /= radius
			}
			m.SetSym(r, s, a[r][s]*scale)
		}
	}
	var e mat.EigenSym
	if radius == 0 || !e.Factorize(m, true) {
		return fmt.Errorf("%w: all points are in one place", ErrUndetermined)
	}
	values := e.Values(nil)
	if values[0] < 1e-4*values[5] {
		return fmt.Errorf("%w: the points can %s along the surface", ErrUndetermined, freedom(&e))
	}
	for r := range 6 {
		for s := range 6 {
			out.Covariance[r][s] = out.Sigma * out.Sigma * inverseAt(&e, values, r, s) * unscale(r, radius) * unscale(s, radius)
		}
	}
	return nil
}

func unscale(i int, radius float64) float64 {
	if i < 3 {
		return 1 / radius
	}
	return 1
}

// inverseAt is an entry of the inverse, from the eigenvalues and eigenvectors.
func inverseAt(e *mat.EigenSym, values []float64, r, s int) float64 {
	var v mat.Dense
	e.VectorsTo(&v)
	sum := 0.0
	for k, value := range values {
		sum += v.At(r, k) * v.At(s, k) / value
	}
	return sum
}

// freedom names the motion that is determined least.
func freedom(e *mat.EigenSym) string {
	var v mat.Dense
	e.VectorsTo(&v)
	turn := 0.0
	for i := range 3 {
		turn += v.At(i, 0) * v.At(i, 0)
	}
	if turn > 0.5 {
		return "turn"
	}
	return "slide"
}

// restart fits again from disturbed starts. One that ends better is taken instead, and the others are counted against it.
func (s *Surface) restart(ctx context.Context, points []space.Vec, start space.Pose, o SurfaceSettings, best *SurfaceFit) error {
	r := rand.New(rand.NewPCG(29, 31))
	turn, shift := o.Turn, o.Shift
	if turn == 0 {
		turn = 0.09
	}
	if shift == 0 {
		shift = 5
	}
	ends := []SurfaceFit{*best}
	for range o.Restarts {
		w := space.Vec{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}.Unit().Scale(turn)
		t := space.Vec{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}.Unit().Scale(shift)
		center := space.Vec{}
		for _, p := range points {
			center = center.Add(start.Apply(p).Scale(1 / float64(len(points))))
		}
		end, err := s.fitFrom(ctx, points, small(w, center, t).after(Motion{start}).Pose, o)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			continue // a start that leads nowhere agrees with nothing
		}
		ends = append(ends, end)
		if end.Residual < best.Residual && end.Rejected <= best.Rejected {
			*best = end
		}
	}
	best.Restarts, best.Agreeing = o.Restarts, -1 // the answer agrees with itself
	for _, end := range ends {
		off := end.after(Motion{best.Inverse()})
		if off.Angle() < 0.5*math.Pi/180 && off.Apply(best.Center).Sub(best.Center).Norm() < 0.5 {
			best.Agreeing++
		}
	}
	return nil
}

func (f *SurfaceFit) warn() {
	say := f.Warnings.Say
	if !f.Converged {
		say("iterations", map[string]any{"steps": f.Iterations})
	}
	if f.Rejected*5 > len(f.Distances) {
		say("rejected", map[string]any{"far": f.Rejected, "all": len(f.Distances)})
	}
	if f.Restarts > 0 && f.Agreeing*2 < f.Restarts {
		say("starts", map[string]any{"same": f.Agreeing, "all": f.Restarts})
	}
	if turn := f.worstTurn() * 180 / math.Pi; turn > 1 {
		say("loose-turn", map[string]any{"degrees": digits(turn)})
	}
}
