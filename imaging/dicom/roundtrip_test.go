package dicom

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// real lists the files of other toolkits in testdata (see testdata/PROVENANCE.md).
func real(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, dir := range []string{"zoo", "charset"} {
		n, err := filepath.Glob(filepath.Join("testdata", dir, "*.dcm"))
		if err != nil || len(n) == 0 {
			t.Fatalf("no test data in %s: %v", dir, err)
		}
		names = append(names, n...)
	}
	// no_meta.dcm lacks its first bytes: no toolkit reads it, and TestRefusals wants that here too.
	return slices.DeleteFunc(names, func(n string) bool { return filepath.Base(n) == "no_meta.dcm" })
}

func open(t *testing.T, name string) *File {
	t.Helper()
	f, closing, err := Open(name, Options{})
	if err != nil {
		t.Fatal(name, err)
	}
	t.Cleanup(func() { closing() })
	return f
}

// same says where two data sets differ in meaning: padding does not count.
func same(a, b *Dataset) error {
	if len(a.Elements) != len(b.Elements) {
		return fmt.Errorf("%d and %d elements", len(a.Elements), len(b.Elements))
	}
	for i := range a.Elements {
		x, y := &a.Elements[i], &b.Elements[i]
		if x.Tag != y.Tag || x.VR != y.VR || len(x.Items) != len(y.Items) || len(x.Fragments) != len(y.Fragments) {
			return fmt.Errorf("%v %v, %d items, %d fragments; then %v %v, %d, %d", x.Tag, x.VR, len(x.Items), len(x.Fragments), y.Tag, y.VR, len(y.Items), len(y.Fragments))
		}
		for j := range x.Items {
			if err := same(x.Items[j], y.Items[j]); err != nil {
				return fmt.Errorf("%v item %d: %w", x.Tag, j, err)
			}
		}
		parts := append([]Data{x.Data()}, x.Fragments...)
		for j, p := range append([]Data{y.Data()}, y.Fragments...) {
			if err := sameData(parts[j], p, x.VR); err != nil {
				return fmt.Errorf("%v: %w", x.Tag, err)
			}
		}
	}
	return nil
}

func sameData(a, b Data, v VR) error {
	x, err := io.ReadAll(a.Open())
	if err != nil {
		return err
	}
	y, err := io.ReadAll(b.Open())
	if err != nil {
		return err
	}
	if len(x)%2 == 1 {
		x = append(x, v.pad())
	}
	if !bytes.Equal(x, y) {
		return fmt.Errorf("%d bytes and %d other bytes", len(x), len(y))
	}
	return nil
}

// TestWritesWhatItReads writes every real file in its own syntax and, without compressed pixels, in all others, and reads it again.
func TestWritesWhatItReads(t *testing.T) {
	for _, name := range real(t) {
		f := open(t, name)
		syntaxes := []TransferSyntax{f.Syntax}
		if !f.Syntax.Encapsulated() {
			syntaxes = []TransferSyntax{ExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian, DeflatedExplicitVR}
		}
		for _, s := range syntaxes {
			g := *f
			g.Syntax = s
			var out bytes.Buffer
			if err := g.Write(&out); err != nil {
				t.Errorf("%s as %s: %v", name, s.Name(), err)
				continue
			}
			again, err := Read(bytes.NewReader(out.Bytes()), int64(out.Len()), Options{})
			if err != nil {
				t.Errorf("%s as %s: %v", name, s.Name(), err)
				continue
			}
			if err := same(withoutGroupLengths(f.Dataset, s), again.Dataset); err != nil {
				t.Errorf("%s as %s: %v", name, s.Name(), err)
			}
			accepted(t, name, s, out.Bytes())
		}
	}
}

// withoutGroupLengths is the data set as it is expected from the writer: no retired group lengths, and private elements without their VR if the
// syntax does not write it.
func withoutGroupLengths(d *Dataset, s TransferSyntax) *Dataset {
	c := &Dataset{}
	for _, e := range d.Elements {
		if e.Tag.Number() == 0 {
			continue
		}
		if !s.Explicit() && e.VR != SQ {
			n := int(e.Data().Len())
			e.VR = implicitVR(c, header{tag: e.Tag, length: uint32(n)})
		}
		if e.VR == OB && e.Tag == PixelData && !s.Explicit() {
			e.VR = OW
		}
		for i, it := range e.Items {
			if i == 0 {
				e.Items = append([]*Dataset(nil), e.Items...)
			}
			e.Items[i] = withoutGroupLengths(it, s)
			e.Items[i].parent = c
		}
		c.Elements = append(c.Elements, e)
	}
	return c
}

// accepted asks dcmtk whether the file is one.
func accepted(t *testing.T, name string, s TransferSyntax, b []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.dcm")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("dcmdump", "-q", path).CombinedOutput()
	if err != nil || strings.Contains(string(out), "E: ") {
		t.Errorf("%s as %s: dcmdump: %v %.300s", name, s.Name(), err, out)
	}
	if out, err := exec.Command("dcmftest", path).CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "yes") {
		t.Errorf("%s as %s: dcmftest: %v %s", name, s.Name(), err, out)
	}
}
