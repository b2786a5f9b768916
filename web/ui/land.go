package ui

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

// point is a place in degrees east and north, or on the map in pixels.
type point struct{ x, y float64 }

// land is every ring of land in degrees, read once.
var land = sync.OnceValue(func() (rings [][]point) {
	for line := range strings.Lines(landText) {
		var ring []point
		x, y := 0, 0
		steps := strings.Fields(line)
		for i := 0; i+1 < len(steps); i += 2 {
			dx, _ := strconv.Atoi(steps[i])
			dy, _ := strconv.Atoi(steps[i+1])
			x, y = x+dx, y+dy
			ring = append(ring, point{float64(x) / 100, float64(y) / 100})
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
		placed := make([]point, len(ring))
		for i, at := range ring {
			placed[i].x, placed[i].y = p.at(at.y, at.x)
		}
		shown := clipped(placed)
		for i, at := range shown {
			b.WriteString([]string{"M", "L"}[min(i, 1)] + px(at.x) + " " + px(at.y))
		}
		if len(shown) > 0 {
			b.WriteByte('Z')
		}
	}
	return b.String()
}

// clipped is a ring as far as it lies on the map: cut at each of the four edges in turn (Sutherland and Hodgman, Communications of the ACM 17, 1974, 32–42).
func clipped(ring []point) []point {
	for _, e := range []struct {
		inside func(point) bool
		cross  func(a, b point) point
	}{
		{func(p point) bool { return p.x >= -beyond }, func(a, b point) point { return atX(a, b, -beyond) }},
		{func(p point) bool { return p.x <= mapWidth+beyond }, func(a, b point) point { return atX(a, b, mapWidth+beyond) }},
		{func(p point) bool { return p.y >= -beyond }, func(a, b point) point { return atY(a, b, -beyond) }},
		{func(p point) bool { return p.y <= mapHeight+beyond }, func(a, b point) point { return atY(a, b, mapHeight+beyond) }},
	} {
		var kept []point
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

func atX(a, b point, x float64) point { return point{x, a.y + (b.y-a.y)*(x-a.x)/(b.x-a.x)} }
func atY(a, b point, y float64) point { return point{a.x + (b.x-a.x)*(y-a.y)/(b.y-a.y), y} }
