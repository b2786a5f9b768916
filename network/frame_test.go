package network

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"consilium/ledger"
)

// FuzzFrame reads whatever a partner may send. Nothing panics, nothing larger than its limit is read, and what is read of a batch or a part of a file writes
// back to the same bytes.
func FuzzFrame(f *testing.F) {
	seed := func(fr frame) {
		var b bytes.Buffer
		if err := writeFrame(&b, fr); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	batch := newBatch(7)
	batch.begin(ledger.ThreadID{1})
	batch.add(ledger.Wire{Header: []byte("header"), Signature: make([]byte, 64), Body: []byte("body")})
	batch.add(ledger.Wire{Header: []byte("erased"), Signature: make([]byte, 64)})
	batch.end(true)
	seed(frame{frameWires, batch.data})
	seed(blobData{offset: 1, total: 9, bytes: []byte("12345678")}.frame())
	seed(encodeFrame(frameHave, have{Page: 1, Threads: []offer{{Entries: 3}}}))
	seed(encodeFrame(frameWant, want{Page: 1, More: true}))
	seed(encodeFrame(frameAck, ack{Batch: 1, Threads: []ackThread{{Added: 1, Refused: []refusedE{{Reason: "no"}}}}}))
	seed(encodeFrame(frameMark, mark{Place: 5}))
	seed(encodeFrame(frameBlobAsk, blobAsk{Length: 5}))
	seed(encodeFrame(frameRefusal, refusal{Code: refusedBusy}))
	seed(frame{kind: framePing})
	f.Add([]byte{5, 0x40, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		fr, err := readFrame(bytes.NewReader(data))
		if err != nil {
			return
		}
		var back bytes.Buffer
		if err := writeFrame(&back, fr); err != nil || !bytes.HasPrefix(data, back.Bytes()) {
			t.Fatalf("the frame does not write back: %v", err)
		}
		readAll(t, fr)
	})
}

func readAll(t *testing.T, fr frame) {
	switch fr.kind {
	case frameWires:
		number, groups, err := readBatch(fr.data)
		if err != nil {
			return
		}
		b := newBatch(number)
		for _, g := range groups {
			b.begin(g.thread)
			for _, w := range g.wires {
				b.add(w)
			}
			b.end(g.last)
		}
		again, _, err := readBatch(b.data)
		if err != nil || again != number || len(b.data) != len(fr.data) {
			t.Fatalf("the batch does not write back: %v", err)
		}
	case frameBlobData:
		if d, err := readBlobData(fr.data); err == nil && !bytes.Equal(d.frame().data, fr.data) {
			t.Fatal("the part does not write back")
		}
	case frameHello:
		_, _ = decodeFrame[hello](fr)
	case frameHave:
		_, _ = decodeFrame[have](fr)
	case frameWant:
		_, _ = decodeFrame[want](fr)
	case frameAck:
		_, _ = decodeFrame[ack](fr)
	case frameMark:
		_, _ = decodeFrame[mark](fr)
	}
}

func FuzzInvitation(f *testing.F) {
	f.Add(invitation{address: "127.0.0.1:8443", expires: epoch}.code())
	f.Fuzz(func(t *testing.T, code string) {
		i, err := parseInvitation(code)
		if err != nil {
			if !errors.Is(err, ErrInvitation) {
				t.Fatal(err)
			}
			return
		}
		if again, err := parseInvitation(i.code()); err != nil || again != i {
			t.Fatalf("%+v is not %+v: %v", again, i, err)
		}
	})
}

func TestFrameEndsInTheMiddle(t *testing.T) {
	var b bytes.Buffer
	if err := writeFrame(&b, encodeFrame(frameMark, mark{Place: 1})); err != nil {
		t.Fatal(err)
	}
	for n := range b.Len() {
		if _, err := readFrame(bytes.NewReader(b.Bytes()[:n])); !errors.Is(err, io.ErrUnexpectedEOF) && (n > 0 || err != io.EOF) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := readFrame(bytes.NewReader([]byte{99, 0, 0, 0, 0})); !errors.Is(err, ErrProtocol) {
		t.Errorf("unknown type: %v", err)
	}
}
