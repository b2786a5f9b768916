package analysis

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"consilium/stats"
	"consilium/stats/formula"
)

// newPatient has values of a model's variables: numbers, truths, and words for the levels of factors. t is the data that the model was made of.
type newPatient struct {
	given map[string]any
	t     *stats.Table
}

// terms are the values of a model's terms.
func (p newPatient) terms(names []string) ([]float64, error) {
	x := make([]float64, len(names))
	for j, term := range names {
		v, ok, err := p.term(term)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, &stats.Error{Problem: stats.Missing, Variable: term, Detail: "the new data have no value for it",
				Advice: fmt.Sprintf("Give each variable of the model its value, of a factor its level as a word; or the term itself: %q: 1", term)}
		}
		x[j] = v
	}
	return x, nil
}

// term is the value of a term as it was given, of a factor's level, of a product, or of an expression such as log(age).
func (p newPatient) term(term string) (v float64, ok bool, err error) {
	switch given := p.given[term].(type) {
	case float64:
		return given, true, nil
	case bool:
		if given {
			return 1, true, nil
		}
		return 0, true, nil
	}
	if v, ok, err = p.level(term); ok || err != nil {
		return v, ok, err
	}
	for i, r := range term {
		if r != ':' {
			continue
		}
		a, first, err := p.term(term[:i])
		if err != nil {
			return 0, false, err
		}
		b, second, err := p.term(term[i+1:])
		if first && second || err != nil {
			return a * b, err == nil, err
		}
	}
	return p.expression(term)
}

// level is 1 where the term is that level of a factor which the patient has, and 0 where it is another of its levels.
func (p newPatient) level(term string) (v float64, ok bool, err error) {
	for _, name := range slices.Sorted(maps.Keys(p.given)) {
		column, err := p.t.Column(name)
		if err != nil {
			continue
		}
		has := ""
		switch given := p.given[name].(type) {
		case string:
			has = given
		case float64:
			has = strconv.FormatFloat(given, 'g', -1, 64)
		}
		labels, _ := knownLevels(column)
		of, isLevel := levelIn(term, name)
		if !isLevel || has == "" || !slices.Contains(labels, of) {
			continue
		}
		if !slices.Contains(labels, has) {
			return 0, false, &stats.Error{Problem: stats.Invalid, Variable: name, Detail: fmt.Sprintf("the data have no %q", has), Advice: "It is one of " + strings.Join(labels, ", ")}
		}
		if of == has {
			v = 1
		}
		return v, true, nil
	}
	return 0, false, nil
}

// levelIn is the level that a term of a factor names: technique, or factor(technique), and then the level.
func levelIn(term, name string) (level string, ok bool) {
	if rest, found := strings.CutPrefix(term, "factor("+name); found {
		_, level, ok = strings.Cut(rest, ")")
		return level, ok
	}
	return strings.CutPrefix(term, name)
}

// expression works a term out from the numbers that are given.
func (p newPatient) expression(term string) (v float64, ok bool, err error) {
	t := &stats.Table{}
	for _, name := range slices.Sorted(maps.Keys(p.given)) {
		if number, is := p.given[name].(float64); is {
			t.Columns = append(t.Columns, stats.Column{Name: name, Numbers: []float64{number}})
		}
	}
	c, wrong := formula.Column(term, t)
	if wrong != nil || len(c.Numbers) != 1 || c.Missing(0) {
		return 0, false, nil // a spline's term, or a variable that is not given
	}
	return c.Numbers[0], true, nil
}
