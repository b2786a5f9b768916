package desk

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"testing"
)

// archived is a ZIP of one file of so many bytes, by turns random and zero: noise of every n bytes.
func archived(t *testing.T, size, noise int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("x")
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 1<<20)
	for range size {
		rand.Read(block[:noise])
		if _, err := f.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestAnArchiveUnfoldsWithinBounds: a file that unfolds a thousandfold is given up before it fills memory; one that packs as images do is read whole, and so is a small one of
// nothing at all.
func TestAnArchiveUnfoldsWithinBounds(t *testing.T) {
	for _, c := range []struct {
		name        string
		megabytes   int
		noise       int
		want        error
		readAtMost  int64
		readAtLeast int64
	}{
		{"200 MB of zeros", 200, 0, errInflated, 40 << 20, 0},
		{"64 MB that pack to a tenth", 64, 100 << 10, nil, 64 << 20, 64 << 20},
		{"8 MB of zeros", 8, 0, nil, 8 << 20, 8 << 20},
	} {
		raw := archived(t, c.megabytes, c.noise)
		z, err := openZIP(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			t.Fatal(err)
		}
		f, err := z.File[0].Open()
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, f)
		if !errors.Is(err, c.want) || n > c.readAtMost || n < c.readAtLeast {
			t.Errorf("%s in %d bytes: %d read, %v", c.name, len(raw), n, err)
		}
	}
}
