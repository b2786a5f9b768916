package align

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"consilium/lab/space"
	"consilium/lab/volume"
)

// ErrVolumes is returned for scans that share nothing to align by.
var ErrVolumes = errors.New("the scans cannot be aligned")

// VolumesSettings steer [Volumes]; the zero value is good.
type VolumesSettings struct {
	Samples int // places of the fixed scan that are compared at each step; 0 means 20,000
	Repeats int // fits of the finest level with other places, from which the uncertainty comes; 0 means 6
}

// VolumesFit is a registration of two scans.
type VolumesFit struct {
	Fit
	Converged   bool
	Information float64 // mutual information at the answer, in nats
	Before      float64 // and at the start
	Overlap     float64 // part of the compared places that lies inside of the moving scan
}

// Volumes finds the rigid motion that carries the moving scan onto the fixed one (a point of moving goes to the same anatomy in fixed), from a start that is right within
// some 15 degrees and 30 mm: by the mutual information of their values, so that the scans need not come from one machine or show one contrast.
//
// It goes from coarse to fine and is always the same for the same input. Covariance is the spread of repeated fits that looked at other places of the same scans: what
// more places would not change. It cannot see that the patient moved inside of a scan. It returns ErrVolumes, ErrNotANumber or the context's error.
// Source: Mattes, Haynor, Vesselle, Lewellen and Eubank, IEEE TMI 22 (2003) 120-128.
func Volumes(ctx context.Context, fixed, moving *volume.Volume, start space.Pose, o VolumesSettings) (VolumesFit, error) {
	if o.Samples == 0 {
		o.Samples = 20_000
	}
	if o.Repeats == 0 {
		o.Repeats = 6
	}
	if !start.Rigid() {
		return VolumesFit{}, fmt.Errorf("%w: the start is no rigid motion", ErrVolumes)
	}
	pyramid, err := pyramids(fixed, moving)
	if err != nil {
		return VolumesFit{}, err
	}
	// Sampling goes from the fixed scan into the moving one, so that is the motion which is searched.
	search := Motion{start.Inverse()}
	r := rand.New(rand.NewPCG(17, 19))
	out := VolumesFit{}
	for i, level := range pyramid {
		fit, err := level.fit(ctx, search, o.Samples, r)
		if err != nil {
			return VolumesFit{}, err
		}
		if i == 0 {
			out.Before = fit.before
		}
		search, out.Converged = fit.motion, fit.converged
		out.Information, out.Overlap = fit.information, fit.overlap
	}
	if err := out.spread(ctx, pyramid[len(pyramid)-1], search, o, r); err != nil {
		return VolumesFit{}, err
	}
	out.warn()
	return out, nil
}

// spread repeats the finest level with other places, takes the mean motion and the covariance about it.
func (f *VolumesFit) spread(ctx context.Context, l *scans, search Motion, o VolumesSettings, r *rand.Rand) error {
	f.Center = l.fixed.middle()
	var deviations [][6]float64
	var mean [6]float64
	for range o.Repeats {
		fit, err := l.fit(ctx, search, o.Samples, r)
		if err != nil {
			return err
		}
		d := difference(fit.motion.after(Motion{search.Inverse()}).Pose, search.Apply(f.Center))
		deviations = append(deviations, d)
		for i := range 6 {
			mean[i] += d[i] / float64(o.Repeats)
		}
	}
	c := search.Apply(f.Center)
	found := small(space.Vec(mean[:3]), c, space.Vec(mean[3:])).after(search)
	f.Motion = Motion{found.Inverse()}
	for _, d := range deviations {
		for i := range 6 {
			for j := range 6 {
				f.Covariance[i][j] += (d[i] - mean[i]) * (d[j] - mean[j]) / float64(max(1, o.Repeats-1))
			}
		}
	}
	f.turnCovariance()
	return nil
}

// turnCovariance brings the covariance from the moving scan's frame, in which the repeats were compared, into that of the answer.
func (f *VolumesFit) turnCovariance() {
	t := mat.NewDense(6, 6, nil)
	for i := range 3 {
		for j := range 3 {
			t.Set(i, j, f.Turn[i][j])
			t.Set(3+i, 3+j, f.Turn[i][j])
		}
	}
	c := mat.NewDense(6, 6, nil)
	for i := range 6 {
		c.SetRow(i, f.Covariance[i][:])
	}
	var out mat.Dense
	out.Product(t, c, t.T())
	for i := range 6 {
		copy(f.Covariance[i][:], out.RawRowView(i))
	}
	f.Sigma = math.Sqrt((f.Covariance[3][3] + f.Covariance[4][4] + f.Covariance[5][5]) / 3)
}

// difference is a small motion as a rotation vector and the shift of the point c.
func difference(p space.Pose, c space.Vec) [6]float64 {
	t := p.Turn
	w := space.Vec{t[2][1] - t[1][2], t[0][2] - t[2][0], t[1][0] - t[0][1]}
	if sin := w.Norm() / 2; sin > 1e-12 {
		w = w.Unit().Scale(Motion{p}.Angle())
	}
	s := p.Apply(c).Sub(c)
	return [6]float64{w[0], w[1], w[2], s[0], s[1], s[2]}
}

func (f *VolumesFit) warn() {
	say := f.Warnings.Say
	if !f.Converged {
		say("unsettled", nil)
	}
	if f.Overlap < 0.5 {
		say("overlap", map[string]any{"percent": digits(100 * f.Overlap)})
	}
	if f.Information < 0.1 {
		say("little-shared", map[string]any{"nats": digits(f.Information)})
	}
	if s := f.Sigma; s > 0.5 {
		say("repeats-mm", map[string]any{"mm": digits(s)})
	}
	if turn := f.worstTurn() * 180 / math.Pi; turn > 0.5 {
		say("repeats-degrees", map[string]any{"degrees": digits(turn)})
	}
}

// levelFit is the answer of one level.
type levelFit struct {
	motion                       Motion
	information, before, overlap float64
	converged                    bool
}

// fit climbs to the greatest mutual information of one level, with places drawn anew.
func (l *scans) fit(ctx context.Context, from Motion, samples int, r *rand.Rand) (levelFit, error) {
	e := l.draw(samples, r)
	out := levelFit{motion: from}
	out.before, out.overlap = e.evaluate(from, space.Vec{}, 1, nil)
	if out.overlap < 0.1 {
		return out, fmt.Errorf("%w: only %.0f %% of the fixed scan lies inside of the moving one at the start", ErrVolumes, 100*out.overlap)
	}
	out.information = out.before
	reach := 4 * l.moving.voxel() // how far a step may go, mm
	for range 60 {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		step := l.step(e, out.motion, reach)
		next := l.move(out.motion, step)
		information, overlap := e.evaluate(next, space.Vec{}, 1, nil)
		long := 0.0
		for _, v := range step {
			long += v * v
		}
		long = math.Sqrt(long)
		if information > out.information {
			gain := information - out.information
			out.motion, out.information, out.overlap = next, information, overlap
			if reach = max(reach, 2*long); gain > 1e-7 || long > 1e-2*l.moving.voxel() {
				continue
			}
		}
		if reach = long / 4; reach < 1e-3*l.moving.voxel() {
			out.converged = true
			break
		}
	}
	return out, nil
}

// move is the motion after a small one: a turn about the moved middle (x[:3], as mm at the radius) and a shift (x[3:]).
func (l *scans) move(from Motion, x [6]float64) Motion {
	radius := l.fixed.radius()
	return small(space.Vec(x[:3]).Scale(1/radius), from.Apply(l.fixed.middle()), space.Vec(x[3:])).after(from)
}

// slope is the derivative of the information by such a small motion.
func (l *scans) slope(e *estimate, at Motion) (g [6]float64) {
	e.evaluate(at, at.Apply(l.fixed.middle()), l.fixed.radius(), g[:])
	return g
}

// step is a Newton step of at most reach mm. The curvature comes from differences of slopes half a voxel apart, over which the steps of interpolation even out; where it
// is not that of a summit its sign is turned, so that the step always climbs.
func (l *scans) step(e *estimate, at Motion, reach float64) (x [6]float64) {
	g := l.slope(e, at)
	h := l.moving.voxel() / 2
	curvature := mat.NewSymDense(6, nil)
	var rows [6][6]float64
	for i := range 6 {
		var there, back [6]float64
		there[i], back[i] = h, -h
		a, b := l.slope(e, l.move(at, there)), l.slope(e, l.move(at, back))
		for j := range 6 {
			rows[i][j] = (a[j] - b[j]) / (2 * h)
		}
	}
	for i := range 6 {
		for j := i; j < 6; j++ {
			curvature.SetSym(i, j, (rows[i][j]+rows[j][i])/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(curvature, true) {
		return g
	}
	values := eigen.Values(nil)
	var v mat.Dense
	eigen.VectorsTo(&v)
	most := max(math.Abs(values[0]), math.Abs(values[5]), 1e-12)
	long := 0.0
	for k, value := range values {
		along := 0.0
		for i := range 6 {
			along += v.At(i, k) * g[i]
		}
		along /= max(math.Abs(value), 1e-3*most)
		long += along * along
		for i := range 6 {
			x[i] += along * v.At(i, k)
		}
	}
	if long = math.Sqrt(long); long > reach {
		for i := range x {
			x[i] *= reach / long
		}
	}
	return x
}
