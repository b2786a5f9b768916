package guide

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"consilium/lab/caution"
	"consilium/lab/space"
	"consilium/lab/surface"
)

// Measure is a size of the finished mesh beside what was asked for.
type Measure struct {
	Sort     string  `json:"sort"` // "slot", "sleeve", "clearance"
	Name     string  `json:"name"` // of the slot or sleeve
	Wanted   float64 `json:"wanted_mm"`
	Smallest float64 `json:"smallest_mm"`
	Largest  float64 `json:"largest_mm"`
	OK       bool    `json:"ok"`
}

// Report is what was measured on the finished mesh. Faults is empty if the guide may be printed.
type Report struct {
	Topology   surface.Topology `json:"topology"`
	Parts      int              `json:"parts"`
	Crossings  int              `json:"self_intersections"`
	Volume     float64          `json:"volume_mm3"`
	Contact    float64          `json:"contact_mm2"`      // of the guide's surface that lies on the bone, but for the clearance
	Undercut   float64          `json:"undercut_mm3"`     // under the guide, filled so that it seats: there it does not touch the bone
	Gap        Measure          `json:"clearance"`        // smallest and largest distance of the contact face from the bone
	ThinWall   float64          `json:"thinnest_wall_mm"` // of 99.5 % of the walls
	TakeOff    float64          `json:"take_off_mm"`      // least distance from the bone while the guide is taken off: negative is stuck
	Dimensions []Measure        `json:"dimensions"`
	Faults     caution.List     `json:"faults"`
}

// How far measures may be from what was asked for: what a good printer holds.
const dimensionTolerance = 0.15 // mm

func (g *Guide) check(bone *surface.Solid) Report {
	m, d := g.Mesh, &g.Design
	r := Report{Topology: m.Inspect(), Parts: len(m.Components().Sizes), Crossings: m.SelfIntersections(1000), Volume: m.Volume(), Faults: caution.List{}}
	fault := r.Faults.Say
	if !r.Topology.Watertight || r.Topology.Pinched > 0 {
		fault("manifold", map[string]any{"open": r.Topology.Boundary, "more": r.Topology.NonManifold, "pinched": r.Topology.Pinched})
		return r
	}
	if r.Parts != 1 {
		fault("parts", map[string]any{"parts": r.Parts})
	}
	if r.Crossings > 0 {
		fault("crossings", map[string]any{"places": r.Crossings})
	}
	g.contact(bone, &r)
	if !r.Gap.OK {
		fault("contact", r.Gap.said())
	}
	if r.TakeOff < d.Clearance-dimensionTolerance {
		fault("undercut", map[string]any{"mm": hundredths(r.TakeOff)})
	}
	r.ThinWall = thinnest(m)
	if r.ThinWall < d.MinWall-dimensionTolerance {
		fault("thin-wall", map[string]any{"mm": hundredths(r.ThinWall), "least": hundredths(d.MinWall)})
	}
	tree := surface.NewTree(m)
	for _, s := range d.Slots {
		r.Dimensions = append(r.Dimensions, g.slot(tree, s))
	}
	for _, s := range d.Sleeves {
		r.Dimensions = append(r.Dimensions, g.sleeve(tree, s))
	}
	for _, m := range r.Dimensions {
		if !m.OK {
			switch m.Sort {
			case "slot":
				fault("slot", m.said())
			case "sleeve":
				fault("sleeve", m.said())
			}
		}
	}
	return r
}

// said are the figures of a measure as a fault names them.
func (m Measure) said() map[string]any {
	return map[string]any{"name": m.Name, "low": hundredths(m.Smallest), "high": hundredths(m.Largest), "wanted": hundredths(m.Wanted)}
}

func hundredths(mm float64) string { return strconv.FormatFloat(mm, 'f', 2, 64) }

// contact measures the face towards the bone, what was filled under the guide, and the way off.
func (g *Guide) contact(bone *surface.Solid, r *Report) {
	d, m := &g.Design, g.Mesh
	out := d.Approach.Unit()
	r.Gap = Measure{Sort: "clearance", Wanted: d.Clearance, Smallest: math.Inf(1), Largest: math.Inf(-1)}
	r.TakeOff = math.Inf(1)
	for t := range m.Triangles {
		a, b, c := m.Corners(t)
		n := b.Sub(a).Cross(c.Sub(a))
		center := a.Add(b).Add(c).Scale(1.0 / 3)
		far, _ := bone.Signed(center, math.Inf(1))
		r.TakeOff = min(r.TakeOff, far)
		if far > d.Clearance+1 {
			continue
		}
		for _, up := range []float64{0.5, 1, 2, 4, 8} {
			if on, ok := bone.Signed(center.Add(out.Scale(up)), d.Clearance+1); ok {
				r.TakeOff = min(r.TakeOff, on)
			}
		}
		if near, ok := bone.Nearest(center, d.Clearance+dimensionTolerance); ok && n.Unit().Dot(bone.Normal(near).Unit()) < -0.9 {
			r.Contact += n.Norm() / 2
			r.Gap.Smallest, r.Gap.Largest = min(r.Gap.Smallest, far), max(r.Gap.Largest, far)
		}
	}
	r.Undercut = g.fields.undercut(d)
	r.Gap.OK = r.Contact > 0 && math.Abs(r.Gap.Smallest-d.Clearance) <= dimensionTolerance && math.Abs(r.Gap.Largest-d.Clearance) <= dimensionTolerance
	if r.Contact == 0 {
		r.Gap.Smallest, r.Gap.Largest = 0, 0
	}
}

// undercut is what was filled within the patch and the guide's reach.
func (s *fields) undercut(d *Design) float64 {
	patch := d.patch(s.frame)
	plane := s.grid.Size[0] * s.grid.Size[1]
	n := 0
	for column := range plane {
		p := s.frame.in(s.grid.Point(space.Vec{float64(column % s.grid.Size[0]), float64(column / s.grid.Size[0]), 0}))
		if patch(p[0], p[1]) > 0 {
			continue
		}
		for k := range s.grid.Size[2] {
			at := k*plane + column
			if z := p[2] + float64(k)*d.Resolution; z > -d.Reach && float64(s.swept[at]) < d.Clearance && float64(s.bone[at]) > d.Clearance {
				n++
			}
		}
	}
	return float64(n) * s.grid.VoxelVolume()
}

// thinnest is the thickness that 99.5 % of the walls' area have: from a triangle straight in to a face that looks the other way. Rays that end on a face at an angle measure a
// corner, not a wall.
func thinnest(m *surface.Mesh) float64 {
	type wall struct{ thick, area float64 }
	var walls []wall
	tree := surface.NewTree(m)
	total := 0.0
	for t := range m.Triangles {
		a, b, c := m.Corners(t)
		n := b.Sub(a).Cross(c.Sub(a))
		in := n.Unit().Scale(-1)
		hit, ok := tree.Ray(a.Add(b).Add(c).Scale(1.0/3), in, 1e-4)
		if !ok {
			continue
		}
		e, f, g := m.Corners(int(hit.Triangle))
		if f.Sub(e).Cross(g.Sub(e)).Unit().Dot(in) > 0.9 {
			walls = append(walls, wall{hit.Distance, n.Norm() / 2})
			total += n.Norm() / 2
		}
	}
	slices.SortFunc(walls, func(a, b wall) int { return cmp.Compare(a.thick, b.thick) })
	sum := 0.0
	for _, w := range walls {
		if sum += w.area; sum > 0.005*total {
			return w.thick
		}
	}
	return 0
}

// slot measures the gap between a slot's walls, from the plane to both sides, at places all over it.
func (g *Guide) slot(tree *surface.Tree, s Slot) Measure {
	d, f := &g.Design, g.fields.frame
	b := d.block(f, s)
	m := Measure{Sort: "slot", Name: s.Name, Wanted: d.Saw + d.SawPlay, Smallest: math.Inf(1), Largest: math.Inf(-1)}
	normal := s.Plane.Normal.Unit()
	up := f.turn.Apply(b.axes[2])
	start := f.origin.Add(f.turn.Apply(b.center))
	along := f.turn.Apply(b.axes[1])
	for x := range 7 {
		for y := range 4 {
			p := start.Add(along.Scale(s.Length * (float64(x)/6 - 0.5) * 0.85)).Add(up.Scale(b.half[2] - s.Height*(0.2+0.15*float64(y))))
			m.across(tree, p, normal)
		}
	}
	return m.judge()
}

// sleeve measures a bore's diameter in twelve directions at three heights.
func (g *Guide) sleeve(tree *surface.Tree, s Sleeve) Measure {
	d := &g.Design
	m := Measure{Sort: "sleeve", Name: s.Name, Wanted: s.Drill + d.DrillPlay, Smallest: math.Inf(1), Largest: math.Inf(-1)}
	u := s.Direction.Unit()
	side := space.Perpendicular(u)
	for turn := range 6 {
		across := space.Rotation(u, 30*float64(turn)).Apply(side)
		for _, height := range []float64{0.6, 0.75, 0.9} {
			m.across(tree, s.Entry.Add(u.Scale(s.Height*height)), across)
		}
	}
	return m.judge()
}

// across measures from a place to both sides. Where no wall is met the size is infinite.
func (m *Measure) across(tree *surface.Tree, p, direction space.Vec) {
	wide := math.Inf(1)
	a, oka := tree.Ray(p, direction, 0)
	b, okb := tree.Ray(p, direction.Scale(-1), 0)
	if oka && okb {
		wide = a.Distance + b.Distance
	}
	m.Smallest, m.Largest = min(m.Smallest, wide), max(m.Largest, min(wide, 999))
}

func (m Measure) judge() Measure {
	m.Smallest = min(m.Smallest, 999)
	m.OK = m.Smallest >= m.Wanted-dimensionTolerance && m.Largest <= m.Wanted+dimensionTolerance
	return m
}
