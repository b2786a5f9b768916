package agree

import (
	"os"
	"testing"
)

// folders of cases, with how many there are at least.
var folders = map[string]int{"testdata": 75, "testdata/survival": 110, "testdata/further": 87, "testdata/methods": 18}

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
}
