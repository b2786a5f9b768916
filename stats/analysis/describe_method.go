package analysis

import (
	"reflect"
	"strings"
)

// Description is what a person or a program needs to know to use a method.
type Description struct {
	Name       string      `json:"name"`
	About      string      `json:"about"`
	Source     string      `json:"source,omitempty"` // papers or books; "" for plain counts
	Parameters []Parameter `json:"parameters"`
	Result     []Field     `json:"result,omitempty"`
}

// Field is one field of a result; the fields of an object within it are named with a point: robust.se_HC0.
type Field struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	About string `json:"about,omitempty"`
}

// Describe tells the parameters and the fields of the result.
func (m Method) Describe() Description {
	d := Description{Name: m.Name, About: m.About, Source: m.Source(), Parameters: m.Keys()}
	if t := reflect.TypeOf(m.Result); t != nil {
		d.Result = append(fields("", t), resultFields[m.Name]...)
	}
	return d
}

// fields are those of a struct, in the order of its declaration, with those of structs within it.
func fields(prefix string, t reflect.Type) []Field {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	var out []Field
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			out = append(out, fields(prefix, f.Type)...)
			continue
		case name == "" || name == "-":
			continue
		}
		out = append(out, Field{prefix + name, kindOf(f.Type), f.Tag.Get("about")})
		out = append(out, fields(prefix+name+".", f.Type)...)
	}
	return out
}

// kindOf names a type as JSON has it. Numbers that JSON has no number for are words: NA, Inf, -Inf.
func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return kindOf(t.Elem())
	case reflect.Slice, reflect.Array:
		return "list of " + kindOf(t.Elem())
	case reflect.Struct:
		return "object"
	case reflect.Map:
		return "object of " + kindOf(t.Elem()) + " by name"
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "truth"
	case reflect.Int, reflect.Int64:
		return "whole number"
	case reflect.Float64:
		return "number"
	}
	return "any"
}
