package analysis

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
)

// Told is what a result warns of by itself, as only the computing shows: a mean up to a time at which a curve is not known. "" for nothing.
func Told(result any) string {
	o, _ := result.(object)
	told, _ := o["warning"].(string)
	return told
}

// Write encodes a result. What JSON has no number for is a word: "NA" is not estimable, "Inf" and "-Inf" are infinite.
func Write(result any) (json.RawMessage, error) {
	return json.Marshal(plain(reflect.ValueOf(result)))
}

// plain is a value of which encoding/json can write every number.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Invalid:
		return nil
	case reflect.Interface, reflect.Pointer:
		return plain(v.Elem())
	case reflect.Float64:
		return number(v.Float())
	case reflect.Slice, reflect.Array:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = plain(v.Index(i))
		}
		return list
	case reflect.Struct:
		out := map[string]any{}
		plainFields(out, v)
		return out
	case reflect.Map:
		out := make(map[string]any, v.Len())
		for _, key := range v.MapKeys() {
			out[fmt.Sprint(key)] = plain(v.MapIndex(key))
		}
		return out
	}
	return v.Interface()
}

// plainFields adds the fields of a struct under their JSON names; one that is empty is left out if its tag says so, as encoding/json does.
func plainFields(out map[string]any, v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			if inner := reflect.Indirect(v.Field(i)); inner.IsValid() {
				plainFields(out, inner)
			}
		case name == "" || name == "-" || option == "omitempty" && empty(v.Field(i)):
		default:
			out[name] = plain(v.Field(i))
		}
	}
}

// empty is what encoding/json calls so.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

func number(x float64) any {
	switch {
	case math.IsNaN(x):
		return "NA"
	case math.IsInf(x, 1):
		return "Inf"
	case math.IsInf(x, -1):
		return "-Inf"
	}
	return x
}
