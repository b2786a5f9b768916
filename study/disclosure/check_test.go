package disclosure

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"consilium/lang"
	"consilium/study/protocol"
	"consilium/study/rows"
)

const header = `format: 1
id: rules
title: Rules
variables:
  technique: {type: category, levels: [micro, endo]}
  female:    {type: bool}
  age:       {type: number, center: 50, scale: 12}
  odd:       {type: number, value: "age == 77.0 ? 1.0 : 0.0", center: 0, scale: 1}
  cured:     {type: bool}
  stay:      {type: number, center: 5, scale: 3}
  days:      {type: number, center: 0, scale: 365}
exposure: technique
outcomes:
  cure:    {type: binary, value: cured}
  stay:    {type: number, value: stay}
  relapse: {type: survival, time: days, event: cured, bin: 30, grid: [90, 360]}
`

// patients are written as groups of equal ones: "8 endo female 40 cured 5 400".
func ward(t *testing.T, analysis, privacy string, groups ...string) (cohort, cases *rows.Table, a *protocol.Analysis, l Limits) {
	t.Helper()
	p, err := protocol.Parse([]byte(header+"analyses:\n  - "+analysis+"\nprivacy: {"+privacy+"}\n"), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var csv strings.Builder
	csv.WriteString("patient,technique,female,age,cured,stay,days\n")
	patient := 0
	for _, g := range groups {
		var n int
		var technique, sex, cured string
		var age, stay, days float64
		if _, err := fmt.Sscan(g, &n, &technique, &sex, &age, &cured, &stay, &days); err != nil {
			t.Fatal(g, err)
		}
		for i := range n {
			patient++
			fmt.Fprintf(&csv, "p%d,%s,%t,%g,%t,%g,%g\n", patient, technique, sex == "female", age+float64(i%7), cured == "cured", stay+float64(i%3), days)
		}
	}
	f, err := rows.Read(strings.NewReader(csv.String()), rows.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	cohort, err = rows.NewTable(p, f, "patient", "")
	if err != nil {
		t.Fatal(err)
	}
	a = &p.Analyses[0]
	if cases, err = cohort.Complete(a); err != nil {
		t.Fatal(err)
	}
	return cohort, cases, a, Of(p)
}

var plenty = []string{"20 micro female 40 cured 5 400", "20 micro male 40 sick 5 400", "20 micro male 50 cured 5 400", "20 micro female 50 sick 5 400",
	"20 endo female 40 cured 4 400", "20 endo male 40 sick 4 400", "20 endo male 50 cured 4 400", "20 endo female 50 sick 4 400"}

func TestEveryRuleTrips(t *testing.T) {
	with := func(more ...string) []string { return slices.Concat(plenty, more) }
	logistic := `{id: a, method: logistic, outcome: cure, terms: [technique, female, age], center: fixed}`
	for _, c := range []struct {
		name, analysis string
		patients       []string
		want           Rule // "": nothing stands against it
	}{
		{"plenty", logistic, plenty, ""},
		{"four patients", logistic, []string{"2 micro female 40 cured 5 400", "2 endo male 40 sick 5 400"}, FewPatients},
		{"three women cured by the endoscope", logistic, slices.Concat(plenty[:4], plenty[5:], []string{"3 endo female 40 cured 4 400"}), SmallCell},
		{"no woman cured by the endoscope", logistic, slices.Concat(plenty[:4], plenty[5:]), ""}, // none is no person
		{"three without the event in all", `{id: a, method: logistic, outcome: cure, terms: [age], center: none}`, []string{"50 micro female 40 cured 5 400", "3 micro female 40 sick 5 400"}, SmallCell},
		{"one patient of that age", `{id: a, method: linear, outcome: stay, terms: [technique, odd], center: none}`, with("1 micro female 77 cured 5 400"), OneOff},
		{"nobody of that age", `{id: a, method: linear, outcome: stay, terms: [technique, odd], center: none}`, plenty, ""},
		{"as many parameters as patients", `{id: a, method: linear, outcome: stay, terms: [age, days], center: none}`, []string{"8 micro female 40 cured 5 400"}, Parameters},
		{"a subgroup of all but two", `{id: a, method: linear, outcome: stay, terms: [age], center: none, where: "days > 30"}`, with("2 micro female 40 cured 5 20"), Subgroup},
		{"a subgroup of all", `{id: a, method: linear, outcome: stay, terms: [age], center: none, where: "days > 3"}`, plenty, ""},
		{"a subgroup of half", `{id: a, method: linear, outcome: stay, terms: [age], center: none, where: "technique == 'endo'"}`, plenty, ""},
		{"a group of two in a table", `{id: a, method: describe, of: [age], by: technique}`, []string{"20 micro female 40 cured 5 400", "2 endo male 40 sick 5 400"}, SmallCell},
		{"levels with enough in a table", `{id: a, method: describe, of: [female], by: technique}`, plenty, ""},
		{"two women among many men", `{id: a, method: describe, of: [female]}`, []string{"30 micro male 40 cured 5 400", "2 endo female 40 sick 5 400"}, SmallCell},
		{"few at risk when the curve ends", `{id: a, method: kaplan_meier, outcome: relapse, by: technique}`, []string{"30 micro female 40 sick 5 400", "30 endo female 40 sick 5 100", "2 endo female 40 sick 5 400"}, FewAtRisk},
		{"a curve with enough", `{id: a, method: kaplan_meier, outcome: relapse, by: technique}`, plenty, ""},
		{"three events in a log-rank", `{id: a, method: logrank, outcome: relapse, by: technique}`, []string{"30 micro male 40 sick 5 400", "3 micro male 40 cured 5 200", "30 endo male 40 sick 5 400"}, SmallCell},
		{"one treatment only", `{id: a, method: iptw, outcome: cure, exposure: technique, propensity: [age], center: fixed}`, plenty[:4], OneArm},
		{"the model of a meta-analysis", `{id: a, method: meta, of: {method: logistic, outcome: cure, terms: [technique, female]}, effect: technique}`, slices.Concat(plenty[:4], plenty[5:], []string{"3 endo female 40 cured 4 400"}), SmallCell},
	} {
		t.Run(c.name, func(t *testing.T) {
			cohort, cases, a, l := ward(t, c.analysis, "min_patients: 5", c.patients...)
			got := Check(cohort, cases, a, l)
			if c.want == "" && len(got) > 0 {
				t.Errorf("refused by %v", got)
			}
			if c.want != "" && !slices.ContainsFunc(got, func(r Reason) bool { return r.Rule == c.want }) {
				t.Errorf("not refused by %s, but by %v", c.want, got)
			}
		})
	}
}

// A row that stands several times is one patient: nobody beats the least count by repeating rows.
func TestRowsOfOnePatientCountOnce(t *testing.T) {
	p, err := protocol.Parse([]byte(header+"analyses:\n  - {id: a, method: describe, of: [age]}\n"), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	csv := "patient,technique,female,age,cured,stay,days\n" + strings.Repeat("p1,micro,true,40,true,5,400\n", 50)
	f, err := rows.Read(strings.NewReader(csv), rows.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	table, err := rows.NewTable(p, f, "patient", "")
	if err != nil {
		t.Fatal(err)
	}
	if got := Cohort(table, Of(p)); len(got) != 1 || got[0].Rule != FewPatients {
		t.Errorf("fifty rows of one patient: %v", got)
	}
}

func TestAHospitalMayBeStricter(t *testing.T) {
	cohort, cases, a, l := ward(t, `{id: a, method: describe, of: [age], by: technique}`, "min_patients: 5", plenty...)
	if got := Check(cohort, cases, a, l); len(got) > 0 {
		t.Fatal(got)
	}
	l.MinPatients = 100
	if got := Check(cohort, cases, a, l); len(got) == 0 {
		t.Error("80 patients in each group passed where the hospital wants 100")
	}
}

// What stands against an analysis is told in the reader's language to its last word.
func TestAReasonIsInOneLanguage(t *testing.T) {
	for _, about := range []string{"the cohort", "the complete cases", "with the event", "without the event"} {
		for _, rule := range []Rule{FewPatients, SmallCell} {
			if zh := (Reason{rule, about}).In(lang.Chinese); strings.ContainsAny(zh, "abcdefghijklmnopqrstuvwxyz") {
				t.Errorf("%s: %s", about, zh)
			}
		}
	}
}
