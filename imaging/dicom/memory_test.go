package dicom

import (
	"bytes"
	"encoding/binary"
	"io"
	"runtime"
	"testing"
)

// huge is a file that begins with bytes and goes on with zeros: it takes no memory whatever its size.
type huge struct {
	head []byte
	size int64
}

func (h huge) ReadAt(p []byte, off int64) (int, error) {
	n := int(min(int64(len(p)), h.size-off))
	if n <= 0 {
		return 0, io.EOF
	}
	clear(p[:n])
	if off < int64(len(h.head)) {
		copy(p[:n], h.head[off:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// TestHugeFilesTakeLittleMemory reads, cuts into frames and rewrites an image of 3.9 GB with less than 16 MB, compressed or not.
func TestHugeFilesTakeLittleMemory(t *testing.T) {
	const frames, side = 960, 1427 // 1427² · 2 bytes · 960 frames: 3.9 GB
	d := &Dataset{}
	d.SetString(SOPClassUID, "1.2.840.10008.5.1.4.1.1.7.3")
	d.SetString(SOPInstanceUID, "1.2.3")
	d.SetPixelFormat(PixelFormat{Rows: side, Columns: side, Samples: 1, Photometric: "MONOCHROME2", Allocated: 16, Stored: 16, HighBit: 15, Frames: frames})
	var head bytes.Buffer
	if err := NewFile(d, ExplicitVRLittleEndian).Write(&head); err != nil {
		t.Fatal(err)
	}
	pixels := uint32(frames * side * side * 2)
	b := append(head.Bytes(), 0xE0, 0x7F, 0x10, 0x00, 'O', 'W', 0, 0)
	b = binary.LittleEndian.AppendUint32(b, pixels)
	src := huge{b, int64(len(b)) + int64(pixels)}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f, err := Read(src, src.size, Options{})
	if err != nil {
		t.Fatal(err)
	}
	fr, err := f.Frames()
	if err != nil {
		t.Fatal(err)
	}
	last, err := fr.Frame(frames - 1)
	if err != nil || last.Len() != side*side*2 {
		t.Fatalf("%v, %d bytes", err, last.Len())
	}
	if at, n, ok := last.Place(); !ok || at+n != src.size {
		t.Errorf("the last frame stands at %d, %d long", at, n)
	}
	counted := &counter{}
	if err := f.Write(counted); err != nil {
		t.Fatal(err)
	}
	if counted.n < int64(pixels) {
		t.Errorf("%d bytes were written", counted.n)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 16<<20 {
		t.Errorf("%d MB were taken", took>>20)
	}
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}
