package node_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"consilium/node/nodetest"
)

// TestNoOperationTellsAStranger walks everything that the API does, as nobody, and as everybody who has no part in a case, and fails if one answers with a
// word of the case.
func TestNoOperationTellsAStranger(t *testing.T) {
	w := nodetest.New(t, "north", "south")
	north := w.Hospital("north")
	const secret = "Kyphoplasty of the seventh dwarf"
	id := north.OpenCase(secret)
	north.Note(id, secret)
	file := north.Attach(id, []byte(secret), "images")
	operations := north.Node.Operations()
	if len(operations) < 30 {
		t.Fatalf("only %d operations are listed", len(operations))
	}
	for _, op := range operations {
		path := strings.NewReplacer("{id}", id.String(), "{sha256}", file.String()).Replace(op.Path)
		for _, who := range []string{"", nodetest.Trainee, nodetest.Researcher, nodetest.Administrator} {
			status, body := try(t, north, who, op.Method, path)
			name := op.Method + " " + op.Path + " as " + who
			if strings.Contains(body, "Kyphoplasty") {
				t.Errorf("%s tells of the case: %s", name, body)
			}
			switch {
			case who == "" && status != http.StatusUnauthorized:
				t.Errorf("%s answers %d to nobody", name, status)
			case status == http.StatusOK && strings.Contains(op.Path, "{") && who != nodetest.Administrator:
				t.Errorf("%s answers a stranger: %s", name, body)
			case status >= 500:
				t.Errorf("%s answers %d: %s", name, status, body)
			}
		}
	}
	if status, body := try(t, north, nodetest.Coordinator, "GET", "/api/v1/cases/"+id.String()); status != http.StatusOK || !strings.Contains(body, secret) {
		t.Errorf("who looks after the hospital's cases gets %d: %s", status, body)
	}
}

// try sends a request with an empty object, and gives the answer's status and text.
func try(t *testing.T, h *nodetest.Hospital, who, method, path string) (int, string) {
	t.Helper()
	var body io.Reader
	if method != "GET" {
		body = strings.NewReader("{}")
	}
	r, err := http.NewRequestWithContext(t.Context(), method, h.Node.URL()+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+h.Staff[who].Token)
	}
	return answered(t, r)
}

// answered is the answer to a request.
func answered(t *testing.T, r *http.Request) (int, string) {
	t.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}
