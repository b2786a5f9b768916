package rehearse

import (
	"fmt"
	"strings"
	"testing"

	"consilium/study/protocol"
	"consilium/study/rows"
)

// refusals asks for all that cannot be computed, and at its end for one thing that can.
const refusals = `format: 1
id: refusals
title: Refusals
question: What cannot be computed?
variables:
  arm: {type: category, levels: [a, b]}
  twin: {type: category, levels: [a, b]}
  sure: {type: bool}
  marker: {type: number, center: 50, scale: 20}
  cells: {type: number, unit: /L, center: 0, scale: 1}
  age: {type: number, unit: a, center: 50, scale: 12}
  cured: {type: bool}
  never: {type: bool}
  days: {type: number, unit: d, center: 0, scale: 100}
outcomes:
  cure: {type: binary, value: cured}
  none: {type: binary, value: never}
  back: {type: survival, time: days, event: never, bin: 30, grid: [60, 150]}
analyses:
  - {id: curves, method: kaplan_meier, outcome: back, by: arm}
  - {id: hazard, method: cox, outcome: back, terms: [arm]}
  - {id: rank, method: logrank, outcome: back, by: arm}
  - {id: nobody, method: logistic, outcome: none, terms: [arm], center: none}
  - {id: twins, method: logistic, outcome: cure, terms: [arm, twin], center: none}
  - {id: apart, method: logistic, outcome: cure, terms: [arm, sure], center: none}
  - {id: nearly, method: logistic, outcome: cure, terms: [age, marker], center: none}
  - {id: scaled, method: describe, by: arm, of: [cells]}
  - {id: fine, method: describe, by: arm, of: [age]}
privacy: {figures_per_patient: 40}
`

// refusalRows are three centers of 200. Who is sure is cured always; the marker tells the cured from the others but for one in each center.
func refusalRows() string {
	var b strings.Builder
	b.WriteString("center,arm,twin,sure,marker,cells,age,cured,never,days\n")
	for center := range 3 {
		for i := range 200 {
			arm := [2]string{"a", "b"}[i/2%2]
			cured := i%2 == 0
			marker := 30 + float64(i*37%200)/10
			if cured != (i == 0) {
				marker += 19.5
			}
			fmt.Fprintf(&b, "C%d,%s,%s,%t,%.1f,%d,%d,%t,false,%d\n", center, arm, arm, cured && i%4 == 0, marker, 230_000_000_000+i*1_000_000, 30+i*13%41, cured, 160+i)
		}
	}
	return b.String()
}

// What cannot be computed is an answer with its reason in words, pooled and over the network alike, and what can be computed is answered all the same.
func TestARefusalIsAnAnswer(t *testing.T) {
	a := play(t, refusals, refusalRows())
	says := map[string]string{"hazard": "had the event", "rank": "at risk together", "nobody": "same in all patients", "twins": "twin=b", "apart": "sure", "nearly": "marker", "scaled": "center and scale of cells"}
	for _, x := range a.Analyses {
		want, refused := says[x.ID]
		switch {
		case refused && !strings.Contains(x.Refused, want):
			t.Errorf("%s was refused because of %q, not of %q: %+v", x.ID, x.Refused, want, x.Pooled)
		case !refused && (x.Refused != "" || x.Pooled == nil || x.Federated == nil):
			t.Errorf("%s has no answer: %q", x.ID, x.Refused)
		}
		if refused && (x.Rows != 0 || x.Pooled != nil || x.Federated != nil) {
			t.Errorf("%s is refused and has numbers", x.ID)
		}
	}
	for _, e := range a.Analyses[0].Federated.Estimates {
		if e.Estimate != 1 {
			t.Errorf("without an event the curve is %v", e)
		}
	}
	if a.Difference > 1e-8 {
		t.Error(a.Difference)
	}
}

// A hospital whose node cannot go on with one analysis withholds that one alone, and everybody comes to the same end over real ledgers.
func TestNearSeparationEndsOneAnalysisAlone(t *testing.T) {
	a := play(t, refusals, refusalRows())
	for _, x := range a.Analyses {
		if x.ID == "nearly" && (!strings.Contains(x.Refused, "gave no figures any more") || len(x.Reasons) == 0) {
			t.Errorf("near separation: %q, %v", x.Refused, x.Reasons)
		}
	}
}

// A model over hospitals as drawn from many needs two: one is refused in words, and the rest of the study is answered.
func TestAModelOfHospitalsNeedsTwo(t *testing.T) {
	source := refusals[:strings.Index(refusals, "  - {id: curves")] + "  - {id: random, method: mixed_logistic, outcome: cure, terms: [arm]}\n  - {id: fine, method: describe, by: arm, of: [age]}\n"
	var one strings.Builder
	for _, line := range strings.SplitAfter(refusalRows(), "\n") {
		if !strings.HasPrefix(line, "C1") && !strings.HasPrefix(line, "C2") {
			one.WriteString(line)
		}
	}
	a := play(t, source, one.String())
	if !strings.Contains(a.Analyses[0].Refused, "compares hospitals") || a.Analyses[1].Refused != "" {
		t.Errorf("%q, %q", a.Analyses[0].Refused, a.Analyses[1].Refused)
	}
}

// What other programs write is read as it is meant, or named with how often it stands there and where first.
func TestPlainFilesAreReadAsOtherProgramsWriteThem(t *testing.T) {
	source := `format: 1
id: plain
title: Plain
question: Is a plain file read?
variables:
  arm: {type: category, levels: [a, b]}
  age: {type: number, center: 50, scale: 12}
  dead: {type: bool}
  back: {type: bool}
  at: {type: number, center: 50, scale: 12}
  high: {type: bool, value: size > 3.0}
analyses:
  - {id: who, method: describe, by: arm, of: [age, dead]}
`
	p, err := protocol.Parse([]byte(source), "plain")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("center,arm,age,dead,back,at,size\r\n")
	for i := range 60 {
		arm, age, dead, back := [2]string{"a", "b"}[i%2], fmt.Sprint(40+i%20), [2]string{"TRUE", "FALSE"}[i/2%2], [2]string{"yes", "no"}[i%2]
		switch i {
		case 3, 5:
			arm = "Endo"
		case 7:
			arm = " a"
		case 8:
			age = "NA"
		case 9:
			age = "Inf"
		case 10:
			dead = "NA"
		case 11:
			back = "maybe"
		}
		fmt.Fprintf(&b, "H,%s,%s,%s,%s,2026-01-%02d,big%d\r\n", arm, age, dead, back, 1+i%28, i)
	}
	f, err := rows.Read(strings.NewReader(b.String()), rows.ReadingOf(p, "center"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := Run(t.Context(), p, []byte(source), f, Options{Center: "center"})
	if err != nil {
		t.Fatal(err)
	}
	if a.Analyses[0].Rows != 60-2-1-2-1 {
		t.Errorf("%d complete rows", a.Analyses[0].Rows)
	}
	told := map[string]string{"arm": `3 rows have what is none of its levels and counts as missing: "Endo" (2, first in row 4), " a" (1, first in row 8)`, "age": `1 rows have what is no number`,
		"back": `"maybe" (1, first in row 12)`, "at": "dates as days", "high": "no value in any of the 60 rows"}
	for _, odd := range a.Odd {
		if want := told[odd.Variable]; want == "" || !strings.Contains(odd.String(), want) {
			t.Errorf("%s", odd)
		}
		delete(told, odd.Variable)
	}
	if len(told) > 0 {
		t.Errorf("not told: %v", told)
	}
	for text, want := range map[string]string{"\"1,5\"": `"1,5" (1, first in row 6)`, "<0.5": `"<0.5" (1, first in row 6)`, ".": `"." (1, first in row 6)`} {
		spoiled := strings.Replace(b.String(), ",45,", ","+text+",", 1)
		if got := toldOf(t, p, spoiled, "age"); !strings.Contains(got, want) || !strings.Contains(got, "2 rows have what is no number") {
			t.Errorf("%s among numbers: %s", text, got)
		}
	}
	if _, err := rows.Read(strings.NewReader(strings.Replace(b.String(), ",45,", ",1,5,", 1)), rows.Reading{}); err == nil || !strings.Contains(err.Error(), "row 6 has 8 fields") {
		t.Errorf("a comma without quotes: %v", err)
	}
	if f, err = rows.Read(strings.NewReader(strings.ReplaceAll(b.String(), ",45,", ",unknown,")), rows.Reading{Missing: []string{"unknown", "Inf"}}); err != nil || f.Columns["age"].Kind != rows.Numbers {
		t.Errorf("a named word for what is missing: %v", err)
	}
}

// toldOf is what is told of a variable whose values have no place in the protocol.
func toldOf(t *testing.T, p *protocol.Protocol, csv, variable string) string {
	t.Helper()
	f, err := rows.Read(strings.NewReader(csv), rows.ReadingOf(p, "center"))
	if err != nil {
		t.Fatal(err)
	}
	table, err := rows.NewTable(p, f, "", "center")
	if err != nil {
		t.Fatal(err)
	}
	for _, odd := range table.Odd {
		if odd.Variable == variable {
			return odd.String()
		}
	}
	return ""
}
