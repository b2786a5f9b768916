package figure

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// canvas writes SVG elements one after the other.
type canvas struct {
	buf   bytes.Buffer
	theme Theme
	fixed bool // keeps its width instead of filling its place
}

const fontSize = 11

// open begins a figure. A title is what the figure shows, a desc what it says; id keeps their names apart on a page.
func (c *canvas) open(id, title, desc string, width, height float64) {
	if id == "" {
		id = "figure"
	}
	fmt.Fprintf(&c.buf, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" role="img" aria-labelledby="%s-title %s-desc"`,
		num(width), num(height), c.span(width), escape(id), escape(id))
	fmt.Fprintf(&c.buf, ` font-family="%s" font-size="%d" font-variant="tabular-nums" fill="%s">`, escape(c.theme.Font), fontSize, escape(c.theme.Muted))
	fmt.Fprintf(&c.buf, "\n<title id=\"%s-title\">%s</title>\n<desc id=\"%s-desc\">%s</desc>\n", escape(id), escape(title), escape(id), escape(desc))
}

func (c *canvas) span(width float64) string {
	if c.fixed {
		return num(width)
	}
	return "100%"
}

func (c *canvas) close() []byte {
	c.buf.WriteString("</svg>\n")
	return c.buf.Bytes()
}

// tag writes one empty element with attributes in the order given: name, value, name, value. Numbers are rounded.
func (c *canvas) tag(name string, attributes ...any) {
	c.buf.WriteString("<" + name)
	c.attributes(attributes)
	c.buf.WriteString("/>\n")
}

func (c *canvas) attributes(attributes []any) {
	for i := 0; i+1 < len(attributes); i += 2 {
		fmt.Fprintf(&c.buf, ` %s="%s"`, attributes[i], escape(value(attributes[i+1])))
	}
}

func value(v any) string {
	switch v := v.(type) {
	case float64:
		return num(v)
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

// text writes a label with its baseline at y. The rim keeps it readable over lines.
func (c *canvas) text(x, y float64, anchor, label string, attributes ...any) {
	if label == "" {
		return
	}
	c.buf.WriteString("<text")
	c.attributes([]any{"x", x, "y", y, "text-anchor", anchor})
	c.attributes(attributes)
	c.buf.WriteString(">" + escape(label) + "</text>\n")
}

// rim makes text stand out from what it crosses.
func (c *canvas) rim() []any {
	return []any{"stroke", c.theme.Ground, "stroke-width", 3.0, "stroke-linejoin", "round", "paint-order", "stroke"}
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

// escape makes any text fit for XML: markup becomes text, and characters that XML does not allow are left out.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\t', r == '\n', r == '\r':
			b.WriteByte(' ')
		case r < 0x20, r == utf8.RuneError, r == 0xFFFE, r == 0xFFFF:
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
