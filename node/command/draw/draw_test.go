package draw_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"consilium/figure"
	"consilium/lang"
	"consilium/node/command/draw"
	"consilium/stats/analysis"
)

// TestEveryFigureOfEveryReferenceCase draws whatever can be drawn, in both languages: as well-formed SVG, as PDF and as rows, with no phrase missing.
func TestEveryFigureOfEveryReferenceCase(t *testing.T) {
	drawn := map[string]bool{}
	for _, dir := range []string{"", "/methods", "/centers", "/events", "/comparisons"} {
		drawFolder(t, analysis.NewFolder(os.DirFS("../../../stats/agree/testdata"+dir)), drawn)
	}
	for method, names := range draw.Figures() {
		for _, name := range names {
			if !drawn[method+" "+name] {
				t.Errorf("no case draws %s of %s", name, method)
			}
		}
	}
}

// drawFolder draws every case of a folder, and notes which figures of which methods there were.
func drawFolder(t *testing.T, folder *analysis.Folder, drawn map[string]bool) {
	t.Helper()
	ids, err := folder.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		c, table, err := folder.Case(id)
		if err != nil {
			t.Fatal(err)
		}
		names := draw.Figures()[c.Method]
		if names == nil || c.ID == "07-meta-normand-md" { // two measures in one answer: no figure says which
			continue
		}
		result, err := analysis.Run(t.Context(), draw.Whole(c), table, folder.Case)
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		written, err := analysis.Write(result)
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		for _, name := range names {
			drawn[c.Method+" "+name] = true
			for _, l := range []lang.Language{lang.English, lang.Chinese} {
				f, err := draw.Draw(draw.Order{Case: c, Table: table, Result: written, Figure: name, Language: l, Theme: figure.Paper})
				if err != nil {
					t.Errorf("%s, %s: %v", id, name, err)
					continue
				}
				examine(t, id+" "+name, f)
			}
		}
	}
}

func examine(t *testing.T, what string, f figure.Figure) {
	t.Helper()
	svg := f.SVG()
	if bytes.Contains(svg, []byte("stats.")) || bytes.Contains(svg, []byte("NaN")) {
		t.Errorf("%s: a phrase or a number is missing: %.300s", what, svg)
	}
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
	}
	if pdf := f.PDF(); !bytes.HasPrefix(pdf, []byte("%PDF-1.7")) {
		t.Errorf("%s: the PDF begins with %.10s", what, pdf)
	}
	if rows := f.Table().CSV(); bytes.Count(rows, []byte("\n")) < 2 {
		t.Errorf("%s: its table has no rows: %s", what, rows)
	}
}

func TestWhatCannotBeDrawnIsSaid(t *testing.T) {
	for _, test := range []struct {
		method, name, result, says string
	}{
		{"t_test", "", "{}", "there is no figure of t_test"},
		{"cox", "pie", "{}", "it has forest"},
		{"kaplan_meier", "", "{}", `write "whole": true`},
		{"logistic", "", "{}", "there are no terms"},
		{"logistic", "", `{"terms": ["a"], "coef": [1], "wald_lower": [0], "wald_upper": [2], "robust": {"cluster": {"lower": ["NA"], "upper": ["NA"]}}}`, "no more clusters than terms"},
		{"logistic", "calibration", "{}", "no groups"},
		{"matching", "", "{}", "no table of balance"},
		{"meta_generic", "", "{}", "no pooled effects"},
		{"ra_cusum", "", "{}", "no chart"},
		{"ra_cusum", "vlad", "{}", "no chart"},
		{"learning_curve", "", "{}", "no chart"},
		{"g_t_chart", "", "{}", "no chart"},
		{"funnel", "", "{}", "no funnel"},
		{"funnel", "", "[]", "does not hold"},
	} {
		c := analysis.Case{Method: test.method, Spec: analysis.Spec{}}
		_, err := draw.Draw(draw.Order{Case: c, Figure: test.name, Result: []byte(test.result), Language: lang.English})
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s %s: %v", test.method, test.name, err)
		}
	}
}

// TestAProbabilityThatWasNotComputedIsNotDrawn: an answer that says why there is no test has no p, and no p is not the smallest one. Where events compete the ratio is that of subdistributions.
func TestAProbabilityThatWasNotComputedIsNotDrawn(t *testing.T) {
	curves := `"whole":[{"group":"a","cause":%q,"time":[1,2],"value":[0.9,0.8],"lower":[0.8,0.7],"upper":[1,0.9],"at_risk":[9,8]}],"target":"ATE","hazard_ratio":{"hr":0.83,"lower":0.68,"upper":1.02}`
	for name, c := range map[string]struct {
		cause, logrank string
		has, lacks     string
	}{
		"not computed":           {"", `{"problem":"its variance counts rows"}`, "Weights at risk", "Log-rank"},
		"NA":                     {"", `{"chisq":"NA","p":"NA"}`, "HR (95 % CI) 0.83", "Log-rank"},
		"computed":               {"", `{"chisq":3.3,"p":0.07}`, "Log-rank p = 0.070", "sHR"},
		"with competing events":  {"1", `{"problem":"the subdistribution hazard ratio takes its place"}`, "sHR (95 % CI) 0.83", "Log-rank"},
		"for whom it is weighed": {"", `{"p":0.07}`, "Weighted to all patients", "sHR"},
	} {
		result := "{" + fmt.Sprintf(curves, c.cause) + `,"logrank":` + c.logrank + "}"
		f, err := draw.Draw(draw.Order{Case: analysis.Case{Method: "adjusted_curves"}, Result: []byte(result), Language: lang.English, Theme: figure.Paper})
		if err != nil {
			t.Fatal(name, err)
		}
		if svg := string(f.SVG()); !strings.Contains(svg, c.has) || strings.Contains(svg, c.lacks) {
			t.Errorf("%s: the figure lacks %q or has %q", name, c.has, c.lacks)
		}
	}
}
