package desk

import (
	"sync"

	"consilium/ledger"
)

// Notices tell whoever listens here which threads have changed: open pages, and what goes on in the background. They carry no more than that; who
// hears of a thread asks the door before it tells anybody.
type Notices interface {
	// Changed tells everybody who listens. It never blocks.
	Changed(threads ...ledger.ThreadID)
	// Listen gives a channel that wakes when something changed, and what to call to learn which threads, and to stop.
	Listen() (wake <-chan struct{}, changed func() []ledger.ThreadID, stop func())
}

// Live are the [Notices] of one process. A page that listens too slowly misses nothing: it is told once more that something changed.
type Live struct {
	mu        sync.Mutex
	listeners map[chan struct{}]map[ledger.ThreadID]bool
}

// TheNetwork stands among changed threads for a partner that came, went or was changed: everybody who signed in may hear of that.
var TheNetwork = ledger.ThreadID{}

// NewLive makes one that nobody listens to.
func NewLive() *Live { return &Live{listeners: map[chan struct{}]map[ledger.ThreadID]bool{}} }

// Changed implements [Notices].
func (l *Live) Changed(threads ...ledger.ThreadID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for wake, pending := range l.listeners {
		for _, t := range threads {
			pending[t] = true
		}
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// Listen implements [Notices].
func (l *Live) Listen() (wake <-chan struct{}, changed func() []ledger.ThreadID, stop func()) {
	c := make(chan struct{}, 1)
	l.mu.Lock()
	l.listeners[c] = map[ledger.ThreadID]bool{}
	l.mu.Unlock()
	changed = func() []ledger.ThreadID {
		l.mu.Lock()
		defer l.mu.Unlock()
		var list []ledger.ThreadID
		for t := range l.listeners[c] {
			list = append(list, t)
		}
		clear(l.listeners[c])
		return list
	}
	stop = func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.listeners, c)
	}
	return c, changed, stop
}
