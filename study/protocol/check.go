package protocol

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
)

// Limits of a protocol. They bound what a run costs, and what it tells.
const (
	maxVariables = 200
	maxAnalyses  = 100
	maxTerms     = 60
)

var (
	namePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)
	idPattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)
)

// check says what is wrong with the meaning of a protocol whose shape is right.
func check(p *Protocol, r *reader) {
	c := &checker{p, r}
	if !idPattern.MatchString(p.ID) {
		r.say(r.line("id"), "id must be lower-case letters, digits, - and _; a study is named by it")
	}
	if strings.TrimSpace(p.Title) == "" {
		r.say(r.line("title"), "the protocol has no title")
	}
	c.variables()
	for _, o := range p.Outcomes {
		c.outcome(o)
	}
	c.cohort(p.Cohort)
	if p.Exposure != "" && p.Variable(p.Exposure) == nil {
		r.say(r.line("exposure"), "exposure: there is no variable %q", p.Exposure)
	}
	c.analyses()
	c.missing()
	c.privacy()
}

type checker struct {
	p *Protocol
	r *reader
}

func (c *checker) variables() {
	if len(c.p.Variables) == 0 {
		c.r.say(c.r.line("variables"), "the protocol names no variables")
	}
	if len(c.p.Variables) > maxVariables {
		c.r.say(c.r.line("variables"), "the protocol has %d variables; %d is the most", len(c.p.Variables), maxVariables)
	}
	for _, v := range c.p.Variables {
		if !namePattern.MatchString(v.Name) {
			c.r.say(v.Line, "%q cannot be the name of a variable: letters, digits and _ only, not beginning with a digit", v.Name)
		}
		c.variable(v)
		if v.Value.IsZero() {
			continue
		}
		if _, err := v.Value.Compile(nil); err != nil {
			c.r.say(v.Value.Line, "the value of %s: %v", v.Name, err)
		}
	}
}

func (c *checker) variable(v Variable) {
	switch v.Type {
	case "":
		c.r.say(v.Line, "variable %s has no type: number, bool or category", v.Name)
	case Category:
		if len(v.Levels) < 2 {
			c.r.say(v.Line, "the category %s needs two levels at least; the first is the reference", v.Name)
		}
		for i, l := range v.Levels {
			if l == "" || strings.ContainsAny(l, "|@:=\n") {
				c.r.say(v.Line, "%q cannot be a level of %s: no |, @, : and = in levels", l, v.Name)
			}
			if slices.Contains(v.Levels[:i], l) {
				c.r.say(v.Line, "the level %q of %s stands twice", l, v.Name)
			}
		}
	case Number:
		if v.Scale <= 0 {
			c.r.say(v.Line, "the scale of %s must be above 0: about its standard deviation, known beforehand", v.Name)
		}
	}
	if v.Type != Category && v.Levels != nil {
		c.r.say(v.Line, "%s is no category, so it has no levels", v.Name)
	}
	if v.Type != Number && (v.Center != 0 || v.Scale != 1) {
		c.r.say(v.Line, "%s is no number, so it has neither center nor scale", v.Name)
	}
}

func (c *checker) cohort(e Expression) {
	if e.IsZero() {
		return
	}
	if _, err := e.Compile(func(name string) bool { return c.p.Variable(name) != nil }); err != nil {
		c.r.say(e.Line, "cohort: %v", err)
	}
}

// names checks that a key names a variable of one of the types.
func (c *checker) names(line int, what, name string, types ...Type) {
	v := c.p.Variable(name)
	switch {
	case name == "":
		c.r.say(line, "%s is missing", what)
	case v == nil:
		c.r.say(line, "%s: there is no variable %q", what, name)
	case !slices.Contains(types, v.Type):
		c.r.say(line, "%s: %s is a %s; it must be a %s", what, name, v.Type, typeList(types))
	}
}

func typeList(types []Type) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = string(t)
	}
	return strings.Join(words, " or ")
}

func (c *checker) outcome(o Outcome) {
	what := "outcome " + o.Name
	switch o.Type {
	case "":
		c.r.say(o.Line, "%s has no type: binary, number, count or survival", what)
	case Binary:
		c.names(o.Line, what+", value", o.Value, Bool)
	case Continuous, Count:
		c.names(o.Line, what+", value", o.Value, Number)
	case Survival:
		c.survival(what, o)
	}
	if o.Offset != "" {
		if o.Type != Count {
			c.r.say(o.Line, "%s: only a count has an offset", what)
		}
		c.names(o.Line, what+", offset", o.Offset, Number)
	}
	if o.Type != Survival && (o.Time != "" || o.Event != "" || o.Bin != 0 || o.Grid != nil) {
		c.r.say(o.Line, "%s: time, event, bin and grid are of survival", what)
	}
}

func (c *checker) survival(what string, o Outcome) {
	c.names(o.Line, what+", time", o.Time, Number)
	c.names(o.Line, what+", event", o.Event, Bool)
	if o.Value != "" {
		c.r.say(o.Line, "%s: survival has time and event, no value", what)
	}
	if o.Bin <= 0 {
		c.r.say(o.Line, "%s needs a bin above 0: exact times of events would show single patients", what)
	}
	if len(o.Grid) == 0 {
		c.r.say(o.Line, "%s needs a grid: the times at which curves are shown", what)
	}
	for i, t := range o.Grid {
		if t <= 0 || i > 0 && t <= o.Grid[i-1] {
			c.r.say(o.Line, "%s: the times of the grid are above 0 and rise", what)
			break
		}
	}
	const mostBins = 2_000
	if n := len(o.Grid); n > 0 && o.Bin > 0 && o.Grid[n-1]/o.Bin > mostBins {
		c.r.say(o.Line, "%s has more than %d bins up to the end of its grid", what, mostBins)
	}
}

func (c *checker) missing() {
	if m := c.p.Missing; m.Method == "impute" && (m.Imputations < 2 || m.Imputations > 100) {
		c.r.say(c.r.line("missing"), "missing: imputations must be 2 to 100")
	}
}

func (c *checker) privacy() {
	p := c.p.Privacy
	if p.MinPatients < 3 {
		c.r.say(c.r.line("privacy"), "privacy: min_patients must be 3 at least: below that a count is a person")
	}
	if p.MinRatio < 1 || math.IsNaN(p.MinRatio) {
		c.r.say(c.r.line("privacy"), "privacy: patients_per_parameter must be 1 at least: a model with more parameters than patients tells what each had")
	}
	if p.MaxFigures <= 0 || p.MaxOpen < 0 {
		c.r.say(c.r.line("privacy"), "privacy: figures_per_patient must be above 0, and open_per_patient not below")
	}
}

func (c *checker) analyses() {
	if len(c.p.Analyses) == 0 {
		c.r.say(c.r.line("analyses"), "the protocol has no analyses")
	}
	if len(c.p.Analyses) > maxAnalyses {
		c.r.say(c.r.line("analyses"), "the protocol has %d analyses; %d is the most", len(c.p.Analyses), maxAnalyses)
	}
	seen := map[string]bool{}
	for i := range c.p.Analyses {
		a := &c.p.Analyses[i]
		if !idPattern.MatchString(a.ID) {
			c.r.say(a.Line, "an analysis has an id of lower-case letters, digits, - and _")
		}
		if seen[a.ID] {
			c.r.say(a.Line, "the analysis %q stands twice", a.ID)
		}
		seen[a.ID] = true
		c.cohort(a.Where)
		c.analysis(a, fmt.Sprintf("analysis %s", a.ID))
	}
}
