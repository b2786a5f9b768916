package align

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"consilium/lab/space"
)

// bone is a closed surface without symmetry: a ball with lobes, about 60 mm across, of 2·n² triangles.
func bone(n int) (points [][3]float32, triangles [][3]int32) {
	radius := func(u, v float64) float64 {
		return 30 + 4*math.Sin(3*u+0.3)*math.Sin(v)*math.Sin(v) + 6*math.Cos(v) + 3*math.Cos(2*u)*math.Sin(v) + 2*math.Sin(5*v+u)*math.Sin(v)
	}
	for j := range n + 1 {
		for i := range n {
			u, v := 2*math.Pi*float64(i)/float64(n), math.Pi*float64(j)/float64(n)
			r := radius(u, v)
			points = append(points, [3]float32{float32(r * math.Sin(v) * math.Cos(u)), float32(0.8 * r * math.Sin(v) * math.Sin(u)), float32(1.4 * r * math.Cos(v))})
		}
	}
	at := func(i, j int) int32 { return int32(i%n + n*j) }
	for j := range n {
		for i := range n {
			triangles = append(triangles, [3]int32{at(i, j), at(i, j+1), at(i+1, j)}, [3]int32{at(i+1, j), at(i, j+1), at(i+1, j+1)})
		}
	}
	return points, triangles
}

func surface(t testing.TB, points [][3]float32, triangles [][3]int32) *Surface {
	t.Helper()
	s, err := NewSurface(points, triangles)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestNearest compares with trying all triangles.
func TestNearest(t *testing.T) {
	points, triangles := bone(24)
	s := surface(t, points, triangles)
	r := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		p := space.Vec{60 * r.NormFloat64(), 60 * r.NormFloat64(), 60 * r.NormFloat64()}
		want := math.Inf(1)
		for _, triangle := range triangles {
			c := corners(points, triangle)
			want = min(want, p.Sub(nearest(p, &c)).Norm())
		}
		at, got := s.Nearest(p)
		if math.Abs(got-want) > 1e-12 || math.Abs(p.Sub(at).Norm()-want) > 1e-12 {
			t.Fatalf("%v is %g mm away, want %g", p, got, want)
		}
	}
}

// touched are points on the surface, moved off by the inverse of truth, with noise.
func touched(r *rand.Rand, points [][3]float32, n int, truth space.Pose, sigma float64) []space.Vec {
	var out []space.Vec
	for range n {
		p := points[r.IntN(len(points))]
		v := vec(p[:])
		for a := range 3 {
			v[a] += sigma * r.NormFloat64()
		}
		out = append(out, truth.Inverse().Apply(v))
	}
	return out
}

// TestFit starts 20 degrees and 15 mm off. Without noise the points come back to a micrometer; with noise the error stays within what the fit foretells.
func TestFit(t *testing.T) {
	points, triangles := bone(80)
	s := surface(t, points, triangles)
	r := rand.New(rand.NewPCG(3, 4))
	target := space.Vec{10, 60, -20}
	truth := small(space.Vec{0.2, -0.15, 0.24}, space.Vec{}, space.Vec{9, -8, 9}).Pose
	fit, err := s.Fit(context.Background(), touched(r, points, 200, truth, 0), space.Still, SurfaceSettings{})
	if err != nil || !fit.Converged || fit.Iterations > 40 {
		t.Fatalf("%v %+v", err, fit.Iterations)
	}
	if d := fit.Apply(target).Sub(truth.Apply(target)).Norm(); d > 1e-3 {
		t.Errorf("without noise the target is %g mm off", d)
	}
	// The squared errors of 100 draws, over what was foretold, average near 1: known to about 10 %.
	ratio := 0.0
	for range 100 {
		fit, err := s.Fit(context.Background(), touched(r, points, 100, truth, 0.3), space.Still, SurfaceSettings{})
		if err != nil {
			t.Fatal(err)
		}
		d := fit.Apply(target).Sub(truth.Apply(target)).Norm()
		ratio += d * d / math.Pow(fit.TRE(target), 2) / 100
	}
	if ratio < 0.6 || ratio > 1.6 {
		t.Errorf("squared errors are %.2f times what the covariance says", ratio)
	}
}

// TestOutliers has a quarter of the points 10 mm off the bone: the robust fit is not moved by them, and says how many do not count.
func TestOutliers(t *testing.T) {
	points, triangles := bone(80)
	s := surface(t, points, triangles)
	r := rand.New(rand.NewPCG(5, 4))
	truth := small(space.Vec{0.05, -0.05, 0.04}, space.Vec{}, space.Vec{2, -3, 2}).Pose
	p := touched(r, points, 200, truth, 0.2)
	for i := range 50 {
		p[i] = p[i].Add(p[i].Unit().Scale(10))
	}
	target := space.Vec{0, 0, 50}
	off := func(o SurfaceSettings) float64 {
		fit, err := s.Fit(context.Background(), p, space.Still, o)
		if err != nil {
			t.Fatal(err)
		}
		if o.Outliers && (fit.Rejected < 45 || len(fit.Warnings) == 0) {
			t.Errorf("%d rejected, %v", fit.Rejected, fit.Warnings)
		}
		return fit.Apply(target).Sub(truth.Apply(target)).Norm()
	}
	robust, plain := off(SurfaceSettings{Outliers: true}), off(SurfaceSettings{})
	if robust > 0.3 || plain < 3*robust {
		t.Errorf("the target is %g mm off with the robust loss and %g without", robust, plain)
	}
}

// TestRestarts: from nearby all ends agree; from half a turn away the fit says that the start decides.
func TestRestarts(t *testing.T) {
	points, triangles := bone(60)
	s := surface(t, points, triangles)
	r := rand.New(rand.NewPCG(6, 4))
	p := touched(r, points, 100, space.Still, 0.1)
	fit, err := s.Fit(context.Background(), p, space.Still, SurfaceSettings{Restarts: 4})
	if err != nil || fit.Agreeing != 4 || len(fit.Warnings) != 0 {
		t.Errorf("%v %+v", err, fit)
	}
	fit, err = s.Fit(context.Background(), p, space.Still, SurfaceSettings{Restarts: 6, Turn: 3, Shift: 30})
	if err != nil || fit.Agreeing > 3 || len(fit.Warnings) == 0 {
		t.Errorf("%v agreeing %d, %v", err, fit.Agreeing, fit.Warnings)
	}
}

// TestSurfaceRefused has surfaces and points that determine nothing.
func TestSurfaceRefused(t *testing.T) {
	plane, two := [][3]float32{{0, 0, 0}, {100, 0, 0}, {0, 100, 0}, {100, 100, 0}}, [][3]int32{{0, 1, 2}, {1, 3, 2}}
	var grid []space.Vec
	for i := range 16 {
		grid = append(grid, space.Vec{30 + 8*float64(i%4), 30 + 8*float64(i/4), 0.5})
	}
	if _, err := surface(t, plane, two).Fit(context.Background(), grid, space.Still, SurfaceSettings{}); !errors.Is(err, ErrUndetermined) {
		t.Errorf("on a plane: %v", err)
	}
	points, triangles := bone(20)
	s := surface(t, points, triangles)
	for name, p := range map[string][]space.Vec{"five points": make([]space.Vec, 5), "one place": make([]space.Vec, 10)} {
		if _, err := s.Fit(context.Background(), p, space.Still, SurfaceSettings{}); !errors.Is(err, ErrUndetermined) {
			t.Errorf("%s: %v", name, err)
		}
	}
	grid[3][1] = math.NaN()
	if _, err := s.Fit(context.Background(), grid, space.Still, SurfaceSettings{}); !errors.Is(err, ErrNotANumber) {
		t.Errorf("not a number: %v", err)
	}
	grid[3][1] = 0
	if _, err := s.Fit(context.Background(), grid, space.Pose{}, SurfaceSettings{}); err == nil {
		t.Error("a start that is no motion was taken")
	}
	plane[1][2] = float32(math.NaN())
	for name, bad := range map[string][][3]int32{"no triangles": nil, "a point that is not there": {{0, 1, 4}}, "not a number": two} {
		if _, err := NewSurface(plane, bad); !errors.Is(err, ErrSurface) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if _, err := s.Fit(ended, grid, space.Still, SurfaceSettings{}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}
