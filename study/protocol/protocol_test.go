package protocol

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestEveryMistakeIsNamedByItsLine compares with mistakes.txt. Mistakes of shape hide those of meaning, so the file is read twice: as it is, and with its wrong shapes mended.
func TestEveryMistakeIsNamedByItsLine(t *testing.T) {
	src, err := os.ReadFile("testdata/mistakes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	mended := strings.NewReplacer("cohrt:", "question2:", "nmber", "number", "ties: exact", "ties: efron", "method: guess, imputations: 1.5", "method: impute, imputations: 1").Replace(string(src))
	mended = strings.ReplaceAll(mended, "question2: \"age > 18\"\n", "\n")
	got := told(t, src) + "\n--- with its shape mended\n" + told(t, []byte(mended))
	golden := filepath.Join("testdata", "mistakes.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func told(t *testing.T, src []byte) string {
	_, err := Parse(src, "mistakes.yaml")
	var m *Mistakes
	if !errors.As(err, &m) {
		t.Fatal("no mistakes were found", err)
	}
	return m.Error() + "\n"
}

func TestTheHashIsOfTheBytes(t *testing.T) {
	src, err := os.ReadFile("../testdata/protocols/cgd-interferon.yaml")
	if err != nil {
		t.Fatal(err)
	}
	a, err := Parse(src, "a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	b, err := Parse(append(src, '\n'), "a.yaml")
	if err != nil || a.Hash == b.Hash {
		t.Error("another file has the same hash", err)
	}
}

type row map[string]any

func (r row) Get(name string) (any, bool) { v, ok := r[name]; return v, ok }

func TestMissingValuesInExpressions(t *testing.T) {
	r := row{"grade": 2.0, "cured": true, "how": "open"}
	for text, want := range map[string]any{
		"grade <= 2":                       true,
		"grade in [2, 3]":                  true,
		"grade / 4.0":                      0.5,
		"grade == 2":                       true,
		"gone":                             nil,
		"gone > 1":                         nil,
		"gone > 1 && cured == false":       false, // the other side decides
		"gone > 1 || cured":                true,
		"gone > 1 && cured":                nil,
		"cured ? 'a' : gone":               "a",
		"gone == 1 ? 'a' : 'b'":            nil,
		"how + 1.0":                        nil, // cannot be worked out
		"how == 'open' ? grade : 0.0":      2.0,
		"how.startsWith('op') && grade>=2": true,
	} {
		p, err := Expression{Text: text}.Compile(nil)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := p.Eval(r); got != want {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
	}
}

func TestAnExpressionThatCostsTooMuchIsRefused(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("(", 100) + "a" + strings.Repeat(")", 100),
		"a" + strings.Repeat(" + a", 2000),
		"[1,2,3].map(x, [1,2,3].map(y, x*y)).size() > 1", // macros are off
		"", "a +", "f(a)",
	} {
		if _, err := (Expression{Text: text}).Compile(nil); err == nil {
			t.Errorf("%.60s was taken", text)
		}
	}
}

func TestColumnsOfTerms(t *testing.T) {
	p := &Protocol{Variables: []Variable{{Name: "g", Type: Category, Levels: []string{"a", "b", "c"}}, {Name: "s", Type: Category, Levels: []string{"f", "m"}}, {Name: "x", Type: Number, Scale: 1}}}
	got := p.Columns([]string{"g", "x", "g:x", "s:g"})
	want := []string{"g=b", "g=c", "x", "g=b:x", "g=c:x", "s=m:g=b", "s=m:g=c"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"cgd-interferon", "immunization", "aids-survival", "light-chains"} {
		src, err := os.ReadFile("../testdata/protocols/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := Parse(src, "x.yaml")
		var m *Mistakes
		if (p == nil) != (err != nil) || err != nil && (!errors.As(err, &m) || len(m.List) == 0) {
			t.Fatal(p, err)
		}
	})
}
