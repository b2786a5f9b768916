package atlas

// box is a rectangle on the map.
type box struct{ left, top, right, bottom float64 }

// around is the box of a name whose middle stands at a point, or of a disk.
func around(at Point, half, above, below float64) box {
	return box{at.X - half, at.Y - above, at.X + half, at.Y + below}
}

// named tells where names stand: of the four sides of each disk that on which the name covers least of disks, names and lines. A name that would leave the map
// is not tried there.
func named(places []Place, at []Point, curves []curve) []Point {
	list := make([]Point, len(places))
	var taken []box
	for _, p := range at {
		taken = append(taken, around(p, Disk, Disk, Disk))
	}
	lines := sampled(curves)
	for i, p := range at {
		half := written(places[i].Name) / 2
		best := -1.0
		for _, side := range []Point{{p.X, p.Y + 34}, {p.X, p.Y - 24}, {p.X + half + Disk + 4, p.Y + 4}, {p.X - half - Disk - 4, p.Y + 4}} {
			b := around(side, half, 12, 4)
			if b.left < 4 || b.right > Width-4 || b.top < 4 || b.bottom > Height-4 {
				continue
			}
			if cost := b.covers(taken, lines); best < 0 || cost < best {
				best, list[i] = cost, side
			}
		}
		if best < 0 {
			list[i] = Point{min(max(p.X, half+4), Width-half-4), p.Y + 34}
		}
		taken = append(taken, around(list[i], half, 12, 4))
	}
	return list
}

// covers is how much lies under a name: a disk or another name is worse than a line.
func (b box) covers(taken []box, lines []Point) (cost float64) {
	for _, t := range taken {
		if b.left < t.right && t.left < b.right && b.top < t.bottom && t.top < b.bottom {
			cost += 10
		}
	}
	for _, l := range lines {
		if l.X > b.left && l.X < b.right && l.Y > b.top && l.Y < b.bottom {
			cost++
		}
	}
	return cost
}

// sampled are points of all curves, near enough to each other that no name lies between two.
func sampled(curves []curve) (list []Point) {
	const steps = 40
	for _, c := range curves {
		if c == (curve{}) {
			continue
		}
		for i := range steps + 1 {
			t := float64(i) / steps
			u, v, w := (1-t)*(1-t), 2*t*(1-t), t*t
			list = append(list, Point{u*c.from.X + v*c.by.X + w*c.to.X, u*c.from.Y + v*c.by.Y + w*c.to.Y})
		}
	}
	return list
}

// written is about how wide a name is on the map: a Chinese character is as wide as two letters.
func written(name string) (width float64) {
	for _, r := range name {
		if r > 0x2e7f {
			width += 11.5
		} else {
			width += 6.2
		}
	}
	return width
}
