package align

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"consilium/lab/space"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %.12g, want %.12g within %g", what, got, want, tolerance)
	}
}

var square = []space.Vec{{0, 0, 0}, {40, 0, 0}, {0, 50, 0}, {0, 0, 60}}

// TestPointsRefuse has the inputs that leave the motion open.
func TestPointsRefuse(t *testing.T) {
	nan := math.NaN()
	line := []space.Vec{{0, 0, 0}, {10, 0, 0}, {30, 0, 0}}
	rows := []struct {
		name             string
		source, measured []space.Vec
		weights          []float64
		sigma            float64
		want             error
	}{
		{"two pairs", square[:2], square[:2], nil, 0, ErrUndetermined},
		{"no pairs", nil, nil, nil, 0, ErrUndetermined},
		{"one line", line, []space.Vec{{5, 5, 5}, {5, 15, 5}, {5, 35, 5}}, nil, 0, ErrUndetermined},
		{"measured on one line", square[:3], line, nil, 0, ErrUndetermined},
		{"one place", []space.Vec{{1, 1, 1}, {1, 1, 1}, {1, 1, 1}}, square[:3], nil, 0, ErrUndetermined},
		{"nearly one line", []space.Vec{{0, 0, 0}, {50, 0.001, 0}, {100, 0, 0.001}}, square[:3], nil, 0, ErrUndetermined},
		{"not a number", []space.Vec{{0, 0, nan}, {1, 0, 0}, {0, 1, 0}}, square[:3], nil, 0, ErrNotANumber},
		{"infinite", []space.Vec{{0, 0, math.Inf(1)}, {1, 0, 0}, {0, 1, 0}}, square[:3], nil, 0, ErrNotANumber},
		{"weight below zero", square, square, []float64{1, 1, 1, -1}, 0, ErrNotANumber},
		{"two weights above zero", square, square, []float64{1, 1, 0, 0}, 0, ErrUndetermined},
		{"localization error not a number", square, square, nil, nan, ErrNotANumber},
	}
	for _, r := range rows {
		if _, err := Points(r.source, r.measured, r.weights, r.sigma); !errors.Is(err, r.want) {
			t.Errorf("%s: %v, want %v", r.name, err, r.want)
		}
	}
	if _, err := Points(square, square[:3], nil, 0); err == nil {
		t.Error("four points were paired with three")
	}
}

// TestMirrored takes the reference's case: a reflection fits exactly and a rotation with an FRE of 23.569 mm (numpy SVD, registration.json).
func TestMirrored(t *testing.T) {
	fit, err := Points(square, []space.Vec{{0, 0, 0}, {-40, 0, 0}, {0, 50, 0}, {0, 0, 60}}, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "determinant", fit.Turn.Det(), 1, 1e-12)
	near(t, "FRE", fit.FRE, 23.569290827189363, 1e-9)
	if len(fit.Warnings) == 0 {
		t.Error("nothing warns of the mirror")
	}
}

func TestExchangedPairsAreNamed(t *testing.T) {
	m := small(space.Vec{0.3, -0.2, 0.5}, space.Vec{}, space.Vec{10, -20, 5})
	source := append([]space.Vec{{25, 30, -20}, {-15, 20, 35}}, square...)
	var measured []space.Vec
	for _, p := range source {
		measured = append(measured, m.Apply(p))
	}
	measured[1], measured[4] = measured[4], measured[1]
	fit, err := Points(source, measured, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(fit.Swap) != 2 || fit.Swap[0] != 1 || fit.Swap[1] != 4 {
		t.Errorf("exchanged: %v, want [1 4]", fit.Swap)
	}
}

// TestRigid: whatever the motion, exact pairs give it back, and moving both sides moves the answer along.
func TestRigid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Float64Range(-200, 200)
		point := rapid.Custom(func(t *rapid.T) space.Vec {
			return space.Vec{number.Draw(t, "x"), number.Draw(t, "y"), number.Draw(t, "z")}
		})
		source := rapid.SliceOfN(point, 3, 12).Draw(t, "source")
		turn := rapid.Custom(func(t *rapid.T) space.Vec { return point.Draw(t, "w").Scale(0.015) }).Draw(t, "turn")
		m := small(turn, space.Vec{}, point.Draw(t, "shift"))
		var measured []space.Vec
		for _, p := range source {
			measured = append(measured, m.Apply(p))
		}
		fit, err := Points(source, measured, nil, 0)
		if errors.Is(err, ErrUndetermined) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		// A narrow triangle magnifies rounding by the ratio of its sides.
		limit := 1e-11 * fit.Spread[0] / fit.Spread[1]
		for _, p := range source {
			if d := fit.Apply(p).Sub(m.Apply(p)).Norm(); d > 1e-9+limit*p.Norm() {
				t.Fatalf("%v is off by %g mm", p, d)
			}
		}
		if math.Abs(fit.Turn.Det()-1) > 1e-12 {
			t.Fatalf("determinant %g", fit.Turn.Det())
		}
	})
}

// TestExpectedError draws noise 20,000 times: what At, TRE and TRE95 foretell has to come true. Seed 7; with that many draws the root mean square is known to 0.5 %.
func TestExpectedError(t *testing.T) {
	const sigma, draws = 0.3, 20000
	source := []space.Vec{{2, -6, 45}, {-29, -27, 18}, {27, -38, -10}, {-53, -50, 73}}
	target := space.Vec{86, 69, 131}
	truth := small(space.Vec{0.4, 0.2, -0.7}, space.Vec{}, space.Vec{-110, 20, -61})
	r := rand.New(rand.NewPCG(7, 0))
	var foretold Fit
	sum, below := 0.0, 0
	var square [3][3]float64
	for i := range draws {
		var measured []space.Vec
		for _, p := range source {
			measured = append(measured, truth.Apply(p).Add(space.Vec{sigma * r.NormFloat64(), sigma * r.NormFloat64(), sigma * r.NormFloat64()}))
		}
		fit, err := Points(source, measured, nil, sigma)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			foretold = fit.Fit
		}
		e := fit.Apply(target).Sub(truth.Apply(target))
		sum += e.Dot(e)
		if e.Norm() < foretold.TRE95(target) {
			below++
		}
		for a := range 3 {
			for b := range 3 {
				square[a][b] += e[a] * e[b] / draws
			}
		}
	}
	rms := math.Sqrt(sum / draws)
	near(t, "root mean square", rms, foretold.TRE(target), 0.02*rms)
	near(t, "share below TRE95", float64(below)/draws, 0.95, 0.01)
	c := foretold.At(target)
	for a := range 3 {
		for b := range 3 {
			near(t, "covariance", square[a][b], c[a][b], 0.04*rms*rms)
		}
	}
}
