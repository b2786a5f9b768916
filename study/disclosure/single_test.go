package disclosure

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"consilium/study/protocol"
	"consilium/study/rows"
)

// register is the part of a hospital of 60 patients of whom one is 47 and lost 913 ml. Whoever asks knows the age.
func register(t *testing.T, variables, analyses string) *Part {
	t.Helper()
	p, err := protocol.Parse(fmt.Appendf(nil, `format: 1
id: one
title: One
variables:
  technique: {type: category, levels: [micro, endo]}
  female: {type: bool}
  age: {type: number, center: 55, scale: 10}
  blood: {type: number, center: 200, scale: 100}
  stay: {type: number, center: 5, scale: 2}
  days: {type: number, center: 0, scale: 365}
  again: {type: bool}
%s
outcomes:
  stay: {type: number, value: stay}
  hit: {type: number, value: hit}
  back: {type: survival, time: days, event: again, bin: 1, grid: [300]}
analyses:
%s
`, variables, analyses), "one.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var csv strings.Builder
	csv.WriteString("patient,technique,female,age,blood,stay,days,again\n")
	for i := range 60 {
		age, blood, days := 50+i%20, 100+(i*37)%200, 400
		if i == 30 {
			age, blood, days = 47, 913, 123
		}
		fmt.Fprintf(&csv, "p%d,%s,%t,%d,%d,%d,%d,%t\n", i, []string{"micro", "endo"}[i%2], i%4 < 2, age, blood, 3+i%5, days, i == 30)
	}
	f, err := rows.Read(strings.NewReader(csv.String()), rows.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	cohort, err := rows.NewTable(p, f, "patient", "")
	if err != nil {
		t.Fatal(err)
	}
	part, err := NewPart(t.Context(), p, cohort, Of(p), nil)
	if err != nil {
		t.Fatal(err)
	}
	return part
}

// Each of these protocols would let one patient's loss of blood out, in a sum or between two; the last analysis is refused, by the rule named.
func TestNoProtocolAsksForOnePatient(t *testing.T) {
	const plain = "  hit: {type: number, center: 0, scale: 1, value: \"%s\"}"
	for _, c := range []struct {
		name, hit, analyses string
		want                Rule
	}{
		{"a number that one has, in a table", "age == 47.0 ? blood : 0.0", "  - {id: a, method: describe, of: [hit]}", OneOff},
		{"the same as an outcome", "age == 47.0 ? blood : 0.0", "  - {id: a, method: linear, outcome: hit, terms: [technique, female], center: none}", Singled},
		{"packed before another number", "(age == 47.0 ? blood * 1000000.0 : 0.0) + age", "  - {id: a, method: linear, outcome: stay, terms: [hit], center: none}", Singled},
		{"packed behind another number", "age + (age == 47.0 ? blood / 1000000.0 : 0.0)", "  - {id: a, method: describe, of: [hit]}", Singled},
		{"a peak by division", "age + blood * 0.000001 / ((age - 47.0) * (age - 47.0) + 0.000001)", "  - {id: a, method: describe, of: [hit]}", Dominated},
		{"a peak by powers", "blood" + strings.Repeat(" * (70.0 - age)", 12), "  - {id: a, method: describe, of: [hit]}", Dominated},
		{"two steps beside each other", "(age < 47.0 ? 0.0 : blood) - (age < 48.0 ? 0.0 : blood)", "  - {id: a, method: describe, of: [hit]}", OneOff},
		{"two steps at a few", "age + (age < 51.0 ? 0.0 : blood) - (age < 52.0 ? 0.0 : blood)", "  - {id: a, method: describe, of: [hit]}", Singled},
		{"two subgroups", "stay", "  - {id: a, method: describe, of: [blood], where: \"age < 60.0\"}\n  - {id: b, method: describe, of: [blood], where: \"age < 60.0 && age != 47.0\"}", Differs},
		{"three subgroups, each of many", "stay", "  - {id: a, method: describe, of: [blood], where: \"age < 55.0\"}\n  - {id: b, method: describe, of: [blood], where: \"age >= 55.0\"}\n  - {id: c, method: describe, of: [blood], where: \"age != 47.0 || age > 90.0\"}", Subgroup},
		{"missing for one", "stay / (age == 47.0 ? 0.0 : 1.0)", "  - {id: a, method: describe, of: [blood]}\n  - {id: b, method: describe, of: [blood, hit]}", Differs},
		{"missing for one, by a column", "stay", "  - {id: a, method: describe, of: [blood]}\n  - {id: b, method: describe, of: [blood], where: \"age > 48.0\"}", Subgroup},
		{"a curve by the day", "stay", "  - {id: a, method: kaplan_meier, outcome: back}", FineBins},
	} {
		t.Run(c.name, func(t *testing.T) {
			part := register(t, fmt.Sprintf(plain, c.hit), c.analyses)
			last := len(part.Takes) - 1
			if part.Takes[last] || !slices.ContainsFunc(part.Why[last], func(r Reason) bool { return r.Rule == c.want }) {
				t.Errorf("contributes: %t; against it stand %v, not %s", part.Takes[last], part.Why[last], c.want)
			}
		})
	}
}

// What a surgeon would ask is not refused.
func TestOrdinaryVariablesPass(t *testing.T) {
	for _, hit := range []string{"stay", "blood / 100.0", "blood / (age * age)", "age < 60.0 ? 0.0 : 1.0", "female ? stay : stay + 1.0", "age - 50.0"} {
		part := register(t, fmt.Sprintf("  hit: {type: number, center: 0, scale: 1, value: %q}\n  old: {type: bool, value: \"age >= 60.0\"}", hit), `  - {id: a, method: describe, of: [hit, old, age]}
  - {id: b, method: linear, outcome: stay, terms: [technique, female, old], center: none}
  - {id: c, method: describe, of: [age, stay], by: technique, where: "age < 60.0"}
  - {id: d, method: describe, of: [age, stay], by: technique, where: "age >= 60.0"}`)
		for i, takes := range part.Takes {
			if !takes {
				t.Errorf("%s: analysis %d is refused by %v", hit, i, part.Why[i])
			}
		}
	}
}

// Which columns are missing for whom is nobody's intention, and a difference of one patient is that patient all the same.
func TestCompleteCasesDifferByEnough(t *testing.T) {
	head := header + "analyses:\n  - {id: a, method: describe, of: [age]}\n  - {id: b, method: describe, of: [age, stay]}\n"
	for missing, takes := range map[int]bool{0: true, 1: false, 4: false, 5: true} {
		p, err := protocol.Parse([]byte(head), "missing.yaml")
		if err != nil {
			t.Fatal(err)
		}
		var csv strings.Builder
		csv.WriteString("technique,female,age,cured,stay,days\n")
		for i := range 60 {
			stay := fmt.Sprint(3 + i%5)
			if i < missing {
				stay = ""
			}
			fmt.Fprintf(&csv, "micro,true,%d,true,%s,400\n", 40+i%20, stay)
		}
		f, err := rows.Read(strings.NewReader(csv.String()), rows.Reading{})
		if err != nil {
			t.Fatal(err)
		}
		cohort, err := rows.NewTable(p, f, "", "")
		if err != nil {
			t.Fatal(err)
		}
		part, err := NewPart(t.Context(), p, cohort, Of(p), nil)
		if err != nil {
			t.Fatal(err)
		}
		if !part.Takes[0] || part.Takes[1] != takes {
			t.Errorf("%d missing: %v %v", missing, part.Takes, part.Why)
		}
	}
}

// Held against trying all combinations of sums with coefficients -1, 0 and 1: what those find is found.
func TestNoSumOfSumsIsOfAFew(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n, m, k := rapid.IntRange(4, 14).Draw(rt, "rows"), rapid.IntRange(1, 5).Draw(rt, "sets"), rapid.IntRange(2, 4).Draw(rt, "least")
		who := make([]int, n)
		for i := range who {
			who[i] = i / rapid.IntRange(1, 2).Draw(rt, "rows of a patient")
		}
		sets := make([]set, m)
		for j := range sets {
			sets[j] = newSet(n)
			for i := range n {
				if rapid.Bool().Draw(rt, "in") {
					sets[j].add(i)
				}
			}
		}
		found := false
		for code := range power(3, uint64(m)) {
			left := map[int]bool{}
			for i := range n {
				sum, c := 0, code
				for _, s := range sets {
					sum += (int(c%3) - 1) * boolInt(s.has(i))
					c /= 3
				}
				if sum != 0 {
					left[who[i]] = true
				}
			}
			found = found || len(left) > 0 && len(left) < k
		}
		if found && !isolates(sets, n, who, k) {
			rt.Errorf("sums of fewer than %d patients are not seen", k)
		}
	})
}
