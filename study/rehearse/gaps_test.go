package rehearse

import (
	"fmt"
	"strings"
	"testing"
)

const gapsProtocol = `format: 1
id: gaps
title: Gaps
question: What is missing?
variables:
  arm: {type: category, levels: [a, b]}
  age: {type: number, unit: a, center: 50, scale: 12}
  stage: {type: number, center: 2, scale: 1}
  pain: {type: number, center: 5, scale: 2}
  known: {type: bool}
analyses:
  - {id: gaps, method: missing, of: [arm, age, stage, pain, known]}
  - {id: who, method: describe, by: arm, of: [age]}
  - {id: when, method: describe, by: arm, of: [known]}
missing: {method: complete}
`

// gapsRows are three centers of 60. Of each ten lack the stage; of the first three lack the pain, of the others twelve; nobody lacks whether it is known.
func gapsRows() string {
	var b strings.Builder
	b.WriteString("center,arm,age,stage,pain,known\n")
	for center := range 3 {
		for i := range 60 {
			stage, pain := fmt.Sprint(1+i%4), fmt.Sprint(i%10)
			if i%6 == 5 {
				stage = ""
			}
			if center == 0 && i < 3 || center > 0 && i < 12 {
				pain = ""
			}
			fmt.Fprintf(&b, "C%d,%s,%d,%s,%s,%t\n", center, [2]string{"a", "b"}[i%2], 30+i, stage, pain, i%3 == 0)
		}
	}
	return b.String()
}

// How many lack what is counted over all hospitals; one in which a few lack a variable is not counted for it, and says so with nothing but zeros behind the mask. What answers the
// question comes first: a count that would stand in the way of an analysis is left away.
func TestMissingValuesAreCountedWithoutTheFew(t *testing.T) {
	a := play(t, gapsProtocol, gapsRows())
	if a.Difference != 0 {
		t.Errorf("network and all rows together differ by %g", a.Difference)
	}
	got := map[string]float64{}
	for _, e := range a.Analyses[0].Federated.Estimates {
		got[e.Name] = e.Estimate
	}
	want := map[string]float64{"arm:of": 180, "arm:missing": 0, "age:of": 180, "age:missing": 0, "known:of": 180, "known:missing": 0, "stage:of": 180, "stage:missing": 30, "pain:of": 120, "pain:missing": 24}
	if fmt.Sprint(got) != fmt.Sprint(want) || a.Analyses[0].Rows != 180 {
		t.Errorf("%v of %d", got, a.Analyses[0].Rows)
	}
	imputed := play(t, strings.Replace(gapsProtocol, "method: complete", "method: impute, imputations: 3, seed: 1", 1), gapsRows())
	if x := imputed.Analyses[0]; x.Refused != "" || len(x.Federated.Estimates) != len(want) {
		t.Errorf("beside imputation: %q", x.Refused)
	}
	// Of the stage, pain and the rest together only few are complete otherwise than by single counts: those who lack the pain and not the age.
	sly := strings.Replace(gapsProtocol, "of: [age]}", "of: [age, stage, pain]}", 1)
	for _, x := range play(t, sly, gapsRows()).Analyses {
		if x.ID == "who" && x.Refused != "" {
			t.Errorf("a count stands in the way of an analysis: %s", x.Refused)
		}
	}
}
