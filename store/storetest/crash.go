package storetest

import (
	"errors"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"testing"

	"consilium/store"
)

// ErrStopped is what every write is told from the one on at which a test stops.
var ErrStopped = errors.New("the machine stopped here")

// EachWrite calls try with 1, 2, 3, … until it tells that the work was done before its n-th write came. Unless CRASH=all is set, only every step-th number is tried, from a random one on, so that all of them
// are tried over the runs of some days.
func EachWrite(t *testing.T, step int, try func(t *testing.T, n int) (over bool)) {
	t.Helper()
	first := 1
	if os.Getenv("CRASH") == "all" {
		step = 1
	} else {
		first += rand.IntN(step)
	}
	tried := 0
	for n := first; ; n += step {
		over := try(t, n)
		if t.Failed() {
			t.Fatalf("stopped at write %d", n)
		}
		if over {
			t.Logf("%d stops, up to write %d", tried, n-1)
			return
		}
		tried++
	}
}

// StopAt lets writes of this process succeed up to the n-th, which fails, and every one after it: as on a machine that stopped there. Resume ends that, and tells whether it came to it.
func StopAt(n int) (resume func() (stopped bool)) {
	var count atomic.Int64
	store.BeforeWrite(func(string) error {
		if count.Add(1) >= int64(n) {
			return ErrStopped
		}
		return nil
	})
	return func() bool {
		store.BeforeWrite(nil)
		return count.Load() >= int64(n)
	}
}
