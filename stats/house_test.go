package stats_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// rank says how high a package of the room stands: it imports only lower ones. Tests may run the cases of agree.
var rank = map[string]int{
	"tail": 1, "matrix": 1, "fit": 2, "describe": 3, "formula": 4, "regress": 5, "survival": 5,
	"mixed": 6, "causal": 6, "missing": 6, "meta": 6, "monitor": 6, "power": 6, "predict": 6, "analysis": 7, "agree": 8,
}

func TestPackagesImportOnlyLowerOnes(t *testing.T) {
	folders, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		from := folder.Name()
		if rank[from] == 0 {
			t.Errorf("the package %s has no rank", from)
		}
		files, _ := filepath.Glob(filepath.Join(from, "*.go"))
		for _, file := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range parsed.Imports {
				path, _ := strconv.Unquote(i.Path.Value)
				to, below := strings.CutPrefix(path, "consilium/stats/")
				if below && to != from && rank[to] >= rank[from] && !strings.HasSuffix(file, "_test.go") {
					t.Errorf("%s imports %s", file, to)
				}
			}
		}
	}
}

// TestTheListOfPackagesIsComplete is about the package's own documentation.
func TestTheListOfPackagesIsComplete(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for name := range rank {
		if !strings.Contains(string(doc), "\n//\t"+name+" ") {
			t.Errorf("doc.go does not list %s", name)
		}
	}
}
