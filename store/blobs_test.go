package store_test

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"testing"

	"consilium/store"
	"consilium/store/storetest"
)

func openFolder(t testing.TB) store.Blobs {
	t.Helper()
	b, err := store.OpenFolder(filepath.Join(t.TempDir(), "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFolderKeepsBlobs(t *testing.T) {
	storetest.Blobs(t, func(t *testing.T) store.Blobs { return openFolder(t) })
}

// TestBlobsElsewhere: a store works with blobs that are not in its folder, and backs them up from where they are.
func TestBlobsElsewhere(t *testing.T) {
	o := storetest.SQLite(t)
	o.Blobs = openFolder(t)
	s := storetest.Open(t, o)
	hash, _, err := s.Blobs().Put(t.Context(), bytes.NewReader([]byte("an image")), 100)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "backup")
	if err := s.Backup(t.Context(), to, closed, nil); err != nil {
		t.Fatal(err)
	}
	restored := t.TempDir()
	if _, err := store.Restore(t.Context(), to, restored, opened, store.Settling{}); err != nil {
		t.Fatal(err)
	}
	kept, err := store.OpenFolder(filepath.Join(restored, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	if err := kept.Verify(t.Context(), hash); err != nil || !o.Blobs.Has(hash) {
		t.Errorf("the backup's copy: %v", err)
	}
}

// BenchmarkSeries stores a series of 300 images of 512 KiB, one by one and as a batch, in a folder and in a bucket whose server keeps its objects on the same disk.
func BenchmarkSeries(b *testing.B) {
	image := make([]byte, 512<<10)
	number := uint64(0)
	next := func() *bytes.Reader {
		number++
		binary.LittleEndian.PutUint64(image, number)
		return bytes.NewReader(image)
	}
	put := map[string]func(store.Blobs){
		"one by one": func(blobs store.Blobs) {
			for range 300 {
				if _, _, err := blobs.Put(b.Context(), next(), 1<<20); err != nil {
					b.Fatal(err)
				}
			}
		},
		"batch": func(blobs store.Blobs) {
			group, err := blobs.Batch()
			if err != nil {
				b.Fatal(err)
			}
			defer group.Close()
			for range 300 {
				if _, _, err := group.Put(b.Context(), next(), 1<<20); err != nil {
					b.Fatal(err)
				}
			}
			if err := group.Commit(b.Context()); err != nil {
				b.Fatal(err)
			}
		},
	}
	for _, place := range []string{"folder", "bucket"} {
		for _, name := range []string{"one by one", "batch"} {
			b.Run(place+" "+name, func(b *testing.B) {
				blobs := openFolder(b)
				if place == "bucket" {
					_, address := storetest.Bucket(b)
					blobs = openBucket(b, address)
				}
				b.SetBytes(300 * int64(len(image)))
				for b.Loop() {
					put[name](blobs)
				}
			})
		}
	}
}
