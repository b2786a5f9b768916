package agree

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"consilium/stats/analysis"
)

// anyName are the capitals that stand for any name in the field of a result.
var anyName = regexp.MustCompile(`[A-Z]{3,}`)

// besides are names that only the stated results have (see asStated).
var besides = regexp.MustCompile(`^equals_plain_greedy_rule$|^power_at_|^imputed_|^or$`)

// told fails for each field of a result that 'stats methods NAME' does not tell: who has the program alone could not know what it is.
func told(t *testing.T, method string, result json.RawMessage) {
	t.Helper()
	m, found := analysis.Find(method)
	if !found {
		t.Fatalf("there is no method %s", method)
	}
	var described []*regexp.Regexp
	for _, f := range m.Describe().Result {
		pattern := "^" + anyName.ReplaceAllString(regexp.QuoteMeta(f.Name), ".+")
		if f.Type == "any" || strings.HasPrefix(f.Type, "object of ") || strings.HasSuffix(f.Type, "of any") {
			pattern += `(\..*)?`
		}
		described = append(described, regexp.MustCompile(pattern+"$"))
	}
	var v any
	if err := json.Unmarshal(result, &v); err != nil {
		t.Fatal(err)
	}
	missed := map[string]bool{}
	paths(v, "", func(path string, leaf bool) {
		known := slices.ContainsFunc(described, func(d *regexp.Regexp) bool { return d.MatchString(path) })
		if leaf && !known && !besides.MatchString(path) {
			missed[path] = true
		}
	})
	for path := range missed {
		t.Errorf("%s does not tell of %s", method, path)
	}
}

// paths calls with each name in a result, and whether it is a value.
func paths(v any, path string, found func(path string, leaf bool)) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			paths(value, join(path, key), found)
		}
	case []any:
		inner := slices.ContainsFunc(v, func(e any) bool { _, object := e.(map[string]any); return object })
		if !inner && path != "" {
			found(path, true)
		}
		for _, e := range v {
			if inner {
				paths(e, path, found)
			}
		}
	default:
		if path != "" {
			found(path, true)
		}
	}
}
