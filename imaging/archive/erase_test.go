package archive

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consilium/imaging/dicom"
	"consilium/store/storetest"
)

// TestAnErasedStudyIsGone: files, rows and what a search finds; another study stays, and the same images may come again.
func TestAnErasedStudyIsGone(t *testing.T) {
	o := storetest.SQLite(t, Migrations)
	a := over(t, storetest.Open(t, o))
	of := func(study, series string) func(*dicom.Dataset) {
		return func(d *dicom.Dataset) {
			d.SetString(dicom.StudyInstanceUID, study)
			d.SetString(dicom.SeriesInstanceUID, series)
		}
	}
	gone := mustKeep(t, a, image(t, "1.2.3.1", of("1.2.1", "1.2.1.1")))
	stays := mustKeep(t, a, image(t, "1.2.3.2", of("1.2.2", "1.2.2.1")))
	if n, err := a.Erase(t.Context(), "1.2.1"); err != nil || n != 1 {
		t.Fatalf("%d %v", n, err)
	}
	name := hex.EncodeToString(gone.Blob[:])
	if _, err := os.Stat(filepath.Join(o.Dir, "blobs", name[:2], name[2:4], name)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its file is still there: %v", err)
	}
	if _, err := a.Find(t.Context(), gone.UID); !errors.Is(err, ErrNotFound) {
		t.Errorf("it is still found: %v", err)
	}
	if _, err := a.Erase(t.Context(), "1.2.1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("erasing again: %v", err)
	}
	if _, err := a.Find(t.Context(), stays.UID); err != nil {
		t.Error(err)
	}
	if r, err := a.Check(t.Context(), true); err != nil || r.Instances != 1 || len(r.Lost) != 0 {
		t.Errorf("%+v %v", r, err)
	}
	mustKeep(t, a, image(t, "1.2.3.1", of("1.2.1", "1.2.1.1")))
}

// TestErasedInstancesAreGone: single instances go with their files, their series with the last of them, and the counts and modalities of the study follow.
func TestErasedInstancesAreGone(t *testing.T) {
	a := over(t, storetest.Open(t, storetest.SQLite(t, Migrations)))
	of := func(series, modality string) func(*dicom.Dataset) {
		return func(d *dicom.Dataset) {
			d.SetString(dicom.StudyInstanceUID, "1.2.1")
			d.SetString(dicom.SeriesInstanceUID, series)
			d.SetString(dicom.Modality, modality)
		}
	}
	mustKeep(t, a, image(t, "1.2.3.1", of("1.2.1.1", "CT")))
	mustKeep(t, a, image(t, "1.2.3.2", of("1.2.1.2", "PR")))
	mustKeep(t, a, image(t, "1.2.3.3", of("1.2.1.2", "PR")))
	if n, err := a.EraseInstances(t.Context(), "1.2.3.2", "1.2.3.99"); err != nil || n != 1 {
		t.Fatalf("%d %v", n, err)
	}
	if n := consistent(t, a); n != 2 {
		t.Errorf("%d instances are left", n)
	}
	if _, err := a.EraseInstances(t.Context(), "1.2.3.3"); err != nil {
		t.Fatal(err)
	}
	var modalities string
	err := a.Search(t.Context(), Search{Level: Studies}, func(f *Found) error {
		modalities += strings.Join(f.Modalities, " ")
		return nil
	})
	if err != nil || modalities != "CT" || consistent(t, a) != 1 {
		t.Errorf("%q %v", modalities, err)
	}
	if _, err := a.EraseInstances(t.Context(), "1.2.3.1"); err != nil {
		t.Fatal(err)
	}
	if list, err := a.StudyUIDs(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
}
