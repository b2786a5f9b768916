package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

const (
	blobFolder = "blobs"
	tmpFolder  = "tmp"  // being written; swept at every start
	partFolder = "part" // being received; kept until whole or wrong
	copyBuffer = 256 << 10
)

// Hash names a blob: the SHA-256 of its bytes.
type Hash = [sha256.Size]byte

var (
	// ErrNoBlob: there is no blob of that hash here.
	ErrNoBlob = errors.New("there is no such blob here")
	// ErrTooLarge: there were more bytes than allowed. Nothing was kept.
	ErrTooLarge = errors.New("the blob is larger than allowed")
	// ErrWrongHash: the bytes are not those that the hash names. They were not kept.
	ErrWrongHash = errors.New("the blob's bytes do not match its hash")
	// ErrReceiving: another caller is receiving the same blob just now.
	ErrReceiving = errors.New("the blob is being received already")
)

// Blobs keeps files under the hash of their bytes, at ab/cd/<hex>. A blob is there whole or not at all; when a
// method returns it as stored, its bytes and its name are on disk. Memory does not grow with a blob's size.
type Blobs struct {
	dir    string
	create func(path string) (blobFile, error) // a seam for disks that fail in tests

	mu        sync.Mutex
	receiving map[Hash]bool
}

type blobFile interface {
	io.WriteCloser
	Sync() error
}

// OpenBlobs opens the folder, makes it if it is missing, and removes what a crash left half written.
func OpenBlobs(dir string) (*Blobs, error) {
	b := &Blobs{dir: dir, create: createFile, receiving: map[Hash]bool{}}
	if err := os.RemoveAll(filepath.Join(dir, tmpFolder)); err != nil {
		return nil, fmt.Errorf("sweeping half-written blobs: %w", sorted(err))
	}
	for _, sub := range []string{tmpFolder, partFolder} {
		if err := makeFolder(filepath.Join(dir, sub)); err != nil {
			return nil, fmt.Errorf("making the blob folder: %w", sorted(err))
		}
	}
	return b, nil
}

func createFile(path string) (blobFile, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// Put stores what r gives, at most limit bytes, and returns its hash and size. A blob that is there already stays.
func (b *Blobs) Put(ctx context.Context, r io.Reader, limit int64) (Hash, int64, error) {
	hash, size, err := b.put(ctx, r, limit, nil)
	if err != nil {
		return Hash{}, 0, fmt.Errorf("storing a blob: %w", sorted(err))
	}
	return hash, size, nil
}

// PutExpect is Put for bytes whose hash is known; others give [ErrWrongHash] and are not kept.
func (b *Blobs) PutExpect(ctx context.Context, r io.Reader, limit int64, want Hash) (int64, error) {
	_, size, err := b.put(ctx, r, limit, &want)
	if err != nil {
		return 0, fmt.Errorf("storing blob %x: %w", want[:4], sorted(err))
	}
	return size, nil
}

// put writes to a file of another name in the same file system, syncs it, renames it, syncs the folder. A crash
// before the rename leaves a file that the next start sweeps; one after it leaves the blob.
func (b *Blobs) put(ctx context.Context, r io.Reader, limit int64, want *Hash) (hash Hash, size int64, err error) {
	tmp := filepath.Join(b.dir, tmpFolder, rand.Text())
	f, err := b.create(tmp)
	if err != nil {
		return hash, 0, err
	}
	defer os.Remove(tmp) // finds nothing once it is renamed
	sum := sha256.New()
	size, err = copyBytes(ctx, io.MultiWriter(f, sum), r, limit)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return hash, 0, err
	}
	sum.Sum(hash[:0])
	if want != nil && hash != *want {
		return hash, 0, ErrWrongHash
	}
	return hash, size, b.settle(tmp, hash, size)
}

// settle gives a synced file its name, unless the blob is there already.
func (b *Blobs) settle(tmp string, hash Hash, size int64) error {
	path := b.path(hash)
	if info, err := os.Stat(path); err == nil && info.Size() == size {
		return os.Remove(tmp)
	}
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	return rename(tmp, path)
}

// copyBytes copies in pieces, so that a cancelled caller does not go on for hours.
func copyBytes(ctx context.Context, w io.Writer, r io.Reader, limit int64) (int64, error) {
	buf := make([]byte, copyBuffer)
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

func (b *Blobs) path(hash Hash) string {
	name := hex.EncodeToString(hash[:])
	return filepath.Join(b.dir, name[:2], name[2:4], name)
}

// Open returns the blob's file and its size, or [ErrNoBlob]. The caller closes it.
func (b *Blobs) Open(hash Hash) (*os.File, int64, error) {
	f, err := os.Open(b.path(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("opening blob %x: %w", hash[:4], ErrNoBlob)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("opening blob %x: %w", hash[:4], err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, fmt.Errorf("opening blob %x: %w", hash[:4], err)
	}
	return f, info.Size(), nil
}

// Has reports whether the blob is here.
func (b *Blobs) Has(hash Hash) bool {
	_, err := os.Stat(b.path(hash))
	return err == nil
}

// Remove deletes the blob, and what has been received of it. One that is not there is no error.
func (b *Blobs) Remove(hash Hash) error {
	path := b.path(hash)
	err := os.Remove(path)
	if err == nil {
		err = syncFolder(filepath.Dir(path)) // an erasure must survive a crash too
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if part := os.Remove(b.partPath(hash)); part != nil && !errors.Is(part, fs.ErrNotExist) {
		err = errors.Join(err, part)
	}
	if err != nil {
		return fmt.Errorf("removing blob %x: %w", hash[:4], sorted(err))
	}
	return nil
}

// Walk calls fn for each blob, in the order of their hashes, until it returns an error.
func (b *Blobs) Walk(ctx context.Context, fn func(hash Hash, size int64) error) error {
	return filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if d.IsDir() {
			if path == filepath.Join(b.dir, tmpFolder) || path == filepath.Join(b.dir, partFolder) {
				return fs.SkipDir
			}
			return nil
		}
		var hash Hash
		if n, err := hex.Decode(hash[:], trimName(d.Name())); err != nil || n != len(hash) {
			return nil // not ours
		}
		info, err := d.Info()
		if err != nil {
			return fmt.Errorf("walking the blobs: %w", err)
		}
		return fn(hash, info.Size())
	})
}

// trimName keeps a foreign long name from overflowing the hash.
func trimName(name string) []byte {
	if len(name) != hex.EncodedLen(sha256.Size) {
		return nil
	}
	return []byte(name)
}

// Verify reads the blob and returns [ErrWrongHash] if its bytes have changed.
func (b *Blobs) Verify(ctx context.Context, hash Hash) error {
	f, size, err := b.Open(hash)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := copyBytes(ctx, sum, f, size); err != nil {
		return fmt.Errorf("verifying blob %x: %w", hash[:4], err)
	}
	if !bytes.Equal(sum.Sum(nil), hash[:]) {
		return fmt.Errorf("verifying blob %x: %w", hash[:4], ErrWrongHash)
	}
	return nil
}
