package images

import (
	"testing"

	"consilium/casebook"
	"consilium/imaging/manifest"
)

// TestMarksOfPlanesStandInTheSlices asks for a sagittal plane 5 mm into ten slices of 20 × 20 mm, 3 mm apart: what lies beside them means nothing to anybody.
func TestMarksOfPlanesStandInTheSlices(t *testing.T) {
	study := &manifest.Study{Series: []manifest.Series{{}}}
	for n := range 10 {
		study.Series[0].Instances = append(study.Series[0].Instances, manifest.Instance{UID: "2.25.1",
			Image: &manifest.Image{Rows: 20, Columns: 20, Frames: []manifest.Frame{{Position: []float64{0, 0, float64(3 * n)}, Orientation: []float64{1, 0, 0, 0, 1, 0}, Spacing: []float64{1, 1}}}}})
	}
	sagittal := []int64{0, 1e6, 0, 0, 0, -1e6}
	length := func(grid int64, points ...int64) []casebook.Mark {
		return []casebook.Mark{{Sort: "length", Points: points, Grid: grid}}
	}
	for what, c := range map[string]struct {
		instance string
		plane    casebook.Plane
		in       bool
	}{
		"a mark within":             {"2.25.1", casebook.Plane{Position: []int64{500, 1000, 1350}, Orientation: sagittal, Marks: length(2, -500, -1000, 800, 1300)}, true},
		"no mark":                   {"2.25.1", casebook.Plane{Position: []int64{500, 1000, 1350}, Orientation: sagittal}, true},
		"a plane beside the slices": {"2.25.1", casebook.Plane{Position: []int64{2500, 1000, 1350}, Orientation: sagittal}, false},
		"a mark below them":         {"2.25.1", casebook.Plane{Position: []int64{500, 1000, 1350}, Orientation: sagittal, Marks: length(2, 0, 0, 0, 2000)}, false},
		"points of an older page":   {"2.25.1", casebook.Plane{Position: []int64{500, 1000, 1350}, Orientation: sagittal, Marks: length(0, 0, 0, 100, 100)}, false},
		"another image":             {"2.25.2", casebook.Plane{Position: []int64{500, 1000, 1350}, Orientation: sagittal}, false},
		"half a plane":              {"2.25.1", casebook.Plane{Position: []int64{500, 1000, 1350}, Orientation: sagittal[:3]}, false},
	} {
		if got := inside(casebook.KeyImage{Instance: c.instance, Plane: &c.plane}, study); got != c.in {
			t.Errorf("%s: %v", what, got)
		}
	}
}
