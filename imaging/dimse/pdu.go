package dimse

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The types of PDU (PS3.8 section 9.3).
const (
	typeAssociateRQ = 1
	typeAssociateAC = 2
	typeAssociateRJ = 3
	typeData        = 4
	typeReleaseRQ   = 5
	typeReleaseRP   = 6
	typeAbort       = 7
)

const (
	pduHeader = 6
	pdvHeader = 6
	// maxControl bounds every PDU that is not P-DATA-TF: 128 contexts with forty transfer syntaxes each fit in it.
	maxControl = 512 << 10
	// DefaultMaxPDU is the length of P-DATA-TF that is offered to peers. dcmtk sends at most this much at once.
	DefaultMaxPDU = 131072
	leastPDU      = 4096 // below this nobody can send a command
)

// ErrPDU is wrapped by every error about bytes that are not what PS3.8 says. The association is aborted.
var ErrPDU = errors.New("not a DICOM PDU")

func putPDUHeader(b []byte, kind byte, length int) {
	b[0], b[1] = kind, 0
	binary.BigEndian.PutUint32(b[2:], uint32(length))
}

// readPDUHeader returns a PDU's type and the number of bytes that follow. It is the only place that trusts a length,
// and each caller compares it with its limit before reading on.
func readPDUHeader(r io.Reader) (kind byte, length uint32, err error) {
	var h [pduHeader]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return 0, 0, err
	}
	return h[0], binary.BigEndian.Uint32(h[2:]), nil
}

// readBody reads the rest of a PDU that is not P-DATA-TF.
func readBody(r io.Reader, length uint32) ([]byte, error) {
	if length > maxControl {
		return nil, fmt.Errorf("a PDU of %d bytes, at most %d are taken: %w", length, maxControl, ErrPDU)
	}
	body, err := io.ReadAll(io.LimitReader(r, int64(length))) // grows with what arrives, not with what was announced
	if err == nil && len(body) < int(length) {
		err = io.ErrUnexpectedEOF
	}
	return body, err
}

// fragment is the head of one presentation data value (PS3.8 annex E).
type fragment struct {
	context byte
	command bool
	last    bool
	left    uint32 // bytes of it that have not been read
}

// readFragment reads the head of a fragment from a P-DATA-TF of which left bytes are unread.
func readFragment(r io.Reader, left uint32) (fragment, error) {
	var h [pdvHeader]byte
	if left < pdvHeader {
		return fragment{}, fmt.Errorf("a P-DATA-TF with %d bytes where a fragment begins: %w", left, ErrPDU)
	}
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return fragment{}, err
	}
	length := binary.BigEndian.Uint32(h[:])
	if length < 2 || length > left-4 {
		return fragment{}, fmt.Errorf("a fragment of %d bytes in a P-DATA-TF with %d: %w", length, left, ErrPDU)
	}
	return fragment{context: h[4], command: h[5]&1 != 0, last: h[5]&2 != 0, left: length - 2}, nil
}

// putFragmentHeader writes the heads of a P-DATA-TF that holds one fragment of n bytes.
func putFragmentHeader(b []byte, context byte, command, last bool, n int) {
	putPDUHeader(b, typeData, n+pdvHeader)
	binary.BigEndian.PutUint32(b[pduHeader:], uint32(n+2))
	b[pduHeader+4], b[pduHeader+5] = context, 0
	if command {
		b[pduHeader+5] |= 1
	}
	if last {
		b[pduHeader+5] |= 2
	}
}
