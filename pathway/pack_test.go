package pathway

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestShippedPacksAreWhole(t *testing.T) {
	wantForms := []string{"referral", "examination", "imaging", "opinion", "plan", "operation", "complication", "followup"}
	for _, p := range Shipped() {
		t.Run(p.ID, func(t *testing.T) {
			if len(p.Stages) != len(Verbs) {
				t.Errorf("%d stages", len(p.Stages))
			}
			for i, s := range p.Stages {
				if s.ID != Verbs[i] {
					t.Errorf("stage %d is %s, want %s", i, s.ID, Verbs[i])
				}
			}
			for _, id := range wantForms {
				if f := p.Form(id); f == nil || len(f.AllFields()) == 0 {
					t.Errorf("form %s is missing or empty", id)
				}
			}
			checkLabels(t, reflect.ValueOf(p).Elem(), p.ID)
			again, err := Load(p.Source(), "copy.yaml")
			if err != nil {
				t.Fatalf("the pack's own source does not load: %v", err)
			}
			if again.Hash() != p.Hash() || !bytes.Equal(again.Source(), p.Source()) {
				t.Error("loading the source gives another hash")
			}
			if p.Abstract {
				return
			}
			if len(p.Routing) == 0 || len(p.Indicators) == 0 || len(p.Comparators) == 0 || len(p.Plan.Steps) < 5 || len(p.Complications) < 8 {
				t.Error("the pack is not whole")
			}
			keyed := false
			for _, s := range p.Plan.Steps {
				keyed = keyed || s.Key
			}
			if !keyed {
				t.Error("no step is a key step")
			}
		})
	}
}

// checkLabels walks the pack and finds every text that one of the languages lacks.
func checkLabels(t *testing.T, v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			checkLabels(t, v.Elem(), path)
		}
	case reflect.Slice:
		for i := range v.Len() {
			checkLabels(t, v.Index(i), path+"/"+strconv.Itoa(i))
		}
	case reflect.Struct:
		if text, ok := v.Interface().(Text); ok {
			if text.En != "" && text.Zh == "" || text.Zh != "" && text.En == "" {
				t.Errorf("%s: %q has one language only", path, text.En+text.Zh)
			}
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				name := f.Name
				if id := v.FieldByName("ID"); id.IsValid() {
					name = id.String() + "." + name
				}
				checkLabels(t, v.Field(i), path+"/"+name)
			}
		}
	}
}

func TestShippedPacksFitTheSchema(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("pack.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("pack.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range shippedIDs {
		source, file, _ := shippedSource(id)
		r := &report{}
		if err := schema.Validate(plain(parseYAML(source, file, r))); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	if schema.Validate(map[string]any{"format": json.Number("1"), "id": "x", "version": "1.0.0", "name": "X", "colour": "red"}) == nil {
		t.Error("the schema takes an unknown key")
	}
}

var wantLine = regexp.MustCompile(`^# want (\d+): (.*)\n`)

func TestBadPacksNameTheirLine(t *testing.T) {
	files, _ := filepath.Glob("testdata/bad/*.yaml")
	if len(files) < 30 {
		t.Fatalf("only %d bad packs", len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := wantLine.FindStringSubmatch(string(source))
			_, err = Load(source, "bad.yaml")
			var wrong *LoadError
			if !errors.As(err, &wrong) {
				t.Fatalf("loaded, or another error: %v", err)
			}
			for _, issue := range wrong.Issues {
				if strconv.Itoa(issue.Line) == want[1] && strings.Contains(issue.Reason, want[2]) {
					return
				}
			}
			t.Errorf("want line %s with %q, got:\n%v", want[1], want[2], err)
		})
	}
}

func TestCheckListsEveryIssue(t *testing.T) {
	file := filepath.Join(t.TempDir(), "two.yaml")
	text := "format: 1\nid: two\nversion: x\nname: Two\nextends: core\nlevel: 9\nsubspecialty: none\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	issues, err := Check(file)
	if err != nil || len(issues) != 3 {
		t.Fatalf("%v, %v", issues, err)
	}
	if got := issues[0].String(); got != `two.yaml:3: version "x" must look like 1.0.0` {
		t.Error(got)
	}
	if _, err := Check(file + ".none"); err == nil {
		t.Error("a file that is not there was checked")
	}
}

func TestExtendsBesideTheFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("ring-a.yaml", "format: 1\nid: ring-a\nversion: 1.0.0\nname: A\nextends: ring-b\n")
	write("ring-b.yaml", "format: 1\nid: ring-b\nversion: 1.0.0\nname: B\nextends: ring-a\n")
	_, err := LoadFS(os.DirFS(dir), "ring-a.yaml")
	if err == nil || !strings.Contains(err.Error(), "ring-b.yaml:5: cycle") {
		t.Errorf("got %v", err)
	}
}

func TestHostileSourcesAreBounded(t *testing.T) {
	for name, source := range map[string]string{
		"too long":     strings.Repeat("# x\n", MaxSource/4+1),
		"flow nesting": "a: " + strings.Repeat("[", 3000),
		"dashes":       strings.Repeat("- ", 1500),
		"indentation":  strings.Repeat(" ", 3000) + "a: b",
		"long line":    "a: " + strings.Repeat("x", 5000),
		"control":      "a: \x00",
		"invalid":      "a: \xff",
		"empty":        "",
	} {
		if _, err := Load([]byte(source), "hostile.yaml"); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}

func FuzzLoad(f *testing.F) {
	for _, file := range []string{"packs/core.yaml", "packs/hfs-mvd.yaml", "testdata/bad/cycle-visible.yaml", "testdata/bad/anchor.yaml", "testdata/bad/expression-line.yaml"} {
		source, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if len(source) > 4000 {
			source = source[:4000] // short seeds keep the fuzzer quick
		}
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		p, err := Load(source, "fuzz.yaml")
		if err != nil {
			var wrong *LoadError
			if !errors.As(err, &wrong) {
				t.Fatalf("not a LoadError: %v", err)
			}
			return
		}
		for _, form := range p.Forms {
			p.Check(form.ID, Values{"age": Int(13)})
		}
		if again, err := Load(p.Source(), "again.yaml"); err != nil || again.Hash() != p.Hash() {
			t.Fatalf("its own source does not load again: %v", err)
		}
	})
}
