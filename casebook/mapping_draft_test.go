package casebook

import (
	"reflect"
	"strings"
	"testing"
)

func TestAMappingPutTogetherIsReadAsItWasMeant(t *testing.T) {
	pack, _ := hfs(t)
	m, err := DraftMapping(nil)
	if err != nil {
		t.Fatal(err)
	}
	m.Pathway, m.Title, m.Source = "hfs-mvd", "Hemifacial spasm", "ledger: 2019"
	put := func(goal, column string) Goal {
		g, ok := ParseGoal(goal)
		if !ok {
			t.Fatalf("%q is no goal", goal)
		}
		m.Put(g, Source{Column: column})
		return g
	}
	put("followup/followup/m12/@date", "seen")
	put("followup/followup/m12/cohen", "cohen: 12")
	put("///number", "no")
	sex := put("///sex", "性别")
	put("operation/operation//@date", "op")
	blood := put("operation/operation//blood_loss", "ml")
	s := m.From(sex)
	s.Code("1", "female", "")
	s.Code("2", "male", "")
	s.Code("9", "", "refused")
	m.Put(sex, s)
	text, err := m.YAML()
	if err != nil {
		t.Fatal(err)
	}
	read, err := ReadMapping(text, pack)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if read.Sex.Codes["2"] != "male" || read.Sex.Missing["9"] != "refused" || read.Entries[0].Kind != "operation" || read.Entries[1].Schedule != "m12" || read.Missing[""] != "unknown" {
		t.Errorf("read as %+v from\n%s", read, text)
	}
	again, err := read.YAML()
	if err != nil || string(again) != string(text) {
		t.Errorf("written again (%v):\n%s\nwas\n%s", err, again, text)
	}
	m.Put(blood, Source{})
	op, _ := ParseGoal("operation/operation//@date")
	if m.Put(op, Source{}); len(m.Entries) != 1 {
		t.Errorf("an entry of which nothing is left stays: %+v", m.Entries)
	}
}

func TestEveryGoalOfAPackCanBePut(t *testing.T) {
	pack, _ := hfs(t)
	for _, place := range Places(pack) {
		for _, g := range GoalsOf(pack, place) {
			m, _ := DraftMapping(nil)
			m.Put(g, Source{Column: "x"})
			back, ok := ParseGoal(g.String())
			if !ok || !reflect.DeepEqual(m.Uses("x", GoalsOf(pack, place)), []Goal{back}) {
				t.Errorf("%v is lost", g)
			}
			if strings.HasPrefix(g.Field, "@") == (FieldOf(pack, g) != nil) && g.Kind != "" {
				t.Errorf("%v: %v", g, FieldOf(pack, g))
			}
		}
	}
}
