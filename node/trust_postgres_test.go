package node_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"consilium/ledger"
	"consilium/node/nodetest"
	"consilium/people/security"
	"consilium/store/storetest"
)

// TestTrustOnPostgreSQL plays what keeps the doors on the other database: the security log and its export, a link, tokens that end, a key on a request, a bound for a partner,
// the sweep, and the proof of it all.
func TestTrustOnPostgreSQL(t *testing.T) {
	w := nodetest.New(t)
	north := w.FoundOn("north", storetest.Postgres(t).URL)
	var link struct{ Link string }
	north.MustAsk(nodetest.Administrator, "POST", "/people/surgeon/reset-password", nil, &link)
	answer, err := http.Get(north.URL() + link.Link[strings.Index(link.Link, "/sign-in"):])
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("the link: %v %v", answer, err)
	}
	answer.Body.Close()
	north.MustAsk(nodetest.Administrator, "POST", "/people/trainee/disable", nil, nil)
	if err := north.Ask(nodetest.Trainee, "GET", "/me", nil, nil); err == nil {
		t.Error("a token outlives the dismissal")
	}
	var blob struct{ Hash ledger.Hash }
	north.MustAsk(nodetest.Surgeon, "POST", "/blobs", []byte("nobody attaches this"), &blob)
	w.Clock.Advance(25 * time.Hour)
	var swept struct{ Files int }
	north.MustAsk(nodetest.Administrator, "POST", "/sweep", nil, &swept)
	if swept.Files != 1 || north.Desk().Blobs.Has(blob.Hash) {
		t.Errorf("%d files were swept", swept.Files)
	}
	partner := ledger.HospitalID{7}
	north.MustAsk(nodetest.Administrator, "POST", "/peers", map[string]any{"id": partner, "name": "South"}, nil)
	north.MustAsk(nodetest.Administrator, "POST", "/peers/"+partner.String()+"/limit", map[string]any{"file": 1000}, nil)
	var log bytes.Buffer
	north.MustAsk(nodetest.Administrator, "GET", "/security-log/json", nil, &log)
	if place, _, err := security.ReadJSON(&log); err != nil || place < 10 {
		t.Errorf("%d rows, %v", place, err)
	}
	if r := north.MustVerify(nil); len(r.Breaks) > 0 {
		t.Errorf("%v", r.Breaks)
	}
}
