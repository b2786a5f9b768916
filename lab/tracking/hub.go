package tracking

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrUnknown says that the administrator named no such tracker.
var ErrUnknown = errors.New("no tracker of this name is set up")

// Tracker is a server of OpenIGTLink: a tracker, 3D Slicer, a robot's controller.
type Tracker struct{ Name, Address string }

// ReadTrackers reads settings of the form NAME=HOST:PORT.
func ReadTrackers(list []string) (trackers []Tracker, err error) {
	for _, text := range list {
		name, address, _ := strings.Cut(text, "=")
		host, port, wrong := net.SplitHostPort(address)
		if name == "" || len(name) > 60 || wrong != nil || host == "" || port == "" || slices.ContainsFunc(trackers, func(t Tracker) bool { return t.Name == name }) {
			return nil, fmt.Errorf("tracker: %q is not NAME=HOST:PORT, or the name stands twice", text)
		}
		trackers = append(trackers, Tracker{name, address})
	}
	return trackers, nil
}

// Hub keeps one line to each tracker that somebody looks at. It is safe for many goroutines.
type Hub struct {
	Trackers []Tracker

	mu    sync.Mutex
	lines map[string]*line
}

// Names are the trackers in the order of the settings.
func (h *Hub) Names() (names []string) {
	for _, t := range h.Trackers {
		names = append(names, t.Name)
	}
	return names
}

// The times between two tellings: at most twenty a second, and one now and then though nothing came, for what is told grows old.
const soonest, latest = 50 * time.Millisecond, 250 * time.Millisecond

// Watch tells how things stand with a tracker until the context ends or tell gives an error, which is returned. The line is opened for the first who watches and closed after the last.
func (h *Hub) Watch(ctx context.Context, name string, tell func(State) error) error {
	at := slices.IndexFunc(h.Trackers, func(t Tracker) bool { return t.Name == name })
	if at < 0 {
		return ErrUnknown
	}
	l := h.join(h.Trackers[at])
	defer h.leave(name, l)
	tick := time.NewTicker(soonest)
	defer tick.Stop()
	told, when := -1, time.Time{}
	for {
		state, changes := l.state()
		if now := time.Now(); changes != told || now.Sub(when) >= latest {
			if err := tell(state); err != nil {
				return err
			}
			told, when = changes, now
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (h *Hub) join(t Tracker) *line {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.lines[t.Name]
	if l == nil {
		ctx, end := context.WithCancel(context.Background())
		l = &line{tracker: t, end: end, link: Connecting, devices: map[string]*device{}}
		if h.lines == nil {
			h.lines = map[string]*line{}
		}
		h.lines[t.Name] = l
		go l.run(ctx)
	}
	l.watchers++
	return l
}

func (h *Hub) leave(name string, l *line) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if l.watchers--; l.watchers == 0 {
		l.end()
		delete(h.lines, name)
	}
}
