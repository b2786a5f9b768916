package formula

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"consilium/stats"
)

// Evaluate computes an expression for each row of the table. Truth is 1 and 0; a missing value is NaN.
func Evaluate(expression string, t *stats.Table) ([]float64, error) {
	n, err := parse(expression)
	if err != nil {
		return nil, err
	}
	c, err := evaluate(n, t)
	if err != nil {
		return nil, err
	}
	return c.AsNumbers()
}

// Column computes an expression that may give numbers or words.
func Column(expression string, t *stats.Table) (stats.Column, error) {
	n, err := parse(expression)
	if err != nil {
		return stats.Column{}, err
	}
	return evaluate(n, t)
}

// Filter says for each row whether the expression is true. A missing truth is not true.
func Filter(expression string, t *stats.Table) ([]bool, error) {
	values, err := Evaluate(expression, t)
	if err != nil {
		return nil, err
	}
	keep := make([]bool, len(values))
	for i, v := range values {
		keep[i] = v != 0 && !math.IsNaN(v)
	}
	return keep, nil
}

func wrong(about, detail string) error {
	return &stats.Error{Method: "formula", Problem: stats.Invalid, Variable: about, Detail: detail}
}

// numeric functions of one argument.
var functions = map[string]func(float64) float64{
	"log": math.Log, "ln": math.Log, "log2": math.Log2, "log10": math.Log10, "log1p": math.Log1p, "exp": math.Exp, "expm1": math.Expm1, "sqrt": math.Sqrt, "abs": math.Abs,
	"floor": math.Floor, "ceiling": math.Ceil, "round": math.RoundToEven, "I": same, "as.numeric": same, "as.integer": math.Trunc, "plogis": func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	"qlogis": func(p float64) float64 { return math.Log(p / (1 - p)) },
}

func same(x float64) float64 { return x }

// functions of two arguments or more, folded from the left.
var folds = map[string]func(a, b float64) float64{"pmin": lower, "pmax": upper, "min": lower, "max": upper}

func lower(a, b float64) float64 { return math.Min(a, b) }
func upper(a, b float64) float64 { return math.Max(a, b) }

// Functions are the names of the functions that an expression may use, sorted. min and max go across the arguments of a row, not down a column.
func Functions() []string {
	names := slices.Collect(maps.Keys(functions))
	names = slices.AppendSeq(names, maps.Keys(folds))
	names = append(names, "ifelse", "is.na", "c")
	slices.Sort(names)
	return names
}

var arithmetic = map[string]func(a, b float64) float64{
	"+": func(a, b float64) float64 { return a + b }, "-": func(a, b float64) float64 { return a - b },
	"*": func(a, b float64) float64 { return a * b }, "/": func(a, b float64) float64 { return a / b }, "^": math.Pow,
	"%%": func(a, b float64) float64 { return a - math.Floor(a/b)*b }, "%/%": func(a, b float64) float64 { return math.Floor(a / b) },
	"==": compare(func(o int) bool { return o == 0 }), "!=": compare(func(o int) bool { return o != 0 }), "<": compare(func(o int) bool { return o < 0 }),
	"<=": compare(func(o int) bool { return o <= 0 }), ">": compare(func(o int) bool { return o > 0 }), ">=": compare(func(o int) bool { return o >= 0 }),
	"&": both, "|": either,
}

func compare(is func(order int) bool) func(a, b float64) float64 {
	return func(a, b float64) float64 {
		switch {
		case math.IsNaN(a) || math.IsNaN(b):
			return math.NaN()
		case a < b:
			return truth(is(-1))
		case a > b:
			return truth(is(1))
		}
		return truth(is(0))
	}
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// both is Kleene's and: false whenever one side is false.
func both(a, b float64) float64 {
	switch {
	case a == 0 || b == 0:
		return 0
	case math.IsNaN(a) || math.IsNaN(b):
		return math.NaN()
	}
	return 1
}

func either(a, b float64) float64 {
	switch {
	case a != 0 && !math.IsNaN(a) || b != 0 && !math.IsNaN(b):
		return 1
	case math.IsNaN(a) || math.IsNaN(b):
		return math.NaN()
	}
	return 0
}

func evaluate(n *node, t *stats.Table) (stats.Column, error) {
	rows := t.Rows()
	switch n.op {
	case "number":
		return constant(rows, n.number), nil
	case "text":
		texts := make([]string, rows)
		for i := range texts {
			texts[i] = n.name
		}
		return stats.Column{Texts: texts}, nil
	case "name":
		return variable(n.name, t)
	case "call":
		return call(n, t)
	case "neg":
		return mapped(n.args[0], t, func(x float64) float64 { return -x })
	case "!":
		return mapped(n.args[0], t, func(x float64) float64 { return compare(func(o int) bool { return o == 0 })(x, 0) })
	case "%in%":
		return member(n, t)
	}
	f := arithmetic[n.op]
	if f == nil {
		return stats.Column{}, wrong(n.op, "it joins terms of a model; it is not part of an expression")
	}
	a, err := evaluate(n.args[0], t)
	if err != nil {
		return a, err
	}
	b, err := evaluate(n.args[1], t)
	if err != nil {
		return b, err
	}
	return combine(n.op, f, a, b)
}

func constant(rows int, v float64) stats.Column {
	numbers := make([]float64, rows)
	for i := range numbers {
		numbers[i] = v
	}
	return stats.Column{Numbers: numbers}
}

func variable(name string, t *stats.Table) (stats.Column, error) {
	c, err := t.Column(name)
	if err == nil {
		return c, nil
	}
	switch name {
	case "TRUE", "true", "T":
		return constant(t.Rows(), 1), nil
	case "FALSE", "false", "F":
		return constant(t.Rows(), 0), nil
	case "NA":
		return constant(t.Rows(), math.NaN()), nil
	}
	return c, err
}

// combine compares words as words, and all else as numbers.
func combine(op string, f func(a, b float64) float64, a, b stats.Column) (stats.Column, error) {
	if strength[op] != strength["=="] { // yes and no, and dates, are numbers here
		var err error
		if a.Numbers, err = a.AsNumbers(); err != nil {
			return a, err
		}
		if b.Numbers, err = b.AsNumbers(); err != nil {
			return b, err
		}
		a.Texts, b.Texts = nil, nil
	}
	if a.Texts == nil && b.Texts == nil {
		out := make([]float64, len(a.Numbers))
		for i := range out {
			out[i] = f(a.Numbers[i], b.Numbers[i])
		}
		return stats.Column{Numbers: out}, nil
	}
	out := make([]float64, a.Len())
	for i := range out {
		x, y := word(a, i), word(b, i)
		switch {
		case x == "" || y == "":
			out[i] = math.NaN()
		case x < y:
			out[i] = f(0, 1)
		case x > y:
			out[i] = f(1, 0)
		default:
			out[i] = f(0, 0)
		}
	}
	return stats.Column{Numbers: out}, nil
}

// word is a value as a word: of a number its shortest form, of a missing value "".
func word(c stats.Column, i int) string {
	if c.Texts != nil {
		return c.Texts[i]
	}
	if math.IsNaN(c.Numbers[i]) {
		return ""
	}
	return fmt.Sprint(c.Numbers[i])
}

func mapped(arg *node, t *stats.Table, f func(float64) float64) (stats.Column, error) {
	c, err := evaluate(arg, t)
	if err != nil {
		return c, err
	}
	numbers, err := c.AsNumbers()
	if err != nil {
		return c, err
	}
	out := make([]float64, len(numbers))
	for i, v := range numbers {
		out[i] = f(v)
	}
	return stats.Column{Numbers: out}, nil
}

func member(n *node, t *stats.Table) (stats.Column, error) {
	of := n.args[1]
	list := []*node{of}
	if of.op == "call" && of.name == "c" {
		list = of.args
	}
	equals := arithmetic["=="]
	out := constant(t.Rows(), 0)
	a, err := evaluate(n.args[0], t)
	if err != nil {
		return a, err
	}
	for _, one := range list {
		b, err := evaluate(one, t)
		if err != nil {
			return b, err
		}
		is, err := combine("==", equals, a, b)
		if err != nil {
			return is, err
		}
		for i, v := range is.Numbers {
			out.Numbers[i] = either(out.Numbers[i], v)
		}
	}
	return out, nil
}

func call(n *node, t *stats.Table) (stats.Column, error) {
	switch {
	case functions[n.name] != nil && len(n.args) == 1:
		return mapped(n.args[0], t, functions[n.name])
	case n.name == "log" && len(n.args) == 2:
		return folded(n, t, func(x, base float64) float64 { return math.Log(x) / math.Log(base) })
	case folds[n.name] != nil && len(n.args) > 0:
		return folded(n, t, folds[n.name])
	case n.name == "is.na" && len(n.args) == 1:
		c, err := evaluate(n.args[0], t)
		if err != nil {
			return c, err
		}
		out := constant(t.Rows(), 0)
		for i := range out.Numbers {
			out.Numbers[i] = truth(c.Missing(i))
		}
		return out, nil
	case n.name == "ifelse" && len(n.args) == 3:
		return choose(n, t)
	}
	return stats.Column{}, wrong(n.name, fmt.Sprintf("there is no such function of %d arguments; there are %v", len(n.args), Functions()))
}

func folded(n *node, t *stats.Table, f func(a, b float64) float64) (stats.Column, error) {
	out, err := mapped(n.args[0], t, same)
	for _, arg := range n.args[1:] {
		if err != nil {
			return out, err
		}
		var next stats.Column
		if next, err = mapped(arg, t, same); err != nil {
			return out, err
		}
		for i, v := range next.Numbers {
			out.Numbers[i] = f(out.Numbers[i], v)
		}
	}
	return out, err
}

func choose(n *node, t *stats.Table) (stats.Column, error) {
	columns := make([]stats.Column, 3)
	for i, arg := range n.args {
		var err error
		if columns[i], err = evaluate(arg, t); err != nil {
			return columns[i], err
		}
	}
	test, yes, no := columns[0], columns[1], columns[2]
	if test.Texts != nil || (yes.Texts != nil) != (no.Texts != nil) {
		return stats.Column{}, wrong("ifelse", "its condition is a truth, and its two values are both numbers or both words")
	}
	out := stats.Column{}
	for i, v := range test.Numbers {
		from := yes
		if v == 0 {
			from = no
		}
		switch {
		case from.Texts != nil && math.IsNaN(v):
			out.Texts = append(out.Texts, "")
		case from.Texts != nil:
			out.Texts = append(out.Texts, from.Texts[i])
		case math.IsNaN(v):
			out.Numbers = append(out.Numbers, v)
		default:
			out.Numbers = append(out.Numbers, from.Numbers[i])
		}
	}
	return out, nil
}
