package network

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"consilium/ledger"
)

// frameType says what a frame holds. The numbers travel: add, never renumber.
type frameType byte

const (
	frameHello    frameType = 1
	frameRefusal  frameType = 2
	frameHave     frameType = 3
	frameWant     frameType = 4
	frameWires    frameType = 5
	frameAck      frameType = 6
	frameMark     frameType = 7
	frameBlobAsk  frameType = 8
	frameBlobData frameType = 9
	frameBlobNone frameType = 10
	framePing     frameType = 11
	frameBlobHere frameType = 12 // a file has come that the other side asked for in vain
	frameGlance   frameType = 13 // where somebody looks just now; only to who said in hello that it hears it
)

// The limits of a connection. A length beyond the limit of its type ends the connection before a byte of it is read.
const (
	helloLimit  = 32 << 10
	batchTarget = 4 << 20 // bytes of entries in a batch, passed by one entry at most
	batchMost   = 1000    // entries in a batch
	pageThreads = 1000    // threads in a page of a comparison
	wantTarget  = 1 << 20 // bytes of tips in a want, passed by one thread's at most
	bodiesMost  = 4000    // bodies in a want
	blobChunk   = 256 << 10
	window      = 4 // batches on their way without an answer
)

var frameLimit = [...]int{
	frameHello: helloLimit, frameRefusal: 4 << 10, frameHave: 512 << 10, frameWant: 4 << 20, frameWires: batchTarget + ledger.MaxBody + ledger.MaxHeader + 64<<10,
	frameAck: 2 << 20, frameMark: 4 << 10, frameBlobAsk: 4 << 10, frameBlobData: blobChunk + 1<<10, frameBlobNone: 4 << 10, framePing: 0, frameBlobHere: 0, frameGlance: 2 << 10,
}

// frame is one message: its type, the length of what follows in four bytes, and that.
type frame struct {
	kind frameType
	data []byte
}

const frameHead = 5

// readFrame reads one frame; where types are named, only of those.
func readFrame(r io.Reader, allowed ...frameType) (frame, error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return frame{}, err
	}
	f := frame{kind: frameType(head[0])}
	size := int64(binary.BigEndian.Uint32(head[1:]))
	if f.kind == 0 || int(f.kind) >= len(frameLimit) {
		return frame{}, fmt.Errorf("%w: frame type %d", ErrProtocol, f.kind)
	}
	if allowed != nil && !slices.Contains(allowed, f.kind) {
		return frame{}, fmt.Errorf("%w: frame type %d now", ErrProtocol, f.kind)
	}
	if size > int64(frameLimit[f.kind]) {
		return frame{}, fmt.Errorf("%w: %d bytes, at most %d for frame type %d", ErrTooLarge, size, frameLimit[f.kind], f.kind)
	}
	f.data = make([]byte, size)
	if _, err := io.ReadFull(r, f.data); err != nil {
		return frame{}, fmt.Errorf("inside a frame: %w", noEOF(err))
	}
	return f, nil
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func writeFrame(w io.Writer, f frame) error {
	if len(f.data) > frameLimit[f.kind] {
		return fmt.Errorf("%w: %d bytes to send in frame type %d", ErrTooLarge, len(f.data), f.kind)
	}
	var head [frameHead]byte
	head[0] = byte(f.kind)
	binary.BigEndian.PutUint32(head[1:], uint32(len(f.data)))
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err := w.Write(f.data)
	return err
}

// mark is a place in the giver's order of arrival, and the entry there: a giver that was restored has another one.
type mark struct {
	Place int64       `json:"place"`
	Hash  ledger.Hash `json:"hash"`
}

// hello is what both sides say first.
type hello struct {
	Protocol int               `json:"protocol"`
	Hospital ledger.HospitalID `json:"hospital"`
	Link     *ledger.Statement `json:"link"`
	Seal     *ledger.Statement `json:"seal,omitempty"`
	Name     string            `json:"name,omitempty"`
	Place    string            `json:"place,omitempty"`
	Taken    mark              `json:"taken"`             // how far the sender has what the receiver gave
	Glances  bool              `json:"glances,omitempty"` // the sender hears glances; releases before them end a link on one
	Invite   *inviteProof      `json:"invite,omitempty"`
}

// refusal ends a connection before it begins.
type refusal struct {
	Hospital ledger.HospitalID `json:"hospital"` // who refuses
	Code     string            `json:"code"`
}

// offer says what the giver has of one thread.
type offer struct {
	Thread  ledger.ThreadID `json:"thread"`
	Digest  ledger.Hash     `json:"digest"`
	Tips    ledger.Hash     `json:"tips,omitzero"` // beyond doubt, where the digest may be cheated; zero: not said
	Entries int             `json:"entries"`
	Lacks   int             `json:"lacks,omitempty"` // entries of them whose bodies are not here although nothing erased them
}

// same tells whether two offers of one thread are of the same entries.
func (o offer) same(other offer) bool {
	return o.Digest == other.Digest && (o.Tips == other.Tips || o.Tips.IsZero() || other.Tips.IsZero())
}

// have offers threads.
type have struct {
	Page    uint64  `json:"page"`
	Threads []offer `json:"threads"`
}

// wanted says what the taker has of one thread.
type wanted struct {
	Thread ledger.ThreadID `json:"thread"`
	Tips   []ledger.Tip    `json:"tips,omitempty"`
	Bodies []ledger.Hash   `json:"bodies,omitempty"` // entries that the taker has without their bodies

	exactly []ledger.Hash // inside the giver: the entries that the taker is known to lack
	only    bool          // inside the giver: the bodies alone, for the rest has been given
}

// want answers a have, or with page 0 asks for threads of which something is missing.
type want struct {
	Page    uint64   `json:"page"`
	Threads []wanted `json:"threads"`
	More    bool     `json:"more,omitempty"` // there was no room: offer the page again
}

// ack says what became of a batch, after it is stored.
type ack struct {
	Batch   uint64      `json:"batch"`
	Threads []ackThread `json:"threads"`
}

type ackThread struct {
	offer
	Added   int        `json:"added"`
	Waiting int        `json:"waiting,omitempty"`
	Refused []refusedE `json:"refused,omitempty"`
	Failed  string     `json:"failed,omitempty"` // the taker could not store it now
}

type refusedE struct {
	Entry  ledger.Hash `json:"entry"`
	Reason string      `json:"reason"`
}

// blobAsk asks for a part of a file.
type blobAsk struct {
	Hash   ledger.Hash `json:"hash"`
	Offset int64       `json:"offset"`
	Length int64       `json:"length"`
}

// blobNone says that a file does not come.
type blobNone struct {
	Hash ledger.Hash `json:"hash"`
	Code string      `json:"code"` // "none", "withheld"
}

func encodeFrame(kind frameType, v any) frame {
	data, err := json.Marshal(v)
	if err != nil {
		panic("network: " + err.Error()) // our own types always encode
	}
	return frame{kind, data}
}

// Values of a message: each takes far more memory than the two bytes that it may be written in, so that a message of nothing is counted before it is read. What is said in
// earnest has a hash or an id for every few values.
const (
	fewValues = 1024
	perValue  = 24 // bytes
)

func decodeFrame[T any](f frame) (T, error) {
	var v T
	if n := bytes.Count(f.data, []byte(",")); n > fewValues+len(f.data)/perValue {
		return v, fmt.Errorf("%w: frame type %d: %d values in %d bytes", ErrProtocol, f.kind, n, len(f.data))
	}
	d := json.NewDecoder(bytes.NewReader(f.data))
	if err := d.Decode(&v); err != nil {
		return v, fmt.Errorf("%w: frame type %d: %w", ErrProtocol, f.kind, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return v, fmt.Errorf("%w: frame type %d: something follows the message", ErrProtocol, f.kind)
	}
	return v, nil
}
