package nodetest

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Link is the line between two hospitals: the second one calls the first one through it. A cut line drops what is on it in the middle of a byte.
type Link struct {
	a, b     *Hospital
	listener net.Listener
	mu       sync.Mutex
	cut      bool
	conns    map[net.Conn]bool
	running  sync.WaitGroup
}

func newLink(t testing.TB, a, b *Hospital) *Link {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &Link{a: a, b: b, listener: listener, conns: map[net.Conn]bool{}}
	l.running.Go(l.accept)
	return l
}

// Address is where the line is called.
func (l *Link) Address() string { return l.listener.Addr().String() }

func (l *Link) accept() {
	for {
		in, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.running.Go(func() { l.carry(in) })
	}
}

// carry copies bytes both ways until one side or the test ends it. Where the hospital listens is asked anew: it may have been restarted.
func (l *Link) carry(in net.Conn) {
	defer in.Close()
	to, _ := l.a.peer.Load().(string)
	out, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer out.Close()
	if !l.keep(in, out) {
		return
	}
	defer l.forget(in, out)
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{in, out}, {out, in}} {
		both.Go(func() {
			_, _ = io.Copy(way[0], way[1])
			in.Close()
			out.Close()
		})
	}
	both.Wait()
}

func (l *Link) keep(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return false
	}
	for _, c := range conns {
		l.conns[c] = true
	}
	return true
}

func (l *Link) forget(conns ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range conns {
		delete(l.conns, c)
	}
}

// Cut breaks the line. Calls are taken and dropped, as on a bad line.
func (l *Link) Cut() {
	l.mu.Lock()
	l.cut = true
	for c := range l.conns {
		c.Close()
	}
	l.mu.Unlock()
	l.a.w.Until("the line is down at both ends", func() bool { return !l.a.up(l.b) && !l.b.up(l.a) })
}

// Join mends the line, and waits until both sides have found each other.
func (l *Link) Join() {
	l.mu.Lock()
	l.cut = false
	l.mu.Unlock()
	l.Call()
}

// Call lets both sides call now instead of in a while, and waits until they have found each other.
func (l *Link) Call() {
	l.a.w.Until("the line is up at both ends", func() bool {
		if l.a.up(l.b) && l.b.up(l.a) {
			return true
		}
		l.b.Desk().Network.CallNow()
		return false
	})
}

func (l *Link) close() {
	l.listener.Close()
	l.mu.Lock()
	l.cut = true
	for c := range l.conns {
		c.Close()
	}
	l.mu.Unlock()
	l.running.Wait()
}
