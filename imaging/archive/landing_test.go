package archive

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"consilium/imaging/dicom"
	"consilium/store"
	"consilium/store/storetest"
)

// landed opens an archive on a store whose instances land in a folder.
func landed(t testing.TB, s *store.Store, dir string) *Archive {
	t.Helper()
	blobs := s.Blobs()
	a, err := Open(Options{Tables: s, Full: store.ErrDiskFull, Scratch: filepath.Join(t.TempDir(), "receiving"), Landing: dir, Now: time.Now,
		Blobs: BlobsOf(blobs.Batch, blobs.Open, blobs.Has, blobs.Remove)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Settle(context.Background()); err != nil && !errors.Is(err, errStuck) {
			t.Error(err)
		}
	})
	return a
}

var errStuck = errors.New("the index takes nothing")

// stuck has an archive store nothing of what lands.
func stuck(a *Archive) {
	a.landing.store = func(context.Context, []*prepared) error { return errStuck }
}

// receive sends an image as the network does.
func receive(a *Archive, file []byte) error {
	f, err := dicom.Read(bytes.NewReader(file), int64(len(file)), dicom.Options{})
	if err != nil {
		return err
	}
	begin, err := dataOffset(f, bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return err
	}
	d := f.Dataset
	return a.Receive(context.Background(), Arrival{From: "CT1@192.0.2.7", Class: d.String(dicom.SOPClassUID), UID: d.String(dicom.SOPInstanceUID), Transfer: string(f.Syntax)},
		bytes.NewReader(file[begin:]))
}

func left(t testing.TB, dir string) int {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

func TestWhatWasReceivedIsFoundAtOnce(t *testing.T) {
	dir := t.TempDir()
	a := landed(t, storetest.Open(t, storetest.SQLite(t, Migrations)), dir)
	for i := range 300 {
		uid := fmt.Sprintf("1.2.3.1.%d", i)
		if err := receive(a, image(t, uid, nil)); err != nil {
			t.Fatal(err)
		}
		if i%50 != 0 {
			continue
		}
		if _, err := a.Find(t.Context(), uid); err != nil {
			t.Fatalf("%s was acknowledged: %v", uid, err)
		}
	}
	if n := consistent(t, a); n != 300 {
		t.Errorf("%d of 300 are in the index", n)
	}
	if n := left(t, dir); n != 0 {
		t.Errorf("%d files were left behind", n)
	}
}

func TestReceivedFilesAreTheOnesThatAreKeptOtherwise(t *testing.T) {
	a, b := landed(t, storetest.Open(t, storetest.SQLite(t, Migrations)), t.TempDir()), fresh(t)
	for _, path := range samples(t, "zoo") {
		file := read(t, path)
		here, outcome, err := keep(t, b, file)
		if err != nil || outcome != Stored {
			continue
		}
		if err := receive(a, file); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if there, err := a.Find(t.Context(), here.UID); err != nil || there != here {
			t.Errorf("%s: %+v, otherwise %+v: %v", path, there, here, err)
		}
	}
}

func TestWhatHasLandedIsStoredByTheNextStart(t *testing.T) {
	s, dir := storetest.Open(t, storetest.SQLite(t, Migrations)), t.TempDir()
	a := landed(t, s, dir)
	stuck(a)
	for i := range 5 {
		if err := receive(a, image(t, fmt.Sprintf("1.2.3.1.%d", i), nil)); err != nil {
			t.Fatal(err)
		}
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) != 5 {
		t.Fatalf("%v landed: %v", names, err)
	}
	torn := filepath.Join(dir, strings.Replace(filepath.Base(names[0]), "-", "A-", 1))
	for path, content := range map[string][]byte{torn: read(t, names[0])[:500], filepath.Join(dir, unfinished+"X"): {1}} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := landed(t, s, dir)
	if n := consistent(t, b); n != 5 || left(t, dir) != 0 {
		t.Errorf("%d of 5 are in the index, %d files are left", n, left(t, dir))
	}
	var from string
	err = s.View(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT DISTINCT received_from FROM image_instance`).Scan(&from)
	})
	if err != nil || from != "CT1@192.0.2.7" {
		t.Errorf("received from %q: %v", from, err)
	}
	landed(t, s, dir) // and again: nothing is stored twice
}

func TestTwoInstancesThatLandTogetherAgree(t *testing.T) {
	a := landed(t, storetest.Open(t, storetest.SQLite(t, Migrations)), t.TempDir())
	other := func(d *dicom.Dataset) { d.SetBytes(dicom.PixelData, dicom.OB, bytes.Repeat([]byte{9}, 16)) }
	elsewhere := func(d *dicom.Dataset) { d.SetString(dicom.StudyInstanceUID, "1.2.4") }
	var kept, duplicates, strangers atomic.Int32
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			uid, change := fmt.Sprintf("1.2.3.1.%d", i/6), []func(*dicom.Dataset){nil, nil, other, nil, other, elsewhere}[i%6]
			if i%6 == 5 {
				uid += ".9"
			}
			switch err := receive(a, image(t, uid, change)); {
			case err == nil:
				kept.Add(1)
			case errors.Is(err, ErrDuplicate):
				duplicates.Add(1)
			case errors.Is(err, ErrMismatch):
				strangers.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	n := consistent(t, a)
	if int(kept.Load()+duplicates.Load()+strangers.Load()) != 60 || n != 10 && n != 10+10 {
		t.Errorf("%d kept, %d duplicates, %d of another study, %d in the index", kept.Load(), duplicates.Load(), strangers.Load(), n)
	}
}

func TestAnErasureLeavesNothingThatWasLanding(t *testing.T) {
	a := landed(t, storetest.Open(t, storetest.SQLite(t, Migrations)), t.TempDir())
	for i := range 10 {
		if err := receive(a, image(t, fmt.Sprintf("1.2.3.1.%d", i), nil)); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := a.Erase(t.Context(), "1.2.3"); n != 10 || err != nil {
		t.Errorf("%d were erased: %v", n, err)
	}
	if n := consistent(t, a); n != 0 {
		t.Errorf("%d are left", n)
	}
}

func TestAReaderSeesTheIndexThatTakesNothing(t *testing.T) {
	a := landed(t, storetest.Open(t, storetest.SQLite(t, Migrations)), t.TempDir())
	mustKeep(t, a, image(t, "1.2.3.1.1", nil))
	stuck(a)
	if err := receive(a, image(t, "1.2.3.1.2", nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Find(t.Context(), "1.2.3.1.1"); err != nil {
		t.Error(err)
	}
	if err := receive(a, image(t, "1.2.3.1.2", nil)); !errors.Is(err, errStuck) {
		t.Errorf("the same instance once more: %v", err)
	}
	if _, _, err := keep(t, a, image(t, "1.2.3.1.3", nil)); !errors.Is(err, errStuck) {
		t.Errorf("another way in: %v", err)
	}
}
