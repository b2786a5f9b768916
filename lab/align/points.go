package align

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"consilium/lab/space"
)

// ErrUndetermined is returned when many motions fit equally well: fewer than three pairs, or all of them on one line.
var ErrUndetermined = errors.New("the rotation is undetermined")

// ErrNotANumber is returned when a coordinate or a weight is not a finite number.
var ErrNotANumber = errors.New("not a number, or of a point more than a hundred meters away")

// onOneLine is the ratio of the second to the first spread of the fiducials below which they count as lying on one line: a tenth of a
// millimeter on a meter, less than anybody localizes a fiducial.
const onOneLine = 1e-4

// PointsFit is a registration of paired points.
type PointsFit struct {
	Fit
	Residuals []float64 // |R·source + t - measured| of each pair, mm
	FRE       float64   // root of the (weighted) mean of the squared residuals, mm
	Expected  float64   // the FRE to expect from the localization error: √(1-2/N)·FLE; 0 when that error was estimated from this very fit
	Spread    space.Vec // the fiducials' root-mean-square extent along their own three axes, longest first, mm
	Swap      []int     // indices of two pairs that, exchanged, would explain most of the error; nil when there are none
}

// Points finds the rotation and the shift that carry source onto measured with the least (weighted) sum of squares: measured ≈ R·source + T.
//
// weights may be nil; otherwise it holds one number ≥ 0 for each pair, at least three of them above zero. sigma is the standard deviation of a
// fiducial's localization along one axis, in mm (FLE = √3·sigma); when it is 0 it is estimated from the residuals, which is what one set can say:
// a small FRE does not prove a small TRE. The determinant of R is always +1: mirrored data gives a rotation with a large FRE and a warning.
//
// It returns ErrUndetermined, ErrNotANumber or an error about the sizes. Sources: Arun, Huang and Blostein, IEEE PAMI 9 (1987) 698-700, with
// Umeyama's sign, IEEE PAMI 13 (1991) 376-380; Fitzpatrick, West and Maurer, IEEE TMI 17 (1998) 694-702 for the error at a target.
func Points(source, measured []space.Vec, weights []float64, sigma float64) (PointsFit, error) {
	w, err := checkPairs(source, measured, weights, sigma)
	if err != nil {
		return PointsFit{}, err
	}
	if len(source) < 3 {
		return PointsFit{}, fmt.Errorf("%w: %d pairs, at least 3 are needed", ErrUndetermined, len(source))
	}
	fit := PointsFit{}
	fit.Spread, err = spread(source, w)
	if err != nil {
		return PointsFit{}, fmt.Errorf("source: %w", err)
	}
	if _, err := spread(measured, w); err != nil {
		return PointsFit{}, fmt.Errorf("measured: %w", err)
	}
	mirrored := false
	fit.Motion, mirrored = leastSquares(source, measured, w)
	fit.residuals(source, measured, w)
	fit.estimate(source, w, sigma)
	fit.warn(source, measured, w, sigma, mirrored)
	return fit, nil
}

// checkPairs returns the weights scaled to a sum of 1.
func checkPairs(source, measured []space.Vec, weights []float64, sigma float64) ([]float64, error) {
	if len(source) != len(measured) {
		return nil, fmt.Errorf("%d source points and %d measured ones: they have to come in pairs", len(source), len(measured))
	}
	if weights != nil && len(weights) != len(source) {
		return nil, fmt.Errorf("%d weights for %d pairs", len(weights), len(source))
	}
	if !(sigma >= 0) || math.IsInf(sigma, 0) {
		return nil, fmt.Errorf("localization error %g: %w of at least 0", sigma, ErrNotANumber)
	}
	w := make([]float64, len(source))
	total, used := 0.0, 0
	for i := range source {
		if !source[i].Placed() || !measured[i].Placed() {
			return nil, fmt.Errorf("pair %d: %w", i+1, ErrNotANumber)
		}
		w[i] = 1
		if weights != nil {
			w[i] = weights[i]
		}
		if !(w[i] >= 0) || math.IsInf(w[i], 0) {
			return nil, fmt.Errorf("weight %d is %g: %w of at least 0", i+1, w[i], ErrNotANumber)
		}
		if w[i] > 0 {
			used++
		}
		total += w[i]
	}
	if weights != nil && used < 3 {
		return nil, fmt.Errorf("%w: %d pairs have a weight, at least 3 are needed", ErrUndetermined, used)
	}
	for i := range w {
		w[i] /= total
	}
	return w, nil
}

func centroid(p []space.Vec, w []float64) space.Vec {
	var c space.Vec
	for i := range p {
		c = c.Add(p[i].Scale(w[i]))
	}
	// A second pass takes out what rounding left when the points are far from the origin.
	var rest space.Vec
	for i := range p {
		rest = rest.Add(p[i].Sub(c).Scale(w[i]))
	}
	return c.Add(rest)
}

// spread is the points' rms extent along their principal axes, longest first.
func spread(p []space.Vec, w []float64) (space.Vec, error) {
	c := centroid(p, w)
	m := mat.NewSymDense(3, nil)
	for i := range p {
		d := p[i].Sub(c)
		for r := range 3 {
			for s := r; s < 3; s++ {
				m.SetSym(r, s, m.At(r, s)+w[i]*d[r]*d[s])
			}
		}
	}
	var e mat.EigenSym
	if !e.Factorize(m, false) {
		return space.Vec{}, errors.New("the points' axes could not be found")
	}
	v := e.Values(nil)
	out := space.Vec{math.Sqrt(max(v[2], 0)), math.Sqrt(max(v[1], 0)), math.Sqrt(max(v[0], 0))}
	// Coordinates far from the origin carry rounding of their own, which is no spread.
	if out[0] <= 1e-13*c.Norm() || out[0] == 0 {
		return out, fmt.Errorf("%w: all points are in one place", ErrUndetermined)
	}
	if out[1] <= onOneLine*out[0] {
		return out, fmt.Errorf("%w: all points lie on one line (%.3g mm long, %.2g mm wide)", ErrUndetermined, out[0], out[1])
	}
	return out, nil
}

// leastSquares is the closed form, and whether a reflection would have fitted better.
func leastSquares(source, measured []space.Vec, w []float64) (Motion, bool) {
	p, q := centroid(source, w), centroid(measured, w)
	h := mat.NewDense(3, 3, nil)
	for i := range source {
		a, b := source[i].Sub(p), measured[i].Sub(q)
		for r := range 3 {
			for s := range 3 {
				h.Set(r, s, h.At(r, s)+w[i]*a[r]*b[s])
			}
		}
	}
	var svd mat.SVD
	svd.Factorize(h, mat.SVDFull)
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	sign := 1.0
	if mat.Det(&u)*mat.Det(&v) < 0 {
		sign = -1
	}
	var m Motion
	for i := range 3 {
		for j := range 3 {
			m.Turn[i][j] = v.At(i, 0)*u.At(j, 0) + v.At(i, 1)*u.At(j, 1) + sign*v.At(i, 2)*u.At(j, 2)
		}
	}
	m.Shift = q.Sub(m.Turn.Apply(p))
	s := svd.Values(nil)
	return m, sign < 0 && s[2] > 1e-3*s[1]
}

func (f *PointsFit) residuals(source, measured []space.Vec, w []float64) {
	f.Residuals = make([]float64, len(source))
	sum := 0.0
	for i := range source {
		f.Residuals[i] = f.Motion.Apply(source[i]).Sub(measured[i]).Norm()
		sum += w[i] * f.Residuals[i] * f.Residuals[i]
	}
	f.FRE = math.Sqrt(sum)
}

// estimate fills in the covariance. A pair's weight is taken as the inverse of its variance, relative to the mean.
func (f *PointsFit) estimate(source []space.Vec, w []float64, sigma float64) {
	n := float64(len(source))
	if sigma > 0 {
		f.Expected = sigma * math.Sqrt(3*(1-2/n))
	} else {
		sigma = f.FRE * math.Sqrt(n/(3*n-6))
	}
	f.Sigma = sigma
	c := centroid(source, w)
	f.Center = f.Motion.Apply(c)
	var information space.Mat // of the rotation, in the measured frame: Σ w (|y|² I - y yᵀ)
	for i := range source {
		y := f.Turn.Apply(source[i].Sub(c))
		for r := range 3 {
			information[r][r] += n * w[i] * y.Dot(y)
			for s := range 3 {
				information[r][s] -= n * w[i] * y[r] * y[s]
			}
		}
	}
	turn := invert(information)
	for r := range 3 {
		f.Covariance[3+r][3+r] = sigma * sigma / n
		for s := range 3 {
			f.Covariance[r][s] = sigma * sigma * turn[r][s]
		}
	}
}
