package protocol

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"consilium/ledger"
	"consilium/pathway"
)

// Mistake is one thing that is wrong with a protocol.
type Mistake struct {
	Line int
	What string
}

// Mistakes is everything that is wrong with a protocol, in the order of its lines.
type Mistakes struct {
	File string
	List []Mistake
}

func (m *Mistakes) Error() string {
	lines := make([]string, len(m.List))
	for i, x := range m.List {
		lines[i] = fmt.Sprintf("%s:%d: %s", m.File, x.Line, x.What)
	}
	return strings.Join(lines, "\n")
}

// Parse reads and checks a protocol. The error is a [*Mistakes].
func Parse(src []byte, file string) (*Protocol, error) {
	r := &reader{top: map[string]int{}}
	p := &Protocol{Hash: ledger.Hash(sha256.Sum256(src))}
	root, err := pathway.Document(src, file)
	var load *pathway.LoadError
	if errors.As(err, &load) {
		for _, i := range load.Issues {
			r.say(i.Line, "%s", i.Reason)
		}
		return nil, r.mistakes(file)
	}
	if err != nil {
		return nil, err
	}
	r.protocol(p, node{root, r})
	if len(r.list) == 0 {
		check(p, r)
	}
	if len(r.list) > 0 {
		return nil, r.mistakes(file)
	}
	return p, nil
}

// maxMistakes bounds what is told of one file.
const maxMistakes = 200

type reader struct {
	list []Mistake
	top  map[string]int // the lines of the protocol's own keys
}

// line is where a key of the protocol stands; 1 where it does not.
func (r *reader) line(key string) int { return max(r.top[key], 1) }

func (r *reader) say(line int, format string, args ...any) {
	if len(r.list) < maxMistakes {
		r.list = append(r.list, Mistake{max(line, 1), fmt.Sprintf(format, args...)})
	}
}

func (r *reader) mistakes(file string) *Mistakes {
	slices.SortStableFunc(r.list, func(a, b Mistake) int { return a.Line - b.Line })
	return &Mistakes{file, r.list}
}

// node is a place in the file.
type node struct {
	ast.Node
	r *reader
}

func (n node) line() int {
	if n.Node == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 1
	}
	return n.GetToken().Position.Line
}

// keys maps the keys of a mapping to what reads them; any other key is a mistake.
type keys map[string]func(node)

// read reads a mapping, key by key, in the order of the file.
func (n node) read(what string, known keys) {
	n.each(what, func(key string, at int, value node) {
		if what == wholeProtocol {
			n.r.top[key] = at
		}
		read, ok := known[key]
		if !ok {
			n.r.say(at, "%s has no key %q%s", what, key, nearest(key, known))
			return
		}
		read(value)
	})
}

func (n node) each(what string, do func(key string, at int, value node)) {
	var pairs []*ast.MappingValueNode
	switch m := n.Node.(type) {
	case *ast.MappingNode:
		pairs = m.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{m}
	default:
		n.r.say(n.line(), "%s must be a mapping of keys to values", what)
		return
	}
	seen := map[string]bool{}
	for _, p := range pairs {
		key, at := p.Key.GetToken().Value, node{p.Key, n.r}.line()
		if seen[key] {
			n.r.say(at, "%q stands twice in %s", key, what)
			continue
		}
		seen[key] = true
		value := node{p.Value, n.r}
		if p.Value == nil || p.Value.Type() == ast.NullType {
			n.r.say(at, "%q in %s has no value", key, what)
			continue
		}
		do(key, at, value)
	}
}

// nearest proposes a known key that differs in a letter or two.
func nearest(key string, known keys) string {
	best, least := "", 3
	for k := range known {
		if d := distance(key, k); d < least || d == least && best != "" && k < best {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// distance is that of Levenshtein.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			last, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, last+cost)
		}
	}
	return row[len(b)]
}

func (n node) text(what string) string {
	switch v := n.Node.(type) {
	case *ast.StringNode:
		return v.Value
	case *ast.LiteralNode:
		return strings.TrimSpace(v.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value
	}
	n.r.say(n.line(), "%s must be text", what)
	return ""
}

func (n node) number(what string) float64 {
	switch n.Node.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		if v, err := strconv.ParseFloat(n.GetToken().Value, 64); err == nil && !math.IsInf(v, 0) && !math.IsNaN(v) {
			return v
		}
	}
	n.r.say(n.line(), "%s must be a number", what)
	return 0
}

func (n node) integer(what string) int {
	v := n.number(what)
	if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
		n.r.say(n.line(), "%s must be a whole number", what)
		return 0
	}
	return int(v)
}

func (n node) expression(what string) Expression { return Expression{n.text(what), n.line()} }

// list reads a list of at most the given length.
func (n node) list(what string, do func(node)) {
	seq, ok := n.Node.(*ast.SequenceNode)
	if !ok {
		n.r.say(n.line(), "%s must be a list", what)
		return
	}
	const most = 500
	if len(seq.Values) > most {
		n.r.say(n.line(), "%s has %d items; %d is the most", what, len(seq.Values), most)
		return
	}
	for _, item := range seq.Values {
		do(node{item, n.r})
	}
}

func (n node) texts(what string) (list []string) {
	n.list(what, func(item node) { list = append(list, item.text("an item of "+what)) })
	return list
}

// code reads one of some words.
func code[T ~string](n node, what string, of ...T) T {
	v := T(n.text(what))
	if v != "" && !slices.Contains(of, v) {
		words := make([]string, len(of))
		for i, w := range of {
			words[i] = string(w)
		}
		n.r.say(n.line(), "%s cannot be %q; it is one of %s", what, v, strings.Join(words, ", "))
		return ""
	}
	return v
}
