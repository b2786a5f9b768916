package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/iotest"
)

func blobs(t *testing.T) *Folder {
	t.Helper()
	b, err := OpenFolder(filepath.Join(t.TempDir(), "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// files counts what lies in the folder, under any name.
func files(t *testing.T, b *Folder) (n int) {
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
	again, err := OpenFolder(b.dir)
	if err != nil {
		t.Fatal(err)
	}
	if n := files(t, again); n != 1 || again.Partial(Hash{1}) != 3 {
		t.Errorf("%d files, %d bytes of the part", n, again.Partial(Hash{1}))
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

func TestDamage(t *testing.T) {
	b := blobs(t)
	two, _, _ := b.Put(t.Context(), strings.NewReader("two"), 9)
	if err := os.WriteFile(b.path(two), []byte("tw0"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.Verify(t.Context(), two); !errors.Is(err, ErrWrongHash) {
		t.Errorf("damage: %v", err)
	}
	if err := os.Truncate(b.path(two), 2); err != nil {
		t.Fatal(err)
	}
	batch, err := b.Batch()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := batch.Put(t.Context(), strings.NewReader("two"), 9); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(batch.Commit(t.Context()), b.Verify(t.Context(), two)); err != nil {
		t.Errorf("a blob that was cut short is whole when it comes again: %v", err)
	}
}

// TestABatchOnAFullDisk: a disk that is full while the batch is written, or first when it is synced, leaves nothing, and the batch can be tried again.
func TestABatchOnAFullDisk(t *testing.T) {
	b := blobs(t)
	try := func() error {
		batch, err := b.Batch()
		if err != nil {
			t.Fatal(err)
		}
		defer batch.Close()
		for i := range 40 {
			if _, _, err := batch.Put(t.Context(), strings.NewReader(strings.Repeat("x", i+1)), 100); err != nil {
				return err
			}
		}
		return batch.Commit(t.Context())
	}
	full := &os.PathError{Op: "sync", Path: "blob", Err: syscall.ENOSPC}
	b.create = func(path string) (blobFile, error) {
		f, err := createFile(path)
		return &fullFile{f, 20}, err
	}
	if err := try(); !errors.Is(err, ErrDiskFull) || files(t, b) != 0 {
		t.Errorf("full while writing: %v, %d files are left", err, files(t, b))
	}
	b.create = createFile
	synced := atomic.Int64{}
	b.sync = func(path string) error {
		if synced.Add(1) > 30 {
			return full
		}
		return syncFile(path)
	}
	if err := try(); !errors.Is(err, ErrDiskFull) || files(t, b) != 0 {
		t.Errorf("full at the sync: %v, %d files are left", err, files(t, b))
	}
	b.sync = syncFile
	if err := try(); err != nil || files(t, b) != 40 {
		t.Errorf("with room again: %v, %d files", err, files(t, b))
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
