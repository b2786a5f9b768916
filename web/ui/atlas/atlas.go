// Package atlas lays places out on a map of land: where each is drawn, where its name stands, how lines run between them. It knows degrees and pixels, and nothing
// of hospitals; package ui draws what it gives.
package atlas

import (
	"math"
	"strconv"
)

// Width and Height are those of a map in its own pixels.
const Width, Height = 960.0, 460.0

// Disk is the radius around a place that is kept clear.
const Disk = 20.0

const (
	margin    = 84.0 // between the outermost places and the edge
	leastTall = 4.0  // degrees
)

// Point is a place on the map in pixels, or in degrees east (X) and north (Y).
type Point struct{ X, Y float64 }

// Place is what is shown, in degrees, with the name that stands beside it.
type Place struct {
	Lat, Lon float64
	Name     string
}

// Line runs between two places, by their numbers.
type Line struct{ From, To int }

// Map is how places and lines are drawn.
type Map struct {
	Land  string   // the outline of land as a path
	Grid  []string // lines of whole steps of degrees, as paths
	At    []Point  // of the places
	Names []Point  // where their names stand, by the middle of the line of writing
	Arcs  []string // of the lines, as paths; "": one of its ends is not there
}

// Draw lays out places and lines. The map is as large as the places need.
func Draw(places []Place, lines []Line) (m Map) {
	p := projectionOf(places)
	m.Land, m.Grid = p.coast(), p.graticule()
	for _, place := range places {
		m.At = append(m.At, p.at(place.Lat, place.Lon))
	}
	curves := make([]curve, len(lines))
	for i, l := range lines {
		if l.From >= 0 && l.To >= 0 && l.From < len(places) && l.To < len(places) {
			curves[i] = bent(m.At[l.From], m.At[l.To])
		}
		m.Arcs = append(m.Arcs, curves[i].path())
	}
	m.Names = named(places, m.At, curves)
	return m
}

// projection is equirectangular about the middle of the places, so that distances look right there.
type projection struct {
	lat, lon, scale, shrink float64
}

func projectionOf(places []Place) projection {
	south, north, west, east := 90.0, -90.0, 180.0, -180.0
	for _, p := range places {
		south, north = min(south, p.Lat), max(north, p.Lat)
		west, east = min(west, p.Lon), max(east, p.Lon)
	}
	if len(places) == 0 {
		return projection{scale: 1, shrink: 1}
	}
	p := projection{lat: (south + north) / 2, lon: (west + east) / 2}
	p.shrink = math.Cos(p.lat * math.Pi / 180)
	// Some degrees at least: two hospitals of one city would otherwise stand in front of one straight piece of coast.
	tall, wide := max(north-south, leastTall), max((east-west)*p.shrink, leastTall)
	p.scale = min((Height-2*margin)/tall, (Width-2*margin)/wide)
	return p
}

func (p projection) at(lat, lon float64) Point {
	return Point{Width/2 + (lon-p.lon)*p.shrink*p.scale, Height/2 - (lat-p.lat)*p.scale}
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
	halfWide, halfTall := Width/2/(p.scale*p.shrink), Height/2/p.scale
	for lon := math.Ceil((p.lon-halfWide)/step) * step; lon < p.lon+halfWide; lon += step {
		lines = append(lines, "M"+px(p.at(p.lat, lon).X)+" 0V"+px(Height))
	}
	for lat := math.Ceil((p.lat-halfTall)/step) * step; lat < p.lat+halfTall; lat += step {
		lines = append(lines, "M0 "+px(p.at(lat, p.lon).Y)+"H"+px(Width))
	}
	return lines
}

// curve is a quadratic Bézier curve; the zero value is none.
type curve struct{ from, by, to Point }

// bent leads every line to its left, so that there and back are two.
func bent(from, to Point) curve {
	return curve{from, Point{(from.X+to.X)/2 + (to.Y-from.Y)*.16, (from.Y+to.Y)/2 - (to.X-from.X)*.16}, to}
}

func (c curve) path() string {
	if c == (curve{}) {
		return ""
	}
	return "M" + px(c.from.X) + " " + px(c.from.Y) + "Q" + px(c.by.X) + " " + px(c.by.Y) + " " + px(c.to.X) + " " + px(c.to.Y)
}

func px(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
