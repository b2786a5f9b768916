package node_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"consilium/node/nodetest"
)

// TestTheAPIPassesOverNothing: what a program sends is understood whole or refused, with the place; what the API does not have is a problem too.
func TestTheAPIPassesOverNothing(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	entries := "/api/v1/cases/" + north.OpenCase("A case").String() + "/entries"
	for _, c := range []struct {
		name, method, path, media, body string
		status                          int
		pointer                         string
	}{
		{"as it should be", "POST", entries, "application/json", `{"kind":"case.question","body":{"text":"x"}}`, 200, ""},
		{"an unknown field", "POST", entries, "application/json", `{"kind":"case.question","body":{"text":"x"},"more":1}`, 422, "/more"},
		{"other letter case", "POST", entries, "application/json", `{"Kind":"case.question","body":{"text":"x"}}`, 422, ""},
		{"a field twice", "POST", entries, "application/json", `{"kind":"case.question","kind":"case.opinion","body":{"text":"x"}}`, 400, ""},
		{"no UTF-8", "POST", entries, "application/json", "{\"kind\":\"case.question\",\"body\":{\"text\":\"\xc3\xe6\"}}", 400, ""},
		{"an unknown field of the kind", "POST", entries, "application/json", `{"kind":"case.question","body":{"text":"x","urgent":true}}`, 400, "urgent"},
		{"other letter case in the kind", "POST", entries, "application/json", `{"kind":"case.question","body":{"Text":"x"}}`, 400, "Text"},
		{"a control character", "POST", entries, "application/json", `{"kind":"case.question","body":{"text":"x\u0000"}}`, 422, "text"},
		{"no such address", "GET", "/api/v1/nothing", "", "", 404, ""},
		{"no such method", "PATCH", "/api/v1/cases", "application/json", "{}", 405, ""},
		{"no JSON", "POST", entries, "text/csv", "a,b", 415, ""},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, north.Node.URL()+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if c.media != "" {
			r.Header.Set("Content-Type", c.media)
		}
		r.Header.Set("Authorization", "Bearer "+north.Staff[nodetest.Head].Token)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var p struct {
			Type, Title string
			Status      int
			Errors      []struct{ Message, Location, Pointer string }
		}
		wrong := json.NewDecoder(answer.Body).Decode(&p)
		answer.Body.Close()
		all, _ := json.Marshal(p)
		problem := answer.Header.Get("Content-Type") == "application/problem+json" && p.Title != "" && strings.HasPrefix(p.Type, "urn:consilium:problem:") && p.Status == c.status
		if wrong != nil || answer.StatusCode != c.status || c.status != 200 && !problem || !strings.Contains(string(all), c.pointer) {
			t.Errorf("%s: %d %s: %s", c.name, answer.StatusCode, answer.Header.Get("Content-Type"), all)
		}
		if c.status == 405 && answer.Header.Get("Allow") == "" {
			t.Error("nothing says which methods the address takes")
		}
	}
}
