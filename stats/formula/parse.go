package formula

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"consilium/stats"
)

// node is a parsed expression. op is "number", "text", "name", "call" or an operator; "neg" is a minus with one argument.
type node struct {
	op     string
	name   string // of a variable or function, or the text
	number float64
	args   []*node
	named  []string // names of the arguments of a call; "" for those without
	at     int      // byte of the source where it begins
	end    int
}

// binary operators by how strongly they bind, weakest first, as in R's grammar.
var strength = map[string]int{
	"~": 1, "|": 2, "&": 3, "==": 5, "!=": 5, "<": 5, "<=": 5, ">": 5, ">=": 5,
	"+": 6, "-": 6, "*": 7, "/": 7, "%%": 8, "%/%": 8, "%in%": 8, ":": 9, "^": 11,
}

const (
	bindNot   = 4
	bindMinus = 10
	deepest   = 100     // nested parentheses and calls
	longest   = 1 << 16 // bytes
)

var spelled = map[string]string{"and": "&", "&&": "&", "or": "|", "||": "|", "not": "!", "%": "%%", "**": "^", "in": "%in%", "=": "=="}

type token struct {
	kind string // "number", "text", "name", "op", "end"
	text string
	at   int
}

type parser struct {
	source string
	tokens []token
	next   int
	depth  int
}

func parse(source string) (*node, error) {
	p := &parser{source: source}
	if err := p.scan(); err != nil {
		return nil, err
	}
	n, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != "end" {
		return nil, p.wrong(t, "this was not expected here")
	}
	return n, nil
}

func (p *parser) wrong(t token, detail string) error {
	shown := t.text
	if t.kind == "end" {
		shown = "the end"
	}
	return &stats.Error{Method: "formula", Problem: stats.Invalid, Variable: p.source, Detail: fmt.Sprintf("at %s (character %d): %s", shown, t.at+1, detail)}
}

func (p *parser) peek() token { return p.tokens[p.next] }

func (p *parser) take() token {
	t := p.tokens[p.next]
	if t.kind != "end" {
		p.next++
	}
	return t
}

func (p *parser) accept(op string) bool {
	if t := p.peek(); t.kind == "op" && t.text == op {
		p.next++
		return true
	}
	return false
}

// expression reads operators that bind more strongly than the given strength (precedence climbing).
func (p *parser) expression(above int) (*node, error) {
	if p.depth++; p.depth > deepest {
		return nil, p.wrong(p.peek(), "too deeply nested")
	}
	defer func() { p.depth-- }()
	left, err := p.prefix()
	for err == nil {
		t := p.peek()
		s := strength[t.text]
		if t.kind != "op" || s <= above {
			break
		}
		p.take()
		if t.text == "^" {
			s-- // binds to the right
		}
		var right *node
		if right, err = p.expression(s); err == nil {
			left = &node{op: t.text, args: []*node{left, right}, at: left.at, end: right.end}
		}
	}
	return left, err
}

func (p *parser) prefix() (*node, error) {
	t := p.take()
	switch {
	case t.kind == "number":
		v, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return nil, p.wrong(t, "not a number")
		}
		return &node{op: "number", number: v, at: t.at, end: t.at + len(t.text)}, nil
	case t.kind == "text":
		return &node{op: "text", name: t.text, at: t.at, end: p.peek().at}, nil
	case t.kind == "name":
		return p.name(t)
	case t.text == "(":
		inner, err := p.expression(0)
		if err == nil && !p.accept(")") {
			err = p.wrong(p.peek(), "a parenthesis is not closed")
		}
		return inner, err
	case t.text == "-" || t.text == "+" || t.text == "!" || t.text == "~":
		return p.unary(t)
	}
	return nil, p.wrong(t, "a value was expected")
}

func (p *parser) unary(t token) (*node, error) {
	bind, op := bindMinus, map[string]string{"-": "neg", "+": "plus", "!": "!", "~": "~"}[t.text]
	switch t.text {
	case "!":
		bind = bindNot
	case "~":
		bind = strength["~"]
	}
	inner, err := p.expression(bind)
	if err != nil || op == "plus" {
		return inner, err
	}
	return &node{op: op, args: []*node{inner}, at: t.at, end: inner.end}, nil
}

func (p *parser) name(t token) (*node, error) {
	n := &node{op: "name", name: t.text, at: t.at, end: t.at + len(t.text)}
	if !p.accept("(") {
		return n, nil
	}
	n.op = "call"
	for !p.accept(")") {
		if len(n.args) > 0 && !p.accept(",") {
			return nil, p.wrong(p.peek(), "a comma or a closing parenthesis was expected")
		}
		label := ""
		if t := p.peek(); t.kind == "name" && p.tokens[p.next+1].text == "==" && p.source[p.tokens[p.next+1].at] == '=' && !strings.HasPrefix(p.source[p.tokens[p.next+1].at:], "==") {
			label = p.take().text
			p.take()
		}
		arg, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		n.args, n.named = append(n.args, arg), append(n.named, label)
	}
	n.end = p.tokens[p.next-1].at + 1
	return n, nil
}

// scan cuts the source into tokens.
func (p *parser) scan() error {
	if len(p.source) > longest || !utf8.ValidString(p.source) {
		return &stats.Error{Method: "formula", Problem: stats.Invalid, Detail: "it is too long or not text"}
	}
	for i := 0; i < len(p.source); {
		if r, size := utf8.DecodeRuneInString(p.source[i:]); unicode.IsSpace(r) {
			i += size
			continue
		}
		t, length, err := p.token(i)
		if err != nil {
			return err
		}
		p.tokens = append(p.tokens, t)
		i += length
	}
	p.tokens = append(p.tokens, token{kind: "end", at: len(p.source)})
	return nil
}

func (p *parser) token(at int) (token, int, error) {
	rest := p.source[at:]
	first, _ := utf8.DecodeRuneInString(rest)
	switch {
	case first >= '0' && first <= '9' || first == '.' && len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9':
		n := numberLength(rest)
		return token{"number", rest[:n], at}, n, nil
	case first == '"' || first == '\'' || first == '`':
		end := strings.IndexRune(rest[1:], first)
		if end < 0 {
			return token{}, 0, p.wrong(token{"text", rest, at}, "a quotation mark is not closed")
		}
		kind := "text"
		if first == '`' {
			kind = "name"
		}
		return token{kind, rest[1 : end+1], at}, end + 2, nil
	case unicode.IsLetter(first) || first == '.' || first == '_':
		n := len(rest) - len(strings.TrimLeftFunc(rest, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' || r == '_' }))
		if op := spelled[rest[:n]]; op != "" {
			return token{"op", op, at}, n, nil
		}
		return token{"name", rest[:n], at}, n, nil
	}
	for _, op := range []string{"%in%", "%/%", "%%", "==", "!=", "<=", ">=", "&&", "||", "**", "%", "=", "~", "|", "&", "<", ">", "+", "-", "*", "/", ":", "^", "!", "(", ")", ","} {
		if strings.HasPrefix(rest, op) {
			if plain := spelled[op]; plain != "" {
				return token{"op", plain, at}, len(op), nil
			}
			return token{"op", op, at}, len(op), nil
		}
	}
	return token{}, 0, p.wrong(token{"op", string(first), at}, "this character has no meaning here")
}

func numberLength(s string) int {
	i := 0
	digits := func() {
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
	}
	digits()
	if i < len(s) && s[i] == '.' {
		i++
		digits()
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		mark := i
		if i++; i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if start := i; i < len(s) {
			if digits(); i > start {
				return i
			}
		}
		i = mark
	}
	return i
}
