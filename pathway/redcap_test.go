package pathway

import (
	"fmt"
	"os"
	"slices"
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

// TestREDCapOfTheField reads small dictionaries made after faults that users of similar systems reported (testdata/redcap/README.md says what is right).
func TestREDCapOfTheField(t *testing.T) {
	read := func(name string) (*Pack, string) {
		t.Helper()
		f, err := os.Open("testdata/redcap/" + name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		source, notes, err := FromREDCap(f, "field")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		p, err := Load(source, "field.yaml")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var said []string
		for _, n := range notes {
			said = append(said, n.String())
		}
		return p, strings.Join(said, "\n")
	}
	noted := func(notes string, wants ...string) {
		t.Helper()
		for _, want := range wants {
			if !strings.Contains(notes, want) {
				t.Errorf("no note %q in:\n%s", want, notes)
			}
		}
	}
	label := func(p *Pack, id, want string) {
		t.Helper()
		if v := p.Variable(id); v == nil || v.Label.En != want {
			t.Errorf("%s is %+v, want the label %q", id, v, want)
		}
	}
	shown := func(p *Pack, id string, values Values, want bool) {
		t.Helper()
		got := slices.ContainsFunc(p.Visible(p.Form("rc_f1"), values), func(f Field) bool { return f.ID == id })
		if got != want {
			t.Errorf("%s shown: %v with %v", id, got, values)
		}
	}

	p, _ := read("redcap_lt.csv")
	label(p, "platelets", "Platelets <50 or WBC >11 at admission")
	label(p, "bmi_ok", "BMI < 18 or > 40")
	label(p, "html", "Bold label <5 & more next")
	if c := p.Variable("platelets").Choices; len(c) != 3 || c[0].Label.En != "<50 and >10" {
		t.Errorf("choices %+v", c)
	}

	p, _ = read("redcap_neg.csv")
	shown(p, "b", Values{}, true)
	shown(p, "b", Values{"a": String("2")}, true)
	shown(p, "b", Values{"a": String("1")}, false)
	shown(p, "kk", Values{}, true)
	shown(p, "kk", Values{"k": Codes("2")}, true)
	shown(p, "kk", Values{"k": Codes("1", "2")}, false)
	shown(p, "yy", Values{}, true)
	shown(p, "yy", Values{"y": Bool(true)}, false)

	p, notes := read("redcap_choice_nospace.csv")
	noted(notes, `the choice "1 Male" has no comma after its code: check it (line 5)`, `the choice "1, B" repeats the code 1 (line 4)`, `the choice "2" has no comma`)
	if c := p.Variable("f").Choices; len(c) != 2 || c[0].Code != "1" || c[0].Label.En != "Male" {
		t.Errorf("choices %+v", c)
	}
	if c := p.Variable("g").Choices; len(c) != 2 || c[1].Code != "1" {
		t.Errorf("choices on lines of their own %+v", c)
	}
	if c := p.Variable("h").Choices; len(c) != 3 || c[0].Label.En != "Alpha, first" {
		t.Errorf("choices with commas %+v", c)
	}

	p, notes = read("redcap_comma.csv")
	if v := p.Variable("p"); v.Type != KindDecimal || v.Min != "1.0" || v.Max != "20.0" || v.Digits != 1 {
		t.Errorf("a decimal with a comma became %+v", v)
	}
	noted(notes, `the validation "time" is not known here (line 4)`, `limit "today" was left out (line 5)`)
	if v := p.Variable("s"); v.Max != "10" {
		t.Errorf("the slider goes to %s", v.Max)
	}

	p, notes = read("redcap_cycle.csv")
	noted(notes, "a: left out: it is shown only if", "b: left out: it is shown only if")
	if p.Variable("a") != nil || p.Variable("b") != nil || p.Variable("c") == nil || !p.Variable("d").Visible.IsZero() {
		t.Error("the cycle took other fields along, or stayed")
	}

	p, notes = read("redcap_gbk.csv")
	label(p, "a", "疼痛程度")
	noted(notes, "was read as GB18030")
}

func TestREDCapKeepsEveryFieldOfALongDictionary(t *testing.T) {
	var csv strings.Builder
	csv.WriteString("Variable / Field Name,Form Name,Field Type,Field Label,Field Annotation\n")
	for i := range 1500 {
		fmt.Fprintf(&csv, "v%d,f1,text,Label %d,@CALCTEXT(%s)\n", i, i, strings.Repeat("x", 900))
	}
	source, notes, err := FromREDCap(strings.NewReader(csv.String()), "long")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Load(source, "long.yaml")
	if err != nil || len(p.Form("rc_f1").AllFields()) != 1500 || len(notes) != 1500 {
		t.Fatal(err, len(notes))
	}
}

func TestREDCapRefusesRubbish(t *testing.T) {
	for name, raw := range map[string]string{
		"Latin-1":          "Variable / Field Name,Field Type,Field Label\na,text,\"\xe9t\xe9 pass\xe9\"\n",
		"broken UTF-8":     "\xef\xbb\xbfVariable / Field Name,Field Type,Field Label\na,text,\xff\xfe\n",
		"above the limit":  strings.Repeat("x", maxDictionary+1),
		"a byte that is 0": "Variable / Field Name,Field Type\na\x00,text\n",
	} {
		if source, _, err := FromREDCap(strings.NewReader(raw), "x"); err == nil {
			t.Errorf("%s was taken: %s", name, source)
		}
	}
}
