//go:build linux

package node_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"consilium/access"
	"consilium/ledger"
	"consilium/node"
	"consilium/node/nodetest"
)

// smallDisk mounts a file system of a few megabytes under the folders of a test. Without the right to mount it tells so, and the file limit of
// TestReadingsWaitWhileNothingCanBeWritten stands alone.
func smallDisk(t *testing.T, options string) bool {
	t.Helper()
	dir, err := os.MkdirTemp("", "consilium-small-disk-") // not t.TempDir: the folders that it gives afterwards have to lie on the small disk
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(dir) })
	err = syscall.Mount("tmpfs", dir, "tmpfs", 0, options)
	if errors.Is(err, syscall.EPERM) {
		t.Log("no right to mount a small disk: the same is tried with a limit on files only")
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	t.Setenv("TMPDIR", dir)
	return true
}

// fill takes all room of the small disk under a folder. It fills no other: a disk of the machine belongs to others too.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil || s.Blocks*uint64(s.Bsize) > 1<<30 {
		t.Fatalf("%s is not on the small disk: %v", dir, err)
	}
	f, err := os.Create(filepath.Join(dir, "filled"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	return func() {
		if err := os.Remove(f.Name()); err != nil {
			t.Fatal(err)
		}
	}
}

// readings counts the rows of the access log in which one person read a thread.
func readings(t *testing.T, h *nodetest.Hospital, id ledger.ThreadID, person string) (n int) {
	t.Helper()
	err := h.Desk().View(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, err := access.FindLog(ctx, tx, access.Sought{Thread: id, Limit: 1000})
		for _, s := range list {
			if s.Person == h.Staff[person].ID && s.Action == access.See {
				n++
			}
		}
		return errors.Join(err, access.VerifyLog(ctx, tx))
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestANodeOnAFullDisk reads, starts, is looked at by the doctor and verifies on a disk on which nobody has a byte left, and notes each reading once there is room.
func TestANodeOnAFullDisk(t *testing.T) {
	if !smallDisk(t, "size=96m") {
		return
	}
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	id := north.OpenCase("On a disk that is full")
	before := readings(t, north, id, nodetest.Doctor)
	free := fill(t, filepath.Dir(north.Dir))
	refused := false
	for range 200 { // what the log of the database has room for already is still taken
		_, err := north.TrySay(id, "case.question", nodetest.Says{"text": strings.Repeat("no room ", 2000)})
		if p := (*nodetest.Problem)(nil); errors.As(err, &p) && p.Status == 503 {
			refused = true
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if !refused {
		t.Fatal("the disk is not full")
	}
	north.MustAsk(nodetest.Doctor, "GET", "/cases/"+id.String(), nil, nil)
	north.Stop()
	if findings, err := node.Doctor(t.Context(), north.Dir); err != nil || len(findings) == 0 {
		t.Fatalf("the doctor: %v, %v", findings, err)
	}
	north.Start()
	north.MustVerify(nil)
	north.MustAsk(nodetest.Doctor, "GET", "/cases/"+id.String(), nil, nil)
	north.Stop()
	free()
	north.Start()
	if after := readings(t, north, id, nodetest.Doctor); after != before+2 {
		t.Errorf("%d readings are noted, of %d", after, before+2)
	}
	north.MustVerify(nil)
}
