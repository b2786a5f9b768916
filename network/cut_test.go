package network

import (
	"bytes"
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// fuse lets each connection that goes through it die after a number of bytes, as long as it has numbers.
type fuse struct {
	mu     sync.Mutex
	counts []int
	cuts   int
}

func (f *fuse) dial(ctx context.Context, address string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.counts) == 0 {
		return c, nil
	}
	left := f.counts[0]
	f.counts = f.counts[1:]
	return &fragile{Conn: c, f: f, left: left}, nil
}

// fragile is a connection that dies after a number of bytes in both directions together, also in the middle of a write.
type fragile struct {
	net.Conn
	f    *fuse
	mu   sync.Mutex
	left int
	dead bool
}

func (c *fragile) take(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n = min(n, c.left)
	c.left -= n
	if c.left == 0 && !c.dead {
		c.dead = true
		c.f.mu.Lock()
		c.f.cuts++
		c.f.mu.Unlock()
	}
	return n
}

func (c *fragile) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if got := c.take(n); got < n {
		c.Conn.Close()
		return got, io.ErrUnexpectedEOF
	}
	return n, err
}

func (c *fragile) Write(p []byte) (int, error) {
	n := c.take(len(p))
	if n < len(p) {
		done, _ := c.Conn.Write(p[:n])
		c.Conn.Close()
		return done, io.ErrClosedPipe
	}
	return c.Conn.Write(p)
}

// at once is a back-off that does not wait; the other intervals never come.
func atOnce(d time.Duration) <-chan time.Time {
	if d > 6*time.Minute || d == 30*time.Second { // comparison, ping
		return nil
	}
	c := make(chan time.Time, 1)
	c <- time.Time{}
	return c
}

func TestCutAtAnyByteAndResumed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := &fuse{counts: rapid.SliceOfN(rapid.IntRange(0, 60_000), 1, 6).Draw(rt, "bytes until each cut")}
		cuts := len(f.counts)
		a := newNode(t, "north", nil)
		b := newNode(t, "south", func(o *Options) { o.Dial, o.After = f.dial, atOnce })
		defer a.end()
		defer b.end()
		file := a.shelf.put(bytes.Repeat([]byte("image"), rapid.IntRange(0, 60_000).Draw(rt, "file")))
		one, two := a.opens(b), b.opens(a)
		notes := rapid.IntRange(1, 40).Draw(rt, "notes")
		for range notes {
			a.says(one, "there")
			b.says(two, "and back")
		}
		a.says(one, "with a file", file)
		befriend(a, b)
		same(t, one, notes+3, a, b)
		same(t, two, notes+2, a, b)
		until(t, "the file is there", func() bool { return b.shelf.Has(file.Hash) })
		f.mu.Lock()
		defer f.mu.Unlock()
		if len(f.counts) > 0 && f.cuts < cuts-len(f.counts)-1 {
			rt.Fatalf("%d cuts, %d connections", f.cuts, cuts-len(f.counts))
		}
	})
}
