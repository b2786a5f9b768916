package manifest

import "testing"

// TestAPlaceLiesInASeries asks of ten slices of 20 rows and 10 columns, 2 mm between rows, 1 mm between columns, 3 mm apart from z = 0 up.
func TestAPlaceLiesInASeries(t *testing.T) {
	var s Series
	for n := range 10 {
		s.Instances = append(s.Instances, Instance{Image: &Image{Rows: 20, Columns: 10, Frames: []Frame{{Position: []float64{5, 7, float64(3 * n)}, Orientation: []float64{1, 0, 0, 0, 1, 0}, Spacing: []float64{2, 1}}}}})
	}
	for _, c := range []struct {
		place [3]float64
		in    bool
	}{
		{[3]float64{5, 7, 0}, true}, {[3]float64{14, 45, 27}, true}, {[3]float64{10, 20, 13.7}, true}, {[3]float64{5, 7, 29}, true},
		{[3]float64{3, 7, 0}, false}, {[3]float64{16, 7, 0}, false}, {[3]float64{5, 4, 0}, false}, {[3]float64{5, 48, 0}, false}, {[3]float64{5, 7, -4}, false}, {[3]float64{5, 7, 31}, false},
	} {
		if s.Around(c.place) != c.in {
			t.Errorf("%v: %v", c.place, !c.in)
		}
	}
	turned := s
	turned.Instances = append(turned.Instances[:9:9], Instance{Image: &Image{Rows: 20, Columns: 10, Frames: []Frame{{Position: []float64{5, 7, 27}, Orientation: []float64{0, 1, 0, 1, 0, 0}, Spacing: []float64{2, 1}}}}})
	placeless := Series{Instances: []Instance{{Image: &Image{Rows: 20, Columns: 10, Frames: make([]Frame, 5)}}}}
	for what, one := range map[string]Series{"one slice": {Instances: s.Instances[:1]}, "turned slices": turned, "slices of no place": placeless, "nothing": {}} {
		if one.Around([3]float64{5, 7, 0}) {
			t.Errorf("%s is around a place", what)
		}
	}
}
