package pacs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"consilium/imaging/archive"
	"consilium/imaging/dicom"
	"consilium/imaging/dimse"
	"consilium/store"
)

// TestMain lets a test run this binary as an archive of its own that can be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("PACS_CHILD_DIR"); dir != "" {
		runChild(dir)
		return
	}
	os.Exit(m.Run())
}

func openFolder(dir string) (*archive.Archive, *store.Store, error) {
	s, err := store.Open(context.Background(), store.Options{Dir: dir, Create: true, Migrations: []fs.FS{archive.Migrations}})
	if err != nil {
		return nil, nil, err
	}
	blobs := s.Blobs()
	a, err := archive.Open(archive.Options{Tables: s, Full: store.ErrDiskFull, Scratch: filepath.Join(dir, "receiving"), Landing: filepath.Join(dir, "landed"), Now: time.Now, Blobs: archive.BlobsOf(blobs.Batch, blobs.Open, blobs.Has, blobs.Remove)})
	return a, s, err
}

// runChild serves a folder until it is killed, and says where.
func runChild(dir string) {
	a, _, err := openFolder(dir)
	var l net.Listener
	if err == nil {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println(l.Addr())
	server := &dimse.Server{Archive: Provider{Archive: a, Title: "CHILD"}}
	_ = server.Serve(context.Background(), l)
}

// TestNothingAcknowledgedIsLostWhenTheArchiveIsKilled sends images until the archive is killed in the middle, a few times over, and then looks for every one
// whose C-STORE was answered.
func TestNothingAcknowledgedIsLostWhenTheArchiveIsKilled(t *testing.T) {
	dir := t.TempDir()
	var acknowledged []string
	for round := range 4 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "PACS_CHILD_DIR="+dir)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		line := make([]byte, 64)
		n, _ := out.Read(line)
		address := strings.TrimSpace(string(line[:n]))
		killAfter := 5 + rand.IntN(40)
		acknowledged = append(acknowledged, sendUntilKilled(t, address, round, func(sent int) {
			if sent == killAfter {
				_ = c.Process.Kill()
			}
		})...)
		_, _ = io.Copy(io.Discard, out)
		_ = c.Wait()
	}
	a, s, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, uid := range acknowledged {
		e, err := a.Find(t.Context(), uid)
		if err != nil {
			t.Fatalf("%s was acknowledged: %v", uid, err)
		}
		f, err := a.Open(t.Context(), e, 0)
		if err != nil || f.Dataset.String(dicom.SOPInstanceUID) != uid {
			t.Fatalf("%s was acknowledged: %v", uid, err)
		}
		f.Close()
	}
	if len(acknowledged) < 20 {
		t.Errorf("only %d were acknowledged", len(acknowledged))
	}
}

// sendUntilKilled sends images and returns those that were acknowledged; before each it tells how many were.
func sendUntilKilled(t *testing.T, address string, round int, before func(sent int)) (acknowledged []string) {
	t.Helper()
	const class = "1.2.840.10008.5.1.4.1.1.2"
	a, err := dimse.Peer{Address: address, Calling: "TEST", Called: "CHILD"}.Associate(t.Context(), []dimse.Proposal{explicit(class, false)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Abort()
	f, _ := sent(t, zoo("CT_small.dcm"))
	for i := range 100 {
		uid := fmt.Sprintf("1.2.3.%d.%d", round, i)
		f.Dataset.SetString(dicom.SOPInstanceUID, uid)
		var data bytes.Buffer
		if err := f.Dataset.Write(&data, dicom.ExplicitVRLittleEndian); err != nil {
			t.Fatal(err)
		}
		before(len(acknowledged))
		if _, err := a.Store(dimse.Instance{Class: class, UID: uid, Transfer: dimse.ExplicitLittle}, &data); err != nil {
			return acknowledged
		}
		acknowledged = append(acknowledged, uid)
	}
	t.Fatal("the archive was not killed")
	return nil
}
