package align

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"consilium/lab/space"
	"consilium/lab/volume"
)

// head is a phantom without symmetry, in HU: soft tissue in a shell of bone with holes and a few balls inside, 96 × 90 mm, seen on a grid through a motion.
func head(t testing.TB, g volume.Grid, motion space.Pose, noise float64, show func(hu float64) float64) *volume.Volume {
	t.Helper()
	v, err := volume.New(g)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(9, 9))
	back := motion.Inverse()
	balls := [][4]float64{{12, 5, 3, 9}, {-20, 10, -8, 8}, {5, -18, 8, 7}, {-8, -12, -12, 8}, {24, -5, -8, 6}}
	for k := range g.Size[2] {
		for j := range g.Size[1] {
			for i := range g.Size[0] {
				p := back.Apply(g.Origin.Add(g.Direction.Apply(space.Vec{float64(i) * g.Spacing[0], float64(j) * g.Spacing[1], float64(k) * g.Spacing[2]})))
				d := math.Sqrt(p[0]*p[0]/1.5+p[1]*p[1]+p[2]*p[2]/0.7) - 34 - 3*math.Sin(p[0]/7) - 3*math.Sin(p[1]/6+p[2]/9)
				hu := -1000 + 1040*edge(-d) + 900*edge(-d)*edge(d+6)
				for _, b := range balls {
					hu += 600 * edge(b[3]-p.Sub(space.Vec{b[0], b[1], b[2]}).Norm())
				}
				v.Int16[i+g.Size[0]*(j+g.Size[1]*k)] = int16(show(hu) + noise*r.NormFloat64())
			}
		}
	}
	return v
}

// edge rises from 0 to 1 within 2 mm.
func edge(d float64) float64 { return 1 / (1 + math.Exp(-4*d)) }

func frame(n int, spacing space.Vec) volume.Grid {
	return volume.NewGrid(n, n, n*3/4, spacing, space.Vec{-spacing[0] * float64(n-1) / 2, -spacing[1] * float64(n-1) / 2, -spacing[2] * float64(n*3/4-1) / 2})
}

// TestVolumes moves a head by 7 degrees and 10 mm, onto another grid, with noise, and once with another machine's contrast (bright is dark, tissue folded): the
// corners of a cube of 60 mm have to come back within a tenth of a voxel (a third with the other contrast, whose folds leave fewer edges), and the error that is
// foretold has to be of that size.
func TestVolumes(t *testing.T) {
	motion := small(space.Vec{0.07, -0.06, 0.08}, space.Vec{}, space.Vec{6, -7, 4}).Pose
	contrasts := map[string]struct {
		limit float64
		show  func(float64) float64
	}{
		"CT": {0.15, func(hu float64) float64 { return hu }},
		"MR": {0.5, func(hu float64) float64 { return 400 * math.Exp(-math.Pow((hu-500)/400, 2)) }},
	}
	for name, contrast := range contrasts {
		fixed := head(t, frame(72, space.Vec{1.5, 1.5, 2}), motion, 20, func(hu float64) float64 { return hu })
		moving := head(t, frame(80, space.Vec{1.3, 1.3, 1.8}), space.Still, 10, contrast.show)
		fit, err := Volumes(context.Background(), fixed, moving, space.Still, VolumesSettings{Samples: 12_000})
		if err != nil {
			t.Fatal(err)
		}
		worst, foretold := 0.0, 0.0
		for c := range 8 {
			p := space.Vec{60*float64(c&1) - 30, 60*float64(c>>1&1) - 30, 60*float64(c>>2) - 30}
			worst = max(worst, fit.Apply(p).Sub(motion.Apply(p)).Norm())
			foretold = max(foretold, fit.TRE(p))
		}
		t.Logf("%s: worst corner %.3f mm, foretold %.3f; information %.3f from %.3f, overlap %.2f", name, worst, foretold, fit.Information, fit.Before, fit.Overlap)
		if worst > contrast.limit || foretold > 2*contrast.limit || foretold < worst/6 || !fit.Converged || fit.Information <= fit.Before || len(fit.Warnings) != 0 {
			t.Errorf("%s: worst corner %g mm, foretold %g, %v", name, worst, foretold, fit.Warnings)
		}
	}
}

// TestInformationsSlope compares the derivative with differences.
func TestInformationsSlope(t *testing.T) {
	a := head(t, frame(32, space.Vec{3.2, 3.2, 4}), space.Still, 0, func(hu float64) float64 { return hu })
	levels, err := pyramids(a, a)
	if err != nil {
		t.Fatal(err)
	}
	e := levels[len(levels)-1].draw(3000, rand.New(rand.NewPCG(2, 2)))
	from := small(space.Vec{0.03, 0.02, -0.04}, space.Vec{}, space.Vec{1.3, -2.1, 0.7})
	center, radius := space.Vec{1, 2, 3}, 40.0
	gradient := make([]float64, 6)
	e.evaluate(from, center, radius, gradient)
	for i := range 6 {
		const h = 1e-5
		var x [6]float64
		x[i] = h
		move := func(s float64) float64 {
			m := small(space.Vec{x[0], x[1], x[2]}.Scale(s/radius), center, space.Vec{x[3], x[4], x[5]}.Scale(s)).after(from)
			v, _ := e.evaluate(m, center, radius, nil)
			return v
		}
		if want := (move(1) - move(-1)) / (2 * h); math.Abs(gradient[i]-want) > 2e-4*(math.Abs(want)+0.01) {
			t.Errorf("component %d: %g, by differences %g", i, gradient[i], want)
		}
	}
}

func TestVolumesRefused(t *testing.T) {
	good := head(t, frame(24, space.Vec{4, 4, 5}), space.Still, 0, func(hu float64) float64 { return hu })
	empty, _ := volume.New(frame(24, space.Vec{4, 4, 5}))
	tiny, _ := volume.New(volume.NewGrid(40, 40, 1, space.Vec{1, 1, 1}, space.Vec{}))
	nan, _ := volume.NewFloat(frame(24, space.Vec{4, 4, 5}))
	nan.Float32[5] = float32(math.NaN())
	rows := []struct {
		name  string
		a, b  *volume.Volume
		start space.Pose
		want  error
	}{
		{"nothing to see", good, empty, space.Still, ErrVolumes},
		{"one slice", tiny, good, space.Still, ErrVolumes},
		{"not a number", good, nan, space.Still, ErrNotANumber},
		{"far apart", good, good, space.Pose{Turn: space.Identity, Shift: space.Vec{500, 0, 0}}, ErrVolumes},
		{"no motion", good, good, space.Pose{}, ErrVolumes},
	}
	for _, r := range rows {
		if _, err := Volumes(context.Background(), r.a, r.b, r.start, VolumesSettings{}); !errors.Is(err, r.want) {
			t.Errorf("%s: %v", r.name, err)
		}
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if _, err := Volumes(ended, good, good, space.Still, VolumesSettings{}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}
