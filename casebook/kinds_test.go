package casebook

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"

	"consilium/ledger"
	"consilium/record"
)

var kindSection = regexp.MustCompile("(?m)^## (case\\.[a-z-]+)\n\n(?s:.+?)```json\n(.+)\n```$")

// TestKindsAreWrittenDown: KINDS.md lists the declared kinds, each with an example that is in form and has no field that the body does not know.
func TestKindsAreWrittenDown(t *testing.T) {
	text, err := os.ReadFile("KINDS.md")
	if err != nil {
		t.Fatal(err)
	}
	var written, known []string
	for _, k := range kinds {
		known = append(known, k.Name)
	}
	slices.Sort(known)
	for _, m := range kindSection.FindAllStringSubmatch(string(text), -1) {
		written = append(written, m[1])
		i := slices.IndexFunc(kinds, func(k record.Of[*folding]) bool { return k.Name == m[1] })
		if i < 0 {
			continue
		}
		body := reflect.New(kinds[i].Says)
		if err := jsonv2.Unmarshal([]byte(m[2]), body.Interface(), jsonv2.RejectUnknownMembers(true)); err != nil {
			t.Errorf("%s: %v", m[1], err)
		} else if err := body.Interface().(ledger.Checked).Check(); err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
	}
	if !slices.Equal(written, known) {
		t.Errorf("written down %v\ndeclared %v", written, known)
	}
}
