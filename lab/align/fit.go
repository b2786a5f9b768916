package align

import (
	"math"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"consilium/lab/caution"
	"consilium/lab/space"
)

// Fit is a motion and how uncertain it is.
type Fit struct {
	Motion
	// Center is the place, after the motion, about which turning and shifting are independent or nearly so.
	Center space.Vec
	// Covariance is that of the small motion by which the answer may be wrong: a rotation vector (rad) about Center, then a shift (mm).
	Covariance [6][6]float64
	Sigma      float64      // the standard deviation of one coordinate that Covariance rests on, mm
	Warnings   caution.List // what looks wrong, in plain words
}

// At is the covariance (mm²) of where the point p of the source ends up.
func (f Fit) At(p space.Vec) [3][3]float64 {
	y := f.Apply(p).Sub(f.Center)
	// A rotation vector w moves y by w × y, so the error is J·(w, t) with J = [-[y]× | I].
	j := [3][6]float64{{0, y[2], -y[1], 1, 0, 0}, {-y[2], 0, y[0], 0, 1, 0}, {y[1], -y[0], 0, 0, 0, 1}}
	var out [3][3]float64
	for r := range 3 {
		for s := range 3 {
			for a := range 6 {
				for b := range 6 {
					out[r][s] += j[r][a] * f.Covariance[a][b] * j[s][b]
				}
			}
		}
	}
	return out
}

// TRE is the root-mean-square target registration error to expect at the point p of the source, in mm.
func (f Fit) TRE(p space.Vec) float64 {
	c := f.At(p)
	return math.Sqrt(c[0][0] + c[1][1] + c[2][2])
}

// TRE95 is a distance (mm) that the error at p stays below in 95 of 100 registrations. The error is normal with the covariance of [Fit.At]; its squared
// length is matched by a scaled chi-square (Patnaik's two moments), which is within a few percent of the exact quantile.
func (f Fit) TRE95(p space.Vec) float64 {
	c := f.At(p)
	mean, square := 0.0, 0.0
	for i := range 3 {
		mean += c[i][i]
		for j := range 3 {
			square += c[i][j] * c[i][j]
		}
	}
	if mean == 0 {
		return 0
	}
	freedom := mean * mean / square
	// Wilson and Hilferty's cube root of a chi-square.
	h := 1 - 2/(9*freedom) + 1.6448536*math.Sqrt(2/(9*freedom))
	return math.Sqrt(mean * h * h * h)
}

// warn writes down what a person should look at before trusting the fit.
func (f *PointsFit) warn(source, measured []space.Vec, w []float64, sigma float64, mirrored bool) {
	say := f.Warnings.Say
	size := f.Spread.Norm()
	if mirrored {
		say("mirrored", nil)
	}
	n := float64(len(source))
	switch {
	case sigma > 0 && f.FRE*f.FRE*n > sigma*sigma*chiSquare999(3*n-6):
		say("fre-sigma", map[string]any{"fre": digits(f.FRE), "sigma": digits(sigma), "expected": digits(f.Expected)})
	case sigma == 0 && f.FRE > 0.05*size:
		say("fre-large", map[string]any{"fre": digits(f.FRE), "percent": digits(100 * f.FRE / size)})
	}
	if f.Spread[1] < 0.1*f.Spread[0] {
		say("one-line", map[string]any{"degrees": digits(f.worstTurn() * 180 / math.Pi)})
	}
	if len(source) == 3 {
		say("three-pairs", nil)
	}
	if f.FRE > 0.01*size {
		if f.Swap = f.swap(source, measured, w); f.Swap != nil {
			say("exchanged", map[string]any{"one": f.Swap[0] + 1, "two": f.Swap[1] + 1})
		}
	}
}

// digits is a figure of a warning.
func digits(f float64) string { return strconv.FormatFloat(f, 'g', 2, 64) }

// worstTurn is the standard deviation of the rotation about its least certain axis, in radians.
func (f Fit) worstTurn() float64 {
	m := mat.NewSymDense(3, nil)
	for i := range 3 {
		for j := i; j < 3; j++ {
			m.SetSym(i, j, f.Covariance[i][j])
		}
	}
	var e mat.EigenSym
	if !e.Factorize(m, false) {
		return math.NaN()
	}
	return math.Sqrt(max(e.Values(nil)[2], 0))
}

// swap finds the two measured points whose exchange brings the FRE below a third. It looks at no more than the first 40 pairs.
func (f *PointsFit) swap(source, measured []space.Vec, w []float64) []int {
	var best []int
	least := f.FRE / 3
	swapped := append([]space.Vec(nil), measured...)
	n := min(len(source), 40)
	for i := range n {
		for j := i + 1; j < n; j++ {
			swapped[i], swapped[j] = swapped[j], swapped[i]
			trial := PointsFit{}
			trial.Motion, _ = leastSquares(source, swapped, w)
			trial.residuals(source, swapped, w)
			if trial.FRE < least {
				least, best = trial.FRE, []int{i, j}
			}
			swapped[i], swapped[j] = swapped[j], swapped[i]
		}
	}
	return best
}

// chiSquare999 is the 99.9 % quantile of a chi-square (Wilson and Hilferty).
func chiSquare999(freedom float64) float64 {
	h := 1 - 2/(9*freedom) + 3.0902323*math.Sqrt(2/(9*freedom))
	return freedom * h * h * h
}

// invert is the inverse of a symmetric matrix, or zero where it has none: the caller has refused what is singular before.
func invert(m space.Mat) space.Mat {
	a, b, c := m[0], m[1], m[2]
	rows := [3]space.Vec{b.Cross(c), c.Cross(a), a.Cross(b)}
	d := a.Dot(rows[0])
	var out space.Mat
	if d == 0 {
		return out
	}
	for i := range 3 {
		for j := range 3 {
			out[j][i] = rows[i][j] / d
		}
	}
	return out
}
