package reference

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
)

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
	case reflect.Map:
		out := make(map[string]any, v.Len())
		for _, key := range v.MapKeys() {
			out[fmt.Sprint(key)] = plain(v.MapIndex(key))
		}
		return out
	}
	return v.Interface()
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
