package report_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"consilium/lang"
	"consilium/node/command/draw"
	"consilium/node/command/report"
	"consilium/stats/analysis"
)

func answer(t *testing.T, folder, id string) report.Answer {
	t.Helper()
	f := analysis.NewFolder(os.DirFS("../../../stats/agree/testdata/" + folder))
	c, table, err := f.Case(id)
	if err != nil {
		t.Fatal(err)
	}
	result, err := analysis.Run(t.Context(), draw.Whole(c), table, f.Case)
	if err != nil {
		t.Fatal(err)
	}
	return report.Answer{Case: c, Table: table, Result: result}
}

func TestATableOfPatientsIsWritten(t *testing.T) {
	a := answer(t, "methods", "table-one")
	a.Case.Spec["labels"] = map[string]any{"age": "Age | years", "race=white": "White & other"}
	sheet := report.WordsOf(a.Case, lang.English).TableOne(a.Result.(*analysis.TableOne))
	for form, got := range map[string][]byte{"csv": sheet.CSV(), "md": sheet.Markdown(), "html": sheet.HTML()} {
		for _, want := range map[string][]string{
			"csv":  {"All (n = 189)", "White & other (n = 96)", "23.2 ± 5.3", "121.0 (110.0–140.0)", "74 (39.2 %)"},
			"md":   {`Age \| years`, "| --- |", "Fisher's exact test"},
			"html": {"<caption>Table 1. Patients</caption>", "White &amp; other (n = 96)", `<th scope="row">Age | years</th>`},
		}[form] {
			if !bytes.Contains(got, []byte(want)) {
				t.Errorf("%s has no %q:\n%s", form, want, got)
			}
		}
	}
}

// TestAReportIsReadable: every method has its name in both languages, every answer its section.
func TestAReportIsReadable(t *testing.T) {
	answers := []report.Answer{answer(t, "methods", "table-one"), answer(t, "methods", "adjusted-ate"), answer(t, "methods", "ni-rd"), answer(t, "methods", "ordinal-housing"), answer(t, "", "01-ttest")}
	for _, l := range []lang.Language{lang.English, lang.Chinese} {
		page, err := report.Page("", answers, l)
		if err != nil {
			t.Fatal(err)
		}
		text := string(page)
		if strings.Contains(text, "stats.") || strings.Count(text, "<section>") != 6 || strings.Count(text, "<svg") < 4 || !strings.Contains(text, "Farrington and Manning") {
			t.Errorf("%s: %d sections, %d figures", l, strings.Count(text, "<section>"), strings.Count(text, "<svg"))
		}
		for _, m := range analysis.Methods() {
			if name := lang.P(l, "stats.method."+m.Name, nil); strings.Contains(name, "stats.") {
				t.Errorf("%s has no name in %s", m.Name, l)
			}
		}
	}
}
