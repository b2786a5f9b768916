package node

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestOneAddressHoldsNotEverything: of an address that opens connection after connection the bound is kept, and what it gives back others get.
func TestOneAddressHoldsNotEverything(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &bounded{Listener: l, held: newTally()}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Listener = b
	s.Start()
	defer s.Close()
	var open []net.Conn
	for range mostOfAddress + 50 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		open = append(open, c)
	}
	for _, c := range open[mostOfAddress:] { // these are closed by the other side
		if _, err := c.Read(make([]byte, 1)); err != io.EOF {
			if _, reset := err.(*net.OpError); !reset {
				t.Fatalf("a connection above the bound: %v", err)
			}
		}
	}
	for _, c := range open {
		c.Close()
	}
	answer, err := http.Get(s.URL)
	for err != nil { // until the server has noticed that they are gone
		answer, err = http.Get(s.URL)
	}
	answer.Body.Close()
}

// TestStreamsAreBounded: who opens page after page that listens is told to wait, and others are not.
func TestStreamsAreBounded(t *testing.T) {
	release := make(chan struct{})
	begun := make(chan struct{}, mostStreams)
	h := newCrowd().over(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { begun <- struct{}{}; <-release }))
	ask := func(address string) int {
		r := httptest.NewRequest("GET", "/live", nil)
		r.RemoteAddr = address
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	for range mostStreams {
		go ask("203.0.113.7:1")
	}
	for range mostStreams {
		<-begun
	}
	if code := ask("203.0.113.7:2"); code != http.StatusTooManyRequests {
		t.Errorf("one stream more: %d", code)
	}
	go ask("203.0.113.8:1")
	<-begun
	close(release)
}

// TestOneSessionLeavesRoomForTheWard: of the places of an address one session takes not all.
func TestOneSessionLeavesRoomForTheWard(t *testing.T) {
	release := make(chan struct{})
	begun := make(chan struct{}, mostStreams)
	h := newCrowd().over(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { begun <- struct{}{}; <-release }))
	ask := func(session string) int {
		r := httptest.NewRequest("GET", "/live", nil)
		r.AddCookie(&http.Cookie{Name: "__Host-consilium-abcdefgh", Value: session})
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	for range mostStreamsEach {
		go ask("one")
	}
	for range mostStreamsEach {
		<-begun
	}
	if code := ask("one"); code != http.StatusTooManyRequests {
		t.Errorf("one stream more of the session: %d", code)
	}
	go ask("another of the ward")
	<-begun
	close(release)
}
