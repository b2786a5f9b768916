package figure

import (
	"cmp"
	"slices"
)

func (p *plot) drawBands() {
	for _, b := range p.Bands {
		top, bottom := p.y.at(max(b.From, b.To)), p.y.at(min(b.From, b.To))
		top, bottom = max(top, p.top), min(bottom, p.bottom)
		if !(top < bottom) {
			continue
		}
		p.paint(rectangle(p.left, top, p.right-p.left, bottom-top), look{fill: p.theme.Band})
		label := fit(b.Label, (p.right-p.left)/2)
		for _, baseline := range []float64{top + fontSize + 1, bottom - 4} { // in the first corner where nothing stands
			if p.place(p.right, baseline, words{label: label}) || p.place(p.left, baseline, words{label: label}) {
				break
			}
		}
	}
}

func (p *plot) drawAxes() {
	for _, t := range p.yTicks {
		at := p.y.at(t.At)
		p.paint(segment(p.left, at, p.right, at), look{stroke: p.theme.Grid})
		p.write(words{x: p.left - gap, y: at + 4, anchor: "end", label: t.Label})
	}
	p.write(words{x: 0, y: fontSize, anchor: "start", label: fit(p.Y.Label, p.width)})
	y := p.bottom + lineHeight
	for _, t := range thinned(p.xTicks, p.x, p.width) {
		label := fit(t.Label, p.width)
		at := p.x.at(t.At)
		p.paint(segment(at, p.bottom, at, p.bottom+3), look{stroke: p.theme.Muted})
		p.write(words{x: clamp(at, textWidth(label), 0, p.width), y: y, anchor: "middle", label: label})
	}
	p.write(words{x: p.right, y: y + lineHeight, anchor: "end", label: fit(p.X.Label, p.right)})
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
		p.paint(segment(f.x, y-fontSize+2, f.x, p.bottom), look{stroke: p.theme.Muted, dash: "2 3"})
	}
	for _, f := range p.callouts {
		y := p.top - float64(f.row)*lineHeight - 5
		p.write(words{x: f.left, y: y, anchor: "start", label: f.label, color: p.theme.Ink, rim: true})
	}
}

// drawSeries draws intervals, then lines, then marks, so that marks lie on top.
func (p *plot) drawSeries(i int, s Series) {
	color := p.theme.color(i)
	for _, point := range s.Points {
		if point.hasInterval() {
			x, low, high := p.x.at(point.X), p.y.at(point.Low), p.y.at(point.High)
			p.paint(whisker(x, low, high), look{stroke: color, faint: 0.6})
		}
	}
	firm, provisional := p.paths(s.Points)
	for _, line := range []struct {
		path path
		dash string
	}{{firm, ""}, {provisional, "4 4"}} {
		p.paint(line.path, look{stroke: color, width: 2, dash: line.dash, round: true})
	}
	for _, point := range s.Points {
		if finite(point.Y) {
			p.mark(i, point, color)
		}
	}
}

// paths are the line through the points: dashed where it leads to a provisional one, broken where a value is missing.
func (p *plot) paths(points []Point) (firm, provisional path) {
	for i := 1; i < len(points); i++ {
		from, to := points[i-1], points[i]
		if !finite(from.Y) || !finite(to.Y) {
			continue
		}
		line := &firm
		if to.Provisional {
			line = &provisional
		}
		joined := i > 1 && finite(points[i-2].Y) && points[i-1].Provisional == to.Provisional
		if !joined {
			line.add('m', p.x.at(from.X), p.y.at(from.Y))
		}
		line.add('l', p.x.at(to.X), p.y.at(to.Y))
	}
	return firm, provisional
}

// mark draws a point in the shape of its series.
func (p *plot) mark(series int, point Point, color string) {
	fill := p.theme.Ground
	if point.Strong {
		fill = color
	}
	p.paint(symbol(series, p.x.at(point.X), p.y.at(point.Y), markRadius), look{fill: fill, stroke: color, width: 2})
}

// symbol is the mark of a series: circle, square, diamond, triangle.
func symbol(series int, x, y, r float64) path {
	switch series % 4 {
	case 0:
		return circle(x, y, r)
	case 1:
		s := r * 0.875
		return rectangle(x-s, y-s, 2*s, 2*s)
	case 2:
		s := r * 1.25
		return polygon(x, y-s, x+s, y, x, y+s, x-s, y)
	default:
		return polygon(x, y-r*1.25, x+r*1.125, y+r*0.75, x-r*1.125, y+r*0.75)
	}
}

// whisker is an upright interval with its ends marked.
func whisker(x, low, high float64) path {
	return path{[]byte("mlmlml"), []float64{x - 3, low, x + 3, low, x, low, x, high, x - 3, high, x + 3, high}}
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
		p.write(words{x: p.right + 6, y: n.y, anchor: "start", label: p.Series[n.series].Name, color: p.theme.color(n.series)})
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
			look := words{label: label, color: p.theme.Ink, rim: true}
			above, below := y, y
			if point.hasInterval() {
				above, below = min(y, p.y.at(point.High)), max(y, p.y.at(point.Low))
			}
			side := textWidth(label)/2 + 9
			_ = p.place(x, above-8, look) || p.place(x, below+18, look) ||
				p.placeAt(x-side, y+4, look) || p.placeAt(x+side, y+4, look)
		}
	}
}

// place writes a label, moved inside the plot, if nothing stands there yet, and says whether it did.
func (p *plot) place(middle, baseline float64, w words) bool {
	return p.placeAt(clamp(middle, textWidth(w.label), p.left+2, p.right-2), baseline, w)
}

// placeAt writes a label just there, if it lies inside the plot and nothing stands there yet.
func (p *plot) placeAt(middle, baseline float64, w words) bool {
	width := textWidth(w.label)
	b := box{middle - width/2, baseline - fontSize, middle + width/2, baseline + 3}
	if w.label == "" || b.left < p.left || b.right > p.right || b.top < p.top-2 || b.bottom > p.bottom+2 || slices.ContainsFunc(p.taken, b.meets) {
		return false
	}
	p.taken = append(p.taken, b)
	w.x, w.y, w.anchor = middle, baseline, "middle"
	p.write(w)
	return true
}
