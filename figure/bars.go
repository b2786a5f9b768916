package figure

// Bars compares quantities side by side: horizontal bars, so that long names and Chinese ones are read without turning the head.
type Bars struct {
	ID     string
	Title  string
	Desc   string
	Width  float64
	X      Axis // the range begins at 0 unless it is given; bars begin there
	Bars   []Bar
	Theme  Theme
	Values string // head of the table's column of values
}

// Bar is one quantity.
type Bar struct {
	Label     string
	Value     float64
	Text      string  // how the value is written; "" for the plain number
	Low, High float64 // ends of an interval; drawn if Low < High
	Strong    bool    // the one that the page is about
}

const barRow = 26.0

// frame is where the parts of the bars go.
type frame struct {
	x      scale
	row    float64
	labels float64 // width of the names beside the bars; 0: they stand above them
}

// SVG draws the figure.
func (b Bars) SVG() []byte { return b.draw().svg() }

// PDF is the same figure for print.
func (b Bars) PDF() []byte { b.Theme = Paper; return b.draw().pdf() }

func (b Bars) draw() *drawing {
	c := Sheet{b.ID, b.Title, b.Desc, b.Width, 0, b.Theme}.sheet(344, 0)
	width := c.width
	f, ticks := b.frame(width)
	bottom := float64(len(b.Bars))*f.row + gap
	c.height = bottom + lineHeight + gap
	if b.X.Label != "" {
		c.height += lineHeight
	}
	for _, t := range thinned(ticks, f.x, width) {
		at := f.x.at(t.At)
		label := fit(t.Label, width)
		c.paint(segment(at, gap/2, at, bottom), look{stroke: c.theme.Grid})
		c.write(words{x: clamp(at, textWidth(label), 0, width), y: bottom + lineHeight, anchor: "middle", label: label})
	}
	c.write(words{x: width, y: bottom + 2*lineHeight, anchor: "end", label: fit(b.X.Label, width)})
	for i, bar := range b.Bars {
		c.bar(bar, f, float64(i)*f.row+gap, width)
	}
	return c
}

// frame puts names beside the bars, or above them if one of them is too long for that.
func (b Bars) frame(width float64) (frame, []Tick) {
	labels, texts := 0.0, 0.0
	for _, bar := range b.Bars {
		labels, texts = max(labels, textWidth(bar.Label)), max(texts, textWidth(bar.text()))
	}
	f := frame{row: barRow, labels: labels}
	from := labels + gap
	if labels > width*0.4 {
		f, from = frame{row: barRow + lineHeight}, 1
	}
	ticks, x := b.axis(from, width-texts-2*gap)
	f.x = x
	return f, ticks
}

func (b Bars) axis(from, to float64) ([]Tick, scale) {
	low, high := 0.0, 0.0
	for _, bar := range b.Bars {
		for _, v := range []float64{bar.Value, bar.Low, bar.High} {
			if finite(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if low == high {
		high = 1
	}
	ticks, low, high := axisTicks(b.X, low, high, true)
	return ticks, scale{low: low, high: high, from: from, to: max(to, from+20)}
}

func (d *drawing) bar(b Bar, f frame, top, width float64) {
	x, middle := f.x, top+barRow/2-gap/2
	name := words{x: 0, y: middle + 4, anchor: "start", label: b.Label, color: d.theme.Ink}
	if f.labels == 0 {
		name.label, name.rim = fit(b.Label, width), true
		middle += lineHeight
	}
	d.write(name)
	if !finite(b.Value) {
		d.write(words{x: x.from + 4, y: middle + 4, anchor: "start", label: b.text()})
		return
	}
	zero, end := x.at(max(x.low, min(0, x.high))), x.at(max(x.low, min(b.Value, x.high)))
	opacity := 0.55
	if b.Strong {
		opacity = 1
	}
	d.paint(rectangle(min(zero, end), middle-6, max(zero, end)-min(zero, end), 12), look{fill: d.theme.color(0), opacity: opacity})
	reach := max(zero, end)
	if finite(b.Low) && finite(b.High) && b.Low < b.High {
		low, high := x.at(max(b.Low, x.low)), x.at(min(b.High, x.high))
		d.paint(lyingWhisker(low, high, middle), look{stroke: d.theme.Ink})
		reach = max(reach, high)
	}
	d.write(words{x: reach + 6, y: middle + 4, anchor: "start", label: b.text(), color: d.theme.Ink, rim: true})
}

// lyingWhisker is a level interval with its ends marked.
func lyingWhisker(low, high, y float64) path {
	return path{[]byte("mlmlml"), []float64{low, y - 3, low, y + 3, low, y, high, y, high, y - 3, high, y + 3}}
}

func (b Bar) text() string { return orNumber(b.Text, b.Value) }

// Table is the same as rows.
func (b Bars) Table() Table {
	t := Table{Head: []string{b.X.Label, b.Values}}
	for _, bar := range b.Bars {
		t.Rows = append(t.Rows, []string{bar.Label, withInterval(bar.text(), bar.Low, bar.High)})
	}
	return t
}

// Sparkline is a line without axes, small enough to stand in a row of a table beside the number that it explains.
type Sparkline struct {
	ID            string
	Title         string
	Desc          string
	Width, Height float64
	Values        []float64 // evenly spaced; what is not a number leaves a gap
	Theme         Theme
}

// SVG draws the figure.
func (s Sparkline) SVG() []byte {
	width, height := s.Width, s.Height
	if width <= 0 {
		width = 88
	}
	if height <= 0 {
		height = 24
	}
	d := &drawing{Sheet: Sheet{ID: s.ID, Title: s.Title, Desc: s.Desc}, width: width, height: height, theme: s.Theme.orScreen(), fixed: true}
	p := &plot{drawing: d}
	points := make([]Point, len(s.Values))
	low, high, last := 0.0, 0.0, -1
	for i, v := range s.Values {
		points[i] = Point{X: float64(i), Y: v}
		if !finite(v) {
			continue
		}
		if last < 0 {
			low, high = v, v
		}
		low, high, last = min(low, v), max(high, v), i
	}
	p.x = scale{low: 0, high: float64(len(points) - 1), from: 4, to: width - 4}
	p.y = scale{low: low, high: high, from: height - 4, to: 4}
	line, _ := p.paths(points)
	p.paint(line, look{stroke: p.theme.color(0), width: 1.5, round: true})
	if last >= 0 {
		p.paint(circle(p.x.at(points[last].X), p.y.at(points[last].Y), 2.5), look{fill: p.theme.color(0)})
	}
	return d.svg()
}
