package formula

import (
	"slices"
	"strings"

	"consilium/stats"
)

// Formula is a parsed model formula.
type Formula struct {
	source    string
	Response  string   // expression on the left; "" if there is none, or if it is a survival time
	Survival  []string // arguments of Surv(): time and status, or start, stop and status
	Intercept bool
	Offset    []string // expressions that are added with a coefficient of one
	Strata    []string
	Cluster   []string
	Groups    []string // centers of random effects, (1 | center)
	Slopes    []string // expressions whose coefficients vary between centers, (1 + x | center)
	terms     []term   // by degree, otherwise as written
}

// term is a product of factors; its key is what makes two terms the same.
type term []factor

// factor is one variable, or an expression of variables, of a term.
type factor struct {
	text string // as written
	node *node
}

func (t term) key() string {
	texts := make([]string, len(t))
	for i, f := range t {
		texts[i] = f.text
	}
	slices.Sort(texts)
	return strings.Join(texts, ":")
}

// Parse reads a model formula. The dot needs the table, and is resolved by [Formula.Design].
func Parse(source string) (*Formula, error) {
	n, err := parse(source)
	if err != nil {
		return nil, err
	}
	f := &Formula{source: source, Intercept: true}
	right := n
	if n.op == "~" {
		right = n.args[len(n.args)-1]
		if len(n.args) == 2 {
			f.left(n.args[0])
		}
	}
	if f.terms, err = f.expand(right, 0); err != nil {
		return nil, err
	}
	slices.SortStableFunc(f.terms, func(a, b term) int { return len(a) - len(b) })
	return f, nil
}

func (f *Formula) text(n *node) string { return strings.TrimSpace(f.source[n.at:n.end]) }

func (f *Formula) left(n *node) {
	if n.op == "call" && n.name == "Surv" {
		for _, arg := range n.args {
			f.Survival = append(f.Survival, f.text(arg))
		}
		return
	}
	f.Response = f.text(n)
}

const mostTerms = 10_000

// expand turns one side into terms (Wilkinson and Rogers 1973, section 2).
func (f *Formula) expand(n *node, depth int) ([]term, error) {
	switch n.op {
	case "number":
		f.Intercept = n.number != 0
		return nil, nil
	case "neg":
		return nil, f.withoutIntercept(n.args[0])
	case "+":
		a, b, err := f.sides(n, depth)
		return join(a, b), err
	case "-":
		a, err := f.expand(n.args[0], depth+1)
		if err != nil {
			return nil, err
		}
		return f.minus(a, n.args[1], depth)
	case ":":
		a, b, err := f.sides(n, depth)
		return cross(a, b), err
	case "*":
		a, b, err := f.sides(n, depth)
		return join(join(a, b), cross(a, b)), err
	case "/": // a/b is a + b within a
		a, b, err := f.sides(n, depth)
		if err != nil || len(a) == 0 {
			return a, err
		}
		return join(a, cross([]term{slices.Concat(a...)}, b)), nil
	case "^":
		return f.power(n, depth)
	case "|":
		return f.random(n)
	case "call":
		return f.special(n)
	case "name":
		return []term{{{f.text(n), n}}}, nil
	}
	return nil, wrong(f.text(n), "this cannot be a term of a model; within I(...) it is arithmetic")
}

func (f *Formula) sides(n *node, depth int) (a, b []term, err error) {
	if a, err = f.expand(n.args[0], depth+1); err == nil {
		b, err = f.expand(n.args[1], depth+1)
	}
	if err == nil && len(a)*len(b) > mostTerms {
		err = wrong(f.source, "it stands for too many terms")
	}
	return a, b, err
}

// withoutIntercept is a formula that begins with -1.
func (f *Formula) withoutIntercept(n *node) error {
	if n.op == "number" {
		f.Intercept = n.number == 0
		return nil
	}
	return wrong(f.text(n), "there is no term before it to take it from")
}

func (f *Formula) minus(from []term, n *node, depth int) ([]term, error) {
	if n.op == "number" {
		f.Intercept = n.number == 0
		return from, nil
	}
	away, err := f.expand(n, depth+1)
	return slices.DeleteFunc(from, func(t term) bool {
		return slices.ContainsFunc(away, func(a term) bool { return a.key() == t.key() })
	}), err
}

func (f *Formula) power(n *node, depth int) ([]term, error) {
	base, err := f.expand(n.args[0], depth+1)
	if err != nil {
		return nil, err
	}
	e := n.args[1]
	if e.op != "number" || e.number < 1 || e.number > 8 || e.number != float64(int(e.number)) {
		return nil, wrong(f.text(n), "the degree of interaction is a whole number from 1 to 8; for the power of a variable write I(x^2)")
	}
	out := base
	for range int(e.number) - 1 {
		if len(out)*len(base) > mostTerms {
			return nil, wrong(f.source, "it stands for too many terms")
		}
		out = join(out, cross(out, base))
	}
	return out, nil
}

// random reads (1 | center) or (1 + x | center): an intercept, and slopes of expressions, that vary between centers.
func (f *Formula) random(n *node) ([]term, error) {
	if len(f.Groups) > 0 {
		return nil, wrong(f.text(n), "it is a second random term, and one is fitted: center within center, or patient within center, is not. Keep the one that matters most, and let the other be a factor")
	}
	intercept := false
	for _, left := range sum(n.args[0]) {
		switch {
		case left.op == "number" && left.number == 1:
			intercept = true
		case left.op == "number" || left.op == "-" || left.op == "neg" || left.op == "*" || left.op == ":":
			return nil, wrong(f.text(n), "random effects are written (1 | center) or (1 + x + z | center)")
		default:
			f.Slopes = append(f.Slopes, f.text(left))
		}
	}
	if len(f.Slopes) > 0 && strings.Contains(f.text(n), "||") {
		return nil, wrong(f.text(n), "two bars ask for slopes that have nothing to do with the intercept, and here they are fitted together: write (1 + x | center)")
	}
	if !intercept {
		return nil, wrong(f.text(n), "random slopes come with a random intercept: (1 + x | center)")
	}
	f.Groups = append(f.Groups, f.text(n.args[1]))
	return nil, nil
}

// sum are the parts that plus signs join.
func sum(n *node) []*node {
	if n.op == "+" && len(n.args) == 2 {
		return append(sum(n.args[0]), sum(n.args[1])...)
	}
	return []*node{n}
}

// special terms say something about the rows, and are not in the linear predictor with a coefficient.
func (f *Formula) special(n *node) ([]term, error) {
	list := map[string]*[]string{"offset": &f.Offset, "strata": &f.Strata, "cluster": &f.Cluster}[n.name]
	if list == nil {
		return []term{{{f.text(n), n}}}, nil
	}
	if n.name == "cluster" && len(f.Cluster) > 0 {
		return nil, wrong(f.text(n), "it is a second variable of clusters, and errors allow for one")
	}
	for _, arg := range n.args {
		*list = append(*list, f.text(arg))
	}
	return nil, nil
}

// join is the union, in order.
func join(a, b []term) []term {
	out := slices.Clone(a)
	for _, t := range b {
		if !slices.ContainsFunc(out, func(o term) bool { return o.key() == t.key() }) {
			out = append(out, t)
		}
	}
	return out
}

// cross is every product of a term of a with one of b; a factor counts once.
func cross(a, b []term) []term {
	var out []term
	for _, x := range a {
		for _, y := range b {
			product := slices.Clone(x)
			for _, f := range y {
				if !slices.ContainsFunc(product, func(o factor) bool { return o.text == f.text }) {
					product = append(product, f)
				}
			}
			out = join(out, []term{product})
		}
	}
	return out
}

// Variables are the variables of the table that the formula uses, each once.
func (f *Formula) Variables(t *stats.Table) ([]string, error) {
	n, err := parse(f.source)
	if err != nil {
		return nil, err
	}
	var names []string
	var walk func(*node)
	walk = func(n *node) {
		if n.op == "name" && !slices.Contains(names, n.name) && n.name != "." {
			if _, err := t.Column(n.name); err == nil {
				names = append(names, n.name)
			}
		}
		for _, arg := range n.args {
			walk(arg)
		}
	}
	walk(n)
	return names, nil
}
