package figure

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// page writes the content of a PDF page (ISO 32000-1). What it needs besides, glyphs and opacities, is gathered for all pages of a file.
type page struct {
	bytes.Buffer
	*shared
	theme Theme
}

// shared is what the pages of a file have together.
type shared struct {
	face      *typeface
	glyphs    []uint16       // of the subset, in the order of first use; the first stands for what the font has not
	place     map[uint16]int // of a glyph in it
	means     map[int]rune   // what the glyph at a place stands for, so that text can be searched and copied
	opacities []string       // names of graphics states, as fill/stroke
}

func newShared() *shared {
	return &shared{face: face(), glyphs: []uint16{0}, place: map[uint16]int{0: 0}, means: map[int]rune{}}
}

// pointsPerPixel is the size of a CSS pixel on paper: text of 11 pixels is set in 8.25 points, as journals ask for.
const pointsPerPixel = 0.75

// pageMargin is the white around the figure, in pixels.
const pageMargin = 8

// pdf writes the drawing as a page of its own size. The title is the document's; what the figure says is its subject.
func (d *drawing) pdf() []byte {
	d.theme = Paper
	p := &page{shared: newShared(), theme: Paper}
	fmt.Fprintf(p, "%s 0 0 -%s %s %s cm\n", num(pointsPerPixel), num(pointsPerPixel), num(pageMargin*pointsPerPixel), num((d.height+pageMargin)*pointsPerPixel))
	p.items(d)
	return p.file(d.Title, d.Desc, leaf{d.width + 2*pageMargin, d.height + 2*pageMargin, p.Bytes()})
}

// items paints a drawing where the page's coordinates stand.
func (p *page) items(d *drawing) {
	for _, i := range d.items {
		if i.label != "" {
			p.words(i.words)
		} else {
			p.shape(i.path, i.look)
		}
	}
}

func (p *page) shape(s path, l look) {
	if l.fill == "" && l.stroke == "" {
		return
	}
	p.WriteString("q ")
	if l.opacity > 0 || l.faint > 0 {
		p.WriteString("/" + p.opacity(l.opacity, l.faint) + " gs ")
	}
	paint := "n"
	if l.fill != "" {
		p.WriteString(color(l.fill) + " rg ")
		paint = "f"
	}
	if l.stroke != "" {
		paint = map[bool]string{true: "B", false: "S"}[l.fill != ""]
		width := l.width
		if width <= 0 {
			width = 1
		}
		p.WriteString(color(l.stroke) + " RG " + num(width) + " w ")
		if l.dash != "" {
			p.WriteString("[" + l.dash + "] 0 d ")
		}
		if l.round {
			p.WriteString("1 J 1 j ")
		}
	}
	p.outline(s)
	p.WriteString(paint + " Q\n")
}

// kappa is the length of the handles with which four cubic curves make a circle of radius 1.
const kappa = 0.5522847498

func (p *page) outline(s path) {
	at := s.at
	write := func(op string, v ...float64) {
		for _, x := range v {
			p.WriteString(num(x) + " ")
		}
		p.WriteString(op + " ")
	}
	for _, op := range s.ops {
		switch op {
		case 'm', 'l':
			write(string(op), at[0], at[1])
			at = at[2:]
		case 'o':
			x, y, r := at[0], at[1], at[2]
			k := kappa * r
			write("m", x+r, y)
			write("c", x+r, y+k, x+k, y+r, x, y+r)
			write("c", x-k, y+r, x-r, y+k, x-r, y)
			write("c", x-r, y-k, x-k, y-r, x, y-r)
			write("c", x+k, y-r, x+r, y-k, x+r, y)
			write("h")
			at = at[3:]
		case 'z':
			write("h")
		}
	}
}

// words sets a label. Its rim is the same glyphs, stroked first; strong ones get a line of their own color.
func (p *page) words(w words) {
	x := w.x - p.face.width(w.label)*map[string]float64{"middle": 0.5, "end": 1}[w.anchor]
	place := " 1 0 0 -1 " + num(x) + " " + num(w.y) + " Tm "
	glyphs := p.hex(w.label)
	p.WriteString("q BT /F " + strconv.Itoa(fontSize) + " Tf ")
	if w.rim {
		p.WriteString("1 Tr 3 w 1 j " + color(p.theme.Ground) + " RG" + place + glyphs + " Tj 0 Tr ")
	}
	if w.strong {
		p.WriteString("2 Tr 0.35 w " + color(w.color) + " RG ")
	}
	p.WriteString(color(w.color) + " rg" + place + glyphs + " Tj ET Q\n")
}

// hex is a label as the places of its glyphs in the subset, two bytes each.
func (p *shared) hex(label string) string {
	var b strings.Builder
	b.WriteByte('<')
	for _, r := range label {
		glyph := p.face.glyphs[r]
		if _, ok := p.place[glyph]; !ok {
			p.place[glyph] = len(p.glyphs)
			p.means[len(p.glyphs)] = r
			p.glyphs = append(p.glyphs, glyph)
		}
		fmt.Fprintf(&b, "%04X", p.place[glyph])
	}
	b.WriteByte('>')
	return b.String()
}

// opacity names the graphics state with these opacities of fill and stroke.
func (p *shared) opacity(fill, stroke float64) string {
	state := "/ca " + opaque(fill) + " /CA " + opaque(stroke)
	i := slices.Index(p.opacities, state)
	if i < 0 {
		i = len(p.opacities)
		p.opacities = append(p.opacities, state)
	}
	return "G" + strconv.Itoa(i)
}

func opaque(v float64) string {
	if v <= 0 {
		v = 1
	}
	return num(v)
}

// color reads a CSS color: the last six-digit one, which is what a variable falls back to, and black if there is none.
func color(css string) string {
	for i := len(css) - 7; i >= 0; i-- {
		if css[i] != '#' {
			continue
		}
		if v, err := strconv.ParseUint(css[i+1:i+7], 16, 32); err == nil {
			share := func(shift int) string { return strconv.FormatFloat(float64(v>>shift&255)/255, 'f', 3, 64) }
			return share(16) + " " + share(8) + " " + share(0)
		}
	}
	return "0 0 0"
}

// textString is a string of a PDF's own data, outside pages.
func textString(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, unit := range utf16.Encode([]rune(clean(s))) {
		fmt.Fprintf(&b, "%04X", unit)
	}
	b.WriteByte('>')
	return b.String()
}
