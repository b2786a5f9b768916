package method

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"consilium/stats"
	"consilium/stats/survival"
	"consilium/study/exact"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// timesOf are the times of a hospital's patients, rounded up to whole bins of the protocol, so that no date of an event can be told.
func timesOf(t *rows.Table, o *protocol.Outcome) (survival.Times, error) {
	stop := make([]float64, t.Rows)
	for i, v := range t.Variables[o.Time].X {
		stop[i] = math.Ceil(v/o.Bin) * o.Bin
	}
	return survival.NewTimes(nil, stop, t.Variables[o.Event].X)
}

// cox is a Cox model stratified by hospital: each has a baseline of its own, which never leaves it.
type cox struct {
	ended
	p     *protocol.Protocol
	a     *protocol.Analysis
	names []string
	scale []rows.Scaling
	fit   newton
	begun bool
}

func newCox(p *protocol.Protocol, a *protocol.Analysis) *cox {
	c := &cox{p: p, a: a, names: p.Columns(a.Terms), scale: rows.Scalings(p, a.Terms)}
	c.fit = newNewton(c.names, make([]float64, len(c.names)))
	return c
}

func (c *cox) Size() int {
	if !c.begun {
		return 2
	}
	return c.fit.size()
}

func (c *cox) Local(t *rows.Table) ([]float64, error) {
	o := c.p.Outcome(c.a.Outcome)
	if !c.begun {
		return []float64{float64(t.Rows), sum(t.Variables[o.Event].X)}, nil
	}
	sets, err := riskSets(t, c.a, o)
	if err != nil {
		return nil, err
	}
	s, err := sets.Sums(c.fit.at)
	return figures(s), err
}

func riskSets(t *rows.Table, a *protocol.Analysis, o *protocol.Outcome) (*survival.RiskSets, error) {
	times, err := timesOf(t, o)
	if err != nil {
		return nil, err
	}
	x := t.Design(a.Terms)
	return survival.NewRiskSets(times, stats.Design{Terms: x.Names, Columns: x.Z()}, survival.CoxOptions{Ties: survival.Ties(a.Ties)})
}

func (c *cox) Take(sum []*big.Float) {
	if !c.begun {
		c.begun = true
		if c.result.N = count(sum[0]); sum[1].Sign() == 0 {
			c.fit.fail("nobody in any hospital had the event", Refusal{Why: NoEvents})
			c.refuse(*c.fit.refusal)
		}
		return
	}
	c.fit.take(sum)
	switch {
	case !c.fit.done:
	case c.fit.failed != "":
		c.refuse(*c.fit.refusal)
	default:
		c.result.Estimates = unscale(c.names, c.scale, unscaled, false, c.fit.coef, c.fit.inner)
	}
}

func (c *cox) Clone() Analysis {
	other := *c
	return &other
}

func (c *cox) State(to *strings.Builder) {
	to.WriteString(c.a.ID + "\n")
	c.fit.state(to)
}

// kaplanMeier is the share without the event, by group, at the protocol's times: from how many were there at the start, and how many had the event or left in
// each bin up to the last time of the grid.
type kaplanMeier struct {
	ended
	p      *protocol.Protocol
	a      *protocol.Analysis
	o      *protocol.Outcome
	groups []string
	done   bool
}

func newKaplanMeier(p *protocol.Protocol, a *protocol.Analysis) *kaplanMeier {
	return &kaplanMeier{p: p, a: a, o: p.Outcome(a.Outcome), groups: rows.GroupNames(p, a.By)}
}

// bins is how many there are up to the last time of the grid. The first holds day 0: who dies or recurs on the day of the operation has had the event.
func (k *kaplanMeier) bins() int { return 1 + int(math.Floor(k.o.Grid[len(k.o.Grid)-1]/k.o.Bin)) }

func (k *kaplanMeier) Size() int {
	if k.done {
		return 0
	}
	return len(k.groups) * (1 + 2*k.bins())
}

func (k *kaplanMeier) Local(t *rows.Table) ([]float64, error) {
	_, of := t.Groups(k.a.By)
	per := 1 + 2*k.bins()
	out := make([]float64, k.Size())
	event := t.Variables[k.o.Event].X
	for i, v := range t.Variables[k.o.Time].X {
		at := of[i] * per
		out[at]++
		bin := max(0, int(math.Ceil(v/k.o.Bin))) // a time before the operation is odd, but no reason to count its event as none
		if bin >= k.bins() {
			continue
		}
		if event[i] == 1 {
			out[at+1+bin]++
		} else {
			out[at+1+k.bins()+bin]++
		}
	}
	return out, nil
}

func (k *kaplanMeier) Take(sum []*big.Float) {
	k.done = true
	per := 1 + 2*k.bins()
	for g, name := range k.groups {
		part := sum[g*per : (g+1)*per]
		k.result.N += count(part[0])
		k.curve(name, part[0], part[1:1+k.bins()], part[1+k.bins():])
	}
}

// curve is the product limit with Greenwood's standard error.
func (k *kaplanMeier) curve(group string, start *big.Float, events, left []*big.Float) {
	atRisk, s, greenwood := start, exact.Of(1), exact.Zero()
	c := Curve{Group: group}
	next := 0
	show := func(upTo float64) { // the grid's times before the next step of the curve
		for next < len(k.o.Grid) && k.o.Grid[next] < upTo {
			se := exact.Mul(s, exact.Sqrt(greenwood))
			k.result.Estimates = append(k.result.Estimates, Estimate{group + "@" + number(k.o.Grid[next]), exact.Float(s), exact.Float(se)})
			next++
		}
	}
	if start.Sign() == 0 {
		return
	}
	for b := range events {
		time, d := float64(b)*k.o.Bin, events[b]
		if b == 0 && d.Sign() == 0 && left[b].Sign() == 0 {
			continue // no step at the beginning, as nearly always
		}
		show(time)
		step := Step{Time: time, AtRisk: exact.Float(atRisk), Events: exact.Float(d)}
		if d.Sign() > 0 {
			rest := exact.Sub(atRisk, d)
			s = exact.Mul(s, exact.Quo(rest, atRisk))
			greenwood = exact.Add(greenwood, exact.Quo(d, exact.Mul(atRisk, rest)))
		}
		atRisk = exact.Sub(exact.Sub(atRisk, d), left[b])
		step.Survival, step.SE = exact.Float(s), exact.Float(exact.Mul(s, exact.Sqrt(greenwood)))
		c.Steps = append(c.Steps, step)
	}
	show(math.Inf(1))
	k.result.Curves = append(k.result.Curves, c)
}

// number writes a time as a person would.
func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func (k *kaplanMeier) Clone() Analysis {
	c := *k
	return &c
}

func (k *kaplanMeier) State(to *strings.Builder) { to.WriteString(k.a.ID + "\n") }

// logRank compares the groups within each hospital and adds up what was observed, expected, and its variance.
type logRank struct {
	ended
	p      *protocol.Protocol
	a      *protocol.Analysis
	groups []string
	done   bool
}

func newLogRank(p *protocol.Protocol, a *protocol.Analysis) *logRank {
	return &logRank{p: p, a: a, groups: rows.GroupNames(p, a.By)}
}

func (l *logRank) Size() int {
	if l.done {
		return 0
	}
	g := len(l.groups)
	return 1 + g - 1 + triangle(g-1)
}

func (l *logRank) Local(t *rows.Table) ([]float64, error) {
	times, err := timesOf(t, l.p.Outcome(l.a.Outcome))
	if err != nil {
		return nil, err
	}
	names, of := t.Groups(l.a.By)
	g := len(names) - 1
	out := make([]float64, l.Size())
	out[0] = float64(t.Rows)
	counts, err := survival.Count(times, survival.Groups{Labels: names, Of: of})
	if err != nil {
		return nil, err
	}
	test, err := survival.LogRank(0, counts)
	if err != nil {
		return out, nil // this hospital has one group only, or no event: it says nothing
	}
	for i := range g {
		out[1+i] = test.Observed[i+1] - test.Expected[i+1]
		for j := 0; j <= i; j++ {
			out[1+g+triangle(i)+j] = test.Variance[i+1][j+1]
		}
	}
	return out, nil
}

func (l *logRank) Take(sum []*big.Float) {
	l.done = true
	g := len(l.groups) - 1
	l.result.N = count(sum[0])
	// A group without anybody at risk when something happened has neither expectation nor variance, and counts in no degree of freedom.
	var some []int
	variance := exact.MatrixOf(g, sum[1+g:])
	for i := range g {
		if variance[i][i].Sign() > 0 {
			some = append(some, i)
		}
	}
	v, d := exact.NewMatrix(len(some)), make([]*big.Float, len(some))
	for i, a := range some {
		d[i] = sum[1+a]
		for j := 0; j <= i; j++ {
			v[i][j] = variance.At(a, some[j])
		}
	}
	factor, _, ok := v.Factor()
	if !ok || len(some) == 0 {
		l.refuse(Refusal{Why: NeverTogether})
		return
	}
	l.result.Estimates = []Estimate{{"chisq", exact.Float(exact.Dot(d, factor.Solve(d))), none}, {"df", float64(len(some)), none}}
}

func (l *logRank) Clone() Analysis {
	c := *l
	return &c
}

func (l *logRank) State(to *strings.Builder) { to.WriteString(l.a.ID + "\n") }
