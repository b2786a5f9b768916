package rehearsal

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	"consilium/jobs"
	"consilium/lab/segment"
	"consilium/lab/space"
	"consilium/lab/strength"
	"consilium/lab/surface"
	"consilium/lab/volume"
	"consilium/lang"
)

// StrengthOrder is a load on the bone, in the patient's coordinates.
type StrengthOrder struct {
	Name        string               `json:"name"`
	Threshold   float64              `json:"threshold_HU"`
	Margin      float64              `json:"margin_mm"` // of the block around the load and the supports
	Load        Load                 `json:"load"`
	Supports    []Support            `json:"supports,omitempty"` // none: the block is held where it cuts the bone
	Calibration strength.Calibration `json:"calibration"`
	Law         string               `json:"modulus"` // a published relation by its name
	Poisson     float64              `json:"poisson"`
	Criterion   strength.Criterion   `json:"criterion"`
	Implants    []LoadedImplant      `json:"implants,omitempty"`
	Levels      int                  `json:"levels"` // meshes of the study: voxels are divided into 1, 2³, … elements
}

// Load is a force on the surface around a point.
type Load struct {
	Point     space.Vec `json:"point_mm"`
	Direction space.Vec `json:"direction"`
	Newton    float64   `json:"force_N"`
	Radius    float64   `json:"radius_mm"`
}

// Support holds the surface around a point.
type Support struct {
	Point  space.Vec `json:"point_mm"`
	Radius float64   `json:"radius_mm"`
}

// MostElements bounds the finest mesh: four million take this node a few minutes and 4 GB.
const MostElements = 4 << 20

func (l *Lab) mostElements() int {
	if l.Elements > 0 {
		return l.Elements
	}
	return MostElements
}

// Check refuses what cannot be computed, before the scan is read.
func (o *StrengthOrder) Check() error {
	switch {
	case !(o.Load.Newton > 0 && o.Load.Newton <= 1e5) || !(o.Load.Radius > 0 && o.Load.Radius <= 100) || o.Load.Direction.Unit() == (space.Vec{}) || !o.Load.Point.Placed():
		return fmt.Errorf("%w: a load of %g N within %g mm", strength.ErrModel, o.Load.Newton, o.Load.Radius)
	case !(o.Margin >= 5 && o.Margin <= 300):
		return fmt.Errorf("%w: a margin of %g mm; 5 to 300 are taken", strength.ErrModel, o.Margin)
	case o.Levels < 1 || o.Levels > 3:
		return fmt.Errorf("%w: a study of %d meshes; 1 to 3 are taken", strength.ErrModel, o.Levels)
	case !(o.Poisson >= 0 && o.Poisson < 0.5) || !(o.Calibration.Slope > 0) || o.Calibration.Name == "":
		return fmt.Errorf("%w: a Poisson's ratio of %g, calibration %q with slope %g", strength.ErrModel, o.Poisson, o.Calibration.Name, o.Calibration.Slope)
	case len(o.Supports) > 20:
		return fmt.Errorf("%w: %d supports", strength.ErrModel, len(o.Supports))
	}
	if len(o.Implants) > mostImplants {
		return fmt.Errorf("%w: %d implants", strength.ErrModel, len(o.Implants))
	}
	for i := range o.Implants {
		if err := o.Implants[i].check(); err != nil {
			return err
		}
	}
	for _, s := range o.Supports {
		if !s.Point.Placed() || !(s.Radius > 0 && s.Radius <= 100) {
			return fmt.Errorf("%w: a support of %g mm", strength.ErrModel, s.Radius)
		}
	}
	return nil
}

// StrengthFacts is what came of it: the report of each mesh, and how they differ.
type StrengthFacts struct {
	Study    strength.Study `json:"study"`
	Most     float64        `json:"greatest_MPa"` // at the points of the surface that is shown
	Held     string         `json:"held"`         // "points" or "cut"
	Elements int            `json:"elements"`     // of the finest mesh, estimated before it was made
}

// Last is the report of the finest mesh.
func (f *StrengthFacts) Last() *strength.Report { return &f.Study.Meshes[len(f.Study.Meshes)-1] }

// block is a piece of the scan, and how the patient's coordinates become the lattice's.
type block struct{ *volume.Volume }

// at is a place in the lattice's millimeters, which count from the corner of its first voxel.
func (b block) at(p space.Vec) [3]float64 {
	i := b.Index(p)
	return [3]float64{(i[0] + 0.5) * b.Spacing[0], (i[1] + 0.5) * b.Spacing[1], (i[2] + 0.5) * b.Spacing[2]}
}

// place is where a place of the lattice lies in the patient.
func (b block) place(at [3]float64) space.Vec {
	return b.Point(space.Vec{at[0]/b.Spacing[0] - 0.5, at[1]/b.Spacing[1] - 0.5, at[2]/b.Spacing[2] - 0.5})
}

// strength computes the stress under the load.
func (w *work) strength() (any, error) {
	var o StrengthOrder
	if err := w.of.Read(&o, nil); err != nil {
		return nil, err
	}
	if err := o.Check(); err != nil {
		return nil, err
	}
	from, err := w.source()
	if err != nil {
		return nil, err
	}
	s, err := w.lab.Scan(w.ctx, &from, func(done, total int) {
		w.report(jobs.Progress{Done: int64(done), Total: int64(total), Note: lang.Phrase("lab.job.read", map[string]any{"done": done, "total": total})})
	})
	if err != nil {
		return nil, err
	}
	implants, err := w.implants(o.Implants)
	if err != nil {
		return nil, err
	}
	b, err := o.block(s.Volume, implants)
	if err != nil {
		return nil, err
	}
	facts := StrengthFacts{Held: "points"}
	mask := segment.Largest(b.Threshold(o.Threshold, math.Inf(1)))
	facts.Elements = mask.Count() * o.Levels * o.Levels * o.Levels
	for _, i := range implants {
		facts.Elements += int(i.volume / b.VoxelVolume() * float64(o.Levels*o.Levels*o.Levels))
	}
	if facts.Elements > w.lab.mostElements() {
		return nil, fmt.Errorf("%w: the finest mesh would have %d million elements, at most %d million are computed; take a smaller margin or fewer meshes", ErrTooMuch, facts.Elements>>20, w.lab.mostElements()>>20)
	}
	if len(o.Supports) == 0 {
		facts.Held = "cut"
	}
	spec, err := o.spec(b, mask)
	if err != nil {
		return nil, err
	}
	put(spec, b, implants)
	finest, err := w.study(spec, b, o, implants, &facts)
	if err != nil {
		return nil, err
	}
	bone, err := w.lab.Mesh(w.ctx, &from)
	if err != nil {
		return nil, err
	}
	err = w.stress(b, finest, bone, &facts)
	return facts, err
}

// study runs the analysis on its meshes, and says how far the equations are.
func (w *work) study(spec *strength.Spec, b block, o StrengthOrder, implants []placed, facts *StrengthFacts) (*strength.Analysis, error) {
	levels := o.Levels
	v := &strength.Volume{Voxels: b.Size, Spacing: b.Spacing, HU: b.Float32}
	if v.HU == nil {
		v.HU = make([]float32, len(b.Int16))
		for i, hu := range b.Int16 {
			v.HU[i] = float32(hu)
		}
	}
	v.HU = hollow(v.HU, b, implants, float32(o.Threshold)-1)
	tell := func(level, iteration int, residual float64) {
		w.report(jobs.Progress{Done: int64(level - 1), Total: int64(levels), Note: lang.Phrase("lab.job.solve", map[string]any{"level": level, "levels": levels, "iteration": iteration, "residual": fmt.Sprintf("%.0e", residual)})})
	}
	if levels == 1 {
		a, err := spec.Run(w.ctx, v, 1, func(iteration int, residual float64) { tell(1, iteration, residual) })
		if err != nil {
			return nil, err
		}
		facts.Study.Meshes = []strength.Report{a.Report}
		return a, nil
	}
	study, err := spec.Refine(w.ctx, v, levels, tell)
	if err != nil {
		return nil, err
	}
	facts.Study = *study
	return study.Finest, nil
}

// block cuts the piece out of the scan that holds load, supports and implants with their margin.
func (o *StrengthOrder) block(v *volume.Volume, implants []placed) (block, error) {
	low, high := v.Index(o.Load.Point), v.Index(o.Load.Point)
	for _, s := range o.Supports {
		i := v.Index(s.Point)
		for axis := range 3 {
			low[axis], high[axis] = min(low[axis], i[axis]), max(high[axis], i[axis])
		}
	}
	for n := range implants {
		l, h := implants[n].extent(v.Grid)
		for axis := range 3 {
			low[axis], high[axis] = min(low[axis], l[axis]), max(high[axis], h[axis])
		}
	}
	var from, size [3]int
	for axis := range 3 {
		margin := o.Margin / v.Spacing[axis]
		from[axis] = max(0, int(math.Floor(low[axis]-margin)))
		size[axis] = min(v.Size[axis], int(math.Ceil(high[axis]+margin))+1) - from[axis]
		if size[axis] < 2 {
			return block{}, fmt.Errorf("%w: load or supports lie outside of the scan", strength.ErrModel)
		}
	}
	piece, err := v.Crop(from, size)
	return block{Volume: piece}, err
}

// spec writes the analysis down for the block. It is read back as from a file, which names the relations' numbers and checks all that can be checked.
func (o *StrengthOrder) spec(b block, mask *volume.Mask) (*strength.Spec, error) {
	threshold := o.Threshold
	turn := b.Direction.Transpose()
	spec := &strength.Spec{Name: o.Name, Parts: "largest", Criterion: strength.CriterionSpec{Name: o.Criterion},
		CT: &strength.CT{Threshold: &threshold, Calibration: o.Calibration, Modulus: strength.Law{Name: o.Law}, Poisson: o.Poisson}}
	force := turn.Apply(o.Load.Direction.Unit().Scale(o.Load.Newton))
	spec.Loads = []strength.PatchLoad{{Name: "F", Patch: ball(b.at(o.Load.Point), o.Load.Radius), Force: force}}
	for n, s := range o.Supports {
		spec.Supports = append(spec.Supports, strength.PatchFix{Name: fmt.Sprint("S", n+1), Patch: ball(b.at(s.Point), s.Radius), Fix: "xyz"})
	}
	if len(o.Supports) == 0 {
		for _, side := range cutSides(mask) {
			spec.Supports = append(spec.Supports, strength.PatchFix{Name: side, Patch: strength.Patch{Side: side}, Fix: "xyz"})
		}
	}
	spec.CT.File = "scan"
	text, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	return strength.ReadSpec(bytes.NewReader(text))
}

func ball(center [3]float64, radius float64) strength.Patch {
	return strength.Patch{Shape: strength.Shape{Sphere: &strength.Sphere{Center: center, Radius: radius}}}
}

// cutSides are the sides of the block that the bone reaches.
func cutSides(m *volume.Mask) (sides []string) {
	found := map[string]bool{}
	m.Each(func(i, j, k int) bool {
		for axis, at := range [3]int{i, j, k} {
			if at == 0 {
				found["xyz"[axis:axis+1]+"-"] = true
			}
			if at == m.Size[axis]-1 {
				found["xyz"[axis:axis+1]+"+"] = true
			}
		}
		return len(found) < 6
	})
	for _, side := range []string{"x-", "x+", "y-", "y+", "z-", "z+"} {
		if found[side] {
			sides = append(sides, side)
		}
	}
	return sides
}

// stress keeps the stress at each point of the bone's surface: not a number where nothing was computed.
func (w *work) stress(b block, a *strength.Analysis, bone *surface.Mesh, facts *StrengthFacts) error {
	fine := b.Grid
	n := facts.Last().Refinement
	for axis := range 3 {
		fine.Size[axis] *= n
		fine.Spacing[axis] /= float64(n)
	}
	fine.Origin = b.Point(space.Vec{-0.5, -0.5, -0.5}).Add(b.Direction.Apply(fine.Spacing.Scale(0.5)))
	field := make([]int32, len(a.Built.Modulus)) // of each cell: its place in the field, or −1
	next := int32(0)
	for i, e := range a.Built.Modulus {
		field[i] = -1
		if e > 0 {
			field[i] = next
			next++
		}
	}
	values := make([]byte, 0, 4*len(bone.Points))
	for p := range bone.Points {
		value := stressAt(fine, field, a.Fields.VonMises, n, bone.Point(int32(p)))
		if value == value {
			facts.Most = max(facts.Most, float64(value))
		}
		values = binary.LittleEndian.AppendUint32(values, math.Float32bits(value))
	}
	_, err := w.keep(Values, values)
	return err
}

// stressAt is the stress of the cell nearest to a point, within a voxel and a half of the scan, each divided into n cells a side; not a number where there is none. The surface is smoothed, so
// that its points need not lie in a cell.
func stressAt(g volume.Grid, field []int32, stress []float32, n int, p space.Vec) float32 {
	i := g.Index(p)
	best, far := float32(math.NaN()), math.Inf(1)
	var center [3]int
	for axis := range 3 {
		center[axis] = int(math.Round(i[axis]))
	}
	reach := (3*n + 1) / 2
	for axis := range 3 {
		if center[axis] < -reach || center[axis] >= g.Size[axis]+reach {
			return best
		}
	}
	side := 2*reach + 1
	for d := range side * side * side {
		x, y, z := center[0]+d%side-reach, center[1]+d/side%side-reach, center[2]+d/side/side-reach
		if !g.Contains(x, y, z) {
			continue
		}
		at := field[g.Offset(x, y, z)]
		if d := (space.Vec{float64(x), float64(y), float64(z)}).Sub(i).Norm(); at >= 0 && d < far {
			best, far = stress[at], d
		}
	}
	return best
}
