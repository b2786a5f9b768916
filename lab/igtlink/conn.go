package igtlink

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// ErrStalled is returned when a peer stopped in the middle of a message, or did not take ours.
var ErrStalled = errors.New("the peer stalled")

// Limits bound what a peer may cost. The zero value means 256 MiB for a message, ten seconds for one to go over the wire, and no end to silence between
// messages.
type Limits struct {
	Message int64         // bytes
	Stall   time.Duration // from the first byte of a message to its last
	Silence time.Duration // between messages
}

func (l Limits) orDefault() Limits {
	if l.Message == 0 {
		l.Message = 256 << 20
	}
	if l.Stall == 0 {
		l.Stall = 10 * time.Second
	}
	return l
}

// Conn is one connection. One goroutine may receive while any send.
type Conn struct {
	net    net.Conn
	in     *bufio.Reader
	limits Limits
	send   sync.Mutex
}

// Dial connects to a server.
func Dial(ctx context.Context, address string, l Limits) (*Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return newConn(c, l), nil
}

func newConn(c net.Conn, l Limits) *Conn {
	return &Conn{net: c, in: bufio.NewReaderSize(c, 1<<16), limits: l.orDefault()}
}

// Close ends the connection, and whoever waits for it.
func (c *Conn) Close() error { return c.net.Close() }

// Peer is the other end's address.
func (c *Conn) Peer() string { return c.net.RemoteAddr().String() }

// Receive waits for the next message. It returns io.EOF when the peer closed between messages, ErrStalled when it stopped in the middle of one or was silent too
// long, and the errors of [Read]. After ErrChecksum and ErrContent the next message can be received.
func (c *Conn) Receive() (*Message, error) {
	var until time.Time
	if c.limits.Silence > 0 {
		until = time.Now().Add(c.limits.Silence)
	}
	if err := c.net.SetReadDeadline(until); err != nil {
		return nil, err
	}
	if _, err := c.in.Peek(1); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, fmt.Errorf("%w: nothing for %s", ErrStalled, c.limits.Silence)
		}
		return nil, err
	}
	if err := c.net.SetReadDeadline(time.Now().Add(c.limits.Stall)); err != nil {
		return nil, err
	}
	m, err := Read(c.in, c.limits.Message)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, fmt.Errorf("%w: a message did not end within %s", ErrStalled, c.limits.Stall)
	}
	return m, err
}

// Send writes one message. It returns ErrStalled when the peer does not take it.
func (c *Conn) Send(m *Message) error {
	b, err := m.Append(nil)
	if err != nil {
		return err
	}
	c.send.Lock()
	defer c.send.Unlock()
	if err := c.net.SetWriteDeadline(time.Now().Add(c.limits.Stall)); err != nil {
		return err
	}
	_, err = c.net.Write(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w: it takes nothing", ErrStalled)
	}
	return err
}

// Ask sends a query: prefix GET, STT or STP, and a kind as a body's Kind says it. every is the time between messages of a stream, for STT.
func (c *Conn) Ask(prefix, kind, device string, every time.Duration) error {
	m := &Message{Type: prefix + "_" + short(kind), Device: device}
	if prefix == "STT" && every > 0 {
		m.Content = resolution(every)
	}
	return c.Send(m)
}

// Each receives until the peer closes, the context ends or the connection breaks, and calls f for every message with its meaning (nil for queries and what is not
// known). Damaged messages are told to f as its error and passed over. It returns nil when the peer closed, and f's error when f gives one.
func (c *Conn) Each(ctx context.Context, f func(*Message, Body, error) error) error {
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	for {
		m, err := c.Receive()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, ErrChecksum) || errors.Is(err, ErrContent):
			if err := f(m, nil, err); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		}
		body, err := Decode(m)
		if err := f(m, body, err); err != nil {
			return err
		}
	}
}
