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

// set sets the clock forward. It says no to a time that has passed here by more than an hour, or that has not come yet outside.
func (c *clock) set(at time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	behind := time.Since(at)
	if behind < 0 || behind > c.behind+time.Hour {
		return false
	}
	c.behind = min(c.behind, behind)
	return true
}

// catchUp ends the past.
func (c *clock) catchUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.behind = 0
}
