package atlas

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

// landText is the outline of land, see land/README.md.
//
//go:embed land/land.txt
var landText string

// land is every ring of land in degrees, read once.
var land = sync.OnceValue(func() (rings [][]Point) {
	for line := range strings.Lines(landText) {
		var ring []Point
		x, y := 0, 0
		steps := strings.Fields(line)
		for i := 0; i+1 < len(steps); i += 2 {
			dx, _ := strconv.Atoi(steps[i])
			dy, _ := strconv.Atoi(steps[i+1])
			x, y = x+dx, y+dy
			ring = append(ring, Point{float64(x) / 100, float64(y) / 100})
		}
		rings = append(rings, ring)
	}
	return rings
})

// beyond is how far land goes on outside of the map, so that no cut is seen as a coast.
const beyond = 8.0

// coast is the land that the map shows, as one path. A ring that crosses the edge of the map is cut off behind it.
func (p projection) coast() string {
	var b strings.Builder
	for _, ring := range land() {
		placed := make([]Point, len(ring))
		for i, at := range ring {
			placed[i] = p.at(at.Y, at.X)
		}
		shown := clipped(placed)
		for i, at := range shown {
			b.WriteString([]string{"M", "L"}[min(i, 1)] + px(at.X) + " " + px(at.Y))
		}
		if len(shown) > 0 {
			b.WriteByte('Z')
		}
	}
	return b.String()
}

// clipped is a ring as far as it lies on the map: cut at each of the four edges in turn (Sutherland and Hodgman, Communications of the ACM 17, 1974, 32–42).
func clipped(ring []Point) []Point {
	for _, e := range []struct {
		inside func(Point) bool
		cross  func(a, b Point) Point
	}{
		{func(p Point) bool { return p.X >= -beyond }, func(a, b Point) Point { return atX(a, b, -beyond) }},
		{func(p Point) bool { return p.X <= Width+beyond }, func(a, b Point) Point { return atX(a, b, Width+beyond) }},
		{func(p Point) bool { return p.Y >= -beyond }, func(a, b Point) Point { return atY(a, b, -beyond) }},
		{func(p Point) bool { return p.Y <= Height+beyond }, func(a, b Point) Point { return atY(a, b, Height+beyond) }},
	} {
		var kept []Point
		for i, now := range ring {
			before := ring[(i+len(ring)-1)%len(ring)]
			if e.inside(now) != e.inside(before) {
				kept = append(kept, e.cross(before, now))
			}
			if e.inside(now) {
				kept = append(kept, now)
			}
		}
		ring = kept
	}
	return ring
}

func atX(a, b Point, x float64) Point { return Point{x, a.Y + (b.Y-a.Y)*(x-a.X)/(b.X-a.X)} }
func atY(a, b Point, y float64) Point { return Point{a.X + (b.X-a.X)*(y-a.Y)/(b.Y-a.Y), y} }
