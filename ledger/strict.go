package ledger

import (
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxDepth bounds the nesting of a body, so that a hostile one cannot exhaust the stack.
const maxDepth = 32

// checkJSON proves that b is one JSON value in the form that bodies have: valid UTF-8 in NFC without bidirectional controls, no
// key twice in an object, whole numbers below 2^53 only, nothing after the value.
func checkJSON(b []byte) error {
	if !utf8.Valid(b) {
		return fmt.Errorf("the text is not valid UTF-8: %w", errForm)
	}
	if !norm.NFC.IsNormal(b) {
		return fmt.Errorf("the text is not in Unicode form NFC: %w", errForm)
	}
	s := scanner{b: b}
	s.space()
	if err := s.value(0); err != nil {
		return fmt.Errorf("at byte %d: %w", s.i, err)
	}
	s.space()
	if s.i != len(b) {
		return fmt.Errorf("at byte %d: something follows the value: %w", s.i, errForm)
	}
	return nil
}

type scanner struct {
	b []byte
	i int
}

func (s *scanner) peek() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

func (s *scanner) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\n' || s.b[s.i] == '\t' || s.b[s.i] == '\r') {
		s.i++
	}
}

func (s *scanner) wrong(what string) error { return fmt.Errorf("%s: %w", what, errForm) }

func (s *scanner) value(depth int) error {
	if depth > maxDepth {
		return s.wrong("nested too deeply")
	}
	switch c := s.peek(); {
	case c == '{':
		return s.object(depth)
	case c == '[':
		return s.array(depth)
	case c == '"':
		_, err := s.text()
		return err
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	default:
		return s.word()
	}
}

func (s *scanner) object(depth int) error {
	seen := make(map[string]bool, 8)
	return s.list('}', func() error {
		key, err := s.text()
		if err != nil {
			return err
		}
		if seen[key] {
			return s.wrong(fmt.Sprintf("the key %q stands twice", key))
		}
		seen[key] = true
		s.space()
		if s.peek() != ':' {
			return s.wrong("a colon expected")
		}
		s.i++
		s.space()
		return s.value(depth + 1)
	})
}

func (s *scanner) array(depth int) error {
	return s.list(']', func() error { return s.value(depth + 1) })
}

func (s *scanner) list(end byte, item func() error) error {
	s.i++
	s.space()
	if s.peek() == end {
		s.i++
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		s.space()
		switch s.peek() {
		case ',':
			s.i++
			s.space()
		case end:
			s.i++
			return nil
		default:
			return s.wrong("a comma or the end of the list expected")
		}
	}
}

// text reads a string. Escapes are allowed only where JSON needs them and for control characters, so that what stands in the
// bytes is what people read; a bidirectional control could show a reader something else than what was signed.
func (s *scanner) text() (string, error) {
	if s.peek() != '"' {
		return "", s.wrong("a string expected")
	}
	s.i++
	start := s.i
	for s.i < len(s.b) {
		c := s.b[s.i]
		switch {
		case c == '"':
			key := string(s.b[start:s.i])
			s.i++
			return key, nil
		case c < 0x20:
			return "", s.wrong("a control character in a string")
		case c == '\\':
			if err := s.escape(); err != nil {
				return "", err
			}
		case c < utf8.RuneSelf:
			s.i++
		default:
			r, n := utf8.DecodeRune(s.b[s.i:])
			if bidiControl(r) {
				return "", s.wrong("a bidirectional control in a string")
			}
			s.i += n
		}
	}
	return "", s.wrong("a string without an end")
}

func (s *scanner) escape() error {
	rest := s.b[s.i+1:]
	if len(rest) == 0 {
		return s.wrong("a string without an end")
	}
	switch rest[0] {
	case '"', '\\', 'b', 'f', 'n', 'r', 't':
		s.i += 2
		return nil
	case 'u':
		if len(rest) >= 5 && rest[1] == '0' && rest[2] == '0' && (rest[3] == '0' || rest[3] == '1') && isHex(rest[4]) {
			s.i += 6
			return nil
		}
	}
	return s.wrong("an escape that nothing needs")
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }

func bidiControl(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c
}

func (s *scanner) number() error {
	start := s.i
	if s.peek() == '-' {
		s.i++
	}
	digits := s.i
	var n uint64
	for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		n = n*10 + uint64(c-'0')
		s.i++
		if n >= 1<<53 {
			return s.wrong("a number of 2^53 or more")
		}
	}
	switch c := s.peek(); {
	case s.i == digits, s.b[digits] == '0' && (s.i-digits > 1 || start != digits), c == '.', c == 'e', c == 'E':
		return s.wrong("only whole numbers in their shortest form; decimals are text")
	}
	return nil
}

func (s *scanner) word() error {
	for _, w := range []string{"true", "false", "null"} {
		if len(s.b)-s.i >= len(w) && string(s.b[s.i:s.i+len(w)]) == w {
			s.i += len(w)
			return nil
		}
	}
	return s.wrong("a value expected")
}
