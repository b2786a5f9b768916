package network

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"fmt"

	"consilium/ledger"
)

// A batch holds entries of one or more threads, in binary: there are many.
//
//	batch number (8 bytes), then for each thread:
//	  thread (16), flags (1; bit 0: nothing of the thread follows in later batches), number of entries (4), then for each entry:
//	    length of the header (4), length of the body (4; all ones: no body), signature (64), header, body
const (
	flagLast   = 1
	noBody     = 1<<32 - 1
	groupHead  = 16 + 1 + 4
	wireHead   = 4 + 4 + ed25519.SignatureSize
	blobHeadSz = 32 + 8 + 8
)

// group is the entries of one thread in a batch.
type group struct {
	thread ledger.ThreadID
	last   bool
	wires  []ledger.Wire
}

// batchWriter builds a batch.
type batchWriter struct {
	data    []byte
	entries int
	at      int // where the running group begins; 0: none
	count   uint32
}

func newBatch(number uint64) *batchWriter {
	return &batchWriter{data: binary.BigEndian.AppendUint64(make([]byte, 0, 64<<10), number)}
}

func (b *batchWriter) begin(thread ledger.ThreadID) {
	b.at, b.count = len(b.data), 0
	b.data = append(b.data, thread[:]...)
	b.data = append(b.data, 0, 0, 0, 0, 0)
}

func (b *batchWriter) add(w ledger.Wire) {
	body := uint32(noBody)
	if w.Body != nil {
		body = uint32(len(w.Body))
	}
	b.data = binary.BigEndian.AppendUint32(b.data, uint32(len(w.Header)))
	b.data = binary.BigEndian.AppendUint32(b.data, body)
	b.data = append(b.data, w.Signature...)
	b.data = append(b.data, w.Header...)
	b.data = append(b.data, w.Body...)
	b.count++
	b.entries++
}

// end closes the running group; a group without entries leaves no trace.
func (b *batchWriter) end(last bool) {
	if b.count == 0 {
		b.data = b.data[:b.at]
		return
	}
	if last {
		b.data[b.at+16] = flagLast
	}
	binary.BigEndian.PutUint32(b.data[b.at+17:], b.count)
}

func (b *batchWriter) full(target int) bool {
	return b.entries >= batchMost || len(b.data) >= target
}

// readBatch reads a batch. The wires do not share memory with the frame: an entry that is kept must not keep all of them.
func readBatch(data []byte) (number uint64, groups []group, err error) {
	if len(data) < 8 {
		return 0, nil, fmt.Errorf("%w: a batch without a number", ErrProtocol)
	}
	number, data = binary.BigEndian.Uint64(data), data[8:]
	total := 0
	for len(data) > 0 {
		var g group
		if g, data, err = readGroup(data); err != nil {
			return 0, nil, err
		}
		if total += len(g.wires); total > batchMost {
			return 0, nil, fmt.Errorf("%w: more than %d entries in a batch", ErrProtocol, batchMost)
		}
		groups = append(groups, g)
	}
	return number, groups, nil
}

func readGroup(data []byte) (group, []byte, error) {
	var g group
	if len(data) < groupHead {
		return g, nil, fmt.Errorf("%w: a batch ends inside a thread", ErrProtocol)
	}
	copy(g.thread[:], data)
	g.last = data[16]&flagLast != 0
	count := binary.BigEndian.Uint32(data[17:])
	data = data[groupHead:]
	if uint64(count)*wireHead > uint64(len(data)) || count == 0 {
		return g, nil, fmt.Errorf("%w: %d entries cannot be in what is left of the batch", ErrProtocol, count)
	}
	g.wires = make([]ledger.Wire, count)
	for i := range g.wires {
		var err error
		if g.wires[i], data, err = readWire(data); err != nil {
			return g, nil, err
		}
	}
	return g, data, nil
}

func readWire(data []byte) (ledger.Wire, []byte, error) {
	if len(data) < wireHead {
		return ledger.Wire{}, nil, fmt.Errorf("%w: a batch ends inside an entry", ErrProtocol)
	}
	header, body := uint64(binary.BigEndian.Uint32(data)), uint64(binary.BigEndian.Uint32(data[4:]))
	none := body == noBody
	if none {
		body = 0
	}
	if header > ledger.MaxHeader || body > ledger.MaxBody {
		return ledger.Wire{}, nil, fmt.Errorf("%w: an entry with a header of %d and a body of %d bytes", ErrTooLarge, header, body)
	}
	size := wireHead + header + body
	if size > uint64(len(data)) {
		return ledger.Wire{}, nil, fmt.Errorf("%w: a batch ends inside an entry", ErrProtocol)
	}
	own := bytes.Clone(data[8:size])
	const sig = ed25519.SignatureSize
	w := ledger.Wire{Signature: own[:sig:sig], Header: own[sig : sig+header : sig+header]}
	if !none {
		w.Body = own[sig+header:]
	}
	return w, data[size:], nil
}

// blobData is a part of a file.
type blobData struct {
	hash   ledger.Hash
	offset int64
	total  int64 // size of the whole file
	bytes  []byte
}

func (d blobData) frame() frame {
	b := make([]byte, 0, blobHeadSz+len(d.bytes))
	b = append(b, d.hash[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(d.offset))
	b = binary.BigEndian.AppendUint64(b, uint64(d.total))
	return frame{frameBlobData, append(b, d.bytes...)}
}

func readBlobData(data []byte) (blobData, error) {
	var d blobData
	if len(data) < blobHeadSz {
		return d, fmt.Errorf("%w: a part of a file without its head", ErrProtocol)
	}
	copy(d.hash[:], data)
	d.offset = int64(binary.BigEndian.Uint64(data[32:]))
	d.total = int64(binary.BigEndian.Uint64(data[40:]))
	d.bytes = data[blobHeadSz:]
	if d.offset < 0 || d.offset > d.total || int64(len(d.bytes)) > d.total-d.offset {
		return d, fmt.Errorf("%w: a part of a file that lies outside of it", ErrProtocol)
	}
	return d, nil
}
