package reference

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// TestCases computes the shipped cases. Their provenance is in testdata/README.md.
func TestCases(t *testing.T) {
	n := 0
	_, err := Check(context.Background(), "testdata/cases", Options{}, func(r Row) {
		n++
		if !r.Passed {
			t.Errorf("%s %s: %v", r.File, r.Case, r.Wrong)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 18 {
		t.Errorf("%d cases", n)
	}
}

// TestWrongAnswersAreSeen changes a reference: a checker that passes everything would pass this too.
func TestWrongAnswersAreSeen(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.json", `{"cases": [{"name": "off", "source_mm": [[0,0,0],[40,0,0],[0,50,0]], "measured_mm": [[0,0,0],[40,0,0],[0,50,0]], "fre_rms_mm": 0.1}],
		"must_flag": [{"name": "good", "source_mm": [[0,0,0],[40,0,0],[0,50,0],[0,0,60]], "measured_mm": [[0,0,0],[40,0,0],[0,50,0],[0,0,60]], "expect": "refuse"},
			{"name": "bare word", "source_mm": [[0,0,NaN],[40,0,0],[0,50,0]], "measured_mm": [[0,0,0],[40,0,0],[0,50,0]], "expect": "refuse"}]}`)
	write(t, dir, "b.json", `{"something": "else"}`)
	write(t, dir, "c.json", `not JSON`)
	passed := map[string]bool{}
	unknown, err := Check(context.Background(), dir, Options{}, func(r Row) { passed[r.Case] = r.Passed })
	if err != nil {
		t.Fatal(err)
	}
	if passed["off"] || passed["must flag: good"] || passed["c"] || !passed["must flag: bare word"] {
		t.Errorf("%v", passed)
	}
	if len(unknown) != 1 || unknown[0] != "b.json" {
		t.Errorf("unknown: %v", unknown)
	}
}

func TestFolderWithoutCases(t *testing.T) {
	for _, dir := range []string{t.TempDir(), "testdata/missing"} {
		if _, err := Check(context.Background(), dir, Options{}, func(Row) {}); err == nil {
			t.Errorf("%s passed", dir)
		}
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestNumbersAsPythonLeavesThem(t *testing.T) {
	var got struct {
		A []number
		S string
	}
	if err := decode([]byte(`{"A": [1, NaN, -Infinity, "Infinity", null], "S": "say \"NaN\" \\"}`), &got); err != nil {
		t.Fatal(err)
	}
	if got.A[0] != 1 || !math.IsNaN(float64(got.A[1])) || !math.IsInf(float64(got.A[2]), -1) || !math.IsInf(float64(got.A[3]), 1) || got.S != `say "NaN" \` {
		t.Errorf("%v", got)
	}
}
