//go:build soak && linux

package node_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"consilium/ledger"
	"consilium/node/nodetest"
)

// What the process may hold more at the end than before the first trouble. Both hospitals and all clients are in it.
const (
	soakHeap       = 192 << 20
	soakFiles      = 100
	soakGoroutines = 200
)

// held is what a process holds.
type held struct {
	heap       uint64
	files      int
	goroutines int
}

func holds(t *testing.T) (h held) {
	t.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return held{m.HeapInuse, len(open), runtime.NumGoroutine()} // connections are files
}

func (h held) within(before held) bool {
	return h.heap <= before.heap+soakHeap && h.files <= before.files+soakFiles && h.goroutines <= before.goroutines+soakGoroutines
}

// soak is two hospitals whose people work at a modest pace while somebody makes trouble.
type soak struct {
	*testing.T
	north, south *nodetest.Hospital
	ends         time.Time

	thread       ledger.ThreadID
	full         atomic.Bool // what is said now is long: short words find room in the log of the database
	mu           sync.Mutex
	acknowledged []said
	refused      int
}

// TestSoak lets people work for ten minutes (or for as long as SOAK says) beside a hostile partner, readers that do not read, and a full disk, in turn. Nothing that was
// acknowledged is lost, both hospitals agree, and the process holds no more than before.
func TestSoak(t *testing.T) {
	lasts := 10 * time.Minute
	if text := os.Getenv("SOAK"); text != "" {
		var err error
		if lasts, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	if !smallDisk(t, "size=512m") {
		t.Fatal("the soak fills a disk of its own, which takes the right to mount one")
	}
	w := nodetest.New(t, "north", "south")
	s := &soak{T: t, north: w.Hospital("north"), south: w.Hospital("south")}
	w.Partners(s.north, s.south)
	s.thread = s.north.Share("The soak", s.south)
	w.Same(s.thread, s.north, s.south)
	before := holds(t)
	s.ends = time.Now().Add(lasts)
	ctx, stop := context.WithDeadline(t.Context(), s.ends)
	defer stop()
	var people sync.WaitGroup
	for range 4 {
		people.Go(func() { s.work(ctx) })
	}
	for round := 0; ctx.Err() == nil; round++ {
		for _, trouble := range []func(context.Context){s.hostilePartner, s.slowReaders, s.fullDisk} {
			turn, over := context.WithTimeout(ctx, 15*time.Second)
			trouble(turn)
			over()
		}
		s.mu.Lock()
		t.Logf("round %d: %+v, %d acknowledged, %d refused", round+1, holds(t), len(s.acknowledged), s.refused)
		s.mu.Unlock()
	}
	people.Wait()
	w.Until("the process holds no more than before", func() bool { return holds(t).within(before) })
	s.nothingLost(w)
	t.Logf("before %+v, after %+v; %d acknowledged, %d refused", before, holds(t), len(s.acknowledged), s.refused)
}

// work says something five times a second, and reads. The node may say that it cannot now; it may not say anything else.
func (s *soak) work(ctx context.Context) {
	pace := time.NewTicker(200 * time.Millisecond)
	defer pace.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pace.C:
		}
		hash, err := s.north.TrySay(s.thread, "case.question", nodetest.Says{"text": s.question()})
		var p *nodetest.Problem
		s.mu.Lock()
		switch {
		case err == nil:
			s.acknowledged = append(s.acknowledged, said{s.thread, hash})
		case errors.As(err, &p) && (p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests):
			s.refused++
		default:
			s.Errorf("saying something: %v", err)
		}
		s.mu.Unlock()
		if err := s.north.Ask(nodetest.Doctor, "GET", "/cases/"+s.thread.String(), nil, nil); err != nil {
			s.Errorf("reading: %v", err)
		}
	}
}

func (s *soak) question() string {
	text := fmt.Sprint("What is ", rand.Int(), "? ")
	if s.full.Load() {
		return strings.Repeat(text, 600)
	}
	return text
}

// calls opens connections until the turn is over; each says something and then holds the line.
func (s *soak) calls(ctx context.Context, address string, many int, says func() string) {
	var all sync.WaitGroup
	for range many {
		all.Go(func() {
			for ctx.Err() == nil {
				conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
				if err != nil {
					return
				}
				_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
				_, _ = io.WriteString(conn, says())
				_, _ = conn.Read(make([]byte, 1)) // one byte, and no more
				select {
				case <-ctx.Done():
				case <-time.After(3 * time.Second):
				}
				conn.Close()
			}
		})
	}
	all.Wait()
}

// hostilePartner calls the partner port from many lines with what is no handshake.
func (s *soak) hostilePartner(ctx context.Context) {
	s.calls(ctx, s.north.PeerAddr(), 100, func() string {
		noise := make([]byte, 1+rand.IntN(2000))
		for i := range noise {
			noise[i] = byte(rand.Int())
		}
		return "\x16\x03\x01" + string(noise)
	})
}

// slowReaders ask for much and read a byte of it, and promise bodies that do not come.
func (s *soak) slowReaders(ctx context.Context) {
	head := " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + s.north.Staff[nodetest.Coordinator].Token + "\r\n"
	s.calls(ctx, strings.TrimPrefix(s.north.URL(), "http://"), 60, func() string {
		if rand.IntN(2) == 0 {
			return "GET /api/v1/cases/" + s.thread.String() + "/entries" + head + "\r\n"
		}
		return "POST /api/v1/blobs" + head + "Content-Type: application/octet-stream\r\nContent-Length: 100000\r\n\r\nand then nothing"
	})
}

// fullDisk takes the last byte of the disk for a turn, and gives it back.
func (s *soak) fullDisk(ctx context.Context) {
	free := fill(s.T, filepath.Dir(s.north.Dir))
	s.full.Store(true)
	<-ctx.Done()
	s.full.Store(false)
	free()
}

// nothingLost finds everything that was acknowledged at both hospitals, and has both prove what they hold.
func (s *soak) nothingLost(w *nodetest.World) {
	w.Same(s.thread, s.north, s.south)
	for _, h := range []*nodetest.Hospital{s.north, s.south} {
		for _, a := range s.acknowledged {
			if !h.Has(a.thread, a.entry) {
				s.Fatalf("%s: entry %s was acknowledged and is lost", h.Name, a.entry.Short())
			}
		}
		if r := h.MustVerify(nil); len(r.Breaks) > 0 {
			s.Errorf("%s: %v", h.Name, r.Breaks)
		}
	}
	if len(s.acknowledged) == 0 || s.refused == 0 {
		s.Errorf("%d acknowledged, %d refused: a soak has both", len(s.acknowledged), s.refused)
	}
}
