package desk

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
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
	// Mark is where the notices stand now. A page keeps the mark that it was drawn at, so that what changes before it listens is told to it then.
	Mark() string
	// Since gives the threads that changed after a mark. Not known: the mark is of another process, or too much has changed since; anything may have.
	Since(mark string) (threads []ledger.ThreadID, known bool)
}

// remembered is how many notices are kept for pages that were drawn and do not listen yet, or whose line broke. One that comes later is told to look anew.
const remembered = 4096

// Live are the [Notices] of one process. A page that listens too slowly misses nothing: it is told once more that something changed.
type Live struct {
	mu        sync.Mutex
	listeners map[chan struct{}]map[ledger.ThreadID]bool
	process   string            // told apart from the marks of the process before
	count     int               // notices so far
	recent    []ledger.ThreadID // the last of them: number n stands at n modulo remembered
}

// TheNetwork stands among changed threads for a partner that came, went or was changed: everybody who signed in may hear of that.
var TheNetwork = ledger.ThreadID{}

// NewLive makes one that nobody listens to.
func NewLive() *Live {
	return &Live{listeners: map[chan struct{}]map[ledger.ThreadID]bool{}, process: rand.Text(), recent: make([]ledger.ThreadID, remembered)}
}

// Changed implements [Notices].
func (l *Live) Changed(threads ...ledger.ThreadID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range threads {
		l.recent[l.count%remembered] = t
		l.count++
	}
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

// Mark implements [Notices].
func (l *Live) Mark() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("%s-%d", l.process, l.count)
}

// Since implements [Notices].
func (l *Live) Since(mark string) (threads []ledger.ThreadID, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, own := strings.CutPrefix(mark, l.process+"-")
	at, err := strconv.Atoi(n)
	if !own || err != nil || at < 0 || at > l.count || l.count-at > remembered {
		return nil, false
	}
	seen := map[ledger.ThreadID]bool{}
	for ; at < l.count; at++ {
		if t := l.recent[at%remembered]; !seen[t] {
			seen[t] = true
			threads = append(threads, t)
		}
	}
	return threads, true
}
