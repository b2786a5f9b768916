package disclosure

import (
	"maps"
	"math"
	"slices"

	"consilium/study/protocol"
)

// What leaves is added up in fixed point: multiples of 2^-64 below 2^48 (package exact). mostSum is how large a sum of squares may be with room for the weights of
// an iterated fit; leastSpread is how much a number has to vary so that ten digits of its sum of squares are left.
const (
	mostSum     = 1 << 46
	leastSpread = 1e-4
)

// scales refuses a number whose center and scale in the protocol do not fit it: its sums would be too large to be added up, or so small that they lose their
// digits and the number seems not to vary. The remedy is a scale near its standard deviation.
func (c *checker) scales(a *protocol.Analysis) {
	sized := c.sized(a)
	for _, name := range slices.Sorted(maps.Keys(sized)) {
		z := sized[name]
		least, most, n := math.Inf(1), math.Inf(-1), 0
		for _, v := range z {
			if finite(v) {
				least, most, n = min(least, v), max(most, v), n+1
			}
		}
		size := max(math.Abs(least), math.Abs(most))
		if n > 0 && (size*size*float64(n) > mostSum || most > least && most-least < leastSpread) {
			c.say(Scale, name)
		}
	}
}

// sized are the numbers of an analysis, brought to the size that the protocol declares.
func (c *checker) sized(a *protocol.Analysis) map[string][]float64 {
	p, list := c.t.Protocol, map[string][]float64{}
	add := func(name string) {
		if v := p.Variable(name); v != nil && v.Type == protocol.Number {
			z := make([]float64, c.t.Rows)
			for i, x := range c.t.Variables[name].X {
				z[i] = (x - v.Center) / v.Scale
			}
			list[name] = z
		}
	}
	for _, name := range a.Of {
		add(name)
	}
	if o := p.Outcome(a.Outcome); o != nil && o.Type == protocol.Continuous {
		add(o.Value)
	}
	for _, terms := range [][]string{a.Terms, a.Propensity} {
		if len(terms) > 0 {
			columns := c.t.Design(terms)
			for j, z := range columns.Z() {
				list[columns.Names[j]] = z
			}
		}
	}
	return list
}
