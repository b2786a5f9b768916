package saying

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"consilium/outreach"
	"consilium/record"
	"consilium/study"
)

// TestEverySortIsShownAndRead: a field of a sort that no form knows would be shown as a line of text and sent as one. Groups of pages bring sorts of their own.
func TestEverySortIsShownAndRead(t *testing.T) {
	names := map[string]record.Sort{}
	sortsIn(t, "../../record/form.go", names)
	sortsIn(t, "spec.go", names)
	shown, read := casesOf(t, "show.go", names), casesOf(t, "read.go", names)
	if len(names) < 20 || len(shown) < 15 || len(read) < 10 {
		t.Fatalf("%d sorts, %d shown, %d read", len(names), len(shown), len(read))
	}
	brought := broughtSorts(t)
	if len(brought) < 2 {
		t.Fatalf("groups of pages bring the sorts %v", brought)
	}
	for _, k := range slices.Concat(talk.Kinds, outreach.Talk().Kinds, study.Talk().Kinds) {
		for _, f := range k.Fields {
			if brought[f.Sort] && !strings.HasPrefix(k.Name, talk.Thread+".") {
				continue
			}
			line := f.Sort == record.Text || f.Sort == record.Long // is read as it was typed
			if f.Sort != record.Text && !shown[f.Sort] || !line && !read[f.Sort] {
				t.Errorf("%s: nobody knows how to ask for %s, which is of the sort %q", k.Name, f.Name, f.Sort)
			}
		}
	}
}

// broughtSorts are those that groups of pages bring, in a map[record.Sort]saying.Component.
func broughtSorts(t *testing.T) map[record.Sort]bool {
	t.Helper()
	files, err := filepath.Glob("../page/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	sorts := map[record.Sort]bool{}
	for _, file := range files {
		each(t, file, func(n ast.Node) {
			list, ok := n.(*ast.CompositeLit)
			if !ok {
				return
			}
			if m, ok := list.Type.(*ast.MapType); !ok || nameOf(m.Key) != "Sort" || nameOf(m.Value) != "Component" {
				return
			}
			for _, e := range list.Elts {
				name, _ := strconv.Unquote(e.(*ast.KeyValueExpr).Key.(*ast.BasicLit).Value)
				sorts[record.Sort(name)] = true
			}
		})
	}
	return sorts
}

// sortsIn reads the constants of the type Sort.
func sortsIn(t *testing.T, file string, into map[string]record.Sort) {
	t.Helper()
	each(t, file, func(n ast.Node) {
		if spec, ok := n.(*ast.ValueSpec); ok && spec.Type != nil && nameOf(spec.Type) == "Sort" {
			value, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			into[spec.Names[0].Name] = record.Sort(value)
		}
	})
}

// casesOf are the sorts that a file tells apart.
func casesOf(t *testing.T, file string, names map[string]record.Sort) map[record.Sort]bool {
	t.Helper()
	known := map[record.Sort]bool{}
	each(t, file, func(n ast.Node) {
		if c, ok := n.(*ast.CaseClause); ok {
			for _, e := range c.List {
				if s, ok := names[nameOf(e)]; ok {
					known[s] = true
				}
			}
		}
	})
	return known
}

func each(t *testing.T, file string, see func(ast.Node)) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if n != nil {
			see(n)
		}
		return true
	})
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
