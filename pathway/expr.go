package pathway

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"consilium/terms"
)

// Limits of an expression.
const (
	maxExpression = 2_000 // bytes
	maxNodes      = 500
	costLimit     = 20_000
)

// Names in expressions that are not variables of a pack.
const (
	nameGiven   = "given__"   // variables with a value
	nameMissing = "missing__" // variables with a reason instead
	nameItems   = "items"     // answered questions of the scale being scored
	nameFacts   = "facts"     // what the program knows beside the forms
)

// environment compiles the expressions of one pack.
type environment struct {
	env   *cel.Env
	types map[string]Kind // of the variables

	mappings sync.Map // by their text and type, the expressions of newer packs over these variables
}

// expression is a checked expression; its program is planned when first needed.
type expression struct {
	env  *cel.Env
	ast  *cel.Ast
	deps []string // variables that it reads
	open bool     // it reads something else too, or what somebody wrote in words: see memo
	memo memo
	once sync.Once
	prg  cel.Program
	err  error
}

var baseEnv = sync.OnceValues(func() (*cel.Env, error) {
	options := []cel.EnvOption{
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.ExpressionNodeLimit(maxNodes),
		cel.ParserRecursionLimit(40),
		cel.Macros(
			cel.GlobalMacro("has", 1, presence("has__", nameGiven)),
			cel.GlobalMacro("missing", 1, presence("missing__of", nameMissing))),
		cel.Variable(nameGiven, answeredType),
		cel.Variable(nameMissing, answeredType),
		cel.Variable(nameItems, cel.ListType(cel.IntType)),
		cel.Variable(nameFacts, cel.MapType(cel.StringType, cel.DynType)),
	}
	for _, name := range []string{"has__", "missing__of"} {
		options = append(options, cel.Function(name,
			cel.Overload(name+"_answered_string", []*cel.Type{answeredType, cel.StringType}, cel.BoolType,
				cel.BinaryBinding(func(set, name ref.Val) ref.Val { return set.(traits.Container).Contains(name) }))))
	}
	options = append(options, decimalFunctions()...)
	return cel.NewEnv(append(options, listAndDateFunctions()...)...)
})

// presence makes has(x) and missing(x) out of a variable's bare name. CEL's own has() wants a message's field.
func presence(function, set string) cel.MacroFactory {
	return func(h cel.MacroExprFactory, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
		if args[0].Kind() != ast.IdentKind {
			return nil, h.NewError(args[0].ID(), "has() and missing() take the name of a variable")
		}
		return h.NewCall(function, h.NewIdent(set), h.NewLiteral(types.String(args[0].AsIdent()))), nil
	}
}

func listAndDateFunctions() []cel.EnvOption {
	between := func(name string, count func(from, to time.Time) int64) cel.EnvOption {
		return cel.Function(name, cel.Overload(name+"_dates", []*cel.Type{cel.StringType, cel.StringType}, cel.IntType,
			cel.BinaryBinding(func(a, b ref.Val) ref.Val {
				from, err1 := fullDate(string(a.(types.String)))
				to, err2 := fullDate(string(b.(types.String)))
				if err := errors.Join(err1, err2); err != nil {
					return types.NewErr("%v", err)
				}
				return types.Int(count(from, to))
			})))
	}
	return []cel.EnvOption{
		cel.Function("sum", cel.Overload("sum_list_int", []*cel.Type{cel.ListType(cel.IntType)}, cel.IntType,
			cel.UnaryBinding(sumInts))),
		between("days", func(from, to time.Time) int64 { return int64(to.Sub(from).Hours() / 24) }),
		between("years", wholeYears),
	}
}

func sumInts(v ref.Val) ref.Val {
	total := big.NewInt(0)
	for it := v.(traits.Lister).Iterator(); it.HasNext() == types.True; {
		n, ok := it.Next().(types.Int)
		if !ok {
			return types.NewErr("sum adds whole numbers")
		}
		total.Add(total, big.NewInt(int64(n)))
	}
	if !total.IsInt64() {
		return types.NewErr("sum out of range")
	}
	return types.Int(total.Int64())
}

func fullDate(s string) (time.Time, error) {
	if len(s) < len(time.DateOnly) {
		return time.Time{}, fmt.Errorf("%.20q is not a full date", s)
	}
	return terms.ParseDay(s[:len(time.DateOnly)], time.UTC)
}

func wholeYears(from, to time.Time) int64 {
	years := to.Year() - from.Year()
	if to.Month() < from.Month() || to.Month() == from.Month() && to.Day() < from.Day() {
		years--
	}
	return int64(years)
}

func celType(k Kind) *cel.Type {
	switch k {
	case KindInteger:
		return cel.IntType
	case KindBool:
		return cel.BoolType
	case KindDecimal:
		return decimalType
	case KindCodes, KindMedia:
		return cel.ListType(cel.StringType)
	}
	return cel.StringType
}

func newEnvironment(variables []*Variable) (*environment, error) {
	base, err := baseEnv()
	if err != nil {
		return nil, fmt.Errorf("preparing CEL: %w", err)
	}
	known := map[string]Kind{}
	options := make([]cel.EnvOption, 0, len(variables))
	for _, v := range variables {
		if _, twice := known[v.ID]; !twice {
			known[v.ID] = v.Type
			options = append(options, cel.Variable(v.ID, celType(v.Type)))
		}
	}
	env, err := base.Extend(options...)
	if err != nil {
		return nil, fmt.Errorf("declaring the variables: %w", err)
	}
	return &environment{env: env, types: known}, nil
}

// compile checks e and its type; want is the type it must have.
func (v *environment) compile(e *Expr, want *cel.Type, r *report) {
	if e.IsZero() || e.compiled != nil && e.compiled.env == v.env {
		return
	}
	checked, issues := v.env.Compile(e.Text)
	if issues.Err() != nil {
		for _, problem := range issues.Errors() {
			at := e.Pos
			at.Line += max(problem.Location.Line()-1, 0)
			r.add(at, "expression: %s (column %d)", problem.Message, problem.Location.Column()+1)
		}
		return
	}
	if !checked.OutputType().IsExactType(want) && !checked.OutputType().IsExactType(cel.DynType) {
		r.add(e.Pos, "expression gives %s, but %s is wanted here", checked.OutputType(), want)
		return
	}
	deps, open, err := v.reads(checked)
	if err != nil {
		r.add(e.Pos, "expression: %v", err)
		return
	}
	e.compiled = &expression{env: v.env, ast: checked, deps: deps, open: open}
}

// reads lists the variables that an expression depends on, and refuses floats. It is open where it reads more than them, or a variable that holds words or files.
func (v *environment) reads(checked *cel.Ast) (deps []string, open bool, problem error) {
	note := func(name string) {
		kind, known := v.types[name]
		open = open || kind == KindText || kind == KindMedia || name == nameItems || name == nameFacts
		if known && !slices.Contains(deps, name) {
			deps = append(deps, name)
		}
	}
	ast.PreOrderVisit(checked.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.IdentKind:
			note(e.AsIdent())
		case ast.LiteralKind:
			if _, float := e.AsLiteral().(types.Double); float {
				problem = errors.New(`no floats: write a decimal as dec("7.4")`)
			}
		case ast.CallKind:
			call := e.AsCall()
			switch call.FunctionName() {
			case "double":
				problem = errors.New("no floats: use dec()")
			case "has__", "missing__of":
				name, _ := call.Args()[1].AsLiteral().Value().(string)
				if _, known := v.types[name]; !known {
					problem = fmt.Errorf("undeclared variable %q", name)
				}
				note(name)
			}
		}
	}))
	return deps, open, problem
}

// run works the expression out.
func (e *expression) run(a *activation) (ref.Val, error) {
	e.once.Do(func() { e.prg, e.err = e.env.Program(e.ast, cel.CostLimit(costLimit)) })
	if e.err != nil {
		return nil, e.err
	}
	out, _, err := e.prg.Eval(a)
	return out, err
}

// holds says whether a condition is true. What cannot be worked out for want of a value is not true.
func (e Expr) holds(a *activation) bool {
	if e.compiled == nil {
		return false
	}
	out, err := e.compiled.eval(a)
	return err == nil && out == types.True
}

// fromNative turns CEL's result into a value of the variable's type.
func (v *Variable) fromNative(out ref.Val) (Value, error) {
	switch out := out.(type) {
	case types.Int:
		if v.Type == KindDecimal {
			return String(decimal{new(big.Rat).SetInt64(int64(out))}.rounded(v.Digits)), nil
		}
		return Int(int64(out)), nil
	case types.Bool:
		return Bool(bool(out)), nil
	case types.String:
		return String(string(out)), nil
	case decimal:
		text := out.rounded(v.Digits)
		if !validDecimal(text) {
			return Value{}, errors.New("a decimal result has more than 18 digits")
		}
		return String(text), nil
	case traits.Lister:
		var list []string
		for it := out.Iterator(); it.HasNext() == types.True; {
			list = append(list, fmt.Sprint(it.Next().Value()))
		}
		return Codes(list...), nil
	}
	return Value{}, fmt.Errorf("a result of type %s has no place in a form", out.Type().TypeName())
}
