package pathway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
)

// Values are the answers of a form, by variable.
type Values map[string]Value

// Clone is a copy that may be changed.
func (v Values) Clone() Values { return maps.Clone(v) }

// With is a copy of v in which the answers of over replace those of v.
func (v Values) With(over Values) Values {
	out := make(Values, len(v)+len(over))
	maps.Copy(out, v)
	maps.Copy(out, over)
	return out
}

type valueKind uint8

const (
	valueNone valueKind = iota
	valueString
	valueInt
	valueBool
	valueList
	valueMissing
)

// Value is one answer: text (which codes, decimals, dates and media are written as), a whole number, true or false,
// a list of codes, or the reason why there is none. The zero Value is no answer at all.
type Value struct {
	kind   valueKind
	text   string
	number int64
	list   []string
}

// Why a value is missing.
const (
	Unknown       = "unknown"
	NotDone       = "not_done"
	Refused       = "refused"
	NotApplicable = "not_applicable"
)

// MissingReasons lists why a value may be missing, in the order in which a page offers them.
var MissingReasons = sync.OnceValue(func() []Choice { return named("pathway.missing", Unknown, NotDone, Refused, NotApplicable) })

// String is a text, a code, a decimal ("7.40"), a date or a medium.
func String(s string) Value { return Value{kind: valueString, text: s} }

// Int is a whole number.
func Int(i int64) Value { return Value{kind: valueInt, number: i} }

// Bool is yes or no.
func Bool(b bool) Value {
	if b {
		return Value{kind: valueBool, number: 1}
	}
	return Value{kind: valueBool}
}

// Codes is a list of codes; an empty list means "none of them", which is an answer.
func Codes(codes ...string) Value { return Value{kind: valueList, list: slices.Clone(codes)} }

// Missing is a value that is not there, with the reason.
func Missing(reason string) Value { return Value{kind: valueMissing, text: reason} }

// IsZero says that nothing was answered, not even why.
func (v Value) IsZero() bool { return v.kind == valueNone }

// Missing gives the reason why there is no value, or "".
func (v Value) Missing() string {
	if v.kind == valueMissing {
		return v.text
	}
	return ""
}

// Given says that there is a real value.
func (v Value) Given() bool { return v.kind != valueNone && v.kind != valueMissing }

// AsString gives a text value.
func (v Value) AsString() (string, bool) { return v.text, v.kind == valueString }

// AsInt gives a whole number.
func (v Value) AsInt() (int64, bool) { return v.number, v.kind == valueInt }

// AsBool gives yes or no.
func (v Value) AsBool() (value, ok bool) { return v.number == 1, v.kind == valueBool }

// AsCodes gives a copy of a list of codes.
func (v Value) AsCodes() ([]string, bool) { return slices.Clone(v.list), v.kind == valueList }

// Equal says whether two values are the same answer. The order of codes does not matter.
func (v Value) Equal(w Value) bool {
	if v.kind != w.kind || v.text != w.text || v.number != w.number {
		return false
	}
	a, b := slices.Clone(v.list), slices.Clone(w.list)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// String shows the value for logs of rules and for tables; a page uses the field's labels.
func (v Value) String() string {
	switch v.kind {
	case valueString:
		return v.text
	case valueInt:
		return strconv.FormatInt(v.number, 10)
	case valueBool:
		return strconv.FormatBool(v.number == 1)
	case valueList:
		return fmt.Sprint(v.list)
	case valueMissing:
		return "missing: " + v.text
	}
	return ""
}

// MarshalJSON writes the value as an entry's body holds it.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.kind {
	case valueString:
		return json.Marshal(v.text)
	case valueInt:
		return strconv.AppendInt(nil, v.number, 10), nil
	case valueBool:
		return strconv.AppendBool(nil, v.number == 1), nil
	case valueList:
		if v.list == nil {
			return []byte("[]"), nil
		}
		return json.Marshal(v.list)
	case valueMissing:
		return json.Marshal(map[string]string{"missing": v.text})
	}
	return nil, errors.New("a value without an answer cannot be written: leave it out")
}

// maxWhole is the greatest whole number that every JSON reader keeps exactly.
const maxWhole = 1<<53 - 1

// UnmarshalJSON reads a value and refuses numbers with a point: decimals are text.
func (v *Value) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return errors.New("empty value")
	}
	switch data[0] {
	case '"':
		v.kind = valueString
		return json.Unmarshal(data, &v.text)
	case 't', 'f':
		var b bool
		err := json.Unmarshal(data, &b)
		*v = Bool(b)
		return err
	case '[':
		var list []string
		if err := json.Unmarshal(data, &list); err != nil {
			return errors.New("a list holds codes only")
		}
		*v = Value{kind: valueList, list: list}
		return nil
	case '{':
		return v.unmarshalMissing(data)
	case 'n':
		return errors.New("null is not a value: say why it is missing")
	}
	i, err := strconv.ParseInt(string(data), 10, 64)
	if err != nil || i > maxWhole || i < -maxWhole {
		return fmt.Errorf("%.40s is not a whole number; decimals are written as text", data)
	}
	*v = Int(i)
	return nil
}

func (v *Value) unmarshalMissing(data []byte) error {
	var m struct {
		Missing string `json:"missing"`
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil || !isReason(m.Missing) {
		return errors.New(`a missing value is {"missing": "unknown" | "not_done" | "refused" | "not_applicable"}`)
	}
	*v = Missing(m.Missing)
	return nil
}

func isReason(s string) bool {
	return slices.ContainsFunc(MissingReasons(), func(c Choice) bool { return c.Code == s })
}
