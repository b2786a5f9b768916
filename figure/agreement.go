package figure

import (
	"cmp"
	"math"
	"slices"
)

// Agreement shows how far two measurements of the same things agree (Bland and Altman, Lancet 327, 1986, 307–310): the difference of each pair against its mean, with the
// mean difference and the limits of agreement. Pairs that lie on one place are drawn as one larger mark, since whole numbers often do.
type Agreement struct {
	Sheet
	X, Y   Axis // mean and difference of a pair
	Pairs  []Point
	Levels []Level // the mean difference first, then the limits
	Count  string  // what the table calls how many pairs lie on one place
	Notes  []string
}

// Level is a value that is the same along a whole axis, with the interval of its estimate; levels of one name share a key.
type Level struct {
	Name             string
	Value, Low, High float64 // no interval is drawn unless Low < High
	Text             string  // how it is written in the table; "" for plain numbers
}

// SVG draws the figure for a page.
func (a Agreement) SVG() []byte { return a.draw().svg() }

// PDF draws the figure for print.
func (a Agreement) PDF() []byte { a.Theme = Paper; return a.draw().pdf() }

func (a Agreement) draw() *drawing {
	d := a.sheet(520, 0)
	l := plan{x: a.X, y: a.Y, xs: nowhere(), ys: nowhere(), looseX: true, looseY: true, notes: a.Notes, corners: []corner{topRight, bottomRight, topLeft}, inset: 8}
	heaps := a.heaps()
	for _, h := range heaps {
		l.xs.coverOn(a.X, h.X)
		l.ys.coverOn(a.Y, h.Y)
		l.marks = append(l.marks, spot{h.X, h.Y})
	}
	if a.Y.Min >= a.Y.Max {
		l.ys.coverOn(a.Y, 0)
	}
	lines, keys := quiet(d.theme, a.lines(l.xs), "", "5 3")
	l.curves, l.keys = lines, keys
	l.covers(lines...)
	p := d.panel(l)
	p.axes()
	p.paintCurves()
	for _, h := range heaps {
		if s, ok := p.spotOf(h.X, h.Y); ok {
			p.paint(circle(s.x, s.y, h.radius()), look{fill: d.theme.color(0), opacity: barOpacity})
		}
	}
	p.drawNotes()
	return d
}

// lines are the levels as curves from one end of the axis to the other.
func (a Agreement) lines(reach span) (list []Curve) {
	ends := []float64{reach.low, reach.high}
	if a.X.Min < a.X.Max {
		ends = []float64{a.X.Min, a.X.Max}
	}
	if !finite(ends[0]) || !finite(ends[1]) {
		return nil
	}
	for _, l := range a.Levels {
		c := Curve{Name: l.Name, X: ends, Y: []float64{l.Value, l.Value}}
		if finite(l.Low) && finite(l.High) && l.Low < l.High {
			c.Low, c.High = []float64{l.Low, l.Low}, []float64{l.High, l.High}
		}
		list = append(list, c)
	}
	return list
}

// heap are pairs that lie on one place.
type heap struct {
	Point
	n int
}

// radius grows so that the area of a mark is as the number of its pairs, up to nine.
func (h heap) radius() float64 { return (markRadius - 1) * math.Sqrt(float64(min(h.n, 9))) }

func (a Agreement) heaps() (list []heap) {
	place := map[spot]int{}
	for _, p := range a.Pairs {
		at := spot{p.X, p.Y}
		if !finite(p.X) || !finite(p.Y) {
			continue
		}
		i, known := place[at]
		if !known {
			i = len(list)
			place[at] = i
			list = append(list, heap{Point: p})
		}
		list[i].n++
	}
	slices.SortFunc(list, func(a, b heap) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y)) })
	return list
}

// Table has the levels, then the pairs from left to right.
func (a Agreement) Table() Table {
	t := Table{Head: []string{"", a.X.Label, a.Y.Label, a.Count}}
	for _, l := range a.Levels {
		if finite(l.Value) {
			text := l.Text
			if text == "" {
				text = estimate(l.Value, l.Low, l.High)
			}
			t.Rows = append(t.Rows, []string{l.Name, "", text, ""})
		}
	}
	for _, h := range a.heaps() {
		t.Rows = append(t.Rows, []string{"", orShort(h.XText, h.X), orShort(h.YText, h.Y), count(float64(h.n))})
	}
	return t
}
