package figure

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// drawing is a figure whose layout is decided: shapes and words in pixels from the upper left corner, in the order in
// which they are painted. It is written as SVG and as PDF, which therefore cannot differ in what they show.
type drawing struct {
	Sheet
	width, height float64
	theme         Theme
	fixed         bool // keeps its width instead of filling its place
	items         []item
}

// item is a shape, or words if there is a label.
type item struct {
	path path
	look look
	words
}

// look is how a shape is painted.
type look struct {
	fill, stroke string  // CSS colors; "" for none
	width        float64 // of the stroke; 0 stands for 1
	dash         string  // lengths of stroke and gap in turn
	opacity      float64 // of the fill; 0 stands for 1
	faint        float64 // opacity of the stroke; 0 stands for 1
	round        bool    // ends and corners
}

// words are a label with its baseline at y.
type words struct {
	x, y   float64
	anchor string // start, middle or end: which part of the label stands at x
	label  string
	color  string
	strong bool
	rim    bool // a line of the ground's color around it, so that it stays readable over lines
}

// path is a shape: operations and their coordinates, one after the other. m and l take a point, o takes center and radius, z none.
type path struct {
	ops []byte
	at  []float64
}

func (p *path) add(op byte, at ...float64) {
	p.ops = append(p.ops, op)
	p.at = append(p.at, at...)
}

// polygon is a closed path through points given as x, y, x, y.
func polygon(at ...float64) path {
	return path{append(lines(len(at)/2), 'z'), at}
}

func circle(x, y, r float64) path { return path{[]byte("o"), []float64{x, y, r}} }

func rectangle(x, y, width, height float64) path {
	return polygon(x, y, x+width, y, x+width, y+height, x, y+height)
}

// segment is a straight line.
func segment(x1, y1, x2, y2 float64) path { return path{[]byte("ml"), []float64{x1, y1, x2, y2}} }

// through is an open path through points.
func through(points []spot) path {
	p := path{ops: lines(len(points)), at: make([]float64, 0, 2*len(points))}
	for _, s := range points {
		p.at = append(p.at, s.x, s.y)
	}
	return p
}

// lines are the operations that join n points.
func lines(n int) []byte {
	ops := bytes.Repeat([]byte("l"), n)
	if n > 0 {
		ops[0] = 'm'
	}
	return ops
}

// spot is a place in pixels.
type spot struct{ x, y float64 }

// box is an area in pixels.
type box struct{ left, top, right, bottom float64 }

func (b box) meets(c box) bool {
	return b.left < c.right && c.left < b.right && b.top < c.bottom && c.top < b.bottom
}

func (d *drawing) paint(p path, l look) {
	if len(p.ops) > 0 {
		d.items = append(d.items, item{path: p, look: l})
	}
}

// write puts down words; a label without a visible character is left out.
func (d *drawing) write(w words) {
	if w.label = clean(w.label); w.label == "" {
		return
	}
	if w.color == "" {
		w.color = d.theme.Muted
	}
	d.items = append(d.items, item{words: w})
}

// clean leaves out characters that neither XML nor a page can hold.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r':
			return ' '
		case r < 0x20, r >= 0x7f && r < 0xa0, r == utf8.RuneError, r == 0xFFFE, r == 0xFFFF:
			return -1
		}
		return r
	}, s)
}
