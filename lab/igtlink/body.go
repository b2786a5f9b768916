package igtlink

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
)

// Body is what a message says. Its types are Transform, Position, Status, Image, Points, PolyData and Text.
type Body interface {
	// Kind is the message's type.
	Kind() string
	// content appends the body's bytes to b, or says why it cannot be said.
	content(b []byte) ([]byte, error)
}

// Decode gives meaning to a message's content. A query (GET_, STT_, STP_, RTS_) and a type that is not known decode to nil without an error. It
// returns ErrContent for bytes that do not say what the type promises.
func Decode(m *Message) (Body, error) {
	var b Body
	var err error
	switch m.Type {
	case "TRANSFORM":
		b, err = decodeTransform(m.Content)
	case "POSITION", "QTRANS":
		b, err = decodePosition(m.Content)
	case "STATUS":
		b, err = decodeStatus(m.Content)
	case "IMAGE":
		b, err = decodeImage(m.Content)
	case "POINT":
		b, err = decodePoints(m.Content)
	case "POLYDATA":
		b, err = decodePolyData(m.Content)
	case "STRING":
		b, err = decodeText(m.Content)
	default:
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s of %s: %w", ErrContent, m.Type, m.Device, err)
	}
	return b, nil
}

// Encode makes a message of a body. Time, ID and metadata are the caller's to add.
func Encode(version uint16, device string, b Body) (*Message, error) {
	content, err := b.content(nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrContent, b.Kind(), err)
	}
	return &Message{Version: version, Type: b.Kind(), Device: device, Content: content}, nil
}

// Transform is a pose: a direction's matrix by rows, and a place in mm. Which frame it belongs to is said by the device's name; OpenIGTLink's own
// convention is RAS.
type Transform struct {
	R [3][3]float32
	T [3]float32
}

// Kind is TRANSFORM.
func (Transform) Kind() string { return "TRANSFORM" }

func (t Transform) content(b []byte) ([]byte, error) {
	for column := range 3 {
		for row := range 3 {
			b = appendFloat(b, t.R[row][column])
		}
	}
	return appendFloat(b, t.T[:]...), nil
}

func decodeTransform(b []byte) (Body, error) {
	if len(b) != 48 {
		return nil, fmt.Errorf("%d bytes, not 48", len(b))
	}
	var t Transform
	v := readFloats(b, 12)
	for i, f := range v {
		if !finite(f) {
			return nil, fmt.Errorf("number %d is %g", i+1, f)
		}
		if i < 9 {
			t.R[i%3][i/3] = f
		} else {
			t.T[i-9] = f
		}
	}
	return t, nil
}

// Position is a place in mm and an orientation as a quaternion (x, y, z, w).
type Position struct {
	T [3]float32
	Q [4]float32
}

// Kind is POSITION.
func (Position) Kind() string { return "POSITION" }

func (p Position) content(b []byte) ([]byte, error) {
	return appendFloat(appendFloat(b, p.T[:]...), p.Q[:]...), nil
}

// Transform is the same pose as a matrix.
func (p Position) Transform() Transform {
	x, y, z, w := float64(p.Q[0]), float64(p.Q[1]), float64(p.Q[2]), float64(p.Q[3])
	n := x*x + y*y + z*z + w*w
	s := 2 / n
	if n == 0 {
		s = 0
	}
	f := func(v float64) float32 { return float32(v) }
	return Transform{T: p.T, R: [3][3]float32{
		{f(1 - s*(y*y+z*z)), f(s * (x*y - z*w)), f(s * (x*z + y*w))},
		{f(s * (x*y + z*w)), f(1 - s*(x*x+z*z)), f(s * (y*z - x*w))},
		{f(s * (x*z - y*w)), f(s * (y*z + x*w)), f(1 - s*(x*x+y*y))},
	}}
}

// decodePosition reads the three forms: with a quaternion, with its vector part alone (w follows from its length), or the place alone.
func decodePosition(b []byte) (Body, error) {
	if len(b) != 12 && len(b) != 24 && len(b) != 28 {
		return nil, fmt.Errorf("%d bytes, not 12, 24 or 28", len(b))
	}
	v := readFloats(b, len(b)/4)
	for i, f := range v {
		if !finite(f) {
			return nil, fmt.Errorf("number %d is %g", i+1, f)
		}
	}
	p := Position{T: [3]float32(v), Q: [4]float32{0, 0, 0, 1}}
	switch copy(p.Q[:], v[3:]) {
	case 3:
		square := float64(p.Q[0])*float64(p.Q[0]) + float64(p.Q[1])*float64(p.Q[1]) + float64(p.Q[2])*float64(p.Q[2])
		p.Q[3] = float32(math.Sqrt(max(0, 1-square)))
	case 4:
		if p.Q == [4]float32{} {
			return nil, fmt.Errorf("a quaternion of length 0")
		}
	}
	return p, nil
}

// Status says how a device is. Code 1 means ok; the others are in the specification (2 unknown error, 4 not found, 13 not ready, …).
type Status struct {
	Code    uint16
	Subcode int64
	Name    string // of the error, at most 20 bytes
	Message string
}

// The status codes that this package sends.
const (
	StatusOK          uint16 = 1
	StatusNotFound    uint16 = 4
	StatusBusy        uint16 = 6
	StatusChecksum    uint16 = 9
	StatusUnknownWord uint16 = 12 // an instruction that is not known
)

// Kind is STATUS.
func (Status) Kind() string { return "STATUS" }

func (s Status) content(b []byte) ([]byte, error) {
	b = binary.BigEndian.AppendUint16(b, s.Code)
	b = binary.BigEndian.AppendUint64(b, uint64(s.Subcode))
	b = pad(b, s.Name, 20)
	return append(append(b, s.Message...), 0), nil
}

func decodeStatus(b []byte) (Body, error) {
	if len(b) < 30 {
		return nil, fmt.Errorf("%d bytes, less than 30", len(b))
	}
	s := Status{Code: binary.BigEndian.Uint16(b), Subcode: int64(binary.BigEndian.Uint64(b[2:]))}
	s.Name, _ = text(b[10:30])
	s.Message = untilZero(b[30:])
	return s, nil
}

// Text is a STRING.
type Text string

// The character sets of STRING by their MIB numbers (IANA) that are read.
const (
	asciiEncoding = 3
	utf8Encoding  = 106
)

// Kind is STRING.
func (Text) Kind() string { return "STRING" }

func (t Text) content(b []byte) ([]byte, error) {
	if len(t) > math.MaxUint16 {
		return nil, fmt.Errorf("%d bytes; a STRING holds at most %d", len(t), math.MaxUint16)
	}
	encoding := uint16(asciiEncoding)
	if slices.ContainsFunc([]byte(t), func(c byte) bool { return c >= 0x80 }) {
		encoding = utf8Encoding
	}
	b = binary.BigEndian.AppendUint16(b, encoding)
	b = binary.BigEndian.AppendUint16(b, uint16(len(t)))
	return append(b, t...), nil
}

func decodeText(b []byte) (Body, error) {
	if len(b) < 4 {
		return nil, fmt.Errorf("%d bytes, less than 4", len(b))
	}
	encoding, n := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
	if encoding != asciiEncoding && encoding != utf8Encoding {
		return nil, fmt.Errorf("character set %d; 3 (ASCII) and 106 (UTF-8) are read", encoding)
	}
	if n > len(b)-4 {
		return nil, fmt.Errorf("%d characters in %d bytes", n, len(b)-4)
	}
	return Text(b[4 : 4+n]), nil
}

// untilZero is the text up to its first zero.
func untilZero(b []byte) string {
	if i := slices.Index(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

func finite(f float32) bool { return !math.IsNaN(float64(f)) && !math.IsInf(float64(f), 0) }

func appendFloat(b []byte, v ...float32) []byte {
	for _, f := range v {
		b = binary.BigEndian.AppendUint32(b, math.Float32bits(f))
	}
	return b
}

// readFloats reads n numbers; b has them.
func readFloats(b []byte, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = math.Float32frombits(binary.BigEndian.Uint32(b[4*i:]))
	}
	return v
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
