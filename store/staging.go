package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

const (
	tmpFolder  = "tmp"  // being written; swept at every start
	partFolder = "part" // being received; kept until whole or wrong
	copyBuffer = 256 << 10
)

// staging is a folder in which bytes wait on this machine's disk until their hash is known and they are kept as a blob, wherever that is.
type staging struct {
	dir    string
	create func(path string) (blobFile, error) // a seam for disks that fail in tests

	mu        sync.Mutex
	receiving map[Hash]bool
}

type blobFile interface {
	io.WriteCloser
	Sync() error
}

// openStaging makes the folder if it is missing, and removes what a crash left half written.
func openStaging(dir string) (*staging, error) {
	if err := os.RemoveAll(filepath.Join(dir, tmpFolder)); err != nil {
		return nil, fmt.Errorf("sweeping half-written blobs: %w", sorted(err))
	}
	for _, sub := range []string{tmpFolder, partFolder} {
		if err := makeFolder(filepath.Join(dir, sub)); err != nil {
			return nil, fmt.Errorf("making the blob folder: %w", sorted(err))
		}
	}
	return &staging{dir: dir, create: createFile, receiving: map[Hash]bool{}}, nil
}

func createFile(path string) (blobFile, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// fresh is a path that nobody else writes to.
func (g *staging) fresh() string { return filepath.Join(g.dir, tmpFolder, rand.Text()) }

// write makes a file of what r gives. What is done before it is closed is finish's.
func (g *staging) write(ctx context.Context, path string, r io.Reader, limit int64, finish func(blobFile) error) (hash Hash, size int64, err error) {
	f, err := g.create(path)
	if err != nil {
		return hash, 0, err
	}
	sum := sha256.New()
	if err = about("bytes"); err == nil {
		size, err = copyBytes(ctx, io.MultiWriter(f, sum), r, limit)
	}
	if err == nil {
		err = about("sync of a file")
	}
	if err == nil {
		err = finish(f)
	}
	sum.Sum(hash[:0])
	return hash, size, errors.Join(err, f.Close())
}

// unsynced finishes a file that nobody is told of before it is elsewhere.
func unsynced(blobFile) error { return nil }

// buffers are lent to copyBytes: clearing a new one for each blob takes longer than copying a small blob.
var buffers = sync.Pool{New: func() any { return new([copyBuffer]byte) }}

// copyBytes copies in pieces, so that a cancelled caller does not go on for hours.
func copyBytes(ctx context.Context, w io.Writer, r io.Reader, limit int64) (int64, error) {
	buf := buffers.Get().(*[copyBuffer]byte)[:]
	defer buffers.Put((*[copyBuffer]byte)(buf))
	var total int64
	for {
		if err := ctx.Err(); err != nil {
			return total, err
		}
		n, err := r.Read(buf)
		total += int64(n)
		if total > limit {
			return total, ErrTooLarge
		}
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return total, err
			}
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

func (g *staging) claim(hash Hash) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.receiving[hash] {
		return false
	}
	g.receiving[hash] = true
	return true
}

func (g *staging) unclaim(hash Hash) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.receiving, hash)
}
