package node_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"consilium/node/nodetest"
)

// mostPages bounds a walk.
const mostPages = 200

var (
	links = regexp.MustCompile(`(?:href|src|action)="(/[^"#]*)"`)
	named = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|\b\d+\b`) // threads, hashes, numbers
)

// TestEveryPageAnswersOnBothDatabases follows all links that people of each role find from Today, one of each shape: none may fail. What PostgreSQL does not know (the smallest of several hashes) stood in
// a statement of a page that no other test opens there.
func TestEveryPageAnswersOnBothDatabases(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, w *nodetest.World, north *nodetest.Hospital) {
		south := w.Found("south")
		w.Partners(north, south)
		id := north.Share("Hemifacial spasm", south)
		north.Refer(id, south, "Microscopic or endoscopic?")
		north.Attach(id, []byte("a picture"), "images")
		for _, who := range []string{nodetest.Administrator, nodetest.Coordinator, nodetest.Surgeon, nodetest.Head, nodetest.Researcher, nodetest.Officer} {
			if n := walked(signedIn(t, north, who)); n < 10 {
				t.Errorf("%s saw %d pages only", who, n)
			}
		}
		everyListAnswers(t, north)
	})
}

// walked opens what is linked and tells how many pages that were.
func walked(v *visitor) int {
	seen, queue := map[string]bool{}, []string{"/"}
	for at := 0; at < len(queue) && at < mostPages; at++ {
		status, body := v.gets(queue[at])
		if status >= http.StatusInternalServerError {
			v.t.Errorf("%s answers %d", queue[at], status)
		}
		for _, found := range links.FindAllStringSubmatch(body, -1) {
			path := strings.ReplaceAll(found[1], "&amp;", "&")
			shape := named.ReplaceAllString(path, "*")
			if seen[shape] || strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, "/sign-out") || strings.Contains(path, "/events") || strings.Contains(path, "/live") {
				continue
			}
			seen[shape] = true
			queue = append(queue, path)
		}
	}
	return len(queue)
}

// everyListAnswers asks the API for all that needs no name.
func everyListAnswers(t *testing.T, h *nodetest.Hospital) {
	_, raw := calls(t, h, h.Staff[nodetest.Coordinator].Token, http.MethodGet, "/openapi.json", nil)
	var document struct {
		Paths map[string]map[string]struct{} `json:"paths"`
	}
	if err := json.Unmarshal([]byte(raw), &document); err != nil || len(document.Paths) == 0 {
		t.Fatal(err, raw)
	}
	asked := 0
	for path, methods := range document.Paths {
		if _, reads := methods["get"]; !reads || strings.Contains(path, "{") || strings.Contains(path, "events") {
			continue
		}
		path = strings.TrimPrefix(path, "/api/v1")
		for _, who := range []string{nodetest.Administrator, nodetest.Coordinator, nodetest.Researcher} {
			if status, answer := asks(t, h, who, http.MethodGet, path, nil); status >= http.StatusInternalServerError {
				t.Errorf("%s: GET %s answers %d: %s", who, path, status, answer)
			}
			asked++
		}
	}
	if asked < 30 {
		t.Errorf("the API was asked %d times only", asked)
	}
}
