package desk

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestEveryImageOfTheZooIsKnown: whatever writes DICOM, with or without the header of its file, is known by its bytes, and no other file is taken for it.
func TestEveryImageOfTheZooIsKnown(t *testing.T) {
	files, err := filepath.Glob("../imaging/dicom/testdata/zoo/*.dcm")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if c := look(bytes.NewReader(raw), int64(len(raw)), 0); c.media != typeDICOM {
			t.Errorf("%s is taken for %q", name, c.media)
		}
		half := raw[:len(raw)/2]
		if c := look(bytes.NewReader(half), int64(len(half)), 0); c.media != typeDICOM {
			t.Errorf("half of %s is taken for %q", name, c.media)
		}
	}
	for _, pattern := range []string{"*.go", "../docs/*.md", "../lang/phrases/*", "../pathway/*/*", "../web/ui/static/*", "../figure/testdata/*"} {
		names, _ := filepath.Glob(pattern)
		for _, name := range names {
			raw, err := os.ReadFile(name)
			if err != nil {
				continue // a folder
			}
			if c := look(bytes.NewReader(raw), int64(len(raw)), 0); c.image != nil || c.packed {
				t.Errorf("%s is taken for %+v", name, c)
			}
		}
	}
}

func TestTypesAreMeasured(t *testing.T) {
	for _, c := range []struct{ bytes, said, is string }{
		{"%PDF-1.7", "text/plain", "application/pdf"},
		{"\x89PNG\r\n\x1a\n", "text/plain", "image/png"},
		{"\x00\x00\x00\x20ftypisom", "text/plain", "video/mp4"},
		{"a letter", "text/plain; charset=utf-8", "text/plain"},
		{"a letter", "application/dicom", "application/octet-stream"},
		{"a letter", "application/pdf", "application/octet-stream"},
		{"a letter", "not a type at all/", "application/octet-stream"},
		{"<svg/>", "image/svg+xml", "image/svg+xml"},
	} {
		if got := look(bytes.NewReader([]byte(c.bytes)), int64(len(c.bytes)), 0).mediaType(c.said); got != c.is {
			t.Errorf("%q, said to be %s, is %s and not %s", c.bytes, c.said, got, c.is)
		}
	}
}

// FuzzLook: no file makes the node panic, and one that has a DICOM file in a ZIP is never let pass.
func FuzzLook(f *testing.F) {
	raw, err := os.ReadFile("../imaging/dicom/testdata/zoo/MR_small_RLE.dcm")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\x1f\x8b\x08"))
	f.Fuzz(func(t *testing.T, b []byte) {
		look(bytes.NewReader(b), int64(len(b)), 0)
		var packed bytes.Buffer
		z := zip.NewWriter(&packed)
		for _, content := range [][]byte{b, raw} {
			w, err := z.Create("a")
			if err == nil {
				_, err = w.Write(content)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if c := look(bytes.NewReader(packed.Bytes()), int64(packed.Len()), 0); !c.packed {
			t.Errorf("a ZIP file with an image passes as %+v", c)
		}
	})
}
