package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const blobFolder = "blobs"

// Folder keeps blobs as files at ab/cd/<hex> below a folder. A blob's bytes are synced before it gets its name, and the name before it is returned as stored.
type Folder struct {
	*staging
	sync func(path string) error // a seam for disks that fail in tests
}

// OpenFolder opens a folder of blobs, makes it if it is missing, and removes what a crash left half written.
func OpenFolder(dir string) (*Folder, error) {
	g, err := openStaging(dir)
	if err != nil {
		return nil, err
	}
	return &Folder{staging: g, sync: syncFile}, nil
}

// syncFile makes durable what was written to a file that is closed.
func syncFile(path string) error {
	if err := about("sync of a file"); err != nil {
		return err
	}
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
	tmp := b.fresh()
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

func (b *Folder) path(hash Hash) string {
	name := hex.EncodeToString(hash[:])
	return filepath.Join(b.dir, name[:2], name[2:4], name)
}

// Open implements [Blobs].
func (b *Folder) Open(_ context.Context, hash Hash) (Blob, int64, error) {
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
	err := about("removal")
	if err == nil {
		err = os.Remove(path)
	}
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
	f, size, err := b.Open(ctx, hash)
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
