package guide

import (
	"consilium/lab/parallel"
	"consilium/lab/space"
	"fmt"
	"math"
)

// text is where a label stands: its lower left corner and its direction, in the guide's plane.
type text struct {
	x, y, cos, sin float64
	height         float64
	all            []stroke
}

// at is where a place of the plane lies in the label, in units of its letters' height.
func (t text) at(x, y float64) (u, v float64) {
	x, y = x-t.x, y-t.y
	return (x*t.cos + y*t.sin) / t.height, (y*t.cos - x*t.sin) / t.height
}

// place finds where the label fits: every stroke on the outer wall, not over slots, sleeves or their walls. Of all places and eight directions the one nearest to the center is taken.
func (s *fields) place(d *Design, top func(x, y float64) bool) (text, error) {
	l := d.label()
	all, err := strokes(l.Text)
	if err != nil {
		return text{}, err
	}
	width := float64(len([]rune(l.Text)))*pitch*l.Height - l.Height/3
	best, bestFar := text{}, math.Inf(1)
	half := d.Radius + d.Wall
	for _, p := range d.Outline {
		q := s.frame.in(p)
		half = max(half, math.Hypot(q[0], q[1]))
	}
	for turn := range 8 {
		sin, cos := math.Sincos(float64(turn) * math.Pi / 4)
		for y := -half; y <= half; y += 1 {
			for x := -half; x <= half; x += 1 { // x, y: the label's middle
				far := math.Hypot(x, y)
				if far >= bestFar {
					continue
				}
				t := text{x - cos*width/2 + sin*l.Height/2, y - sin*width/2 - cos*l.Height/2, cos, sin, l.Height, all}
				if t.fits(top) {
					best, bestFar = t, far
				}
			}
		}
	}
	if math.IsInf(bestFar, 1) {
		return text{}, fmt.Errorf("%w: %q, %.1f mm long and %g mm high, has no place on the surface beside slots and sleeves; make it smaller or the patch larger", ErrLabel, l.Text, width, l.Height)
	}
	return best, nil
}

// outer reports of a place of the plane whether the wall's outside is what is seen there along the approach.
func (s *fields) outer(d *Design, body []float32) func(x, y float64) bool {
	return s.seen(d, body, func(at int) bool { return math.Abs(float64(s.swept[at])-d.Clearance-d.Wall) < 1.5*d.Resolution })
}

// seen reports of a place of the plane whether the first place inside of the body from above is one that ok says yes to, and not too steep to be read.
func (s *fields) seen(d *Design, body []float32, is func(at int) bool) func(x, y float64) bool {
	g := s.grid
	plane := g.Size[0] * g.Size[1]
	ok := make([]bool, plane)
	heights := make([]int, plane)
	for column := range plane {
		for k := g.Size[2] - 1; k >= 0; k-- {
			if body[k*plane+column] < 0 {
				ok[column], heights[column] = is(k*plane+column), k
				break
			}
		}
	}
	origin := s.frame.in(g.Origin)
	return func(x, y float64) bool {
		i, j := int(math.Round((x-origin[0])/d.Resolution)), int(math.Round((y-origin[1])/d.Resolution))
		if i < 1 || j < 1 || i >= g.Size[0]-1 || j >= g.Size[1]-1 {
			return false
		}
		for _, c := range [5]int{0, -1, 1, -g.Size[0], g.Size[0]} {
			at := j*g.Size[0] + i
			if !ok[at+c] || heights[at+c]-heights[at] > 2 || heights[at]-heights[at+c] > 2 { // 60 degrees
				return false
			}
		}
		return true
	}
}

// fits reports whether every stroke, with its width and a margin as wide, lies on the outer wall.
func (t text) fits(top func(x, y float64) bool) bool {
	for _, s := range t.all {
		steps := int(math.Hypot(s.bx-s.ax, s.by-s.ay)/0.1) + 1
		for n := range steps + 1 {
			part := float64(n) / float64(steps)
			u, v := s.ax+(s.bx-s.ax)*part, s.ay+(s.by-s.ay)*part
			for _, margin := range [4][2]float64{{thick, 0}, {-thick, 0}, {0, thick}, {0, -thick}} {
				a, b := (u+margin[0])*t.height, (v+margin[1])*t.height
				if !top(t.x+a*t.cos-b*t.sin, t.y+a*t.sin+b*t.cos) {
					return false
				}
			}
		}
	}
	return true
}

// engrave cuts the label into the surface that lies a height above the bone, everywhere as deep.
func (s *fields) engrave(d *Design, body []float32, t text, height float64) {
	g, f := s.grid, s.frame
	depth := d.label().Depth
	plane := g.Size[0] * g.Size[1]
	parallel.Blocks(plane, 64, func(lo, hi int) {
		for column := lo; column < hi; column++ {
			p := f.in(g.Point(space.Vec{float64(column % g.Size[0]), float64(column / g.Size[0]), 0}))
			u, v := t.at(p[0], p[1])
			beside := (distanceTo(t.all, u, v) - thick/2) * t.height
			if beside > 4*d.Resolution {
				continue
			}
			for k := range g.Size[2] {
				at := k*plane + column
				cut := max(beside, height-depth-float64(s.swept[at]))
				body[at] = float32(max(float64(body[at]), -cut))
			}
		}
	})
}
