package rehearsal

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"consilium/casebook"
	"consilium/jobs"
	"consilium/lab/align"
	"consilium/lab/caution"
	"consilium/lab/plan"
	"consilium/lab/space"
	"consilium/lab/surface"
	"consilium/lang"
)

// MirrorOrder is the healthy side as a template for the other: the bone reflected at a plane and, where wanted, laid onto itself so that the plane need only be roughly right.
type MirrorOrder struct {
	Plane plan.Plane `json:"plane"`
	Name  string     `json:"name,omitempty"` // of the plan's plane; "": the patient's middle
	Fit   bool       `json:"fit"`
}

// MirrorFacts is how the sides differ, as distances of the mirrored surface from the bone.
type MirrorFacts struct {
	Distance  surface.Distance `json:"distance"`
	Half      float64          `json:"half_mm"`    // half of the surface lies nearer
	Within    float64          `json:"within_1mm"` // share of the surface
	Moved     float64          `json:"moved_mm"`   // by the fit, in the middle of the bone
	Turned    float64          `json:"turned_deg"`
	Agreeing  int              `json:"agreeing_restarts"`
	Restarts  int              `json:"restarts"`
	Triangles int              `json:"triangles"`
	Warnings  caution.List     `json:"warnings"`
	Seconds   float64          `json:"seconds"`
}

// Check refuses a plane without a direction.
func (o *MirrorOrder) Check() error {
	if o.Plane.Normal.Unit() == (space.Vec{}) || !o.Plane.Point.Placed() || len(o.Name) > mostName {
		return fmt.Errorf("%w: a mirror at %v", ErrAsked, o.Plane)
	}
	return nil
}

// mirrorPoints is by how many points a mirrored surface is laid onto the bone: more change the answer by less than a hundredth of a millimeter.
const mirrorPoints = 4000

// mirror reflects the bone, lays it onto itself and measures what is left.
func (w *work) mirror() (any, error) {
	var o MirrorOrder
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
	bone, err := w.lab.Mesh(w.ctx, &from)
	if err != nil {
		return nil, err
	}
	begun := w.lab.Now()
	w.report(jobs.Progress{Note: lang.Phrase("lab.job.mirror", nil)})
	m, err := plan.Mirror(bone, o.Plane)
	if err != nil {
		return nil, err
	}
	facts := MirrorFacts{Triangles: len(m.Triangles), Warnings: caution.List{}}
	if o.Fit {
		if m, err = w.laid(m, bone, &facts); err != nil {
			return nil, err
		}
	}
	facts.compare(m, bone)
	if _, err := w.keepMesh(GLB, m, casebook.Number(w.of.Thread)); err != nil {
		return nil, err
	}
	facts.Seconds = w.lab.Now().Sub(begun).Seconds()
	return facts, w.ctx.Err()
}

// laid moves the mirrored surface onto the bone. What differs between the sides counts less and at last not at all, so that a defect does not pull the rest.
func (w *work) laid(m, bone *surface.Mesh, facts *MirrorFacts) (*surface.Mesh, error) {
	s, err := align.NewSurface(bone.Points, bone.Triangles)
	if err != nil {
		return nil, err
	}
	fit, err := s.Fit(w.ctx, sampled(m, mirrorPoints), space.Still, align.SurfaceSettings{Outliers: true, Restarts: 4})
	if err != nil {
		return nil, err
	}
	low, high := m.Bounds()
	middle := low.Add(high).Scale(0.5)
	facts.Moved, facts.Turned = fit.Apply(middle).Sub(middle).Norm(), fit.Angle()*180/math.Pi
	facts.Agreeing, facts.Restarts, facts.Warnings = fit.Agreeing, fit.Restarts, append(caution.List{}, fit.Warnings...)
	return m.Move(fit.Pose), nil
}

// sampled are so many of a surface's points, evenly out of their order.
func sampled(m *surface.Mesh, n int) []space.Vec {
	n = min(n, len(m.Points))
	list := make([]space.Vec, n)
	for i := range list {
		list[i] = m.Point(int32(i * len(m.Points) / n))
	}
	return list
}

// compare measures how far the mirrored surface lies from the bone.
func (f *MirrorFacts) compare(m, bone *surface.Mesh) {
	tree := surface.NewTree(bone)
	every := max(1, len(m.Points)/20000)
	f.Distance = surface.Distances(m, tree, every)
	var far []float64
	for p := 0; p < len(m.Points); p += every {
		n, _ := tree.Nearest(m.Point(int32(p)), math.Inf(1))
		far = append(far, n.Distance)
	}
	slices.SortFunc(far, cmp.Compare)
	within, _ := slices.BinarySearch(far, 1)
	f.Half, f.Within = far[len(far)/2], float64(within)/float64(len(far))
}
