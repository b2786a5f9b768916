package registry

import (
	"context"
	"errors"
	"math"
	"testing"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
)

func (h *hospital) concordance() map[string]Concordance {
	h.t.Helper()
	out := map[string]Concordance{}
	h.update(func(ctx context.Context, tx ledger.Tx) error {
		list, _, err := h.reg.Concordance(ctx, tx, "hfs-mvd")
		for _, c := range list {
			out[c.Variable] = c
		}
		return err
	})
	return out
}

// TestTwoPeopleEnterOneForm: a second entry changes no row; what differs is listed until it is corrected, and how far both agreed stays what it was.
func TestTwoPeopleEnterOneForm(t *testing.T) {
	h := newHospital(t)
	thread, operation, _ := operated(h)
	_, other, _ := operated(h)
	before := h.read(Query{Pathway: "hfs-mvd"})
	h.who = "p2"
	values := pathway.Values{"technique": pathway.String("microscopic"), "vessel": pathway.Codes("aica", "va"), "blood_loss": pathway.Int(60), "amr_monitored": pathway.Missing(pathway.NotDone),
		"endoscope_diameter": pathway.String("4.0"), "incision_at": pathway.String("2025-03-10T09:30+08:00")}
	second := h.say(thread, casebook.KindDoubleEntry, casebook.DoubleEntry{Form: "operation", Values: values}, operation)
	values = values.Clone()
	values["technique"], values["blood_loss"] = pathway.String("fully_endoscopic"), pathway.Int(40)
	var elsewhere ledger.ThreadID
	h.update(func(ctx context.Context, tx ledger.Tx) error {
		list, err := EnteredOnce(ctx, tx, "hfs-mvd", 10)
		if err == nil && len(list) == 1 {
			elsewhere = list[0].Thread
		}
		return err
	})
	if elsewhere == thread || elsewhere == (ledger.ThreadID{}) {
		t.Fatal("the case of which nothing was entered twice is not drawn")
	}
	h.say(elsewhere, casebook.KindDoubleEntry, casebook.DoubleEntry{Form: "operation", Values: values}, other)
	after := h.read(Query{Pathway: "hfs-mvd"})
	for i := range after {
		for name := range after[i] {
			if after[i][name] != before[i][name] {
				t.Errorf("a second entry made %s of row %d %v instead of %v", name, i, after[i][name], before[i][name])
			}
		}
	}
	c := h.concordance()
	if x := c["technique"]; x.N != 2 || x.Same != 1 || x.Kappa == nil || x.Kappa.Value != 0 || len(x.Open) != 1 || x.Open[0].First != operation || x.Open[0].Second != second ||
		x.Open[0].Answers != [2]Cell{{Value: "fully_endoscopic"}, {Value: "microscopic"}} {
		t.Errorf("technique: %+v", x)
	}
	if x := c["blood_loss"]; x.N != 2 || x.Limits == nil || x.Limits.Mean != -10 || math.Abs(x.Limits.SD-14.142) > 0.001 {
		t.Errorf("blood loss: %+v", x)
	}
	if x := c["amr_monitored"]; x.Same != 2 || !math.IsNaN(x.Kappa.Value) { // both always gave one and the same reason
		t.Errorf("monitored: %+v", x)
	}
	if _, there := c["vessel_multiple"]; there {
		t.Error("what is computed was entered by nobody")
	}
	values["technique"] = pathway.String("fully_endoscopic")
	values["blood_loss"] = pathway.Int(60)
	h.say(thread, ledger.KindAmend, ledger.Amendment{Why: "misread", Says: asJSON(t, casebook.DoubleEntry{Form: "operation", Values: values})}, second)
	if x := h.concordance()["technique"]; len(x.Open) != 0 || x.Same != 1 || x.Kappa.Value != 0 {
		t.Errorf("technique after it was corrected: %+v", x)
	}
}

// TestNobodyEntersTwiceByThemselves: a second entry is another person's, of the form that it repeats.
func TestNobodyEntersTwiceByThemselves(t *testing.T) {
	h := newHospital(t)
	thread, operation, follow := operated(h)
	for _, c := range []struct {
		who  ledger.PersonID
		form string
		ref  ledger.Hash
		want string
	}{{"p1", "operation", operation, "entered-by-oneself"}, {"p2", "followup", operation, "no-first-entry"}, {"p2", "operation", follow, "no-first-entry"}, {"p2", "operation", ledger.Hash{1}, "no-first-entry"}} {
		p := packs("hfs-mvd", "")
		err := h.db.Update(context.Background(), func(ctx context.Context, tx ledger.Tx) error {
			_, err := h.book.Append(ctx, tx, ledger.Draft{Thread: thread, Kind: casebook.KindDoubleEntry, Person: c.who, Author: ledger.Author{Name: "Dr. Ye", Role: "coordinator"}, Refs: []ledger.Hash{c.ref},
				Says: casebook.DoubleEntry{Form: c.form, Values: pathway.Values{"blood_loss": pathway.Int(60)}}, Pack: &ledger.PackRef{ID: p.ID, Version: p.Version, Hash: p.Hash()}}, h.now())
			return err
		})
		var stopped *record.Stopped
		if !errors.As(err, &stopped) || stopped.Marks[0].Code != c.want {
			t.Errorf("%s repeats %s: %v, want %s", c.who, c.form, err, c.want)
		}
	}
}
