// Package disclosure decides, at each hospital and before anything is signed, what of its own rows may leave it for a study.
//
// What leaves must be fit to be published alone, as if there were no masks. Every rule counts patients, not rows; a hospital may be stricter than the protocol, and
// then stands among those left out. The answer to others is only that a hospital is left out of an analysis; the reason, with its numbers, is for the hospital's own
// people. The attacks that the rules answer are in docs/threat-model.md.
package disclosure

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"consilium/study/protocol"
	"consilium/study/rows"
)

// Rule is why a hospital's figures may not leave.
type Rule string

// The rules.
const (
	FewPatients Rule = "few_patients" // fewer patients than any count may show
	SmallCell   Rule = "small_cell"   // a level, or two together, with or without the event, that a few patients have
	FewAtRisk   Rule = "few_at_risk"  // a group that few are left in before a curve ends
	Parameters  Rule = "parameters"   // a model that has nearly as many parameters as patients
	Subgroup    Rule = "subgroup"     // a subgroup that leaves out only a few: their difference would be those
	OneOff      Rule = "one_off"      // a number in which only a few patients differ from all others: a dummy for persons
	NotImputed  Rule = "not_imputed"  // too little to complete missing values from
	Budget      Rule = "budget"       // more figures than patients may give: earlier analyses of the protocol have used them up
	OneArm      Rule = "one_arm"      // only one of the two treatments was given here
)

// Reason is one rule that stands against an analysis at this hospital.
type Reason struct {
	Rule  Rule
	About string // the variable, level or group concerned, for the hospital's own people
}

// Limits are the thresholds in force: those of the protocol, or stricter ones of the hospital.
type Limits struct {
	MinPatients int
	MinRatio    float64
}

// Of are the limits of a protocol.
func Of(p *protocol.Protocol) Limits { return Limits{p.Privacy.MinPatients, p.Privacy.MinRatio} }

// Cohort tells whether a hospital takes part at all.
func Cohort(t *rows.Table, l Limits) []Reason {
	if n := t.Patients(); n < l.MinPatients {
		return []Reason{{FewPatients, "the cohort"}}
	}
	return nil
}

// Check tells what stands against an analysis, given the cohort and its complete cases. An empty list lets the hospital contribute.
func Check(cohort, cases *rows.Table, a *protocol.Analysis, l Limits) []Reason {
	if n := cases.Patients(); n < l.MinPatients {
		return []Reason{{FewPatients, "the complete cases"}}
	}
	c := &checker{t: cases, a: a, l: l}
	c.subgroup(cohort)
	switch a.Method {
	case protocol.Describe:
		c.table()
	case protocol.KaplanMeier:
		c.curves()
	case protocol.LogRank:
		c.cells([]string{a.By}, c.event(a))
	case protocol.Meta:
		c.model(a.Model)
	default:
		c.model(a)
	}
	return c.reasons
}

type checker struct {
	t       *rows.Table
	a       *protocol.Analysis
	l       Limits
	reasons []Reason
}

func (c *checker) say(r Rule, about string) {
	if reason := (Reason{r, about}); !slices.Contains(c.reasons, reason) {
		c.reasons = append(c.reasons, reason)
	}
}

// few tells whether a count would show a few patients.
func (c *checker) few(n int) bool { return n > 0 && n < c.l.MinPatients }

// patients counts the distinct patients among rows.
func (c *checker) patients(in func(i int) bool) int {
	keep := make([]bool, c.t.Rows)
	for i := range keep {
		keep[i] = in(i)
	}
	return c.t.Only(keep).Patients()
}

// subgroup refuses one that leaves out a few of the cohort: the difference to an analysis of all would be those.
func (c *checker) subgroup(cohort *rows.Table) {
	if c.a.Where.IsZero() {
		return
	}
	keep, err := cohort.Where(c.a.Where)
	if err != nil {
		return // the protocol's check has said what is wrong with it
	}
	for i := range keep {
		keep[i] = !keep[i]
	}
	if c.few(cohort.Only(keep).Patients()) {
		c.say(Subgroup, c.a.Where.Text)
	}
}

// levels are the groups that a variable makes; none for a number.
func (c *checker) levels(name string) []string {
	v := c.t.Protocol.Variable(name)
	if v == nil || v.Type == protocol.Number {
		return nil
	}
	return rows.GroupNames(c.t.Protocol, name)
}

// event is whether each patient had the event of a model's outcome, where it has one.
func (c *checker) event(a *protocol.Analysis) []float64 {
	o := c.t.Protocol.Outcome(a.Outcome)
	switch {
	case o == nil:
	case o.Type == protocol.Binary:
		return c.t.Variables[o.Value].X
	case o.Type == protocol.Survival:
		return c.t.Variables[o.Event].X
	}
	return nil
}

// table checks each level in each group.
func (c *checker) table() {
	groups, of := c.t.Groups(c.a.By)
	for g, group := range groups {
		in := func(i int) bool { return of[i] == g }
		if c.few(c.patients(in)) {
			c.say(SmallCell, group)
		}
		for _, name := range c.a.Of {
			x := c.t.Variables[name].X
			for k, level := range c.levels(name) {
				if c.few(c.patients(func(i int) bool { return in(i) && int(x[i]) == k })) {
					c.say(SmallCell, name+"="+level+" | "+group)
				}
			}
		}
	}
}

// curves checks that enough are at risk in each group until the curve ends.
func (c *checker) curves() {
	o := c.t.Protocol.Outcome(c.a.Outcome)
	last := o.Grid[len(o.Grid)-1]
	groups, of := c.t.Groups(c.a.By)
	time := c.t.Variables[o.Time].X
	for g, group := range groups {
		atRisk := c.patients(func(i int) bool { return of[i] == g && math.Ceil(time[i]/o.Bin)*o.Bin >= last })
		if c.few(atRisk) || atRisk == 0 && c.patients(func(i int) bool { return of[i] == g }) > 0 {
			c.say(FewAtRisk, group)
		}
	}
}

// model checks the variables of a regression: each level and each pair of levels, with and without the event, and numbers that stand for persons.
func (c *checker) model(a *protocol.Analysis) {
	var names []string
	for _, name := range append([]string{a.Exposure}, slices.Concat(a.Terms, a.Propensity)...) {
		for _, part := range strings.Split(name, ":") {
			if part != "" && !slices.Contains(names, part) {
				names = append(names, part)
			}
		}
	}
	c.cells(names, c.event(a))
	for _, name := range names {
		c.number(name)
	}
	c.parameters(a)
	if a.Exposure != "" {
		c.arms(a)
	}
}

func (c *checker) cells(names []string, event []float64) {
	for i, first := range names {
		c.pairs(first, "", event)
		for _, second := range names[:i] {
			c.pairs(first, second, event)
		}
	}
	if event == nil {
		return
	}
	for k := range 2 {
		if c.few(c.patients(func(i int) bool { return int(event[i]) == k })) {
			c.say(SmallCell, [...]string{"without the event", "with the event"}[k])
		}
	}
}

// pairs checks the levels of one variable, or of two together; a number has none.
func (c *checker) pairs(first, second string, event []float64) {
	others := []string{""}
	if second != "" {
		others = c.levels(second)
	}
	for k, a := range c.levels(first) {
		for j, b := range others {
			in := func(i int) bool {
				return int(c.t.Variables[first].X[i]) == k && (second == "" || int(c.t.Variables[second].X[i]) == j)
			}
			about := first + "=" + a
			if second != "" {
				about += ", " + second + "=" + b
			}
			c.cell(about, in, event)
		}
	}
}

func (c *checker) cell(about string, in func(int) bool, event []float64) {
	if event == nil {
		if c.few(c.patients(in)) {
			c.say(SmallCell, about)
		}
		return
	}
	for k := range 2 {
		if c.few(c.patients(func(i int) bool { return in(i) && int(event[i]) == k })) {
			c.say(SmallCell, about)
			return
		}
	}
}

// number refuses a number in which all but a few patients have the same value: its coefficient would be those few.
func (c *checker) number(name string) {
	v := c.t.Variables[name]
	if v == nil || v.Type != protocol.Number {
		return
	}
	often := map[float64]int{}
	for _, x := range v.X {
		often[x]++
	}
	mode, most := 0.0, 0
	for x, n := range often {
		if n > most {
			mode, most = x, n
		}
	}
	if c.few(c.patients(func(i int) bool { return v.X[i] != mode })) {
		c.say(OneOff, name)
	}
}

// parameters refuses a model with nearly as many parameters as patients: it would be solved for them.
func (c *checker) parameters(a *protocol.Analysis) {
	most := 0
	for _, terms := range [][]string{a.Terms, a.Propensity} {
		n := len(c.t.Protocol.Columns(terms))
		if a.Method != protocol.Cox && n > 0 {
			n++
		}
		most = max(most, n)
	}
	if n := c.t.Patients(); float64(n) < c.l.MinRatio*float64(most) {
		c.say(Parameters, fmt.Sprintf("%d parameters", most))
	}
}

// arms refuses a hospital that gave one treatment only where it has an intercept of its own: nobody there can be compared.
func (c *checker) arms(a *protocol.Analysis) {
	if a.Center != protocol.CenterFixed {
		return
	}
	x := c.t.Variables[a.Exposure].X
	if !slices.Contains(x, 0) || !slices.Contains(x, 1) {
		c.say(OneArm, a.Exposure)
	}
}
