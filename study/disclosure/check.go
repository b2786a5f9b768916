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

	"consilium/lang"
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
	Singled     Rule = "singled"      // a condition within a variable's expression that only a few meet, or only a few do not
	Dominated   Rule = "dominated"    // a number, or a part of its expression, most of whose sum is one patient's
	FineBins    Rule = "fine_bins"    // a curve with more bins than its patients can hide events in
	Scale       Rule = "scale"        // a number that the protocol's center and scale do not fit: its sums would overflow, or lose their digits
	Differs     Rule = "differs"      // with what leaves already, or has left before, it would come to the figures of a few
)

// Reason is one rule that stands against an analysis at this hospital.
type Reason struct {
	Rule  Rule
	About string // the variable, level or group concerned, for the hospital's own people
}

// In says it in a language, for the hospital's own people.
func (r Reason) In(l lang.Language) string {
	about := r.About
	if key := "study.about." + strings.ReplaceAll(about, " ", "-"); about != "" && lang.Has(key) {
		about = lang.P(l, key, nil)
	}
	return lang.P(l, "study.rule."+lang.Key(string(r.Rule)), map[string]any{"about": about})
}

// String says it in English.
func (r Reason) String() string { return r.In(lang.English) }

// Limits are the thresholds in force: those of the protocol, or stricter ones of the hospital.
type Limits struct {
	MinPatients int
	MinRatio    float64
	MaxFigures  float64 // masked figures for each patient
	MaxOpen     float64 // open ones
}

// Of are the limits of a protocol, as a hospital has them that sets none of its own: a protocol may ask for fewer figures than [protocol.DefaultMaxFigures], never for more.
func Of(p *protocol.Protocol) Limits {
	return Limits{p.Privacy.MinPatients, p.Privacy.MinRatio, min(p.Privacy.MaxFigures, protocol.DefaultMaxFigures), min(p.Privacy.MaxOpen, protocol.DefaultMaxOpen)}
}

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
	c := newChecker(cases, a, l)
	if a.Method == protocol.MissingValues {
		c.subgroup(cohort)
		c.gaps()
		return c.reasons
	}
	if c.crowded() {
		return c.reasons
	}
	c.subgroup(cohort)
	c.singles()
	if a.Method != protocol.Meta { // whose models are fitted at home, in floating point
		c.scales(a)
	}
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
	who     []int // of each row, which patient; nil: each row is one
	all     int   // patients
	reasons []Reason
}

func newChecker(t *rows.Table, a *protocol.Analysis, l Limits) *checker {
	c := &checker{t: t, a: a, l: l, all: t.Rows}
	if t.Patient != nil {
		c.who, c.all = numbered(t.Patient)
	}
	return c
}

// numbered numbers names in the order in which they come.
func numbered(names []string) (of []int, n int) {
	of = make([]int, len(names))
	seen := map[string]int{}
	for i, name := range names {
		at, ok := seen[name]
		if !ok {
			at = len(seen)
			seen[name] = at
		}
		of[i] = at
	}
	return of, len(seen)
}

func (c *checker) say(r Rule, about string) {
	if reason := (Reason{r, about}); !slices.Contains(c.reasons, reason) {
		c.reasons = append(c.reasons, reason)
	}
}

// few tells whether a count would show a few patients.
func (c *checker) few(n int) bool { return n > 0 && n < c.l.MinPatients }

// patients counts the distinct patients of each of n cells, in one pass over the rows; a row of cell -1 is in none.
func (c *checker) patients(n int, cell func(i int) int) []int {
	out := make([]int, n)
	type place struct{ cell, who int }
	var seen map[place]bool
	if c.who != nil {
		seen = make(map[place]bool, c.t.Rows)
	}
	for i := range c.t.Rows {
		k := cell(i)
		if k < 0 {
			continue
		}
		if seen != nil {
			at := place{k, c.who[i]}
			if seen[at] {
				continue
			}
			seen[at] = true
		}
		out[k]++
	}
	return out
}

// count counts the distinct patients of the rows that are in.
func (c *checker) count(in func(i int) bool) int {
	return c.patients(1, func(i int) int {
		if in(i) {
			return 0
		}
		return -1
	})[0]
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

// crowded refuses, before anything is counted, what has more cells or parameters than patients: counting them would cost more than it tells.
func (c *checker) crowded() bool {
	for _, name := range c.a.Of {
		if n := len(c.levels(name)) * len(rows.GroupNames(c.t.Protocol, c.a.By)); n > c.all {
			c.say(Parameters, fmt.Sprintf("%s, %d cells", name, n))
		}
	}
	if c.a.Model != nil {
		c.parameters(c.a.Model)
	} else {
		c.parameters(c.a)
	}
	return len(c.reasons) > 0
}

// table checks each level in each group.
func (c *checker) table() {
	groups, of := c.t.Groups(c.a.By)
	for g, n := range c.patients(len(groups), func(i int) int { return of[i] }) {
		if c.few(n) {
			c.say(SmallCell, groups[g])
		}
	}
	for _, name := range c.a.Of {
		levels, x := c.levels(name), c.t.Variables[name].X
		if len(levels) == 0 {
			continue
		}
		for k, n := range c.patients(len(groups)*len(levels), func(i int) int { return of[i]*len(levels) + int(x[i]) }) {
			if c.few(n) {
				c.say(SmallCell, name+"="+levels[k%len(levels)]+" | "+groups[k/len(levels)])
			}
		}
	}
}

// freeBins is how many bins a curve may have whatever the number of its patients: three years of months.
const freeBins = 36

// curves checks that enough are at risk in each group until the curve ends, and that its bins are coarse: an event that stands alone in a bin of a day tells its day.
func (c *checker) curves() {
	o := c.t.Protocol.Outcome(c.a.Outcome)
	last := o.Grid[len(o.Grid)-1]
	groups, of := c.t.Groups(c.a.By)
	time := c.t.Variables[o.Time].X
	all := c.patients(len(groups), func(i int) int { return of[i] })
	atRisk := c.patients(len(groups), func(i int) int {
		if math.Ceil(time[i]/o.Bin)*o.Bin >= last {
			return of[i]
		}
		return -1
	})
	for g, group := range groups {
		if c.few(atRisk[g]) || atRisk[g] == 0 && all[g] > 0 {
			c.say(FewAtRisk, group)
		}
		if bins := int(last / o.Bin); bins > max(freeBins, all[g]/c.l.MinPatients) {
			c.say(FineBins, group)
		}
	}
}

// model checks the variables of a regression: each level and each pair of levels, with and without the event.
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
	for k, n := range c.patients(2, func(i int) int { return int(event[i]) }) {
		if c.few(n) {
			c.say(SmallCell, [...]string{"without the event", "with the event"}[k])
		}
	}
}

// pairs checks the levels of one variable, or of two together; a number has none. Each with and without the event, where there is one.
func (c *checker) pairs(first, second string, event []float64) {
	levels, others := c.levels(first), []string{""}
	x, y := c.t.Variables[first].X, []float64(nil)
	if second != "" {
		others, y = c.levels(second), c.t.Variables[second].X
	}
	if len(levels) == 0 || len(others) == 0 {
		return
	}
	for k, n := range c.patients(2*len(levels)*len(others), func(i int) int {
		at := int(x[i]) * len(others)
		if y != nil {
			at += int(y[i])
		}
		at *= 2
		if event != nil {
			at += int(event[i])
		}
		return at
	}) {
		if !c.few(n) {
			continue
		}
		about := first + "=" + levels[k/2/len(others)]
		if second != "" {
			about += ", " + second + "=" + others[k/2%len(others)]
		}
		c.say(SmallCell, about)
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
	if n := c.all; float64(n) < c.l.MinRatio*float64(most) {
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
