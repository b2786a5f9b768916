package saying

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"consilium/record"
)

// TestEverySortIsShownAndRead: a field of a sort that no form knows would be shown as a line of text and sent as one. What may be said of cases needs the sorts of this
// package alone; other groups of pages bring those that they add.
func TestEverySortIsShownAndRead(t *testing.T) {
	names := map[string]record.Sort{}
	sortsIn(t, "../../record/form.go", names)
	sortsIn(t, "spec.go", names)
	shown, read := casesOf(t, "show.go", names), casesOf(t, "read.go", names)
	if len(names) < 20 || len(shown) < 15 || len(read) < 10 {
		t.Fatalf("%d sorts, %d shown, %d read", len(names), len(shown), len(read))
	}
	for _, k := range talk.Kinds {
		for _, f := range k.Fields {
			line := f.Sort == record.Text || f.Sort == record.Long // is read as it was typed
			if f.Sort != record.Text && !shown[f.Sort] || !line && !read[f.Sort] {
				t.Errorf("%s: nobody knows how to ask for %s, which is of the sort %q", k.Name, f.Name, f.Sort)
			}
		}
	}
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
