package picture

import (
	"errors"
	"fmt"
	"image/color"
	"math"

	"consilium/lab/space"
	"consilium/lab/surface"
)

// ErrView says that a picture cannot be drawn from there: a size or a place that is none.
var ErrView = errors.New("picture: a view that cannot be drawn")

// MostSide bounds the sides of a picture, in pixels.
const MostSide = 2048

// Part is one surface of a picture.
type Part struct {
	Mesh    *surface.Mesh
	Color   color.NRGBA // alpha below 255 lets shine through what lies behind
	Moved   space.Vec   // how far it is moved for this picture, LPS mm: an exploded view
	Values  []float32   // one for each point, colored from 0 to Most by Viridis in place of Color; NaN: not computed, in Color. nil: none
	Most    float64
	Twofold bool // its inside is shown like its outside: of a surface that is open, or a plane
}

// View is from where a picture is drawn. The picture's up is the patient's head.
type View struct {
	Width, Height int       // pixels
	Turn          float64   // degrees around the patient: 0 from the front, 90 from the patient's right, 180 from behind
	Center        space.Vec // in the middle of the picture, LPS mm
	Radius        float64   // mm that fit from the middle to the nearer edge
}

// check refuses what cannot be drawn.
func (v View) check() error {
	if v.Width < 1 || v.Height < 1 || v.Width > MostSide || v.Height > MostSide {
		return fmt.Errorf("%w: %d × %d pixels, at most %d", ErrView, v.Width, v.Height, MostSide)
	}
	if !(v.Radius > 0) || math.IsInf(v.Radius, 0) || !v.Center.Finite() || math.IsNaN(v.Turn) || math.IsInf(v.Turn, 0) {
		return fmt.Errorf("%w: around %v mm, %v mm wide, turned by %v", ErrView, v.Center, v.Radius, v.Turn)
	}
	return nil
}

// Scale is how many pixels a millimeter has.
func (v View) Scale() float64 { return float64(min(v.Width, v.Height)) / 2 / v.Radius }

// axes are the directions of the picture in the patient: to the right, up, and away from who looks.
func (v View) axes() (right, up, away space.Vec) {
	sin, cos := math.Sincos(v.Turn * math.Pi / 180)
	return space.Vec{cos, -sin, 0}, space.Vec{0, 0, 1}, space.Vec{sin, cos, 0}
}

// At is where a place of the patient stands in the picture, in pixels from its upper left corner.
func (v View) At(p space.Vec) (x, y float64) {
	right, up, _ := v.axes()
	d, s := p.Sub(v.Center), v.Scale()
	return float64(v.Width)/2 + d.Dot(right)*s, float64(v.Height)/2 - d.Dot(up)*s
}

// Plane is a round piece of a plane as a part.
func Plane(point, normal space.Vec, radius float64, c color.NRGBA) Part {
	const corners = 48
	n := normal.Unit()
	a := space.Perpendicular(n)
	b := n.Cross(a)
	m := &surface.Mesh{Points: [][3]float32{single(point)}}
	for i := range corners {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		m.Points = append(m.Points, single(point.Add(a.Scale(radius*cos)).Add(b.Scale(radius*sin))))
		m.Triangles = append(m.Triangles, [3]int32{0, int32(1 + i), int32(1 + (i+1)%corners)})
	}
	return Part{Mesh: m, Color: c, Twofold: true}
}

func single(v space.Vec) [3]float32 { return [3]float32{float32(v[0]), float32(v[1]), float32(v[2])} }
