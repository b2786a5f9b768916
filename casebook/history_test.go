package casebook

import (
	"errors"
	"strings"
	"testing"

	"consilium/pathway"
)

const mappingText = `
pathway: hfs-mvd
source: hospital database 2019-2025
dates: 2006/1/2
missing: {"": unknown, "9": refused}
number: case_no
name: name
title: Hemifacial spasm
age: age
sex: {column: sex, codes: {F: female, M: male}}
entries:
  - kind: operation
    form: operation
    date: op_date
    procedure: {column: op, codes: {E: mvd_endoscopic, M: mvd_microscopic}}
    values:
      procedure: {column: op, codes: {E: mvd_endoscopic, M: mvd_microscopic}}
      blood_loss: {column: loss}
      hemoglobin_not_there: {column: hb}
  - kind: complication
    when: {column: hearing, codes: {"1": "yes", "0": ""}}
    code: hearing_loss
    date: op_date
  - kind: followup
    schedule: m12
    form: followup
    date: fu_date
    lost: lost
    values:
      nrs: {column: pain}
`

const historyText = "\ufeffcase_no,name,age,sex,op_date,op,loss,hb,hearing,fu_date,lost,pain\n" +
	"B1,王小明,54,F,2021/3/4,E,50,12.5,0,2022/3/1,,1\n" +
	"B2,李芳,61,M,2021/4/1,M,,13,1,,moved away,\n" +
	"B3,张伟,47,F,2021/4/2,X,80,13,0,,,\n" +
	"B4,张敏,47,F,2021/4/31,E,80,13,0,,,\n" +
	"B5,赵静,47,F,2021/4/30,E,99999999,13,0,,,\n" +
	"B1,王小明,54,F,2021/3/4,E,50,12.5,0,2022/3/1,,1\n" +
	",无名,47,F,2021/4/30,E,1,13,0,,,\n"

func hfs(t testing.TB) (*pathway.Pack, Packs) {
	t.Helper()
	pack, err := pathway.Load([]byte(readPack(t, "hfs-mvd")), "hfs-mvd.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return pack, func(id, version string) *pathway.Pack {
		if id == pack.ID && version == pack.Version {
			return pack
		}
		return nil
	}
}

func TestHistory(t *testing.T) {
	pack, _ := hfs(t)
	if _, err := ReadMapping([]byte(mappingText), pack); err == nil || !strings.Contains(err.Error(), "hemoglobin_not_there") {
		t.Fatalf("a field that the form does not have: %v", err)
	}
	h := newHistorian(t)
	w, n := h.w, h.n
	mapping := strings.Replace(mappingText, "      hemoglobin_not_there: {column: hb}\n", "", 1)
	p := h.take(mapping, historyText)
	if p.err != nil || p.Progress != (Progress{Rows: 7, Opened: 2, Known: 1, Faulty: 4, Entries: 3 + 4}) {
		t.Errorf("%+v", p)
	}
	for i, want := range []string{"4 op:", "5 op_date:", "6 loss:", "8 case_no:"} {
		if !strings.HasPrefix(p.faults[i], want) {
			t.Errorf("faults %q, want %s", p.faults, want)
		}
	}
	if p = h.take(mapping, historyText); p.Opened != 0 || p.Known != 3 {
		t.Errorf("again: %+v", p)
	}
	rows, _, err := List(t.Context(), n.db, Query{Text: "B2", Limit: 5})
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	c := n.fold(rows[0].Thread)
	if len(c.Next) == 0 || !c.Next[0].By.After(w.clock) {
		t.Errorf("next %+v: only what is still to come", c.Next)
	}
	if c.Marks != 0 || len(c.Operations) != 1 || len(c.Complications) != 1 || c.FollowUps[0].Says.Lost != "moved away" {
		t.Errorf("%d marks, %+v", c.Marks, c.FollowUps)
	}
	if v := c.Latest["blood_loss"].Value; v.Missing() != pathway.Unknown {
		t.Errorf("blood loss %v", v)
	}
	for _, text := range []string{"李芳", "李", "b2", "spasm"} {
		list, _, err := List(t.Context(), n.db, Query{Text: text})
		found := false
		for _, r := range list {
			found = found || r.Thread == rows[0].Thread && r.Patient != nil && r.Patient.Name == "李芳"
		}
		if err != nil || !found {
			t.Errorf("searching %q: %d rows, %v", text, len(list), err)
		}
	}
	if list, _, _ := List(t.Context(), n.db, Query{Text: "李伟"}); len(list) != 0 {
		t.Errorf("found who is not there: %+v", list)
	}
	if err := ForgetIdentity(t.Context(), n.db, rows[0].Thread); err != nil {
		t.Fatal(err)
	}
	if _, err := IdentityOf(t.Context(), n.db, rows[0].Thread); !errors.Is(err, ErrNoIdentity) {
		t.Errorf("forgotten: %v", err)
	}
}

func TestARowThatIsNoCSVLeavesTheOthers(t *testing.T) {
	h := newHistorian(t)
	long := strings.Repeat("王", maxName+1)
	table := "no,name,born\nA1,张一,1960\nA\"2,李二,1961\nA3,\"王\"三,1962\nA4," + long + ",1963\nA5,赵五,1964\nA6,\"孙六,1965\nA7,周七,1966\n"
	p := h.take("pathway: hfs-mvd\nsource: old\nnumber: no\nname: name\nbirth: born\ntitle: Hemifacial spasm\n", table)
	if got := h.patients(); p.err != nil || got != "A1 张一, A5 赵五, A7 周七" || p.Faulty != 4 || p.Rows != 7 {
		t.Errorf("opened %v, %+v", got, p)
	}
}
