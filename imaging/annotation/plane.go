package annotation

import "math"

type vector [3]float64

func (a vector) minus(b vector) vector { return vector{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }

func (a vector) dot(b vector) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

// plane is where a frame stands in the patient: the center of its first pixel, and the steps to the next column and to the next row.
type plane struct{ origin, right, down vector }

// planeOf reads position, orientation and spacing (PS3.3 section C.7.6.2.1.1); false where one of them is missing or has no size.
func planeOf(position, orientation, spacing []float64) (p plane, ok bool) {
	if len(position) != 3 || len(orientation) != 6 || len(spacing) != 2 || !(spacing[0] > 0 && spacing[1] > 0) {
		return p, false
	}
	for i := range 3 {
		p.origin[i], p.right[i], p.down[i] = position[i], orientation[i]*spacing[1], orientation[3+i]*spacing[0]
	}
	return p, p.right.dot(p.right) > 0 && p.down.dot(p.down) > 0
}

// place is the place of a column and a row, counted from the top left corner of the first pixel.
func (p plane) place(column, row float64) (v vector) {
	for i := range 3 {
		v[i] = p.origin[i] + (column-0.5)*p.right[i] + (row-0.5)*p.down[i]
	}
	return v
}

// pixel is the column and row of a place.
func (p plane) pixel(v vector) (column, row float64) {
	d := v.minus(p.origin)
	return d.dot(p.right)/p.right.dot(p.right) + 0.5, d.dot(p.down)/p.down.dot(p.down) + 0.5
}

// off is how far a place lies from the plane, in millimeters.
func (p plane) off(v vector) float64 {
	n := vector{p.right[1]*p.down[2] - p.right[2]*p.down[1], p.right[2]*p.down[0] - p.right[0]*p.down[2], p.right[0]*p.down[1] - p.right[1]*p.down[0]}
	return math.Abs(v.minus(p.origin).dot(n)) / math.Sqrt(n.dot(n))
}

// within tells whether another plane is the slice's: three of its corners lie in it. Frames of segmentations may have a grid of their own.
func (s slice) within(p plane) bool {
	const far = 1000 // pixels, so that a plane that is tilted is another
	return s.plane.off(p.place(0, 0)) < s.near && s.plane.off(p.place(far, 0)) < 10*s.near && s.plane.off(p.place(0, far)) < 10*s.near
}

// drawn are outlines on the grid of another plane, on the slice's own.
func (s slice) drawn(p plane, lines []Line) (list []Line) {
	for _, l := range lines {
		points := make([]float64, len(l.Points))
		for i := 0; i+1 < len(points); i += 2 {
			column, row := s.plane.pixel(p.place(l.Points[i], l.Points[i+1]))
			points[i], points[i+1] = math.Round(column*100)/100, math.Round(row*100)/100
		}
		list = append(list, Line{points, l.Closed})
	}
	return list
}
