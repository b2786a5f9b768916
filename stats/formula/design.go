package formula

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"consilium/stats"
)

// Data is what a formula makes of a table: complete rows only.
type Data struct {
	Y []float64 // nil without a response, or with a survival time

	Categories stats.Column // the response, if it was asked for as such
	Start      []float64    // nil unless Surv has three arguments
	Time       []float64
	Status     []float64
	X          stats.Design
	Offset     []float64      // nil if there is none
	Strata     []string       // label of each row; nil if there are none
	Cluster    []string       // label of each row; nil if there are none
	Group      []string       // center of each row; nil if there is none
	Slopes     stats.Design   // what varies between centers beside their intercept
	Rows       []int          // rows of the table that were used
	Dropped    []Dropped      // variables with missing values
	Levels     []FactorLevels // how each factor was coded
	Parts      []Part         // how each variable enters that is a term by itself
}

// Part is how a variable enters a model that is a term by itself: a factor with its levels, a spline, or a number.
type Part struct {
	Variable string    // without factor() or rcs() around it
	Terms    []string  // names of its columns
	Levels   []string  // of a factor: the reference, and then one level a column; nil for numbers
	From, To float64   // of a spline: the quartiles of its variable
	Change   []float64 // of a spline: its columns at To less those at From; nil for others
}

// Dropped says how many rows miss a variable.
type Dropped struct {
	Variable string
	Rows     int
}

// FactorLevels are the levels of a factor, the reference first.
type FactorLevels struct {
	Factor string
	Levels []string
}

// Options fix what would otherwise be taken from the rows at hand, so that several hospitals build the same columns.
type Options struct {
	Levels map[string][]string  // of a factor, the reference first
	Knots  map[string][]float64 // of a spline, by its text

	Categories bool // the response is one of categories, which may be words: it becomes Data.Categories in place of Data.Y
}

// Design builds the model of a formula from the rows of a table in which no variable of it is missing.
//
// Words are factors, coded by indicators of each level but the reference (the first in the order of the alphabet, or the ref of factor(x, ref = "b")); a level is the term's name with the
// level behind it. In an interaction a factor gets all its levels if the term without it is not in the model, as in
// Chambers and Hastie (1992, Statistical Models in S, section 2.3).
func (f *Formula) Design(t *stats.Table, o Options) (*Data, error) {
	f, err := f.undot(t)
	if err != nil {
		return nil, err
	}
	d := &Data{}
	complete, err := f.complete(t, d)
	if err != nil {
		return nil, err
	}
	b := builder{f: f, t: complete, o: o, columns: map[string]coded{}}
	if d.X, err = b.design(); err != nil {
		return nil, err
	}
	d.Levels, d.Parts = b.levels, b.parts
	return d, f.sidesOf(complete, d, o.Categories)
}

// undot replaces the dot by all variables that the formula does not use otherwise.
func (f *Formula) undot(t *stats.Table) (*Formula, error) {
	at := slices.IndexFunc(f.terms, func(t term) bool { return len(t) == 1 && t[0].text == "." })
	if at < 0 {
		return f, nil
	}
	used, err := f.Variables(t)
	if err != nil {
		return nil, err
	}
	var rest []term
	for _, c := range t.Columns {
		if !slices.Contains(used, c.Name) {
			rest = append(rest, term{{c.Name, &node{op: "name", name: c.Name}}})
		}
	}
	out := *f
	out.terms = slices.Concat(f.terms[:at], rest, f.terms[at+1:])
	return &out, nil
}

// complete keeps the rows in which each expression of the model has a value, and counts those that have none.
func (f *Formula) complete(t *stats.Table, d *Data) (*stats.Table, error) {
	names, err := f.Variables(t)
	if err != nil {
		return nil, err
	}
	for _, term := range f.terms {
		if n := term[0].node; n.op == "name" && !slices.Contains(names, n.name) {
			names = append(names, n.name)
		}
	}
	missing := make([]bool, t.Rows())
	for _, name := range names {
		c, err := t.Column(name)
		if err != nil {
			return nil, err
		}
		count := 0
		for i := range missing {
			if c.Missing(i) {
				missing[i] = true
				count++
			}
		}
		if count > 0 {
			d.Dropped = append(d.Dropped, Dropped{name, count})
		}
	}
	for i, m := range missing {
		if !m {
			d.Rows = append(d.Rows, i)
		}
	}
	if len(d.Rows) == 0 {
		return nil, &stats.Error{Method: "formula", Problem: stats.TooFewRows, Variable: f.source, Detail: "no row has a value for each of its variables"}
	}
	return t.Take(d.Rows), nil
}

// sidesOf evaluates what stands beside the linear predictor.
func (f *Formula) sidesOf(t *stats.Table, d *Data, categories bool) (err error) {
	numbers := func(expression string) []float64 {
		if err != nil {
			return nil
		}
		var v []float64
		if v, err = Evaluate(expression, t); err != nil {
			return nil
		}
		if i := slices.IndexFunc(v, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }); i >= 0 {
			err = &stats.Error{Method: "formula", Problem: stats.Missing, Variable: expression, Detail: fmt.Sprintf("row %d has no finite value", d.Rows[i]+1)}
		}
		return v
	}
	switch {
	case f.Response == "" && categories:
		return wrong(f.source, "it has no outcome to the left of ~")
	case f.Response != "" && categories:
		if d.Categories, err = Column(f.Response, t); err != nil {
			return err
		}
	case f.Response != "":
		d.Y = numbers(f.Response)
	}
	switch len(f.Survival) {
	case 2:
		d.Time, d.Status = numbers(f.Survival[0]), numbers(f.Survival[1])
	case 3:
		d.Start, d.Time, d.Status = numbers(f.Survival[0]), numbers(f.Survival[1]), numbers(f.Survival[2])
	case 0:
	default:
		return wrong("Surv", "it takes (time, status) or (start, stop, status)")
	}
	for _, expression := range f.Offset {
		v := numbers(expression)
		if d.Offset == nil {
			d.Offset = v
			continue
		}
		for i := range v {
			d.Offset[i] += v[i]
		}
	}
	for _, expression := range f.Slopes {
		d.Slopes.Terms, d.Slopes.Columns = append(d.Slopes.Terms, expression), append(d.Slopes.Columns, numbers(expression))
	}
	if err != nil {
		return err
	}
	for _, to := range []struct {
		expressions []string
		labels      *[]string
	}{{f.Strata, &d.Strata}, {f.Cluster, &d.Cluster}, {f.Groups, &d.Group}} {
		if *to.labels, err = labels(to.expressions, t); err != nil {
			return err
		}
	}
	return nil
}

// labels joins the values of several expressions into one label a row.
func labels(expressions []string, t *stats.Table) ([]string, error) {
	if len(expressions) == 0 {
		return nil, nil
	}
	out := make([]string, t.Rows())
	for k, expression := range expressions {
		c, err := Column(expression, t)
		if err != nil {
			return nil, err
		}
		for i := range out {
			if k > 0 {
				out[i] += ", "
			}
			out[i] += word(c, i)
		}
	}
	return out, nil
}

// coded is a factor of terms as columns. all has an indicator for each level, contrasts none for the reference; for numbers both are the same.
type coded struct {
	contrasts, all          [][]float64
	contrastNames, allNames []string
}

type builder struct {
	f       *Formula
	t       *stats.Table
	o       Options
	columns map[string]coded
	levels  []FactorLevels
	parts   []Part
}

func (b *builder) design() (stats.Design, error) {
	x := stats.Design{}
	if b.f.Intercept {
		x = stats.NewDesign(nil, nil, b.t.Rows())
	}
	present := map[string]bool{}
	if b.f.Intercept {
		present[""] = true
	}
	for _, t := range b.f.terms {
		if err := b.term(t, present, &x); err != nil {
			return x, err
		}
		present[t.key()] = true
	}
	if len(x.Columns) == 0 {
		return x, wrong(b.f.source, "the model has no terms")
	}
	return x, nil
}

const mostColumns = 5000

func (b *builder) term(t term, present map[string]bool, x *stats.Design) error {
	names, columns := []string{""}, [][]float64{nil}
	for i, f := range t {
		c, err := b.code(f)
		if err != nil {
			return err
		}
		without := slices.Concat(t[:i], t[i+1:]).key()
		factorColumns, factorNames := c.contrasts, c.contrastNames
		if !present[without] {
			factorColumns, factorNames = c.all, c.allNames
			present[""] = present[""] || len(t) == 1 && len(c.all) > len(c.contrasts) // its indicators add up to the constant
		}
		if len(columns)*len(factorColumns) > mostColumns {
			return wrong(t.key(), "it has too many levels")
		}
		names, columns = product(names, columns, factorNames, factorColumns)
	}
	x.Terms = append(x.Terms, names...)
	x.Columns = append(x.Columns, columns...)
	if len(t) == 1 {
		b.parts = append(b.parts, b.part(t[0], names, columns))
	}
	return nil
}

// part says how a term of one factor enters.
func (b *builder) part(f factor, names []string, columns [][]float64) Part {
	p := Part{Variable: f.text, Terms: names}
	if n := f.node; n.op == "call" && len(n.args) > 0 && n.args[0].op == "name" && (n.name == "factor" || n.name == "C" || n.name == "rcs") {
		p.Variable = n.args[0].name
	}
	for _, l := range b.levels {
		if l.Factor == f.text && len(l.Levels) == len(names)+1 {
			p.Levels = l.Levels
		}
	}
	if f.node.op == "call" && f.node.name == "rcs" {
		p.quartiles(columns)
	}
	return p
}

// quartiles is the change of a spline's columns between the rows that stand at the quartiles of its variable, which is its first column.
func (p *Part) quartiles(columns [][]float64) {
	order := make([]int, len(columns[0]))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(columns[0][a], columns[0][b]) })
	from, to := order[(len(order)-1)/4], order[(len(order)-1)*3/4]
	p.From, p.To = columns[0][from], columns[0][to]
	for _, c := range columns {
		p.Change = append(p.Change, c[to]-c[from])
	}
}

// product multiplies each column of the one with each of the other; the first varies fastest, as in R.
func product(names []string, columns [][]float64, byNames []string, by [][]float64) (outNames []string, out [][]float64) {
	for k, right := range by {
		for j, left := range columns {
			if left == nil {
				outNames, out = append(outNames, byNames[k]), append(out, right)
				continue
			}
			both := make([]float64, len(left))
			for i := range both {
				both[i] = left[i] * right[i]
			}
			outNames, out = append(outNames, names[j]+":"+byNames[k]), append(out, both)
		}
	}
	return outNames, out
}

func (b *builder) code(f factor) (coded, error) {
	if c, ok := b.columns[f.text]; ok {
		return c, nil
	}
	c, err := b.coding(f)
	if err == nil {
		b.columns[f.text] = c
	}
	return c, err
}

func (b *builder) coding(f factor) (coded, error) {
	if n := f.node; n.op == "call" && n.name == "rcs" {
		return b.spline(f)
	} else if n.op == "call" && (n.name == "factor" || n.name == "C") {
		return b.factor(f)
	}
	c, err := evaluate(f.node, b.t)
	if err != nil {
		return coded{}, err
	}
	if days, dates := c.Days(); dates {
		c = stats.Column{Numbers: days}
	}
	if c.Texts != nil {
		return b.indicators(f.text, f.text, c, "")
	}
	if i := slices.IndexFunc(c.Numbers, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }); i >= 0 {
		return coded{}, &stats.Error{Method: "formula", Problem: stats.Missing, Variable: f.text, Detail: "some rows give no finite value", Advice: "Look at the values it is computed from"}
	}
	one, name := [][]float64{c.Numbers}, []string{f.text}
	return coded{one, one, name, name}, nil
}

// factor is factor(x) or factor(x, ref = "level").
func (b *builder) factor(f factor) (coded, error) {
	if len(f.node.args) == 0 {
		return coded{}, wrong(f.text, "write factor(x) or factor(x, ref = \"level\")")
	}
	c, err := evaluate(f.node.args[0], b.t)
	if err != nil {
		return coded{}, err
	}
	reference := ""
	for i, arg := range f.node.args[1:] {
		switch {
		case f.node.named[i+1] == "ref" && arg.op == "text":
			reference = arg.name
		case f.node.named[i+1] == "ref" && arg.op == "number":
			reference = fmt.Sprint(arg.number)
		default:
			return coded{}, wrong(f.text, "besides the variable there may be ref = \"level\"")
		}
	}
	return b.indicators(f.text, f.text, c, reference)
}

// manyLevels is from how many levels on a factor of mostly different values is taken for a mistake.
const manyLevels = 100

func (b *builder) indicators(text, name string, c stats.Column, reference string) (coded, error) {
	values := make([]string, c.Len())
	for i := range values {
		values[i] = word(c, i)
	}
	levels := b.o.Levels[text]
	if levels == nil {
		levels = sortedLevels(c, values)
		if reference != "" {
			at := slices.Index(levels, reference)
			if at < 0 {
				return coded{}, wrong(text, fmt.Sprintf("its reference level %q does not occur; there are %s", reference, strings.Join(levels, ", ")))
			}
			levels = slices.Concat([]string{reference}, levels[:at], levels[at+1:])
		}
	}
	if len(levels) > manyLevels && 2*len(levels) > len(values) {
		return coded{}, wrong(text, fmt.Sprintf("it has %d values in %d rows, which are no groups", len(levels), len(values)))
	}
	if len(levels) < 2 {
		return coded{}, &stats.Error{Method: "formula", Problem: stats.OneLevel, Variable: text, Detail: fmt.Sprintf("every row has the value %s", strings.Join(levels, "")), Advice: "Leave it out"}
	}
	b.levels = append(b.levels, FactorLevels{text, levels})
	var out coded
	index := make(map[string]int, len(levels))
	for k, level := range levels {
		index[level] = k
		out.all = append(out.all, make([]float64, len(values)))
		out.allNames = append(out.allNames, name+level)
	}
	for i, v := range values {
		k, ok := index[v]
		if !ok {
			return coded{}, wrong(text, fmt.Sprintf("the level %q of row %d was not foreseen", v, i+1))
		}
		out.all[k][i] = 1
	}
	out.contrasts, out.contrastNames = out.all[1:], out.allNames[1:]
	return out, nil
}

// sortedLevels are the values in the order of numbers, or of the alphabet.
func sortedLevels(c stats.Column, values []string) []string {
	if c.Texts != nil {
		levels, _ := stats.Groups(values)
		return levels
	}
	numbers, _ := stats.Groups(c.Numbers)
	levels := make([]string, len(numbers))
	for i, v := range numbers {
		levels[i] = fmt.Sprint(v)
	}
	return levels
}
