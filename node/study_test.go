package node_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/node/nodetest"
	"consilium/study"
)

const theMapping = `pathway: hfs-mvd
source: Register
number: record
name: patient
title: Decompression (register)
age: age
sex: {column: sex, codes: {F: female, M: male}}
side: {column: side, codes: {L: left, R: right}}
entries:
  - kind: operation
    form: operation
    date: operated
    procedure: {column: technique, codes: {endoscopic: mvd_endoscopic, microscopic: mvd_microscopic}}
    guidance: {always: none}
    values:
      procedure: {column: technique, codes: {endoscopic: mvd_endoscopic, microscopic: mvd_microscopic}}
      technique: {column: technique, codes: {endoscopic: fully_endoscopic, microscopic: microscopic}}
      side: {column: side, codes: {L: left, R: right}}
      surgical_level: {always: "4"}
      skin_to_skin: minutes
      blood_loss: blood
`

const theProtocol = `format: 1
id: mvd-time
title: "How long does a decompression take? | 减压术需要多长时间？"
question: Does the technique change how long the operation takes?
pathway: hfs-mvd
variables:
  technique: {type: category, levels: [microscopic, fully_endoscopic]}
  age: {type: number, unit: a, value: age_at_opening, center: 55, scale: 10}
  minutes: {type: number, unit: min, value: skin_to_skin, center: 150, scale: 40}
exposure: technique
outcomes:
  duration: {type: number, value: minutes}
analyses:
  - {id: table1, method: describe, by: technique, of: [age, minutes]}
  - {id: primary, role: primary, method: linear, outcome: duration, terms: [technique, age], center: fixed}
missing: {method: complete}
privacy: {min_patients: 5, figures_per_patient: 100}
`

// series is a register of operations: the endoscope takes longer by 20 minutes here, wherever the hospital begins.
func series(hospital, n int) string {
	var b strings.Builder
	b.WriteString("record,patient,age,sex,side,operated,technique,minutes,blood\n")
	for i := range n {
		technique, minutes := "microscopic", 140+hospital*5+(i*7)%23
		if i%2 == 1 {
			technique, minutes = "endoscopic", minutes+20
		}
		fmt.Fprintf(&b, "%d-%d,Patient %c%d,%d,%s,%s,2024-03-%02d,%s,%d,%d\n", hospital, i, 'A'+hospital, i, 40+(i*3)%35, []string{"F", "M"}[i/2%2], []string{"L", "R"}[i%2], 1+i%28, technique, minutes, 30+i%17)
	}
	return b.String()
}

func bringHistory(w *nodetest.World, h *nodetest.Hospital, hospital, n int) {
	var order struct{ Job int64 }
	h.MustAsk("head", "POST", "/imports", map[string]any{"mapping": theMapping, "csv": series(hospital, n)}, &order)
	w.Until("the import at "+h.Name, func() bool {
		var state struct {
			Finished    bool
			Note, Error string
		}
		h.MustAsk("head", "GET", "/jobs/"+strconv.FormatInt(order.Job, 10), nil, &state)
		return state.Finished
	})
}

type studyState struct {
	State, Protocol, Entry string
	Approved               int
	Run                    *struct {
		Entry, Step, Fault string
		Done               bool
		Missing, Signed    []string
	}
}

func stateAt(h *nodetest.Hospital, id ledger.ThreadID) (s studyState) {
	h.MustAsk("researcher", "GET", "/studies/"+id.String(), nil, &s)
	return s
}

// Three hospitals compare two techniques: their nodes join, contribute round by round and come to one result by themselves, and no row leaves any of them.
func TestAStudyOverThreeHospitals(t *testing.T) {
	w := nodetest.New(t, "Harbor", "Lakeside", "Mountain")
	a, b, c := w.Hospital("Harbor"), w.Hospital("Lakeside"), w.Hospital("Mountain")
	all := []*nodetest.Hospital{a, b, c}
	w.Partners(a, b)
	w.Partners(a, c)
	w.Partners(b, c)
	for i, h := range all {
		bringHistory(w, h, i, 30)
	}
	var made struct{ ID ledger.ThreadID }
	a.MustAsk("researcher", "POST", "/studies", map[string]any{"protocol": theProtocol, "hospitals": []string{b.ID.String(), c.ID.String()}}, &made)
	for _, h := range all {
		w.Until("the protocol at "+h.Name, func() bool { return h.Knows(made.ID) && stateAt(h, made.ID).Protocol != "" })
		var own struct {
			Patients int
			Analyses []struct {
				Contributes bool
				Why         []string
			}
		}
		h.MustAsk("head", "GET", "/studies/"+made.ID.String()+"/own", nil, &own)
		if own.Patients != 0 { // nobody agreed to research
			t.Errorf("without a waiver %s would contribute %d patients", h.Name, own.Patients)
		}
		waives(w, h, "2026-7")
		h.MustAsk("head", "GET", "/studies/"+made.ID.String()+"/own?waiver=2026-7", nil, &own)
		if own.Patients != 30 || len(own.Analyses) != 2 || !own.Analyses[1].Contributes {
			t.Fatalf("with a waiver %s would contribute %+v", h.Name, own)
		}
		say := func(kind string, body map[string]any, refs ...string) {
			t.Helper()
			h.MustAsk("head", "POST", "/studies/"+made.ID.String()+"/entries", map[string]any{"kind": kind, "body": body, "refs": refs}, nil)
		}
		if h != a {
			say(ledger.KindJoined, map[string]any{})
		}
		s := stateAt(h, made.ID)
		say(study.KindApproved, map[string]any{"protocol": s.Protocol, "ethics": "2026-7", "waiver": "2026-7", "alone": false}, s.Entry)
	}
	w.Until("all approvals at Harbor", func() bool { return stateAt(a, made.ID).Approved == 3 })
	s := stateAt(a, made.ID)
	a.MustAsk("researcher", "POST", "/studies/"+made.ID.String()+"/entries", map[string]any{"kind": study.KindRun,
		"body": map[string]any{"hospitals": []string{a.ID.String(), b.ID.String(), c.ID.String()}}, "refs": []string{s.Entry}}, nil)
	for _, h := range all {
		w.Until("the result at "+h.Name, func() bool {
			s := stateAt(h, made.ID)
			if s.Run != nil && s.Run.Fault != "" {
				t.Fatal(h.Name, s.Run.Fault)
			}
			return s.State == "finished"
		})
	}
	w.Same(made.ID, all...)
	step := stateAt(a, made.ID).Run.Step
	for _, h := range all {
		if got := stateAt(h, made.ID).Run.Step; got != step {
			t.Errorf("%s came to %s, not %s", h.Name, got, step)
		}
		var result struct {
			Analyses []struct {
				ID        string
				N         int
				Estimates []struct {
					Name  string
					Value float64
				}
			}
		}
		h.MustAsk("researcher", "GET", "/studies/"+made.ID.String()+"/result", nil, &result)
		if p := result.Analyses[1]; p.N != 90 || len(p.Estimates) == 0 || p.Estimates[0].Name != "technique=fully_endoscopic" || p.Estimates[0].Value < 15 || p.Estimates[0].Value > 25 {
			t.Errorf("%s: %+v", h.Name, result)
		}
		w.Until("the key of the run is destroyed at "+h.Name, func() bool {
			keys, err := filepath.Glob(filepath.Join(h.Dir, "runs", "*"))
			return err == nil && len(keys) == 0
		})
		if entries, err := os.ReadDir(filepath.Join(h.Dir, "freezes", "keys")); err != nil || len(entries) != 1 {
			t.Errorf("%s froze %d times: %v", h.Name, len(entries), err)
		}
	}
	countedAnew(t, a, made.ID, step)
	noRowLeft(t, a.Log(made.ID))
	erasedIsThawed(w, a)
}

// countedAnew takes the study in a bundle and computes the result from that alone. A bundle with a byte changed is none.
func countedAnew(t *testing.T, h *nodetest.Hospital, id ledger.ThreadID, step string) {
	t.Helper()
	var file strings.Builder
	h.MustAsk("head", "GET", "/studies/"+id.String()+"/bundle", nil, &file)
	bytes := file.String()
	b, err := ledger.ReadBundle(strings.NewReader(bytes), nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := study.CountAnew(b)
	if err != nil || r.Step.String() != step || len(r.Unsigned) != 3 || len(r.Other) != 0 || r.Analyses != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	i := strings.LastIndex(bytes, `"round":`)
	if _, err := ledger.ReadBundle(strings.NewReader(bytes[:i]+`"RounD":`+bytes[i+len(`"round":`):]), nil); err == nil {
		t.Error("a changed contribution is believed")
	}
}

// erasedIsThawed erases something of a case that a freeze holds, and wants the freeze gone with it.
func erasedIsThawed(w *nodetest.World, h *nodetest.Hospital) {
	w.Helper()
	var cases struct {
		Items []struct{ ID ledger.ThreadID }
	}
	h.MustAsk("head", "GET", "/cases?limit=1", nil, &cases)
	id := cases.Items[0].ID
	var last ledger.Hash
	for _, s := range h.Log(id).Said {
		if s.Kind == casebook.KindOperation {
			last = s.Hash
		}
	}
	if _, err := h.SayAs("head", id, map[string]any{"kind": ledger.KindErased, "body": map[string]any{"reason": "law"}, "refs": []ledger.Hash{last}}); err != nil {
		w.Fatal(err)
	}
	w.Until("the frozen rows are destroyed at "+h.Name, func() bool {
		keys, err := os.ReadDir(filepath.Join(h.Dir, "freezes", "keys"))
		return err == nil && len(keys) == 0
	})
}

// noRowLeft looks for what a row would hold in what the hospitals said to each other.
func noRowLeft(t *testing.T, l ledger.Log) {
	t.Helper()
	for _, s := range l.Said {
		for _, word := range []string{"Patient A", "Patient B", "2024-03", "0-1"} {
			// What governs the thread holds keys and signatures, in which any three letters may stand by chance.
			if strings.Contains(string(s.Says()), word) && s.Kind != study.KindProtocol && !strings.HasPrefix(s.Kind, "thread.") {
				t.Errorf("%q stands in a %s", word, s.Kind)
			}
		}
	}
}
