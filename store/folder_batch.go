package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// syncsAtOnce is how many files of a batch are synced side by side. A journaling file system makes the syncs that wait for it durable together, so that a
// series of images costs a few of its commits and not some for each image.
const syncsAtOnce = 16

// folderBatch is a batch that waits in a folder of its own below tmp. In order, with what a crash at each point leaves:
//
//  1. Put writes a file, without a sync. A crash leaves files that the next start sweeps.
//  2. Commit syncs all files. A crash still leaves nothing that anybody sees.
//  3. It makes the folders and renames the files. A crash leaves some of the names; each has all its bytes, for they were synced before.
//  4. It syncs the folders. After that all of them are there for good, and only then Commit returns.
type folderBatch struct {
	blobs *Folder
	dir   string

	mu    sync.Mutex
	files []batchFile
	over  bool
}

type batchFile struct {
	path string
	hash Hash
	size int64
}

// Batch implements [Blobs].
func (b *Folder) Batch() (Batch, error) {
	dir := filepath.Join(b.dir, tmpFolder, rand.Text())
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("beginning a batch of blobs: %w", sorted(err))
	}
	return &folderBatch{blobs: b, dir: dir}, nil
}

// Put implements [Batch].
func (b *folderBatch) Put(ctx context.Context, r io.Reader, limit int64) (Hash, int64, error) {
	path := filepath.Join(b.dir, rand.Text())
	hash, size, err := Hash{}, int64(0), b.open()
	if err == nil {
		hash, size, err = b.blobs.write(ctx, path, r, limit, func(blobFile) error { return nil })
	}
	if err == nil {
		err = b.add(batchFile{path, hash, size})
	}
	if err != nil {
		os.Remove(path)
		return Hash{}, 0, fmt.Errorf("storing a blob of a batch: %w", sorted(err))
	}
	return hash, size, nil
}

func (b *folderBatch) open() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return ErrBatchOver
	}
	return nil
}

func (b *folderBatch) add(f batchFile) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return ErrBatchOver
	}
	b.files = append(b.files, f)
	return nil
}

// end closes the batch for others and hands over what it has.
func (b *folderBatch) end() ([]batchFile, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return nil, ErrBatchOver
	}
	b.over = true
	return b.files, nil
}

// Commit implements [Batch].
func (b *folderBatch) Commit(ctx context.Context) error {
	files, err := b.end()
	if err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if err = sideBySide(ctx, files, func(f batchFile) error { return b.blobs.sync(f.path) }); err == nil {
		err = b.settle(files)
	}
	if err != nil {
		return fmt.Errorf("storing a batch of %d blobs: %w", len(files), sorted(err))
	}
	return nil
}

// settle gives the synced files their names and makes the names durable, each folder once. Nobody calls it off: a batch that was given up while it had some of its
// names would leave those behind.
func (b *folderBatch) settle(files []batchFile) error {
	changed := map[string]bool{}
	for _, f := range files {
		to := b.blobs.path(f.hash)
		leaf := filepath.Dir(to)
		middle := filepath.Dir(leaf)
		if err := os.MkdirAll(leaf, 0o700); err != nil {
			return err
		}
		changed[leaf], changed[middle] = true, true
		if b.blobs.holds(to, f.size) {
			continue // and what is left in the batch's folder goes with it
		}
		if err := os.Rename(f.path, to); err != nil {
			return err
		}
	}
	changed[b.blobs.dir] = true
	folders := make([]string, 0, len(changed))
	for dir := range changed {
		folders = append(folders, dir)
	}
	return sideBySide(context.Background(), folders, syncFolder)
}

// sideBySide does a thing with all of a list, some at once, and returns the first error. What has begun ends. Without an error all of it was done while nobody had
// called it off.
func sideBySide[T any](ctx context.Context, list []T, do func(T) error) error {
	work := make(chan T)
	var group sync.WaitGroup
	var once sync.Once
	var first error
	failed := make(chan struct{})
	for range min(syncsAtOnce, len(list)) {
		group.Go(func() {
			for item := range work {
				if err := do(item); err != nil {
					once.Do(func() { first = err; close(failed) })
				}
			}
		})
	}
	feed(ctx, list, work, failed)
	group.Wait()
	if first != nil {
		return first
	}
	return ctx.Err()
}

func feed[T any](ctx context.Context, list []T, work chan<- T, failed <-chan struct{}) {
	defer close(work)
	for _, item := range list {
		select {
		case work <- item:
		case <-failed:
			return
		case <-ctx.Done():
			return
		}
	}
}

// Close implements [Batch].
func (b *folderBatch) Close() error {
	if _, err := b.end(); errors.Is(err, ErrBatchOver) {
		return nil
	}
	if err := os.RemoveAll(b.dir); err != nil {
		return fmt.Errorf("forgetting a batch of blobs: %w", sorted(err))
	}
	return nil
}
