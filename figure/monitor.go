package figure

// Cusum follows results from case to case: cumulative sums that rise, or fall, until they reach a limit (Steiner et al.,
// Biostatistics 1, 2000, 441–452), or the difference of expected and observed events (variable life-adjusted display;
// Lovegrove et al., Lancet 350, 1997, 1128–1130).
type Cusum struct {
	Sheet
	X, Y    Axis
	Lines   []Curve  // upper and lower; or one. Where a chart starts anew, a value that is not a number breaks the line
	Limits  []Curve  // two points are enough for a level limit; those of one name share a key
	Signals []Signal // where a limit was reached
	Events  []Event  // what happened meanwhile, such as a new technique
	Notes   []string
}

// Signal is a place where a chart asks for attention.
type Signal struct {
	X, Y  float64
	Label string
}

// SVG draws the figure for a page.
func (c Cusum) SVG() []byte { return c.draw().svg() }

// PDF draws the figure for print.
func (c Cusum) PDF() []byte { c.Theme = Paper; return c.draw().pdf() }

func (c Cusum) draw() *drawing {
	d := c.sheet(560, 0)
	a := plan{x: c.X, y: c.Y, xs: nowhere(), ys: nowhere(), looseY: true, notes: c.Notes, events: c.Events,
		corners: []corner{topLeft, bottomLeft, topRight, bottomRight}}
	lines, keys := styled(d.theme, c.Lines)
	limits, more := quiet(d.theme, c.Limits, "5 3", "2 2.5")
	a.curves, a.keys = append(limits, lines...), append(keys, more...)
	a.covers(a.curves...)
	for _, s := range c.Signals {
		a.xs.coverOn(a.x, s.X)
		a.ys.coverOn(a.y, s.Y)
		a.marks = append(a.marks, spot{s.X, s.Y})
	}
	if a.ys.low < a.ys.high && !a.y.Log { // so that what is above a limit is seen as above it
		a.ys = span{a.ys.low * 1.06, a.ys.high * 1.06}
	}
	p := d.panel(a)
	p.axes()
	p.level(0, look{stroke: d.theme.Muted})
	p.paintCurves()
	p.drawNotes()
	for _, s := range c.Signals {
		p.signal(s)
	}
	return d
}

// signal rings a point in the color of alarm.
func (p *panel) signal(s Signal) {
	at, ok := p.spotOf(s.X, s.Y)
	if !ok {
		return
	}
	p.paint(circle(at.x, at.y, 5), look{fill: p.theme.Ground, stroke: p.theme.Alarm, width: 2})
	p.paint(circle(at.x, at.y, 1.75), look{fill: p.theme.Alarm})
	p.callout(at.x, at.y, 7, s.Label, p.theme.Alarm)
}

// Table has a row for each point of each line, for each limit and each signal.
func (c Cusum) Table() Table {
	t := curveTable(Table{Head: []string{"", c.X.Label, c.Y.Label}}, c.Lines)
	t = curveTable(t, c.Limits)
	for _, s := range c.Signals {
		t.Rows = append(t.Rows, []string{s.Label, short(s.X), short(s.Y)})
	}
	return t
}

// RunChart shows a measure over time around its center line (run chart; Anhøj and Olesen, PLoS One 9, 2014, e113825), with control limits if there are any
// (Shewhart charts; g-charts of cases between events, Benneyan, Health Care Management Science 4, 2001, 305–318), and marks what broke a rule.
type RunChart struct {
	Sheet
	X, Y   Axis
	Points []Point // Strong ones are filled
	Center []Curve // a median or mean, in steps where it changes
	Limits []Curve
	Rules  []Rule
	Events []Event // such as the start of a new protocol
	Notes  []string
}

// Rule is what points From to To (counted from 0, both included) together break, such as a shift or a trend.
type Rule struct {
	From, To int
	Label    string
}

// SVG draws the figure for a page.
func (r RunChart) SVG() []byte { return r.draw().svg() }

// PDF draws the figure for print.
func (r RunChart) PDF() []byte { r.Theme = Paper; return r.draw().pdf() }

func (r RunChart) draw() *drawing {
	d := r.sheet(560, 0)
	a := plan{x: r.X, y: r.Y, xs: nowhere(), ys: nowhere(), looseY: true, notes: r.Notes, events: r.Events, brackets: r.brackets(), inset: 7,
		corners: []corner{topRight, topLeft, bottomRight, bottomLeft}}
	center, keys := quiet(d.theme, r.Center, "", "2 2.5")
	limits, more := quiet(d.theme, r.Limits, "5 3", "9 3 2 3")
	for i := range center {
		center[i].color = d.theme.Ink
	}
	for i := range keys {
		keys[i].color = d.theme.Ink
	}
	for _, point := range r.Points {
		a.marks = append(a.marks, spot{point.X, point.Y})
	}
	line := r.line()
	line.color, line.width = d.theme.color(0), 1.5
	a.curves, a.keys = append(append(center, limits...), line), append(keys, more...)
	a.covers(a.curves...)
	p := d.panel(a)
	p.axes()
	p.paintCurves()
	broken := r.broken()
	for i, point := range r.Points {
		p.runPoint(point, broken[i])
	}
	p.drawNotes()
	for _, point := range r.Points {
		if s, ok := p.spotOf(point.X, point.Y); ok {
			p.callout(s.x, s.y, markRadius, point.Label, p.theme.Ink)
		}
	}
	return d
}

func (r RunChart) line() curve {
	c := curve{x: make([]float64, len(r.Points)), y: make([]float64, len(r.Points))}
	for i, p := range r.Points {
		c.x[i], c.y[i] = p.X, p.Y
	}
	return c
}

// broken are the points that break a rule.
func (r RunChart) broken() map[int]bool {
	broken := map[int]bool{}
	for _, rule := range r.Rules {
		for i := max(rule.From, 0); i <= min(rule.To, len(r.Points)-1); i++ {
			broken[i] = true
		}
	}
	return broken
}

// runPoint draws a point: a filled diamond in the color of alarm if it breaks a rule.
func (p *panel) runPoint(point Point, broken bool) {
	s, ok := p.spotOf(point.X, point.Y)
	if !ok {
		return
	}
	r := markRadius - 1
	if p.xScale.to-p.xScale.from < float64(len(p.curves[len(p.curves)-1].x))*5 {
		r = 1.75
	}
	l := look{fill: p.theme.Ground, stroke: p.theme.color(0), width: 1.5}
	if point.Strong {
		l.fill = l.stroke
	}
	shape := circle(s.x, s.y, r)
	if broken {
		shape, l.fill, l.stroke = symbol(2, s.x, s.y, r+0.5), p.theme.Alarm, p.theme.Alarm
	}
	p.paint(shape, l)
}

// brackets stand above the points that together break a rule.
func (r RunChart) brackets() []bracket {
	var list []bracket
	for _, rule := range r.Rules {
		b := bracket{span: nowhere(), label: clean(rule.Label)}
		for i := max(rule.From, 0); i <= min(rule.To, len(r.Points)-1); i++ {
			if finite(r.Points[i].Y) {
				b.cover(r.Points[i].X)
			}
		}
		if b.low <= b.high {
			list = append(list, b)
		}
	}
	return list
}

// Table has a row for each point, with the rules that it breaks.
func (r RunChart) Table() Table {
	t := Table{Head: []string{r.X.Label, r.Y.Label, ""}}
	for i, p := range r.Points {
		row := []string{orShort(p.XText, p.X), withText(p), p.Label}
		for _, rule := range r.Rules {
			if i >= rule.From && i <= rule.To {
				join(&row[2], rule.Label)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	for _, c := range append(append([]Curve{}, r.Center...), r.Limits...) {
		for i := range min(len(c.X), len(c.Y)) {
			t.Rows = append(t.Rows, []string{short(c.X[i]), short(c.Y[i]), c.Name})
		}
	}
	return t
}
