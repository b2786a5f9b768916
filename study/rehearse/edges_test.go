package rehearse

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"consilium/study/protocol"
	"consilium/study/rows"
)

// edgesProtocol asks for curves, and for a number in mol/L whose scale somebody forgot.
const edgesProtocol = `format: 1
id: edges
title: Edges
question: Do the edges hold?
variables:
  arm: {type: category, levels: [micro, endo]}
  days: {type: number, unit: d, center: 300, scale: 100}
  event: {type: bool}
  hormone: {type: number, unit: mol/L, center: 0, scale: 1}
  age: {type: number, unit: a, center: 60, scale: 10}
outcomes:
  relapse: {type: survival, time: days, event: event, bin: 30, grid: [90, 360]}
analyses:
  - {id: curves, method: kaplan_meier, outcome: relapse, by: arm}
  - {id: table, method: describe, by: arm, of: [hormone]}
  - {id: ages, method: describe, by: arm, of: [age]}
missing: {method: complete}
`

func play(t *testing.T, source, csv string) *Answer {
	t.Helper()
	p, err := protocol.Parse([]byte(source), "edges.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f, err := rows.Read(strings.NewReader(csv), rows.Reading{Words: []string{"center"}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := Run(t.Context(), p, []byte(source), f, Options{Center: "center", Stage: network(t)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// edgesRows are three centers of 120 patients. Of every arm and center twelve have the event on the day of the operation.
func edgesRows() string {
	var b strings.Builder
	b.WriteString("center,arm,days,event,hormone,age\n")
	random := rand.New(rand.NewPCG(1, 2))
	for center := range 3 {
		for i := range 120 {
			arm := [2]string{"micro", "endo"}[i%2]
			days, event := 1+random.IntN(600), random.IntN(2) == 0
			if i < 24 {
				days, event = 0, true
			}
			fmt.Fprintf(&b, "C%d,%s,%d,%t,%.3e,%d\n", center, arm, days, event, 1e-12*(1+8*random.Float64()), 40+random.IntN(40))
		}
	}
	return b.String()
}

// An event on the day of the operation is an event: network and all rows together, which are R's, agree on the curve.
func TestTheDayOfTheOperationCounts(t *testing.T) {
	a := play(t, edgesProtocol, edgesRows())
	curves := a.Analyses[0]
	if curves.Refused != "" || len(curves.Federated.Estimates) != 4 || a.Difference > 1e-10 {
		t.Fatalf("%s, %d estimates, difference %g", curves.Refused, len(curves.Federated.Estimates), a.Difference)
	}
	for _, e := range curves.Federated.Estimates {
		if e.Estimate > 0.8 {
			t.Errorf("%s is %.3f: a fifth had the event on day 0", e.Name, e.Estimate)
		}
	}
}

// A number whose scale in the protocol does not fit loses its digits in sums of fixed point: its analysis is left out, the others go on.
func TestANumberThatLosesItsDigitsIsNotContributed(t *testing.T) {
	a := play(t, edgesProtocol, edgesRows())
	if a.Analyses[1].Refused == "" || a.Analyses[2].Refused != "" {
		t.Errorf("the table of a hormone: %q; the table of ages: %q", a.Analyses[1].Refused, a.Analyses[2].Refused)
	}
	fits := strings.Replace(edgesProtocol, "center: 0, scale: 1}", "center: 5.0e-12, scale: 3.0e-12}", 1)
	if a := play(t, fits, edgesRows()); a.Analyses[1].Refused != "" || a.Difference > 1e-8 {
		t.Errorf("with a scale that fits: %q, difference %g", a.Analyses[1].Refused, a.Difference)
	}
}

// What tells of a missing value is used even where the analysis does not name it: the mean of a number that is missing mostly where another is high comes back.
func TestImputationUsesWhatTheProtocolKnows(t *testing.T) {
	source := strings.NewReplacer("complete}", "impute, imputations: 5, seed: 1}", "of: [hormone]", "of: [event]", "center: 0, scale: 1}", "center: 5.0e-12, scale: 3.0e-12}",
		"  - {id: ages", "  - {id: both, method: describe, by: arm, of: [days]}\n  - {id: ages").Replace(edgesProtocol)
	var lines []string
	truth, known, seen := 0.0, 0.0, 0
	for i, line := range strings.Split(strings.TrimSpace(edgesRows()), "\n") {
		cells := strings.Split(line, ",")
		if i > 0 {
			var days, age float64
			fmt.Sscan(cells[2], &days)
			age = 40 + days/15 + float64(i%7)
			cells[5] = fmt.Sprint(age)
			truth += age / 360
			if days > 300 && i%4 != 0 {
				cells[5] = ""
			} else {
				known, seen = known+age, seen+1
			}
		}
		lines = append(lines, strings.Join(cells, ","))
	}
	a := play(t, source, strings.Join(lines, "\n")+"\n")
	i := slices.IndexFunc(a.Analyses, func(x Analysis) bool { return x.ID == "ages" })
	mean, n := 0.0, 0
	for _, e := range a.Analyses[i].Federated.Estimates {
		if strings.HasSuffix(e.Name, ":mean") {
			mean, n = mean+e.Estimate, n+1
		}
	}
	if n != 2 {
		t.Fatalf("%+v", a.Analyses[i])
	}
	if off, before := mean/2-truth, known/float64(seen)-truth; off*off > before*before/25 {
		t.Errorf("completed, the mean is %.2f from the truth; the known ones alone are %.2f from it", off, before)
	}
}
