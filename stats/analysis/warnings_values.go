package analysis

import (
	"fmt"
	"slices"

	"consilium/stats"
	"consilium/stats/formula"
)

// impossible are warnings of rows in which a derived column has no value although nothing that it is made of is missing: the logarithm of 0 or less, the root of a negative number. Such rows leave
// the analysis like those with a missing value, and nobody would look for them.
func (c Case) impossible(t *stats.Table) (out []Warning) {
	pairs := derived(c.Spec["derived"])
	if len(pairs) == 0 {
		return nil
	}
	kept, _, err := c.Spec.prepared(t)
	if err != nil {
		return nil // the analysis itself will say so
	}
	whole, asked := t.With(slices.Clone(t.Columns)), map[int]bool{}
	for i := range kept.Rows() {
		asked[kept.Origin(i)] = true
	}
	for _, d := range pairs {
		column, err := formula.Column(d[1], whole)
		if err != nil {
			return nil // the analysis itself will say so
		}
		if count, first := valueless(column, d[1], whole, asked); count > 0 {
			out = append(out, Warning{d[0], fmt.Sprintf("%s has no value in %d rows in which nothing is missing, the first of them row %d: they are left out", d[1], count, whole.Origin(first)+1),
				fmt.Sprintf("Look at these rows; where it is meant, leave them out by rows, or write ifelse(…, %s, NA)", d[1])})
		}
		column.Name = d[0]
		whole.Columns = append(slices.DeleteFunc(whole.Columns, func(old stats.Column) bool { return old.Name == d[0] }), column)
	}
	return out
}

// valueless counts the rows, of those that are asked for, in which an expression has no value although each column that it names has one. One that names NA means it.
func valueless(column stats.Column, expression string, t *stats.Table, asked map[int]bool) (count, first int) {
	words := names.FindAllString(expression, -1)
	if slices.Contains(words, "NA") {
		return 0, 0
	}
	var of []stats.Column
	for _, c := range t.Columns {
		if slices.Contains(words, c.Name) {
			of = append(of, c)
		}
	}
	for i := range column.Len() {
		if column.Missing(i) && asked[t.Origin(i)] && !slices.ContainsFunc(of, func(c stats.Column) bool { return c.Missing(i) }) {
			if count++; count == 1 {
				first = i
			}
		}
	}
	return count, first
}

// tabled are warnings of variables of the first table that have nothing to show, or a row for each date.
func (c Case) tabled(t *stats.Table) (out []Warning) {
	if c.Method != "table_one" {
		return nil
	}
	for _, name := range tableVariables(Input{Spec: c.Spec, Table: t}) {
		column, err := t.Column(name)
		if err != nil {
			continue // the method itself will say so
		}
		labels, _ := knownLevels(column)
		_, dates := column.Days()
		switch {
		case len(labels) == 0:
			out = append(out, Warning{name, "no row has a value of it", "Look at the file; its row of the table says that all are missing"})
		case dates && len(labels) > 2 && !c.Spec.Has("variables"):
			out = append(out, Warning{name, fmt.Sprintf("its %d values are dates, and each is a row of the table", len(labels)), fmt.Sprintf(`Name the variables of the table; a date becomes a number by a difference: "derived": {"days": "%s - operated"}`, name)})
		}
	}
	return out
}

// weighing is the warning that weights are whole and were taken for numbers of equal patients: those of a matching with replacement are whole by chance, and errors come out too small.
func (c Case) weighing(t *stats.Table) []Warning {
	m, _ := Find(c.Method)
	_, says := m.parameter(weightsAreKey.Name)
	if !says && c.Method != "cox" || c.Spec.Has(weightsAreKey.Name) || c.Spec.Truth("robust") || c.Spec.Has("cluster") {
		return nil
	}
	w, robust, err := rowWeights(t, c.Spec)
	if err != nil || robust || !slices.ContainsFunc(w, func(v float64) bool { return v > 1 }) {
		return nil
	}
	advice := `If they are weights, as of a matching or of sampling, write "weights_are": "shares"; if they count patients, "counts"`
	if !says {
		advice = `If they are weights, as of a matching or of sampling, write "robust": true`
	}
	return []Warning{{c.Spec.Text("weights"), "its values are whole, so that each counts as so many equal patients (as in R)", advice}}
}

// leastEvents is how many events a model of times needs before its errors can be believed at all; five to ten for each term is what is usually asked for (Vittinghoff and McCulloch, Am J Epidemiol 2007;165:710-718).
const leastEvents = 5

// fewEvents is the warning that a model of times rests on a handful of events: its errors hold for many, and one event can have a p of 0.0003.
func (c Case) fewEvents(t *stats.Table) []Warning {
	if !slices.Contains([]string{"cox", "cox_frailty", "fine_gray", "cause_specific", "cox_prediction"}, c.Method) {
		return nil
	}
	kept, oneTwo, err := c.Spec.prepared(t)
	if err != nil {
		return nil // the analysis itself will say so
	}
	event := c.Spec.Number("failcode", 1)
	if oneTwo && !c.Spec.Has("failcode") && !slices.Contains([]string{"fine_gray", "cause_specific"}, c.Method) {
		event = 2
	}
	values, events := statusOf(c.Spec, kept), 0
	for _, v := range values {
		if v == event {
			events++
		}
	}
	if len(values) == 0 || events >= leastEvents {
		return nil
	}
	return []Warning{{"status", fmt.Sprintf("the number of events is %d, and errors, limits and p of such a model hold for many", events), "Tell the counts, or a curve; a likelihood-ratio test misleads least"}}
}
