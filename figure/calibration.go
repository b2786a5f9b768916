package figure

// Calibration shows whether predicted risks come true (Van Calster et al., BMC Medicine 17, 2019, 230): observed against predicted,
// as smooth curves with bands and as groups of patients with intervals, beside the line on which they would be equal; below it, how the
// predicted risks are spread.
type Calibration struct {
	Sheet
	X, Y      Axis   // predicted and observed risk, from 0 to 1 unless they are given; both alike
	Ideal     string // what the diagonal is called
	Curves    []Curve
	Grouped   string // what the groups are called, such as tenths of predicted risk
	Groups    []Point
	Histogram Histogram
	Notes     []string // lines such as slope and intercept
}

// Histogram is how values are spread over bins. Bin i lies between Edges i and i+1.
type Histogram struct {
	Edges    []float64
	Up, Down []float64 // counts, upward and downward: with and without the event; nil for none
	UpName   string
	DownName string
}

// SVG draws the figure for a page.
func (c Calibration) SVG() []byte { return c.draw().svg() }

// PDF draws the figure for print.
func (c Calibration) PDF() []byte { c.Theme = Paper; return c.draw().pdf() }

func (c Calibration) draw() *drawing {
	d := c.sheet(400, 0)
	a := plan{x: c.X, y: c.Y, xs: nowhere(), ys: nowhere(), square: true, notes: c.Notes, corners: []corner{topLeft, bottomRight}}
	if len(c.Curves)+len(c.Groups)+len(c.Histogram.Edges) > 0 {
		a.xs, a.ys = span{0, 1}, span{0, 1}
	}
	ends := diagonal(a)
	ideal, keys := quiet(d.theme, []Curve{{Name: c.Ideal, X: ends, Y: ends}}, "5 3")
	lines, more := styled(d.theme, c.Curves)
	a.curves, a.keys = append(ideal, lines...), append(keys, more...)
	for _, g := range c.Groups {
		a.marks = append(a.marks, spot{g.X, g.Y})
	}
	if c.Grouped != "" && len(c.Groups) > 0 {
		a.keys = append(a.keys, key{name: c.Grouped, color: d.theme.Ink, mark: 1, fill: d.theme.Ground})
	}
	a.keys = append(a.keys, c.Histogram.keys(d.theme)...)
	if c.Histogram.highest() > 0 {
		a.strip = stripHeight
	}
	p := d.panel(a)
	p.axes()
	p.paintCurves()
	p.groups(c.Groups)
	p.drawNotes()
	p.histogram(c.Histogram)
	return d
}

// diagonal are the ends of the line of equality, which reaches through what the axes cover.
func diagonal(a plan) []float64 {
	low, high := min(a.xs.low, a.ys.low), max(a.xs.high, a.ys.high)
	for _, axis := range []Axis{a.x, a.y} {
		if axis.Min < axis.Max {
			low, high = min(low, axis.Min), max(high, axis.Max)
		}
	}
	if low > high {
		low, high = 0, 1
	}
	return []float64{low, high}
}

func (p *panel) groups(points []Point) {
	for _, point := range points {
		s, ok := p.spotOf(point.X, point.Y)
		if !ok {
			continue
		}
		if point.hasInterval() && p.yScale.has(point.Low) {
			p.paint(whisker(s.x, p.yScale.clipped(point.Low), p.yScale.clipped(point.High)), look{stroke: p.theme.Ink, faint: 0.7})
		}
		p.paint(circle(s.x, s.y, markRadius-0.5), look{fill: p.theme.Ground, stroke: p.theme.Ink, width: 1.5})
	}
}

const stripHeight = 56.0

func (h Histogram) highest() float64 {
	highest := 0.0
	for i := range len(h.Edges) - 1 {
		for _, counts := range [][]float64{h.Up, h.Down} {
			if n := column(counts, i); finite(n) {
				highest = max(highest, n)
			}
		}
	}
	return highest
}

func (h Histogram) keys(t Theme) []key {
	var keys []key
	if h.UpName != "" && len(h.Up) > 0 {
		keys = append(keys, key{name: h.UpName, area: t.color(0), areaOpacity: barOpacity})
	}
	if h.DownName != "" && len(h.Down) > 0 {
		keys = append(keys, key{name: h.DownName, area: t.color(2), areaOpacity: barOpacity})
	}
	return keys
}

const barOpacity = 0.7

// histogram stands between the plotting area and its axis: upward from a line in the middle, and downward, or upward only.
func (p *panel) histogram(h Histogram) {
	highest := h.highest()
	if highest <= 0 {
		return
	}
	base, room := p.bottom+p.strip, p.strip-10
	if len(h.Down) > 0 {
		room /= 2
		base -= room
	}
	for i := range len(h.Edges) - 1 {
		if !p.xScale.has(h.Edges[i]) || !p.xScale.has(h.Edges[i+1]) {
			continue
		}
		left, right := p.xScale.clipped(h.Edges[i]), p.xScale.clipped(h.Edges[i+1])
		if right-left < 0.01 {
			continue
		}
		pad := min(0.5, (right-left)/8)
		up, down := column(h.Up, i)/highest*room, column(h.Down, i)/highest*room
		if up > 0 && finite(up) {
			p.paint(rectangle(left+pad, base-up, right-left-2*pad, up), look{fill: p.theme.color(0), opacity: barOpacity})
		}
		if down > 0 && finite(down) {
			p.paint(rectangle(left+pad, base, right-left-2*pad, down), look{fill: p.theme.color(2), opacity: barOpacity})
		}
	}
	if len(h.Down) > 0 {
		p.paint(segment(p.left, base, p.right, base), look{stroke: p.theme.Muted, width: 0.75})
	}
}

// Table has the curves, the groups and the histogram, one below the other.
func (c Calibration) Table() Table {
	t := curveTable(Table{Head: []string{"", c.X.Label, c.Y.Label}}, c.Curves)
	for _, g := range c.Groups {
		t.Rows = append(t.Rows, []string{c.Grouped, orShort(g.XText, g.X), withText(g)})
	}
	for i := range len(c.Histogram.Edges) - 1 {
		bin := short(c.Histogram.Edges[i]) + "–" + short(c.Histogram.Edges[i+1])
		if n := column(c.Histogram.Up, i); finite(n) {
			t.Rows = append(t.Rows, []string{c.Histogram.UpName, bin, count(n)})
		}
		if n := column(c.Histogram.Down, i); finite(n) {
			t.Rows = append(t.Rows, []string{c.Histogram.DownName, bin, count(n)})
		}
	}
	return t
}

func orShort(text string, v float64) string {
	if text != "" {
		return text
	}
	return short(v)
}

// withText is a point's value as it is written, or in plain numbers with its interval.
func withText(p Point) string {
	if p.YText != "" {
		return p.YText
	}
	return estimate(p.Y, p.Low, p.High)
}

// Decision shows what a prediction is worth for deciding (Vickers and Elkin, Medical Decision Making 26, 2006, 565–574): net benefit
// against the threshold probability at which one would act, beside acting on all and on none.
type Decision struct {
	Sheet
	X, Y      Axis // threshold probability, net benefit
	Curves    []Curve
	Reference []Curve // such as treat all and treat none
	Notes     []string
}

// SVG draws the figure for a page.
func (v Decision) SVG() []byte { return v.draw().svg() }

// PDF draws the figure for print.
func (v Decision) PDF() []byte { v.Theme = Paper; return v.draw().pdf() }

func (v Decision) draw() *drawing {
	d := v.sheet(520, 0)
	a := plan{x: v.X, y: v.Y, xs: nowhere(), ys: nowhere(), notes: v.Notes, corners: []corner{topRight, bottomLeft, topLeft}}
	lines, keys := styled(d.theme, v.Curves)
	quietLines, more := quiet(d.theme, v.Reference, "", "5 3", "2 2.5")
	a.curves, a.keys = append(quietLines, lines...), append(keys, more...)
	a.covers(a.curves...)
	if a.ys.high > 0 { // acting on all soon does far more harm than good: what lies deep below 0 is cut off
		a.ys = span{max(a.ys.low, -a.ys.high*0.15), a.ys.high * 1.04}
	}
	p := d.panel(a)
	p.axes()
	p.paintCurves()
	p.drawNotes()
	return d
}

// Table has a row for each point of each curve.
func (v Decision) Table() Table {
	t := curveTable(Table{Head: []string{"", v.X.Label, v.Y.Label}}, v.Curves)
	return curveTable(t, v.Reference)
}
