package node

import (
	"crypto/sha256"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"consilium/desk"
	"consilium/lang"
	"consilium/web/face"
)

// Bounds of what one address may hold of the pages at once. Behind one address of a hospital stand many people, so they are wide; behind a proxy all
// connections are the proxy's, and only requests are told apart.
const (
	mostConnections = 4096 // in all
	mostOfAddress   = 256  // connections from one address
	mostStreams     = 64   // open pages that listen, of one address
	mostRequests    = 128  // at work for one address
	mostUploads     = 8    // bodies of megabytes that arrive at once from one address
	largeBody       = 4 << 20
)

// Bounds of one session or token among them: a person who keeps reloading leaves room for the others of the ward.
const (
	mostRequestsEach = 96
	mostStreamsEach  = 32
	mostUploadsEach  = 6
)

// tally counts what is held, by its holder.
type tally struct {
	mu   sync.Mutex
	all  int
	each map[string]int
}

func newTally() *tally { return &tally{each: map[string]int{}} }

// take counts one more, unless that were too many in all (0: no bound) or for its holder.
func (t *tally) take(holder string, most, mostInAll int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.each[holder] >= most || mostInAll > 0 && t.all >= mostInAll {
		return false
	}
	t.each[holder]++
	t.all++
	return true
}

func (t *tally) give(holder string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all--
	if t.each[holder]--; t.each[holder] <= 0 {
		delete(t.each, holder)
	}
}

// bounded is a listener that closes connections of an address which holds too many, before anything is read from them.
type bounded struct {
	net.Listener
	held *tally
	free []netip.Prefix // proxies: all connections are theirs
}

func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		holder, most := holderOf(c.RemoteAddr()), mostOfAddress
		if a, err := netip.ParseAddr(holder); err == nil && within(a, b.free) {
			most = mostConnections
		}
		if b.held.take(holder, most, mostConnections) {
			return &heldConn{Conn: c, give: sync.OnceFunc(func() { b.held.give(holder) })}, nil
		}
		c.Close()
	}
}

func within(a netip.Addr, list []netip.Prefix) bool {
	for _, p := range list {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

func holderOf(a net.Addr) string {
	if t, ok := a.(*net.TCPAddr); ok {
		return t.AddrPort().Addr().Unmap().String()
	}
	return a.String()
}

// heldConn gives its place back once.
type heldConn struct {
	net.Conn
	give func()
}

func (c *heldConn) Close() error {
	c.give()
	return c.Conn.Close()
}

// crowd bounds requests that are at work for one address: of all sorts, that listen, and that send much.
type crowd struct{ requests, streams, uploads *tally }

func newCrowd() crowd { return crowd{newTally(), newTally(), newTally()} }

func (c crowd) over(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t, most, each := c.requests, mostRequests, mostRequestsEach
		switch {
		case r.URL.Path == "/live" || strings.Contains(r.Header.Get("Accept"), "text/event-stream"):
			t, most, each = c.streams, mostStreams, mostStreamsEach
		case r.ContentLength > largeBody || r.ContentLength < 0 && r.Body != http.NoBody:
			t, most, each = c.uploads, mostUploads, mostUploadsEach
		}
		holder := face.Address(r)
		if !t.take(holder, most, 0) {
			tooMany(w)
			return
		}
		defer t.give(holder)
		if session := sessionOf(r); session != "" {
			if !t.take(session, each, 0) {
				tooMany(w)
				return
			}
			defer t.give(session)
		}
		h.ServeHTTP(w, r)
	})
}

// sessionOf tells the sessions and tokens of one address apart, before anybody looks whether they are any. The node's own socket has neither.
func sessionOf(r *http.Request) string {
	said := r.Header.Get("Authorization")
	for _, c := range r.Cookies() {
		if strings.HasPrefix(strings.TrimPrefix(c.Name, "__Host-"), face.SessionPrefix) {
			said = c.Value
		}
	}
	if said == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(said))
	return "session " + string(sum[:])
}

func tooMany(w http.ResponseWriter) {
	f := desk.Fault{Title: lang.Phrase("fault.crowd", nil)}
	w.Header().Set("Retry-After", "10")
	w.Header().Set("Connection", "close")
	http.Error(w, f.Title.En+"\n"+f.Title.Zh, http.StatusTooManyRequests)
}
