package dicom

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// FuzzRead: any bytes are read or refused within bounds, and what is read and can be written reads back to the same meaning.
func FuzzRead(f *testing.F) {
	for _, dir := range []string{"zoo", "charset", "malformed"} {
		names, _ := filepath.Glob(filepath.Join("testdata", dir, "*.dcm"))
		for _, name := range names {
			if b, err := os.ReadFile(name); err == nil && len(b) < 8000 {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		in, err := Read(bytes.NewReader(b), int64(len(b)), Options{Memory: 8 << 20})
		if in != nil {
			for i := range in.Dataset.Elements {
				in.Dataset.Text(&in.Dataset.Elements[i])
			}
			if fr, err := in.Frames(); err == nil {
				fr.Frame(0)
			}
		}
		if err != nil || in.Syntax.Deflated() || len(withoutGroupLengths(in.Dataset, in.Syntax).Elements) == 0 {
			return
		}
		var out bytes.Buffer
		if in.Write(&out) != nil {
			return // a syntax that does not carry the pixel data
		}
		again, err := Read(bytes.NewReader(out.Bytes()), int64(out.Len()), Options{Memory: 16 << 20})
		if err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		if oddUnknown(in.Dataset) {
			return // padded to be even, its bytes may be a sequence that they were not before
		}
		if err := same(normal(in.Dataset, in.Syntax), normal(again.Dataset, in.Syntax)); err != nil {
			t.Fatalf("read, written and read: %v (%d bytes in, %d out, %v)", err, len(b), out.Len(), in.Warnings)
		}
	})
}

func oddUnknown(d *Dataset) bool {
	return slices.ContainsFunc(d.Elements, func(e Element) bool {
		return !e.VR.known() || e.VR == UN && e.Data().Len()%2 == 1 || slices.ContainsFunc(e.Items, oddUnknown)
	})
}

// normal leaves out what the writer may change: group lengths go, padding comes, and what is not known by its tag is UN in implicit.
func normal(d *Dataset, s TransferSyntax) *Dataset {
	c := withoutGroupLengths(d, s)
	for i := range c.Elements {
		e := &c.Elements[i]
		if !e.VR.known() {
			e.VR = UN
		}
		if len(e.Value)%2 == 1 {
			e.Value = append(bytes.Clone(e.Value), e.VR.pad())
		}
	}
	return c
}
