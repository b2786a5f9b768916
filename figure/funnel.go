package figure

import (
	"math"
	"slices"
)

// Funnel shows whether small studies found other effects than large ones (Sterne and Egger, Journal of Clinical
// Epidemiology 54, 2001, 1046–1055): the effect of each against its standard error, which grows downward, with the limits within
// which studies would lie if they differed by chance alone.
type Funnel struct {
	Sheet
	X, Y   Axis // effect, with Log for ratios; standard error, of the logarithm for ratios
	Center float64
	Limits []FunnelLimit
	Points []FunnelPoint
	Added  string // what the hollow points are, such as studies that trim and fill put in; "" names them not
	Notes  []string
}

// FunnelLimit is a pair of lines: Center ± Z standard errors.
type FunnelLimit struct {
	Z    float64
	Name string
}

// FunnelPoint is a study.
type FunnelPoint struct {
	Name   string // for the table
	Effect float64
	SE     float64
	Added  bool // not observed: drawn hollow
	Label  string
}

// SVG draws the figure for a page.
func (f Funnel) SVG() []byte { return f.draw().svg() }

// PDF draws the figure for print.
func (f Funnel) PDF() []byte { f.Theme = Paper; return f.draw().pdf() }

func (f Funnel) draw() *drawing {
	d := f.sheet(480, 0)
	a := plan{x: f.X, y: f.Y, xs: nowhere(), ys: nowhere(), downward: true, tall: true, looseX: !f.X.Log, notes: f.Notes, corners: []corner{topRight, topLeft, bottomRight, bottomLeft}}
	for _, p := range f.Points {
		if p.SE >= 0 && finite(p.SE) {
			a.xs.coverOn(a.x, p.Effect)
			a.ys.cover(p.SE*1.04, 0)
			a.marks = append(a.marks, spot{p.Effect, p.SE})
		}
	}
	end := a.ys.high
	if f.Y.Min < f.Y.Max {
		end = f.Y.Max
	}
	a.xs.coverOn(a.x, f.Center)
	a.curves, a.keys = quiet(d.theme, f.limits(end), "5 3", "2 2.5", "")
	a.covers(a.curves...)
	if slices.ContainsFunc(f.Points, func(p FunnelPoint) bool { return p.Added }) && f.Added != "" {
		a.keys = append(a.keys, key{name: f.Added, color: d.theme.color(0), mark: 1, fill: d.theme.Ground})
	}
	p := d.panel(a)
	p.axes()
	p.upright(f.Center, look{stroke: d.theme.Muted})
	p.paintCurves()
	p.points(f)
	p.drawNotes()
	p.pointLabels(f)
	return d
}

// limits are the lines of the funnel, down to the largest standard error.
func (f Funnel) limits(end float64) []Curve {
	var lines []Curve
	for _, l := range f.Limits {
		for _, z := range []float64{-l.Z, l.Z} {
			x := f.Center + z*end
			if f.X.Log {
				x = f.Center * math.Exp(z*end)
			}
			lines = append(lines, Curve{Name: l.Name, X: []float64{f.Center, x}, Y: []float64{0, end}})
		}
	}
	return lines
}

func (p *panel) points(f Funnel) {
	for _, point := range f.Points {
		if s, ok := p.spotOf(point.Effect, point.SE); ok && point.SE >= 0 {
			l := look{fill: p.theme.color(0), opacity: 0.8, stroke: p.theme.Ground, width: 0.75}
			if point.Added {
				l = look{fill: p.theme.Ground, stroke: p.theme.color(0), width: 1.5}
			}
			p.paint(circle(s.x, s.y, markRadius), l)
		}
	}
}

func (p *panel) pointLabels(f Funnel) {
	for _, point := range f.Points {
		if s, ok := p.spotOf(point.Effect, point.SE); ok && point.SE >= 0 {
			p.callout(s.x, s.y, markRadius, point.Label, p.theme.Ink)
		}
	}
}

// Table has a row for each study: name, effect, standard error.
func (f Funnel) Table() Table {
	t := Table{Head: []string{"", f.X.Label, f.Y.Label}}
	for _, p := range f.Points {
		name := p.Name
		if p.Added {
			name = titled(f.Added, name)
		}
		t.Rows = append(t.Rows, []string{name, short(p.Effect), short(p.SE)})
	}
	return t
}

// CenterFunnel compares centers, or surgeons, whatever their volume (Spiegelhalter, Statistics in Medicine 24, 2005,
// 1185–1202): an outcome against the number of operations, with the limits within which chance alone would leave it.
type CenterFunnel struct {
	Sheet
	X, Y    Axis // volume, or precision; the outcome
	Target  float64
	Average string  // what Target is called; "" names it not
	Limits  []Curve // by volume; two of one name are a pair
	Centers []Center
	Notes   []string
}

// Center is one center of a funnel plot.
type Center struct {
	Name   string
	Volume float64
	Value  float64
	Own    bool // the one that the page is about: filled, with its name
	Out    bool // beyond the limits: in the color of alarm, another shape, with its name
}

// SVG draws the figure for a page.
func (f CenterFunnel) SVG() []byte { return f.draw().svg() }

// PDF draws the figure for print.
func (f CenterFunnel) PDF() []byte { f.Theme = Paper; return f.draw().pdf() }

func (f CenterFunnel) draw() *drawing {
	d := f.sheet(560, 0)
	a := plan{x: f.X, y: f.Y, xs: nowhere(), ys: nowhere(), looseY: true, notes: f.Notes, corners: []corner{topRight, bottomRight}}
	a.ys.coverOn(a.y, f.Target)
	for _, c := range f.Centers {
		if finite(c.Volume) && finite(c.Value) {
			a.xs.coverOn(a.x, c.Volume)
			a.ys.coverOn(a.y, c.Value)
			a.marks = append(a.marks, spot{c.Volume, c.Value})
		}
	}
	if f.Average != "" {
		a.keys = []key{{name: f.Average, color: d.theme.Ink, line: 1.75}}
	}
	lines, keys := quiet(d.theme, f.Limits, "5 3", "", "2 2.5")
	a.curves, a.keys = lines, append(a.keys, keys...)
	a.coverLimits(lines)
	p := d.panel(a)
	p.axes()
	p.level(f.Target, look{stroke: d.theme.Ink, width: 1.5})
	p.paintCurves()
	for _, c := range f.Centers {
		p.center(c)
	}
	for _, own := range []bool{true, false} { // names of the own first: they must find room
		for _, c := range f.Centers {
			if s, ok := p.spotOf(c.Volume, c.Value); ok && c.Own == own && (c.Own || c.Out) {
				p.callout(s.x, s.y, markRadius+1, c.Name, map[bool]string{true: d.theme.Alarm, false: d.theme.Ink}[c.Out])
			}
		}
	}
	p.drawNotes()
	return d
}

// coverLimits widens the ranges to the limits, as far as they do not dwarf the centers: at the smallest volumes they run away.
func (a *plan) coverLimits(lines []curve) {
	centers := a.ys
	a.covers(lines...)
	if a.y.Log || centers.low >= centers.high {
		return
	}
	reach := centers.high - centers.low
	a.ys = span{max(a.ys.low, centers.low-reach*0.6), min(a.ys.high, centers.high+reach*0.6)}
}

func (p *panel) center(c Center) {
	s, ok := p.spotOf(c.Volume, c.Value)
	if !ok {
		return
	}
	shape, l := circle(s.x, s.y, markRadius), look{fill: p.theme.Ground, stroke: p.theme.color(0), width: 1.5}
	if c.Out {
		shape, l.stroke = symbol(2, s.x, s.y, markRadius+0.5), p.theme.Alarm
	}
	if c.Own {
		l.fill = l.stroke
	}
	p.paint(shape, l)
}

// Table has a row for each center.
func (f CenterFunnel) Table() Table {
	t := Table{Head: []string{"", f.X.Label, f.Y.Label}}
	for _, c := range f.Centers {
		t.Rows = append(t.Rows, []string{c.Name, short(c.Volume), short(c.Value)})
	}
	return t
}
