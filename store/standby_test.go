package store_test

import (
	"io/fs"
	"sync"
	"testing"
	"time"

	"consilium/store/storetest"
)

// TestAPromotedStandbyHasWhatWasAcknowledged loses the primary under eight writers and promotes its synchronous standby: the store finds it by itself, writing goes on, and nothing that was acknowledged is lost.
func TestAPromotedStandbyHasWhatWasAcknowledged(t *testing.T) {
	o, failOver := storetest.WithStandby(t)
	o.Migrations = []fs.FS{lines}
	s := storetest.Open(t, o)
	var mu sync.Mutex
	acknowledged := map[int]bool{}
	lost, end := false, make(chan struct{})
	count := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(acknowledged)
	}
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for n := w; ; n += 8 {
				select {
				case <-end:
					return
				default:
				}
				err := s.Update(t.Context(), add(n))
				mu.Lock()
				if lost = lost || err != nil; err == nil {
					acknowledged[n] = true
				}
				mu.Unlock()
			}
		})
	}
	until := func(what string, enough int) {
		t.Helper()
		for deadline := time.Now().Add(60 * time.Second); count() < enough; {
			if time.Now().After(deadline) {
				t.Errorf("%s: %d of %d writes", what, count(), enough)
				return
			}
			time.Sleep(10 * time.Millisecond) // polling other goroutines
		}
	}
	until("on the primary", 300)
	began := time.Now()
	failOver()
	atFailure := count()
	until("on the standby", atFailure+300)
	t.Logf("%d writes acknowledged, %d of them before; writing went on %s after the primary was lost", count(), atFailure, time.Since(began).Round(time.Millisecond))
	close(end)
	writers.Wait()
	there := map[int]bool{}
	for _, n := range numbers(t, s) {
		there[n] = true
	}
	for n := range acknowledged {
		if !there[n] {
			t.Fatalf("write %d was acknowledged and is lost", n)
		}
	}
	if !lost {
		t.Error("no write noticed that the primary was lost: it was not")
	}
}
