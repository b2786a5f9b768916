package run

import (
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"consilium/ledger"
	"consilium/study/mask"
	"consilium/study/protocol"
	"consilium/study/rows"
)

const text = `format: 1
id: run
title: Run
variables:
  technique: {type: bool}
  age:       {type: number, center: 50, scale: 12}
  cured:     {type: bool}
  stay:      {type: number, center: 5, scale: 3}
  days:      {type: number, center: 0, scale: 365}
outcomes:
  cure:    {type: binary, value: cured}
  stay:    {type: number, value: stay}
  relapse: {type: survival, time: days, event: cured, bin: 30, grid: [90, 360]}
analyses:
  - {id: table1, method: describe, of: [age, cured], by: technique}
  - {id: primary, method: logistic, outcome: cure, terms: [technique, age], center: fixed}
  - {id: plain, method: logistic, outcome: cure, terms: [technique, age], center: none}
  - {id: stay, method: linear, outcome: stay, terms: [technique, "technique:age"], center: none}
  - {id: cox, method: cox, outcome: relapse, terms: [technique, age]}
  - {id: curve, method: kaplan_meier, outcome: relapse}
  - {id: weighted, method: iptw, outcome: stay, exposure: technique, propensity: [age], center: none}
  - {id: double, method: aipw, outcome: cure, exposure: technique, propensity: [age], terms: [age], center: none}
  - {id: random, method: mixed_logistic, outcome: cure, terms: [age]}
  - {id: centers, method: meta, of: {method: linear, outcome: stay, terms: [technique]}, effect: technique}
`

func parse(t testing.TB) *protocol.Protocol {
	p, err := protocol.Parse([]byte(text), "run.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// table makes n patients from a seed; shift makes hospitals differ.
func table(t testing.TB, p *protocol.Protocol, n int, seed uint64, shift float64) *rows.Table {
	r := mathrand.New(mathrand.NewPCG(seed, 7))
	var csv strings.Builder
	csv.WriteString("technique,age,cured,stay,days\n")
	for range n {
		technique, age := r.IntN(2) == 1, 50+12*r.NormFloat64()
		h := shift + 0.02*(age-50)
		if technique {
			h++
		}
		fmt.Fprintf(&csv, "%t,%.2f,%t,%.2f,%d\n", technique, age, r.Float64() < 1/(1+math.Exp(-h)), 5+h+r.NormFloat64(), 1+r.IntN(700))
	}
	f, err := rows.Read(strings.NewReader(csv.String()), rows.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := rows.NewTable(p, f, "", "")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// party is one hospital with its own copy of the run.
type party struct {
	id    ledger.HospitalID
	key   *ecdh.PrivateKey
	table *rows.Table
	run   *Run
	least int // patients behind a figure
}

func (h *party) cases(int, int) (*rows.Table, error) { return h.table, nil }

func (h *party) says(t testing.TB) Contribution {
	c, _, err := h.run.Contribute(h.id, h.key, h.cases, h.least)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func network(t testing.TB, p *protocol.Protocol, tables []*rows.Table) []*party {
	var list []*party
	var members []Member
	for i, table := range tables {
		key, err := mask.NewKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		h := &party{id: ledger.HospitalID{byte(i + 1)}, key: key, table: table, least: 1}
		takes := make([]bool, len(p.Analyses))
		for a := range takes {
			takes[a] = true
		}
		list, members = append(list, h), append(members, Member{Hospital: h.id, Key: key.PublicKey(), Takes: takes})
	}
	for i, h := range list {
		rotated := append(append([]Member{}, members[i:]...), members[:i]...) // a roster in any order is the same roster
		var err error
		if h.run, err = Begin(p, rotated); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// play plays a run to its end and gives the step of each round.
func play(t testing.TB, list []*party) (steps []ledger.Hash) {
	for !list[0].run.Done() {
		var all []Contribution
		for _, h := range list {
			all = append(all, h.says(t))
		}
		for _, h := range list {
			if err := h.run.Take(all); err != nil {
				t.Fatal(err)
			}
			if h.run.Step != list[0].run.Step {
				t.Fatal("two hospitals are at different steps")
			}
		}
		steps = append(steps, list[0].run.Step)
	}
	return steps
}

func TestEveryHospitalComesToTheSameStepWhateverTheRows(t *testing.T) {
	p := parse(t)
	rapid.Check(t, func(rt *rapid.T) {
		var tables []*rows.Table
		for i := range rapid.IntRange(1, 5).Draw(rt, "hospitals") {
			tables = append(tables, table(t, p, rapid.IntRange(30, 200).Draw(rt, "patients"), rapid.Uint64().Draw(rt, "seed"), float64(i)/2-1))
		}
		play(t, network(t, p, tables))
	})
}

// A hospital that was restarted in the middle of a run says the same again, and replaying what all have said leads to the same steps.
func TestARestartSaysTheSameAndReplaysToTheSameStep(t *testing.T) {
	p := parse(t)
	list := network(t, p, []*rows.Table{table(t, p, 120, 1, -1), table(t, p, 80, 2, 0), table(t, p, 100, 3, 1)})
	var history [][]Contribution
	for !list[0].run.Done() {
		var all []Contribution
		for _, h := range list {
			all = append(all, h.says(t))
		}
		history = append(history, all)
		again, err := Begin(p, list[1].run.Members)
		if err != nil {
			t.Fatal(err)
		}
		for _, old := range history[:len(history)-1] {
			if err := again.Take(old); err != nil {
				t.Fatal(err)
			}
		}
		if again.Step != list[1].run.Step {
			t.Fatal("a replay came to another step")
		}
		said, _, err := again.Contribute(list[1].id, list[1].key, list[1].cases, 5)
		if err != nil || string(said.Masked) != string(all[1].Masked) || string(said.Open) != string(all[1].Open) {
			t.Fatal("after a restart the hospital says something else in the same round", err)
		}
		for _, h := range list {
			if err := h.run.Take(all); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, r := range list[0].run.Results() {
		if r.Refused != nil {
			t.Errorf("%s: %s", p.Analyses[r.Analysis].ID, r.Refused)
		}
	}
}

func TestAContributionFromAnotherStepIsNamed(t *testing.T) {
	p := parse(t)
	list := network(t, p, []*rows.Table{table(t, p, 60, 1, 0), table(t, p, 60, 2, 0), table(t, p, 60, 3, 0)})
	for name, spoil := range map[string]func(*Contribution){
		"another step":  func(c *Contribution) { c.From[3] ^= 1 },
		"another round": func(c *Contribution) { c.Round++ },
		"a figure less": func(c *Contribution) { c.Masked = c.Masked[:len(c.Masked)-16] },
		"a byte more":   func(c *Contribution) { c.Masked = append(c.Masked, 0) },
		"open figures":  func(c *Contribution) { c.Open = append(c.Open, 0, 0, 0, 0, 0, 0, 0, 0) },
		"no number":     func(c *Contribution) { copy(c.Open, "\x7f\xf8\x00\x00\x00\x00\x00\x01") },
	} {
		var all []Contribution
		for _, h := range list {
			all = append(all, h.says(t))
		}
		spoil(&all[1])
		before := list[0].run.Step
		err := list[0].run.Take(all)
		if err == nil || !strings.Contains(err.Error(), list[1].id.String()) || list[0].run.Step != before {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := list[0].run.Take(nil); err == nil {
		t.Error("no contributions were taken for a round")
	}
}

// With all entries and its own key, a hospital that subtracts what it knows is left with the sum of the others, masked or not: that is all it can learn, and with two
// hospitals it is the other one's.
func TestWhatAMemberLearnsIsTheSumOfTheOthers(t *testing.T) {
	p := parse(t)
	list := network(t, p, []*rows.Table{table(t, p, 60, 1, 0), table(t, p, 60, 2, 0), table(t, p, 60, 3, 0)})
	if !list[0].run.Masked() {
		t.Fatal("three hospitals are not masked")
	}
	masked := list[1].says(t)
	bare := *list[1].run
	bare.Members = bare.Members[:2] // what it would have said without masks
	open, _, err := bare.Contribute(list[1].id, list[1].key, list[1].cases, 5)
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	for i := 0; i+16 <= len(masked.Masked); i += 16 {
		if string(masked.Masked[i:i+16]) == string(open.Masked[i:i+16]) {
			same++
		}
	}
	if same > 0 {
		t.Errorf("%d figures of a masked contribution are readable", same)
	}
	if network(t, p, []*rows.Table{table(t, p, 60, 1, 0), table(t, p, 60, 2, 0)})[0].run.Masked() {
		t.Error("two hospitals believe themselves masked")
	}
}

func TestAHospitalThatDoesNotTakePartSaysZerosThatNobodyCanTell(t *testing.T) {
	p := parse(t)
	list := network(t, p, []*rows.Table{table(t, p, 60, 1, 0), table(t, p, 60, 2, 0), table(t, p, 60, 3, 0), table(t, p, 60, 4, 0)})
	members := list[0].run.Members
	for a := range members[3].Takes {
		members[3].Takes[a] = false
	}
	for _, h := range list {
		var err error
		if h.run, err = Begin(p, members); err != nil {
			t.Fatal(err)
		}
	}
	play(t, list)
	for _, r := range list[0].run.Results() {
		if r.N != 180 || len(r.LeftOut) != 1 || r.LeftOut[0] != list[3].id {
			t.Errorf("%s: %d patients without %v", p.Analyses[r.Analysis].ID, r.N, r.LeftOut)
		}
	}
}

// Whoever joins with another one's key has everybody's masks derived twice from one secret, with opposite signs for the hospital between them: nobody masks for such a run.
func TestNobodyMasksForARunInWhichOneKeyStandsTwice(t *testing.T) {
	p := parse(t)
	list := network(t, p, []*rows.Table{table(t, p, 60, 1, 0), table(t, p, 60, 2, 0), table(t, p, 60, 3, 0)})
	members := slices.Clone(list[0].run.Members)
	members[0].Key = members[2].Key
	r, err := Begin(p, members)
	if err != nil {
		t.Fatal(err)
	}
	if c, _, err := r.Contribute(list[1].id, list[1].key, list[1].cases, 5); !errors.Is(err, mask.ErrTwice) || len(c.Masked) > 0 {
		t.Error("the hospital between them contributes", err)
	}
}

// Three are in the roster and one contributes: behind their zeros the sum is its own. Nothing is computed for an analysis that fewer contribute to than one of them asks for.
func TestNobodyIsTheOnlyOneBehindAMask(t *testing.T) {
	p := parse(t)
	list := network(t, p, []*rows.Table{table(t, p, 60, 1, 0), table(t, p, 60, 2, 0), table(t, p, 60, 3, 0)})
	members := list[0].run.Members
	for i := range members {
		members[i].Least, members[i].Takes[0] = MaskedFrom, i == 1
	}
	for _, h := range list {
		var err error
		if h.run, err = Begin(p, members); err != nil {
			t.Fatal(err)
		}
	}
	if n := list[1].run.underway()[0].analysis; n == 0 {
		t.Error("the only hospital that contributes to the first analysis is asked for its figures")
	}
	play(t, list)
	for _, r := range list[0].run.Results() {
		if alone := r.Analysis == 0; alone != (r.Refused != nil) {
			t.Errorf("%s: refused %q", p.Analyses[r.Analysis].ID, r.Refused)
		}
	}
}
