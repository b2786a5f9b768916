package node_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"consilium/node/nodetest"
	"consilium/store/storetest"
)

// TestTheSameRequestTwiceIsOneEntry: with an Idempotency-Key, also across a restart; another body under the same key is refused.
func TestTheSameRequestTwiceIsOneEntry(t *testing.T) {
	for name, db := range map[string]string{"SQLite": "", "PostgreSQL": storetest.Postgres(t).URL} {
		t.Run(name, func(t *testing.T) { theSameRequestTwice(t, db) })
	}
}

func theSameRequestTwice(t *testing.T, db string) {
	w := nodetest.New(t)
	north := w.FoundOn("north", db)
	id := north.OpenCase("Asked once")
	ask := func(text string) (int, string) {
		raw, _ := json.Marshal(map[string]any{"kind": "case.question", "body": map[string]any{"text": text}, "refs": []string{}, "at": "", "blobs": []any{}})
		r, err := http.NewRequest("POST", north.URL()+"/api/v1/cases/"+id.String()+"/entries", strings.NewReader(string(raw)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+north.Staff[nodetest.Head].Token)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "the-same")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, string(body)
	}
	before := len(north.Log(id).Said)
	status, first := ask("Is it the vertebral artery?")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, first)
	}
	for range 2 {
		if status, again := ask("Is it the vertebral artery?"); status != http.StatusOK || again != first {
			t.Errorf("again: %d %s, first %s", status, again, first)
		}
		north.Restart()
	}
	if n := len(north.Log(id).Said) - before; n != 1 {
		t.Errorf("%d entries", n)
	}
	if status, body := ask("Another question"); status != http.StatusUnprocessableEntity {
		t.Errorf("another request under the same key: %d %s", status, body)
	}
}
