package figure

import (
	"math"
	"slices"
)

// Line shows how something went over time: a scale of one patient, a rate of one center.
type Line struct {
	ID            string // unlike any other figure's on the page
	Title         string // what is shown
	Desc          string // what it says, for those who do not see it
	Width, Height float64
	X, Y          Axis
	Series        []Series
	Events        []Event
	Bands         []Band
	Theme         Theme
}

// Series is one line. Its points are drawn in the order of X.
type Series struct {
	Name   string
	Points []Point
}

// Point is one value. A Y that is not a number leaves a gap: a missing value is never bridged.
type Point struct {
	X, Y        float64
	XText       string // how they are written in the table; "" for the plain number
	YText       string
	Low, High   float64 // ends of an interval; drawn if Low < High
	Label       string  // a word beside the mark
	Strong      bool    // filled: the value that counts now
	Provisional bool    // may still change: the line to it is dashed
}

// Event is something that happened at a time and may explain the line.
type Event struct {
	X     float64
	XText string
	Label string
}

// Band is a range of Y that has a meaning, such as normal values or a target.
type Band struct {
	From, To float64
	Label    string
}

const (
	lineHeight = 15.0
	markRadius = 4.0
	gap        = 8.0
	minPlot    = 84.0 // height of the plotting area
)

// plot is a Line with everything that had to be decided to draw it.
type plot struct {
	*drawing
	Line
	left, right, top, bottom float64 // edges of the plotting area
	x, y                     scale
	xTicks, yTicks           []Tick
	callouts                 []callout
	taken                    []box // where text of points and bands stands already
}

// SVG draws the figure. Its height grows where labels of events need more room than Height leaves.
func (l Line) SVG() []byte { return l.draw().svg() }

// PDF is the same figure for print.
func (l Line) PDF() []byte { l.Theme = Paper; return l.draw().pdf() }

func (l Line) draw() *drawing {
	p := l.lay()
	p.drawBands()
	p.drawAxes()
	p.drawEvents()
	for i, s := range p.Series {
		p.drawSeries(i, s)
	}
	p.drawNames()
	p.drawLabels()
	return p.drawing
}

// lay decides where everything goes: first what the text at the edges needs, then the rest for the plot.
func (l Line) lay() *plot {
	p := &plot{Line: l, drawing: Sheet{l.ID, l.Title, l.Desc, l.Width, l.Height, l.Theme}.sheet(344, 150)}
	p.Series = sortedSeries(l.Series)
	xLow, xHigh, yLow, yHigh := p.ranges()
	p.left = p.yAxisWidth() + gap
	p.right = p.width - p.nameWidth() - gap
	p.x = scale{low: xLow, high: xHigh, from: p.left + markRadius + 2, to: p.right - markRadius - 2}
	p.callouts = placeCallouts(p.Events, p.x, p.width)
	p.top = gap
	if l.Y.Label != "" {
		p.top += lineHeight
	}
	p.top += float64(calloutRows(p.callouts)) * lineHeight
	below := lineHeight + gap
	if l.X.Label != "" {
		below += lineHeight
	}
	p.height = max(p.height, p.top+minPlot+below)
	p.bottom = p.height - below
	p.y = scale{low: yLow, high: yHigh, from: p.bottom - 4, to: p.top + 4}
	p.taken = p.marks()
	return p
}

// marks are the areas of the points with their intervals, where no words are to stand.
func (p *plot) marks() []box {
	var taken []box
	for _, s := range p.Series {
		for _, point := range s.Points {
			if !finite(point.Y) {
				continue
			}
			x, y := p.x.at(point.X), p.y.at(point.Y)
			taken = append(taken, box{x - markRadius, y - markRadius, x + markRadius, y + markRadius})
			if point.hasInterval() {
				taken = append(taken, box{x - 3, p.y.at(point.High), x + 3, p.y.at(point.Low)})
			}
		}
	}
	return taken
}

func sortedSeries(in []Series) []Series {
	out := make([]Series, len(in))
	for i, s := range in {
		points := slices.DeleteFunc(slices.Clone(s.Points), func(p Point) bool { return !finite(p.X) })
		slices.SortStableFunc(points, func(a, b Point) int {
			switch {
			case a.X < b.X:
				return -1
			case a.X > b.X:
				return 1
			}
			return 0
		})
		out[i] = Series{s.Name, points}
	}
	return out
}

// ranges finds what each axis covers and its ticks.
func (p *plot) ranges() (xLow, xHigh, yLow, yHigh float64) {
	xLow, xHigh, yLow, yHigh = math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, s := range p.Series {
		for _, point := range s.Points {
			xLow, xHigh = min(xLow, point.X), max(xHigh, point.X)
			if finite(point.Y) {
				yLow, yHigh = min(yLow, point.Y), max(yHigh, point.Y)
			}
			if point.hasInterval() {
				yLow, yHigh = min(yLow, point.Low), max(yHigh, point.High)
			}
		}
	}
	for _, e := range p.Events {
		if finite(e.X) {
			xLow, xHigh = min(xLow, e.X), max(xHigh, e.X)
		}
	}
	p.xTicks, xLow, xHigh = axisTicks(p.X, xLow, xHigh, false)
	p.yTicks, yLow, yHigh = axisTicks(p.Y, yLow, yHigh, true)
	return xLow, xHigh, yLow, yHigh
}

// axisTicks are the given ticks, or round numbers. An axis that encloses reaches to its outermost tick.
func axisTicks(a Axis, low, high float64, enclose bool) ([]Tick, float64, float64) {
	if low > high && a.Min >= a.Max {
		return nil, 0, 1 // nothing to show yet: made-up numbers would only mislead
	}
	if a.Min < a.Max {
		low, high = a.Min, a.Max
	}
	ticks := a.Ticks
	if len(ticks) == 0 {
		ticks = NumberTicks(low, high, 5)
		if enclose && a.Min >= a.Max {
			low, high = ticks[0].At, ticks[len(ticks)-1].At
		}
	}
	if low == high {
		low, high = low-0.5, high+0.5
	}
	inside := slices.DeleteFunc(slices.Clone(ticks), func(t Tick) bool { return !finite(t.At) || t.At < low-1e-9 || t.At > high+1e-9 })
	return inside, low, high
}

func (p Point) hasInterval() bool { return finite(p.Low) && finite(p.High) && p.Low < p.High }

func (p *plot) yAxisWidth() float64 {
	width := 0.0
	for i, t := range p.yTicks {
		p.yTicks[i].Label = fit(t.Label, p.width/3)
		width = max(width, textWidth(p.yTicks[i].Label))
	}
	return width
}

// nameWidth is the room for the names of several series, which stand at the ends of their lines.
func (p *plot) nameWidth() float64 {
	width := 0.0
	if len(p.Series) > 1 {
		for i, s := range p.Series {
			p.Series[i].Name = fit(s.Name, p.width/3)
			width = max(width, textWidth(p.Series[i].Name)+6)
		}
	}
	return width
}
