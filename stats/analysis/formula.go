package analysis

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"consilium/stats"
	"consilium/stats/formula"
)

// slopePrefix stands before the name of a column that varies between groups.
const slopePrefix = "(slope) "

// partsKey is where a specification whose formula was written out keeps how its variables enter.
const partsKey = "(parts)"

// written replaces the key "formula" by the keys and columns that it stands for, so that each method reads its specification in one way: outcome and predictors, or
// time, status and predictors, with offset, strata, cluster and group where the formula has them. Factors become indicator columns, splines their basis. With categories the outcome may be of words.
func (s Spec) written(t *stats.Table, categories bool) (Spec, *stats.Table, error) {
	text := s.Text("formula")
	if text == "" || t == nil {
		return s, t, nil
	}
	f, err := formula.Parse(text)
	if err != nil {
		return s, t, err
	}
	d, err := f.Design(t, formula.Options{Categories: categories})
	if err != nil {
		return s, t, err
	}
	if !f.Intercept {
		return s, t, &stats.Error{Method: "formula", Problem: stats.Unsupported, Variable: text, Detail: "a specification's model has an intercept (a Cox model leaves it to the baseline)"}
	}
	out, table := maps.Clone(s), t.Take(d.Rows)
	add := func(key, name string, c stats.Column) {
		table.Columns, out[key] = replaced(table.Columns, name, c), name
	}
	var terms []any
	for j, term := range d.X.Terms {
		if term != stats.Intercept {
			add("predictors", term, stats.Column{Numbers: d.X.Columns[j]})
			terms = append(terms, term)
		}
	}
	out["predictors"], out[partsKey] = terms, d.Parts
	for key, numbers := range map[string][]float64{"outcome": d.Y, "start": d.Start, "time": d.Time, "status": d.Status, "offset": d.Offset} {
		if numbers != nil {
			add(key, fmt.Sprintf("(%s)", key), stats.Column{Numbers: numbers})
		}
	}
	if categories {
		add("outcome", "(outcome)", d.Categories)
	}
	if d.Start != nil { // a method with entry times calls the end "stop"
		out["stop"] = out["time"]
	}
	if d.Offset != nil {
		out["offset"] = "`(offset)`"
	}
	if varying := d.Slopes.Terms; varying != nil {
		slopes := make([]any, len(varying))
		for j, name := range varying {
			slopes[j] = slopePrefix + name
			add("slopes", slopePrefix+name, stats.Column{Numbers: d.Slopes.Columns[j]})
		}
		out["slopes"] = slopes
	}
	for key, labels := range map[string][]string{"strata": d.Strata, "cluster": d.Cluster, "group": d.Group} {
		if labels != nil {
			add(key, fmt.Sprintf("(%s)", key), labelled(key, labels))
		}
	}
	return out, table, nil
}

// replaced are columns with one of the name in place of another, or besides.
func replaced(columns []stats.Column, name string, c stats.Column) []stats.Column {
	c.Name = name
	return append(slices.DeleteFunc(columns, func(old stats.Column) bool { return old.Name == name }), c)
}

// labelled are the labels of rows; those of groups as numbers, if all are numbers as they are written, so that group 10 comes after group 9.
func labelled(key string, labels []string) stats.Column {
	if key != "group" {
		return stats.Column{Texts: labels}
	}
	numbers := make([]float64, len(labels))
	for i, label := range labels {
		v, err := strconv.ParseFloat(label, 64)
		if err != nil || strconv.FormatFloat(v, 'g', 15, 64) != label {
			return stats.Column{Texts: labels}
		}
		numbers[i] = v
	}
	return stats.Column{Numbers: numbers}
}
