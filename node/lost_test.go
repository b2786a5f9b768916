package node_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"consilium/node/nodetest"
	"consilium/store/storetest"
	"consilium/web/face"
)

// TestALostDatabaseIsNoSignIn kills the PostgreSQL server under a node: pages and API say that the node cannot now, and when to ask again, and send nobody to sign in.
func TestALostDatabaseIsNoSignIn(t *testing.T) {
	w := nodetest.New(t)
	o, kill := storetest.Killable(t)
	north := w.FoundOn("north", o.URL)
	id := north.OpenCase("While the server is killed")
	kill()
	w.Until("the node notices", func() bool {
		var p *nodetest.Problem
		return errors.As(north.Ask(nodetest.Doctor, "GET", "/cases/"+id.String(), nil, nil), &p) && p.Status == 503
	})
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, path := range []string{"/", "/cases/" + id.String(), "/api/v1/cases/" + id.String()} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", north.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(path, "/api") {
			r.Header.Set("Authorization", "Bearer "+north.Staff[nodetest.Doctor].Token)
		} else {
			r.AddCookie(&http.Cookie{Name: face.SessionCookie(north.Desk()), Value: "somebody"})
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" || strings.Contains(string(text), "password") {
			t.Errorf("%s: %s, again in %q: %.300s", path, answer.Status, answer.Header.Get("Retry-After"), text)
		}
	}
	_, err := north.TrySay(id, "case.question", nodetest.Says{"text": "is anybody there?"})
	var p *nodetest.Problem
	if !errors.As(err, &p) || p.Status != http.StatusServiceUnavailable {
		t.Errorf("saying something: %v", err)
	}
}

// TestAStoppedNodeLetsWorkEnd stops a node while a file is on its way in: the file is taken and acknowledged, and only then the node is gone.
func TestAStoppedNodeLetsWorkEnd(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	body, pipe := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), "POST", north.URL()+"/api/v1/blobs", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+north.Staff[nodetest.Surgeon].Token)
	r.Header.Set("Content-Type", "application/octet-stream")
	r.Header.Set("Expect", "100-continue") // the body is asked for once the request is at work
	answered := make(chan error, 1)
	go func() {
		patient := http.DefaultTransport.(*http.Transport).Clone()
		patient.ExpectContinueTimeout = nodetest.Patience
		answer, err := patient.RoundTrip(r)
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode >= 300 {
				err = errors.New(answer.Status)
			}
		}
		answered <- err
	}()
	if _, err := pipe.Write([]byte("the first half, ")); err != nil {
		t.Fatal(err)
	}
	desk := north.Desk()
	stopped := make(chan error, 1)
	go func() { stopped <- north.Node.Close() }()
	<-desk.Leaving()
	if _, err := pipe.Write([]byte("and the second")); err != nil {
		t.Fatal(err)
	}
	pipe.Close()
	if err := <-answered; err != nil {
		t.Errorf("what was at work: %v", err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stopping: %v", err)
	}
}
