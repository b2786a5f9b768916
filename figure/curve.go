package figure

import "math"

// curve is a line through values, with a band if it has low and high ones.
type curve struct {
	x, y, low, high []float64
	color, dash     string
	width           float64
	steps           bool // level up to the next x, where it jumps
}

// dashes tell series apart in print without color.
var dashes = []string{"", "7 3", "2 2.5", "9 3 2 3"}

func dash(i int) string { return dashes[(i+i/len(dashes))%len(dashes)] }

// paintBand fills what lies between low and high.
func (p *panel) paintBand(c curve) {
	n := min(len(c.x), len(c.low), len(c.high))
	for from := 0; from < n; from++ {
		to := from
		for to < n && p.xScale.has(c.x[to]) && p.yScale.has(c.low[to]) && p.yScale.has(c.high[to]) {
			to++
		}
		if to-from > 1 {
			low, high := p.edge(c.x[from:to], c.low[from:to], c.steps), p.edge(c.x[from:to], c.high[from:to], c.steps)
			for i := len(low) - 1; i >= 0; i-- {
				high = append(high, low[i])
			}
			area := through(high)
			area.add('z')
			p.paint(area, look{fill: c.color, opacity: areaOpacity})
		}
		from = max(from, to)
	}
}

// edge is one side of a band, kept within the plotting area.
func (p *panel) edge(xs, ys []float64, steps bool) []spot {
	spots := make([]spot, len(xs))
	for i, x := range xs {
		spots[i] = spot{p.xScale.clipped(x), p.yScale.clipped(ys[i])}
	}
	return sparse(stairs(spots, steps))
}

func (p *panel) paintCurve(c curve) {
	for _, run := range p.trace(c.x, c.y, c.steps) {
		p.paint(through(run), look{stroke: c.color, width: c.width, dash: c.dash, round: c.dash == ""})
	}
}

// trace is a line in pixels: broken where a value is missing, cut at the edges of the plotting area.
func (p *panel) trace(xs, ys []float64, steps bool) [][]spot {
	var runs [][]spot
	n := min(len(xs), len(ys))
	for from := 0; from < n; from++ {
		var run []spot
		for from < n && p.xScale.has(xs[from]) && p.yScale.has(ys[from]) {
			run = append(run, spot{p.xScale.at(xs[from]), p.yScale.at(ys[from])})
			from++
		}
		runs = append(runs, p.cut(sparse(stairs(run, steps)))...)
	}
	return runs
}

// stairs adds the corners of a step function.
func stairs(points []spot, steps bool) []spot {
	if !steps || len(points) == 0 {
		return points
	}
	out := make([]spot, 1, 2*len(points))
	out[0] = points[0]
	for i := 1; i < len(points); i++ {
		if points[i].y != points[i-1].y || i == len(points)-1 {
			out = append(out, spot{points[i].x, out[len(out)-1].y}, points[i])
		}
	}
	return out
}

// sparse leaves out what no eye sees: of the points in a quarter of a pixel's width, the first, lowest, highest and last stay.
func sparse(points []spot) []spot {
	out := points[:0:0]
	for i := 0; i < len(points); {
		j, low, high := i, i, i
		for j < len(points) && math.Floor(points[j].x*4) == math.Floor(points[i].x*4) {
			if points[j].y < points[low].y {
				low = j
			}
			if points[j].y > points[high].y {
				high = j
			}
			j++
		}
		last := -1
		for _, k := range []int{i, min(low, high), max(low, high), j - 1} {
			if k > last {
				out = append(out, points[k])
				last = k
			}
		}
		i = max(j, i+1)
	}
	return out
}

// cut keeps the parts of a line that lie in the plotting area.
func (p *panel) cut(points []spot) [][]spot {
	var runs [][]spot
	var run []spot
	end := func() {
		if len(run) > 1 {
			runs = append(runs, run)
		}
		run = nil
	}
	for i := 1; i < len(points); i++ {
		a, b, seen := p.within(points[i-1], points[i])
		if !seen {
			end()
			continue
		}
		if len(run) == 0 || run[len(run)-1] != a {
			end()
			run = append(run, a)
		}
		run = append(run, b)
	}
	end()
	return runs
}

// within is the part of a segment in the plotting area (Liang and Barsky, ACM Transactions on Graphics 3, 1984, 1–22).
func (p *panel) within(a, b spot) (from, to spot, seen bool) {
	dx, dy, begin, end := b.x-a.x, b.y-a.y, 0.0, 1.0
	for _, side := range [][2]float64{{-dx, a.x - p.left}, {dx, p.right - a.x}, {-dy, a.y - p.top}, {dy, p.bottom - a.y}} {
		switch way, room := side[0], side[1]+1e-6; {
		case way == 0 && room < 0:
			return a, b, false
		case way < 0:
			begin = max(begin, room/way)
		case way > 0:
			end = min(end, room/way)
		}
	}
	if begin > end {
		return a, b, false
	}
	from, to = a, b
	if begin > 0 {
		from = spot{a.x + begin*dx, a.y + begin*dy}
	}
	if end < 1 {
		to = spot{a.x + end*dx, a.y + end*dy}
	}
	return from, to, true
}
