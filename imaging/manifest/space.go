package manifest

import (
	"math"
	"slices"
)

// Around tells whether a place of the patient lies within the slices of the series, up to one pixel and one step beside them. Slices that do not say where they
// stand, or stand in different directions, have nothing around them.
func (s Series) Around(place [3]float64) bool {
	var first *Frame
	var image *Image
	var depths []float64
	for _, i := range s.Instances {
		if i.Image == nil {
			continue
		}
		for n := range i.Image.Frames {
			f := &i.Image.Frames[n]
			if len(f.Position) != 3 || len(f.Orientation) != 6 || len(f.Spacing) != 2 {
				return false
			}
			if first == nil {
				first, image = f, i.Image
			}
			if !alike(f.Orientation, first.Orientation) {
				return false
			}
			depths = append(depths, dot(first.normal(), f.Position))
		}
	}
	if len(depths) < 2 {
		return false
	}
	return first.beside(place, image) && within(dot(first.normal(), place[:]), depths)
}

// beside tells whether a place lies over or under the pixels of a frame.
func (f *Frame) beside(place [3]float64, i *Image) bool {
	d := []float64{place[0] - f.Position[0], place[1] - f.Position[1], place[2] - f.Position[2]}
	column, row := dot(f.Orientation[:3], d)/f.Spacing[1], dot(f.Orientation[3:], d)/f.Spacing[0]
	return column >= -1 && column <= float64(i.Columns) && row >= -1 && row <= float64(i.Rows)
}

// within tells whether a depth lies between others, or not farther beside them than they lie apart.
func within(depth float64, others []float64) bool {
	low, high := slices.Min(others), slices.Max(others)
	step := (high - low) / float64(len(others)-1)
	return depth >= low-step && depth <= high+step
}

func (f *Frame) normal() []float64 {
	o := f.Orientation
	return []float64{o[1]*o[5] - o[2]*o[4], o[2]*o[3] - o[0]*o[5], o[0]*o[4] - o[1]*o[3]}
}

func dot(a, b []float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

// alike are directions that no plane shows to be others.
func alike(a, b []float64) bool {
	for i := range a {
		if !(math.Abs(a[i]-b[i]) < 1e-3) {
			return false
		}
	}
	return true
}
