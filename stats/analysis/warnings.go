package analysis

import (
	"fmt"
	"regexp"
	"slices"
	"unicode/utf8"

	"consilium/stats"
)

// Warning is something about the data that may not be what was meant. It changes no number.
type Warning struct {
	Variable string `json:"variable"`
	Detail   string `json:"detail"`
	Advice   string `json:"advice"`
}

func (w Warning) String() string { return w.Variable + ": " + w.Detail + ". " + w.Advice }

// Warnings are what a person should look at before believing an analysis: columns of words that it uses, of which most are numbers, or among whose words is one
// that other programs write for a missing value (R's write.csv: NA). Both are taken as they stand, since only an empty field is missing; but a model then has a
// level that nobody meant. t is the data set as it was read; nil gives none. A specification with "missing": [] says that all words are labels.
func Warnings(c Case, t *stats.Table) []Warning {
	if t == nil {
		return nil
	}
	said, settled := c.Spec["missing"].([]any)
	settled = settled && len(said) == 0
	used := c.uses(t)
	out := c.codings(t)
	for _, column := range t.Columns {
		if column.Texts == nil || !used(column.Name) {
			continue
		}
		words := wordsIn(column)
		if w, found := words.meantAsNumbers(column.Name); found && !slices.Contains(c.Spec.Texts("words"), column.Name) {
			out = append(out, w)
		} else if w, found := words.forMissing(column.Name); found && !settled {
			out = append(out, w)
		}
	}
	return out
}

// codings are warnings of how the values of a column were understood, where another way is as likely.
func (c Case) codings(t *stats.Table) (out []Warning) {
	out = c.impossible(t)
	if whole, err := c.Spec.derive(t); err == nil {
		t = whole
	}
	m, _ := Find(c.Method)
	_, timed := m.parameter("status")
	if timed && !slices.Contains([]string{"aalen_johansen", "cause_specific", "fine_gray"}, c.Method) && !c.Spec.Has("failcode") && oneAndTwo(c.Spec, t) {
		out = append(out, Warning{"status", "its values are 1 and 2: 2 is taken for the event and 1 for none, as some of R's data have it", "If 1 is the event, write it as 1 and what is censored as 0"})
	}
	return slices.Concat(out, c.weighing(t), c.fewEvents(t), c.grouping(t), c.tabled(t))
}

// mostGroups are compared without a question; more are mostly a number that was meant to be a term of a model.
const mostGroups = 30

// grouping are warnings of who is compared: patients of no group, one group only, or a number that makes very many.
func (c Case) grouping(t *stats.Table) (out []Warning) {
	for _, name := range c.Spec.Texts("group") {
		column, err := t.Column(name)
		if err != nil {
			continue // the method itself will say so
		}
		labels, codes := knownLevels(column)
		none := 0
		for _, k := range codes {
			if k < 0 {
				none++
			}
		}
		if c.Method == "table_one" && none > 0 {
			out = append(out, Warning{name, fmt.Sprintf("%d rows have no value of it, and stand in the column of all patients only", none), "Fill it in, or leave them out by rows"})
		}
		if comparesCurves(c.Method) && none > 0 {
			out = append(out, Warning{name, fmt.Sprintf("%d rows have no value of it, and are left out", none), "Fill it in, or leave them out by rows"})
		}
		if c.Method == "table_one" && len(labels) == 1 {
			out = append(out, Warning{name, "all rows have the same value, so that there is nothing to compare: no standardized difference and no p", "Look at the variable, and at rows"})
		}
		if comparesCurves(c.Method) && len(labels) > mostGroups {
			out = append(out, Warning{name, fmt.Sprintf("it has %d values, each of which is a group of its own", len(labels)), "If it is a number, such as an age, put it into a model, or make few groups of it by derived"})
		}
	}
	return out
}

// comparesCurves says whether a method compares the curves of groups.
func comparesCurves(method string) bool {
	return slices.Contains([]string{"kaplan_meier", "logrank", "aalen_johansen", "rmst", "turnbull", "federated_km", "federated_logrank"}, method)
}

// names are the words that may be names of columns within expressions and formulas.
var names = regexp.MustCompile(`[\pL\pN_.]+`)

// uses says whether a specification names a column, by itself or within an expression; or may use all of them, naming none.
func (c Case) uses(t *stats.Table) func(name string) bool {
	seen := map[string]bool{}
	var look func(v any)
	look = func(v any) {
		switch v := v.(type) {
		case string:
			seen[v] = true
			for _, name := range names.FindAllString(v, -1) {
				seen[name] = true
			}
		case []any:
			for _, e := range v {
				look(e)
			}
		case map[string]any:
			for _, e := range v {
				look(e)
			}
		}
	}
	for key, v := range c.Spec {
		if !slices.Contains([]string{"labels", "note", "missing", "words"}, key) {
			look(v)
		}
	}
	all := slices.Contains([]string{"table_one", "complete_cases"}, c.Method) && !c.Spec.Has("variables")
	return func(name string) bool { return all || seen[name] }
}

// wordsOfColumn are the words of a column, counted.
type wordsOfColumn struct {
	levels  map[string]int // rows that have the word
	numbers int            // rows whose word is a number
	kinds   int            // different words that are numbers
	padded  bool           // one begins with a zero, as codes do
	filled  int
	odd     string // the first word that is no number
	row     int    // its row, from 0
	like    int    // rows whose word is a number but for a sign, a unit or a space
	written slip   // the first of them
	alike   int    // different words of this kind
}

func wordsIn(c stats.Column) wordsOfColumn {
	w := wordsOfColumn{levels: map[string]int{}}
	alike := map[string]bool{} // each word is looked at once: a column of a million rows has few
	for i, text := range c.Texts {
		if text == "" {
			continue
		}
		w.filled++
		before := w.levels[text]
		w.levels[text]++
		if _, number := decimal([]byte(text)); !number {
			if w.odd == "" {
				w.odd, w.row = text, i
			}
			if before == 0 && likeANumber(text) {
				alike[text] = true
			}
			if alike[text] {
				w.liken(text, i, before == 0)
			}
			continue
		}
		w.numbers++
		if before == 0 {
			w.kinds++
			w.padded = w.padded || len(text) > 1 && text[0] == '0' && text[1] != '.'
		}
	}
	return w
}

// numberLike are numbers that are written for people: 53%, 1 234, <0.5, 12 kg. A letter that follows at once is part of a code (1a).
var numberLike = regexp.MustCompile(`^[<>≤≥~≈±]?=? ?[+-]?\d{1,3}([ '’\x{a0}\x{202f}]\d{3})*\d*([.,]\d+)?( ?[%‰°]| [\pL/%]+)?$`)

// likeANumber asks the pattern only of what may fit it: most words begin with a letter.
func likeANumber(text string) bool {
	first := text[0]
	return (first >= utf8.RuneSelf || !(first >= 'A' && first <= 'Z' || first >= 'a' && first <= 'z' || first == '_')) && numberLike.MatchString(text)
}

func (w *wordsOfColumn) liken(text string, row int, fresh bool) {
	if w.like++; w.like == 1 {
		w.written = slip{row, text}
	}
	if fresh {
		w.alike++
	}
}

// meantAsNumbers is the warning that a measurement became words because of one of them, or of how its numbers are written.
func (w wordsOfColumn) meantAsNumbers(name string) (Warning, bool) {
	if told, found := w.amongNumbers(name); found {
		return told, true
	}
	if w.like == 0 || 2*(w.numbers+w.like) <= w.filled || w.padded || w.numbers == 0 && w.alike <= fewCodes/2 {
		return Warning{}, false
	}
	return Warning{name, fmt.Sprintf("row %d has %q, which is meant as a number and is none, so that each of its %d values is taken for a word", w.written.row+1, w.written.value, len(w.levels)),
		fmt.Sprintf(`Write its numbers as digits with a point, and units in the column's name; or, if these are categories, "words": [%q]`, name)}, true
}

// fewCodes is how many different numbers may be codes among which a letter stands; measurements have more.
const fewCodes = 10

// amongNumbers is the warning that a measurement became words because of one of them.
func (w wordsOfColumn) amongNumbers(name string) (Warning, bool) {
	if w.odd == "" || 2*w.numbers <= w.filled || w.kinds <= fewCodes || w.padded {
		return Warning{}, false
	}
	return Warning{name, fmt.Sprintf("most of it are numbers, but row %d has %q, so that each of its %d values is taken for a word", w.row+1, w.odd, len(w.levels)),
		fmt.Sprintf(`Correct it; or, if the word stands for a missing value, write "missing": [%q]; or, if these are codes, "words": [%q]`, w.odd, name)}, true
}

// forMissing is the warning that a word is taken for a label which mostly stands for a missing value.
func (w wordsOfColumn) forMissing(name string) (Warning, bool) {
	var most string
	for word, count := range w.levels {
		if stats.StandsForMissing(word) && (most == "" || count > w.levels[most] || count == w.levels[most] && word < most) {
			most = word
		}
	}
	if most == "" {
		return Warning{}, false
	}
	return Warning{name, fmt.Sprintf("%d rows have the word %q, which is taken for a label like any other", w.levels[most], most),
		fmt.Sprintf(`If it stands for a missing value, write "missing": [%q]; if it is a label, "missing": []`, most)}, true
}
