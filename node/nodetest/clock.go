package nodetest

import (
	"sync"
	"time"
)

// Start is when every test's clock begins, for the tests do not depend on today.
var Start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.FixedZone("", 8*3600))

// Clock is the clock of all hospitals of a test. It runs as fast as the machine's, from a given moment, and can be set forward.
type Clock struct {
	mu    sync.Mutex
	began time.Time
	ahead time.Duration
}

// NewClock makes a clock that stands at Start.
func NewClock() *Clock { return &Clock{began: time.Now()} }

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Start.Add(time.Since(c.began) + c.ahead)
}

// Advance sets the clock forward, or back where d is negative.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}
