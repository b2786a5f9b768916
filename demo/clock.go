package demo

import (
	"sync"
	"time"
)

// beijing is where the hospitals are.
var beijing = time.FixedZone("", 8*3600)

// clock is the time at the four hospitals. It goes as fast as the real one, begins in the past, and is only ever set forward.
type clock struct {
	mu     sync.Mutex
	behind time.Duration
}

// Now is the hospitals' time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(-c.behind).In(beijing)
}

// begin sets the clock before anything has happened.
func (c *clock) begin(at time.Time) { c.behind = time.Until(at) * -1 }

// set sets the clock forward. A time that has passed, or lies in the future of the real clock, leaves it as it is.
func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if behind := time.Since(at); behind < c.behind && behind >= 0 {
		c.behind = behind
	}
}

// catchUp ends the past.
func (c *clock) catchUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.behind = 0
}
