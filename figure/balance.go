package figure

import "math"

// Balance shows how alike groups are in what was known before, without and with adjustment (Love plot; Austin, Statistics
// in Medicine 28, 2009, 3083–3107): a row for each covariate, a mark for each way of adjusting.
type Balance struct {
	Sheet
	X         Axis     // standardized difference; from 0 unless one of them is negative
	Names     string   // head of the names
	Series    []string // such as unadjusted, weighted: hollow for the first
	Rows      []Covariate
	Threshold float64 // below which groups count as alike; 0 for none
}

// Covariate is one row: a difference for each series. What is not a number is not drawn.
type Covariate struct {
	Name   string
	Values []float64
}

// SVG draws the figure for a page.
func (b Balance) SVG() []byte { return b.draw().svg() }

// PDF draws the figure for print.
func (b Balance) PDF() []byte { b.Theme = Paper; return b.draw().pdf() }

const balanceRow = 19.0

// balanceLine is where a covariate stands.
type balanceLine struct {
	name        []string // in one line, or two
	top, height float64
}

func (b Balance) draw() *drawing {
	d := b.sheet(480, 0)
	p := &panel{drawing: d}
	p.x = b.X
	for i, name := range b.Series {
		p.keys = append(p.keys, key{name: name, color: d.theme.color(i), mark: i%4 + 1, fill: d.seriesFill(i)})
	}
	names := textWidth(b.Names)
	for _, r := range b.Rows {
		names = max(names, textWidth(r.Name))
	}
	names = min(names, d.width*0.42)
	rows := make([]balanceLine, len(b.Rows))
	p.left, p.right = names+2*gap, d.width-gap
	p.top = gap + float64(legendRows(p.keys, d.width))*lineHeight + 4
	if b.Names != "" {
		p.top += lineHeight + 2
	}
	p.bottom = p.top
	for i, r := range b.Rows {
		rows[i] = balanceLine{wrapTo(r.Name, names, 2), p.bottom, balanceRow}
		if len(rows[i].name) > 1 {
			rows[i].height += lineHeight - 2
		}
		p.bottom += rows[i].height
	}
	p.bottom += 4
	d.height = p.bottom + lineHeight + gap
	if b.X.Label != "" {
		d.height += lineHeight
	}
	ticks, low, high := b.X.lay(b.values(), int(clampTo((p.right-p.left)/36, 3, 8)), true)
	p.xScale = scale{low: low, high: high, from: p.left + 6, to: p.right - 6, log: b.X.Log}
	p.xTicks = p.thinTicks(ticks)
	b.paint(p, rows)
	return d
}

func (b Balance) values() span {
	s := nowhere()
	for _, r := range b.Rows {
		s.cover(r.Values...)
	}
	if s.low <= s.high {
		s.cover(0)
		if finite(b.Threshold) {
			s.cover(math.Abs(b.Threshold) * 1.2)
		}
		if s.low < 0 {
			s.cover(-math.Abs(b.Threshold) * 1.2)
		}
	}
	return s
}

func (b Balance) paint(p *panel, rows []balanceLine) {
	p.legend(p.keys, p.width)
	p.write(words{x: 0, y: p.top - 8, anchor: "start", label: fit(b.Names, p.width)})
	for _, r := range rows {
		y := r.top + r.height/2
		p.paint(segment(p.left, y, p.right, y), look{stroke: p.theme.Grid})
		for i, line := range r.name {
			p.write(words{x: 0, y: y + 4 + (float64(i)-float64(len(r.name)-1)/2)*(lineHeight-2), anchor: "start", label: line, color: p.theme.Ink})
		}
	}
	p.upright(0, look{stroke: p.theme.Muted})
	if b.Threshold != 0 {
		p.upright(math.Abs(b.Threshold), look{stroke: p.theme.Muted, dash: "5 3"})
		p.upright(-math.Abs(b.Threshold), look{stroke: p.theme.Muted, dash: "5 3"})
	}
	p.bottomAxis(p.bottom)
	for i, r := range b.Rows {
		y := rows[i].top + rows[i].height/2
		for j := len(r.Values) - 1; j >= 0; j-- {
			v := r.Values[j]
			if !p.xScale.has(v) || v < p.xScale.low || v > p.xScale.high {
				continue
			}
			p.paint(symbol(j, p.xScale.at(v), y, markRadius), look{fill: p.seriesFill(j), stroke: p.theme.color(j), width: 1.5})
		}
	}
}

// seriesFill is hollow for the first series and filled for the others.
func (d *drawing) seriesFill(i int) string {
	if i == 0 {
		return d.theme.Ground
	}
	return d.theme.color(i)
}

// Table has a row for each covariate.
func (b Balance) Table() Table {
	t := Table{Head: append([]string{b.Names}, b.Series...)}
	for _, r := range b.Rows {
		row := make([]string, len(t.Head))
		row[0] = r.Name
		for i, v := range r.Values[:min(len(r.Values), len(b.Series))] {
			row[i+1] = short(v)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
