package guide

import (
	"fmt"
	"math"

	"consilium/lab/parallel"
	"consilium/lab/segment"
	"consilium/lab/space"
	"consilium/lab/surface"
	"consilium/lab/volume"
)

// Guide is a guide that was made, and what is known of it.
type Guide struct {
	Design Design
	Mesh   *surface.Mesh
	Report Report
	fields *fields
}

// Make makes a guide on a bone and checks it. The bone is a closed surface. An error means that there is no guide; a guide with faults is returned with a report that says them.
func Make(d Design, bone *surface.Mesh) (*Guide, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	solid, err := surface.NewSolid(bone)
	if err != nil {
		return nil, err
	}
	f := newFrame(&d)
	if n, ok := solid.Nearest(d.Center, d.Radius+d.Wall); !ok {
		return nil, fmt.Errorf("%w: the bone is further than %g mm from the center", ErrDesign, d.Radius+d.Wall)
	} else if solid.Normal(n).Unit().Dot(d.Approach.Unit()) < 0.2 {
		return nil, fmt.Errorf("%w: the approach does not lead out of the bone at the center", ErrDesign)
	}
	low, high := d.box(f)
	s, err := sample(&d, f, low, high, solid, d.Clearance+d.Wall+2*d.Resolution)
	if err != nil {
		return nil, err
	}
	body, err := s.solid(&d)
	if err != nil {
		return nil, err
	}
	text, err := s.place(&d, s.outer(&d, body))
	if err != nil {
		return nil, err
	}
	s.engrave(&d, body, text, d.Clearance+d.Wall)
	m, err := mesh(s.grid, body, d.Resolution)
	if err != nil {
		return nil, err
	}
	g := &Guide{Design: d, Mesh: m, fields: s}
	g.Report = g.check(solid)
	return g, nil
}

// mesh takes the surface of a field that is negative inside, and thins it where it is flat.
func mesh(grid volume.Grid, body []float32, resolution float64) (*surface.Mesh, error) {
	for i := range body {
		body[i] = -body[i]
		// A place on the surface, or nearly, would make triangles without extent, whose corners lie on each other.
		if least := float32(resolution / 50); body[i] >= 0 && body[i] < least {
			body[i] = least
		} else if body[i] < 0 && body[i] > -least {
			body[i] = -least
		}
	}
	m, err := surface.ExtractClosed(&volume.Volume{Grid: grid, Float32: body}, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: nothing is left of it: %w", ErrDesign, err)
	}
	// A collapse changes no topology, but nothing in it keeps two sheets apart that lie near each other: the thinned surface is taken only if it does not cross itself.
	for _, part := range []float64{40, 160} {
		thin, err := m.Decimate(surface.Decimation{MaxError: resolution / part})
		if err != nil {
			return nil, err
		}
		if thin.SelfIntersections(1) == 0 {
			return thin, nil
		}
	}
	return m, nil
}

// solid is the body without its label, negative inside: what is added, without slivers, and then what is taken away.
func (s *fields) solid(d *Design) ([]float32, error) {
	g, f := s.grid, s.frame
	patch := d.patch(f)
	blocks := make([]block, len(d.Slots))
	for i, slot := range d.Slots {
		blocks[i] = d.block(f, slot)
	}
	out := make([]float32, g.Voxels())
	s.each(func(at int, p space.Vec) {
		out[at] = float32(d.added(f, p, float64(s.swept[at]), patch(p[0], p[1]), blocks))
	})
	if err := s.trim(d, out); err != nil {
		return nil, err
	}
	s.each(func(at int, p space.Vec) {
		out[at] = max(out[at], float32(d.taken(f, p, blocks)))
	})
	return out, nil
}

// each calls do for every place of the grid, with its coordinates in the guide's frame.
func (s *fields) each(do func(at int, p space.Vec)) {
	g := s.grid
	parallel.Blocks(g.Size[1]*g.Size[2], 16, func(lo, hi int) {
		for row := lo; row < hi; row++ {
			for i := range g.Size[0] {
				do(row*g.Size[0]+i, s.frame.in(g.Point(space.Vec{float64(i), float64(row % g.Size[1]), float64(row / g.Size[1])})))
			}
		}
	})
}

// added is the field of shell, slot walls and sleeve walls.
func (d *Design) added(f frame, p space.Vec, bone, patch float64, blocks []block) float64 {
	off := d.Clearance - bone // not in the bone and its clearance
	body := max(off, bone-d.Clearance-d.Wall, patch, -p[2]-d.Reach)
	for _, b := range blocks {
		body = min(body, max(off, b.inside(p, b.half)))
	}
	for _, s := range d.Sleeves {
		along, beside := s.at(f, p)
		body = min(body, max(off, beside-(s.Drill+d.DrillPlay)/2-d.Wall, along-s.Height, -along-d.Reach))
	}
	return body
}

// taken is the field that slots and bores leave.
func (d *Design) taken(f frame, p space.Vec, blocks []block) float64 {
	left := math.Inf(-1)
	for _, b := range blocks {
		left = max(left, -b.inside(p, b.gap))
	}
	for _, s := range d.Sleeves {
		_, beside := s.at(f, p)
		left = max(left, (s.Drill+d.DrillPlay)/2-beside)
	}
	return left
}

// trim takes slivers away, as they stand where the patch's edge runs along a steep side of the bone: what is further than a little more than r from the places that are r deep. Square edges lose a tenth
// of a millimeter; a wedge ends where it is about the least wall thick.
func (s *fields) trim(d *Design, body []float32) error {
	r := min(0.62*d.MinWall, 0.45*d.Wall)
	v := &volume.Volume{Grid: s.grid, Float32: body}
	far, err := segment.Distance(v.Threshold(math.Inf(-1), -r))
	if err != nil {
		return err
	}
	for at, b := range body {
		body[at] = max(b, far.Float32[at]-float32(1.2*r+d.Resolution/2))
	}
	return nil
}

// at is where a place lies along a sleeve's axis, and how far from it.
func (s Sleeve) at(f frame, p space.Vec) (along, beside float64) {
	u := f.direction(s.Direction).Unit()
	v := p.Sub(f.in(s.Entry))
	along = v.Dot(u)
	return along, v.Sub(u.Scale(along)).Norm()
}
