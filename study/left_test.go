package study

import (
	"fmt"
	"strings"
	"testing"

	"consilium/ledger"
	"consilium/study/disclosure"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// tagged are the tags of patients from one number up to another.
func tagged(from, to int) []disclosure.Tag {
	c := &rows.Column{}
	for i := from; i < to; i++ {
		c.Text = append(c.Text, fmt.Sprint("patient ", i))
	}
	return tagsOf(&rows.File{Rows: len(c.Text), Columns: map[string]*rows.Column{PatientColumn: c}})
}

// TestFiguresFollowThePatients: what patients have given counts also in a freeze that a few others have come to, and in the studies of other protocols. Who counted figures of the very same rows only
// let a hospital give all of them anew whenever five patients had come, and the difference of all those figures is of few.
func TestFiguresFollowThePatients(t *testing.T) {
	run, again := ledger.Hash{1}, ledger.Hash{2}
	old := []Left{{Run: run, Content: ledger.Hash{3}, Masked: 1000, Open: 30, Release: disclosure.Release{Rows: tagged(0, 100)}}}
	for name, c := range map[string]struct {
		run, content ledger.Hash
		tags         []disclosure.Tag
		masked, open int
	}{
		"the same rows":                {again, ledger.Hash{3}, tagged(0, 100), 1000, 30},
		"the same rows, without codes": {again, ledger.Hash{3}, nil, 1000, 30},
		"five more":                    {again, ledger.Hash{4}, tagged(0, 105), 1000, 30},
		"five others":                  {again, ledger.Hash{4}, tagged(5, 105), 950, 29},
		"a part of them":               {again, ledger.Hash{4}, tagged(0, 10), 100, 3},
		"nobody of them":               {again, ledger.Hash{4}, tagged(100, 200), 0, 0},
		"the run itself":               {run, ledger.Hash{3}, tagged(0, 100), 0, 0},
	} {
		if past := pastOf(old, c.run, c.content, c.tags); past.Masked != c.masked || past.Open != c.open {
			t.Errorf("%s: %d masked and %d open figures, and %d and %d were meant", name, past.Masked, past.Open, c.masked, c.open)
		}
	}
}

// TestABudgetIsSpentOverRuns: with limits for one run of a protocol, a second run is refused for the same patients and for a few more, and allowed once as many have come.
func TestABudgetIsSpentOverRuns(t *testing.T) {
	const source = `format: 1
id: budget
title: Budget
variables:
  arm: {type: bool}
  cured: {type: bool}
outcomes:
  cure: {type: binary, value: cured}
analyses:
  - {id: primary, role: primary, method: logistic, outcome: cure, terms: [arm], center: none}
privacy: {figures_per_patient: %g}
`
	part := func(each float64, patients int, past *disclosure.Past) *disclosure.Part {
		return partOf(t, fmt.Sprintf(source, each), patients, past)
	}
	masked, _ := part(10, 200, nil).Figures()
	if masked == 0 {
		t.Fatal("a first run gives nothing")
	}
	each := float64(masked+1) / 200 // enough for one run
	first := part(each, 200, nil)
	if !first.Takes[0] {
		t.Fatal(first.Why)
	}
	left := []Left{{Run: ledger.Hash{1}, Content: ledger.Hash{3}, Masked: masked, Release: first.Release(tagged(0, 200))}}
	for _, c := range []struct {
		patients int
		content  byte
		takes    bool
	}{{200, 3, false}, {210, 4, false}, {420, 5, true}} {
		p := part(each, c.patients, pastOf(left, ledger.Hash{2}, ledger.Hash{c.content}, tagged(0, c.patients)))
		if p.Takes[0] != c.takes || !c.takes && p.Why[0][0].Rule != disclosure.Budget {
			t.Errorf("%d patients after a run of 200: takes part %t, %v", c.patients, p.Takes[0], p.Why)
		}
	}
}

// partOf is the part of a hospital with so many patients, of whom every second has the arm and every third is cured.
func partOf(t *testing.T, source string, patients int, past *disclosure.Past) *disclosure.Part {
	t.Helper()
	p, err := protocol.Parse([]byte(source), "budget.yaml")
	if err != nil {
		t.Fatal(err)
	}
	csv := strings.Builder{}
	csv.WriteString(PatientColumn + ",arm,cured\n")
	for i := range patients {
		fmt.Fprintf(&csv, "patient %d,%t,%t\n", i, i%2 == 0, i%3 == 0)
	}
	f, err := rows.Read(strings.NewReader(csv.String()), rows.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	cohort, err := rows.NewTable(p, f, PatientColumn, "")
	if err != nil {
		t.Fatal(err)
	}
	part, err := disclosure.NewPart(t.Context(), p, cohort, disclosure.Of(p), past)
	if err != nil {
		t.Fatal(err)
	}
	return part
}
