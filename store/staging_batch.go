package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"
)

// stagedBatch is a batch that waits in a folder of its own below tmp: a crash leaves files that the next start sweeps. How its files become blobs is commit's.
type stagedBatch struct {
	at     *staging
	dir    string
	commit func(ctx context.Context, files []batchFile) error

	mu    sync.Mutex
	files []batchFile
	over  bool
}

type batchFile struct {
	path   string
	hash   Hash
	size   int64
	synced bool
}

func (g *staging) batch(commit func(context.Context, []batchFile) error) (Batch, error) {
	dir := filepath.Join(g.dir, tmpFolder, rand.Text())
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("beginning a batch of blobs: %w", sorted(err))
	}
	return &stagedBatch{at: g, dir: dir, commit: commit}, nil
}

// Put implements [Batch].
func (b *stagedBatch) Put(ctx context.Context, r io.Reader, limit int64) (Hash, int64, error) {
	path := filepath.Join(b.dir, rand.Text())
	hash, size, err := Hash{}, int64(0), b.open()
	if err == nil {
		hash, size, err = b.at.write(ctx, path, r, limit, unsynced)
	}
	if err == nil {
		err = b.add(batchFile{path: path, hash: hash, size: size})
	}
	if err != nil {
		os.Remove(path)
		return Hash{}, 0, fmt.Errorf("storing a blob of a batch: %w", sorted(err))
	}
	return hash, size, nil
}

// Adopt implements [Batch]. The file gets a second name in the batch's folder; where the file system has none to give, it is copied.
func (b *stagedBatch) Adopt(ctx context.Context, path string) (Hash, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return Hash{}, 0, fmt.Errorf("adopting a file into a batch: %w", err)
	}
	defer f.Close()
	mine := filepath.Join(b.dir, rand.Text())
	if err := b.open(); err != nil || os.Link(path, mine) != nil {
		return b.Put(ctx, f, math.MaxInt64-1)
	}
	sum := sha256.New()
	size, err := copyBytes(ctx, sum, f, math.MaxInt64-1)
	if err == nil {
		err = b.add(batchFile{path: mine, hash: Hash(sum.Sum(nil)), size: size, synced: true})
	}
	if err != nil {
		os.Remove(mine)
		return Hash{}, 0, fmt.Errorf("adopting a file into a batch: %w", sorted(err))
	}
	return Hash(sum.Sum(nil)), size, nil
}

func (b *stagedBatch) open() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return ErrBatchOver
	}
	return nil
}

func (b *stagedBatch) add(f batchFile) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return ErrBatchOver
	}
	b.files = append(b.files, f)
	return nil
}

// end closes the batch for others and hands over what it has.
func (b *stagedBatch) end() ([]batchFile, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return nil, ErrBatchOver
	}
	b.over = true
	return b.files, nil
}

// Commit implements [Batch].
func (b *stagedBatch) Commit(ctx context.Context) error {
	files, err := b.end()
	if err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if err = ctx.Err(); err == nil {
		err = b.commit(ctx, files)
	}
	if err != nil {
		return fmt.Errorf("storing a batch of %d blobs: %w", len(files), sorted(err))
	}
	return nil
}

// Close implements [Batch].
func (b *stagedBatch) Close() error {
	if _, err := b.end(); errors.Is(err, ErrBatchOver) {
		return nil
	}
	if err := os.RemoveAll(b.dir); err != nil {
		return fmt.Errorf("forgetting a batch of blobs: %w", sorted(err))
	}
	return nil
}
