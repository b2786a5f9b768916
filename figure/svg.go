package figure

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
)

const fontSize = 11

// svg writes the drawing. A title is what the figure shows, a desc what it says; the ID keeps their names apart on a page.
func (d *drawing) svg() []byte {
	var b bytes.Buffer
	id, width := escape(d.ID), "100%"
	if id == "" {
		id = "figure"
	}
	if d.fixed {
		width = num(d.width)
	}
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="%s" width="%s" role="img" aria-labelledby="%s-title %s-desc"`,
		d.viewBox(), width, id, id)
	fmt.Fprintf(&b, ` font-family="%s" font-size="%d" font-variant="tabular-nums" fill="none">`, escape(d.theme.Font), fontSize)
	fmt.Fprintf(&b, "\n<title id=\"%s-title\">%s</title>\n<desc id=\"%s-desc\">%s</desc>\n", id, escape(d.Title), id, escape(d.Desc))
	for _, i := range d.items {
		if i.label != "" {
			i.words.svg(&b, d.theme)
		} else {
			i.svg(&b)
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// sideMargin is the room at the sides of a figure that fills its place: words that begin at the very edge look cut off where the place has no margin of its own.
const sideMargin = 8

// viewBox is what is shown; a figure that keeps its width, as a sparkline within a line of text, has no margin.
func (d *drawing) viewBox() string {
	margin := float64(sideMargin)
	if d.fixed {
		margin = 0
	}
	return fmt.Sprintf("%s 0 %s %s", num(-margin), num(d.width+2*margin), num(d.height))
}

func (w words) svg(b *bytes.Buffer, t Theme) {
	b.WriteString("<text")
	attributes(b, "x", num(w.x), "y", num(w.y), "text-anchor", w.anchor, "fill", w.color)
	if w.strong {
		attributes(b, "font-weight", "600")
	}
	if w.rim {
		attributes(b, "stroke", t.Ground, "stroke-width", "3", "stroke-linejoin", "round", "paint-order", "stroke")
	}
	b.WriteString(">" + escape(w.label) + "</text>\n")
}

func (i item) svg(b *bytes.Buffer) {
	b.WriteString("<path")
	attributes(b, "d", i.path.svg())
	l := i.look
	if l.fill != "" {
		attributes(b, "fill", l.fill)
		if l.opacity > 0 {
			attributes(b, "fill-opacity", num(l.opacity))
		}
	}
	if l.stroke != "" {
		attributes(b, "stroke", l.stroke)
		if l.width > 0 && l.width != 1 {
			attributes(b, "stroke-width", num(l.width))
		}
		if l.dash != "" {
			attributes(b, "stroke-dasharray", l.dash)
		}
		if l.faint > 0 {
			attributes(b, "stroke-opacity", num(l.faint))
		}
		if l.round {
			attributes(b, "stroke-linejoin", "round", "stroke-linecap", "round")
		}
	}
	b.WriteString("/>\n")
}

func (p path) svg() string {
	var b strings.Builder
	at := p.at
	point := func(op string) {
		b.WriteString(op + num(at[0]) + " " + num(at[1]))
		at = at[2:]
	}
	for _, op := range p.ops {
		switch op {
		case 'm':
			point("M")
		case 'l':
			point("L")
		case 'o':
			r := num(at[2])
			across := num(2 * at[2])
			b.WriteString("M" + num(at[0]-at[2]) + " " + num(at[1]) + "a" + r + " " + r + " 0 1 0 " + across + " 0a" + r + " " + r + " 0 1 0 -" + across + " 0z")
			at = at[3:]
		case 'z':
			b.WriteString("z")
		}
	}
	return b.String()
}

// attributes writes name, value, name, value.
func attributes(b *bytes.Buffer, pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		b.WriteString(" " + pairs[i] + `="` + escape(pairs[i+1]) + `"`)
	}
}

// num writes a coordinate: two decimals are a hundredth of a pixel.
func num(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "0"
	}
	s := strconv.FormatFloat(v, 'f', 2, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" || s == "" {
		return "0"
	}
	return s
}

var markup = strings.NewReplacer("<", "&lt;", ">", "&gt;", "&", "&amp;", `"`, "&quot;")

// escape makes any text fit for XML: markup becomes text, and characters that XML does not allow are left out.
func escape(s string) string { return markup.Replace(clean(s)) }
