package igtlink

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// The sorts of error that a caller may decide on.
var (
	// ErrForm is returned for bytes that are no message: the connection cannot go on, because nobody knows where the next one begins.
	ErrForm = errors.New("not an OpenIGTLink message")
	// ErrTooLong is returned for a message that claims to be longer than allowed.
	ErrTooLong = errors.New("the message is too long")
	// ErrChecksum is returned for a body that was damaged on the way. The next message can be read.
	ErrChecksum = errors.New("the checksum is wrong")
	// ErrContent is returned for a body that does not say what its type promises. The next message can be read.
	ErrContent = errors.New("the message's content is impossible")
)

// HeaderSize is the length of the part that all messages have.
const HeaderSize = 58

// extendedSize is the length of the extended header that version 2 of the header added.
const extendedSize = 12

// Message is one message as it goes over the wire.
type Message struct {
	Version uint16 // of the header: 1 (protocol versions 1 and 2) or 2 (protocol version 3)
	Type    string // TRANSFORM, GET_STATUS, … at most 12 bytes
	Device  string // at most 20 bytes
	Time    time.Time
	ID      uint32            // header version 2 only
	Meta    map[string]string // header version 2 only: metadata, text
	Content []byte            // without the extended header and the metadata
}

// Read reads one message of at most limit bytes. It allocates no more than what really arrives (in steps of 1 MiB), whatever the header claims.
//
// It returns io.EOF between messages, io.ErrUnexpectedEOF within one, ErrForm, ErrTooLong, ErrChecksum or ErrContent.
func Read(r io.Reader, limit int64) (*Message, error) {
	var header [HeaderSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	m := &Message{Version: binary.BigEndian.Uint16(header[:])}
	if m.Version < 1 || m.Version > 3 {
		return nil, fmt.Errorf("%w: header version %d", ErrForm, m.Version)
	}
	var ok1, ok2 bool
	m.Type, ok1 = text(header[2:14])
	m.Device, ok2 = text(header[14:34])
	if !ok1 || !ok2 || m.Type == "" {
		return nil, fmt.Errorf("%w: type %q, device %q", ErrForm, header[2:14], header[14:34])
	}
	m.Time = stamp(binary.BigEndian.Uint64(header[34:]))
	size := binary.BigEndian.Uint64(header[42:])
	if size > math.MaxInt64 || int64(size) > limit {
		return nil, fmt.Errorf("%w: %s of %d bytes; the limit is %d", ErrTooLong, m.Type, size, limit)
	}
	body, err := readBody(r, int64(size))
	if err != nil {
		return nil, err
	}
	if sum := Checksum(body); sum != binary.BigEndian.Uint64(header[50:]) {
		return nil, fmt.Errorf("%w: %s of %s", ErrChecksum, m.Type, m.Device)
	}
	if m.Version == 1 {
		m.Content = body
		return m, nil
	}
	return m, m.split(body)
}

// readBody reads exactly size bytes, growing as they come.
func readBody(r io.Reader, size int64) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(min(size, 1<<20)))
	if n, err := io.CopyN(&b, r, size); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%w: %d of %d bytes of the body", io.ErrUnexpectedEOF, n, size)
		}
		return nil, err
	}
	return b.Bytes(), nil
}

// split takes the extended header and the metadata off a body (protocol version 3).
func (m *Message) split(body []byte) error {
	if len(body) < extendedSize {
		return fmt.Errorf("%w: a body of %d bytes has no extended header", ErrContent, len(body))
	}
	extended := int(binary.BigEndian.Uint16(body))
	index := int64(binary.BigEndian.Uint16(body[2:]))
	meta := int64(binary.BigEndian.Uint32(body[4:]))
	m.ID = binary.BigEndian.Uint32(body[8:])
	if extended < extendedSize || extended > len(body) || index+meta > int64(len(body)-extended) {
		return fmt.Errorf("%w: an extended header of %d and metadata of %d + %d bytes in a body of %d", ErrContent, extended, index, meta, len(body))
	}
	end := len(body) - int(index+meta)
	m.Content = body[extended:end]
	if index == 0 {
		return nil
	}
	return m.readMeta(body[end:end+int(index)], body[end+int(index):])
}

// readMeta reads pairs of key and value: an index of lengths, then the bytes.
func (m *Message) readMeta(index, values []byte) error {
	if len(index) < 2 {
		return fmt.Errorf("%w: a metadata index of %d bytes", ErrContent, len(index))
	}
	count := int(binary.BigEndian.Uint16(index))
	if index = index[2:]; len(index) < 8*count {
		return fmt.Errorf("%w: %d metadata entries in an index of %d bytes", ErrContent, count, len(index))
	}
	m.Meta = make(map[string]string, count)
	for ; count > 0; count-- {
		key, value := int64(binary.BigEndian.Uint16(index)), int64(binary.BigEndian.Uint32(index[4:]))
		if key+value > int64(len(values)) {
			return fmt.Errorf("%w: metadata of %d bytes where %d are left", ErrContent, key+value, len(values))
		}
		m.Meta[string(values[:key])] = string(values[key : key+value])
		index, values = index[8:], values[key+value:]
	}
	return nil
}

// Write writes the message. Version 0 means 1. It returns ErrContent for names that do not fit.
func (m *Message) Write(w io.Writer) error {
	b, err := m.Append(nil)
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// Append appends the message's bytes to b.
func (m *Message) Append(b []byte) ([]byte, error) {
	version := max(m.Version, 1)
	if version > 2 || m.Type == "" || len(m.Type) > 12 || len(m.Device) > 20 || !plain(m.Type) || !plain(m.Device) {
		return nil, fmt.Errorf("%w: header version %d, type %q, device %q", ErrContent, version, m.Type, m.Device)
	}
	start := len(b)
	b = binary.BigEndian.AppendUint16(b, version)
	b = pad(b, m.Type, 12)
	b = pad(b, m.Device, 20)
	b = binary.BigEndian.AppendUint64(b, fraction(m.Time))
	b = append(b, make([]byte, 16)...)
	var err error
	if version == 1 {
		b = append(b, m.Content...)
	} else if b, err = m.appendExtended(b); err != nil {
		return nil, err
	}
	body := b[start+HeaderSize:]
	binary.BigEndian.PutUint64(b[start+42:], uint64(len(body)))
	binary.BigEndian.PutUint64(b[start+50:], Checksum(body))
	return b, nil
}

// appendExtended appends a body with extended header and metadata, keys in order.
func (m *Message) appendExtended(b []byte) ([]byte, error) {
	index := binary.BigEndian.AppendUint16(nil, uint16(len(m.Meta)))
	var values []byte
	for _, key := range sortedKeys(m.Meta) {
		if len(key) > math.MaxUint16 {
			return nil, fmt.Errorf("%w: a metadata key of %d bytes", ErrContent, len(key))
		}
		index = binary.BigEndian.AppendUint16(index, uint16(len(key)))
		index = binary.BigEndian.AppendUint16(index, utf8Encoding)
		index = binary.BigEndian.AppendUint32(index, uint32(len(m.Meta[key])))
		values = append(append(values, key...), m.Meta[key]...)
	}
	if len(index) > math.MaxUint16 || len(values) > math.MaxUint32 {
		return nil, fmt.Errorf("%w: %d metadata entries of %d bytes", ErrContent, len(m.Meta), len(values))
	}
	b = binary.BigEndian.AppendUint16(b, extendedSize)
	b = binary.BigEndian.AppendUint16(b, uint16(len(index)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(values)))
	b = binary.BigEndian.AppendUint32(b, m.ID)
	return append(append(append(b, m.Content...), index...), values...), nil
}

// text is a field of fixed length that ends at its first zero; it has to be printable ASCII.
func text(field []byte) (string, bool) {
	s, _, _ := bytes.Cut(field, []byte{0})
	return string(s), plain(string(s))
}

// plain says whether s is printable ASCII.
func plain(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// pad appends s in a field of n bytes.
func pad(b []byte, s string, n int) []byte {
	s = s[:min(len(s), n)]
	return append(append(b, s...), make([]byte, n-len(s))...)
}

// stamp reads a time stamp: seconds since 1970 and their fraction in 2⁻³². Zero means none.
func stamp(v uint64) time.Time {
	if v == 0 {
		return time.Time{}
	}
	return time.Unix(int64(v>>32), int64((v&math.MaxUint32)*1_000_000_000>>32)).UTC()
}

func fraction(t time.Time) uint64 {
	if t.IsZero() || t.Unix() < 0 || t.Unix() > math.MaxUint32 {
		return 0
	}
	// Rounded up, so that what is read back is the same nanosecond.
	return uint64(t.Unix())<<32 | min((uint64(t.Nanosecond())<<32+999_999_999)/1_000_000_000, math.MaxUint32)
}
