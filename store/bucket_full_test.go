//go:build linux

package store_test

import (
	"bytes"
	"errors"
	"syscall"
	"testing"

	"consilium/store"
	"consilium/store/storetest"
)

// TestAFullStore fills a real one: a small disk under the S3 server.
func TestAFullStore(t *testing.T) {
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m")
	if errors.Is(err, syscall.EPERM) {
		t.Log("no right to mount a small disk: TestTheStoreOfFilesFails plays a full store on the line only")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	_, address := storetest.BucketIn(t, dir)
	b := openBucket(t, address)
	var kept []store.Hash
	var full error
	for i := range 20 {
		hash, _, err := b.Put(t.Context(), bytes.NewReader(noise(uint64(100+i), 4<<20)), 8<<20)
		if err != nil {
			full = err
			break
		}
		kept = append(kept, hash)
	}
	if !errors.Is(full, store.ErrDiskFull) {
		t.Fatalf("%d blobs of 4 MiB fit on 24 MiB: %v", len(kept), full)
	}
	for _, hash := range kept {
		if err := b.Verify(t.Context(), hash); err != nil {
			t.Errorf("a blob that was acknowledged: %v", err)
		}
	}
	if err := b.Remove(kept[0]); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Put(t.Context(), bytes.NewReader(noise(99, 3<<20)), 8<<20); err != nil {
		t.Errorf("with room again: %v", err)
	}
}
