package plan

import (
	"fmt"
	"math"

	"consilium/lab/space"

	"gonum.org/v1/gonum/mat"
)

// Fit is how well points lie on what was fitted to them.
type Fit struct {
	RMS float64 `json:"rms_mm"`
	Max float64 `json:"max_mm"`
}

func fitOf(errors []float64) (f Fit) {
	for _, e := range errors {
		f.RMS += e * e / float64(len(errors))
		f.Max = max(f.Max, math.Abs(e))
	}
	f.RMS = math.Sqrt(f.RMS)
	return f
}

// spread is the center of points and the directions in which they spread, the widest first, with their standard deviations.
func spread(points []space.Vec) (center space.Vec, axes [3]space.Vec, deviation [3]float64) {
	for _, p := range points {
		center = center.Add(p.Scale(1 / float64(len(points))))
	}
	s := mat.NewSymDense(3, nil)
	for _, p := range points {
		d := p.Sub(center)
		for r := range 3 {
			for c := r; c < 3; c++ {
				s.SetSym(r, c, s.At(r, c)+d[r]*d[c]/float64(len(points)))
			}
		}
	}
	var e mat.EigenSym
	if !e.Factorize(s, true) {
		return center, axes, deviation
	}
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	values := e.Values(nil)
	for n := range 3 { // gonum's are ascending
		axes[n] = space.Vec{vectors.At(0, 2-n), vectors.At(1, 2-n), vectors.At(2, 2-n)}
		deviation[n] = math.Sqrt(max(0, values[2-n]))
	}
	return center, axes, deviation
}

// FitPlane is the plane with the least squares of distances from at least three points that are not on a line.
func FitPlane(points []space.Vec) (Plane, Fit, error) {
	if len(points) < 3 {
		return Plane{}, Fit{}, fmt.Errorf("%w: a plane through %d points", ErrShape, len(points))
	}
	center, axes, deviation := spread(points)
	if !(deviation[1] > 1e-6*deviation[0]) || !center.Finite() {
		return Plane{}, Fit{}, fmt.Errorf("%w: a plane through points on one line", ErrShape)
	}
	p := Plane{center, axes[2]}
	var errors []float64
	for _, v := range points {
		errors = append(errors, p.Height(v))
	}
	return p, fitOf(errors), nil
}

// FitLine is the line with the least squares of distances from at least two points: a long bone's axis from points along its canal.
func FitLine(points []space.Vec) (point, direction space.Vec, fit Fit, err error) {
	if len(points) < 2 {
		return point, direction, fit, fmt.Errorf("%w: a line through %d points", ErrShape, len(points))
	}
	center, axes, deviation := spread(points)
	if !(deviation[0] > 0) || !center.Finite() {
		return point, direction, fit, fmt.Errorf("%w: a line through one place", ErrShape)
	}
	var errors []float64
	for _, v := range points {
		d := v.Sub(center)
		errors = append(errors, d.Sub(axes[0].Scale(d.Dot(axes[0]))).Norm())
	}
	return center, axes[0], fitOf(errors), nil
}

// FitSphere is the sphere nearest to at least four points that are not in a plane: a femoral head from points on its surface. It begins with the algebraic solution, and then takes the squares of the
// distances themselves down (Gauss and Newton), without which a small part of a head gives too small a ball.
func FitSphere(points []space.Vec) (center space.Vec, radius float64, fit Fit, err error) {
	if len(points) < 4 {
		return center, 0, fit, fmt.Errorf("%w: a sphere through %d points", ErrShape, len(points))
	}
	middle, _, deviation := spread(points)
	if !(deviation[2] > 1e-6*deviation[0]) || !middle.Finite() {
		return center, 0, fit, fmt.Errorf("%w: a sphere through points in one plane", ErrShape)
	}
	a, b := mat.NewDense(len(points), 4, nil), mat.NewVecDense(len(points), nil)
	for i, p := range points {
		d := p.Sub(middle)
		a.SetRow(i, []float64{2 * d[0], 2 * d[1], 2 * d[2], 1})
		b.SetVec(i, d.Dot(d))
	}
	var x mat.VecDense
	if err := x.SolveVec(a, b); err != nil {
		return center, 0, fit, fmt.Errorf("%w: %w", ErrShape, err)
	}
	center = space.Vec{x.AtVec(0), x.AtVec(1), x.AtVec(2)}
	radius = math.Sqrt(max(0, x.AtVec(3)+center.Dot(center)))
	for range 20 {
		for i, p := range points {
			d := p.Sub(middle).Sub(center)
			u := d.Unit()
			a.SetRow(i, []float64{u[0], u[1], u[2], 1})
			b.SetVec(i, d.Norm()-radius)
		}
		if err := x.SolveVec(a, b); err != nil {
			break
		}
		center = center.Add(space.Vec{x.AtVec(0), x.AtVec(1), x.AtVec(2)})
		radius += x.AtVec(3)
	}
	center = center.Add(middle)
	var errors []float64
	for _, p := range points {
		errors = append(errors, p.Sub(center).Norm()-radius)
	}
	return center, radius, fitOf(errors), nil
}
