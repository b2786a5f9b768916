package store

import (
	"context"
	"os"
	"path/filepath"
	"sync"
)

// syncsAtOnce is how many files of a batch are synced side by side. A journaling file system makes the syncs that wait for it durable together, so that a
// series of images costs a few of its commits and not some for each image.
const syncsAtOnce = 16

// Batch implements [Blobs]. In order, with what a crash at each point leaves:
//
//  1. Put writes a file, without a sync. A crash leaves files that the next start sweeps.
//  2. Commit syncs all files. A crash still leaves nothing that anybody sees.
//  3. It makes the folders and renames the files. A crash leaves some of the names; each has all its bytes, for they were synced before.
//  4. It syncs the folders. After that all of them are there for good, and only then Commit returns.
func (b *Folder) Batch() (Batch, error) {
	return b.batch(func(ctx context.Context, files []batchFile) error {
		if err := sideBySide(ctx, files, syncsAtOnce, func(f batchFile) error {
			if f.synced {
				return nil
			}
			return b.sync(f.path)
		}); err != nil {
			return err
		}
		return b.settleAll(files)
	})
}

// settleAll gives the synced files their names and makes the names durable, each folder once. Nobody calls it off: a batch that was given up while it had some of its
// names would leave those behind.
func (b *Folder) settleAll(files []batchFile) error {
	changed := map[string]bool{}
	for _, f := range files {
		to := b.path(f.hash)
		leaf := filepath.Dir(to)
		middle := filepath.Dir(leaf)
		if err := about("name of a batch"); err != nil {
			return err
		}
		if err := os.MkdirAll(leaf, 0o700); err != nil {
			return err
		}
		changed[leaf], changed[middle] = true, true
		if b.holds(to, f.size) {
			continue // and what is left in the batch's folder goes with it
		}
		if err := os.Rename(f.path, to); err != nil {
			return err
		}
	}
	changed[b.dir] = true
	folders := make([]string, 0, len(changed))
	for dir := range changed {
		folders = append(folders, dir)
	}
	return sideBySide(context.Background(), folders, syncsAtOnce, syncFolder)
}

// sideBySide does a thing with all of a list, some at once, and returns the first error. What has begun ends. Without an error all of it was done while nobody had
// called it off.
func sideBySide[T any](ctx context.Context, list []T, atOnce int, do func(T) error) error {
	work := make(chan T)
	var group sync.WaitGroup
	var once sync.Once
	var first error
	failed := make(chan struct{})
	for range min(atOnce, len(list)) {
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
