package figure

import (
	"cmp"
	"math"
	"slices"
)

// panel is a plotting area with its axes.
type panel struct {
	*drawing
	plan
	left, right, top, bottom float64
	callouts                 []callout // of events
	xScale, yScale           scale
	xTicks, yTicks           []Tick
	taken                    []box // where marks and words stand
	noteArea                 box
	crossed                  []box // where lines run: words keep off if they can
}

// plan is what a figure asks of its panel.
type plan struct {
	x, y             Axis
	xs, ys           span // what the values reach
	looseX, looseY   bool // whether an axis without given ends runs to its outermost ticks
	keys             []key
	notes            []string // lines that stand in a free corner of the plotting area, or above it
	corners          []corner // where notes are tried, the best first
	margin           float64  // room to the left of the plotting area, if what stands there needs more than ticks do
	below            float64  // room under the words of the axis
	strip            float64  // height of what stands between the plotting area and its level axis
	tall             bool     // rather high than wide
	square           bool     // as high as it is wide
	downward         bool     // Y grows downward
	curves           []curve
	marks            []spot // in values: where points are drawn
	events           []Event
	brackets         []bracket
	inset            float64 // between the ends of the level axis and what it covers, so that no mark hangs over
	crowded          bool    // notes stand above: no corner is free
	widestXTickLabel float64 // of what else stands in the columns of the ticks
}

// corner is one of the four of a plotting area.
type corner struct{ right, bottom bool }

var (
	topLeft     = corner{}
	topRight    = corner{right: true}
	bottomLeft  = corner{bottom: true}
	bottomRight = corner{true, true}
)

// span is a range of values; it begins as nowhere.
type span struct{ low, high float64 }

func nowhere() span { return span{math.Inf(1), math.Inf(-1)} }

// cover widens the span so that it holds the finite ones of these values.
func (s *span) cover(values ...float64) {
	for _, v := range values {
		if finite(v) {
			s.low, s.high = min(s.low, v), max(s.high, v)
		}
	}
}

// above is the part of the span for a logarithmic axis.
func (s *span) coverOn(a Axis, values ...float64) {
	for _, v := range values {
		if !a.Log || v > 0 {
			s.cover(v)
		}
	}
}

// plotHeight is what the given height leaves for the plotting area, or what suits the width if none is given.
func (d *drawing) plotHeight(rest float64, tall bool) float64 {
	if d.height > 0 {
		return max(d.height-rest, leastPlot)
	}
	share := 0.43
	if tall {
		share = 0.6
	}
	return clampTo(d.width*share, 170, 420)
}

const (
	leastPlot = 130.0 // height of a plotting area
	noteGap   = 4.0   // between legend, notes and axis label
)

// panel decides where everything goes.
func (d *drawing) panel(a plan) *panel {
	height := d.height
	p := d.layPanel(a)
	p.occupy()
	if len(a.notes) == 0 {
		return p
	}
	free := false
	if p.noteArea, free = p.freeCorner(); !free {
		a.crowded, d.height = true, height
		p = d.layPanel(a)
		p.occupy()
		p.noteArea = box{left: 0, top: float64(legendRows(p.keys, p.width))*lineHeight + noteGap, right: p.width}
	}
	p.taken = append(p.taken, p.noteArea)
	return p
}

func (d *drawing) layPanel(a plan) *panel {
	p := &panel{drawing: d, plan: a}
	p.top = gap + float64(legendRows(a.keys, d.width))*lineHeight
	if a.crowded {
		p.top += float64(len(a.notes))*lineHeight + noteGap
	}
	if len(a.keys) > 0 {
		p.top += noteGap
	}
	if a.y.Label != "" {
		p.top += lineHeight + 2
	}
	below := lineHeight + gap + a.below + a.strip
	if a.x.Label != "" {
		below += lineHeight
	}
	height := d.plotHeight(p.top+below, a.tall)
	if a.square {
		height = min(d.width*0.85, widestSquare)
	}
	yTicks, yLow, yHigh := a.y.lay(a.ys, int(clampTo(height/36, 3, 7)), a.looseY)
	p.yTicks = yTicks
	p.left = max(p.widestTick()+gap, a.margin)
	p.right = d.width - gap
	if a.square {
		height = min(p.right-p.left, widestSquare)
		p.right = p.left + height
	}
	p.bottom = p.top + height
	d.height = p.bottom + below
	p.yScale = scale{low: yLow, high: yHigh, from: p.bottom, to: p.top, log: a.y.Log}
	if a.downward {
		p.yScale.from, p.yScale.to = p.top, p.bottom
	}
	perTick := max(54, a.widestXTickLabel+2*gap)
	p.yTicks = p.spread(p.yTicks)
	xTicks, xLow, xHigh := a.x.lay(a.xs, int(clampTo((p.right-p.left)/perTick+1, 3, 9)), a.looseX)
	p.xScale = scale{low: xLow, high: xHigh, from: p.left + a.inset, to: p.right - a.inset, log: a.x.Log}
	p.xTicks = p.thinTicks(xTicks)
	p.placeBrackets()
	p.placeEvents()
	return p
}

const widestSquare = 420.0

// lay decides what an axis covers and its ticks, at most most if they are chosen here.
func (a Axis) lay(values span, most int, loose bool) ([]Tick, float64, float64) {
	given := a.Min < a.Max && finite(a.Min) && finite(a.Max) && (!a.Log || a.Min > 0)
	if given {
		values = span{a.Min, a.Max}
	}
	if values.low > values.high {
		if a.Log {
			return nil, 0.5, 2
		}
		return nil, 0, 1 // nothing to show yet: made-up numbers would only mislead
	}
	low, high := drawable(values.low, values.high)
	if a.Log {
		low, high = logRange(values)
	}
	ticks := a.Ticks
	switch {
	case len(ticks) > 0:
	case a.Log:
		ticks = LogTicks(low, high, most)
	case loose && !given:
		ticks = NumberTicks(low, high, most)
		low, high = ticks[0].At, ticks[len(ticks)-1].At
	default:
		ticks = NumberTicks(low, high, most+2) // the outermost may lie outside
	}
	on := scale{low: low, high: high, to: 1, log: a.Log}
	ticks = slices.DeleteFunc(slices.Clone(ticks), func(t Tick) bool { return !on.has(t.At) || on.at(t.At) < -1e-9 || on.at(t.At) > 1+1e-9 })
	slices.SortStableFunc(ticks, func(s, t Tick) int { return cmp.Compare(s.At, t.At) })
	return ticks, low, high
}

// logRange is a range of ratios, wide enough to have different places in it.
func logRange(values span) (low, high float64) {
	low, high = max(values.low, 1/farthest), min(max(values.high, 1/farthest), farthest)
	low = min(low, farthest)
	if high/low < 1.0001 {
		low, high = low/1.5, high*1.5
	}
	return low, high
}

func (p *panel) widestTick() float64 {
	widest := 0.0
	for i, t := range p.yTicks {
		p.yTicks[i].Label = fit(t.Label, p.width/4)
		widest = max(widest, textWidth(p.yTicks[i].Label))
	}
	return widest
}

// thinTicks leaves out ticks whose labels, or what else stands in their columns, would touch.
func (p *panel) thinTicks(ticks []Tick) []Tick {
	for every := 1; every < len(ticks); every++ {
		var kept []Tick
		for i := 0; i < len(ticks); i += every {
			kept = append(kept, ticks[i])
		}
		if !touch(kept, p.xScale, p.width) && p.apart(kept) {
			return kept
		}
	}
	return ticks[:min(1, len(ticks))]
}

// spread leaves out ticks of Y that lie too close to the one before them.
func (p *panel) spread(ticks []Tick) []Tick {
	var kept []Tick
	for _, t := range ticks {
		if n := len(kept); n == 0 || math.Abs(p.yScale.at(t.At)-p.yScale.at(kept[n-1].At)) >= fontSize+1 {
			kept = append(kept, t)
		}
	}
	return kept
}

// apart says whether what stands in the columns of these ticks does not touch.
func (p *panel) apart(ticks []Tick) bool {
	w := p.widestXTickLabel
	for i := 1; i < len(ticks); i++ {
		if clamp(p.xScale.at(ticks[i].At), w, 0, p.width)-clamp(p.xScale.at(ticks[i-1].At), w, 0, p.width) < w+gap {
			return false
		}
	}
	return true
}

// axes draws the grid, the axes and their words, what the marks mean, and the notes.
func (p *panel) axes() {
	p.legend(p.keys, p.width)
	for _, t := range p.yTicks {
		at := p.yScale.at(t.At)
		p.paint(segment(p.left, at, p.right, at), look{stroke: p.theme.Grid})
		p.write(words{x: p.left - gap, y: at + 4, anchor: "end", label: t.Label})
	}
	p.write(words{x: 0, y: p.top - 10 - p.bracketHeight() - p.eventHeight(), anchor: "start", label: fit(p.y.Label, p.width)})
	p.bottomAxis(p.bottom + p.strip)
	p.drawEvents()
	p.drawBrackets()
}

// placeEvents makes room above the plotting area for the words of events.
func (p *panel) placeEvents() {
	events := slices.DeleteFunc(slices.Clone(p.events), func(e Event) bool {
		return !p.xScale.has(e.X) || e.X < p.xScale.low || e.X > p.xScale.high
	})
	p.callouts = placeCallouts(events, p.xScale, p.width)
	p.shift(p.eventHeight())
}

// eventLine is the baseline of an event's words.
func (p *panel) eventLine(f callout) float64 {
	return p.top - p.bracketHeight() - float64(f.row)*lineHeight - 8
}

// eventHeight is the room above the plotting area that the words of events take.
func (p *panel) eventHeight() float64 {
	if len(p.callouts) == 0 {
		return 0
	}
	return float64(calloutRows(p.callouts))*lineHeight + 4
}

func (p *panel) drawEvents() {
	for _, f := range p.callouts {
		y := p.eventLine(f)
		p.paint(segment(f.x, y-fontSize+2, f.x, p.bottom), look{stroke: p.theme.Muted, dash: "2 3"})
		p.crosses(spot{f.x, p.top}, spot{f.x, p.bottom})
	}
	for _, f := range p.callouts {
		p.write(words{x: f.left, y: p.eventLine(f), anchor: "start", label: f.label, color: p.theme.Ink, rim: true})
	}
}

// bottomAxis is the level axis: a thin line, ticks outward, numbers, and its label at the right end.
func (p *panel) bottomAxis(y float64) {
	p.paint(segment(p.left, y, p.right, y), look{stroke: p.theme.Muted})
	for _, t := range p.xTicks {
		at, label := p.xScale.at(t.At), fit(t.Label, p.width)
		p.paint(segment(at, y, at, y+4), look{stroke: p.theme.Muted})
		p.write(words{x: clamp(at, textWidth(label), 0, p.width), y: y + lineHeight + 1, anchor: "middle", label: label})
	}
	p.write(words{x: p.right, y: y + 2*lineHeight + 1, anchor: "end", label: fit(p.x.Label, p.right)})
}

// occupy marks where marks stand and where the curves run.
func (p *panel) occupy() {
	for _, m := range p.marks {
		if at, ok := p.spotOf(m.x, m.y); ok {
			r := markRadius + 1
			p.taken = append(p.taken, box{at.x - r, at.y - r, at.x + r, at.y + r})
		}
	}
	for _, c := range p.curves {
		for _, ys := range [][]float64{c.y, c.low, c.high} {
			for _, run := range p.trace(c.x, ys, c.steps) {
				for i := 1; i < len(run); i++ {
					p.crosses(run[i-1], run[i])
				}
			}
		}
	}
}

// crosses marks a piece of a line as boxes along it.
func (p *panel) crosses(a, b spot) {
	n := math.Ceil(max(1, min(math.Abs(b.x-a.x), math.Abs(b.y-a.y))/6))
	for i := range int(n) {
		from, to := float64(i)/n, float64(i+1)/n
		s, t := spot{a.x + from*(b.x-a.x), a.y + from*(b.y-a.y)}, spot{a.x + to*(b.x-a.x), a.y + to*(b.y-a.y)}
		p.crossed = append(p.crossed, box{min(s.x, t.x) - 2, min(s.y, t.y) - 2, max(s.x, t.x) + 2, max(s.y, t.y) + 2})
	}
}

// free says whether nothing stands in a box, and no line runs through it unless that may be.
func (p *panel) free(b box, crossing bool) bool {
	return b.left >= p.left && b.right <= p.right && b.top >= p.top && b.bottom <= p.bottom &&
		!slices.ContainsFunc(p.taken, b.meets) && (crossing || !slices.ContainsFunc(p.crossed, b.meets))
}

// freeCorner is the area of the notes in the first of the corners where nothing is.
func (p *panel) freeCorner() (box, bool) {
	width, height := 0.0, float64(len(p.notes))*lineHeight
	for _, n := range p.notes {
		width = max(width, textWidth(n))
	}
	for _, c := range p.corners {
		b := box{left: p.left + gap, top: p.top + gap}
		if c.right {
			b.left = p.right - gap - width
		}
		if c.bottom {
			b.top = p.bottom - gap - height
		}
		b.right, b.bottom = b.left+width, b.top+height
		if p.free(b, false) {
			return b, true
		}
	}
	return box{}, false
}

// drawNotes writes the notes where panel found room for them.
func (p *panel) drawNotes() {
	b := p.noteArea
	for i, n := range p.notes {
		p.write(words{x: b.left, y: b.top + float64(i)*lineHeight + fontSize, anchor: "start", label: fit(n, b.right-b.left+0.01), color: p.theme.Ink, rim: true})
	}
}

// callout writes words beside a mark: near it where no line runs, else farther away with a line to it, else across lines, else not at
// all; the table has them in any case.
func (p *panel) callout(x, y, radius float64, label, color string) {
	label = fit(clean(label), (p.right-p.left)*0.5)
	if label == "" {
		return
	}
	w := textWidth(label)
	for _, crossing := range []bool{false, true} {
		for _, away := range []float64{radius + 4, radius + 16, radius + 30, radius + 46} {
			for _, at := range around(x, y, w, away) {
				if b := (box{at.x, at.y - fontSize + 1, at.x + w, at.y + 3}); p.free(b, crossing) {
					p.leader(x, y, radius, b, away > radius+4, color)
					p.taken = append(p.taken, b)
					p.write(words{x: at.x, y: at.y, anchor: "start", label: label, color: color, rim: true})
					return
				}
			}
		}
	}
}

// around are places for words of a width, so far away from a point: where they begin, and their baselines.
func around(x, y, w, away float64) []spot {
	slant := away * 0.75
	return []spot{{x + away, y + 4}, {x - away - w, y + 4}, {x - w/2, y - away}, {x - w/2, y + away + fontSize - 3},
		{x + slant, y - slant}, {x - slant - w, y - slant}, {x + slant, y + slant + 8}, {x - slant - w, y + slant + 8}}
}

// leader draws a line from a mark to words that stand away from it.
func (p *panel) leader(x, y, radius float64, b box, far bool, color string) {
	if !far {
		return
	}
	to := spot{clampTo(x, b.left, b.right), clampTo(y, b.top+2, b.bottom-1)}
	length := math.Hypot(to.x-x, to.y-y)
	if length <= radius+3 {
		return
	}
	share := (radius + 1) / length
	p.paint(segment(x+share*(to.x-x), y+share*(to.y-y), x+(1-2/length)*(to.x-x), y+(1-2/length)*(to.y-y)), look{stroke: color, width: 0.75})
}
