package annotation

import "consilium/imaging/dicom"

// mask is which pixels of a frame a segment has.
type mask struct {
	columns, rows int
	bits          []bool
}

// maskOf reads a frame of a segmentation: bits, or fractions of which half and more are taken for the segment.
func maskOf(raw []byte, p dicom.PixelFormat, d *dicom.Dataset) mask {
	m := mask{p.Columns, p.Rows, make([]bool, p.Columns*p.Rows)}
	half := 1
	if most, ok := d.Int(tag("MaximumFractionalValue")); ok && d.String(tag("SegmentationType")) == "FRACTIONAL" {
		half = (most + 1) / 2
	}
	for i := range m.bits {
		switch {
		case p.Allocated == 1 && i/8 < len(raw):
			m.bits[i] = raw[i/8]>>(i%8)&1 == 1
		case p.Allocated == 8 && i < len(raw):
			m.bits[i] = int(raw[i]) >= max(1, half)
		}
	}
	return m
}

func (m mask) at(column, row int) bool {
	return column >= 0 && row >= 0 && column < m.columns && row < m.rows && m.bits[row*m.columns+column]
}

// The directions of an edge of a pixel: right, down, left, up, and the steps that go along them.
var steps = [4][2]int{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}

// outlines are the closed lines along the edges of pixels around what the mask has, and around holes in it. The mask lies to the right of each.
func (m mask) outlines() (list []Line) {
	begun := map[[2]int]bool{} // corners from which an edge to the right was walked
	for row := range m.rows {
		for column := range m.columns {
			if m.at(column, row) && !m.at(column, row-1) && !begun[[2]int{column, row}] {
				list = append(list, m.walk(column, row, begun))
			}
		}
	}
	return list
}

// walk goes along an outline from the top left corner of a pixel, first to the right.
func (m mask) walk(column, row int, begun map[[2]int]bool) Line {
	line := Line{Closed: true}
	x, y, way := column, row, 0
	for {
		line.Points = append(line.Points, float64(x), float64(y))
		for {
			if way == 0 {
				begun[[2]int{x, y}] = true
			}
			x, y = x+steps[way][0], y+steps[way][1]
			if next := m.turn(x, y, way); next != way {
				way = next
				break
			}
		}
		if x == column && y == row && way == 0 {
			return line
		}
	}
}

// turn is the way on from a corner that was reached in one direction. Where two pixels meet at a corner only, the outline stays with the one that it is around.
func (m mask) turn(x, y, way int) int {
	ahead := func(way int) (right, left bool) { // of the edge that leads on in a direction
		switch way {
		case 0:
			return m.at(x, y), m.at(x, y-1)
		case 1:
			return m.at(x-1, y), m.at(x, y)
		case 2:
			return m.at(x-1, y-1), m.at(x-1, y)
		}
		return m.at(x, y-1), m.at(x-1, y-1)
	}
	for _, turn := range []int{1, 0, 3} { // to the right, straight on, to the left
		next := (way + turn) % 4
		if right, left := ahead(next); right && !left {
			return next
		}
	}
	return way
}
