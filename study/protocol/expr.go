package protocol

import (
	"fmt"
	"slices"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Limits of an expression: what a surgeon writes is far below, and what is above could hold up a node.
const (
	maxExpression = 2_000 // bytes
	maxNodes      = 500
	costLimit     = 20_000
)

// Program is a checked expression of a protocol.
type Program struct {
	Reads []string // names that it uses, sorted
	prg   cel.Program
}

var baseEnv = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(cel.ParserExpressionSizeLimit(maxExpression), cel.ExpressionNodeLimit(maxNodes), cel.ParserRecursionLimit(40), cel.ClearMacros())
})

// Compile checks an expression over names that known accepts; nil accepts any. Numbers in it are doubles, which compare with whole literals too.
func (e Expression) Compile(known func(name string) bool) (*Program, error) {
	base, err := baseEnv()
	if err != nil {
		return nil, fmt.Errorf("preparing CEL: %w", err)
	}
	parsed, issues := base.Parse(e.Text)
	if issues.Err() != nil {
		return nil, fmt.Errorf("%s (column %d)", issues.Errors()[0].Message, issues.Errors()[0].Location.Column()+1)
	}
	p := &Program{Reads: names(parsed)}
	options := make([]cel.EnvOption, 0, len(p.Reads))
	for _, name := range p.Reads {
		if known != nil && !known(name) {
			return nil, fmt.Errorf("there is no variable %q", name)
		}
		options = append(options, cel.Variable(name, cel.DynType))
	}
	env, err := base.Extend(options...)
	if err != nil {
		return nil, err
	}
	checked, issues := env.Check(parsed)
	if issues.Err() != nil {
		return nil, fmt.Errorf("%s (column %d)", issues.Errors()[0].Message, issues.Errors()[0].Location.Column()+1)
	}
	p.prg, err = env.Program(checked, cel.CostLimit(costLimit), cel.EvalOptions(cel.OptOptimize))
	return p, err
}

// names lists the identifiers of an expression that are values, not functions.
func names(parsed *cel.Ast) []string {
	var list []string
	ast.PreOrderVisit(parsed.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.IdentKind {
			list = append(list, e.AsIdent())
		}
	}))
	slices.Sort(list)
	return slices.Compact(list)
}

// Row shows one row to an expression. A name whose value is missing is not there, so that what needs it has no value while "x && false" is still false.
type Row interface {
	Get(name string) (value any, ok bool)
}

// rowScope is a Row as CEL asks for it.
type rowScope struct{ row Row }

func (s rowScope) ResolveName(name string) (any, bool) { return s.row.Get(name) }
func (s rowScope) Parent() cel.Activation              { return nil }

// Eval gives a float64, a bool or a string, or nil where the value is missing: because something it needs is, or because it cannot be worked out.
func (p *Program) Eval(row Row) any {
	out, _, err := p.prg.Eval(rowScope{row})
	if err != nil {
		return nil
	}
	return native(out)
}

func native(v ref.Val) any {
	switch v := v.(type) {
	case types.Double:
		return float64(v)
	case types.Int:
		return float64(v)
	case types.Uint:
		return float64(v)
	case types.Bool:
		return bool(v)
	case types.String:
		return string(v)
	}
	return nil
}

// PartSort is what a part of an expression does to patients.
type PartSort int

// The sorts of parts.
const (
	Condition PartSort = iota // splits them
	Amount                    // gives each a number
	Divisor                   // divides by a number: what is near 0 for a few weighs those few
)

// Part is one place in an expression whose value can single out patients, whatever the whole expression comes to.
type Part struct {
	Sort PartSort
	Text string // the operator, for the hospital's own people
	id   int64
}

// Trace is an expression whose parts are evaluated too, also those that the whole does not need.
type Trace struct {
	Parts []Part
	prg   cel.Program
}

// Trace prepares the parts of an expression that [Expression.Compile] has accepted.
func (e Expression) Trace() (*Trace, error) {
	base, err := baseEnv()
	if err != nil {
		return nil, fmt.Errorf("preparing CEL: %w", err)
	}
	parsed, issues := base.Parse(e.Text)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	var options []cel.EnvOption
	for _, name := range names(parsed) {
		options = append(options, cel.Variable(name, cel.DynType))
	}
	env, err := base.Extend(options...)
	if err != nil {
		return nil, err
	}
	checked, issues := env.Check(parsed)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	t := &Trace{Parts: parts(checked)}
	t.prg, err = env.Program(checked, cel.CostLimit(costLimit), cel.EvalOptions(cel.OptExhaustiveEval))
	return t, err
}

// parts are the calls of an expression: conditions by their operators, and what is computed; of each division the divisor too.
func parts(checked *cel.Ast) (list []Part) {
	ast.PreOrderVisit(checked.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind {
			return
		}
		call := e.AsCall()
		sort := Condition
		switch call.FunctionName() {
		case operators.Conditional, operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo, operators.Negate:
			sort = Amount
		}
		list = append(list, Part{sort, call.FunctionName(), e.ID()})
		if f := call.FunctionName(); f == operators.Divide || f == operators.Modulo {
			list = append(list, Part{Divisor, f, call.Args()[1].ID()})
		}
	}))
	return list
}

// Eval gives the value of each part for a row, as [Program.Eval] does; nil where it has none.
func (t *Trace) Eval(row Row) []any {
	out := make([]any, len(t.Parts))
	_, details, _ := t.prg.Eval(rowScope{row})
	if details == nil {
		return out
	}
	for i, p := range t.Parts {
		if v, ok := details.State().Value(p.id); ok {
			out[i] = native(v)
		}
	}
	return out
}
