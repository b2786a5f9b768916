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

// Folder keeps blobs as files at ab/cd/<hex> below a folder. A blob's bytes are synced before it gets its name, and the name before it is returned as stored.
type Folder struct {
	dir    string
	create func(path string) (blobFile, error) // a seam for disks that fail in tests
	sync   func(path string) error             // likewise

	mu        sync.Mutex
	receiving map[Hash]bool
}

type blobFile interface {
	io.WriteCloser
	Sync() error
}

// OpenFolder opens a folder of blobs, makes it if it is missing, and removes what a crash left half written.
func OpenFolder(dir string) (*Folder, error) {
	b := &Folder{dir: dir, create: createFile, sync: syncFile, receiving: map[Hash]bool{}}
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

// syncFile makes durable what was written to a file that is closed.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Put implements [Blobs].
func (b *Folder) Put(ctx context.Context, r io.Reader, limit int64) (Hash, int64, error) {
	hash, size, err := b.put(ctx, r, limit, nil)
	if err != nil {
		return Hash{}, 0, fmt.Errorf("storing a blob: %w", sorted(err))
	}
	return hash, size, nil
}

// PutExpect implements [Blobs].
func (b *Folder) PutExpect(ctx context.Context, r io.Reader, limit int64, want Hash) (int64, error) {
	_, size, err := b.put(ctx, r, limit, &want)
	if err != nil {
		return 0, fmt.Errorf("storing blob %x: %w", want[:4], sorted(err))
	}
	return size, nil
}

// put writes to a file of another name in the same file system, syncs it, renames it, syncs the folder. A crash
// before the rename leaves a file that the next start sweeps; one after it leaves the blob.
func (b *Folder) put(ctx context.Context, r io.Reader, limit int64, want *Hash) (hash Hash, size int64, err error) {
	tmp := filepath.Join(b.dir, tmpFolder, rand.Text())
	defer os.Remove(tmp) // finds nothing once it is renamed
	hash, size, err = b.write(ctx, tmp, r, limit, blobFile.Sync)
	if err != nil {
		return Hash{}, 0, err
	}
	if want != nil && hash != *want {
		return Hash{}, 0, ErrWrongHash
	}
	return hash, size, b.settle(tmp, hash, size)
}

// write makes a file of what r gives. What is done before it is closed is finish's.
func (b *Folder) write(ctx context.Context, path string, r io.Reader, limit int64, finish func(blobFile) error) (hash Hash, size int64, err error) {
	f, err := b.create(path)
	if err != nil {
		return hash, 0, err
	}
	sum := sha256.New()
	size, err = copyBytes(ctx, io.MultiWriter(f, sum), r, limit)
	if err == nil {
		err = finish(f)
	}
	sum.Sum(hash[:0])
	return hash, size, errors.Join(err, f.Close())
}

// settle gives a synced file its name, unless the blob is there already. Its name may be another caller's who has not synced it yet: so it is synced here too.
func (b *Folder) settle(tmp string, hash Hash, size int64) error {
	path := b.path(hash)
	if b.holds(path, size) {
		return errors.Join(os.Remove(tmp), syncFolder(filepath.Dir(path)))
	}
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	return rename(tmp, path)
}

// holds tells whether a whole blob stands at the path: one of another size is damaged, and the same bytes coming again repair it.
func (b *Folder) holds(path string, size int64) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() == size
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

func (b *Folder) path(hash Hash) string {
	name := hex.EncodeToString(hash[:])
	return filepath.Join(b.dir, name[:2], name[2:4], name)
}

// Open implements [Blobs].
func (b *Folder) Open(hash Hash) (Blob, int64, error) {
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

// Has implements [Blobs].
func (b *Folder) Has(hash Hash) bool {
	_, err := os.Stat(b.path(hash))
	return err == nil
}

// Remove implements [Blobs].
func (b *Folder) Remove(hash Hash) error {
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

// Walk implements [Blobs].
func (b *Folder) Walk(ctx context.Context, fn func(hash Hash, size int64) error) error {
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

// Verify implements [Blobs].
func (b *Folder) Verify(ctx context.Context, hash Hash) error {
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
