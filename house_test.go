package consilium_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rank says how high a room stands. A room imports only lower ranks; two of one rank meet through entries, or through a small interface that node
// hands over. Moving a room is a decision: write it down (docs/decisions) before changing this table.
var rank = map[string]int{
	"cmd": 10, "bench": 10, "demo": 10, "node": 9, "web": 8, "store": 8, "desk": 7, "study": 6, "lab": 6, "registry": 5, "outreach": 5, "imaging": 5, "casebook": 4, "network": 4, "access": 3, "people": 2, "pathway": 2, "record": 2,
	"ledger": 1, "stats": 1, "figure": 1, "jobs": 1, "terms": 1, "lang": 1,
}

// neighbors are the imports between rooms of one rank that were decided on: the texts of every room are lang's.
var neighbors = map[string]bool{"terms lang": true, "figure lang": true, "jobs lang": true, "cmd demo": true}

// onlyNode are the rooms that nobody but node (and what starts nodes) imports.
var onlyNode = map[string]bool{"web": true, "store": true}

func room(importPath string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(importPath, "consilium/"), "/")
	return first
}

// walk visits the files of all rooms.
func walk(t *testing.T, visit func(file string)) {
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && file != "."):
			return filepath.SkipDir
		case !d.IsDir() && filepath.Dir(file) != ".":
			visit(filepath.ToSlash(file))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func goFiles(t *testing.T, visit func(file string)) {
	walk(t, func(file string) {
		if strings.HasSuffix(file, ".go") {
			visit(file)
		}
	})
}

func TestRoomsImportOnlyLowerRanks(t *testing.T) {
	goFiles(t, func(file string) { checkImports(t, file) })
}

func checkImports(t *testing.T, file string) {
	from := room("consilium/" + path.Dir(file))
	if rank[from] == 0 {
		t.Errorf("%s: the room %q has no rank", file, from)
		return
	}
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	test := strings.HasSuffix(file, "_test.go")
	for _, i := range f.Imports {
		imported, _ := strconv.Unquote(i.Path.Value)
		if from == "desk" && !test && imported == "net/http" {
			t.Errorf("%s: the desk knows no HTTP: what is HTTP is web's", file)
		}
		if !strings.HasPrefix(imported, "consilium/") {
			continue
		}
		to := room(imported)
		switch {
		case to == from || neighbors[from+" "+to] || test && to == "store":
		case rank[to] >= rank[from]:
			t.Errorf("%s: %s imports %s", file, from, to)
		case onlyNode[to] && rank[from] < 9:
			t.Errorf("%s: only node imports %s", file, to)
		}
	}
}

// mostLines bounds a file written by hand, and mostOfPackage a package of the web: what is longer is about more than one idea.
const mostLines, mostOfPackage = 500, 3000

// generated are the files that nobody writes by hand.
func generated(file string) bool {
	return strings.HasSuffix(file, "_templ.go") || strings.HasPrefix(file, "web/ui/static/")
}

func TestFilesAndPackagesOfTheWebAreShort(t *testing.T) {
	sizes := map[string]int{}
	walk(t, func(file string) {
		if generated(file) || !slices.Contains([]string{".go", ".templ", ".js", ".ts", ".css"}, path.Ext(file)) {
			return
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n := strings.Count(string(raw), "\n")
		if n > mostLines {
			t.Errorf("%s has %d lines, more than %d", file, n, mostLines)
		}
		if strings.HasPrefix(file, "web/") && !strings.HasSuffix(file, "_test.go") && slices.Contains([]string{".go", ".templ"}, path.Ext(file)) {
			sizes[path.Dir(file)] += n
		}
	})
	for dir, n := range sizes {
		if n > mostOfPackage {
			t.Errorf("%s has %d lines by hand, more than %d", dir, n, mostOfPackage)
		}
	}
}

// TestGroupsDoNotImportEachOther: a group of pages, or of API operations, stands by itself, so that it can be taken out.
func TestGroupsDoNotImportEachOther(t *testing.T) {
	for _, groups := range []string{"web/page", "web/api"} {
		files, err := filepath.Glob(groups + "/*/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range f.Imports {
				if imported, _ := strconv.Unquote(i.Path.Value); strings.HasPrefix(imported, "consilium/"+groups+"/") && !strings.HasSuffix(file, "_test.go") {
					t.Errorf("%s imports %s", file, imported)
				}
			}
		}
	}
}

// TestHouseRules wants a folder for every room that has a rank, so that the table names no room that is gone.
func TestHouseRules(t *testing.T) {
	for name := range rank {
		if _, err := os.Stat(name); err != nil {
			t.Errorf("the room %s has a rank and no folder", name)
		}
	}
}

// words are the files where text in Chinese may stand in Go: data of both languages, and what is read rather than said. What the program says stands in
// lang/phrases, where one test demands both languages and the same arguments.
var words = []string{
	"lang/",                   // how dates and units are written
	"terms/unit.go",           // names of units beside their codes
	"terms/typed.go",          // how dates are typed
	"demo/",                   // what invented people say
	"bench/",                  // what is measured
	"stats/values.go",         // yes and no in a CSV
	"imaging/deid/screen.go",  // words on screens that show a patient's name
	"pathway/redcap.go",       // a pack, which has both languages in itself
	"node/command/pathway.go", // the head of a column
}

// TestExceptionsAreOfFilesThatAreThere: an exception whose file is gone would silently hold for the next one of that name.
func TestExceptionsAreOfFilesThatAreThere(t *testing.T) {
	for _, file := range words {
		if _, err := os.Stat(file); err != nil {
			t.Errorf("words: %v", err)
		}
	}
}

var chinese = regexp.MustCompile("\"[^\"]*\\p{Han}|`[^`]*\\p{Han}")

func TestWordsStandInPhrases(t *testing.T) {
	goFiles(t, func(file string) {
		if generated(file) || strings.HasSuffix(file, "_test.go") || slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(file, w) }) {
			return
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			code, _, _ := strings.Cut(line, "//")
			if chinese.MatchString(code) && !strings.Contains(code, "Example:") {
				t.Errorf("%s:%d says something of its own: its words belong into lang/phrases", file, i+1)
			}
		}
	})
}
