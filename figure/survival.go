package figure

import (
	"math"
	"slices"
	"sort"
	"strconv"
)

// Survival shows how many are still free of an event as time goes by (Kaplan and Meier), or how many have had one of
// several (cumulative incidence, Aalen and Johansen): curves with their confidence bands, marks where someone left
// unobserved, and the numbers at risk under the ticks of time.
type Survival struct {
	Sheet
	X, Y      Axis // Y is a proportion, from 0 to 1 unless it is given; ticks of StepTicks suit X, such as every 12 months
	Incidence bool // the curves rise from 0 instead of falling from 1
	Curves    []SurvivalCurve
	AtRisk    string   // head of the numbers at risk; "" leaves them out
	Notes     []string // lines such as a hazard ratio or a test
}

// SurvivalCurve is one group, or one cause. All columns but Time and Value may be nil; those that are not are as long as Time.
type SurvivalCurve struct {
	Name      string
	Time      []float64 // ascending: every time at which someone had the event or left
	Value     []float64 // from that time on
	Low, High []float64 // of the confidence band; it has a gap where one of them is not a number
	AtRisk    []float64 // just before that time
	Censored  []float64 // how many left unobserved at that time
}

// SVG draws the figure for a page, PDF for print.
func (s Survival) SVG() []byte { return s.draw().svg() }

// PDF draws the figure for print.
func (s Survival) PDF() []byte { s.Theme = Paper; return s.draw().pdf() }

func (s Survival) draw() *drawing {
	p, rows, beside := s.lay()
	p.axes()
	for _, c := range p.curves {
		p.paintBand(c)
	}
	for i, c := range p.curves {
		p.paintCurve(c)
		p.censored(s.Curves[i], c)
	}
	p.drawNotes()
	p.riskTable(s.AtRisk, rows, beside)
	return p.drawing
}

// lay decides where everything goes; the names of the groups may stand beside their numbers at risk.
func (s Survival) lay() (p *panel, rows []riskRow, beside bool) {
	d := s.sheet(560, 0)
	a := s.plan(d.theme)
	rows = s.riskRows()
	beside = a.riskNames(rows, d.width)
	a.below = riskHeight(rows, beside)
	return d.panel(a), rows, beside
}

func (s Survival) plan(t Theme) plan {
	a := plan{x: s.X, y: s.Y, xs: nowhere(), ys: nowhere(), notes: s.Notes, looseY: true,
		corners: []corner{bottomLeft, topRight, bottomRight, topLeft}}
	if s.Incidence {
		a.corners = []corner{topLeft, bottomRight, topRight, bottomLeft}
	}
	for i, c := range s.Curves {
		line := s.curve(c)
		line.color, line.dash, line.width = t.color(i), dash(i), 1.75
		a.curves = append(a.curves, line)
		a.xs.cover(line.x...)
		if c.Name != "" {
			a.keys = append(a.keys, key{name: c.Name, color: line.color, dash: line.dash, line: 2})
		}
	}
	if a.y.Min >= a.y.Max && len(s.Curves) > 0 {
		a.ys = span{0, 1}
	}
	return a
}

// curve is the group's line, with the time 0 at which everyone is free of the event.
func (s Survival) curve(c SurvivalCurve) curve {
	start := 1.0
	if s.Incidence {
		start = 0
	}
	n := min(len(c.Time), len(c.Value))
	line := curve{x: c.Time[:n], y: c.Value[:n], low: c.Low, high: c.High, steps: true}
	if n == 0 || c.Time[0] <= 0 {
		return line
	}
	line.x, line.y = slices.Insert(slices.Clone(line.x), 0, 0), slices.Insert(slices.Clone(line.y), 0, start)
	if len(c.Low) > 0 && len(c.High) > 0 {
		line.low, line.high = slices.Insert(slices.Clone(c.Low), 0, start), slices.Insert(slices.Clone(c.High), 0, start)
	}
	return line
}

// censored marks the times at which someone left, as far as the marks can be told apart.
func (p *panel) censored(c SurvivalCurve, line curve) {
	last := p.left - 10
	for i := range min(len(c.Censored), len(c.Time), len(c.Value)) {
		if !(c.Censored[i] > 0) || !p.xScale.has(c.Time[i]) || !p.yScale.has(c.Value[i]) {
			continue
		}
		x, y := p.xScale.at(c.Time[i]), p.yScale.at(c.Value[i])
		if x < last+2 || x > p.right+0.5 || y < p.top-0.5 || y > p.bottom+0.5 {
			continue
		}
		last = x
		p.paint(segment(x, y-3.5, x, y+3.5), look{stroke: line.color})
	}
}

// riskRow are the numbers at risk of one group.
type riskRow struct {
	name  string
	index int // of its curve
	curve SurvivalCurve
}

func (s Survival) riskRows() []riskRow {
	var rows []riskRow
	for i, c := range s.Curves {
		if s.AtRisk != "" && len(c.AtRisk) > 0 {
			rows = append(rows, riskRow{c.Name, i, c})
		}
	}
	return rows
}

// riskNames makes room for the names of the groups to the left of their numbers, if they are not too long for that.
func (a *plan) riskNames(rows []riskRow, width float64) (beside bool) {
	names, numbers := 0.0, 0.0
	for _, r := range rows {
		names, numbers = max(names, textWidth(r.name)), max(numbers, countWidth(r.curve.AtRisk))
	}
	a.widestXTickLabel = numbers
	beside = names > 0 && names < width*0.22
	if beside {
		a.margin = names + numbers/2 + gap
	}
	return beside
}

func riskHeight(rows []riskRow, beside bool) float64 {
	if len(rows) == 0 {
		return 0
	}
	lines := 1 + len(rows)
	for _, r := range rows {
		if !beside && r.name != "" {
			lines++
		}
	}
	return float64(lines)*lineHeight + gap/2
}

// riskTable writes the numbers at risk under the ticks.
func (p *panel) riskTable(head string, rows []riskRow, beside bool) {
	if len(rows) == 0 {
		return
	}
	y := p.height - gap/2 - riskHeight(rows, beside) + fontSize + gap/2
	p.write(words{x: 0, y: y, anchor: "start", label: fit(head, p.width)})
	for _, r := range rows {
		y += lineHeight
		p.write(words{x: 0, y: y, anchor: "start", label: fit(r.name, p.width), color: p.theme.color(r.index)})
		if !beside && r.name != "" {
			y += lineHeight
		}
		for _, t := range p.xTicks {
			label := count(r.curve.atRisk(t.At))
			p.write(words{x: clamp(p.xScale.at(t.At), textWidth(label), 0, p.width), y: y, anchor: "middle", label: label, color: p.theme.Ink})
		}
	}
}

// atRisk is how many are left just before a time.
func (c SurvivalCurve) atRisk(t float64) float64 {
	i := sort.SearchFloat64s(c.Time, t-1e-9)
	if i >= min(len(c.AtRisk), len(c.Time)) {
		return 0
	}
	return c.AtRisk[i]
}

// at is the place in the columns of the value at a time; -1 before the first.
func (c SurvivalCurve) at(t float64) int {
	return sort.Search(len(c.Time), func(i int) bool { return c.Time[i] > t+1e-9 }) - 1
}

// count is a number of people: without decimals unless they were weighted.
func count(n float64) string {
	switch {
	case !finite(n):
		return ""
	case math.Abs(n) >= 1e7:
		return minus(strconv.FormatFloat(n, 'g', 3, 64))
	case n == math.Round(n):
		return written(n, 0)
	}
	return written(n, 1)
}

// countWidth is how wide the widest of these numbers can be.
func countWidth(numbers []float64) float64 {
	largest, fraction, below := 0.0, false, false
	for _, n := range numbers {
		if finite(n) {
			largest, fraction, below = max(largest, math.Abs(n)), fraction || n != math.Round(n), below || n < 0
		}
	}
	label := count(math.Ceil(largest))
	if largest >= 1e7 {
		label = "0.00e+000"
	}
	if fraction && largest < 1e7 {
		label += ".0"
	}
	if below {
		label += "−"
	}
	return textWidth(label)
}

// Table has a row for each tick of time: the value of each group with its interval, and its number at risk.
func (s Survival) Table() Table {
	p, _, _ := s.lay()
	t := Table{Head: []string{s.X.Label}}
	for _, c := range s.Curves {
		t.Head = append(t.Head, c.Name)
		if len(c.AtRisk) > 0 {
			t.Head = append(t.Head, titled(c.Name, s.AtRisk))
		}
	}
	for _, tick := range p.xTicks {
		row := []string{tick.Label}
		for _, c := range s.Curves {
			row = append(row, s.cell(c, tick.At))
			if len(c.AtRisk) > 0 {
				row = append(row, count(c.atRisk(tick.At)))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (s Survival) cell(c SurvivalCurve, at float64) string {
	i := c.at(at)
	switch {
	case i < 0 && s.Incidence:
		return "0"
	case i < 0:
		return "1"
	case i >= len(c.Value):
		return ""
	}
	low, high := column(c.Low, i), column(c.High, i)
	return estimate(c.Value[i], low, high)
}
