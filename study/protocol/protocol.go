// Package protocol reads the protocol of a study: what is asked, of whom, with which variables, by which methods, and what may leave a hospital.
//
// A protocol is a YAML file that a surgeon can read (docs/study-protocol.md has every key). [Parse] names every mistake by its line, and what it returns
// without a mistake can be run: every name is declared, every expression is checked, every method has what it needs. The hash of the file's bytes is what
// hospitals approve, so a protocol is never changed in place. Computing values of rows is package rows; estimating is package method.
package protocol

import (
	"slices"
	"strings"
	"unicode"

	"consilium/lang"
	"consilium/ledger"
)

// Type is what a variable holds.
type Type string

// The types of variables.
const (
	Number   Type = "number"
	Bool     Type = "bool"
	Category Type = "category"
)

// OutcomeType is the kind of an outcome, which decides the methods that fit it.
type OutcomeType string

// The types of outcomes. An outcome that is a plain number says "number".
const (
	Binary     OutcomeType = "binary"
	Continuous OutcomeType = "number"
	Count      OutcomeType = "count"
	Survival   OutcomeType = "survival"
)

// Method is how an analysis estimates.
type Method string

// The methods of analyses.
const (
	Describe      Method = "describe"
	Logistic      Method = "logistic"
	Linear        Method = "linear"
	Poisson       Method = "poisson"
	Cox           Method = "cox"
	KaplanMeier   Method = "kaplan_meier"
	LogRank       Method = "logrank"
	IPTW          Method = "iptw"
	AIPW          Method = "aipw"
	MixedLogistic Method = "mixed_logistic"
	Meta          Method = "meta"
	MissingValues Method = "missing" // how many patients lack what
)

// Center says how the hospitals stand in a model.
type Center string

// The ways in which a model takes account of hospitals.
const (
	CenterNone   Center = "none"   // not at all
	CenterFixed  Center = "fixed"  // an intercept for each, which is never shown
	CenterStrata Center = "strata" // a baseline for each
	CenterRandom Center = "random" // an intercept drawn from a normal distribution
)

// Estimand is the population that an average effect of treatment is of.
type Estimand string

// The estimands of weighting: everybody, the treated, and those who might well have got either (overlap).
const (
	ATE Estimand = "ATE"
	ATT Estimand = "ATT"
	ATO Estimand = "ATO"
)

// Protocol is a study as its members agree to it.
type Protocol struct {
	Format   int
	ID       string
	Title    string     // "English | 中文", as in packs
	Question string     // as the title, in one language or two
	Pathway  string     // the pack whose registry the rows are of; empty: rows of a file only
	Prose    Prose      // what people read and no program computes with, each in one language or two
	Cohort   Expression // over variables; empty: all rows
	Exposure string     // the variable that the question is about

	Variables []Variable
	Outcomes  []Outcome
	Analyses  []Analysis
	Missing   Missing
	Privacy   Privacy

	Hash ledger.Hash // SHA-256 of the file's bytes: what is approved
}

// Prose is what a protocol says in words, after the STROBE items that it answers.
type Prose struct {
	Rationale    string
	Setting      string
	Participants string
	Bias         string
	SampleSize   string
	Limits       string
	Ethics       string // the committee's approval, or the waiver and its number
	Funding      string
	Registration string
}

// Expression is CEL as it stands in the file; Line is where.
type Expression struct {
	Text string
	Line int
}

// IsZero says that there is none.
func (e Expression) IsZero() bool { return e.Text == "" }

// Variable is one thing that is known of each patient.
type Variable struct {
	Name          string
	Type          Type
	Label         string // what people call it, "English | 中文"; empty: as the registry calls it, or by its name
	Unit          string
	Levels        []string // of a category; the first is the reference
	Center, Scale float64  // public constants of a number: sums are of (x - Center) / Scale
	Value         Expression
	Line          int
}

// Outcome is what a method explains. Value, Time, Event and Offset name variables.
type Outcome struct {
	Name   string
	Label  string // as of a variable
	Type   OutcomeType
	Value  string
	Time   string
	Event  string
	Offset string
	Bin    float64   // times are rounded up to whole bins before anything else
	Grid   []float64 // times at which curves are shown
	Line   int
}

// Analysis is one question put to the rows, declared before they are seen.
type Analysis struct {
	ID         string
	Label      string // what it is about, "English | 中文"; empty: what follows from its method
	Role       string // "primary", "secondary", "sensitivity", "subgroup"
	Method     Method
	Outcome    string
	By         string
	Of         []string
	Terms      []string
	Exposure   string
	Propensity []string
	Estimand   Estimand
	Center     Center
	Ties       string     // "efron", "breslow"
	Where      Expression // a subgroup: only these rows of the cohort
	Model      *Analysis  // of a meta-analysis: what each hospital fits
	Effect     string     // of a meta-analysis: which estimate is pooled
	Pool       string     // "REML", "DL"
	Line       int
}

// Missing is the plan for values that are missing.
type Missing struct {
	Method      string // "complete", "impute"
	Imputations int
	Seed        int64
}

// Privacy is what protects patients beyond the design. A hospital may be stricter, never laxer.
type Privacy struct {
	MinPatients int     // the least count that is ever shown
	MinRatio    float64 // patients per estimated parameter, at least
	MaxFigures  float64 // masked figures that leave per patient of a freeze, at most, over all analyses and rounds
	MaxOpen     float64 // the same of figures that no mask hides
}

// The defaults of [Privacy]: five patients a cell as in most registries; three patients a parameter, as DataSHIELD's nfilter.glm of 0.33 has it.
const (
	DefaultMinPatients = 5
	DefaultMinRatio    = 3.0
	DefaultMaxFigures  = 40.0
	DefaultMaxOpen     = 1.0
)

// Variable finds a variable by name, or nil.
func (p *Protocol) Variable(name string) *Variable {
	i := slices.IndexFunc(p.Variables, func(v Variable) bool { return v.Name == name })
	if i < 0 {
		return nil
	}
	return &p.Variables[i]
}

// Outcome finds an outcome by name, or nil.
func (p *Protocol) Outcome(name string) *Outcome {
	i := slices.IndexFunc(p.Outcomes, func(o Outcome) bool { return o.Name == name })
	if i < 0 {
		return nil
	}
	return &p.Outcomes[i]
}

// Uses lists the variables that an analysis names, each once: a row is a complete case when it has all of them.
func (p *Protocol) Uses(a *Analysis) []string {
	if a.Model != nil {
		return p.Uses(a.Model)
	}
	if a.Method == MissingValues {
		return nil // a row without a value is what it counts
	}
	var list []string
	add := func(names ...string) {
		for _, n := range names {
			if n != "" && !slices.Contains(list, n) {
				list = append(list, n)
			}
		}
	}
	add(a.By)
	add(a.Of...)
	add(a.Exposure)
	for _, t := range slices.Concat(a.Terms, a.Propensity) {
		add(strings.Split(t, ":")...)
	}
	if o := p.Outcome(a.Outcome); o != nil {
		add(o.Value, o.Time, o.Event, o.Offset)
	}
	return list
}

// Used are the variables that some analysis uses, in the protocol's order.
func (p *Protocol) Used() (list []string) {
	used := map[string]bool{}
	for i := range p.Analyses {
		for _, name := range p.Uses(&p.Analyses[i]) {
			used[name] = true
		}
	}
	for i := range p.Variables {
		if used[p.Variables[i].Name] {
			list = append(list, p.Variables[i].Name)
		}
	}
	return list
}

// Both is a text of the protocol in two languages, "English | 中文"; one without the bar, or with no Chinese behind it, is the same in both.
func Both(s string) lang.Text {
	en, zh, found := strings.Cut(s, " | ")
	if !found || !strings.ContainsFunc(zh, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return lang.Same(strings.TrimSpace(s))
	}
	return lang.Text{En: strings.TrimSpace(en), Zh: strings.TrimSpace(zh)}
}
