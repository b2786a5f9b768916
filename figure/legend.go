package figure

// key says what a line or mark of a figure means.
type key struct {
	name  string
	color string
	dash  string
	line  float64 // width of the line; 0 for none
	mark  int     // which symbol, from 1; 0 for none
	fill  string  // of the symbol
	area  string  // color of a filled area

	areaOpacity float64
}

const sampleWidth, keyGap = 22.0, 18.0

// place is where a key stands in the legend.
type place struct{ x, row float64 }

// arranged puts keys side by side, in as many rows as their names need.
func arranged(keys []key, width float64) []place {
	places := make([]place, len(keys))
	x, row := 0.0, 0.0
	for i, k := range keys {
		w := sampleWidth + 6 + textWidth(fit(k.name, width-sampleWidth-6))
		if x > 0 && x+w > width {
			x, row = 0, row+1
		}
		places[i] = place{x, row}
		x += w + keyGap
	}
	return places
}

func legendRows(keys []key, width float64) int {
	if len(keys) == 0 {
		return 0
	}
	places := arranged(keys, width)
	return int(places[len(places)-1].row) + 1
}

// legend draws the keys at the top of the figure.
func (d *drawing) legend(keys []key, width float64) {
	for i, at := range arranged(keys, width) {
		k, y := keys[i], at.row*lineHeight+fontSize
		d.sample(k, at.x, y-4)
		d.write(words{x: at.x + sampleWidth + 6, y: y, anchor: "start", label: fit(k.name, width-sampleWidth-6), color: d.theme.Ink})
	}
}

// sample draws a piece of what the key stands for, from x on, around y.
func (d *drawing) sample(k key, x, y float64) {
	if k.area != "" {
		d.paint(rectangle(x+2, y-5, sampleWidth-4, 10), look{fill: k.area, opacity: k.areaOpacity})
	}
	if k.line > 0 {
		d.paint(segment(x, y, x+sampleWidth, y), look{stroke: k.color, width: k.line, dash: k.dash})
	}
	if k.mark > 0 {
		d.paint(symbol(k.mark-1, x+sampleWidth/2, y, markRadius-0.5), look{fill: k.fill, stroke: k.color, width: 1.5})
	}
}

// areaOpacity is that of confidence bands, through which the grid and other bands stay visible.
const areaOpacity = 0.16
