package agree

import (
	"bytes"
	"os"
	"testing"

	"consilium/stats/analysis"
)

// folders of cases, with how many there are at least.
var folders = map[string]int{"testdata": 75, "testdata/survival": 110, "testdata/further": 87, "testdata/methods": 39, "testdata/centers": 12, "testdata/events": 15, "testdata/comparisons": 10}

// TestResultsAgreeWithR runs every reference case.
func TestResultsAgreeWithR(t *testing.T) {
	for dir, least := range folders {
		folder := NewFolder(os.DirFS(dir))
		ids, err := folder.Cases()
		if err != nil || len(ids) < least {
			t.Fatalf("%s: %d cases, %v", dir, len(ids), err)
		}
		for _, id := range ids {
			t.Run(id, func(t *testing.T) { agrees(t, folder, id) })
		}
	}
}

func agrees(t *testing.T, folder Folder, id string) {
	c, table, err := folder.Case(id)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := folder.Check(t.Context(), c, table)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range answer.Differences {
		t.Errorf("%s: %s, not %s: %s", d.Path, d.Got, d.Want, d.Why)
	}
	told(t, c.Method, answer.Result)
}

// TestEveryMethodHasACaseAndALine: a method whose numbers nobody compared, or that no reader of docs/statistics.md finds, is not finished.
func TestEveryMethodHasACaseAndALine(t *testing.T) {
	documented, err := os.ReadFile("../../docs/statistics.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for dir := range folders {
		folder := NewFolder(os.DirFS(dir))
		ids, err := folder.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			c, _, err := folder.Case(id)
			if err != nil {
				t.Fatal(err)
			}
			seen[c.Method] = seen[c.Method] || len(c.Result) > 0
		}
	}
	for _, name := range analysis.Names() {
		if !seen[name] {
			t.Errorf("no case states what %s gives", name)
		}
		if !bytes.Contains(documented, []byte("`"+name+"`")) {
			t.Errorf("docs/statistics.md does not mention `%s`", name)
		}
	}
}
