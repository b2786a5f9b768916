package pathway

import (
	"os"
	"strings"
	"testing"
)

func TestREDCapDraft(t *testing.T) {
	f, err := os.Open("testdata/redcap.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	source, notes, err := FromREDCap(f, "imported")
	if err != nil {
		t.Fatalf("%v\n%s", err, source)
	}
	p, err := Load(source, "imported.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"packs":         "smoker",
		"other_symptom": `("9" in symptoms_list) && tumour_size >= dec("2.5")`,
		"odd":           "",
	} {
		if got := p.Variable(id).Visible.Text; got != want {
			t.Errorf("%s is visible when %q, want %q", id, got, want)
		}
	}
	if p.Variable("record_id") != nil {
		t.Error("an identifier was imported")
	}
	if v := p.Variable("tumour_size"); v.Type != KindDecimal || v.Digits != 1 || v.Max != "80" || v.Label.En != "Greatest diameter in cm" {
		t.Errorf("tumour_size became %+v", v)
	}
	var said []string
	for _, n := range notes {
		said = append(said, n.String())
	}
	for _, want := range []string{"record_id: left out", "delta: calculation", "odd: branching logic", "age: renamed to rc_age", "info: left out"} {
		if !strings.Contains(strings.Join(said, "\n"), want) {
			t.Errorf("no note %q in:\n%s", want, strings.Join(said, "\n"))
		}
	}
	fields := p.Form("rc_baseline").AllFields()
	if len(fields) != 6 || !fields[0].Required {
		t.Errorf("the form has %d fields: %+v", len(fields), fields)
	}
}

func TestREDCapRefusesOtherFiles(t *testing.T) {
	for _, csv := range []string{"", "a,b\n1,2\n", "Variable / Field Name,Field Type\n\"x"} {
		if _, _, err := FromREDCap(strings.NewReader(csv), "x"); err == nil {
			t.Errorf("%q was taken for a data dictionary", csv)
		}
	}
}
