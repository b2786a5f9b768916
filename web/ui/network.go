package ui

import (
	"math"
	"strconv"
)

// MapView shows hospitals where they are and what flows between them. The table below it says the
// same in words: a map is never the only way to read.
type MapView struct {
	Label  string // what the map shows, in one sentence
	Source string // whose outline of land it is
	Table  TableView
	Folded string // what the table is behind
	Places []MapPlace
	Flows  []MapFlow
}

// MapPlace is a hospital on the map, in degrees.
type MapPlace struct {
	Hospital  Hospital
	Lat, Lon  float64
	URL, Note string
}

// MapFlow goes between two of Places; its width grows with the count.
type MapFlow struct {
	From, To int
	Count    int
	Broken   bool // the two could not reach each other lately
	Label    string
}

const (
	mapWidth, mapHeight = 960.0, 460.0
	mapMargin           = 84.0
	leastTall           = 4.0 // degrees
)

// projection is equirectangular about the middle of the places, so that distances look right there.
type projection struct {
	lat, lon, scale, shrink float64
}

func (m MapView) projection() projection {
	south, north, west, east := 90.0, -90.0, 180.0, -180.0
	for _, p := range m.Places {
		south, north = min(south, p.Lat), max(north, p.Lat)
		west, east = min(west, p.Lon), max(east, p.Lon)
	}
	if len(m.Places) == 0 {
		return projection{scale: 1, shrink: 1}
	}
	p := projection{lat: (south + north) / 2, lon: (west + east) / 2}
	p.shrink = math.Cos(p.lat * math.Pi / 180)
	// Some degrees at least: two hospitals of one city would otherwise stand in front of one straight piece of coast.
	tall, wide := max(north-south, leastTall), max((east-west)*p.shrink, leastTall)
	p.scale = min((mapHeight-2*mapMargin)/tall, (mapWidth-2*mapMargin)/wide)
	return p
}

func (p projection) at(lat, lon float64) (x, y float64) {
	return mapWidth/2 + (lon-p.lon)*p.shrink*p.scale, mapHeight/2 - (lat-p.lat)*p.scale
}

// labels are where the names of the places stand: of the four sides of each disk that on which the name covers least of disks, names and lines. A name that
// would leave the map is not tried there.
func (m MapView) labels(p projection) []point {
	list := make([]point, len(m.Places))
	var taken []box
	for _, place := range m.Places {
		x, y := p.at(place.Lat, place.Lon)
		taken = append(taken, box{x - mapDisk, y - mapDisk, x + mapDisk, y + mapDisk})
	}
	lines := m.lines(p)
	for i, place := range m.Places {
		x, y := p.at(place.Lat, place.Lon)
		half := labelWidth(place.Hospital.Name) / 2
		best := -1.0
		for _, at := range []point{{x, y + 34}, {x, y - 24}, {x + half + mapDisk + 4, y + 4}, {x - half - mapDisk - 4, y + 4}} {
			b := box{at.x - half, at.y - 12, at.x + half, at.y + 4}
			if b.left < 4 || b.right > mapWidth-4 || b.top < 4 || b.bottom > mapHeight-4 {
				continue
			}
			if cost := b.covers(taken, lines); best < 0 || cost < best {
				best, list[i] = cost, at
			}
		}
		if best < 0 {
			list[i] = point{min(max(x, half+4), mapWidth-half-4), y + 34}
		}
		taken = append(taken, box{list[i].x - half, list[i].y - 12, list[i].x + half, list[i].y + 4})
	}
	return list
}

// box is a rectangle on the map.
type box struct{ left, top, right, bottom float64 }

// covers is how much lies under a name: a disk or another name is worse than a line.
func (b box) covers(taken []box, lines []point) (cost float64) {
	for _, t := range taken {
		if b.left < t.right && t.left < b.right && b.top < t.bottom && t.top < b.bottom {
			cost += 10
		}
	}
	for _, l := range lines {
		if l.x > b.left && l.x < b.right && l.y > b.top && l.y < b.bottom {
			cost++
		}
	}
	return cost
}

// lines are points of all flows, near enough to each other that no name lies between two.
func (m MapView) lines(p projection) (list []point) {
	const steps = 40
	for _, f := range m.Flows {
		from, by, to, ok := m.curve(p, f)
		if !ok {
			continue
		}
		for i := range steps + 1 {
			t := float64(i) / steps
			a, b, c := (1-t)*(1-t), 2*t*(1-t), t*t
			list = append(list, point{a*from.x + b*by.x + c*to.x, a*from.y + b*by.y + c*to.y})
		}
	}
	return list
}

// mapDisk is the radius of a place's disk.
const mapDisk = 20

// labelWidth is about how wide a name is on the map: a Chinese character is as wide as two letters.
func labelWidth(name string) (width float64) {
	for _, r := range name {
		if r > 0x2e7f {
			width += 11.5
		} else {
			width += 6.2
		}
	}
	return width
}

// graticule is every line of whole steps of degrees that crosses the map.
func (p projection) graticule() (lines []string) {
	step := 1.0
	for _, s := range []float64{1, 2, 5, 10, 20} {
		step = s
		if s*p.scale > 70 {
			break
		}
	}
	halfWide, halfTall := mapWidth/2/(p.scale*p.shrink), mapHeight/2/p.scale
	for lon := math.Ceil((p.lon-halfWide)/step) * step; lon < p.lon+halfWide; lon += step {
		x, _ := p.at(p.lat, lon)
		lines = append(lines, "M"+px(x)+" 0V"+px(mapHeight))
	}
	for lat := math.Ceil((p.lat-halfTall)/step) * step; lat < p.lat+halfTall; lat += step {
		_, y := p.at(lat, p.lon)
		lines = append(lines, "M0 "+px(y)+"H"+px(mapWidth))
	}
	return lines
}

// curve bends every flow to its left, so that there and back are two lines: a quadratic Bézier curve. Not ok: one of its ends is not there.
func (m MapView) curve(p projection, f MapFlow) (from, by, to point, ok bool) {
	if f.From < 0 || f.To < 0 || f.From >= len(m.Places) || f.To >= len(m.Places) {
		return from, by, to, false
	}
	from.x, from.y = p.at(m.Places[f.From].Lat, m.Places[f.From].Lon)
	to.x, to.y = p.at(m.Places[f.To].Lat, m.Places[f.To].Lon)
	by = point{(from.x+to.x)/2 + (to.y-from.y)*.16, (from.y+to.y)/2 - (to.x-from.x)*.16}
	return from, by, to, true
}

// arc is the curve of a flow as a path.
func (m MapView) arc(p projection, f MapFlow) string {
	from, by, to, ok := m.curve(p, f)
	if !ok {
		return ""
	}
	return "M" + px(from.x) + " " + px(from.y) + "Q" + px(by.x) + " " + px(by.y) + " " + px(to.x) + " " + px(to.y)
}

func (f MapFlow) width() string { return px(1.5 + min(math.Sqrt(float64(max(f.Count, 0)))*.8, 8)) }

func px(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
