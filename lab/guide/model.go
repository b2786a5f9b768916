package guide

import (
	"math"
	"slices"

	"consilium/lab/caution"
	"consilium/lab/space"
	"consilium/lab/surface"
)

// Model makes an anatomical model: the bone as it is, with the case's ID engraved near the design's center on the side that its approach looks at, searched for within its radius. Of the
// design, Case, Label, Approach, Center, Radius, Resolution and MinWall count. Parts of the bone that hang on nothing are left out: they would fall out of the printer.
func Model(d Design, bone *surface.Mesh) (*Guide, error) {
	d.Slots, d.Sleeves, d.Outline = nil, nil, nil
	d.MinWall = max(d.MinWall, 2*d.Resolution)
	d.Wall = max(d.Wall, 4*d.Resolution, d.MinWall+d.label().Depth)
	if err := d.Check(); err != nil {
		return nil, err
	}
	solid, err := surface.NewSolid(bone)
	if err != nil {
		return nil, err
	}
	f := newFrame(&d)
	low, high := space.Vec{math.Inf(1), math.Inf(1), math.Inf(1)}, space.Vec{math.Inf(-1), math.Inf(-1), math.Inf(-1)}
	for p := range bone.Points {
		q := f.in(bone.Point(int32(p)))
		for axis := range 3 {
			low[axis], high[axis] = min(low[axis], q[axis]-2*d.Resolution), max(high[axis], q[axis]+2*d.Resolution)
		}
	}
	s, err := sample(&d, f, low, high, solid, d.label().Depth+2*d.Resolution)
	if err != nil {
		return nil, err
	}
	body := slices.Clone(s.bone)
	text, err := s.place(&d, s.seen(&d, body, func(int) bool { return true }))
	if err != nil {
		return nil, err
	}
	s.engrave(&d, body, text, 0)
	m, err := mesh(s.grid, body, d.Resolution)
	if err != nil {
		return nil, err
	}
	m = m.Largest()
	g := &Guide{Design: d, Mesh: m, fields: s}
	g.Report = Report{Topology: m.Inspect(), Parts: 1, Crossings: m.SelfIntersections(1000), Volume: m.Volume(), ThinWall: thinnest(m), Faults: caution.List{}}
	if !g.Report.Topology.Watertight || g.Report.Topology.Pinched > 0 {
		g.Report.Faults.Say("manifold", map[string]any{"open": g.Report.Topology.Boundary, "more": g.Report.Topology.NonManifold, "pinched": g.Report.Topology.Pinched})
	}
	if g.Report.Crossings > 0 {
		g.Report.Faults.Say("crossings", map[string]any{"places": g.Report.Crossings})
	}
	return g, nil
}
