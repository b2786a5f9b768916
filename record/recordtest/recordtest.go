// Package recordtest holds every declared kind to what a reader, a form, a document and a program need of it.
package recordtest

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"

	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
)

var document = flag.Bool("document", false, "write KINDS.md anew from the declarations")

// Walk wants of every kind of a thread: an example that is in form and survives being read and written, what it means, words in both languages, a form or a
// component of its own, names for all that the form asks, a place that offers it, and a place in the JSON of its thread that no other kind has.
func Walk(t *testing.T, talk *record.Talk) {
	t.Helper()
	views := map[string]string{}
	for i := range talk.Kinds {
		k := &talk.Kinds[i]
		t.Run(k.Name, func(t *testing.T) {
			example(t, k)
			form(t, talk, k)
			whole(t, k)
			for _, v := range k.Views {
				if other := views[v.Name]; other != "" || v.Name == "" {
					t.Errorf("in the JSON of its thread it stands under %q, as %s does", v.Name, other)
				}
				views[v.Name] = k.Name
			}
		})
	}
}

// example wants the example to be one.
func example(t *testing.T, k *record.Kind) {
	t.Helper()
	if k.Doc == "" {
		t.Error("nobody says what it means")
	}
	body := reflect.New(k.Says)
	if err := jsonv2.Unmarshal([]byte(k.Example), body.Interface(), jsonv2.RejectUnknownMembers(true)); err != nil {
		t.Fatalf("its example cannot be read: %v", err)
	}
	if c, ok := body.Interface().(ledger.Checked); ok && c.Check() != nil {
		t.Errorf("its example is not in form: %v", c.Check())
	}
	again, err := ledger.Encode(body.Elem().Interface())
	if err != nil || !sameJSON(t, again, []byte(k.Example)) {
		t.Errorf("its example is written again as %s, %v", again, err)
	}
	words, err := k.Tell([]byte(k.Example))
	if err != nil || !words.Title.Complete() || strings.Contains(words.Title.En, ".told.") {
		t.Errorf("the timeline tells it as %+v, %v", words, err)
	}
	for _, line := range words.Lines {
		if !line.Complete() || strings.Contains(line.En, ".line.") {
			t.Errorf("the timeline has the line %+v", line)
		}
	}
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &y); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(x, y)
}

// form wants a form, with names for all that it asks, and somebody who offers it.
func form(t *testing.T, talk *record.Talk, k *record.Kind) {
	t.Helper()
	slug := strings.TrimPrefix(k.Name, talk.Thread+".")
	switch {
	case k.Component == record.ByNode:
		if !slices.Equal(k.Roles, []string{"system"}) || k.Verb != "" {
			t.Error("only the node can say it, and yet people may")
		}
	case k.Component == "" && (len(k.Fields) == 0 || k.Verb == ""):
		t.Error("it has neither a form that somebody offers nor a component of its own")
	case k.Component == "" && missing(talk.Name(slug)):
		t.Errorf("nobody can read what it is called: it has no name in %s.entry.%s, nor in %s.kind", talk.Phrases, slug, talk.Phrases)
	}
	if k.Verb != "" && !lang.Has("case.verb."+k.Verb) {
		t.Errorf("nobody can read what part of the course offers it: the phrase case.verb.%s is missing", k.Verb)
	}
	for _, f := range k.Fields {
		if missing(talk.Label(slug, f.Name)) {
			t.Errorf("nobody can read what the field %s is: it has no phrase in %s.entry.%s, nor in %s.field", f.Name, talk.Phrases, slug, talk.Phrases)
		}
		for _, c := range f.Codes {
			if f.List != "" && !lang.Has(f.List+"."+lang.Key(c)) {
				t.Errorf("nobody can read the code %s of the field %s: the phrase %s.%s is missing", c, f.Name, f.List, lang.Key(c))
			}
		}
		if _, ok := fieldOf(k.Says, f.Name); !ok {
			t.Errorf("the form asks for %s, which is not in the body", f.Name)
		}
	}
}

// filled are fields of bodies that the form fills by itself: what a pack asks, what was confirmed, and names beside their ids.
var filled = map[string][]string{
	"":             {"form", "values", "confirmed"},
	"case.imaging": {"moved", "holds"}, "case.accepted": {"name", "role"}, "case.plan": {"version", "rests"}, "case.operation": {"steps", "follow_ups"}, "case.teaching": {"name"},
	"case.reminder": {"done"}, "case.team-joined": {"name", "roles"}, "case.duty-offered": {"from_name", "to_name"}, "case.consent": {"keys"},
	"visit.privilege": {"hospital", "name"}, "visit.session": {"cases"}, "visit.report": {"cases"}, "study.approved": {"protocol"}, "study.result": {"step"},
}

// undated are kinds whose date is not that of what they tell: a day to come, or that of a paper.
var undated = []string{"case.scheduled", "case.consent", "case.consent-withdrawn", "visit.session"}

// whole wants the derived form to ask for all that the body holds: who left a question out would have a form that nobody can send, or words that nobody can say. A body with a date is sorted by it.
func whole(t *testing.T, k *record.Kind) {
	t.Helper()
	for i := range k.Says.NumField() {
		name, _, _ := strings.Cut(k.Says.Field(i).Tag.Get("json"), ",")
		if name == "date" && !k.Dated && !slices.Contains(undated, k.Name) {
			t.Error("its body has a date, and nothing says that the timeline is sorted by it")
		}
		asked := slices.ContainsFunc(k.Fields, func(f record.Field) bool { return f.Name == name || strings.HasPrefix(f.Name, name+".") })
		if k.Component == "" && !asked && !slices.Contains(filled[""], name) && !slices.Contains(filled[k.Name], name) {
			t.Errorf("its form does not ask for %s", name)
		}
	}
}

// missing tells whether a text is the key of a phrase that there is not.
func missing(t lang.Text) bool { return !t.Complete() || t.En == t.Zh && strings.Count(t.En, ".") >= 2 }

// fieldOf finds a field of a body by its JSON name.
func fieldOf(body reflect.Type, name string) (reflect.StructField, bool) {
	name, rest, nested := strings.Cut(name, ".")
	for i := range body.NumField() {
		f := body.Field(i)
		if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag != name {
			continue
		}
		if !nested {
			return f, true
		}
		inner := f.Type
		for inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		return fieldOf(inner, rest)
	}
	return reflect.StructField{}, false
}

// Document compares the document of a room with what its declarations say, sorted as the room lists them. With -document it is written anew, below its first
// paragraphs, which are a person's.
func Document(t *testing.T, path string, kinds []record.Kind) {
	t.Helper()
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := bytes.Cut(old, []byte("\n## "))
	var b bytes.Buffer
	b.Write(bytes.TrimRight(head, "\n"))
	b.WriteString("\n")
	for _, k := range kinds {
		b.WriteString("\n## " + k.Name + "\n\n" + k.Doc + "\n\n")
		if k.Roles != nil {
			b.WriteString("Said by: " + strings.ReplaceAll(strings.Join(k.Roles, ", "), "_", " ") + ".\n\n")
		}
		b.WriteString("```json\n" + k.Example + "\n```\n")
	}
	if *document {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(b.Bytes(), old) {
		t.Errorf("%s is not what the declarations say; write it anew with go test -run %s -document", path, t.Name())
	}
}
