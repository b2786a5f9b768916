package run

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"consilium/study/exact"
	"consilium/study/mask"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// wards are three hospitals of 60 patients, in the second of which one is 83 and stayed 29 days.
func wards(t *testing.T, analysis string) (list []*party) {
	t.Helper()
	p, err := protocol.Parse([]byte(`format: 1
id: led
title: Led
variables:
  age:   {type: number, center: 50, scale: 12}
  stay:  {type: number, center: 5, scale: 3}
  cured: {type: bool}
  endo:  {type: bool}
  falls: {type: number}
  days:  {type: number}
outcomes:
  cure: {type: binary, value: cured}
  falls: {type: count, value: falls}
  back: {type: survival, time: days, event: cured, bin: 30, grid: [300]}
analyses:
  - `+analysis+"\n"), "led")
	if err != nil {
		t.Fatal(err)
	}
	var tables []*rows.Table
	for i := range 3 {
		var csv strings.Builder
		csv.WriteString("age,stay,cured,endo,falls,days\n")
		for j := range 60 {
			age, stay := 30+j%40, 3+j%7
			if i == 1 && j == 17 {
				age, stay = 83, 29
			}
			fmt.Fprintf(&csv, "%d,%d,%t,%t,%d,%d\n", age, stay, (i+j)%3 == 0, j%2 == 0, (i+j)%4, 100+(j*53)%400)
		}
		f, err := rows.Read(strings.NewReader(csv.String()), rows.Reading{})
		if err != nil {
			t.Fatal(err)
		}
		table, err := rows.NewTable(p, f, "", "")
		if err != nil {
			t.Fatal(err)
		}
		tables = append(tables, table)
	}
	list = network(t, p, tables)
	for _, h := range list {
		h.least = 5
	}
	return list
}

// lie is a contribution whose figures are these, masked as they should be.
func (h *party) lie(t *testing.T, figures []float64) Contribution {
	t.Helper()
	v, err := exact.VectorOf(figures)
	if err != nil {
		t.Fatal(err)
	}
	masker, err := mask.New(h.key, h.id, h.run.Roster(), h.run.Bound())
	if err != nil {
		t.Fatal(err)
	}
	if err := masker.Mask(v, h.run.Step, h.run.underway()[0].name(h.run.Protocol), h.run.Round); err != nil {
		t.Fatal(err)
	}
	return Contribution{Round: h.run.Round, From: h.run.Step, Masked: v.Bytes()}
}

// A hospital that lies about its sums leads a fit to where the only patient of 83 has nearly all of the weight, in every method that climbs by sums of others. The hospital that has
// the patient does not go there, and the honest run of the same protocol comes to its end.
func TestNoFitIsLedToOnePatient(t *testing.T) {
	for name, analysis := range map[string]string{
		"logistic":       "{id: a, method: logistic, outcome: cure, terms: [age, stay], center: none}",
		"own intercepts": "{id: a, method: logistic, outcome: cure, terms: [age, stay], center: fixed}",
		"poisson":        "{id: a, method: poisson, outcome: falls, terms: [age, stay], center: none}",
		"cox":            "{id: a, method: cox, outcome: back, terms: [age, stay]}",
		"mixed":          "{id: a, method: mixed_logistic, outcome: cure, terms: [age, stay]}",
		"weighting":      "{id: a, method: iptw, outcome: cure, exposure: endo, propensity: [age, stay], center: none}",
		"doubly robust":  "{id: a, method: aipw, outcome: cure, exposure: endo, propensity: [age, stay], terms: [age], center: none}",
	} {
		t.Run(name, func(t *testing.T) {
			play(t, wards(t, analysis))
			list := wards(t, analysis)
			evil, victim := list[0], list[1]
			at := 0.0
			for !evil.run.Done() {
				said, _, err := victim.run.Contribute(victim.id, victim.key, victim.cases, 5)
				if errors.Is(err, ErrPoint) {
					if len(said.Masked) > 0 {
						t.Error("figures are given with the refusal")
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				var lied Contribution
				switch n := evil.run.underway()[0].Size(); {
				case n == 22: // of three models side by side
					at++
					lied = evil.lie(t, slices.Concat(leading(10, at), leading(6, at), leading(6, at)))
				case n >= 6:
					at++
					lied = evil.lie(t, leading(n, at))
				default:
					lied = evil.says(t)
				}
				all := []Contribution{lied, said, list[2].says(t)}
				for _, h := range list {
					if err := h.run.Take(all); err != nil {
						t.Fatal(err)
					}
				}
			}
			t.Error("the fit was led to its end, and nobody refused")
		})
	}
}

// leading are sums that pull every coefficient far off: ever greater likelihoods, a score that points there, an information that outweighs all others.
func leading(n int, round float64) []float64 {
	out := make([]float64, n)
	out[0] = 1e9 * round
	p := 1
	for ; 1+p+p*(p+1)/2 < n; p++ {
	}
	z := (83.0 - 50) / 12
	for i := range p {
		out[1+i] = 1e9 * 200
	}
	if p == 3 {
		out[1] = -1e9 * 200 * z
	}
	for i, at := 0, 1+p; i < p && at < n; i++ {
		out[min(at+i, n-1)] = 1e9
		at += i + 1
	}
	return out
}

// The honest weights of an ordinary model are far from the bound, and those of a model without effects never touch it.
func TestEqualWeightsAreEven(t *testing.T) {
	p := parse(t)
	for _, n := range []int{5, 6, 9, 20} {
		list := network(t, p, []*rows.Table{table(t, p, n, 1, 0), table(t, p, 200, 2, 0), table(t, p, 200, 3, 0)})
		for _, i := range list[0].run.underway() {
			if err := list[0].run.fit(i, list[0].table, 5); err != nil {
				t.Errorf("%d patients: %v", n, err)
			}
		}
	}
}
