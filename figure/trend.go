package figure

// Trend shows curves over a common axis, such as the means of several chains by iteration, or densities of several samples.
type Trend struct {
	Sheet
	X, Y      Axis
	Curves    []Curve // in the colors of series
	Reference []Curve // thin, in the color of axes: those of one name share a key
	Notes     []string
}

// SVG draws the figure for a page.
func (v Trend) SVG() []byte { return v.draw().svg() }

// PDF draws the figure for print.
func (v Trend) PDF() []byte { v.Theme = Paper; return v.draw().pdf() }

func (v Trend) draw() *drawing {
	d := v.sheet(520, 0)
	a := plan{x: v.X, y: v.Y, xs: nowhere(), ys: nowhere(), notes: v.Notes, corners: []corner{topRight, topLeft, bottomLeft}}
	lines, keys := styled(d.theme, v.Curves)
	quietLines, more := quiet(d.theme, v.Reference, "")
	a.curves, a.keys = append(quietLines, lines...), append(keys, more...)
	a.covers(a.curves...)
	p := d.panel(a)
	p.axes()
	p.paintCurves()
	p.drawNotes()
	return d
}

// Table has a row for each point of each curve.
func (v Trend) Table() Table {
	return curveTable(curveTable(Table{Head: []string{"", v.X.Label, v.Y.Label}}, v.Curves), v.Reference)
}
