package access

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"consilium/ledger"
)

// The document names every kind that the package declares, in order, each with an example that the kind accepts.
func TestKindsDocument(t *testing.T) {
	text, err := os.ReadFile("KINDS.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := regexp.MustCompile("(?s)\n## ([a-z.-]+)\n.*?```json\n(.*?)\n```").FindAllSubmatch(text, -1)
	var names, declared []string
	for _, s := range sections {
		names = append(names, string(s[1]))
	}
	for i, k := range consents.Spoken() {
		declared = append(declared, k.Name)
		says := reflect.New(k.Says)
		d := json.NewDecoder(bytes.NewReader(sections[min(i, len(sections)-1)][2]))
		d.DisallowUnknownFields()
		if err := d.Decode(says.Interface()); err != nil {
			t.Errorf("%s: %v", k.Name, err)
		} else if err := says.Interface().(ledger.Checked).Check(); err != nil {
			t.Errorf("%s: %v", k.Name, err)
		}
	}
	if !slices.Equal(names, declared) {
		t.Errorf("the document has %v, the package declares %v", names, declared)
	}
}
