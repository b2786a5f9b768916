package figure

import "testing"

// Two events close together at the right edge: both labels stand to the left, the later one above, so that the line of
// the earlier does not run through it.
func TestCalloutsDoNotCross(t *testing.T) {
	x := scale{low: 0, high: 100, from: 0, to: 344}
	for name, events := range map[string][]Event{
		"right edge": {{X: 97, Label: "referred"}, {X: 99, Label: "decompression"}},
		"left edge":  {{X: 1, Label: "first seen"}, {X: 2, Label: "botulinum"}, {X: 3, Label: "botulinum again"}},
		"a crowd":    {{X: 50, Label: "微血管减压术"}, {X: 52, Label: "出院"}, {X: 54, Label: "复诊"}, {X: 56, Label: "听力检查"}},
		"same day":   {{X: 50, Label: "operation"}, {X: 50, Label: "plan signed"}},
	} {
		placed := placeCallouts(events, x, 344)
		if len(placed) != len(events) {
			t.Fatalf("%s: %d of %d are placed", name, len(placed), len(events))
		}
		for i, a := range placed {
			if a.left < 0 || a.right > 344 {
				t.Errorf("%s: %q is cut off", name, a.label)
			}
			for _, b := range placed[:i] {
				overlap := a.row == b.row && a.left < b.right && b.left < a.right
				through := a.row >= b.row && a.x > b.left && a.x < b.right || b.row >= a.row && b.x > a.left && b.x < a.right
				if overlap || through {
					t.Errorf("%s: %+v and %+v", name, a, b)
				}
			}
		}
	}
}
