package nodetest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/network"
)

// Patience is how long a test waits for something that happens at once on any machine that works.
const Patience = 20 * time.Second

// World is some hospitals and the lines between them.
type World struct {
	testing.TB
	Clock     *Clock
	hospitals []*Hospital
	links     []*Link
}

// New starts hospitals of these names. They know nothing of each other before [World.Partners].
func New(t testing.TB, names ...string) *World {
	t.Helper()
	w := &World{TB: t, Clock: NewClock()}
	t.TempDir() // the first one says when the folders go: after the nodes that write into them have closed, for what is registered last is done first
	t.Cleanup(w.close)
	for _, name := range names {
		w.Found(name)
	}
	return w
}

func (w *World) close() {
	for _, h := range w.hospitals {
		h.Stop()
	}
	for _, l := range w.links {
		l.close()
	}
}

// Hospital is the hospital of a name.
func (w *World) Hospital(name string) *Hospital {
	w.Helper()
	for _, h := range w.hospitals {
		if h.Name == name {
			return h
		}
	}
	w.Fatalf("there is no hospital %q in this test", name)
	return nil
}

// Partners makes partners of two hospitals by an invitation code, over a line of their own.
func (w *World) Partners(a, b *Hospital) *Link {
	w.Helper()
	l := newLink(w, a, b)
	w.links = append(w.links, l)
	var invitation struct{ Code string }
	a.MustAsk(Administrator, "POST", "/peers/invitations", map[string]any{"address": l.Address(), "hours": 24}, &invitation)
	b.MustAsk(Administrator, "POST", "/peers/accept", map[string]any{"code": invitation.Code}, nil)
	l.Call()
	return l
}

// Until waits for something that comes about without further doing. It looks again whenever a thread changes somewhere, and now and then.
func (w *World) Until(what string, ok func() bool) {
	w.Helper()
	deadline := time.NewTimer(Patience)
	defer deadline.Stop()
	now := time.NewTicker(5 * time.Millisecond) // links and queues tell nobody when they change
	defer now.Stop()
	changed, stop := w.listen()
	defer stop()
	for !ok() {
		select {
		case <-changed:
		case <-now.C:
		case <-deadline.C:
			w.report()
			w.Fatalf("it did not come about: %s", what)
		}
	}
}

// listen wakes when a thread changes at any hospital.
func (w *World) listen() (<-chan struct{}, func()) {
	any, done := make(chan struct{}, 1), make(chan struct{})
	var stops []func()
	for _, h := range w.hospitals {
		if h.Node == nil {
			continue
		}
		wake, changed, stop := h.Desk().Live.Listen()
		stops = append(stops, stop)
		go func() {
			for {
				select {
				case <-wake:
					changed()
					select {
					case any <- struct{}{}:
					default:
					}
				case <-done:
					return
				}
			}
		}()
	}
	return any, func() {
		close(done)
		for _, stop := range stops {
			stop()
		}
	}
}

// report says how it stands between the hospitals, for whoever reads why a test failed.
func (w *World) report() {
	for _, h := range w.hospitals {
		if h.Node == nil {
			w.Logf("%s is stopped", h.Name)
			continue
		}
		states, err := h.Desk().Network.State(context.Background())
		if err != nil {
			w.Logf("%s: %v", h.Name, err)
		}
		for _, s := range states {
			w.Logf("%s with %s: up %v, %d behind, %d files missing, held back %d, last error %q", h.Name, s.Partner.Name, s.Up, s.BehindEntries, s.MissingBlobs, len(s.HeldBack), s.LastErr.En)
		}
	}
}

// Same waits until hospitals have the same entries of a thread, and proves that it then folds to the same at each of them and verifies.
func (w *World) Same(id ledger.ThreadID, at ...*Hospital) ledger.Log {
	w.Helper()
	want := ""
	w.Until(fmt.Sprintf("thread %s is the same everywhere", id), func() bool {
		want = at[0].digest(id)
		for _, h := range at[1:] {
			if want == "" || h.digest(id) != want {
				return false
			}
		}
		return true
	})
	first := at[0].Fold(id)
	for _, h := range at {
		if got := h.Fold(id); got != first {
			w.Fatalf("the same entries fold differently: at %s\n%s\nat %s\n%s", at[0].Name, first, h.Name, got)
		}
		h.MustVerify(&id)
	}
	return at[0].Log(id)
}

// up tells whether the line to another hospital is up.
func (h *Hospital) up(other *Hospital) bool {
	s, ok := h.Link(other)
	return ok && s.Up
}

// Link is how it stands with another hospital.
func (h *Hospital) Link(other *Hospital) (network.State, bool) {
	h.w.Helper()
	if h.Node == nil {
		return network.State{}, false
	}
	states, err := h.Desk().Network.State(context.Background())
	if err != nil {
		h.w.Fatalf("%s: %v", h.Name, err)
	}
	for _, s := range states {
		if s.Partner.Hospital == other.ID {
			return s, true
		}
	}
	return network.State{}, false
}

// Log reads a thread at a hospital.
func (h *Hospital) Log(id ledger.ThreadID) (l ledger.Log) {
	h.w.Helper()
	f := h.Desk()
	err := f.View(context.Background(), func(ctx context.Context, tx ledger.Tx) (err error) {
		l, err = f.Book.Log(ctx, tx, id)
		return err
	})
	if err != nil {
		h.w.Fatalf("%s: %v", h.Name, err)
	}
	return l
}

// Has tells whether a hospital has an entry of a thread, with what it says.
func (h *Hospital) Has(id ledger.ThreadID, entry ledger.Hash) bool {
	if h.digest(id) == "" {
		return false
	}
	s := h.Log(id).Find(entry)
	return s != nil && s.HasBody()
}

// digest names the entries of a thread that a hospital has; empty: none.
func (h *Hospital) digest(id ledger.ThreadID) string {
	f := h.Desk()
	var text string
	_ = f.View(context.Background(), func(ctx context.Context, tx ledger.Tx) error {
		l, err := f.Book.Log(ctx, tx, id)
		if err == nil {
			text = l.Digest().String()
		}
		return err
	})
	return text
}

// Fold is a case as its entries fold at this hospital, in JSON.
func (h *Hospital) Fold(id ledger.ThreadID) string {
	h.w.Helper()
	raw, err := json.MarshalIndent(casebook.Fold(h.Log(id)), "", " ")
	if err != nil {
		h.w.Fatal(err)
	}
	return string(raw)
}

// MustVerify proves a thread (nil: everything) from its bytes.
func (h *Hospital) MustVerify(id *ledger.ThreadID) desk.VerifyReport {
	h.w.Helper()
	r, err := h.Verify(context.Background(), id)
	if err != nil || len(r.Breaks) > 0 {
		h.w.Fatalf("%s does not verify: %v %v", h.Name, r.Breaks, err)
	}
	return r
}

// Knows tells whether a hospital has heard of a thread and may speak in it.
func (h *Hospital) Knows(id ledger.ThreadID) bool {
	if h.digest(id) == "" {
		return false
	}
	state := h.Log(id).Roster.State(h.ID)
	return state == ledger.Joined || state == ledger.Invited
}
