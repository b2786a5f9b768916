package node_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"consilium/node/nodetest"
)

func TestTheAPIDescribesItselfWhole(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	status, text := try(t, north, "", "GET", "/api/v1/openapi.json")
	var doc struct {
		OpenAPI string                    `json:"openapi"`
		Paths   map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil || status != http.StatusOK || !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Fatalf("it answers %d, version %q, %v", status, doc.OpenAPI, err)
	}
	for _, op := range north.Node.Operations() {
		if doc.Paths[op.Path][strings.ToLower(op.Method)] == nil {
			t.Errorf("%s %s is not described", op.Method, op.Path)
		}
	}
}

func TestErrorsAreProblemsInTheCallersLanguage(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	id := north.OpenCase("A case")
	for _, c := range []struct {
		name, language, method, path, body string
		status                             int
		says                               string
	}{
		{"nothing there", "en", "GET", "/api/v1/cases/019aa5f0-1c00-7000-8000-000000000001", "", 404, "not here"},
		{"not a case's ID", "en", "GET", "/api/v1/cases/nonsense", "", 422, "problem"},
		{"not JSON", "en", "POST", "/api/v1/cases", "{", 400, "problem"},
		{"unknown kind", "en", "POST", "/api/v1/cases/" + id.String() + "/entries", `{"kind":"no.such","body":{}}`, 422, "not known"},
		{"a rule, in Chinese", "zh", "POST", "/api/v1/cases/" + id.String() + "/entries", `{"kind":"case.operation","body":{"date":"2026-03-20"}}`, 422, "手术"},
		{"a file that was never sent", "en", "POST", "/api/v1/cases/" + id.String() + "/entries",
			`{"kind":"case.question","body":{"text":"x"},"blobs":[{"hash":"` + strings.Repeat("ab", 32) + `","size":1,"type":"text/plain"}]}`, 400, "POST it to /blobs first"},
		{"a body that is too large", "en", "POST", "/api/v1/cases", `{"title":"` + strings.Repeat("x", 3<<20) + `"}`, 413, "problem"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), c.method, north.Node.URL()+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Accept-Language", c.language)
			r.Header.Set("Authorization", "Bearer "+north.Staff[nodetest.Head].Token)
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			var p struct {
				Title, Detail string
				Status        int
				Errors        []struct{ Message string }
			}
			if err := json.NewDecoder(answer.Body).Decode(&p); err != nil {
				t.Fatal(err)
			}
			all, _ := json.Marshal(p)
			if kind := answer.Header.Get("Content-Type"); answer.StatusCode != c.status || p.Status != c.status || kind != "application/problem+json" {
				t.Errorf("it answers %d as %s: %s", answer.StatusCode, kind, all)
			}
			if c.says != "problem" && !strings.Contains(string(all), c.says) {
				t.Errorf("it says %s, which lacks %q", all, c.says)
			}
		})
	}
}
