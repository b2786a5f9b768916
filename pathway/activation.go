package pathway

import (
	"fmt"
	"math/big"
	"reflect"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// activation shows answers to CEL, each made into what CEL computes with when an expression asks for it. A variable without a value is not there at all, so that what
// needs it is unknown, while "x && false" is still false.
type activation struct {
	pack    *Pack
	values  Values
	hidden  map[string]bool // answers that are not there for who asks
	items   []int64         // of the scale that is being scored
	scoring bool
	facts   map[string]any
}

// activate shows values to expressions. What is set among the values afterwards is shown too.
func (p *Pack) activate(values Values) *activation { return &activation{pack: p, values: values} }

// value is the answer to a variable; the zero value where there is none, or it is hidden.
func (a *activation) value(id string) Value {
	if a.hidden[id] {
		return Value{}
	}
	return a.values[id]
}

// native is the answer to a variable as CEL computes with it.
func (a *activation) native(id string) (any, bool) {
	v := a.pack.variable[id]
	if v == nil {
		return nil, false
	}
	return v.native(a.value(id))
}

// ResolveName finds a variable for CEL.
func (a *activation) ResolveName(name string) (any, bool) {
	switch name {
	case nameGiven:
		return answered{a, false}, true
	case nameMissing:
		return answered{a, true}, true
	case nameItems:
		return a.items, a.scoring
	case nameFacts:
		if a.facts == nil {
			return map[string]any{}, true
		}
		return a.facts, true
	}
	return a.native(name)
}

// Parent is nil: there is one scope.
func (a *activation) Parent() cel.Activation { return nil }

// answered is the set of variables that have a value, or a reason why there is none. Expressions ask it by has() and missing() alone.
type answered struct {
	by      *activation
	missing bool
}

var answeredType = cel.ObjectType("answered", traits.ContainerType)

// Contains tells whether a variable is in the set.
func (s answered) Contains(name ref.Val) ref.Val {
	id, ok := name.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(name)
	}
	if s.missing {
		return types.Bool(s.by.pack.variable[string(id)] != nil && s.by.value(string(id)).Missing() != "")
	}
	_, given := s.by.native(string(id))
	return types.Bool(given)
}

// ConvertToNative is not possible: the set is no value of an expression.
func (s answered) ConvertToNative(reflect.Type) (any, error) {
	return nil, fmt.Errorf("the set of answers is no value")
}

// ConvertToType is not possible: the set is no value of an expression.
func (s answered) ConvertToType(ref.Type) ref.Val {
	return types.NewErr("the set of answers is no value")
}

// Equal is not possible: the set is no value of an expression.
func (s answered) Equal(ref.Val) ref.Val { return types.NewErr("the set of answers is no value") }

// Type is that of the declaration.
func (s answered) Type() ref.Type { return answeredType }

// Value is the set itself.
func (s answered) Value() any { return s }

// native turns a value into what CEL computes with; false when it does not fit the variable's type.
func (v *Variable) native(value Value) (any, bool) {
	switch v.Type {
	case KindInteger:
		n, ok := value.AsInt()
		return n, ok
	case KindBool:
		b, ok := value.AsBool()
		return b, ok
	case KindCodes, KindMedia:
		if s, ok := value.AsString(); ok && v.Type == KindMedia {
			return []string{s}, true
		}
		return value.list, value.kind == valueList
	case KindDecimal:
		if n, ok := value.AsInt(); ok {
			return decimal{new(big.Rat).SetInt64(n)}, true
		}
		s, ok := value.AsString()
		if !ok {
			return nil, false
		}
		d, err := parseDecimal(s)
		return d, err == nil
	}
	s, ok := value.AsString()
	return s, ok && s != ""
}
