package figure

// Curve is a line through points, in the order of X, with a band if it has low and high ones. It is broken where a value
// is not a number.
type Curve struct {
	Name      string
	X, Y      []float64
	Low, High []float64 // nil for no band
	Steps     bool      // level up to the next X, where it jumps
}

// styled are curves in the colors and dashes of series, and what they are called in the legend.
func styled(t Theme, curves []Curve) (lines []curve, keys []key) {
	for i, c := range curves {
		line := c.line()
		line.color, line.dash, line.width = t.color(i), dash(i), 1.75
		lines = append(lines, line)
		if c.Name != "" {
			keys = append(keys, key{name: c.Name, color: line.color, dash: line.dash, line: 2})
		}
	}
	return lines, keys
}

// quiet are curves that others are compared with: thin, in the color of axes. Those of one name share a key.
func quiet(t Theme, curves []Curve, dashes ...string) (lines []curve, keys []key) {
	named := map[string]int{}
	for _, c := range curves {
		i, known := named[c.Name]
		if !known {
			i = len(named)
			named[c.Name] = i
		}
		line := c.line()
		line.color, line.dash, line.width = t.Muted, dashes[i%len(dashes)], 1.1
		lines = append(lines, line)
		if c.Name != "" && !known {
			keys = append(keys, key{name: c.Name, color: line.color, dash: line.dash, line: 1.25})
		}
	}
	return lines, keys
}

func (c Curve) line() curve {
	return curve{x: c.X, y: c.Y, low: c.Low, high: c.High, steps: c.Steps}
}

// covers widens the plan's ranges to these curves.
func (a *plan) covers(lines ...curve) {
	for _, c := range lines {
		for _, x := range c.x {
			a.xs.coverOn(a.x, x)
		}
		for _, ys := range [][]float64{c.y, c.low, c.high} {
			for _, y := range ys {
				a.ys.coverOn(a.y, y)
			}
		}
	}
}

// paintCurves draws bands first, so that no line lies under one.
func (p *panel) paintCurves() {
	for _, c := range p.curves {
		p.paintBand(c)
	}
	for _, c := range p.curves {
		p.paintCurve(c)
	}
}

// level draws a line across the plotting area.
func (p *panel) level(y float64, l look) {
	if p.yScale.has(y) && y >= p.yScale.low && y <= p.yScale.high {
		at := p.yScale.at(y)
		p.paint(segment(p.left, at, p.right, at), l)
		p.crosses(spot{p.left, at}, spot{p.right, at})
	}
}

// upright draws a line from the top to the bottom of the plotting area.
func (p *panel) upright(x float64, l look) {
	if p.xScale.has(x) && x >= p.xScale.low && x <= p.xScale.high {
		at := p.xScale.at(x)
		p.paint(segment(at, p.top, at, p.bottom), l)
		p.crosses(spot{at, p.top}, spot{at, p.bottom})
	}
}

// spotOf is the place of a point, and whether it lies in the plotting area.
func (p *panel) spotOf(x, y float64) (spot, bool) {
	if !p.xScale.has(x) || !p.yScale.has(y) {
		return spot{}, false
	}
	s := spot{p.xScale.at(x), p.yScale.at(y)}
	return s, s.x > p.left-0.5 && s.x < p.right+0.5 && s.y > p.top-0.5 && s.y < p.bottom+0.5
}

// curveTable are curves as rows: name, X, Y with its interval.
func curveTable(t Table, curves []Curve) Table {
	for _, c := range curves {
		for i := range min(len(c.X), len(c.Y)) {
			t.Rows = append(t.Rows, []string{c.Name, short(c.X[i]), estimate(c.Y[i], column(c.Low, i), column(c.High, i))})
		}
	}
	return t
}
