package atlas

import (
	"strings"
	"testing"
)

func TestMapKeepsEverythingInside(t *testing.T) {
	for _, places := range [][]Place{
		{{Lat: 31, Lon: 121, Name: "港城医院"}},
		{{Lat: 31, Lon: 121, Name: "Harbor City Hospital"}, {Lat: 30.6, Lon: 104, Name: "Western"}, {Lat: 43.8, Lon: 87.6, Name: "A hospital with a name that is long enough to leave any map"}},
		{{Lat: -89, Lon: -179}, {Lat: 89, Lon: 179}},
	} {
		m := Draw(places, []Line{{0, len(places) - 1}, {0, 9}})
		for i, p := range m.At {
			if p.X < 0 || p.X > Width || p.Y < 0 || p.Y > Height {
				t.Errorf("%v of %v lies outside at %v", places[i], places, p)
			}
			if half := written(places[i].Name) / 2; m.Names[i].X < half || m.Names[i].X > Width-half || m.Names[i].Y > Height {
				t.Errorf("the name of %v stands outside at %v", places[i], m.Names[i])
			}
		}
		if len(m.Grid) > 60 || m.Arcs[1] != "" {
			t.Errorf("%d lines for %v, and %q to nowhere", len(m.Grid), places, m.Arcs[1])
		}
	}
}

// Names stand clear of other disks and of lines where one of four sides is free.
func TestNamesStandClear(t *testing.T) {
	places := []Place{{Lat: 36, Lon: 120, Name: "Harbor"}, {Lat: 34.9, Lon: 120, Name: "South"}, {Lat: 30, Lon: 104, Name: "West"}}
	m := Draw(places, []Line{{0, 1}, {0, 2}})
	lines := sampled([]curve{bent(m.At[0], m.At[1]), bent(m.At[0], m.At[2])})
	for i, name := range m.Names {
		var others []box
		for k, p := range m.At {
			if k != i {
				others = append(others, around(p, Disk, Disk, Disk))
			}
		}
		if cost := around(name, written(places[i].Name)/2, 12, 4).covers(others, lines); cost > 0 {
			t.Errorf("%s covers %v", places[i].Name, cost)
		}
	}
}

// What is known to be land and sea: Qingdao's hinterland, the Yellow Sea, the Sahara, the middle of the Pacific.
func TestLandIsWhereLandIs(t *testing.T) {
	if n := len(land()); n < 200 {
		t.Fatalf("%d rings", n)
	}
	for _, c := range []struct {
		lat, lon float64
		land     bool
	}{{36.5, 118.5, true}, {35, 123, false}, {23, 5, true}, {0, -150, false}, {19.2, 109.8, true}, {23.7, 121, true}, {-25, 134, true}, {60, -42, false}} {
		inside := 0
		for _, ring := range land() {
			if holds(ring, c.lon, c.lat) {
				inside++
			}
		}
		if (inside%2 == 1) != c.land {
			t.Errorf("%v north, %v east lies in %d rings", c.lat, c.lon, inside)
		}
	}
	coast := projectionOf([]Place{{Lat: 36, Lon: 120}, {Lat: 30, Lon: 104}}).coast()
	if len(coast) < 200 || len(coast) > 60_000 || strings.Count(coast, "M") != strings.Count(coast, "Z") {
		t.Errorf("the coast of the demo has %d letters", len(coast))
	}
}

// holds tells whether a point lies in a ring (even-odd rule).
func holds(ring []Point, x, y float64) (in bool) {
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		if (a.Y > y) != (b.Y > y) && x < a.X+(b.X-a.X)*(y-a.Y)/(b.Y-a.Y) {
			in = !in
		}
	}
	return in
}
