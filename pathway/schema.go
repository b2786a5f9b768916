package pathway

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Schema is the JSON Schema (2020-12) of a pack's file, for editors. It is made from the types that the loader fills,
// so the two cannot drift apart; references and expressions are checked by the loader only.
func Schema() []byte {
	s := schemaMaker{defs: map[string]any{}}
	root := s.object(reflect.TypeFor[Pack]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Consilium pathway pack"
	root["required"] = []string{"format", "id", "version", "name"}
	root["$defs"] = s.defs
	out, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("pathway: the schema cannot be written: %v", err)) // it holds maps and text only
	}
	return append(out, '\n')
}

type schemaMaker struct{ defs map[string]any }

// texts are written as text or as a number: 0.5 and "0.5" mean the same limit.
var textSchema = map[string]any{"type": []string{"string", "number", "boolean"}}

func (s schemaMaker) of(t reflect.Type) any {
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.String:
		return textSchema
	case reflect.Int:
		return map[string]any{"type": "integer"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.of(t.Elem())}
	}
	switch t {
	case reflect.TypeFor[Item]():
		return map[string]any{"type": "string", "pattern": itemPattern.String()}
	case reflect.TypeFor[Expr]():
		return map[string]any{"type": []string{"string", "boolean", "number"}, "description": "CEL"}
	}
	if _, ok := s.defs[t.Name()]; !ok {
		s.defs[t.Name()] = true // stops recursion; replaced below
		var def any = s.object(t)
		if _, short := reflect.New(t).Interface().(shorthand); short {
			def = map[string]any{"anyOf": []any{textSchema, def}}
		}
		s.defs[t.Name()] = def
	}
	return map[string]any{"$ref": "#/$defs/" + t.Name()}
}

func (s schemaMaker) object(t reflect.Type) map[string]any {
	properties := map[string]any{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if !f.IsExported() || name == "-" || f.Anonymous {
			continue
		}
		var schema any
		if strings.Contains(options, "keyed") {
			schema = map[string]any{"type": "object", "additionalProperties": s.of(f.Type.Elem())}
		} else {
			schema = s.of(f.Type)
		}
		if strings.Contains(options, "inline") {
			return schema.(map[string]any)
		}
		if doc := f.Tag.Get("doc"); doc != "" {
			schema = map[string]any{"description": doc, "allOf": []any{schema}}
		}
		properties[name] = schema
	}
	return map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
}

// plain turns YAML into what a JSON Schema validator reads.
func plain(n ast.Node) any {
	d := decoder{report: &report{}}
	if pairs, ok := d.pairs(n); ok {
		out := map[string]any{}
		for _, p := range pairs {
			out[p.key] = plain(p.value)
		}
		return out
	}
	switch n := n.(type) {
	case *ast.SequenceNode:
		out := make([]any, len(n.Values))
		for i, v := range n.Values {
			out[i] = plain(v)
		}
		return out
	case *ast.IntegerNode, *ast.FloatNode:
		return json.Number(n.GetToken().Value)
	case *ast.BoolNode:
		return n.Value
	}
	text, _ := scalar(n)
	return text
}
