package casebook

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestTheReferenceHasEveryKey of a mapping, and so has the document.
func TestTheReferenceHasEveryKey(t *testing.T) {
	document, err := os.ReadFile("../docs/data-formats.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, of := range []reflect.Type{reflect.TypeFor[Mapping](), reflect.TypeFor[EntrySource](), reflect.TypeFor[Source]()} {
		told := map[string]string{}
		for _, k := range mappingKeys[i].keys {
			told[k[0]] = k[1]
		}
		for n := range of.NumField() {
			key := of.Field(n).Tag.Get("yaml")
			if told[key] == "" {
				t.Errorf("%s has a key %q that the reference lacks", of.Name(), key)
			} else if !strings.Contains(string(document), "| `"+key+"` | "+told[key]+" |") {
				t.Errorf("docs/data-formats.md lacks: | `%s` | %s |", key, told[key])
			}
			delete(told, key)
		}
		for key := range told {
			t.Errorf("%s has no key %q", of.Name(), key)
		}
	}
}
