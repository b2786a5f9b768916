package dimse

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// readCommand waits for a message and returns its command set and the presentation context it came in. If a data set
// follows, it is read with [wire.dataSet] before anything else.
func (w *wire) readCommand(wait time.Duration) (*command, byte, error) {
	if w.part.left > 0 {
		return nil, 0, errors.New("the data set of the message before was not read")
	}
	var set []byte
	for first := true; ; first = false {
		if err := w.nextFragment(wait); err != nil {
			return nil, 0, err
		}
		if !w.part.command {
			return nil, 0, fmt.Errorf("a data set where a command was expected: %w", ErrPDU)
		}
		if first {
			w.began, w.got = time.Now(), 0
		}
		if len(set)+int(w.part.left) > maxCommand {
			return nil, 0, fmt.Errorf("a command of more than %d bytes: %w", maxCommand, ErrPDU)
		}
		piece := make([]byte, w.part.left)
		if _, err := io.ReadFull(w.r, piece); err != nil {
			return nil, 0, slow(err)
		}
		w.part.left, w.got = 0, w.got+int64(len(piece))
		set = append(set, piece...)
		if w.part.last {
			c, err := decodeCommand(set)
			return c, w.part.context, err
		}
		wait = time.Until(w.deadline())
	}
}

// dataSet is the data set of a message that is being received. It ends with io.EOF after the last fragment.
type dataSet struct {
	w       *wire
	context byte
	begun   bool
	err     error
}

func (w *wire) dataSet(context byte) *dataSet { return &dataSet{w: w, context: context} }

// Read gives bytes of the data set as they arrive.
func (d *dataSet) Read(p []byte) (int, error) {
	for d.err == nil && (!d.begun || d.w.part.left == 0) {
		d.err = d.advance()
	}
	if d.err != nil || len(p) == 0 {
		return 0, d.err
	}
	n, err := d.w.read(p)
	if err != nil {
		d.err = err
	}
	return n, err
}

func (d *dataSet) advance() error {
	if d.begun && d.w.part.last {
		return io.EOF
	}
	if err := d.w.nextFragment(time.Until(d.w.deadline())); err != nil {
		if err == errReleased || err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	if d.w.part.command || d.w.part.context != d.context {
		return fmt.Errorf("a fragment of another message inside of a data set: %w", ErrPDU)
	}
	d.begun = true
	return nil
}

// drain reads what the receiver left, so that the next message begins where it should. A receiver that was refused
// early costs the peer the sending and nothing else.
func (d *dataSet) drain() error {
	if d.err == io.EOF {
		return nil
	}
	_, err := io.Copy(io.Discard, struct{ io.Reader }{d})
	return err
}

// small reads a data set that is held whole: an identifier.
func (d *dataSet) small() ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(d, maxIdentifier+1))
	if err == nil && len(b) > maxIdentifier {
		err = fmt.Errorf("an identifier of more than %d bytes: %w", maxIdentifier, ErrPDU)
	}
	return b, err
}

const maxIdentifier = 1 << 20

// send writes a command and, if it has one, its data set. It is on its way when send returns.
func (w *wire) send(context byte, c *command, data io.Reader) error {
	c.dataSet = data != nil
	if err := w.put(context, true, c.encode()); err != nil {
		return err
	}
	if data != nil {
		if err := w.putData(context, data); err != nil {
			return err
		}
	}
	return slow(w.w.Flush())
}

// put writes a command in as many fragments as it needs.
func (w *wire) put(context byte, command bool, b []byte) error {
	if err := w.conn.SetWriteDeadline(time.Now().Add(w.timing.PDU)); err != nil {
		return err
	}
	room := cap(w.out) - len(w.out)
	for {
		n := min(room, len(b))
		head := w.out[:pduHeader+pdvHeader]
		putFragmentHeader(head, context, command, n == len(b), n)
		if _, err := w.w.Write(head); err != nil {
			return slow(err)
		}
		if _, err := w.w.Write(b[:n]); err != nil {
			return slow(err)
		}
		if b = b[n:]; len(b) == 0 {
			return nil
		}
	}
}

// readingError is an error of the source of a data set, not of the network.
type readingError struct{ error }

// putData sends a stream. Each fragment is read straight into the PDU that carries it, and marked as the last one when the
// source has ended: it is filled one read ahead.
func (w *wire) putData(context byte, data io.Reader) error {
	whole := w.out[:cap(w.out)]
	payload := whole[pduHeader+pdvHeader:]
	payload = payload[:len(payload)&^1] // fragments of a data set have even lengths
	var ahead [2]byte
	carried := 0
	for {
		copy(payload, ahead[:carried])
		n, err := io.ReadFull(data, payload[carried:])
		n += carried
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return readingError{err}
		}
		carried = 0
		if !last {
			more, err := io.ReadFull(data, ahead[:])
			if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
				return readingError{err}
			}
			carried, last = more, more == 0
		}
		putFragmentHeader(whole, context, false, last, n)
		if err := w.conn.SetWriteDeadline(time.Now().Add(w.timing.PDU)); err != nil {
			return err
		}
		if _, err := w.w.Write(whole[:pduHeader+pdvHeader+n]); err != nil {
			return slow(err)
		}
		if last {
			return nil
		}
	}
}
