package method

import (
	"math/big"
	"strings"

	"consilium/study/exact"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// describe is Table 1: of each group the number of patients, and of each variable its mean and standard deviation, or the count and share of each level.
type describe struct {
	ended
	p      *protocol.Protocol
	a      *protocol.Analysis
	groups []string
	done   bool
}

func newDescribe(p *protocol.Protocol, a *protocol.Analysis) *describe {
	return &describe{p: p, a: a, groups: rows.GroupNames(p, a.By)}
}

// width is how many figures a variable has in each group: sum and sum of squares; how many are true; how many have each level.
func width(v *protocol.Variable) int {
	switch v.Type {
	case protocol.Number:
		return 2
	case protocol.Category:
		return len(v.Levels)
	}
	return 1
}

func (d *describe) Size() int {
	if d.done {
		return 0
	}
	n := 1
	for _, name := range d.a.Of {
		n += width(d.p.Variable(name))
	}
	return n * len(d.groups)
}

func (d *describe) Local(t *rows.Table) ([]float64, error) {
	_, of := t.Groups(d.a.By)
	var out []float64
	for g := range d.groups {
		keep := make([]bool, t.Rows)
		for i := range keep {
			keep[i] = of[i] == g
		}
		in := t.Only(keep)
		out = append(out, float64(in.Rows))
		for _, name := range d.a.Of {
			out = append(out, summary(in.Variables[name])...)
		}
	}
	return out, nil
}

func summary(v *rows.Values) []float64 {
	switch v.Type {
	case protocol.Number:
		z := scaled(v.X, rows.Scaling{Center: v.Center, Scale: v.Scale})
		return []float64{sum(z), dot(z, z)}
	case protocol.Category:
		out := make([]float64, len(v.Levels))
		for _, x := range v.X {
			out[int(x)]++
		}
		return out
	}
	return []float64{sum(v.X)}
}

func (d *describe) Take(sum []*big.Float) {
	d.done = true
	per := len(sum) / len(d.groups)
	for g := range d.groups {
		d.result.N += count(sum[g*per])
	}
	at := 1
	for _, name := range d.a.Of {
		v := d.p.Variable(name)
		var parts [][]*big.Float // of each group: its number, then the figures of the variable
		for g := range d.groups {
			parts = append(parts, append([]*big.Float{sum[g*per]}, sum[g*per+at:g*per+at+width(v)]...))
		}
		d.variable(v, parts)
		at += width(v)
	}
}

func (d *describe) variable(v *protocol.Variable, parts [][]*big.Float) {
	switch v.Type {
	case protocol.Number:
		d.number(v, parts)
	case protocol.Category:
		for k, level := range v.Levels {
			d.share(v.Name+"="+level, parts, k+1)
		}
		if len(v.Levels) == 2 {
			d.difference(v.Name, shares(parts, 2))
		}
	default:
		d.share(v.Name, parts, 1)
		d.difference(v.Name, shares(parts, 1))
	}
}

func (d *describe) add(name string, value *big.Float) {
	d.result.Estimates = append(d.result.Estimates, Estimate{name, exact.Float(value), none})
}

// moments are a mean and a variance.
type moments struct{ mean, variance *big.Float }

func (d *describe) number(v *protocol.Variable, parts [][]*big.Float) {
	var list []moments
	for g, part := range parts {
		m := momentsOf(part[0], part[1], part[2])
		list = append(list, m)
		name := v.Name + "|" + d.groups[g]
		d.add(name+":n", part[0])
		if part[0].Sign() == 0 {
			continue
		}
		d.add(name+":mean", exact.Add(exact.Of(v.Center), exact.Mul(exact.Of(v.Scale), m.mean)))
		if count(part[0]) > 1 {
			d.add(name+":sd", exact.Mul(exact.Of(v.Scale), exact.Sqrt(m.variance)))
		}
	}
	d.difference(v.Name, list)
}

// momentsOf are those of n values by their sum and sum of squares; the variance is over n - 1.
func momentsOf(n, sum, squares *big.Float) moments {
	mean := exact.Quo(sum, n)
	return moments{mean, exact.Quo(exact.Sub(squares, exact.Mul(sum, mean)), exact.Sub(n, exact.Of(1)))}
}

func (d *describe) share(name string, parts [][]*big.Float, at int) {
	for g, part := range parts {
		d.add(name+"|"+d.groups[g]+":n", part[at])
		if part[0].Sign() > 0 {
			d.add(name+"|"+d.groups[g]+":share", exact.Quo(part[at], part[0]))
		}
	}
}

// shares are those of one level in each group, with the variance p(1 - p).
func shares(parts [][]*big.Float, at int) (list []moments) {
	for _, part := range parts {
		p := exact.Quo(part[at], part[0])
		list = append(list, moments{p, exact.Mul(p, exact.Sub(exact.Of(1), p))})
	}
	return list
}

// difference is the standardized difference of two groups, the second minus the first.
func (d *describe) difference(name string, list []moments) {
	if len(list) != 2 {
		return
	}
	if v := standardized(list[0], list[1], exact.Sub(list[1].mean, list[0].mean)); v != nil {
		d.add(name+":smd", v)
	}
}

// standardized is a difference over the root of the mean variance of two groups; nil where neither varies.
func standardized(first, second moments, difference *big.Float) *big.Float {
	pooled := exact.Quo(exact.Add(first.variance, second.variance), exact.Of(2))
	if pooled.Sign() <= 0 {
		return nil
	}
	return exact.Quo(difference, exact.Sqrt(pooled))
}

func (d *describe) Clone() Analysis {
	c := *d
	return &c
}

func (d *describe) State(to *strings.Builder) { to.WriteString(d.a.ID + "\n") }
