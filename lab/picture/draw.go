package picture

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"consilium/lab/parallel"
	"consilium/lab/space"
)

// finer is how many samples a pixel has along each side, so that edges are smooth.
const finer = 2

// strips are drawn at the same time; their number does not change the picture.
const strips = 16

// Draw draws the parts. What no part covers stays transparent, so that a page's own ground shows. Opaque parts come first, whatever their order; of translucent ones
// the later lies over the earlier.
func Draw(parts []Part, v View) (*image.NRGBA, error) {
	if err := v.check(); err != nil {
		return nil, err
	}
	var solid, clear []*placed
	for i := range parts {
		p := &parts[i]
		if err := p.Mesh.Check(); err != nil {
			return nil, err
		}
		if p.Values != nil && (len(p.Values) != len(p.Mesh.Points) || !(p.Most > 0)) {
			return nil, fmt.Errorf("%w: %d values for %d points, up to %v", ErrView, len(p.Values), len(p.Mesh.Points), p.Most)
		}
		if p.Color.A < 255 {
			clear = append(clear, place(p, v))
		} else {
			solid = append(solid, place(p, v))
		}
	}
	c := newCanvas(v.Width*finer, v.Height*finer)
	parallel.Blocks(strips, 1, func(lo, hi int) {
		for s := lo; s < hi; s++ {
			from, to := s*c.height/strips, (s+1)*c.height/strips
			for _, p := range solid {
				p.fill(c, from, to, true)
			}
			for _, p := range clear {
				p.fill(c, from, to, false)
			}
		}
	})
	return c.shrink(v.Width, v.Height), nil
}

// placed is a part as it stands before who looks: points in samples and depth, normals in the picture's directions.
type placed struct {
	*Part
	points  [][3]float32
	normals [][3]float32
}

func place(p *Part, v View) *placed {
	right, up, away := v.axes()
	scale := v.Scale() * finer
	m := p.Mesh
	out := &placed{Part: p, points: make([][3]float32, len(m.Points)), normals: make([][3]float32, len(m.Points))}
	parallel.Blocks(len(m.Points), 4096, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			d := m.Point(int32(i)).Add(p.Moved).Sub(v.Center)
			out.points[i] = single(space.Vec{float64(v.Width*finer)/2 + d.Dot(right)*scale, float64(v.Height*finer)/2 - d.Dot(up)*scale, d.Dot(away) * scale})
		}
	})
	sums := make([]space.Vec, len(m.Points)) // of normals as long as twice their triangles' areas
	for t, corners := range m.Triangles {
		a, b, c := m.Corners(t)
		n := b.Sub(a).Cross(c.Sub(a))
		for _, i := range corners {
			sums[i] = sums[i].Add(n)
		}
	}
	for i, n := range sums {
		n = n.Unit()
		out.normals[i] = single(space.Vec{n.Dot(right), n.Dot(up), -n.Dot(away)})
	}
	return out
}

// canvas are the samples of a picture.
type canvas struct {
	width, height int
	depth         []float32
	shade         [][4]float32 // color times opacity, and opacity, each from 0 to 1
}

func newCanvas(width, height int) *canvas {
	c := &canvas{width: width, height: height, depth: make([]float32, width*height), shade: make([][4]float32, width*height)}
	for i := range c.depth {
		c.depth[i] = float32(math.Inf(1))
	}
	return c
}

// fill draws the triangles into the rows from one to before another.
func (p *placed) fill(c *canvas, from, to int, solid bool) {
	for t := range p.Mesh.Triangles {
		p.triangle(c, t, from, to, solid)
	}
}

// triangle draws one triangle: every sample whose middle lies in it, by the three areas that it cuts off (Pineda, SIGGRAPH 1988).
func (p *placed) triangle(c *canvas, t, from, to int, solid bool) {
	i := p.Mesh.Triangles[t]
	a, b, d := p.points[i[0]], p.points[i[1]], p.points[i[2]]
	area := (b[0]-a[0])*(d[1]-a[1]) - (d[0]-a[0])*(b[1]-a[1])
	if area == 0 || !p.Twofold && solid && area > 0 { // seen from behind: the picture's y leads down, so that outward faces turn the other way
		return
	}
	x0, x1 := within(min(a[0], b[0], d[0]), max(a[0], b[0], d[0]), 0, c.width)
	y0, y1 := within(min(a[1], b[1], d[1]), max(a[1], b[1], d[1]), from, to)
	for y := y0; y < y1; y++ {
		py := float32(y) + 0.5
		for x := x0; x < x1; x++ {
			px := float32(x) + 0.5
			u := ((b[0]-px)*(d[1]-py) - (d[0]-px)*(b[1]-py)) / area
			v := ((d[0]-px)*(a[1]-py) - (a[0]-px)*(d[1]-py)) / area
			w := 1 - u - v
			if u < 0 || v < 0 || w < 0 {
				continue
			}
			at, z := y*c.width+x, u*a[2]+v*b[2]+w*d[2]
			if z >= c.depth[at] {
				continue
			}
			s := p.shadeAt(i, [3]float32{u, v, w})
			if solid {
				c.depth[at], c.shade[at] = z, s
				continue
			}
			under := c.shade[at]
			for k := range s {
				c.shade[at][k] = s[k] + under[k]*(1-s[3])
			}
		}
	}
}

// within are the samples whose middles lie between two places, and between two bounds.
func within(low, high float32, from, to int) (int, int) {
	if !(high >= float32(from)) || !(low <= float32(to)) {
		return 0, 0
	}
	return max(from, int(math.Floor(float64(low-0.5)))), min(to, int(math.Ceil(float64(high+0.5))))
}

// shadeAt is the color of a place of a triangle: light from the upper left beside who looks, and a little from everywhere.
func (p *placed) shadeAt(i [3]int32, part [3]float32) [4]float32 {
	var n [3]float32
	for k := range 3 {
		n[k] = part[0]*p.normals[i[0]][k] + part[1]*p.normals[i[1]][k] + part[2]*p.normals[i[2]][k]
	}
	length := float32(math.Sqrt(float64(n[0]*n[0] + n[1]*n[1] + n[2]*n[2])))
	light := float32(1)
	if length > 0 {
		key := (-0.35*n[0] + 0.45*n[1] + 0.82*n[2]) / length
		if p.Twofold && n[2] < 0 {
			key = -key
		}
		light = 0.32 + 0.68*max(key, 0) + 0.06*max(n[1]/length, 0)
	}
	c := p.colorAt(i, part)
	alpha := float32(c.A) / 255
	return [4]float32{min(1, light*float32(c.R)/255) * alpha, min(1, light*float32(c.G)/255) * alpha, min(1, light*float32(c.B)/255) * alpha, alpha}
}

func (p *placed) colorAt(i [3]int32, part [3]float32) color.NRGBA {
	if p.Values == nil {
		return p.Color
	}
	value := part[0]*p.Values[i[0]] + part[1]*p.Values[i[1]] + part[2]*p.Values[i[2]]
	if value != value {
		return p.Color
	}
	return Viridis(float64(value) / p.Most)
}

// shrink makes a pixel of its samples.
func (c *canvas) shrink(width, height int) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			var sum [4]float32
			for n := range finer * finer {
				s := c.shade[(y*finer+n/finer)*c.width+x*finer+n%finer]
				for k := range sum {
					sum[k] += s[k]
				}
			}
			if sum[3] > 0 {
				out.SetNRGBA(x, y, color.NRGBA{whole(sum[0] / sum[3]), whole(sum[1] / sum[3]), whole(sum[2] / sum[3]), whole(sum[3] / (finer * finer))})
			}
		}
	}
	return out
}

func whole(f float32) uint8 { return uint8(min(max(f, 0), 1)*255 + 0.5) }
