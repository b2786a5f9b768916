package run

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"consilium/study/exact"
	"consilium/study/method"
	"consilium/study/rows"
)

// apart is a run of three analyses in which the second hospital's figures of the first cannot leave: the fit was led to where one patient has their weight.
func apart(t *testing.T, rules int) []*party {
	list := wards(t, "{id: a, method: logistic, outcome: cure, terms: [age, stay], center: none}\n  - {id: b, method: describe, of: [age]}\n  - {id: c, method: poisson, outcome: falls, terms: [age], center: none}")
	for _, h := range list {
		for i := range h.run.Members {
			h.run.Members[i].Rules = rules
		}
	}
	var all []Contribution
	for _, h := range list {
		all = append(all, h.says(t))
	}
	for _, h := range list {
		if err := h.run.Take(all); err != nil {
			t.Fatal(err)
		}
		far(t, h.run, list[1].table)
	}
	return list
}

// far leads the first fit away, as sums of a liar do, until the rows of a hospital have no part in it any more.
func far(t *testing.T, r *Run, table *rows.Table) {
	t.Helper()
	for round := 1.0; r.fit(r.items[0], table, 5) == nil; round++ {
		v, err := exact.VectorOf(leading(r.items[0].Size(), round))
		if err != nil || r.items[0].Size() == 0 {
			t.Fatal("the fit was not led away", err)
		}
		r.items[0].Take(v.Big())
	}
}

// What a hospital withholds is chance to everybody: neither its own figures nor, by subtraction, those of the others can be read. All come to the same step, and the other analyses to
// their end.
func TestWhatIsWithheldTellsNothing(t *testing.T) {
	list := apart(t, Rules)
	victim := list[1]
	c, held, err := victim.run.Contribute(victim.id, victim.key, victim.cases, 5)
	if err != nil || len(c.Withheld) != 1 || c.Withheld[0] != (Withheld{0, string(method.SamePoint)}) || !errors.Is(held[0], ErrPoint) {
		t.Fatalf("%+v, %v, %v", c.Withheld, held, err)
	}
	again, _, err := victim.run.Contribute(victim.id, victim.key, victim.cases, 5)
	size := victim.run.items[0].Size() * exact.FixedSize
	if err != nil || bytes.Equal(c.Masked[:size], again.Masked[:size]) || !bytes.Equal(c.Masked[size:], again.Masked[size:]) {
		t.Error("what stands in the place of withheld figures is not chance, or more than they is")
	}
	all := []Contribution{{Round: c.Round, From: c.From, Masked: slices.Concat(make([]byte, size), list[0].rest(t, size))}, c, {Round: c.Round, From: c.From, Masked: slices.Concat(make([]byte, size), list[2].rest(t, size))}}
	for _, h := range list {
		if err := h.run.Take(all); err != nil {
			t.Fatal(err)
		}
		if h.run.Step != list[0].run.Step {
			t.Fatal("the hospitals came to different steps")
		}
	}
	play(t, list)
	results := list[0].run.Results()
	if r := results[0].Refused; r == nil || r.Why != method.SamePoint || r.N != 1 || len(r.Terms) == 0 || r.String() == "" || len(results[0].Estimates) > 0 {
		t.Errorf("%+v", results[0])
	}
	for _, r := range results[1:] {
		if r.Refused != nil || r.N != 180 {
			t.Errorf("%+v", r)
		}
	}
}

// rest is what a hospital says in a round, from a byte on: that it withholds figures too is no matter here.
func (h *party) rest(t *testing.T, from int) []byte { return h.says(t).Masked[from:] }

// A node of an older release would take chance for figures: where one is in the run nobody withholds, and the contribution of one who does is not taken.
func TestNobodyWithholdsBeforeAnOlderNode(t *testing.T) {
	list := apart(t, Rules-1)
	victim := list[1]
	if c, _, err := victim.run.Contribute(victim.id, victim.key, victim.cases, 5); !errors.Is(err, ErrPoint) || len(c.Withheld) > 0 {
		t.Errorf("%+v, %v", c.Withheld, err)
	}
	for name, of := range map[string]struct {
		rules int
		list  []Withheld
	}{
		"an older node":        {Rules - 1, []Withheld{{0, "point"}}},
		"no analysis":          {Rules, []Withheld{{7, "point"}}},
		"one that is over":     {Rules, []Withheld{{1, "point"}}},
		"twice":                {Rules, []Withheld{{0, "point"}, {0, "point"}}},
		"a reason of no kind":  {Rules, []Withheld{{0, "mood"}}},
		"below the protocol's": {Rules, []Withheld{{-1, "point"}}},
	} {
		honest := apart(t, of.rules)[0]
		c := Contribution{Round: honest.run.Round, From: honest.run.Step, Masked: make([]byte, honest.run.items[0].Size()*exact.FixedSize), Withheld: of.list}
		if honest.run.Check(c) == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
