package recordtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"consilium/lang"
)

// Stops wants words in both languages for everything that stops a writer of a kind of thread, and something that stops for all of those words. It reads the rules in
// the Go files of the folders, where a code is what [record.When] or a [record.Mark] names. Engine are the codes of the engine itself that occur in such a thread.
func Stops(t *testing.T, phrases string, engine []string, folders ...string) {
	t.Helper()
	codes := codesIn(t, folders)
	if len(codes) == 0 {
		t.Fatal("nothing stops a writer: are the folders right?")
	}
	codes = append(codes, engine...)
	for _, code := range codes {
		if key := phrases + ".stop." + code; !lang.Has(key) || !lang.Phrase(key, nil).Complete() {
			t.Errorf("nobody can read what %s means: the phrase %s is missing", code, key)
		}
	}
	for _, key := range lang.Keys(phrases + ".stop.") {
		if code := strings.TrimPrefix(key, phrases+".stop."); !slices.Contains(codes, code) {
			t.Errorf("nothing stops a writer with the words of %s", key)
		}
	}
}

func codesIn(t *testing.T, folders []string) (codes []string) {
	t.Helper()
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				codes = append(codes, codesOf(n)...)
				return true
			})
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// codesOf are the codes that a part of a program names: When(odd, "code"), stopMark("code", …) and Mark{Code: "code"}.
func codesOf(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.CallExpr:
		switch name := called(n.Fun); {
		case name == "When" && len(n.Args) >= 2:
			return literal(n.Args[1])
		case name == "stopMark" && len(n.Args) >= 1: // a mark with its words, of what stops only the writer
			return literal(n.Args[0])
		case name == "Custodian":
			return []string{"not-custodian"}
		}
	case *ast.CompositeLit:
		for _, part := range n.Elts {
			if kv, ok := part.(*ast.KeyValueExpr); ok && called(n.Type) == "Mark" && called(kv.Key) == "Code" {
				return literal(kv.Value)
			}
		}
	}
	return nil
}

func called(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func literal(e ast.Expr) []string {
	if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
		text, _ := strconv.Unquote(l.Value)
		return []string{text}
	}
	return nil
}
