package load_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"consilium/node/command/load"
	"consilium/node/nodetest"
)

var week = load.Options{Month: load.Month{Seed: 3, Days: 7, Cases: 6, People: 4, Readings: 5, ImageMB: 0.01, Shared: 1}, During: 2 * time.Second, AtOnce: 16}

// site is a hospital of a test, spoken for by its head of department, who is made a coordinator too.
func site(t *testing.T, h *nodetest.Hospital) *load.Site {
	t.Helper()
	return &load.Site{Name: h.Name, Nodes: []string{h.URL()}, Token: h.Staff[nodetest.Head].Token}
}

func TestAWeekIsPlayedAtTwoPartners(t *testing.T) {
	w := nodetest.New(t, "harbor", "south")
	harbor, south := w.Hospital("harbor"), w.Hospital("south")
	w.Partners(harbor, south)
	w.Until("the partners are linked", func() bool { s, ok := south.Link(harbor); return ok && s.Up })
	r, err := load.Play(t.Context(), []*load.Site{site(t, harbor), site(t, south)}, week)
	if err != nil {
		t.Fatal(err)
	}
	if r.Failed() || r.Done != r.Planned {
		t.Fatalf("%d of %d acts were done: %+v %+v, %d apart", r.Done, r.Planned, r.Acts, r.Faults, r.Apart)
	}
	came := 0
	for _, a := range r.Acts {
		if a.Do == "a case comes to a partner" {
			came = a.Done
		}
	}
	if came == 0 {
		t.Error("no case came to a partner")
	}
}

func TestAMonthIsNotPlayedWhereItHasNoPlace(t *testing.T) {
	w := nodetest.New(t, "harbor", "south")
	harbor := w.Hospital("harbor")
	wrong := site(t, harbor)
	wrong.Name = "Another Hospital"
	alone := []*load.Site{site(t, harbor), site(t, w.Hospital("south"))}
	for want, sites := range map[string][]*load.Site{"nothing was written": {wrong}, "link the hospitals first": alone} {
		if _, err := load.Play(t.Context(), sites, week); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	harbor.OpenCase("Hemifacial spasm, left")
	if _, err := load.Play(t.Context(), []*load.Site{site(t, harbor)}, week); err == nil || !strings.Contains(err.Error(), "--beside-cases") {
		t.Errorf("a month is played among patients: %v", err)
	}
}

// TestWhatFailsIsCounted stops the only node of a hospital under a month: what was wanted then has failed, and the report says how.
func TestWhatFailsIsCounted(t *testing.T) {
	w := nodetest.New(t, "harbor")
	harbor := w.Hospital("harbor")
	s, gone := site(t, harbor), week
	gone.Shared = 0
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	time.AfterFunc(gone.During/2, harbor.Stop)
	r, err := load.Play(ctx, []*load.Site{s}, gone)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Failed() || r.Done == 0 || r.Done == r.Planned || len(r.Faults) == 0 {
		t.Errorf("%d of %d acts were done, %+v", r.Done, r.Planned, r.Faults)
	}
}
