package node_test

import (
	"bytes"
	"errors"
	"net/http"
	"testing"

	"consilium/node/nodetest"
)

// TestAPersonHasAQuota: who sends file after file and attaches none is told to wait; others are not.
func TestAPersonHasAQuota(t *testing.T) { onBothDatabases(t, aPersonHasAQuota) }

func aPersonHasAQuota(t *testing.T, _ *nodetest.World, north *nodetest.Hospital) {
	north.Desk().Quota = 100
	send := func(who string, fill byte) error {
		return north.Ask(who, "POST", "/blobs", bytes.Repeat([]byte{fill}, 120), nil)
	}
	if err := send(nodetest.Surgeon, 'a'); err != nil {
		t.Fatal(err)
	}
	var p *nodetest.Problem
	if err := send(nodetest.Surgeon, 'b'); !errors.As(err, &p) || p.Status != http.StatusTooManyRequests {
		t.Errorf("beyond the quota: %v", err)
	}
	if err := send(nodetest.Doctor, 'c'); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	id := north.OpenCase("What is attached does not count")
	north.Desk().Quota = 0
	north.Attach(id, bytes.Repeat([]byte{'d'}, 120), "images")
	north.Desk().Quota = 121
	if err := send(nodetest.Doctor, 'e'); err != nil {
		t.Errorf("with an attached file: %v", err)
	}
}

// TestAPartnerHasATotal: of a partner's files as many are kept as its bound lets in; smaller ones that fit still come, and a wider bound lets the rest in.
func TestAPartnerHasATotal(t *testing.T) {
	w := nodetest.New(t, "north", "south")
	north, south := w.Hospital("north"), w.Hospital("south")
	w.Partners(north, south)
	limit := func(total int) {
		north.MustAsk(nodetest.Administrator, "POST", "/peers/"+south.ID.String()+"/limit", nodetest.Says{"total": total}, nil)
	}
	limit(10_000) // too little for the pathway, which the case attaches too
	id := south.Share("Many files", north)
	attach := func(size int) (here func() bool) {
		file := south.Attach(id, bytes.Repeat([]byte("file "), size/5), "images")
		return func() bool { return north.Desk().Blobs.Has(file) }
	}
	w.Until("the first file is here", attach(6000))
	large := attach(7000)
	w.Until("the small file is here", attach(3000))
	if large() {
		t.Error("a file beyond the total was fetched")
	}
	limit(17_000)
	north.Restart()
	w.Until("with a wider bound the rest is here", large)
}
