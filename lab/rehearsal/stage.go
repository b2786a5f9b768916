package rehearsal

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"math"
	"slices"

	"consilium/lab/guide"
	"consilium/lab/picture"
	"consilium/lab/plan"
	"consilium/lab/segment"
	"consilium/lab/space"
	"consilium/lab/volume"
	"consilium/ledger"
)

// Stage is what stands together on the page: the newest of each kind that was made of the same images.
type Stage struct {
	Surface, Plan, Guide, Model, Strength, Registration, Mirror *Artefact   // nil: there is none
	Segmentation                                                *Artefact   // that the surface was made of; nil: of a range of HU
	Stressed                                                    *Artefact   // the surface at whose points the stress stands
	Implants                                                    []*Artefact // the newest place of each, by name; of those that are being moved, the one before
}

// OnStage chooses from the list of a case.
func OnStage(list []Artefact) (s Stage) {
	s.Surface = Newest(list, Surface)
	if s.Surface == nil {
		return s
	}
	list = slices.DeleteFunc(slices.Clone(list), func(a Artefact) bool { return a.Entry != s.Surface.Entry })
	s.Plan, s.Guide, s.Model, s.Strength, s.Registration, s.Mirror = Newest(list, Plan), Newest(list, Guide), Newest(list, Model), Newest(list, Strength), Newest(list, Registration), Newest(list, Mirror)
	s.Implants, s.Segmentation = implants(list), With(list, s.Surface.Source)
	if s.Strength != nil {
		s.Stressed = With(list, s.Strength.Source)
	}
	return s
}

// implants are the newest of each name that are there and were not taken away.
func implants(list []Artefact) (found []*Artefact) {
	seen := map[string]bool{}
	for i := range list {
		var o ImplantOrder
		if a := &list[i]; a.Kind != Implant || !a.Done() || a.Read(&o, nil) != nil || seen[o.Name] {
			continue
		}
		if seen[o.Name] = true; !o.Away {
			found = append(found, &list[i])
		}
	}
	slices.Reverse(found) // in the order in which they came
	return found
}

// onStage is what stands on the stage of a case.
func (l *Lab) onStage(ctx context.Context, thread ledger.ThreadID) (s Stage, err error) {
	err = l.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, err := l.List(ctx, tx, thread)
		s = OnStage(list)
		return err
	})
	return s, err
}

// Views are the pictures of a stage, by name.
var Views = []string{"surface", "slices", "plan", "guide", "apart", "stress"}

// Has tells whether there is something to see in a view.
func (s Stage) Has(view string) bool {
	switch view {
	case "surface", "slices":
		return s.Surface != nil
	case "plan":
		return s.Plan != nil || len(s.Implants) > 0 || s.Mirror != nil
	case "guide", "apart":
		return s.Guide != nil
	case "stress":
		return s.Strength != nil && s.Stressed != nil
	}
	return false
}

// PlaneRadius is how large the planes of a plan are drawn, in mm.
const PlaneRadius = 32

// Apart is how far a guide is lifted off the bone in an exploded view, LPS mm: along its own way off.
func Apart(d guide.Design) space.Vec { return d.Approach.Unit().Scale(52) }

// Picture draws a view as PNG, from a turn around the patient in degrees.
func (l *Lab) Picture(ctx context.Context, s Stage, view string, turn float64, width, height int) ([]byte, error) {
	if !s.Has(view) {
		return nil, ErrGone
	}
	if view == "slices" {
		return l.threeSlices(ctx, s.Surface)
	}
	parts, err := l.parts(ctx, s, view)
	if err != nil {
		return nil, err
	}
	bone, err := l.Mesh(ctx, s.Surface)
	if err != nil {
		return nil, err
	}
	low, high := bone.Bounds()
	m, err := picture.Draw(parts, picture.View{Width: width, Height: height, Turn: turn, Center: low.Add(high).Scale(0.5), Radius: PictureRadius(high.Sub(low).Norm() / 2)})
	if err != nil {
		return nil, err
	}
	return encoded(m)
}

// PictureRadius is how many mm a picture shows from its middle to the nearer edge, of a bone with a radius: room for a guide that is lifted off.
func PictureRadius(bone float64) float64 { return 0.95 * bone }

func encoded(m image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, m)
	return b.Bytes(), err
}

// parts are the surfaces of a view.
func (l *Lab) parts(ctx context.Context, s Stage, view string) (parts []picture.Part, err error) {
	add := func(a *Artefact, c color.NRGBA, moved space.Vec) {
		if a == nil || err != nil {
			return
		}
		var p picture.Part
		if p.Mesh, err = l.Mesh(ctx, a); err == nil {
			p.Color, p.Moved, p.Twofold = c, moved, true
			parts = append(parts, p)
		}
	}
	if view == "stress" {
		add(s.Stressed, picture.Computed, space.Vec{})
		if err != nil {
			return nil, err
		}
		var facts StrengthFacts
		if err := s.Strength.Read(nil, &facts); err != nil {
			return nil, err
		}
		p := &parts[0]
		if p.Values, err = l.valuesOf(ctx, s.Strength); err != nil {
			return nil, err
		}
		p.Most = Scale(&facts)
		return parts, nil
	}
	add(s.Surface, picture.Bone, space.Vec{})
	if view != "surface" {
		for _, a := range s.Implants {
			add(a, picture.Implant, space.Vec{})
		}
	}
	if view == "plan" {
		add(s.Mirror, picture.Mirror, space.Vec{})
	}
	var o GuideOrder
	if s.Guide != nil && (view == "guide" || view == "apart") {
		if err := s.Guide.Read(&o, nil); err != nil {
			return nil, err
		}
		moved := space.Vec{}
		if view == "apart" {
			moved = Apart(o.Design)
		}
		add(s.Guide, picture.Guide, moved)
	}
	if s.Plan != nil && view == "plan" {
		var p *plan.Plan
		if p, err = PlanOf(s.Plan); err != nil {
			return nil, err
		}
		for _, name := range Planes(p) {
			parts = append(parts, picture.Plane(p.Planes[name].Point, p.Planes[name].Normal, PlaneRadius, picture.Cut))
		}
	}
	return parts, err
}

// Planes are the names of a plan's planes in their order.
func Planes(p *plan.Plan) []string {
	var names []string
	for name := range p.Planes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Landmarks are the names of a plan's landmarks in their order.
func Landmarks(p *plan.Plan) []string { return slices.Sorted(maps.Keys(p.Landmarks)) }

// Scale is the stress at the upper end of the colors: what 99 of 100 parts of the volume stay below, for the greatest value of a voxel model stands on a step of its surface.
func Scale(f *StrengthFacts) float64 { return max(f.Last().VonMises.P99, 1e-9) }

// Slice draws one slice of the scan that a surface or a segmentation was made of, in a window of HU, as PNG. Rows and columns are the volume's own.
func (l *Lab) Slice(ctx context.Context, a *Artefact, axis string, index int, center, width float64) ([]byte, error) {
	s, err := l.Scan(ctx, a, func(int, int) {})
	if err != nil {
		return nil, err
	}
	along, ok := segment.Axes[axis]
	if !ok || index < 0 || index >= s.Volume.Size[along] || !(width >= 1) || math.IsNaN(center) {
		return nil, ErrGone
	}
	return encoded(gray(s.Volume, along, index, center, width))
}

// inSlice are the axes of the volume along a slice's rows and columns.
func inSlice(along int) (across, down int) { return [3]int{1, 0, 0}[along], [3]int{2, 2, 1}[along] }

// rowOf is the row of a picture for a place along its columns: of all but axial slices the last one is on top.
func rowOf(along, at, count int) int {
	if along != 2 {
		return count - 1 - at
	}
	return at
}

// gray is a slice: the axial one with its rows down the picture, the others with the head up where the volume's last axis leads there.
func gray(v *volume.Volume, along, index int, center, width float64) *image.Gray {
	across, down := inSlice(along)
	m := image.NewGray(image.Rect(0, 0, v.Size[across], v.Size[down]))
	var at [3]int
	at[along] = index
	for y := range v.Size[down] {
		at[down] = y
		row := rowOf(along, y, v.Size[down])
		for x := range v.Size[across] {
			at[across] = x
			value := (v.At(v.Offset(at[0], at[1], at[2]))-center)/width + 0.5
			m.Pix[row*m.Stride+x] = uint8(255*max(0, min(1, value)) + 0.5)
		}
	}
	return m
}

// Windows of slices: center and width in HU.
var BoneWindow, SoftWindow = [2]float64{500, 2000}, [2]float64{50, 400}

// threeSlices are the middle slices along the three axes beside each other, to scale, without a graphics card.
func (l *Lab) threeSlices(ctx context.Context, a *Artefact) ([]byte, error) {
	s, err := l.Scan(ctx, a, func(int, int) {})
	if err != nil {
		return nil, err
	}
	v, gap, left := s.Volume, 8, 0
	const mm = 0.75 // of a pixel
	var all []*image.Gray
	size := image.Point{}
	for _, along := range []int{2, 1, 0} {
		across, down := inSlice(along)
		g := gray(v, along, v.Size[along]/2, BoneWindow[0], BoneWindow[1])
		g = stretched(g, int(float64(v.Size[across])*v.Spacing[across]/mm), int(float64(v.Size[down])*v.Spacing[down]/mm))
		all = append(all, g)
		size.X, size.Y = size.X+g.Rect.Dx()+gap, max(size.Y, g.Rect.Dy())
	}
	if size.X > 4*picture.MostSide || size.Y > picture.MostSide {
		return nil, fmt.Errorf("%w: slices of %v pixels", ErrTooMuch, size)
	}
	m := image.NewGray(image.Rect(0, 0, size.X-gap, size.Y))
	for _, g := range all {
		draw.Draw(m, image.Rect(left, 0, left+g.Rect.Dx(), g.Rect.Dy()), g, image.Point{}, draw.Src)
		left += g.Rect.Dx() + gap
	}
	return encoded(m)
}

// stretched is a picture of another size, each pixel the nearest one: values are those of the scan.
func stretched(g *image.Gray, width, height int) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, max(1, width), max(1, height)))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Pix[y*out.Stride+x] = g.Pix[y*g.Rect.Dy()/out.Rect.Dy()*g.Stride+x*g.Rect.Dx()/out.Rect.Dx()]
		}
	}
	return out
}

// Exported is a surface in a format for print or other programs, by the ending of a file's name.
func (l *Lab) Exported(ctx context.Context, a *Artefact, ending, title string) ([]byte, error) {
	m, err := l.Mesh(ctx, a)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = m.Write(&b, "."+ending, title)
	return b.Bytes(), err
}
