package analysis

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Method is one kind of analysis.
type Method struct {
	Name       string
	About      string // one line: which question it answers
	Parameters []Parameter
	Result     any // a zero value of the type of its result, from which the description of its fields is read

	compute    func(in Input) (any, error)
	categories bool // its outcome is one of categories, which may be words

	memory func(in Input) int64 // bytes at most, beyond the table itself; nil: a few copies of the columns
}

// Parameter is a key that the specification of a method may have.
type Parameter struct {
	Name     string   `json:"name"`
	Kind     Kind     `json:"type"`
	Needed   bool     `json:"needed,omitempty"`
	Positive bool     `json:"positive,omitempty"` // a number that has to be above 0
	Default  any      `json:"default,omitempty"`  // nil: nothing is done unless it is given
	Example  any      `json:"example"`
	About    string   `json:"about"`
	Choices  []string `json:"choices,omitempty"` // the words that it may be
	Aliases  []string `json:"aliases,omitempty"` // other names for the same key
	If       string   `json:"-"`                 // the form of the method that uses the default, as UsesDefault reads it; empty: every form
}

// UsesDefault says whether an analysis whose specification leaves the parameter out goes by its default: whether there is one, and the form that was asked for uses it.
// Full matching knows no ratio, and nothing is drawn at random without a bootstrap.
func (p Parameter) UsesDefault(s Spec) bool {
	if p.Default == nil || p.Default == false || p.Default == "" || s.Has(p.Name) || slices.ContainsFunc(p.Aliases, s.Has) {
		return false
	}
	for _, condition := range strings.Split(p.If, " and ") {
		key, denied := strings.CutPrefix(condition, "not ")
		if condition != "" && s.saysSo(key) == denied {
			return false
		}
	}
	return true
}

// saysSo says whether a specification has a key with a value other than false and 0, or with the value of "key=value".
func (s Spec) saysSo(condition string) bool {
	key, value, named := strings.Cut(condition, "=")
	if named {
		return fmt.Sprint(s[key]) == value
	}
	return s.Has(key) && s[key] != false && s[key] != 0.0
}

// Kind is what the value of a parameter is.
type Kind string

// The kinds of values. A list of one may be written as its only element.
const (
	Variable   Kind = "variable"              // the name of a column
	Variables  Kind = "variables"             // names of columns
	Expression Kind = "expression"            // arithmetic on columns: "log(days)"
	Formula    Kind = "formula"               // a model: "y ~ a + rcs(age, 4)"
	Text       Kind = "text"                  // any words
	Texts      Kind = "texts"                 // a list of words
	Choice     Kind = "choice"                // one of Choices
	Number     Kind = "number"                //
	Whole      Kind = "whole number"          //
	Numbers    Kind = "numbers"               //
	Rows       Kind = "rows of numbers"       // lists of numbers, all of one length
	Truth      Kind = "truth"                 // true or false
	Words      Kind = "words by name"         // an object of words
	Series     Kind = "variable or numbers"   // the name of a column, or its numbers
	Condition  Kind = "condition"             // of rows: "age >= 18"
	Named      Kind = "expressions by name"   // an object of expressions
	Any        Kind = "of a shape of its own" // as its example shows
)

// common are the keys of every specification: what is said about the data before anything is computed, and about the words on its figures.
var common = []Parameter{
	{Name: "rows", Kind: Condition, Example: `age >= 18 and technique == "endoscopic"`, About: "a condition: only the rows for which it holds are used"},
	{Name: "derived", Kind: Named, Example: map[string]any{"log_bili": "log(bili)"}, About: "columns to compute first: an expression by name"},
	{Name: "missing", Kind: Texts, Example: []any{"NA", "unknown"}, About: "words that stand for a missing value, besides the empty field (and NA in a column of numbers)"},
	{Name: "words", Kind: Variables, Example: []any{"icd"}, About: "columns that are words although they look like numbers"},
	{Name: "labels", Kind: Words, Example: map[string]any{"technique": "Technique", "technique=endoscopic": "Endoscopic"}, About: "how variables, and values of them (variable=value), are written on figures and tables"},
	{Name: "note", Kind: Text, Example: "as in the protocol", About: "a remark; it changes nothing"},
}

// level is the confidence level: one thing with one name, in every method that has limits.
var level = Parameter{Name: "level", Kind: Number, Default: 0.95, Example: 0.9, About: "confidence level of all limits", Aliases: []string{"conf", "conf_level", "conf.level"}}

// Methods are all methods, sorted by name.
func Methods() []Method {
	all := slices.Concat(describeMethods(), tableMethods(), powerMethods(), causalMethods(), missingMethods(), metaMethods(), mixedMethods(), predictMethods(), monitorMethods(),
		regressMethods(), federatedRegressMethods(), survivalMethods(), competingMethods(), adjustedMethods(), nonInferiorityMethods(), ordinalMethods(), frailtyMethods(), trialMethods(), intervalMethods(), tableOneMethods(), pairedMethods(), standardizationMethods(), federatedSurvivalMethods())
	slices.SortFunc(all, func(a, b Method) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// Find is the method of a name.
func Find(name string) (Method, bool) {
	all := Methods()
	i, found := slices.BinarySearchFunc(all, name, func(m Method, name string) int { return cmp.Compare(m.Name, name) })
	if !found {
		return Method{}, false
	}
	return all[i], true
}

// Keys are all parameters of the method: its own, and those of every specification.
func (m Method) Keys() []Parameter { return slices.Concat(m.Parameters, common) }

// parameter finds a key by its name or another name of it.
func (m Method) parameter(key string) (Parameter, bool) {
	for _, p := range m.Keys() {
		if p.Name == key || slices.Contains(p.Aliases, key) {
			return p, true
		}
	}
	return Parameter{}, false
}

// stopped is why a computation should end, or nil: methods that iterate long ask between iterations.
func (in Input) stopped() error {
	if in.ctx == nil {
		return nil
	}
	return context.Cause(in.ctx)
}

// join puts parameter lists together; a later declaration of a name replaces an earlier one.
func join(lists ...[]Parameter) []Parameter {
	var out []Parameter
	for _, list := range lists {
		for _, p := range list {
			out = slices.DeleteFunc(out, func(old Parameter) bool { return old.Name == p.Name })
			out = append(out, p)
		}
	}
	return out
}

// except is a list without the parameters of some names.
func except(list []Parameter, names ...string) []Parameter {
	return slices.DeleteFunc(slices.Clone(list), func(p Parameter) bool { return slices.Contains(names, p.Name) })
}

// quoted lists words for a message.
func quoted(words []string) string { return strings.Join(words, ", ") }
