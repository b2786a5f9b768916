package figure

import (
	"cmp"
	"slices"
	"strings"
)

func (p *plot) drawBands() {
	for _, b := range p.Bands {
		top, bottom := p.y.at(max(b.From, b.To)), p.y.at(min(b.From, b.To))
		top, bottom = max(top, p.top), min(bottom, p.bottom)
		if !(top < bottom) {
			continue
		}
		p.tag("rect", "x", p.left, "y", top, "width", p.right-p.left, "height", bottom-top, "fill", p.theme.Band)
		label := fit(b.Label, (p.right-p.left)/2)
		for _, baseline := range []float64{top + fontSize + 1, bottom - 4} { // in the first corner where nothing stands
			if p.place(p.right, baseline, label, nil) || p.place(p.left, baseline, label, nil) {
				break
			}
		}
	}
}

func (p *plot) drawAxes() {
	for _, t := range p.yTicks {
		at := p.y.at(t.At)
		p.tag("line", "x1", p.left, "x2", p.right, "y1", at, "y2", at, "stroke", p.theme.Grid)
		p.text(p.left-gap, at+4, "end", t.Label)
	}
	p.text(0, fontSize, "start", fit(p.Y.Label, p.width))
	y := p.bottom + lineHeight
	for _, t := range thinned(p.xTicks, p.x, p.width) {
		label := fit(t.Label, p.width)
		at := p.x.at(t.At)
		p.tag("line", "x1", at, "x2", at, "y1", p.bottom, "y2", p.bottom+3, "stroke", p.theme.Muted)
		p.text(clamp(at, textWidth(label), 0, p.width), y, "middle", label)
	}
	p.text(p.right, y+lineHeight, "end", fit(p.X.Label, p.width))
}

// thinned leaves out ticks whose labels would touch: every second, every third, and so on.
func thinned(ticks []Tick, x scale, width float64) []Tick {
	for every := 1; ; every++ {
		var kept []Tick
		for i := 0; i < len(ticks); i += every {
			kept = append(kept, ticks[i])
		}
		if len(kept) <= 1 || !touch(kept, x, width) {
			return kept
		}
	}
}

func touch(ticks []Tick, x scale, width float64) bool {
	end := -1e9
	for _, t := range ticks {
		w := textWidth(fit(t.Label, width))
		middle := clamp(x.at(t.At), w, 0, width)
		if middle-w/2 < end+gap {
			return true
		}
		end = middle + w/2
	}
	return false
}

func (p *plot) drawEvents() {
	for _, f := range p.callouts {
		y := p.top - float64(f.row)*lineHeight - 5
		p.tag("line", "x1", f.x, "x2", f.x, "y1", y-fontSize+2, "y2", p.bottom, "stroke", p.theme.Muted, "stroke-dasharray", "2 3")
	}
	for _, f := range p.callouts {
		y := p.top - float64(f.row)*lineHeight - 5
		p.text(f.left, y, "start", f.label, append(p.rim(), "fill", p.theme.Ink)...)
	}
}

// drawSeries draws intervals, then lines, then marks, so that marks lie on top.
func (p *plot) drawSeries(i int, s Series) {
	color := p.theme.color(i)
	for _, point := range s.Points {
		if point.hasInterval() {
			x, low, high := p.x.at(point.X), p.y.at(point.Low), p.y.at(point.High)
			p.tag("path", "d", "M"+num(x-3)+" "+num(low)+"h6M"+num(x)+" "+num(low)+"V"+num(high)+"M"+num(x-3)+" "+num(high)+"h6",
				"fill", "none", "stroke", color, "stroke-opacity", "0.6")
		}
	}
	firm, provisional := p.paths(s.Points)
	for _, path := range []struct{ d, dash string }{{firm, ""}, {provisional, "4 4"}} {
		if path.d == "" {
			continue
		}
		attributes := []any{"d", path.d, "fill", "none", "stroke", color, "stroke-width", 2.0, "stroke-linejoin", "round", "stroke-linecap", "round"}
		if path.dash != "" {
			attributes = append(attributes, "stroke-dasharray", path.dash)
		}
		p.tag("path", attributes...)
	}
	for _, point := range s.Points {
		if finite(point.Y) {
			p.mark(i, point, color)
		}
	}
}

// paths are the line through the points: dashed where it leads to a provisional one, broken where a value is missing.
func (p *plot) paths(points []Point) (firm, provisional string) {
	var lines [2]strings.Builder
	for i := 1; i < len(points); i++ {
		from, to := points[i-1], points[i]
		if !finite(from.Y) || !finite(to.Y) {
			continue
		}
		b := &lines[0]
		if to.Provisional {
			b = &lines[1]
		}
		joined := i > 1 && finite(points[i-2].Y) && points[i-1].Provisional == to.Provisional
		if !joined {
			b.WriteString("M" + num(p.x.at(from.X)) + " " + num(p.y.at(from.Y)))
		}
		b.WriteString("L" + num(p.x.at(to.X)) + " " + num(p.y.at(to.Y)))
	}
	return lines[0].String(), lines[1].String()
}

// mark draws a point in the shape of its series: circle, square, diamond, triangle.
func (p *plot) mark(series int, point Point, color string) {
	x, y, fill := p.x.at(point.X), p.y.at(point.Y), p.theme.Ground
	if point.Strong {
		fill = color
	}
	look := []any{"fill", fill, "stroke", color, "stroke-width", 2.0}
	if series%4 == 0 {
		p.tag("circle", append([]any{"cx", x, "cy", y, "r", markRadius}, look...)...)
		return
	}
	d := [...]string{1: "m-3.5-3.5h7v7h-7z", 2: "m0-5l5 5l-5 5l-5-5z", 3: "m0-5l4.5 8h-9z"}[series%4]
	p.tag("path", append([]any{"d", "M" + num(x) + " " + num(y) + d}, look...)...)
}

// drawNames writes the names of several series at the ends of their lines, moved apart where they would touch.
func (p *plot) drawNames() {
	if len(p.Series) < 2 {
		return
	}
	type name struct {
		series int
		y      float64
	}
	var names []name
	for i, s := range p.Series {
		for _, point := range slices.Backward(s.Points) {
			if finite(point.Y) {
				names = append(names, name{i, p.y.at(point.Y) + 4})
				break
			}
		}
	}
	slices.SortStableFunc(names, func(a, b name) int { return cmp.Compare(a.y, b.y) })
	for i := 1; i < len(names); i++ {
		names[i].y = max(names[i].y, names[i-1].y+lineHeight)
	}
	if n := len(names); n > 0 { // what was pushed out below goes up again
		names[n-1].y = min(names[n-1].y, p.bottom)
		for i := n - 2; i >= 0; i-- {
			names[i].y = min(names[i].y, names[i+1].y-lineHeight)
		}
	}
	for _, n := range names {
		p.text(p.right+6, n.y, "start", p.Series[n.series].Name, "fill", p.theme.color(n.series))
	}
}

// drawLabels writes the words beside marks: above, else below, else to one side, else not at all; the table has them in any case.
func (p *plot) drawLabels() {
	for _, s := range p.Series {
		for _, point := range s.Points {
			if point.Label == "" || !finite(point.Y) {
				continue
			}
			x, y := p.x.at(point.X), p.y.at(point.Y)
			label := fit(point.Label, (p.right-p.left)*0.6)
			look := append(p.rim(), "fill", p.theme.Ink)
			above, below := y, y
			if point.hasInterval() {
				above, below = min(y, p.y.at(point.High)), max(y, p.y.at(point.Low))
			}
			side := textWidth(label)/2 + 9
			_ = p.place(x, above-8, label, look) || p.place(x, below+18, label, look) ||
				p.placeAt(x-side, y+4, label, look) || p.placeAt(x+side, y+4, label, look)
		}
	}
}

// box is an area in pixels.
type box struct{ left, top, right, bottom float64 }

func (b box) meets(c box) bool {
	return b.left < c.right && c.left < b.right && b.top < c.bottom && c.top < b.bottom
}

// place writes a label, moved inside the plot, if nothing stands there yet, and says whether it did.
func (p *plot) place(middle, baseline float64, label string, attributes []any) bool {
	return p.placeAt(clamp(middle, textWidth(label), p.left+2, p.right-2), baseline, label, attributes)
}

// placeAt writes a label just there, if it lies inside the plot and nothing stands there yet.
func (p *plot) placeAt(middle, baseline float64, label string, attributes []any) bool {
	w := textWidth(label)
	b := box{middle - w/2, baseline - fontSize, middle + w/2, baseline + 3}
	if label == "" || b.left < p.left || b.right > p.right || b.top < p.top-2 || b.bottom > p.bottom+2 || slices.ContainsFunc(p.taken, b.meets) {
		return false
	}
	p.taken = append(p.taken, b)
	p.text(middle, baseline, "middle", label, attributes...)
	return true
}
