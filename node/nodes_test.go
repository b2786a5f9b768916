package node_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/node"
	"consilium/node/nodetest"
	"consilium/people"
	"consilium/store/storetest"
)

// twoNodes is a hospital with two nodes, and a partner that both of them can call.
func twoNodes(t *testing.T) (w *nodetest.World, one, two, south *nodetest.Hospital) {
	t.Helper()
	w = nodetest.New(t, "south")
	south = w.Hospital("south")
	_, blobs := storetest.Bucket(t)
	one = w.FoundShared("harbor", storetest.Postgres(t).URL, blobs)
	two = one.Another("harbor-2")
	w.Partners(south, one)
	return w, one, two, south
}

// TestALookReachesEveryNodeOfAHospital: a page that is open at the other node hears who shows where they look, whether somebody here does or a partner.
func TestALookReachesEveryNodeOfAHospital(t *testing.T) {
	w, one, two, south := twoNodes(t)
	id := one.Share("Looked at together", south)
	file := one.Attach(id, []byte("a manifest"), "images")
	w.Until("the file is at south", func() bool { return south.Desk().Blobs.Has(file) })
	looks, stop := two.Desk().Looking.Watch(id)
	defer stop()
	for _, from := range []*nodetest.Hospital{one, south} {
		caller := desk.Caller{Who: access.Who{Person: "p", Name: "Dr. of " + from.ID.String()}}
		w.Until("the other node hears "+caller.Who.Name, func() bool { // a look that is lost is made good by the next one
			if err := from.Desk().ShowLook(t.Context(), caller, id, file, desk.Look{Page: "p", Instance: "1.2"}); err != nil {
				t.Fatal(err)
			}
			for len(looks) > 0 {
				if l := <-looks; l.Hospital == from.ID && l.Name == caller.Who.Name && l.Study == file {
					return true
				}
			}
			return false
		})
	}
}

// TestTwoNodesOfAHospitalAreOne: what is said, attached, sealed or changed at one node is at the other, open pages of both hear of it at once, and the partner hears of both.
func TestTwoNodesOfAHospitalAreOne(t *testing.T) {
	w, one, two, south := twoNodes(t)
	if one.Signer().Key() == two.Signer().Key() {
		t.Fatal("both nodes sign with one key")
	}
	sealed, err := one.Desk().Sealer.Seal(t.Context(), []byte("Wang Xiaoming"))
	if err != nil {
		t.Fatal(err)
	}
	if name, err := two.Desk().Sealer.Open(t.Context(), sealed.Hash, nil); err != nil || string(name) != "Wang Xiaoming" {
		t.Errorf("the other node opens the patient as %q, %v", name, err)
	}
	if err := two.Desk().Sealer.Destroy(sealed.Hash); err != nil {
		t.Fatal(err)
	}
	if _, err := one.Desk().Sealer.Open(t.Context(), sealed.Hash, nil); !errors.Is(err, access.ErrNoKey) {
		t.Errorf("destroyed at one node and opened at the other: %v", err)
	}
	id := one.Share("Shared with south", south)
	wake, changed, stop := two.Desk().Live.Listen()
	defer stop()
	first := one.Note(id, "Said at the first node")
	deadline := time.After(nodetest.Patience)
	for told := false; !told; {
		select {
		case <-wake:
			told = slices.Contains(changed(), id)
		case <-deadline:
			t.Fatal("the second node's pages were not told")
		}
	}
	err = one.Desk().DB.View(t.Context(), func(ctx context.Context, tx ledger.Tx) error { // their lines break, and something is said before they stand again
		_, err := tx.ExecContext(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	changed()
	one.Note(id, "Said while nobody heard")
	w.Until("the second node's pages were told all the same", func() bool { return slices.Contains(changed(), id) })
	second := two.Note(id, "Said at the second node")
	file := two.Attach(id, []byte("an image of the second node"), "images")
	for _, h := range []*nodetest.Hospital{one, two} {
		if !h.Has(id, first) || !h.Has(id, second) || !h.Desk().Blobs.Has(file) {
			t.Errorf("%s lacks something", h.Name)
		}
	}
	w.Until("the south has the case", func() bool { return south.Knows(id) })
	south.Note(id, "South takes part")
	w.Same(id, one, two, south)
	w.Until("the file is in the south", func() bool { return south.Desk().Blobs.Has(file) })
	if one.Desk().Network.Runs() == two.Desk().Network.Runs() {
		t.Error("both nodes keep the links, or neither")
	}
	w.Until("both nodes show the link", func() bool {
		a, _ := one.Link(south)
		b, _ := two.Link(south)
		return a.Up && b.Up
	})
	for _, h := range []*nodetest.Hospital{one, two, south} {
		if r := h.MustVerify(nil); len(r.Breaks) > 0 || r.Forks > 0 {
			t.Errorf("%s: %+v", h.Name, r)
		}
	}
}

// TestTheOtherNodeTakesTheLinksOver stops the node that keeps them: the other one goes on with the partner, and hands them back to nobody.
func TestTheOtherNodeTakesTheLinksOver(t *testing.T) {
	w, one, two, south := twoNodes(t)
	id := one.Share("Goes on", south)
	w.Until("the south has the case", func() bool { return south.Knows(id) })
	south.Note(id, "South takes part")
	w.Same(id, one, two, south)
	w.Until("the first node keeps the links", func() bool { return one.Desk().Network.Runs() })
	one.Stop()
	w.Until("the second node keeps them", func() bool { return two.Desk().Network.Runs() })
	after := two.Note(id, "Said after the first node was stopped")
	w.Until("the south hears it", func() bool { return south.Has(id, after) })
	answer := south.Note(id, "And answers")
	w.Until("the second node hears it", func() bool { return two.Has(id, answer) })
	one.Start()
	if !one.Has(id, answer) || one.Desk().Network.Runs() {
		t.Error("the first node came back and lacks something, or took the links away")
	}
	w.Same(id, one, two, south)
}

// TestAPartnerIsEnteredAtEitherNode: an administrator at the node that does not keep the links enters a partner, blocks it and lets it in again; the other one does what follows.
func TestAPartnerIsEnteredAtEitherNode(t *testing.T) {
	w, one, two, _ := twoNodes(t)
	w.Until("the first node keeps the links", func() bool { return one.Desk().Network.Runs() })
	east := w.Found("east")
	var invitation struct{ Code string }
	east.MustAsk(nodetest.Administrator, "POST", "/peers/invitations", map[string]any{"address": east.PeerAddr(), "hours": 24}, &invitation)
	two.MustAsk(nodetest.Administrator, "POST", "/peers/accept", map[string]any{"code": invitation.Code}, nil)
	up := func(h *nodetest.Hospital) func() bool {
		return func() bool { s, ok := h.Link(east); return ok && s.Up }
	}
	w.Until("the link is up", up(one))
	two.MustAsk(nodetest.Administrator, "POST", "/peers/"+east.ID.String()+"/block", nil, nil)
	w.Until("the link is down", func() bool { return !up(one)() })
	two.MustAsk(nodetest.Administrator, "POST", "/peers/"+east.ID.String()+"/unblock", nil, nil)
	w.Until("the link is up again", up(one))
}

// TestAHospitalGoesOnWithoutItsObjectStore: while the store does not answer, people write and read, a file is refused with words and not acknowledged, and the administrator is told; when it answers again all is as before.
func TestAHospitalGoesOnWithoutItsObjectStore(t *testing.T) {
	w := nodetest.New(t)
	g, _ := storetest.Bucket(t)
	line := storetest.LineTo(t, g.Endpoint)
	harbor := w.FoundShared("harbor", storetest.Postgres(t).URL, g.Address(line.URL))
	id := harbor.OpenCase("With an image")
	file := harbor.Attach(id, []byte("an image from before"), "images")
	line.Disturb(storetest.Gone)
	entry := harbor.Note(id, "Said while the store is away")
	var p *nodetest.Problem
	if err := harbor.Ask(nodetest.Surgeon, "POST", "/blobs", []byte("an image that nobody keeps"), nil); !errors.As(err, &p) || p.Status != http.StatusServiceUnavailable {
		t.Errorf("a file while the store is away: %v", err)
	}
	if v := harbor.Desk().Vitals(); !v.BucketAway || v.BucketFull {
		t.Errorf("the administrator is told %+v", v)
	}
	line.Disturb(storetest.Refused(http.StatusInsufficientStorage, "InsufficientStorage"))
	if err := harbor.Ask(nodetest.Surgeon, "POST", "/blobs", []byte("an image that nobody keeps"), nil); !errors.As(err, &p) || p.Status != http.StatusServiceUnavailable {
		t.Errorf("a file while the store is full: %v", err)
	}
	if v := harbor.Desk().Vitals(); v.BucketAway || !v.BucketFull {
		t.Errorf("the administrator is told %+v", v)
	}
	line.Disturb(nil)
	if !harbor.Desk().Blobs.Has(file) || !harbor.Has(id, entry) {
		t.Error("something is lost")
	}
	harbor.Attach(id, []byte("an image from afterwards"), "images")
	if v := harbor.Desk().Vitals(); v.BucketAway || v.BucketFull {
		t.Errorf("the alarm stays: %+v", v)
	}
	if r := harbor.MustVerify(nil); len(r.Breaks) > 0 || r.Files < 2 {
		t.Errorf("%+v", r)
	}
}

// TestTwoNodesStartAtOnce: both find that all lists have to be made anew. One makes them while the other waits, and both have them.
func TestTwoNodesStartAtOnce(t *testing.T) {
	w, one, two, _ := twoNodes(t)
	for i := range 20 {
		one.OpenCase(fmt.Sprint("Case ", i))
	}
	before := one.Fold(one.OpenCase("The last one"))
	err := one.Desk().DB.Update(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE projection SET form = 'of another release'`)
		return err
	})
	if err != nil || before == "" {
		t.Fatal(err)
	}
	one.Stop()
	two.Stop()
	var both sync.WaitGroup
	for _, h := range []*nodetest.Hospital{one, two} {
		both.Go(func() {
			if err := h.TryStart(); err != nil {
				t.Errorf("%s: %v", h.Name, err)
			}
		})
	}
	both.Wait()
	if t.Failed() {
		return
	}
	var list struct{ Items []any }
	two.MustAsk(nodetest.Coordinator, "GET", "/cases?limit=100", nil, &list)
	if len(list.Items) != 21 {
		t.Errorf("%d cases are in the list", len(list.Items))
	}
	w.Until("one of them leads", func() bool { return one.Desk().Network.Runs() != two.Desk().Network.Runs() })
}

// TestTriesCountAtBothNodes: who tries to sign in as often as is allowed at one node may not at the other.
func TestTriesCountAtBothNodes(t *testing.T) {
	w, one, two, _ := twoNodes(t)
	const address = "198.51.100.7"
	for range people.DefaultLimits.Burst {
		if err := one.Desk().SignIn.Allow(w.Clock.Now(), address); err != nil {
			t.Fatal(err)
		}
	}
	w.Until("the other node has heard of it", func() bool { return two.Desk().SignIn.Allow(w.Clock.Now(), address) != nil })
}

// TestAHospitalOnOneMachineHasOneNode: where files or the database lie in a folder, a second node is refused, and told what is needed.
func TestAHospitalOnOneMachineHasOneNode(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	if _, err := node.AddNode(north.Dir, t.TempDir(), time.Now()); err == nil {
		t.Error("a hospital on SQLite got a second node")
	}
	south := w.FoundOn("south", storetest.Postgres(t).URL)
	if _, err := node.AddNode(south.Dir, t.TempDir(), time.Now()); err == nil {
		t.Error("a hospital with its files in a folder got a second node")
	}
}
