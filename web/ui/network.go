package ui

import (
	"math"
	"strconv"
)

// MapView shows hospitals where they are and what flows between them. A list beside it says the
// same in words: a map is never the only way to read.
type MapView struct {
	Label  string // what the map shows, in one sentence
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
	// One degree at least, or a single hospital would fill the world.
	tall, wide := max(north-south, 1), max((east-west)*p.shrink, 1)
	p.scale = min((mapHeight-2*mapMargin)/tall, (mapWidth-2*mapMargin)/wide)
	return p
}

func (p projection) at(lat, lon float64) (x, y float64) {
	return mapWidth/2 + (lon-p.lon)*p.shrink*p.scale, mapHeight/2 - (lat-p.lat)*p.scale
}

// label is where the name of a place stands: below its disk, or above where another disk is in the way below and none above.
func (m MapView) label(p projection, i int) float64 {
	x, y := p.at(m.Places[i].Lat, m.Places[i].Lon)
	half := labelWidth(m.Places[i].Hospital.Name)/2 + mapDisk
	covered := func(at float64) bool {
		for k, other := range m.Places {
			ox, oy := p.at(other.Lat, other.Lon)
			if k != i && math.Abs(ox-x) < half && math.Abs(oy-(at-4)) < mapDisk+8 {
				return true
			}
		}
		return false
	}
	if below := y + 34; !covered(below) || covered(y-24) {
		return below
	}
	return y - 24
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

// arc bends every flow to its left, so that there and back are two lines.
func (m MapView) arc(p projection, f MapFlow) string {
	if f.From < 0 || f.To < 0 || f.From >= len(m.Places) || f.To >= len(m.Places) {
		return ""
	}
	x1, y1 := p.at(m.Places[f.From].Lat, m.Places[f.From].Lon)
	x2, y2 := p.at(m.Places[f.To].Lat, m.Places[f.To].Lon)
	cx, cy := (x1+x2)/2+(y2-y1)*.16, (y1+y2)/2-(x2-x1)*.16
	return "M" + px(x1) + " " + px(y1) + "Q" + px(cx) + " " + px(cy) + " " + px(x2) + " " + px(y2)
}

func (f MapFlow) width() string { return px(1.5 + min(math.Sqrt(float64(max(f.Count, 0)))*.8, 8)) }

func px(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
