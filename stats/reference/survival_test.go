package reference

import (
	"os"
	"testing"
)

// TestSurvivalAgreesWithRElsewhere runs further cases on other data and with other options than the reference set has.
func TestSurvivalAgreesWithRElsewhere(t *testing.T) {
	folder := NewFolder(os.DirFS("testdata/survival"))
	ids, err := folder.Cases()
	if err != nil || len(ids) < 112 {
		t.Fatalf("%d cases, %v", len(ids), err)
	}
	for _, id := range ids {
		t.Run(id, func(t *testing.T) {
			c, table, err := folder.Case(id)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := folder.Run(c, table)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range answer.Differences {
				t.Errorf("%s: %s, not %s: %s", d.Path, d.Got, d.Want, d.Why)
			}
		})
	}
}
