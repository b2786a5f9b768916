package igtlink

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net"
	"reflect"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// bodies has one of everything that the protocol's reference library can also say.
var bodies = []Body{
	Transform{R: [3][3]float32{{0, -1, 0}, {1, 0, 0}, {0, 0, 1}}, T: [3]float32{11, 12, 13}},
	Position{T: [3]float32{1, 2, 3}, Q: [4]float32{0, 0.6, 0, 0.8}},
	Status{Code: 1, Subcode: -2, Name: "none", Message: "probe ready"},
	Text("entry reached"),
	Points{{Name: "entry", Group: "Fiducial", Color: [4]uint8{1, 2, 3, 4}, At: [3]float32{40, 50, 60}, Diameter: 2, Owner: "CT"}, {Name: "target"}},
	PolyData{Points: [][3]float32{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, Vertices: [][]uint32{{0}}, Lines: [][]uint32{{0, 1, 2}}, Polygons: [][]uint32{{0, 1, 2}, {0, 1, 3}},
		Strips: [][]uint32{{0, 1, 2, 3}}, Attributes: []Attribute{{Type: 0, Components: 1, Name: "stress", Data: []float32{1, 2, 3, 4}}, {Type: 2, Components: 3, Name: "n", Data: make([]float32, 12)}}},
	Image{Components: 1, Scalar: Int16, Size: [3]uint16{3, 2, 2}, Step: [3][3]float32{{0.5, 0, 0}, {0, 0.5, 0}, {0, 0, 2}}, Center: [3]float32{7, 8, 9}, Part: [3]uint16{3, 2, 2}, Voxels: bytes.Repeat([]byte{5, 6}, 12)},
}

// TestChecksum: the check value of CRC-64/ECMA-182 in the catalogue of parametrised CRC algorithms.
func TestChecksum(t *testing.T) {
	if got := Checksum([]byte("123456789")); got != 0x6C40DF5F0B497347 {
		t.Errorf("%X", got)
	}
	if Checksum(nil) != 0 {
		t.Error("nothing has a checksum")
	}
}

func TestEveryBodyComesBack(t *testing.T) {
	for _, version := range []uint16{1, 2} {
		for _, want := range bodies {
			m, err := Encode(version, "Probe", want)
			if err != nil {
				t.Fatal(err)
			}
			m.Time = time.Date(2026, 11, 30, 12, 0, 0, 123456789, time.UTC)
			if version == 2 {
				m.ID, m.Meta = 77, map[string]string{"Case": "4KD-93", "名": "探针"}
			}
			var wire bytes.Buffer
			if err := m.Write(&wire); err != nil {
				t.Fatal(err)
			}
			read, err := Read(&wire, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			if read.ID != m.ID || !reflect.DeepEqual(read.Meta, m.Meta) || !read.Time.Equal(m.Time) || read.Device != "Probe" {
				t.Errorf("%T: %+v", want, read)
			}
			if got, err := Decode(read); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("version %d: %v\n got %+v\nwant %+v", version, err, got, want)
			}
		}
	}
}

func TestTimesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(1, math.MaxUint32).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		if got := stamp(fraction(at)); !got.Equal(at) {
			t.Fatalf("%s became %s", at, got)
		}
	})
}

// TestShortPositions: the forms of 12 and of 24 bytes.
func TestShortPositions(t *testing.T) {
	b, err := decodePosition(appendFloat(nil, 1, 2, 3))
	if err != nil || b.(Position).Q != [4]float32{0, 0, 0, 1} {
		t.Errorf("%+v %v", b, err)
	}
	b, err = decodePosition(appendFloat(nil, 1, 2, 3, 0, 0.6, 0))
	if err != nil || math.Abs(float64(b.(Position).Q[3])-0.8) > 1e-6 {
		t.Errorf("%+v %v", b, err)
	}
	// By hand: half a turn about y takes x to -x.
	r := Position{Q: [4]float32{0, 2, 0, 0}}.Transform().R
	if r != [3][3]float32{{-1, 0, 0}, {0, 1, 0}, {0, 0, -1}} {
		t.Errorf("%v", r)
	}
}

func wire(t testing.TB, m *Message) []byte {
	t.Helper()
	b, err := m.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// seal writes the length and the checksum that belong to the body.
func seal(b []byte) []byte {
	binary.BigEndian.PutUint64(b[42:], uint64(len(b)-HeaderSize))
	binary.BigEndian.PutUint64(b[50:], Checksum(b[HeaderSize:]))
	return b
}

// TestLyingHeaders has what a broken or hostile peer sends.
func TestLyingHeaders(t *testing.T) {
	good := func() []byte { m, _ := Encode(1, "Probe", bodies[0]); return wire(t, m) }
	three := func() []byte {
		m, _ := Encode(2, "Probe", bodies[0])
		m.Meta = map[string]string{"a": "b"}
		return wire(t, m)
	}
	put := func(b []byte, at int, v ...byte) []byte { copy(b[at:], v); return b }
	rows := []struct {
		name string
		wire []byte
		want error
	}{
		{"nothing", nil, io.EOF},
		{"half a header", good()[:30], io.ErrUnexpectedEOF},
		{"half a body", good()[:70], io.ErrUnexpectedEOF},
		{"version 0", put(good(), 0, 0, 0), ErrForm},
		{"version 9", put(good(), 0, 0, 9), ErrForm},
		{"no type", put(good(), 2, 0), ErrForm},
		{"a type of noise", put(good(), 2, 0xff), ErrForm},
		{"2^63 bytes", put(good(), 42, 0x80), ErrTooLong},
		{"2^40 bytes", put(good(), 42, 0, 0, 1), ErrTooLong},
		{"more than comes", put(good(), 42, 0, 0, 0, 0, 0, 1), io.ErrUnexpectedEOF},
		{"a flipped bit", put(good(), 60, good()[60]^4), ErrChecksum},
		{"no extended header", seal(put(good(), 0, 0, 2)[:HeaderSize+5]), ErrContent},
		{"extended header too long", seal(put(three(), HeaderSize, 0xff, 0xff)), ErrContent},
		{"metadata too long", seal(put(three(), HeaderSize+4, 0xff, 0xff, 0xff, 0xff)), ErrContent},
		{"too many metadata", seal(put(three(), HeaderSize+12+48, 0xff, 0xff)), ErrContent},
		{"a metadata key too long", seal(put(three(), HeaderSize+12+48+2, 0xff, 0xff)), ErrContent},
	}
	for _, r := range rows {
		if _, err := Read(bytes.NewReader(r.wire), 1<<24); !errors.Is(err, r.want) {
			t.Errorf("%s: %v, want %v", r.name, err, r.want)
		}
	}
}

// TestAClaimCostsNothing: a header that claims 200 MB and sends nothing makes nobody allocate them.
func TestAClaimCostsNothing(t *testing.T) {
	m, _ := Encode(1, "Probe", bodies[0])
	b := wire(t, m)[:HeaderSize]
	binary.BigEndian.PutUint64(b[42:], 200<<20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Read(bytes.NewReader(b), 256<<20)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, io.ErrUnexpectedEOF) || after.TotalAlloc-before.TotalAlloc > 4<<20 {
		t.Errorf("%v, %d bytes", err, after.TotalAlloc-before.TotalAlloc)
	}
}

// TestImpossibleContent has bodies whose checksum is right and whose counts are not.
func TestImpossibleContent(t *testing.T) {
	poly, _ := bodies[5].content(nil)
	image, _ := bodies[6].content(nil)
	at := func(b []byte, i int, v ...byte) []byte { b = bytes.Clone(b); copy(b[i:], v); return b }
	rows := map[string]Message{
		"a pose too short":            {Type: "TRANSFORM", Content: make([]byte, 47)},
		"a pose that is no number":    {Type: "TRANSFORM", Content: bytes.Repeat([]byte{0xff}, 48)},
		"a position of 13 bytes":      {Type: "POSITION", Content: make([]byte, 13)},
		"a quaternion of zero":        {Type: "POSITION", Content: make([]byte, 28)},
		"a status too short":          {Type: "STATUS", Content: make([]byte, 29)},
		"a string longer than itself": {Type: "STRING", Content: []byte{0, 3, 0, 9, 'a'}},
		"a string in Shift-JIS":       {Type: "STRING", Content: []byte{0, 17, 0, 1, 'a'}},
		"half a point":                {Type: "POINT", Content: make([]byte, 135)},
		"2^32 points":                 {Type: "POLYDATA", Content: at(poly, 0, 0xff, 0xff, 0xff, 0xff)},
		"2^32 cells":                  {Type: "POLYDATA", Content: at(poly, 4, 0xff, 0xff, 0xff, 0xff)},
		"2^32 bytes of cells":         {Type: "POLYDATA", Content: at(poly, 8, 0xff, 0xff, 0xff, 0xff)},
		"2^32 attributes":             {Type: "POLYDATA", Content: at(poly, 36, 0xff, 0xff, 0xff, 0xff)},
		"a cell of 2^32 points":       {Type: "POLYDATA", Content: at(poly, 40+48, 0xff, 0xff, 0xff, 0xff)},
		"a point that is not there":   {Type: "POLYDATA", Content: at(poly, 40+48+4, 0, 0, 0, 9)},
		"no voxels":                   {Type: "IMAGE", Content: image[:imageHeader]},
		"more voxels than bytes":      {Type: "IMAGE", Content: at(image, 66, 0xff, 0xff)},
		"an unknown scalar":           {Type: "IMAGE", Content: at(image, 3, 9)},
		"a part outside":              {Type: "IMAGE", Content: at(image, 60, 0, 9)},
		"a matrix that is no number":  {Type: "IMAGE", Content: at(image, 12, 0xff, 0xff, 0xff, 0xff)},
		"an image too short":          {Type: "IMAGE", Content: make([]byte, 71)},
	}
	for name, m := range rows {
		if b, err := Decode(&m); !errors.Is(err, ErrContent) {
			t.Errorf("%s: %v %+v", name, err, b)
		}
	}
	if b, err := Decode(&Message{Type: "SENSOR", Content: []byte{1}}); b != nil || err != nil {
		t.Errorf("an unknown type: %v %v", b, err)
	}
}

// TestWhatCannotBeSaid is refused before it is sent.
func TestWhatCannotBeSaid(t *testing.T) {
	for name, b := range map[string]Body{
		"a string of 70,000": Text(make([]byte, 70000)),
		"a cell outside":     PolyData{Polygons: [][]uint32{{0}}},
		"an empty image":     Image{},
		"a long name":        Points{{Name: string(make([]byte, 65))}},
		"a broken attribute": PolyData{Attributes: []Attribute{{Components: 3, Data: make([]float32, 2)}}},
	} {
		if _, err := Encode(1, "Lab", b); !errors.Is(err, ErrContent) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (&Message{Type: "TRANSFORMATION"}).Append(nil); !errors.Is(err, ErrContent) {
		t.Errorf("a type of 14 letters: %v", err)
	}
}

// TestAPeerThatStalls is cut off after the limit, in the middle of a message and between messages, and when it takes nothing. The clock is the test's.
func TestAPeerThatStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, sent := range map[string]int{"in the header": 20, "in the body": 80, "between messages": 0} {
			here, there := net.Pipe()
			c := newConn(here, Limits{Stall: 5 * time.Second, Silence: time.Minute})
			m, _ := Encode(1, "Probe", bodies[0])
			go func() { _, _ = there.Write(wire(t, m)[:sent]) }()
			start := time.Now()
			_, err := c.Receive()
			waited := time.Since(start)
			if !errors.Is(err, ErrStalled) || waited != 5*time.Second && waited != time.Minute {
				t.Errorf("%s: %v after %s", name, err, waited)
			}
			if err := c.Send(m); !errors.Is(err, ErrStalled) {
				t.Errorf("%s: it takes nothing: %v", name, err)
			}
			here.Close()
			there.Close()
		}
	})
}

// FuzzRead wants no panic, bounded memory, and that what is read is written back to the same meaning.
func FuzzRead(f *testing.F) {
	for _, b := range bodies {
		for _, version := range []uint16{1, 2} {
			m, _ := Encode(version, "Probe", b)
			f.Add(wire(f, m))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > HeaderSize {
			seal(b) // so that the fuzzer gets past the checksum
		}
		m, err := Read(bytes.NewReader(b), 1<<20)
		if err != nil {
			return
		}
		body, err := Decode(m)
		if err != nil || body == nil {
			return
		}
		if m.Type == "QTRANS" {
			m.Type = "POSITION"
		}
		again, err := Encode(1, m.Device, body)
		if err != nil {
			return // names that ended in the middle of a field's text are refused, not cut
		}
		back, err := Decode(again)
		if err != nil || !same(back, body) {
			t.Fatalf("%v\n got %+v\nwant %+v", err, back, body)
		}
	})
}

// same compares bodies by their bytes, because a NaN in a surface is not equal to itself.
func same(a, b Body) bool {
	x, err1 := a.content(nil)
	y, err2 := b.content(nil)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}
