package report_test

import (
	"bytes"
	"math"
	"os"
	"strings"
	"testing"

	"consilium/lang"
	"consilium/node/command/draw"
	"consilium/node/command/report"
	"consilium/stats"
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

// TestWhoHasNoGroupIsCounted: the columns of a table of patients add up, or it says why not.
func TestWhoHasNoGroupIsCounted(t *testing.T) {
	table := &stats.Table{Columns: []stats.Column{{Name: "arm", Texts: []string{"a", "b", "", "a", "b", ""}}, {Name: "age", Numbers: []float64{40, 50, 60, 45, 55, 65}}}}
	c := analysis.Case{Method: "table_one", Spec: analysis.Spec{"group": "arm"}}
	result, err := analysis.Run(t.Context(), c, table, nil)
	if err != nil {
		t.Fatal(err)
	}
	for l, want := range map[lang.Language]string{lang.English: "Patients without a group, in the column of all only: 2.", lang.Chinese: "另有 2 例"} {
		if got := string(report.WordsOf(c, l).TableOne(result.(*analysis.TableOne)).Markdown()); !strings.Contains(got, want) {
			t.Errorf("%s", got)
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

// TestAReportHoldsTheEstimates: what an analysis found stands in the report, and not only its figure: pooled coefficients, the effect after matching, curves at the times that were asked for; and
// what was asked, with the defaults.
func TestAReportHoldsTheEstimates(t *testing.T) {
	for id, want := range map[[2]string][]string{
		{"events", "mice-ordinal"}:         {"Pooled over imputations", "Missing information", "Lower limit", "Imputations", "(the default)"},
		{"methods", "match-full"}:          {"Difference", "Confidence interval", "Treated, matched", "Covariate"},
		{"methods", "adjusted-ate"}:        {"Arms ·", "Lower limit of the difference", "Restricted mean time", "rows in the file"},
		{"events", "turnbull"}:             {"Curves ·"},
		{"centers", "slopes-sleep"}:        {"Term", "Coefficient", "Random effects"},
		{"comparisons", "target-trial"}:    {"Strategy", "Lower limit"},
		{"methods", "multinomial-housing"}: {"Term", "Coefficient"},
	} {
		page, err := report.Page("", []report.Answer{answer(t, id[0], id[1])}, lang.English)
		if err != nil {
			t.Fatal(err)
		}
		for _, words := range want {
			if !strings.Contains(string(page), words) {
				t.Errorf("%s: no %q", id, words)
			}
		}
		for _, not := range []string{"vcov", "row weights", "{", "map["} {
			if _, body, _ := strings.Cut(string(page), "</style>"); strings.Contains(body, not) {
				t.Errorf("%s: %q stands in it", id, not)
			}
		}
	}
}

// TestAReportTellsNoDefaultThatWasNotUsed: of full matching it told a caliper that was not applied.
func TestAReportTellsNoDefaultThatWasNotUsed(t *testing.T) {
	a := answer(t, "methods", "match-full")
	page, err := report.Page("", []report.Answer{a}, lang.English)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"caliper_sd", "ratio", "order"} {
		if !a.Case.Spec.Has(key) && strings.Contains(string(page), `<th scope="row">`+key+"<") {
			t.Errorf("%s is told", key)
		}
	}
}

// TestARatioOfASubdistributionIsCalledSo, in the report as in its figure, with the numbers at risk below.
func TestARatioOfASubdistributionIsCalledSo(t *testing.T) {
	n := 80
	column := func(name string, of func(i int) int) stats.Column {
		c := stats.Column{Name: name, Numbers: make([]float64, n)}
		for i := range c.Numbers {
			c.Numbers[i] = float64(of(i))
		}
		return c
	}
	table := &stats.Table{Columns: []stats.Column{column("months", func(i int) int { return i*37%79 + 1 }), column("status", func(i int) int { return i % 3 }),
		column("arm", func(i int) int { return i / 2 % 2 }), column("age", func(i int) int { return 40 + i*7%30 })}}
	c := draw.Whole(analysis.Case{Method: "adjusted_curves", Spec: analysis.Spec{"time": "months", "status": "status", "treatment": "arm", "covariates": "age", "failcode": 1.0, "times": []any{20.0}}})
	result, err := analysis.Run(t.Context(), c, table, nil)
	if err != nil {
		t.Fatal(err)
	}
	for l, words := range map[lang.Language][]string{lang.English: {"Subdistribution hazard ratio · sHR", "Weights at risk"}, lang.Chinese: {"次分布风险比", lang.P(lang.Chinese, "stats.atriskweighted", nil)}} {
		page, err := report.Page("", []report.Answer{{Case: c, Table: table, Result: result}}, l)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range words {
			if !strings.Contains(string(page), want) {
				t.Errorf("%s: no %q", l, want)
			}
		}
		if strings.Contains(string(page), ">Hazard ratio") {
			t.Error("it is called a hazard ratio")
		}
	}
}

// TestAReportSaysWhoWasLeftOut, and for want of which value.
func TestAReportSaysWhoWasLeftOut(t *testing.T) {
	table := &stats.Table{Columns: []stats.Column{{Name: "y"}, {Name: "age"}, {Name: "arm"}}}
	for i := range 60 {
		y, age := float64(i*7%11), float64(40+i%13)
		if i%10 == 3 {
			age = math.NaN()
		}
		table.Columns[0].Numbers, table.Columns[1].Numbers = append(table.Columns[0].Numbers, y), append(table.Columns[1].Numbers, age)
		table.Columns[2].Numbers = append(table.Columns[2].Numbers, float64(i%2))
	}
	c := analysis.Case{Method: "linear", Spec: analysis.Spec{"formula": "y ~ age + arm", "rows": "y < 10"}}
	result, err := analysis.Run(t.Context(), c, table, nil)
	if err != nil {
		t.Fatal(err)
	}
	for l, words := range map[lang.Language]string{lang.English: "rows left out for a missing value", lang.Chinese: "因缺失值而未纳入的行数"} {
		page, err := report.Page("", []report.Answer{{Case: c, Table: table, Result: result}}, l)
		if err != nil {
			t.Fatal(err)
		}
		if _, rest, _ := strings.Cut(string(page), words); !strings.HasPrefix(rest, "</th><td>") || !strings.Contains(rest[:40], "(age ") {
			t.Errorf("%s: %.60q", l, rest)
		}
	}
}

// TestAMarginIsToldInWords: the Chinese report had value0, decision by and higher is worse.
func TestAMarginIsToldInWords(t *testing.T) {
	page, err := report.Page("", []report.Answer{answer(t, "methods", "ni-rd")}, lang.Chinese)
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(page), "</style>")
	body, _, _ = strings.Cut(body, `class="asked"`)
	for _, raw := range []string{"value0", "decision", "higher", "worse", "better", "risk_difference"} {
		if strings.Contains(body, raw) {
			t.Errorf("%q stands in it", raw)
		}
	}
	if !strings.Contains(body, "例数：新疗法") {
		t.Error("the figure does not tell how many patients there are")
	}
}

// TestEveryMethodSaysWhatItComputes: a methods section names what exactly was computed, in the reader's language.
func TestEveryMethodSaysWhatItComputes(t *testing.T) {
	for _, m := range analysis.Methods() {
		for _, key := range []string{"stats.method.", "stats.definition."} {
			if !lang.Has(key + m.Name) {
				t.Errorf("%s has no %s", m.Name, key)
			}
		}
	}
}

// TestAFieldIsNamedInWords: what was imputed and the limits of a funnel stood in a report as a program calls them.
func TestAFieldIsNamedInWords(t *testing.T) {
	c := analysis.Case{Method: "mice", Spec: analysis.Spec{"labels": map[string]any{"tumor_cm": "Tumor size"}}}
	for _, l := range []lang.Language{lang.English, lang.Chinese} {
		w := report.WordsOf(c, l)
		for key, not := range map[string]string{"imputed_tumor_cm_mean": "imputed tumor", "lower_0.025": "lower 0", "threshold_se": "threshold se"} {
			if got := w.Field(key); strings.Contains(got, not) || got == "" {
				t.Errorf("%s: %s is %q", l, key, got)
			}
		}
	}
	if got := report.WordsOf(c, lang.English).Field("imputed_tumor_cm_mean"); got != "Mean of what was imputed, Tumor size" {
		t.Error(got)
	}
}
