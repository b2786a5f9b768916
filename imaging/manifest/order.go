package manifest

import (
	"cmp"
	"math/bits"
	"slices"
)

// arrange puts series and their instances into the order in which a person goes through them: series by number, instances by where they stand along the normal of
// the first one, or by number where they are not parallel or stand nowhere.
func (s *Study) arrange() {
	slices.SortStableFunc(s.Series, func(a, b Series) int { return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.UID, b.UID)) })
	for i := range s.Series {
		list := s.Series[i].Instances
		slices.SortStableFunc(list, func(a, b Instance) int { return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.UID, b.UID)) })
		if places, ok := along(list); ok {
			slices.SortStableFunc(list, func(a, b Instance) int { return cmp.Compare(places[a.UID], places[b.UID]) })
		}
	}
}

// parallel is how much two directions of unit length may differ, component by component: cosines are written with six decimals.
const parallel = 1e-3

// along gives each instance's place on the common normal, in millimeters. False: there is none.
func along(list []Instance) (map[string]float64, bool) {
	places := map[string]float64{}
	var first []float64
	for _, i := range list {
		if i.Image == nil || len(i.Image.Frames) != 1 || len(i.Image.Frames[0].Position) == 0 || len(i.Image.Frames[0].Orientation) == 0 {
			return nil, false
		}
		f := i.Image.Frames[0]
		if first == nil {
			first = f.Orientation
		}
		for k, v := range f.Orientation {
			if v-first[k] > parallel || first[k]-v > parallel {
				return nil, false
			}
		}
		n := cross(first)
		places[i.UID] = n[0]*f.Position[0] + n[1]*f.Position[1] + n[2]*f.Position[2]
	}
	return places, len(list) > 1
}

// cross is the normal of a plane whose row and column directions are given.
func cross(o []float64) [3]float64 {
	return [3]float64{o[1]*o[5] - o[2]*o[4], o[2]*o[3] - o[0]*o[5], o[0]*o[4] - o[1]*o[3]}
}

// wanted is the order in which n neighbors are fetched: the middle, then evenly between what is there, again and again.
func wanted(n int) []int {
	if n == 0 {
		return nil
	}
	width := bits.Len(uint(n))
	order := []int{n / 2}
	for i := range 1 << width {
		if k := int(bits.Reverse(uint(i)) >> (bits.UintSize - width)); k < n && k != n/2 {
			order = append(order, k)
		}
	}
	return order
}
