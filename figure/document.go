package figure

import (
	"fmt"
	"strconv"
)

// Document is a text with tables and figures on pages of A4, to be printed and kept. It is set with the same font as figures, so that what is written in
// two languages looks alike everywhere. There is no date in it: the same document is the same file.
type Document struct {
	Title   string
	Subject string
	Strip   []StripCell               // at the top of every page; nil: none
	Foot    string                    // at the foot of every page, so that a loose sheet can be told
	Number  func(page, of int) string // which page of how many, in the reader's language; nil for none
	Parts   []Part
}

// Part is what a document shows, one below the other.
type Part interface{ set(t *typesetter) }

// Chapter begins something. Level 1 is the document's own, 2 a chapter's, 3 a section's.
type Chapter struct {
	Level int
	Text  string
}

// Paragraph is running text. Quiet is for what explains, Strong for what the document is about.
type Paragraph struct {
	Text          string
	Quiet, Strong bool
}

// Items are a numbered list.
type Items []string

// Grid is a table that may go over several pages, each of which begins with its head.
type Grid struct {
	Table
	Shares []float64 // of the width, for each column; nil for what the texts need
}

// Picture is a figure at the width of the text, or its own if that is less.
type Picture struct{ Figure }

// A4 in CSS pixels (ISO 216: 210 by 297 mm), and what is left white around the text.
const (
	a4Width, a4Height = 793.7, 1122.5
	sheetSide         = 68.0
	sheetTop          = 64.0
	sheetFoot         = 76.0
	textColumn        = a4Width - 2*sheetSide
)

// Sizes of text in pixels: 13 of them are 9.75 points.
const (
	bodySize  = 13.0
	smallSize = 11.5
	leading   = 1.45 // of a line, in sizes of its text
)

// headingSizes are those of the levels 1 to 3.
var headingSizes = [3]float64{22, 16.5, 13.5}

// PDF sets the document.
func (d Document) PDF() []byte {
	t := &typesetter{shared: newShared(), strip: d.Strip}
	t.turn()
	for _, part := range d.Parts {
		part.set(t)
	}
	leaves := make([]leaf, len(t.pages))
	for i, p := range t.pages {
		at := a4Height - sheetFoot/2
		foot := brokenAt(t.shared, d.Foot, textColumn*0.78, smallSize)
		if len(foot) > 0 {
			p.label(sheetSide, at, smallSize, Paper.Muted, false, foot[0])
		}
		if d.Number != nil {
			n := d.Number(i+1, len(t.pages))
			p.label(a4Width-sheetSide-t.widthAt(n, smallSize), at, smallSize, Paper.Muted, false, n)
		}
		leaves[i] = leaf{a4Width, a4Height, p.Bytes()}
	}
	return t.file(d.Title, d.Subject, leaves...)
}

// typesetter puts parts on pages from the top down.
type typesetter struct {
	*shared
	pages []*page
	*page         // the one that is being set
	y     float64 // how far down it is full
	top   float64 // where it begins, below the strip
	strip []StripCell
}

// turn begins a new page.
func (t *typesetter) turn() {
	t.page = &page{shared: t.shared, theme: Paper}
	fmt.Fprintf(t.page, "%s 0 0 -%s 0 %s cm\n", num(pointsPerPixel), num(pointsPerPixel), num(a4Height*pointsPerPixel))
	t.pages = append(t.pages, t.page)
	t.top = t.stripped()
	t.y = t.top
}

// left is the room below on this page.
func (t *typesetter) left() float64 { return a4Height - sheetFoot - t.y }

// need turns the page where less than this height is left.
func (t *typesetter) need(height float64) {
	if t.left() < height && t.y > t.top {
		t.turn()
	}
}

// lines sets lines of text below each other, over as many pages as they need.
func (t *typesetter) lines(x, size float64, ink string, strong bool, lines []string) {
	for _, line := range lines {
		t.need(size * leading)
		t.label(x, t.y+size, size, ink, strong, line)
		t.y += size * leading
	}
}

// label sets a text with its baseline at y.
func (p *page) label(x, y, size float64, ink string, strong bool, text string) {
	place := " 1 0 0 -1 " + num(x) + " " + num(y) + " Tm "
	p.WriteString("q BT /F " + strconv.FormatFloat(size, 'f', -1, 64) + " Tf ")
	if strong {
		p.WriteString("2 Tr 0.35 w " + color(ink) + " RG ")
	}
	p.WriteString(color(ink) + " rg" + place + p.hex(text) + " Tj ET Q\n")
}

func (h Chapter) set(t *typesetter) {
	size := headingSizes[min(max(h.Level, 1), len(headingSizes))-1]
	lines := brokenAt(t.shared, h.Text, textColumn, size*1.03)
	t.need(size*leading*float64(len(lines)) + 90) // with the beginning of what it is the heading of
	if t.y > t.top {
		t.y += size
	}
	t.lines(sheetSide, size, Paper.Ink, true, lines)
	t.y += size * 0.3
}

func (p Paragraph) set(t *typesetter) {
	size, ink := bodySize, Paper.Ink
	if p.Quiet {
		size, ink = smallSize, Paper.Muted
	}
	if p.Strong {
		size = bodySize * 1.2
	}
	t.lines(sheetSide, size, ink, p.Strong, brokenAt(t.shared, p.Text, textColumn, size))
	t.y += size * 0.5
}

func (list Items) set(t *typesetter) {
	const indent = 24
	for i, item := range list {
		lines := brokenAt(t.shared, item, textColumn-indent, bodySize)
		t.need(bodySize * leading * float64(min(len(lines), 2)))
		t.label(sheetSide, t.y+bodySize, bodySize, Paper.Muted, false, strconv.Itoa(i+1)+".")
		t.lines(sheetSide+indent, bodySize, Paper.Ink, false, lines)
		t.y += bodySize * 0.3
	}
	t.y += bodySize * 0.4
}

func (p Picture) set(t *typesetter) {
	d := p.draw()
	scale := min(1, textColumn/d.width, (a4Height-t.top-sheetFoot)/d.height)
	t.need(d.height*scale + bodySize)
	fmt.Fprintf(t.page, "q %s 0 0 %s %s %s cm\n", num(scale), num(scale), num(sheetSide), num(t.y))
	t.items(d)
	t.WriteString("Q\n")
	t.y += d.height*scale + bodySize
}

// rule draws a line across the text.
func (t *typesetter) rule(y float64) {
	t.shape(segment(sheetSide, y, a4Width-sheetSide, y), look{stroke: Paper.Grid})
}
