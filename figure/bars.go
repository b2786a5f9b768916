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
func (b Bars) SVG() []byte {
	c := canvas{theme: b.Theme.orScreen()}
	width := b.Width
	if width <= 0 {
		width = 344
	}
	f, ticks := b.frame(width)
	bottom := float64(len(b.Bars))*f.row + gap
	height := bottom + lineHeight + gap
	if b.X.Label != "" {
		height += lineHeight
	}
	c.open(b.ID, b.Title, b.Desc, width, height)
	for _, t := range thinned(ticks, f.x, width) {
		at := f.x.at(t.At)
		label := fit(t.Label, width)
		c.tag("line", "x1", at, "x2", at, "y1", gap/2, "y2", bottom, "stroke", c.theme.Grid)
		c.text(clamp(at, textWidth(label), 0, width), bottom+lineHeight, "middle", label)
	}
	c.text(width, bottom+2*lineHeight, "end", fit(b.X.Label, width))
	for i, bar := range b.Bars {
		c.bar(bar, f, float64(i)*f.row+gap, width)
	}
	return c.close()
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
	return ticks, scale{low, high, from, max(to, from+20)}
}

func (c *canvas) bar(b Bar, f frame, top, width float64) {
	x, middle := f.x, top+barRow/2-gap/2
	if f.labels > 0 {
		c.text(0, middle+4, "start", b.Label, "fill", c.theme.Ink)
	} else {
		c.text(0, middle+4, "start", fit(b.Label, width), append(c.rim(), "fill", c.theme.Ink)...)
		middle += lineHeight
	}
	if !finite(b.Value) {
		c.text(x.from+4, middle+4, "start", b.text())
		return
	}
	zero, end := x.at(max(x.low, min(0, x.high))), x.at(max(x.low, min(b.Value, x.high)))
	opacity := "0.55"
	if b.Strong {
		opacity = "1"
	}
	c.tag("rect", "x", min(zero, end), "y", middle-6, "width", max(zero, end)-min(zero, end), "height", 12.0, "rx", 2.0, "fill", c.theme.color(0), "fill-opacity", opacity)
	reach := max(zero, end)
	if finite(b.Low) && finite(b.High) && b.Low < b.High {
		low, high := x.at(max(b.Low, x.low)), x.at(min(b.High, x.high))
		c.tag("path", "d", "M"+num(low)+" "+num(middle-3)+"v6m0-3H"+num(high)+"m0-3v6", "fill", "none", "stroke", c.theme.Ink)
		reach = max(reach, high)
	}
	c.text(reach+6, middle+4, "start", b.text(), append(c.rim(), "fill", c.theme.Ink)...)
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
	p := &plot{Line: Line{Series: []Series{{}}}}
	p.theme, p.fixed = s.Theme.orScreen(), true
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
	p.x = scale{0, float64(len(points) - 1), 4, width - 4}
	p.y = scale{low, high, height - 4, 4}
	p.open(s.ID, s.Title, s.Desc, width, height)
	if d, _ := p.paths(points); d != "" {
		p.tag("path", "d", d, "fill", "none", "stroke", p.theme.color(0), "stroke-width", 1.5, "stroke-linejoin", "round")
	}
	if last >= 0 {
		p.tag("circle", "cx", p.x.at(points[last].X), "cy", p.y.at(points[last].Y), "r", 2.5, "fill", p.theme.color(0))
	}
	return p.close()
}
