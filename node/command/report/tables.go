package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"consilium/lang"
	"consilium/stats"
	"consilium/stats/analysis"
)

// An answer is laid out by its form alone, so that each method has tables without one written for it: lists of one length beside each other are the columns of a table, a list of objects and an object
// of objects are its rows, and single values stand together in a table of their own. What only a program can use (matrices, weights of each row, draws) is left to the answer itself.

// mostRows of a table are shown; a longer list is for programs.
const mostRows = 60

// names are the fields by which rows are told apart, the first one that is there.
var names = []string{"term", "terms", "variable", "covariate", "strata", "group", "groups", "label", "strategy", "center", "category", "categories", "treatment", "treatments", "study", "stage", "time", "times", "least_time"}

// first are the fields that readers look for, in their order; the others follow by name.
var first = []string{"n", "records", "events", "censored", "at_risk", "n_risk", "value", "surv", "cif", "mean0", "mean1", "estimate", "coef", "or", "hr", "shr", "rate_ratio", "risk_ratio", "difference",
	"least", "most", "se", "wald_lower", "lower", "difference_lower", "wald_upper", "upper", "difference_upper", "statistic", "chisq", "df", "p"}

// programs are fields that are no part of a report: what they hold is for computing on, or is told elsewhere in the answer.
var programs = []string{"vcov", "whole", "sets", "row_weights", "balance", "chains", "density", "groups_effect", "effects", "ranef_first", "b", "t", "ubar", "riv", "lambda", "dfcom", "mass", "zph", "correlation", "covariance", "binom_p_0.2", "dl_or_add_half_only0"}

// grid is one object of an answer on its way to tables.
type grid struct {
	w      Words
	data   *stats.Table
	sheets []Sheet
	single Sheet // single values

	subdistribution bool // hazard ratios are of Fine and Gray's model
}

// tables are what an answer holds, as far as it is for readers.
func (w Words) tables(written json.RawMessage, data *stats.Table) []Sheet {
	var v map[string]any
	if json.Unmarshal(written, &v) != nil {
		return nil
	}
	_, competing := v["cause"]
	g := grid{w: w, data: data, single: Sheet{Head: []string{"", ""}}, subdistribution: competing}
	g.object("", v, labels{})
	if len(g.single.Rows) > 0 {
		g.sheets = append(g.sheets, g.single)
	}
	return g.sheets
}

// labels name the rows of lists further inside: the terms of a model, say, or the times that were asked for.
type labels struct {
	field string
	list  []any
}

func (g *grid) object(title string, o map[string]any, rows labels) {
	for _, field := range names {
		if list, ok := o[field].([]any); ok && flat(list) && len(list) > 0 {
			rows = labels{field, list}
			break
		}
	}
	g.lists(title, o, rows)
	for _, key := range ordered(o) {
		g.field(key, joined(title, g.word(key)), o[key], rows)
	}
}

// field shows what a list of columns did not take.
func (g *grid) field(key, title string, v any, rows labels) {
	switch v := v.(type) {
	case []any:
		if len(v) > mostRows || len(v) == 0 || key == rows.field {
			return
		}
		if _, ok := v[0].(map[string]any); ok {
			g.objects(title, nil, v, rows)
		} else if flat(v) && len(v) != len(rows.list) {
			g.single.Rows = append(g.single.Rows, []string{title, g.listed(v)})
		}
	case map[string]any:
		if keys, list := alike(v); list != nil {
			g.objects(title, keys, list, rows)
			return
		}
		g.object(title, v, rows)
	default:
		if cell, shown := g.valued(key, v); shown {
			g.single.Rows = append(g.single.Rows, []string{title, cell})
		}
	}
}

// lists makes one table of the lists that are as long as the names of their rows.
func (g *grid) lists(title string, o map[string]any, rows labels) {
	var columns []string
	for _, key := range ordered(o) {
		if list, ok := o[key].([]any); ok && key != rows.field && len(list) == len(rows.list) && len(list) <= mostRows && flat(list) {
			columns = append(columns, key)
		}
	}
	if len(columns) == 0 {
		return
	}
	s := Sheet{Title: title, Head: []string{g.word(rows.field)}}
	for _, key := range columns {
		s.Head = append(s.Head, g.word(key))
	}
	for i, name := range rows.list {
		row := []string{g.named(rows.field, name)}
		for _, key := range columns {
			cell, _ := g.valued(key, o[key].([]any)[i])
			row = append(row, cell)
		}
		s.Rows = append(s.Rows, row)
	}
	g.sheets = append(g.sheets, s)
}

// objects makes one table of objects that say the same of different things; lists inside that are as long as the outer names have a row for each of those.
func (g *grid) objects(title string, keys []string, list []any, rows labels) {
	name := ""
	for _, field := range names {
		if o, ok := list[0].(map[string]any); ok && o[field] != nil && !isList(o[field]) {
			name = field
			break
		}
	}
	s := Sheet{Title: title, Head: []string{g.word(name)}}
	var columns []string
	for i, v := range list {
		o, ok := v.(map[string]any)
		if !ok {
			return
		}
		who := ""
		switch {
		case keys != nil:
			if who = g.w.named(keys[i]); g.w.Labels[keys[i]] == nil && lang.Has("stats.field."+keys[i]) {
				who = g.w.Field(keys[i])
			}
		case name != "":
			who = g.named(name, o[name])
		case len(list) == len(rows.list):
			who, s.Head[0] = g.named(rows.field, rows.list[i]), g.word(rows.field)
		}
		g.inner(joined(title, who), o, rows)
		var row []string
		if columns == nil {
			for _, key := range ordered(o) {
				if _, shown := g.cell(o[key]); shown && key != name {
					columns, s.Head = append(columns, key), append(s.Head, g.word(key))
				}
			}
		}
		for _, key := range columns {
			cell, _ := g.valued(key, o[key])
			row = append(row, cell)
		}
		s.Rows = append(s.Rows, append([]string{who}, row...))
	}
	if len(columns) > 0 {
		g.sheets = append(g.sheets, s)
	}
}

// inner shows the lists of one of several objects: the values of an arm at each time.
func (g *grid) inner(title string, o map[string]any, rows labels) {
	g.lists(title, o, rows)
	for _, key := range ordered(o) {
		if list, ok := o[key].([]any); ok && len(list) > 0 && len(list) <= mostRows && !flat(list) {
			g.objects(title, nil, list, rows)
		}
	}
}

// alike are the values of an object all of which are objects of single values, with their keys; nil otherwise.
func alike(o map[string]any) (keys []string, list []any) {
	for _, key := range slices.Sorted(maps.Keys(o)) {
		inner, ok := o[key].(map[string]any)
		if !ok || len(inner) == 0 {
			return nil, nil
		}
		for _, v := range inner {
			switch v.(type) {
			case []any, map[string]any:
				return nil, nil
			}
		}
		keys, list = append(keys, key), append(list, inner)
	}
	return keys, list
}

// ordered are the fields of an object that are for readers, in the order in which they are looked for.
func ordered(o map[string]any) []string {
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(o)), func(key string) bool { return slices.Contains(programs, key) })
	place := func(key string) int {
		if i := slices.Index(first, key); i >= 0 {
			return i
		}
		return len(first)
	}
	slices.SortStableFunc(keys, func(a, b string) int { return place(a) - place(b) })
	return keys
}

func flat(list []any) bool {
	return !slices.ContainsFunc(list, func(v any) bool {
		switch v.(type) {
		case []any, map[string]any:
			return true
		}
		return false
	})
}

func isList(v any) bool { _, ok := v.([]any); return ok }

func joined(title, more string) string {
	return strings.TrimSuffix(strings.TrimPrefix(title+" · "+more, " · "), " · ")
}

// listed is a list of a few values in one cell.
func (g *grid) listed(list []any) string {
	var cells []string
	for _, v := range list {
		cell, _ := g.cell(v)
		cells = append(cells, cell)
	}
	return strings.Join(cells, "; ")
}

// named is the name of a row: a term or a variable by its label, a group by its value's.
func (g *grid) named(field string, v any) string {
	text, ok := v.(string)
	if !ok {
		cell, _ := g.cell(v)
		return cell
	}
	if variable, value, found := strings.Cut(text, "="); found && !strings.ContainsAny(text, "( ") {
		return g.w.value(variable, value)
	}
	if field == "term" || field == "terms" || field == "variable" || field == "covariate" {
		return g.term(text)
	}
	return g.w.value("", text)
}

// term is a term of a model, "techniquemicroscopic": the variable and its level, and a cross between those of an interaction.
func (g *grid) term(text string) string {
	parts := strings.Split(text, ":")
	for i, part := range parts {
		parts[i] = g.w.named(part)
		if g.data == nil {
			continue
		}
		for _, c := range g.data.Columns {
			if level, found := strings.CutPrefix(part, c.Name); found && level != "" && slices.Contains(c.Texts, level) {
				parts[i] = g.w.named(c.Name) + ": " + g.w.value(c.Name, level)
			}
		}
	}
	return strings.Join(parts, " × ")
}

// valued is the value of a field: a probability as tables have it, all others as they are.
func (g *grid) valued(field string, v any) (text string, shown bool) {
	if x, ok := v.(float64); ok && (field == "p" || strings.HasPrefix(field, "p_") || strings.HasSuffix(field, "_p")) && field != "p_score" {
		return probability(x), true
	}
	if text, ok := v.(string); ok && field == "versus" {
		if value, reference, found := strings.Cut(text, " v "); found {
			return g.w.say("pair", map[string]any{"value": g.named("group", value), "reference": g.named("group", reference)}), true
		}
	}
	return g.cell(v)
}

// cell is a single value as it stands in a table, and whether there is one.
func (g *grid) cell(v any) (text string, shown bool) {
	switch v := v.(type) {
	case nil:
		return "–", true
	case bool:
		return g.w.say("report."+strconv.FormatBool(v), nil), true
	case string:
		if v == "NA" {
			return "–", true
		}
		if lang.Has("stats.word." + v) {
			return g.w.say("word."+v, nil), true
		}
		return v, true
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1e9 {
			return strings.ReplaceAll(strconv.FormatFloat(v, 'f', 0, 64), "-", "−"), true
		}
		return strings.ReplaceAll(strconv.FormatFloat(v, 'g', 4, 64), "-", "−"), true
	}
	return "", false
}

// word is a field of an answer in words. A hazard ratio where events compete is one of the subdistribution, and a reader who takes it for that of the cause is misled.
func (g *grid) word(key string) string {
	if g.subdistribution {
		switch key {
		case "hazard_ratio":
			return g.w.say("shrlong", nil)
		case "hr":
			return g.w.say("shr", nil)
		}
	}
	return g.w.Field(key)
}

// Field is a field of an answer in words.
func (w Words) Field(key string) string {
	if name := "field." + strings.ReplaceAll(key, ".", "_"); lang.Has("stats." + name) { // beyond_0.01_0.99
		return w.say(name, nil)
	}
	if variable, of, found := imputedOf(key); found {
		return w.say("field.imputed-"+of, map[string]any{"variable": w.named(variable)})
	}
	if side, quantile, found := strings.Cut(key, "_0."); found && (side == "lower" || side == "upper") { // lower_0.025
		return w.say("field."+side+"-at", map[string]any{"quantile": "0." + quantile})
	}
	return strings.ReplaceAll(key, "_", " ")
}

// imputedOf reads imputed_age_mean: the variable, and whether it is a mean or a share.
func imputedOf(key string) (variable, of string, found bool) {
	if rest, is := strings.CutPrefix(key, "imputed_"); is {
		for _, of := range []string{"mean", "share"} {
			if variable, found := strings.CutSuffix(rest, "_"+of); found {
				return variable, of, true
			}
		}
	}
	return "", "", false
}

// asked is what the specification says, as one line for each key, and what holds where it says nothing.
func (a Answer) asked(w Words) Sheet {
	s := Sheet{Title: w.say("report.asked", nil), Head: []string{w.say("report.key", nil), w.say("report.says", nil)}}
	for _, key := range slices.Sorted(maps.Keys(a.Case.Spec)) {
		if slices.Contains([]string{"labels", "title", "note", "whole"}, key) || strings.HasSuffix(key, "_label") {
			continue
		}
		s.Rows = append(s.Rows, []string{key, inWords(a.Case.Spec[key])})
	}
	s.Rows = append(s.Rows, a.unsaid(w)...)
	if a.Table != nil {
		s.Rows = append(s.Rows, []string{w.say("report.rows", nil), fmt.Sprint(a.Table.Rows())})
		s.Rows = append(s.Rows, a.incomplete(w)...)
	}
	return s
}

// incomplete says how many rows were left out and for want of what, which a reader of n alone does not learn. Where the answer's n is not what is left (imputation, curves of weights), the rows
// are only said to lack a value.
func (a Answer) incomplete(w Words) (rows [][]string) {
	rest, err := a.Case.Incomplete(a.Table)
	if err != nil {
		return nil
	}
	if rest.Selected != a.Table.Rows() {
		rows = append(rows, []string{w.say("report.selected", nil), fmt.Sprint(rest.Selected)})
	}
	if _, own := a.Result.(*analysis.TableOne); own || rest.Lacking == 0 {
		return rows // a table of patients has a column of its own for what is missing
	}
	var each []string
	for _, name := range slices.Sorted(maps.Keys(rest.Variables)) {
		each = append(each, fmt.Sprintf("%s %d", w.named(name), rest.Variables[name]))
	}
	key := "report.lacking"
	if a.rowsUsed() == float64(rest.Selected-rest.Lacking) {
		key = "report.leftout"
	}
	return append(rows, []string{w.say(key, nil), fmt.Sprintf("%d (%s)", rest.Lacking, strings.Join(each, "; "))})
}

// rowsUsed is how many rows the answer says that it rests on, in all its groups; -1 if it does not say.
func (a Answer) rowsUsed() float64 {
	written, err := analysis.Write(a.Result)
	var v map[string]any
	if err != nil || json.Unmarshal(written, &v) != nil {
		return -1
	}
	if n, ok := v["n"].(float64); ok {
		return n
	}
	treated, matched := v["treated"].(float64)
	if controls, ok := v["controls"].(float64); ok && matched {
		return treated + controls
	}
	records, _ := v["records"].([]any)
	sum := 0.0
	for _, one := range records {
		n, _ := one.(float64)
		sum += n
	}
	return sum
}

// inWords is the value of a key as a person writes it.
func inWords(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		var list []string
		for _, one := range v {
			list = append(list, inWords(one))
		}
		return strings.Join(list, ", ")
	case []string:
		return strings.Join(v, ", ")
	case map[string]any:
		var list []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			list = append(list, key+" = "+inWords(v[key]))
		}
		return strings.Join(list, "; ")
	}
	return fmt.Sprint(v)
}

// unsaid are the method's own choices where the specification makes none, as far as the form that was asked for makes them.
func (a Answer) unsaid(w Words) (rows [][]string) {
	m, _ := analysis.Find(a.Case.Method)
	for _, p := range m.Parameters {
		if p.UsesDefault(a.Case.Spec) {
			rows = append(rows, []string{p.Name, w.say("report.default", map[string]any{"value": inWords(p.Default)})})
		}
	}
	return rows
}
