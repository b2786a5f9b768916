package dimse

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// Timing bounds how long a peer may take. A zero field is its default.
type Timing struct {
	Associate time.Duration // until the association is requested or answered, and for hanging up at its end; 30 s
	PDU       time.Duration // from one piece of a message to the next, and from the first byte of a PDU to its last; 30 s
	Idle      time.Duration // between two messages; 10 min
	// LeastRate is how many bytes a second a message must bring on average after its first minute; 1,000. It is what
	// ends a peer that sends a little just before every other deadline.
	LeastRate int
}

const graceOfMessage = time.Minute

func (t Timing) withDefaults() Timing {
	if t.Associate == 0 {
		t.Associate = 30 * time.Second
	}
	if t.PDU == 0 {
		t.PDU = 30 * time.Second
	}
	if t.Idle == 0 {
		t.Idle = 10 * time.Minute
	}
	if t.LeastRate == 0 {
		t.LeastRate = 1000
	}
	return t
}

var (
	// ErrSlow says that a peer took longer than the association's [Timing] allows.
	ErrSlow = errors.New("the peer is too slow")
	// errReleased says that the peer ended the association in order.
	errReleased = errors.New("the association was released")
)

// wire reads and writes PDUs on one connection. One goroutine reads; one, the same or another, writes.
type wire struct {
	conn   net.Conn
	r      *bufio.Reader
	w      *bufio.Writer
	timing Timing
	maxPDU uint32 // the length of P-DATA-TF that is taken
	out    []byte // the P-DATA-TF that is being filled; its capacity is what the peer takes

	left  uint32 // bytes of the P-DATA-TF being read that follow the current fragment
	part  fragment
	began time.Time // of the message that is being read
	got   int64     // its bytes so far
}

func newWire(conn net.Conn, timing Timing, maxPDU uint32) *wire {
	return &wire{conn: conn, r: bufio.NewReaderSize(conn, 64<<10), w: bufio.NewWriterSize(conn, 16<<10),
		timing: timing.withDefaults(), maxPDU: maxPDU}
}

// peerTakes sets how long a P-DATA-TF may be that is sent: what the peer can take, and not more than we would ourselves.
func (w *wire) peerTakes(length uint32) error {
	if length == 0 || length > DefaultMaxPDU {
		length = DefaultMaxPDU
	}
	if length < 16 {
		return fmt.Errorf("the peer takes P-DATA of %d bytes: %w", length, ErrPDU)
	}
	w.out = make([]byte, pduHeader+pdvHeader, pduHeader+length)
	return nil
}

// next waits for a PDU, at most so long, and returns its type and length. The PDU itself must then arrive within its own deadline.
func (w *wire) next(wait time.Duration) (kind byte, length uint32, err error) {
	w.within(wait)
	if _, err := w.r.Peek(1); err != nil {
		return 0, 0, slow(err)
	}
	w.within(w.timing.PDU)
	kind, length, err = readPDUHeader(w.r)
	return kind, length, slow(err)
}

// within sets the time for what is read next. It fails only on a closed connection, which says so itself when it is read.
func (w *wire) within(d time.Duration) { _ = w.conn.SetReadDeadline(time.Now().Add(d)) }

func slow(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w: %w", ErrSlow, err)
	}
	return err
}

// nextFragment waits for a fragment of a message. A release or an abort comes back as an error.
func (w *wire) nextFragment(wait time.Duration) error {
	if w.left == 0 {
		kind, length, err := w.next(wait)
		if err != nil {
			return err
		}
		if kind != typeData {
			return w.notData(kind, length)
		}
		if length > w.maxPDU || length < pdvHeader {
			return fmt.Errorf("a P-DATA-TF of %d bytes where at most %d were agreed: %w", length, w.maxPDU, ErrPDU)
		}
		w.left = length
	}
	part, err := readFragment(w.r, w.left)
	if err != nil {
		return slow(err)
	}
	w.left -= pdvHeader + part.left
	w.part = part
	return nil
}

// notData reads a PDU that ends an association, or does not belong where a message is expected.
func (w *wire) notData(kind byte, length uint32) error {
	switch {
	case kind == typeReleaseRQ && length == 4:
		return errReleased
	case kind == typeAbort && length == 4:
		body, err := readBody(w.r, length)
		if err != nil {
			return slow(err)
		}
		return AbortError{Source: body[2], Reason: body[3]}
	case kind < typeAssociateRQ || kind > typeAbort:
		return AbortError{abortByProvider, abortUnrecognizePDU}
	}
	return AbortError{abortByProvider, abortUnexpectedPDU}
}

// read fills p from the current fragment.
func (w *wire) read(p []byte) (int, error) {
	w.within(time.Until(w.deadline()))
	n, err := w.r.Read(p[:min(len(p), int(w.part.left))])
	w.part.left -= uint32(n)
	w.got += int64(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, slow(err)
}

// deadline of the next bytes of a message: soon, and sooner for one that has been slow all along.
func (w *wire) deadline() time.Time {
	now := time.Now()
	enough := w.began.Add(graceOfMessage + time.Duration(w.got)*time.Second/time.Duration(w.timing.LeastRate))
	if soon := now.Add(w.timing.PDU); soon.Before(enough) {
		return soon
	}
	return enough
}

// write sends bytes that stand for themselves, at once.
func (w *wire) write(b []byte) error {
	if err := w.conn.SetWriteDeadline(time.Now().Add(w.timing.PDU)); err != nil {
		return err
	}
	if _, err := w.w.Write(b); err != nil {
		return slow(err)
	}
	return slow(w.w.Flush())
}

// hangUp sends the last PDU of an association, if there is one, and waits for the peer to close (state 13 of PS3.8): closing first
// could destroy what was just sent. What still comes is thrown away, for as long as an association may take to begin.
func (w *wire) hangUp(last []byte) {
	defer w.conn.Close()
	if last == nil || w.write(last) != nil {
		return
	}
	w.within(min(w.timing.Associate, lingering))
	_, _ = io.CopyN(io.Discard, w.r, maxLinger)
}

const (
	lingering = 5 * time.Second
	maxLinger = 16 << 20
)
