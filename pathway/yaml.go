package pathway

import (
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits of a pack's source. They are checked before anything is built from it.
const (
	MaxSource = 1 << 20 // bytes, with everything it extends
	maxTokens = 200_000
	maxMarks  = 100_000 // what parts tokens, counted before they are made: a token takes some two hundred bytes
	maxDepth  = 24
	maxLine   = 4_000 // bytes
	maxIssues = 200
)

// Issue is one thing wrong with a pack.
type Issue struct {
	File   string
	Line   int
	Reason string
}

func (i Issue) String() string { return fmt.Sprintf("%s:%d: %s", i.File, i.Line, i.Reason) }

// LoadError says everything that is wrong with a pack, one line each.
type LoadError struct{ Issues []Issue }

func (e *LoadError) Error() string {
	lines := make([]string, len(e.Issues))
	for i, issue := range e.Issues {
		lines[i] = issue.String()
	}
	return strings.Join(lines, "\n")
}

// report gathers issues.
type report struct{ issues []Issue }

func (r *report) add(at Pos, format string, args ...any) {
	if len(r.issues) < maxIssues {
		r.issues = append(r.issues, Issue{at.File, max(at.Line, 1), fmt.Sprintf(format, args...)})
	}
}

func (r *report) err() error {
	if len(r.issues) == 0 {
		return nil
	}
	sort.SliceStable(r.issues, func(i, j int) bool {
		a, b := r.issues[i], r.issues[j]
		return a.File < b.File || a.File == b.File && a.Line < b.Line
	})
	return &LoadError{r.issues}
}

// Document gives the one YAML document of src, for other rooms that read plain data written by people: under the limits of a pack, without anchors,
// aliases, tags and merge keys. The error is a [*LoadError] that names lines.
func Document(src []byte, file string) (ast.Node, error) {
	r := &report{}
	node := parseYAML(src, file, r)
	return node, r.err()
}

// parseYAML gives the one document of src. Anchors, aliases, tags and merge keys are refused: a pack is plain data,
// and a short file must not unfold into a long one.
func parseYAML(src []byte, file string, r *report) ast.Node {
	if !guard(src, file, r) {
		return nil
	}
	parsed, err := parser.ParseBytes(src, 0)
	if err != nil {
		r.add(Pos{file, errorLine(err)}, "not YAML: %s", firstLine(err))
		return nil
	}
	if len(parsed.Docs) != 1 || parsed.Docs[0].Body == nil {
		r.add(Pos{file, 1}, "a file is exactly one YAML document")
		return nil
	}
	return parsed.Docs[0].Body
}

func guard(src []byte, file string, r *report) bool {
	if len(src) > MaxSource {
		r.add(Pos{file, 1}, "a file may have %d bytes at most", MaxSource)
		return false
	}
	marks := 0
	for _, c := range src {
		if c == '\n' || c == ':' || c == ',' || c == '[' || c == '{' {
			marks++
		}
	}
	if marks > maxMarks {
		r.add(Pos{file, 1}, "a file may have %d lines, colons, commas and brackets at most", maxMarks)
		return false
	}
	for i, line := range strings.Split(string(src), "\n") {
		if len(line) > maxLine {
			r.add(Pos{file, i + 1}, "a line may have %d bytes at most", maxLine)
			return false
		}
		for _, c := range line {
			if c < ' ' && c != '\t' && c != '\r' || c == 0x7f || c == '\ufffd' {
				r.add(Pos{file, i + 1}, "control characters and invalid UTF-8 are not allowed")
				return false
			}
		}
		// Each dash may open one more block, so a line of dashes would nest as deep as it is long.
		if strings.Count(line, "- ")+strings.Count(line, "? ") > 100 || len(line)-len(strings.TrimLeft(line, " ")) > 200 {
			r.add(Pos{file, i + 1}, "nested too deeply")
			return false
		}
	}
	tokens := lexer.Tokenize(string(src))
	if len(tokens) > maxTokens {
		r.add(Pos{file, 1}, "a file may have %d YAML tokens at most", maxTokens)
		return false
	}
	depth := 0
	for _, t := range tokens {
		switch t.Type {
		case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType, token.MappingKeyType, token.DirectiveType:
			r.add(Pos{file, t.Position.Line}, "anchors, aliases, tags, merges, complex keys and directives are not allowed")
			return false
		case token.SequenceStartType, token.MappingStartType:
			if depth++; depth > maxDepth {
				r.add(Pos{file, t.Position.Line}, "nested too deeply")
				return false
			}
		case token.SequenceEndType, token.MappingEndType:
			depth--
		}
	}
	return true
}

var bracketed = regexp.MustCompile(`\[(\d+):\d+\] ?([^\n]*)`)

func errorLine(err error) int {
	if m := bracketed.FindStringSubmatch(err.Error()); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n
	}
	return 1
}

func firstLine(err error) string {
	if m := bracketed.FindStringSubmatch(err.Error()); m != nil {
		return m[2]
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
