package manifest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"consilium/imaging/dicom"
)

// mostStacks is into how many stacks a series is split. One that has more images at each place is a film of each, and stays one series.
const mostStacks = 8

// near is how close two images stand that are at the same place, in millimeters.
const near = 0.01

// apart are what sets images at the same place apart, in the order in which it is tried: diffusion, echo, time, acquisition, kind of picture.
var apart = []struct {
	name  string
	tag   dicom.Tag
	label string
}{
	{"b", 0x00189087, "b %s"}, {"echo", 0x00180081, "TE %s ms"}, {"time", 0x00200100, "t %s"}, {"trigger", 0x00181060, "t %s ms"}, {"acquisition", 0x00200012, "#%s"}, {"kind", dicom.ImageType, "%s"},
}

// values are what an instance says of itself that may set it apart.
func values(d *dicom.Dataset) map[string]string {
	list := map[string]string{}
	for _, a := range apart {
		v := strings.Join(d.Strings(a.tag), " ")
		if v == "" && a.tag == 0x00189087 {
			if n, ok := d.Float(a.tag); ok {
				v = fmt.Sprint(n)
			}
		}
		if a.tag == dicom.ImageType {
			if v = ""; len(d.Strings(a.tag)) > 2 {
				v = strings.Join(d.Strings(a.tag)[2:], " ")
			}
		}
		if v != "" {
			list[a.name] = v
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

// split makes a series of its own of each stack, where several images of a series stand at the same place: several acquisitions, echoes or diffusion weights are
// no volume together.
func (s *Study) split() {
	var list []Series
	for _, series := range s.Series {
		list = append(list, stacks(series)...)
	}
	s.Series = list
}

func stacks(s Series) []Series {
	places, ok := along(s.Instances)
	if !ok {
		return []Series{s}
	}
	ranks, most := rank(s.Instances, places)
	if most < 2 || most > mostStacks {
		return []Series{s}
	}
	for _, a := range apart {
		by := map[string][]Instance{}
		for _, i := range s.Instances {
			by[i.Values[a.name]] = append(by[i.Values[a.name]], i)
		}
		if len(by) > 1 && len(by) <= mostStacks && once(by, places) {
			return named(s, by, func(v string) string { return fmt.Sprintf(a.label, cmp.Or(v, "-")) })
		}
	}
	by := map[string][]Instance{}
	for k, i := range s.Instances {
		by[fmt.Sprint(ranks[k]+1)] = append(by[fmt.Sprint(ranks[k]+1)], i)
	}
	return named(s, by, func(v string) string { return fmt.Sprintf("%s/%d", v, most) })
}

// rank says of each instance how many of those before it stand at its place, and the most that stand at one.
func rank(list []Instance, places map[string]float64) (ranks []int, most int) {
	order := make([]int, len(list))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(places[list[a].UID], places[list[b].UID]) })
	ranks = make([]int, len(list))
	from := 0 // where the instances of a place begin in the order
	for n, k := range order {
		if places[list[k].UID]-places[list[order[from]].UID] > near {
			from = n
		}
		ranks[k] = n - from
		most = max(most, n-from+1)
	}
	return ranks, most
}

// once says whether no two instances of a part stand at the same place.
func once(by map[string][]Instance, places map[string]float64) bool {
	for _, list := range by {
		if _, most := rank(list, places); most > 1 {
			return false
		}
	}
	return true
}

func named(s Series, by map[string][]Instance, label func(string) string) (list []Series) {
	byNumber := func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }
	for _, v := range slices.SortedFunc(maps.Keys(by), byNumber) {
		part := s
		part.Stack, part.Instances = label(v), by[v]
		list = append(list, part)
	}
	return list
}
