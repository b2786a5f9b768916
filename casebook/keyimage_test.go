package casebook

import "testing"

// TestPlanesOfKeyImages: a plane has a place and two directions of length one at right angles, and its marks stand on it and nowhere else.
func TestPlanesOfKeyImages(t *testing.T) {
	plane := func(orientation ...int64) *Plane {
		return &Plane{Position: []int64{2000, -10000, 5000}, Orientation: orientation}
	}
	mark := []Mark{{Sort: "length", Points: []int64{-50, 0, 4000, 0}, Value: "40.5", Unit: "mm", Grid: 2}}
	sagittal := plane(0, million, 0, 0, 0, -million)
	sagittal.Marks = mark
	for what, c := range map[string]struct {
		key KeyImage
		fit bool
	}{
		"a mark on a plane":       {KeyImage{Plane: sagittal}, true},
		"a note on an oblique":    {KeyImage{Note: "Entry.", Plane: plane(707107, 707107, 0, 0, 0, -million)}, true},
		"nothing":                 {KeyImage{Plane: plane(0, million, 0, 0, 0, -million)}, false},
		"marks beside the plane":  {KeyImage{Plane: sagittal, Marks: mark}, false},
		"a place of two numbers":  {KeyImage{Note: "Entry.", Plane: &Plane{Position: []int64{1, 2}, Orientation: sagittal.Orientation}}, false},
		"one direction":           {KeyImage{Note: "Entry.", Plane: plane(0, million, 0)}, false},
		"directions of no length": {KeyImage{Note: "Entry.", Plane: plane(0, 0, 0, 0, 0, 0)}, false},
		"no right angle":          {KeyImage{Note: "Entry.", Plane: plane(0, million, 0, 0, million, 0)}, false},
		"beyond all images":       {KeyImage{Note: "Entry.", Plane: &Plane{Position: []int64{1 << 62, 0, 0}, Orientation: sagittal.Orientation}}, false},
	} {
		c.key.Instance = "2.25.1"
		if err := c.key.Check(); (err == nil) != c.fit {
			t.Errorf("%s: %v", what, err)
		}
	}
	for want, o := range map[string][]int64{"sagittal": {0, million, 0, 0, 0, -million}, "coronal": {million, 0, 0, 0, 0, -million}, "axial": {million, 0, 0, 0, million, 0}, "oblique": {707107, 707107, 0, 0, 0, -million}} {
		if got := plane(o...).Sort(); got != want {
			t.Errorf("%v is %s, not %s", o, got, want)
		}
	}
}
