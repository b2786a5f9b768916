package pathway

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// decoder fills the structs of a pack from YAML, strictly: an unknown key or a wrong form is an issue with its line,
// and decoding goes on so that one run names them all.
type decoder struct {
	file string
	*report
}

func (d *decoder) at(n ast.Node) Pos {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return Pos{d.file, 1}
	}
	return Pos{d.file, n.GetToken().Position.Line}
}

// shorthand is a struct that may also be written as one piece of text.
type shorthand interface {
	short(s string, at Pos, r *report)
}

// scalar gives the text of a scalar as it was written; numbers stay text, so 7.40 keeps its zero.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}

type pair struct {
	key   string
	at    Pos
	value ast.Node
}

func (d *decoder) pairs(n ast.Node) ([]pair, bool) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		return nil, false
	}
	seen := map[string]bool{}
	var out []pair
	for _, v := range values {
		key := v.Key.GetToken().Value
		at := d.at(v.Key)
		if seen[key] {
			d.add(at, "%q is written twice", key)
			continue
		}
		seen[key] = true
		out = append(out, pair{key, at, v.Value})
	}
	return out, true
}

func (d *decoder) decode(n ast.Node, v reflect.Value, what string) {
	if n == nil || n.Type() == ast.NullType {
		if n != nil {
			d.add(d.at(n), "%s has no value", what)
		}
		return
	}
	if s, ok := v.Addr().Interface().(shorthand); ok {
		if text, ok := scalar(n); ok {
			s.short(text, d.at(n), d.report)
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.decode(n, v.Elem(), what)
	case reflect.String:
		if text, ok := scalar(n); ok {
			v.SetString(text)
			return
		}
		d.add(d.at(n), "%s must be text", what)
	case reflect.Int:
		text, _ := scalar(n)
		i, err := strconv.Atoi(text)
		if err != nil {
			d.add(d.at(n), "%s must be a whole number", what)
			return
		}
		v.SetInt(int64(i))
	case reflect.Bool:
		text, _ := scalar(n)
		if text != "true" && text != "false" {
			d.add(d.at(n), "%s must be true or false", what)
			return
		}
		v.SetBool(text == "true")
	case reflect.Slice:
		d.sequence(n, v, what)
	case reflect.Struct:
		d.object(n, v, what)
	}
}

func (d *decoder) sequence(n ast.Node, v reflect.Value, what string) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.add(d.at(n), "%s must be a list", what)
		return
	}
	for _, item := range seq.Values {
		elem := reflect.New(v.Type().Elem()).Elem()
		d.decode(item, elem, what)
		v.Set(reflect.Append(v, elem))
	}
}

// keyed reads a mapping into a slice of structs in the order written; the key becomes the struct's ID (or Code).
func (d *decoder) keyed(n ast.Node, v reflect.Value, what string) {
	pairs, ok := d.pairs(n)
	if !ok {
		d.add(d.at(n), "%s must be a mapping from names to what they stand for", what)
		return
	}
	for _, p := range pairs {
		elem := reflect.New(v.Type().Elem()).Elem()
		target := elem
		if elem.Kind() == reflect.Pointer {
			elem.Set(reflect.New(elem.Type().Elem()))
			target = elem.Elem()
		}
		d.decode(p.value, target, p.key)
		id := target.FieldByName("ID")
		if !id.IsValid() {
			id = target.FieldByName("Code")
		}
		id.SetString(p.key)
		target.FieldByName("Pos").Set(reflect.ValueOf(p.at))
		v.Set(reflect.Append(v, elem))
	}
}

func (d *decoder) object(n ast.Node, v reflect.Value, what string) {
	pairs, ok := d.pairs(n)
	if !ok {
		d.add(d.at(n), "%s must be a mapping", what)
		return
	}
	if p := v.FieldByName("Pos"); p.IsValid() {
		p.Set(reflect.ValueOf(d.at(n)))
	}
	if v.Type() == reflect.TypeFor[Code]() {
		v.FieldByName("Checked").SetBool(true)
	}
	fields := map[string]int{}
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag.Get("yaml")
		name, options, _ := strings.Cut(tag, ",")
		if strings.Contains(options, "inline") {
			d.keyed(n, v.Field(i), what)
			return
		}
		if name != "" && name != "-" {
			fields[name] = i
		}
	}
	for _, p := range pairs {
		i, ok := fields[p.key]
		if !ok {
			d.add(p.at, "unknown key %q in %s", p.key, what)
			continue
		}
		_, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if options == "keyed" {
			d.keyed(p.value, v.Field(i), p.key)
			continue
		}
		d.decode(p.value, v.Field(i), p.key)
	}
}

func (t *Text) short(s string, at Pos, r *report) { *t = parseText(s) }

func (c *Choice) short(s string, at Pos, r *report)       { c.Label = parseText(s) }
func (s *SubSpecialty) short(t string, at Pos, r *report) { s.Name = parseText(t) }
func (s *Step) short(t string, at Pos, r *report)         { s.Name = parseText(t) }
func (v *Variable) short(s string, at Pos, r *report)     { v.Label = parseText(s) }
func (b *Band) short(s string, at Pos, r *report)         { r.add(at, "a band needs from, to and label") }

var itemPattern = regexp.MustCompile(`^(scale )?([a-z][a-z0-9_]*)(\*)?$`)

func (i *Item) short(s string, at Pos, r *report) {
	m := itemPattern.FindStringSubmatch(s)
	if m == nil {
		r.add(at, "%q is not a field: write a variable, 'scale NAME' or 'steps'; an asterisk after it makes it required", s)
		return
	}
	*i = Item{Pos: at, Name: m[2], Scale: m[1] != "", Steps: m[1] == "" && m[2] == "steps", Required: m[3] != ""}
}

var codePattern = regexp.MustCompile(`^(\S+) (\S+)(?: (.*?))?( \(unchecked\))?$`)

func (c *Code) short(s string, at Pos, r *report) {
	m := codePattern.FindStringSubmatch(s)
	if m == nil {
		r.add(at, "%q is not a code: write 'SYSTEM CODE meaning'", s)
		return
	}
	*c = Code{m[1], m[2], m[3], m[4] == ""}
}

// Expr is a CEL expression as written.
type Expr struct {
	Pos
	Text string

	compiled *expression
}

func (e *Expr) short(s string, at Pos, r *report) { *e = Expr{Pos: at, Text: strings.TrimSpace(s)} }

// IsZero says that there is no expression.
func (e Expr) IsZero() bool { return e.Text == "" }
