package node_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"consilium/node/nodetest"
)

// TestAnAnswerThatIsKeptTellsNobody: what is kept for the same request to come again shows secrets once: an API token, a link to choose a password. It stands in no file in clear,
// opens to the token that asked alone, and not once that may do other things.
func TestAnAnswerThatIsKeptTellsNobody(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	token := func(scopes ...string) (made struct{ Token string }) {
		north.MustAsk(nodetest.Head, "POST", "/tokens", map[string]any{"name": "made", "scopes": scopes}, &made)
		return made
	}
	narrow := token("read").Token
	ask := map[string]any{"name": "wide", "scopes": []string{"read", "write", "administer"}}
	status, first := asks(t, north, nodetest.Head, "POST", "/tokens", ask, "Idempotency-Key", "1")
	var wide struct{ Token string }
	if err := json.Unmarshal([]byte(first), &wide); err != nil || status != http.StatusOK || wide.Token == "" {
		t.Fatal(status, first, err)
	}
	_, link := asks(t, north, nodetest.Administrator, "POST", "/people/trainee/reset-password", map[string]any{}, "Idempotency-Key", "2")
	var reset struct{ Link string }
	if err := json.Unmarshal([]byte(link), &reset); err != nil || reset.Link == "" {
		t.Fatal(link, err)
	}
	if status, again := asks(t, north, nodetest.Head, "POST", "/tokens", ask, "Idempotency-Key", "1"); status != http.StatusOK || again != first {
		t.Errorf("the same request again: %d %s", status, again)
	}
	if status, again := calls(t, north, narrow, "POST", "/tokens", ask, "Idempotency-Key", "1"); status < 400 {
		t.Errorf("a token of the same person that may only read is answered: %d %s", status, again)
	}
	north.Stop()
	files, err := filepath.Glob(filepath.Join(north.Dir, "consilium.db*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{wide.Token, filepath.Base(reset.Link)} {
			if bytes.Contains(raw, []byte(secret)) {
				t.Errorf("%s holds a secret that was shown once", filepath.Base(name))
			}
		}
	}
}
