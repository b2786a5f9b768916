package reference

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// cranium is the voxels of the skull CT that Debian's invesalius-examples ships: 108 × 256 × 256 (z, y, x) of int16.
func cranium(t *testing.T) []byte {
	t.Helper()
	f, err := os.Open("/usr/share/doc/invesalius-examples/examples/Cranium.inv3")
	if err != nil {
		t.Fatalf("the real CT (Debian: invesalius-examples): %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for files := tar.NewReader(z); ; {
		h, err := files.Next()
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(h.Name, "matrix.dat") {
			raw, err := io.ReadAll(files)
			if err != nil || len(raw) != 2*108*256*256 {
				t.Fatalf("%d bytes: %v", len(raw), err)
			}
			return raw
		}
	}
}

// TestRealBone computes a block of a real skull, moduli from its HU: the case's answers are those of an independent solver (scipy, direct) and of CalculiX.
func TestRealBone(t *testing.T) {
	raw := cranium(t)
	dir := t.TempDir()
	var block []byte
	for k := 10; k < 22; k++ {
		for j := 32; j < 52; j++ {
			at := 2 * (121 + 256*(j+256*k))
			block = append(block, raw[at:at+40]...)
		}
	}
	text, err := os.ReadFile("testdata/fe-bone-10-32-121-12x20x20.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"bone-10-32-121.i16": block, "fe-bone.json": text} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	seen := 0
	if _, err := Check(context.Background(), dir, Options{}, func(r Row) {
		seen++
		if !r.Passed {
			t.Errorf("%s: %v", r.Case, r.Wrong)
		}
	}); err != nil || seen != 1 {
		t.Errorf("%d cases: %v", seen, err)
	}
	block[100] ^= 1
	write(t, dir, "bone-10-32-121.i16", string(block))
	_, _ = Check(context.Background(), dir, Options{}, func(r Row) {
		if r.Passed {
			t.Error("another block passed")
		}
	})
}
