package figure

import "slices"

// bracket is a line above a part of the level axis, with words over it.
type bracket struct {
	span
	label       string
	left, right float64 // of line and words together
	middle      float64 // of the words
	row         int     // 0 lies nearest to the plotting area
}

const bracketRow = lineHeight + 5

// placeBrackets makes room for the brackets above the plotting area, in rows in which none lies on another.
func (p *panel) placeBrackets() {
	list := slices.Clone(p.brackets)
	p.brackets = nil
	rows := 0
	for _, b := range list {
		if !p.xScale.has(b.low) || !p.xScale.has(b.high) {
			continue
		}
		b.label = fit(b.label, p.width)
		from, to, w := p.xScale.clipped(b.low), p.xScale.clipped(b.high), textWidth(b.label)
		b.middle = clamp((from+to)/2, w, 0, p.width)
		b.left, b.right = min(from-4, b.middle-w/2), max(to+4, b.middle+w/2)
		for slices.ContainsFunc(p.brackets, func(c bracket) bool { return c.row == b.row && c.left < b.right+gap && b.left < c.right+gap }) {
			b.row++
		}
		rows = max(rows, b.row+1)
		p.brackets = append(p.brackets, b)
	}
	p.shift(float64(rows) * bracketRow)
}

// shift moves the plotting area down.
func (p *panel) shift(by float64) {
	p.top, p.bottom, p.height = p.top+by, p.bottom+by, p.height+by
	p.yScale.from, p.yScale.to = p.yScale.from+by, p.yScale.to+by
}

// bracketHeight is the room above the plotting area that the brackets take.
func (p *panel) bracketHeight() float64 {
	rows := 0
	for _, b := range p.brackets {
		rows = max(rows, b.row+1)
	}
	return float64(rows) * bracketRow
}

func (p *panel) drawBrackets() {
	for _, b := range p.brackets {
		from, to := p.xScale.clipped(b.low)-4, p.xScale.clipped(b.high)+4
		y := p.top - float64(b.row)*bracketRow - 7
		p.paint(path{[]byte("mlll"), []float64{from, y + 4, from, y, to, y, to, y + 4}}, look{stroke: p.theme.Alarm})
		p.write(words{x: b.middle, y: y - 4, anchor: "middle", label: b.label, color: p.theme.Alarm, rim: true})
	}
}
