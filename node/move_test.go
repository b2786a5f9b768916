package node_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"consilium/node"
	"consilium/store"
	"consilium/store/storetest"
)

// TestFilesMoveToABucketAndBack: the move begins beside a running node, is stopped by a store that goes away, goes on where it was, ends with the node stopped, and takes with it what was erased
// meanwhile. Afterwards everything verifies, from the new place, and nothing is left in the old one. Then all comes back.
func TestFilesMoveToABucketAndBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "harbor")
	if _, _, err := node.Init(t.Context(), dir, node.Hospital{Name: "Harbor"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	g, _ := storetest.Bucket(t)
	line := storetest.LineTo(t, g.Endpoint)
	address := g.Address(line.URL)
	n := openAt(t, dir)
	erased := putFiles(t, n, 0, 600)
	var puts atomic.Int64
	line.Disturb(func(w http.ResponseWriter, r *http.Request, pass http.Handler) bool {
		return r.Method == http.MethodPut && puts.Add(1) > 300 && storetest.Refused(http.StatusForbidden, "AccessDenied")(w, r, pass)
	})
	moved, err := node.MoveBlobs(t.Context(), dir, address, false, silent)
	if !errors.Is(err, store.ErrBucketRefused) || moved.Blobs == 0 {
		t.Fatalf("the store refused after 300 files, and %d were copied: %v", moved.Blobs, err)
	}
	first := moved.Blobs
	line.Disturb(nil)
	if moved, err = node.MoveBlobs(t.Context(), dir, address, false, silent); !errors.Is(err, node.ErrMoveWaits) || first+moved.Blobs != 600 {
		t.Fatalf("beside a running node %d and %d of 600 were copied: %v", first, moved.Blobs, err)
	}
	if _, err := node.MoveBlobs(t.Context(), dir, g.Address(line.URL), false, silent); err == nil {
		t.Error("a second move to elsewhere began before the first had ended")
	}
	if err := n.Blobs().Remove(erased); err != nil { // erased after it was copied
		t.Fatal(err)
	}
	putFiles(t, n, 600, 5)
	closeNode(t, n)
	if moved, err = node.MoveBlobs(t.Context(), dir, address, false, silent); err != nil || moved.Blobs != 5 {
		t.Fatalf("the end copied %d: %v", moved.Blobs, err)
	}
	verified(t, dir, address, 604)
	if left := count(t, store.ReadFolder(dir)); left != 0 {
		t.Errorf("%d files are left in the folder", left)
	}
	if moved, err = node.MoveBlobs(t.Context(), dir, "folder", false, silent); err != nil || moved.Blobs != 604 {
		t.Fatalf("back: %d, %v", moved.Blobs, err)
	}
	verified(t, dir, "", 604)
	bucket, err := store.OpenBucket(t.Context(), address, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if left := count(t, bucket); left != 0 || bucket.Has(erased) {
		t.Errorf("%d files are left in the bucket", left)
	}
}

func silent(store.Moved) {}

func openAt(t *testing.T, dir string) *node.Node {
	t.Helper()
	n, err := node.Open(t.Context(), node.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func closeNode(t *testing.T, n *node.Node) {
	t.Helper()
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
}

func putFiles(t *testing.T, n *node.Node, from, count int) (first store.Hash) {
	t.Helper()
	group, err := n.Blobs().Batch()
	if err != nil {
		t.Fatal(err)
	}
	defer group.Close()
	for i := range count {
		hash, _, err := group.Put(t.Context(), strings.NewReader(fmt.Sprint("file ", from+i)), 100)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = hash
		}
	}
	if err := group.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	return first
}

func count(t *testing.T, b store.Blobs) (n int) {
	t.Helper()
	if err := b.Walk(t.Context(), func(store.Hash, int64) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// verified opens the hospital, which has to work at a place, and proves all of it.
func verified(t *testing.T, dir, place string, files int) {
	t.Helper()
	n := openAt(t, dir)
	defer closeNode(t, n)
	r, err := n.Verify(context.Background(), nil)
	if err != nil || len(r.Breaks) > 0 || r.Files != files || n.Hospital().Blobs != place {
		t.Errorf("at %q: %d files, %v, %v", n.Hospital().Blobs, r.Files, r.Breaks, err)
	}
	for _, b := range r.Breaks {
		if bytes.Contains([]byte(b), []byte("file")) {
			t.Error(b)
		}
	}
}
