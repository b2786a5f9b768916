package network

import (
	"context"
	"net"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// wirePiece is how much is written or read under one deadline and one turn of the bandwidth limit.
const wirePiece = 16 << 10

// guardedConn lies under TLS. Every piece that moves renews the deadline, so a slow line is fine and a stuck one is not; and it keeps to the
// bandwidth limit in each direction.
type guardedConn struct {
	net.Conn
	ctx            context.Context
	idle           time.Duration
	in, out        *rate.Limiter // nil: no limit
	received, sent atomic.Int64
}

func limiter(bytesPerSecond int) *rate.Limiter {
	if bytesPerSecond <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(bytesPerSecond), wirePiece)
}

func (c *guardedConn) Read(p []byte) (int, error) {
	if len(p) > wirePiece {
		p = p[:wirePiece]
	}
	if err := c.SetReadDeadline(time.Now().Add(c.idle)); err != nil { // the kernel's clock, not ours
		return 0, err
	}
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.received.Add(int64(n))
		if c.in != nil {
			if e := c.in.WaitN(c.ctx, n); e != nil && err == nil {
				err = e
			}
		}
	}
	return n, err
}

func (c *guardedConn) Write(p []byte) (int, error) {
	done := 0
	for len(p) > 0 {
		piece := p[:min(len(p), wirePiece)]
		if c.out != nil {
			if err := c.out.WaitN(c.ctx, len(piece)); err != nil {
				return done, err
			}
		}
		if err := c.SetWriteDeadline(time.Now().Add(c.idle)); err != nil {
			return done, err
		}
		n, err := c.Conn.Write(piece)
		done += n
		c.sent.Add(int64(n))
		if err != nil {
			return done, err
		}
		p = p[n:]
	}
	return done, nil
}
