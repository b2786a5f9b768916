package pathway

import (
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"regexp"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// decimal is an exact number in expressions; CEL itself has only binary floats.
type decimal struct{ *big.Rat }

var decimalType = cel.ObjectType("decimal",
	traits.AdderType, traits.SubtractorType, traits.MultiplierType, traits.DividerType, traits.ComparerType, traits.NegatorType)

var decimalPattern = regexp.MustCompile(`^-?\d{1,18}(\.\d{1,17})?$`)

// validDecimal holds a decimal to the ledger's limit of 18 digits.
func validDecimal(s string) bool {
	return decimalPattern.MatchString(s) && len(strings.Trim(strings.Replace(s, ".", "", 1), "-")) <= 18
}

func parseDecimal(s string) (decimal, error) {
	if !validDecimal(s) {
		return decimal{}, fmt.Errorf("%.40q is not a decimal of at most 18 digits", s)
	}
	r, _ := new(big.Rat).SetString(s)
	return decimal{r}, nil
}

// maxBits bounds intermediate results, so that no chain of multiplications can grow without end.
const maxBits = 2048

func bounded(r *big.Rat) ref.Val {
	if r.Num().BitLen() > maxBits || r.Denom().BitLen() > maxBits {
		return types.NewErr("decimal out of range")
	}
	return decimal{r}
}

func asDecimal(v ref.Val) (*big.Rat, bool) {
	switch v := v.(type) {
	case decimal:
		return v.Rat, true
	case types.Int:
		return new(big.Rat).SetInt64(int64(v)), true
	}
	return nil, false
}

func (d decimal) with(other ref.Val, op func(z, x, y *big.Rat) *big.Rat) ref.Val {
	o, ok := asDecimal(other)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	return bounded(op(new(big.Rat), d.Rat, o))
}

func (d decimal) Add(o ref.Val) ref.Val      { return d.with(o, (*big.Rat).Add) }
func (d decimal) Subtract(o ref.Val) ref.Val { return d.with(o, (*big.Rat).Sub) }
func (d decimal) Multiply(o ref.Val) ref.Val { return d.with(o, (*big.Rat).Mul) }
func (d decimal) Negate() ref.Val            { return decimal{new(big.Rat).Neg(d.Rat)} }

func (d decimal) Divide(o ref.Val) ref.Val {
	if r, ok := asDecimal(o); ok && r.Sign() == 0 {
		return types.NewErr("division by zero")
	}
	return d.with(o, (*big.Rat).Quo)
}

func (d decimal) Compare(o ref.Val) ref.Val {
	r, ok := asDecimal(o)
	if !ok {
		return types.MaybeNoSuchOverloadErr(o)
	}
	return types.Int(d.Cmp(r))
}

func (d decimal) Equal(o ref.Val) ref.Val {
	r, ok := asDecimal(o)
	return types.Bool(ok && d.Cmp(r) == 0)
}

func (d decimal) ConvertToNative(t reflect.Type) (any, error) {
	return nil, errors.New("a decimal has no native type")
}

func (d decimal) ConvertToType(t ref.Type) ref.Val {
	if t == types.StringType {
		return types.String(d.RatString())
	}
	return types.NewErr("a decimal cannot become %s", t.TypeName())
}

func (d decimal) Type() ref.Type { return decimalType }
func (d decimal) Value() any     { return d.Rat }

// rounded is d with so many digits after the point, halves away from zero.
func (d decimal) rounded(digits int) string { return d.FloatString(digits) }

// decimalFunctions are dec, round, abs and the operators between decimals, and between a decimal and a whole number.
func decimalFunctions() []cel.EnvOption {
	d, i, s := decimalType, cel.IntType, cel.StringType
	options := []cel.EnvOption{
		cel.Types(decimalType),
		cel.Function("dec",
			cel.Overload("dec_string", []*cel.Type{s}, d, cel.UnaryBinding(func(v ref.Val) ref.Val {
				out, err := parseDecimal(string(v.(types.String)))
				if err != nil {
					return types.NewErr("%v", err)
				}
				return out
			})),
			cel.Overload("dec_int", []*cel.Type{i}, d, cel.UnaryBinding(func(v ref.Val) ref.Val {
				r, _ := asDecimal(v)
				return decimal{r}
			}))),
		cel.Function("round",
			cel.Overload("round_decimal", []*cel.Type{d}, i, cel.UnaryBinding(roundWhole)),
			cel.Overload("round_decimal_int", []*cel.Type{d, i}, d, cel.BinaryBinding(roundDigits))),
		cel.Function("abs",
			cel.Overload("abs_decimal", []*cel.Type{d}, d, cel.UnaryBinding(func(v ref.Val) ref.Val {
				return decimal{new(big.Rat).Abs(v.(decimal).Rat)}
			})),
			cel.Overload("abs_int", []*cel.Type{i}, i, cel.UnaryBinding(func(v ref.Val) ref.Val {
				if n := v.(types.Int); n < 0 {
					return n.Negate()
				}
				return v
			}))),
		cel.Function("-_", cel.Overload("negate_decimal", []*cel.Type{d}, d)),
	}
	for name, op := range map[string]string{"_+_": "add", "_-_": "subtract", "_*_": "multiply", "_/_": "divide"} {
		options = append(options, cel.Function(name,
			cel.Overload(op+"_decimal", []*cel.Type{d, d}, d),
			cel.Overload(op+"_decimal_int", []*cel.Type{d, i}, d)))
	}
	for name, op := range map[string]string{"_<_": "less", "_<=_": "less_equal", "_>_": "greater", "_>=_": "greater_equal"} {
		options = append(options, cel.Function(name,
			cel.Overload(op+"_decimal", []*cel.Type{d, d}, cel.BoolType),
			cel.Overload(op+"_decimal_int", []*cel.Type{d, i}, cel.BoolType)))
	}
	return options
}

func roundWhole(v ref.Val) ref.Val {
	n, ok := new(big.Int).SetString(v.(decimal).rounded(0), 10)
	if !ok || !n.IsInt64() {
		return types.NewErr("decimal out of range")
	}
	return types.Int(n.Int64())
}

func roundDigits(v, digits ref.Val) ref.Val {
	n := digits.(types.Int)
	if n < 0 || n > 9 {
		return types.NewErr("round keeps 0 to 9 digits")
	}
	r, _ := new(big.Rat).SetString(v.(decimal).rounded(int(n)))
	return decimal{r}
}
