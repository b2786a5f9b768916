package figure

import "math"

// Forest compares the effects that studies, centers or subgroups found, and what they say together (Lewis and Clarke,
// BMJ 322, 2001, 1479–1480): squares as large as weights, diamonds for what is pooled, intervals that end in
// an arrow where they leave the axis.
type Forest struct {
	Sheet
	X      Axis      // with Log for ratios
	Null   float64   // where there is no difference; 0 stands for 1 on a logarithmic axis. Not a number: there is no such place
	Margin float64   // a further place that matters, such as a margin of non-inferiority: a dashed line; 0 for none
	Names  string    // head of the names
	Cells  []string  // heads of the columns beside the names, such as events and patients; a narrow figure leaves them out
	Effect string    // head of the estimates
	Weight string    // head of the weights
	Rows   []Effect  // from top to bottom
	Favors [2]string // what lies to the left and to the right of Null
	Notes  []string  // lines such as heterogeneity and tests, below
}

// EffectKind is what a row of a forest plot is.
type EffectKind int

// The kinds of rows.
const (
	Study      EffectKind = iota // a square with its interval
	Heading                      // words only, above the studies of a subgroup
	Pooled                       // a diamond
	Prediction                   // a bar: where a further study's effect is expected
)

// Effect is a row of a forest plot. What is not a number is not drawn.
type Effect struct {
	Kind       EffectKind
	Name       string
	Cells      []string
	Value      float64
	Low, High  float64
	Text       string  // estimate and interval as they are written; "" for plain numbers
	Weight     float64 // in any unit: squares are compared with the largest
	WeightText string
}

// SVG draws the figure for a page.
func (f Forest) SVG() []byte { return f.draw().svg() }

// PDF draws the figure for print.
func (f Forest) PDF() []byte { f.Theme = Paper; return f.draw().pdf() }

const forestRow, columnGap = 21.0, 14.0

// forest is a Forest with what had to be decided to draw it.
type forest struct {
	Forest
	panel
	cells    []float64 // where the columns beside the names end
	text     float64   // where the estimates begin,
	textEnd  float64   // and end
	weight   float64   // where the weights end
	names    float64   // width that a name may have
	stacked  bool      // names and numbers stand above their lines, for want of room
	heaviest float64
}

func (f Forest) draw() *drawing {
	d := f.sheet(720, 0)
	g := &forest{Forest: f}
	g.drawing = d
	g.columns()
	g.lay()
	g.lines()
	g.heads()
	y := g.top
	for _, r := range f.Rows {
		g.row(r, y)
		y += g.rowHeight(r)
	}
	g.foot()
	return d
}

// columns divides the width: names, cells, the plot, estimates, weights; or one above the other where the plot would get too little.
func (g *forest) columns() {
	names, text, weight := strongWidth(g.Names), textWidth(g.Effect), textWidth(g.Forest.Weight)
	cells := make([]float64, len(g.Cells))
	for i, c := range g.Cells {
		cells[i] = textWidth(c)
	}
	for _, r := range g.Rows {
		if r.Kind == Heading {
			continue
		}
		names, text, weight = max(names, strongWidth(r.Name)), max(text, strongWidth(r.text())), max(weight, textWidth(r.WeightText))
		for i := range min(len(cells), len(r.Cells)) {
			cells[i] = max(cells[i], strongWidth(r.Cells[i]))
		}
	}
	g.beside(min(names, g.width*0.34), cells, text, weight)
	if missing := leastEffects - (g.right - g.left); missing > 0 { // names in two lines
		g.beside(max(min(names, g.width*0.34)-missing, min(names, g.width*0.2)), cells, text, weight)
	}
	if g.right-g.left >= leastEffects {
		return
	}
	g.stacked, g.cells, g.weight = true, nil, 0
	g.left, g.right = gap, g.width-gap
	g.text, g.textEnd = max(g.width-text, g.width*0.45), g.width
	g.names = g.text - gap
}

// leastEffects is the width that squares and intervals need.
const leastEffects = 150.0

// beside puts columns of these widths beside each other; the plot gets the rest.
func (g *forest) beside(names float64, cells []float64, text, weight float64) {
	g.names, g.cells = names, nil
	x := names
	for _, w := range cells {
		x += columnGap + w
		g.cells = append(g.cells, x)
	}
	g.left, g.right = x+columnGap, g.width
	if weight > 0 {
		g.weight = g.width
		g.right -= weight + columnGap
	}
	if text > 0 {
		g.text, g.textEnd = g.right-text, g.right
		g.right = g.text - columnGap
	}
}

// lay finds the axis and the heights.
func (g *forest) lay() {
	values := g.values()
	xTicks, low, high := g.Forest.X.lay(values, int(clampTo((g.right-g.left)/32, 3, 8)), false)
	g.x = g.Forest.X
	g.xScale = scale{low: low, high: high, from: g.left + 7, to: g.right - 7, log: g.x.Log}
	g.xTicks = g.thinTicks(xTicks)
	g.top = gap
	if g.Names+g.Effect+g.Forest.Weight != "" || len(g.Cells) > 0 {
		g.top += lineHeight + 6
	}
	g.bottom = g.top + 4
	for _, r := range g.Rows {
		g.bottom += g.rowHeight(r)
		if r.Kind != Heading && finite(r.Weight) {
			g.heaviest = max(g.heaviest, r.Weight)
		}
	}
	g.height = g.bottom + lineHeight + gap
	if g.x.Label != "" {
		g.height += lineHeight
	}
	if g.Favors != [2]string{} {
		g.height += lineHeight
	}
	if len(g.Notes) > 0 {
		g.height += gap
	}
	g.height += float64(len(g.noteLines())) * lineHeight
}

// values are what the axis has to cover: all estimates, and intervals as far as they do not dwarf these.
func (g *forest) values() span {
	estimates, all := nowhere(), nowhere()
	if g.Margin != 0 {
		estimates.coverOn(g.Forest.X, g.Margin)
		all.coverOn(g.Forest.X, g.Margin)
	}
	for _, r := range g.Rows {
		if r.Kind == Heading {
			continue
		}
		estimates.coverOn(g.Forest.X, r.Value)
		all.coverOn(g.Forest.X, r.Value)
		if r.Kind != Study {
			estimates.coverOn(g.Forest.X, r.Low, r.High)
		}
		if r.hasInterval() {
			all.coverOn(g.Forest.X, r.Low, r.High)
		}
	}
	if null := g.null(); finite(null) && all.low <= all.high {
		estimates.coverOn(g.Forest.X, null)
		all.coverOn(g.Forest.X, null)
	}
	if estimates.low > estimates.high {
		return all
	}
	if g.Margin != 0 && !g.Forest.X.Log { // what decides is where an interval ends, which the end of the axis would hide
		room := (all.high - all.low) / 12
		return span{all.low - room, all.high + room}
	}
	if g.Forest.X.Log {
		return span{max(all.low, estimates.low/5), min(all.high, estimates.high*5)}
	}
	reach := max(estimates.high/2-estimates.low/2, 0) * 4
	if reach == 0 {
		return all
	}
	return span{max(all.low, estimates.low-reach), min(all.high, estimates.high+reach)}
}

func (g *forest) null() float64 {
	if g.Null == 0 && g.Forest.X.Log {
		return 1
	}
	return g.Null
}

func (r Effect) hasInterval() bool { return finite(r.Low) && finite(r.High) && r.Low < r.High }

// text is estimate and interval as they are written.
func (r Effect) text() string {
	switch {
	case r.Text != "" || r.Kind == Heading:
		return r.Text
	case !r.hasInterval():
		return minus(short(r.Value))
	}
	return estimate(r.Value, r.Low, r.High)
}

func (g *forest) rowHeight(r Effect) float64 {
	if g.stacked && r.Kind != Heading {
		return forestRow + lineHeight + 3
	}
	return forestRow + float64(max(len(g.nameLines(r))-1, 0))*(lineHeight-2)
}

// nameLines are the name of a row as it is written: in one line, or in two if it stands beside other columns and is long.
func (g *forest) nameLines(r Effect) []string {
	switch {
	case r.Kind == Heading:
		return []string{fitStrong(r.Name, g.width)}
	case g.stacked:
		return []string{fitStrong(r.Name, g.names)}
	}
	return wrapTo(r.Name, g.names/1.07, 2)
}

// lines draws what runs behind the rows: where there is no difference, and what was found in all.
func (g *forest) lines() {
	if null := g.null(); len(g.Rows) > 0 && g.xScale.has(null) && null >= g.xScale.low && null <= g.xScale.high {
		x := g.xScale.at(null)
		g.paint(segment(x, g.top-2, x, g.bottom), look{stroke: g.theme.Muted})
	}
	if m := g.Margin; m != 0 && g.xScale.has(m) && m >= g.xScale.low && m <= g.xScale.high {
		x := g.xScale.at(m)
		g.paint(segment(x, g.top-2, x, g.bottom), look{stroke: g.theme.Alarm, dash: "5 3", width: 1.5})
	}
	for i := len(g.Rows) - 1; i >= 0; i-- {
		if r := g.Rows[i]; r.Kind == Pooled && g.xScale.has(r.Value) && r.Value >= g.xScale.low && r.Value <= g.xScale.high {
			x := g.xScale.at(r.Value)
			g.paint(segment(x, g.top-2, x, g.bottom), look{stroke: g.theme.color(0), dash: "2 3"})
			break
		}
	}
}

func (g *forest) heads() {
	if g.top == gap {
		return
	}
	y := g.top - 10
	g.write(words{x: 0, y: y, anchor: "start", label: fit(g.Names, g.names), color: g.theme.Muted})
	for i, x := range g.cells {
		g.write(words{x: x, y: y, anchor: "end", label: g.Cells[i]})
	}
	g.write(words{x: g.textEnd, y: y, anchor: "end", label: fit(g.Effect, g.textEnd-g.text)})
	if g.weight > 0 {
		g.write(words{x: g.weight, y: y, anchor: "end", label: g.Forest.Weight})
	}
	g.paint(segment(0, g.top-4, g.width, g.top-4), look{stroke: g.theme.Grid})
}

// row draws one row, whose upper edge is at y.
func (g *forest) row(r Effect, y float64) {
	strong := r.Kind == Heading || r.Kind == Pooled
	baseline, middle := y+15, y+11
	if g.stacked && r.Kind != Heading {
		middle += lineHeight - 2
	}
	for i, line := range g.nameLines(r) {
		if i > 0 {
			baseline, middle = baseline+(lineHeight-2)/2, middle+(lineHeight-2)/2
		}
		g.write(words{x: 0, y: y + 15 + float64(i)*(lineHeight-2), anchor: "start", label: line, color: g.theme.Ink, strong: strong, rim: r.Kind == Heading || g.stacked})
	}
	if r.Kind == Heading {
		return
	}
	for i := range min(len(g.cells), len(r.Cells)) {
		g.write(words{x: g.cells[i], y: baseline, anchor: "end", label: r.Cells[i], color: g.theme.Ink})
	}
	text := words{x: g.textEnd, y: baseline, anchor: "end", label: r.text(), color: g.theme.Ink, strong: strong, rim: g.stacked}
	if g.stacked {
		text.label = fitStrong(text.label, g.width-g.text)
	}
	g.write(text)
	if g.weight > 0 {
		g.write(words{x: g.weight, y: baseline, anchor: "end", label: r.WeightText, color: g.theme.Ink})
	}
	g.effect(r, middle)
}

// effect draws the estimate of a row around y.
func (g *forest) effect(r Effect, y float64) {
	switch {
	case r.Kind == Pooled && r.hasInterval() && g.xScale.has(r.Low) && g.xScale.has(r.Value):
		low, at, high := g.xScale.clipped(r.Low), g.xScale.clipped(r.Value), g.xScale.clipped(r.High)
		g.paint(polygon(low, y, at, y-6, high, y, at, y+6), look{fill: g.theme.color(0)})
	case r.Kind == Prediction && r.hasInterval():
		g.interval(r, y, look{stroke: g.theme.color(0), width: 4, faint: 0.45})
	case r.Kind != Prediction:
		if r.hasInterval() {
			g.interval(r, y, look{stroke: g.theme.Ink, width: 1.25})
		}
		if g.xScale.has(r.Value) && r.Value >= g.xScale.low && r.Value <= g.xScale.high {
			side := g.side(r.Weight)
			x := g.xScale.at(r.Value)
			g.paint(rectangle(x-side/2, y-side/2, side, side), look{fill: g.theme.color(0)})
		}
	}
}

// side is the length of a square's sides: its area is in proportion to the weight.
func (g *forest) side(weight float64) float64 {
	const least, most = 3.5, 13.0
	if g.heaviest <= 0 {
		return 7
	}
	if !(weight > 0) || !finite(weight) {
		return least
	}
	return max(least, most*math.Sqrt(weight/g.heaviest))
}

// interval is a level line; it ends in an arrow where it leaves the axis.
func (g *forest) interval(r Effect, y float64, l look) {
	if g.xScale.log && r.High <= 0 {
		return
	}
	low, high := g.xScale.from, g.xScale.to
	if g.xScale.has(r.Low) {
		low = g.xScale.clipped(r.Low)
	}
	if g.xScale.has(r.High) {
		high = g.xScale.clipped(r.High)
	}
	if high > low {
		g.paint(segment(low, y, high, y), l)
	}
	if !g.xScale.has(r.Low) || low <= g.xScale.from && r.Low < g.xScale.low-1e-9*math.Abs(g.xScale.low) {
		g.paint(polygon(low-6, y, low, y-3.5, low, y+3.5), look{fill: l.stroke, opacity: l.faint})
	}
	if !g.xScale.has(r.High) || high >= g.xScale.to && r.High > g.xScale.high {
		g.paint(polygon(high+6, y, high, y-3.5, high, y+3.5), look{fill: l.stroke, opacity: l.faint})
	}
}

// foot draws the axis, what lies on its sides, and the notes.
func (g *forest) foot() {
	left, right := g.left, g.right
	g.bottomAxis(g.bottom)
	y := g.bottom + lineHeight + 1
	if g.x.Label != "" {
		y += lineHeight
	}
	if g.Favors != [2]string{} {
		y += lineHeight
		middle := (left + right) / 2
		if null := g.null(); g.xScale.has(null) {
			middle = clampTo(g.xScale.at(null), left, right)
		}
		g.favors(middle, y)
	}
	if len(g.Notes) > 0 {
		y += gap
	}
	for _, n := range g.noteLines() {
		y += lineHeight
		g.write(words{x: 0, y: y, anchor: "start", label: n})
	}
}

// favors writes what lies on either side of no difference, with arrows, as far as there is room on that side.
func (g *forest) favors(middle, y float64) {
	room := [2]float64{middle - 10, g.width - middle - 10}
	for i, label := range g.Favors {
		label = fit(clean(label), room[i]-14)
		if label == "" || room[i] < 40 {
			continue
		}
		sign := float64(2*i - 1)
		x := middle + sign*8
		anchor := map[bool]string{true: "start", false: "end"}[i == 1]
		g.write(words{x: x, y: y, anchor: anchor, label: label, color: g.theme.Ink})
		tip := x + sign*(textWidth(label)+14)
		g.paint(path{[]byte("mlmll"), []float64{tip - sign*9, y - 4, tip, y - 4, tip - sign*3, y - 7, tip, y - 4, tip - sign*3, y - 1}}, look{stroke: g.theme.Muted})
	}
}

func (g *forest) noteLines() []string {
	var lines []string
	for _, n := range g.Notes {
		lines = append(lines, wrap(n, g.width)...)
	}
	return lines
}

// Table has a row for each row of the figure.
func (f Forest) Table() Table {
	t := Table{Head: append([]string{f.Names}, f.Cells...)}
	t.Head = append(t.Head, f.Effect)
	if f.Weight != "" {
		t.Head = append(t.Head, f.Weight)
	}
	for _, r := range f.Rows {
		row := make([]string, 1+len(f.Cells), len(t.Head))
		row[0] = r.Name
		copy(row[1:], r.Cells)
		row = append(row, r.text())
		if f.Weight != "" {
			row = append(row, r.WeightText)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
