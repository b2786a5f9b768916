package api

import (
	"errors"
	"strings"
	"testing"
)

func TestJSONHasABoundOfValues(t *testing.T) {
	for _, c := range []struct {
		name, json string
		want       error
	}{
		{"600,000 empty lists", `{"a":[` + strings.Repeat("[],", 600_000) + `[]]}`, errValues},
		{"200,000 names", `{` + strings.Repeat(`"a":0,`, 200_000) + `"a":0}`, errValues},
		{"nested deep", strings.Repeat("[", 900_000), errValues},
		{"a text of commas, brackets and quotes", `{"a":"` + strings.Repeat(`,[{\"`, 300_000) + `"}`, nil},
		{"an ordinary entry", `{"kind":"case.question","body":{"text":"a, b, c"},"refs":[]}`, nil},
	} {
		if err := fewValues([]byte(c.json)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		var v any
		if err := strictJSON.Unmarshal([]byte(c.json), &v); c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s is read: %v", c.name, err)
		}
	}
}
