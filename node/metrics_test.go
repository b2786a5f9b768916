package node_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"consilium/node"
	"consilium/node/nodetest"
)

// TestMetricsTellNumbersAndNobody asks /metrics of a node with a partner, a case and a wrong password: the numbers are there, and nothing of a person or a case.
func TestMetricsTellNumbersAndNobody(t *testing.T) {
	w := nodetest.New(t, "south")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().String()
	free.Close()
	north := w.FoundWith("north", func(o *node.Options) { o.Health = at })
	south := w.Hospital("south")
	w.Partners(north, south)
	id := north.Share("Told to nobody who watches", south)
	w.Same(id, north, south)
	north.MustAsk(nodetest.Doctor, "GET", "/cases/"+id.String(), nil, nil)
	answer, err := http.Get("http://" + at + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for _, want := range []string{"consilium_appends_total ", "consilium_partner_up{partner=\"" + south.ID.String() + "\"} 1", "consilium_partner_behind_entries", "consilium_disk_free_bytes",
		"consilium_sign_in_failures_total 0", "consilium_request_seconds_bucket{code=\"200\",route=\"GET /api/v1/cases/{id}\"", "go_goroutines", "consilium_waiting_readings_bytes 0"} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %s", want)
		}
	}
	for _, secret := range []string{id.String(), "Told to nobody", nodetest.Doctor, "127.0.0.1"} {
		if strings.Contains(text, secret) {
			t.Errorf("it tells of %q", secret)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}
