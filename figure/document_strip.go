package figure

// StripCell is one thing of which every page of a document reminds: who the patient is, which side.
type StripCell struct {
	Label, Text string
	Strong      bool // white on black
	Alarm       bool // in the color of an alarm
}

// stripGap is the white below the strip.
const stripGap = 14.0

// stripped draws the strip at the top of a page, and gives where what follows begins. Cells share the width by what their texts need.
func (t *typesetter) stripped() float64 {
	if len(t.strip) == 0 {
		return sheetTop
	}
	const pad = 8.0
	widths := make([]float64, len(t.strip))
	for i, c := range t.strip {
		widths[i] = max(t.widthAt(c.Text, bodySize)*1.05, t.widthAt(c.Label, smallSize)) + 1
	}
	widths = givingWay(widths, textColumn-2*pad*float64(len(widths)))
	lines, most := make([][]string, len(t.strip)), 1
	for i, c := range t.strip {
		lines[i] = brokenAt(t.shared, c.Text, widths[i], bodySize*1.03)
		most = max(most, len(lines[i]))
	}
	top := sheetTop - 26
	height := smallSize*leading + float64(most)*bodySize*leading + 2*pad
	x := sheetSide
	for i, c := range t.strip {
		width, ink, quiet := widths[i]+2*pad, Paper.Ink, Paper.Muted
		if c.Strong {
			t.shape(rectangle(x, top, width, height), look{fill: Paper.Ink})
			ink, quiet = Paper.Ground, Paper.Ground
		}
		if c.Alarm {
			ink = Paper.Alarm
		}
		t.label(x+pad, top+pad+smallSize, smallSize, quiet, false, c.Label)
		for n, line := range lines[i] {
			t.label(x+pad, top+pad+smallSize*leading+bodySize+float64(n)*bodySize*leading, bodySize, ink, true, line)
		}
		x += width
	}
	t.shape(rectangle(sheetSide, top, textColumn, height), look{stroke: Paper.Ink})
	return top + height + stripGap
}

// Pair is a label with its text beside it.
type Pair struct{ Label, Text string }

// Pairs are labels in a narrow column with their texts beside them.
type Pairs []Pair

func (list Pairs) set(t *typesetter) {
	const column = 150.0
	for _, p := range list {
		labels := brokenAt(t.shared, p.Label, column-12, smallSize)
		lines := brokenAt(t.shared, p.Text, textColumn-column, bodySize)
		t.need(float64(min(max(len(labels), len(lines)), 3)) * bodySize * leading)
		top, on := t.y, t.page
		for n, label := range labels {
			on.label(sheetSide, top+bodySize+float64(n)*smallSize*leading, smallSize, Paper.Muted, false, label)
		}
		t.lines(sheetSide+column, bodySize, Paper.Ink, false, lines)
		if t.page == on {
			t.y = max(t.y, top+float64(len(labels))*smallSize*leading)
		}
		t.y += 3
	}
	t.y += bodySize * 0.6
}

// Signed are lines for what is written by hand.
type Signed []string

func (list Signed) set(t *typesetter) {
	const each = 46.0
	for _, text := range list {
		t.need(each)
		t.y += each - smallSize*leading
		t.shape(segment(sheetSide, t.y, sheetSide+textColumn*0.55, t.y), look{stroke: Paper.Ink})
		t.label(sheetSide, t.y+smallSize*1.2, smallSize, Paper.Muted, false, text)
		t.y += smallSize * leading
	}
}
