package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
)

func blobs(t *testing.T) *Blobs {
	t.Helper()
	b, err := OpenBlobs(filepath.Join(t.TempDir(), "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// files counts what lies in the folder, under any name.
func files(t *testing.T, b *Blobs) (n int) {
	t.Helper()
	err := filepath.Walk(b.dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPutAndOpen(t *testing.T) {
	b := blobs(t)
	for _, size := range []int{0, 1, copyBuffer, copyBuffer*3 + 7} {
		data := bytes.Repeat([]byte{byte(size)}, size)
		hash, n, err := b.Put(t.Context(), bytes.NewReader(data), int64(size))
		if err != nil || n != int64(size) || hash != sha256.Sum256(data) {
			t.Fatalf("size %d: %x, %d, %v", size, hash, n, err)
		}
		if _, _, err := b.Put(t.Context(), iotest.OneByteReader(bytes.NewReader(data[:min(size, 9)])), 9); err != nil {
			t.Fatal(err)
		}
		f, n, err := b.Open(hash)
		if err != nil || n != int64(size) {
			t.Fatal(n, err)
		}
		if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, data) {
			t.Errorf("size %d came back differently: %v", size, err)
		}
		f.Close()
		if err := b.Verify(t.Context(), hash); err != nil {
			t.Error(err)
		}
	}
}

func TestPutKeepsNothingOfWhatItRefuses(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	broken := errors.New("the line broke")
	for _, c := range []struct {
		name string
		ctx  context.Context
		r    io.Reader
		want error
	}{
		{"too large", t.Context(), strings.NewReader("123456"), ErrTooLarge},
		{"wrong hash", t.Context(), strings.NewReader("12345"), ErrWrongHash},
		{"broken line", t.Context(), io.MultiReader(strings.NewReader("1"), iotest.ErrReader(broken)), broken},
		{"cancelled", cancelled, strings.NewReader("1"), context.Canceled},
	} {
		b := blobs(t)
		if _, err := b.PutExpect(c.ctx, c.r, 5, Hash{}); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v", c.name, err)
		}
		if n := files(t, b); n != 0 {
			t.Errorf("%s: %d files are left", c.name, n)
		}
	}
}

// fullFile is a file on a disk that is full after room bytes.
type fullFile struct {
	blobFile
	room int
}

func (f *fullFile) Write(p []byte) (int, error) {
	n, err := f.blobFile.Write(p[:min(len(p), f.room)])
	f.room -= n
	if err == nil && n < len(p) {
		err = &os.PathError{Op: "write", Path: "blob", Err: syscall.ENOSPC}
	}
	return n, err
}

func (f *fullFile) Sync() error {
	if f.room == 0 {
		return &os.PathError{Op: "sync", Path: "blob", Err: syscall.ENOSPC}
	}
	return f.blobFile.Sync()
}

func TestFullDisk(t *testing.T) {
	for _, room := range []int{0, 3, 5} { // 5: all written, and only the sync finds no room
		b := blobs(t)
		b.create = func(path string) (blobFile, error) {
			f, err := createFile(path)
			return &fullFile{f, room}, err
		}
		_, _, err := b.Put(t.Context(), strings.NewReader("12345"), 10)
		if !errors.Is(err, ErrDiskFull) {
			t.Errorf("room for %d: %v", room, err)
		}
		if n := files(t, b); n != 0 {
			t.Errorf("room for %d: %d files are left", room, n)
		}
		b.create = createFile
		if _, _, err := b.Put(t.Context(), strings.NewReader("12345"), 10); err != nil {
			t.Errorf("with room again: %v", err)
		}
	}
}

func TestHalfWrittenFilesAreSweptAndPartsAreKept(t *testing.T) {
	b := blobs(t)
	if err := os.WriteFile(filepath.Join(b.dir, tmpFolder, "half"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, _, err := b.Resume(Hash{1}, 10)
	if err != nil {
		t.Fatal(err)
	}
	p.Write([]byte("abc"))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := OpenBlobs(b.dir)
	if err != nil {
		t.Fatal(err)
	}
	if n := files(t, again); n != 1 || again.Partial(Hash{1}) != 3 {
		t.Errorf("%d files, %d bytes of the part", n, again.Partial(Hash{1}))
	}
}

func TestResumeCutAtEveryByte(t *testing.T) {
	data := []byte("a series of images")
	hash := sha256.Sum256(data)
	for cut := range len(data) + 1 {
		b := blobs(t)
		p, at, err := b.Resume(hash, 100)
		if err != nil || at != 0 {
			t.Fatal(at, err)
		}
		if _, err := p.Write(data[:cut]); err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.Resume(hash, 100); !errors.Is(err, ErrReceiving) {
			t.Fatalf("received twice at once: %v", err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		p, at, err = b.Resume(hash, 100)
		if err != nil || at != int64(cut) {
			t.Fatalf("cut at %d: resumes at %d, %v", cut, at, err)
		}
		if _, err := p.Write(data[at:]); err != nil {
			t.Fatal(err)
		}
		if err := p.Finish(); err != nil {
			t.Fatal(err)
		}
		if err := b.Verify(t.Context(), hash); err != nil || files(t, b) != 1 {
			t.Errorf("cut at %d: %v, %d files", cut, err, files(t, b))
		}
	}
}

func TestResumeRefusesWrongAndEndlessBytes(t *testing.T) {
	b := blobs(t)
	p, _, err := b.Resume(sha256.Sum256([]byte("right")), 5)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write([]byte("wrong!")); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too many bytes: %v", err)
	}
	if _, err := p.Write([]byte("wrong")); err != nil {
		t.Fatal(err)
	}
	if err := p.Finish(); !errors.Is(err, ErrWrongHash) {
		t.Errorf("wrong bytes: %v", err)
	}
	if n := files(t, b); n != 0 {
		t.Errorf("%d files are left", n)
	}
	if _, at, err := b.Resume(sha256.Sum256([]byte("right")), 5); err != nil || at != 0 {
		t.Errorf("a second try starts at %d: %v", at, err)
	}
}

func TestWalkRemoveAndDamage(t *testing.T) {
	b := blobs(t)
	one, _, _ := b.Put(t.Context(), strings.NewReader("one"), 9)
	two, _, _ := b.Put(t.Context(), strings.NewReader("two"), 9)
	if err := os.WriteFile(b.path(two), []byte("tw0"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.Verify(t.Context(), two); !errors.Is(err, ErrWrongHash) {
		t.Errorf("damage: %v", err)
	}
	if err := errors.Join(b.Remove(one), b.Remove(one)); err != nil {
		t.Error(err)
	}
	if _, _, err := b.Open(one); !errors.Is(err, ErrNoBlob) || b.Has(one) {
		t.Errorf("removed: %v", err)
	}
	var seen []Hash
	err := b.Walk(t.Context(), func(hash Hash, size int64) error {
		seen = append(seen, hash)
		return nil
	})
	if err != nil || len(seen) != 1 || seen[0] != two {
		t.Errorf("walk saw %x, %v", seen, err)
	}
}

func TestMemoryDoesNotGrowWithTheBlob(t *testing.T) {
	b := blobs(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, _, err := b.Put(t.Context(), io.LimitReader(zeros{}, 64<<20), math.MaxInt64); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	allocated := after.TotalAlloc - before.TotalAlloc
	if allocated > 2<<20 {
		t.Errorf("storing 64 MiB took %d bytes of memory", allocated)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
