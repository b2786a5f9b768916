package guide

import (
	"fmt"
	"math"

	"consilium/lab/parallel"
	"consilium/lab/space"
	"consilium/lab/surface"
	"consilium/lab/volume"
)

// frame is the guide's own coordinates: z along the approach, the origin at the center of the patch.
type frame struct {
	origin space.Vec
	turn   space.Mat // its columns are x, y and z
}

func newFrame(d *Design) frame {
	z := d.Approach.Unit()
	x := space.Perpendicular(z)
	if len(d.Slots) > 0 { // x along the first cut, so that its walls lie along the grid
		if cut := d.Slots[0].Plane.Normal.Cross(z).Unit(); cut != (space.Vec{}) {
			x = cut
		}
	}
	return frame{d.Center, space.Columns(x, z.Cross(x), z)}
}

func (f frame) in(p space.Vec) space.Vec        { return f.turn.Transpose().Apply(p.Sub(f.origin)) }
func (f frame) direction(v space.Vec) space.Vec { return f.turn.Transpose().Apply(v) }

// fields are the numbers at every place of the grid that a guide is made of. The grid's k runs along the approach.
type fields struct {
	grid  volume.Grid
	frame frame
	bone  []float32 // signed distance from the bone; far from it only its sign and a lower bound count
	swept []float32 // the same with undercuts filled: the least of what lies above
}

// sample finds the bone's distance in a box of the guide's coordinates, column by column from the top down. Beyond most only the side is known.
func sample(d *Design, f frame, low, high space.Vec, bone *surface.Solid, most float64) (*fields, error) {
	g := volume.Grid{Spacing: space.Vec{d.Resolution, d.Resolution, d.Resolution}, Direction: f.turn}
	cells := 1.0
	for axis := range 3 {
		g.Size[axis] = int(math.Ceil((high[axis]-low[axis])/d.Resolution)) + 1
		cells *= float64(g.Size[axis])
	}
	if cells > mostCells {
		return nil, fmt.Errorf("%w: %d × %d × %d places of the field are too many; make it smaller or the resolution coarser", ErrDesign, g.Size[0], g.Size[1], g.Size[2])
	}
	g.Origin = f.origin.Add(f.turn.Apply(low))
	if err := g.Check(4); err != nil {
		return nil, err
	}
	out := &fields{grid: g, frame: f, bone: make([]float32, g.Voxels()), swept: make([]float32, g.Voxels())}
	parallel.Blocks(g.Size[0]*g.Size[1], 64, func(lo, hi int) {
		for column := lo; column < hi; column++ {
			out.column(column, bone, most)
		}
	})
	return out, nil
}

// column finds the distances of a column. Where none is less than most, the side is that of the place above: a surface between the two would be nearer. Where the bone stands
// above the column's top, the guide could not come off, and all of the column counts as bone.
func (s *fields) column(column int, bone *surface.Solid, most float64) {
	g := s.grid
	at := func(k int) space.Vec {
		return g.Point(space.Vec{float64(column % g.Size[0]), float64(column / g.Size[0]), float64(k)})
	}
	top := g.Size[2] - 1
	distance, _ := bone.Signed(at(top), math.Inf(1))
	least := most
	if _, blocked := bone.Ray(at(top), g.Direction.Column(2), 0); blocked {
		least = -most
	}
	for k := top; k >= 0; k-- {
		if near, ok := bone.Signed(at(k), most); ok {
			distance = near
		} else {
			distance = math.Copysign(most, distance)
		}
		least = min(least, distance)
		offset := k*g.Size[0]*g.Size[1] + column
		s.bone[offset], s.swept[offset] = float32(distance), float32(least)
	}
}

// box is where the guide may be, in its own coordinates.
func (d *Design) box(f frame) (low, high space.Vec) {
	edge := d.Wall + d.Clearance + 3*d.Resolution
	low, high = space.Vec{-d.Radius, -d.Radius, -d.Reach}, space.Vec{d.Radius, d.Radius, d.Wall}
	grow := func(p space.Vec, r float64) {
		for axis := range 3 {
			low[axis], high[axis] = min(low[axis], p[axis]-r), max(high[axis], p[axis]+r)
		}
	}
	if len(d.Outline) > 0 {
		low, high = space.Vec{math.Inf(1), math.Inf(1), -d.Reach}, space.Vec{math.Inf(-1), math.Inf(-1), d.Wall}
		for _, p := range d.Outline {
			q := f.in(p)
			q[2] = 0
			grow(q, 0)
		}
	}
	for _, s := range d.Slots {
		b := d.block(f, s)
		for corner := range 8 {
			p := b.center
			for axis, half := range b.half {
				p = p.Add(b.axes[axis].Scale(half * float64(corner>>axis&1*2-1)))
			}
			grow(p, 0)
		}
	}
	for _, s := range d.Sleeves {
		r := s.Drill/2 + d.DrillPlay/2 + d.Wall
		grow(f.in(s.Entry), r)
		grow(f.in(s.Entry.Add(s.Direction.Unit().Scale(s.Height))), r)
	}
	for axis := range 3 {
		low[axis], high[axis] = low[axis]-edge, high[axis]+edge
	}
	low[2] = max(low[2], -d.Reach-edge)
	return low, high
}

// block is the walls around a slot: a box whose axes are the plane's normal, the cut and the way the blade goes.
type block struct {
	center space.Vec
	axes   [3]space.Vec
	half   [3]float64
	gap    [3]float64 // half of what is cut out
}

func (d *Design) block(f frame, s Slot) block {
	normal := f.direction(s.Plane.Normal).Unit()
	cut := normal.Cross(space.Vec{0, 0, 1}).Unit()
	blade := cut.Cross(normal)
	at := f.in(s.Plane.Project(d.Center)).Add(cut.Scale(s.Shift))
	gap := (d.Saw + d.SawPlay) / 2
	b := block{axes: [3]space.Vec{normal, cut, blade}, half: [3]float64{gap + d.Wall, s.Length/2 + d.Wall, (s.Height + d.Reach) / 2}}
	b.gap = [3]float64{gap, s.Length / 2, math.Inf(1)}
	b.center = at.Add(blade.Scale((s.Height - d.Reach) / 2))
	return b
}

// inside is how far a place is inside of a box with given half sides, negative inside: the largest of the distances from its faces.
func (b block) inside(p space.Vec, half [3]float64) float64 {
	p = p.Sub(b.center)
	most := math.Inf(-1)
	for axis := range 3 {
		most = max(most, math.Abs(p.Dot(b.axes[axis]))-half[axis])
	}
	return most
}

// patch is the distance from the contact patch seen along the approach, negative within.
func (d *Design) patch(f frame) func(x, y float64) float64 {
	if len(d.Outline) == 0 {
		return func(x, y float64) float64 { return math.Hypot(x, y) - d.Radius }
	}
	var sides []stroke
	for i := range d.Outline {
		a, b := f.in(d.Outline[i]), f.in(d.Outline[(i+1)%len(d.Outline)])
		sides = append(sides, stroke{a[0], a[1], b[0], b[1]})
	}
	return func(x, y float64) float64 {
		inside := false
		for _, s := range sides {
			if (s.ay > y) != (s.by > y) && x < s.ax+(y-s.ay)/(s.by-s.ay)*(s.bx-s.ax) {
				inside = !inside
			}
		}
		if inside {
			return -distanceTo(sides, x, y)
		}
		return distanceTo(sides, x, y)
	}
}
