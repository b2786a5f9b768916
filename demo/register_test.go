package demo

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
)

var some = time.Date(2026, 11, 16, 0, 0, 0, 0, beijing)

// rates gives the shares of what the sources cite among invented patients.
func rates(list []patient) map[string]float64 {
	n := map[string]float64{}
	count := func(what string, of, is bool) {
		if of {
			n["of "+what]++
			if is {
				n[what]++
			}
		}
	}
	good := []string{"cured", "clearly_better"}
	for _, r := range list {
		count("endoscopic", true, r["technique"] == "endoscopic")
		count("relief at once", true, slices.Contains(good, r["relief_discharge"]))
		count("relief at 3 months", r["seen_3m"] != "", slices.Contains(good, r["relief_3m"]))
		count("relief at a year", r["seen_12m"] != "", slices.Contains(good, r["relief_12m"]))
		count("recurrence", r["seen_12m"] != "", r["recurrence"] == "y")
		count("redo", r["seen_12m"] != "", r["redo"] == "y")
		count("palsy for a time", true, r["palsy_early"] == "transient" || r["palsy_late"] == "transient")
		count("palsy for good", true, r["palsy_early"] == "permanent")
		count("hearing for a time", true, r["hearing"] == "transient")
		count("hearing for good", true, r["hearing"] == "permanent")
		count("CSF leak", true, r["csf_leak"] == "y")
		count("lost", true, r["lost_12m"] != "")
	}
	for what := range n {
		if of := n["of "+what]; of > 0 {
			n[what] /= of
		}
	}
	return n
}

// TestRegistersFollowTheSources invents many registers and compares the rates with those that the pathway's sources give.
func TestRegistersFollowTheSources(t *testing.T) {
	var many []patient
	for i := range 400 {
		many = append(many, register(practices[i%4], i, some)...)
	}
	got := rates(many)
	for what, want := range map[string][2]float64{
		"relief at once": {0.718, 0.03}, "relief at 3 months": {0.851, 0.03}, "relief at a year": {0.911, 0.02}, "recurrence": {0.024, 0.006}, "redo": {0.012, 0.004},
		"palsy for a time": {0.095, 0.012}, "palsy for good": {0.009, 0.004}, "hearing for a time": {0.032, 0.008}, "hearing for good": {0.023, 0.006},
		"CSF leak": {0.014, 0.005}, "lost": {0.24, 0.03},
	} {
		if math.Abs(got[what]-want[0]) > want[1] {
			t.Errorf("%s: %.4f, the source says %.3f", what, got[what], want[0])
		}
	}
}

// TestRegistersAreThoseOfTheSeed: the same seed invents the same patients, with both techniques, and says why a value is missing.
func TestRegistersAreThoseOfTheSeed(t *testing.T) {
	var all, again []patient
	for i, p := range practices {
		all, again = append(all, register(p, i, some)...), append(again, register(p, i, some)...)
	}
	if fmt.Sprint(all) != fmt.Sprint(again) || len(all) != 240 {
		t.Fatalf("%d patients, and other ones the second time", len(all))
	}
	why := map[string]int{}
	for _, r := range all {
		if len(columnsOf) < len(r) {
			t.Errorf("more in a row than the table has columns: %v", r)
		}
		for _, cell := range r {
			why[cell]++
		}
	}
	for _, reason := range []string{"unknown", "not done", "refused"} {
		if why[reason] == 0 {
			t.Errorf("nothing is missing because %q", reason)
		}
	}
	if share := rates(all)["endoscopic"]; share < 0.25 || share > 0.6 {
		t.Errorf("%.2f endoscopic", share)
	}
}

func TestChineseRegisterHasEveryColumn(t *testing.T) {
	for _, column := range columnsOf {
		if chineseColumns[column] == "" {
			t.Errorf("%q has no Chinese head", column)
		}
	}
}
