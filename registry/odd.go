package registry

import "slices"

// A value is odd where it lies more than three times the distance of the quartiles beyond them: Tukey's far out values (Tukey, Exploratory Data Analysis, 1977, section 2E).
// Of fewer than leastForOdd values nothing is said, and quartiles are taken over at most sampledForOdd of them, evenly spaced in the order of days.
const (
	farOut        = 3
	leastForOdd   = 20
	sampledForOdd = 2000
)

// odd finds values that the pack allows and that lie far from all others.
func (c *checking) odd() {
	for i, list := range c.values {
		if len(list) < leastForOdd {
			continue
		}
		low, high, ok := fences(list)
		if !ok {
			continue
		}
		for _, p := range list {
			if p.value < low || p.value > high {
				c.fault(&c.rows[p.row], Odd, i, float64(p.value), float64(low), float64(high))
			}
		}
	}
}

// fences are Tukey's outer fences; not ok where half of the values are equal, for then any other would be far out.
func fences(list []point) (low, high float32, ok bool) {
	step := (len(list) + sampledForOdd - 1) / sampledForOdd
	var sample []float32
	for i := 0; i < len(list); i += step {
		sample = append(sample, list[i].value)
	}
	slices.Sort(sample)
	first, third := sample[len(sample)/4], sample[(len(sample)*3)/4]
	width := third - first
	return first - farOut*width, third + farOut*width, width > 0
}
