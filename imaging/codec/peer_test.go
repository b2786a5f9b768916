package codec

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"consilium/imaging/dicom"
)

// folder is an additional folder of DICOM files to compare, which is not part of the repository: its files' licenses are unknown or theirs alone.
var folder = os.Getenv("CONSILIUM_DICOM_FILES")

func files(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("../dicom/testdata/zoo/*.dcm")
	if err != nil || len(names) == 0 {
		t.Fatal("no test data", err)
	}
	if folder != "" {
		more, _ := filepath.Glob(filepath.Join(folder, "*.dcm"))
		names = append(names, more...)
	}
	return names
}

// peers are dcmtk's decoders by transfer syntax.
func peer(s dicom.TransferSyntax) string {
	switch s {
	case dicom.RLELossless:
		return "dcmdrle"
	case dicom.JPEGLSLossless, dicom.JPEGLSNearLossless:
		return "dcmdjpls"
	case dicom.JPEGBaseline, dicom.JPEGExtended, dicom.JPEGLossless, dicom.JPEGLosslessSV1, "1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55":
		return "dcmdjpeg"
	}
	return ""
}

func open(t *testing.T, name string) *dicom.File {
	t.Helper()
	f, closing, err := dicom.Open(name, dicom.Options{})
	if err != nil {
		t.Fatal(name, err)
	}
	t.Cleanup(func() { closing() })
	return f
}

// pixels are all bytes of a file's pixel data, uncompressed.
func pixels(t *testing.T, f *dicom.File) []byte {
	t.Helper()
	x, err := Expand(context.Background(), f, dicom.ExplicitVRLittleEndian)
	if err != nil {
		t.Error(err)
		return nil
	}
	b, err := io.ReadAll(x.Dataset.Find(dicom.PixelData).Data().Open())
	if err != nil {
		t.Error(err)
	}
	return b
}

// TestDecodesAsDcmtk compares every compressed file with what dcmtk makes of it, byte for byte.
func TestDecodesAsDcmtk(t *testing.T) {
	compared := map[string]int{}
	for _, name := range files(t) {
		f, closing, err := dicom.Open(name, dicom.Options{})
		if err != nil || peer(f.Syntax) == "" {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			defer closing()
			compare(t, name, f, peer(f.Syntax))
			compared[peer(f.Syntax)]++
		})
	}
	for _, p := range []string{"dcmdrle", "dcmdjpls", "dcmdjpeg"} {
		if compared[p] == 0 {
			t.Errorf("nothing was compared with %s", p)
		}
	}
}

func compare(t *testing.T, name string, f *dicom.File, decoder string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "peer.dcm")
	if b, err := exec.Command(decoder, name, out).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v %s", decoder, err, b)
	}
	want := open(t, out)
	w, err := want.Dataset.Find(dicom.PixelData).Data().Load(1 << 30)
	if err != nil {
		t.Fatal(err)
	}
	got := pixels(t, f)
	fr, err := want.Frames()
	if err != nil {
		t.Fatal(err)
	}
	if fr.Format.Planar {
		w = interleaved(w, fr.Format)
	}
	if !bytes.Equal(got, w[:min(len(got), len(w))]) || len(w)-len(got) > 1 {
		different, first := 0, -1
		for i := range min(len(got), len(w)) {
			if got[i] != w[i] {
				different++
				if first < 0 {
					first = i
				}
			}
		}
		t.Errorf("%s: %d bytes, dcmtk %d; %d differ, the first at %d", f.Syntax.Name(), len(got), len(w), different, first)
	}
}

// interleaved turns planes into pixels.
func interleaved(b []byte, p dicom.PixelFormat) []byte {
	out := make([]byte, 0, len(b))
	n, w := p.Rows*p.Columns, p.Allocated/8
	for f := range p.Frames {
		frame := b[f*n*p.Samples*w:]
		for i := range n {
			for c := range p.Samples {
				out = append(out, frame[(c*n+i)*w:][:w]...)
			}
		}
	}
	return out
}
