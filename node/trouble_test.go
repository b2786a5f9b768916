package node_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"consilium/node"
	"consilium/node/nodetest"
	"consilium/store"
)

func filesUnder(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files in %s, %v", len(files), dir, err)
	}
	return files
}

func TestAFolderStartsOnce(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	_, err := node.Open(t.Context(), nodetest.Options(north.Dir, w.Clock))
	var used *store.InUseError
	if !errors.As(err, &used) || used.PID == 0 {
		t.Fatalf("a folder in use opens with: %v", err)
	}
	north.OpenCase("The first one goes on")
}

func TestAPortInUseIsSaidAndLeavesTheFolderFree(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	north.Stop()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, set := range []func(*node.Options){func(o *node.Options) { o.HTTP = taken.Addr().String() }, func(o *node.Options) { o.Peer = taken.Addr().String() }} {
		o := nodetest.Options(north.Dir, w.Clock)
		set(&o)
		n, err := node.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		err = n.Start(t.Context())
		if err == nil || !strings.Contains(err.Error(), taken.Addr().String()) || !strings.Contains(err.Error(), "Choose another address") {
			t.Errorf("the port is in use: %v", err)
		}
		if err := n.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	}
	north.Start()
}

func TestAMistypedFolderStartsNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mistyped")
	_, err := node.Open(context.Background(), node.Options{Dir: dir})
	if !errors.Is(err, node.ErrNoHospital) || !strings.Contains(err.Error(), "consilium init") {
		t.Fatalf("%v", err)
	}
}
