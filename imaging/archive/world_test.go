package archive

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"consilium/imaging/dicom"
	"consilium/store"
	"consilium/store/storetest"
)

// over opens an archive on a store, as node does.
func over(t testing.TB, s *store.Store) *Archive {
	t.Helper()
	blobs := s.Blobs()
	a, err := Open(Options{Tables: s, Full: store.ErrDiskFull, Scratch: filepath.Join(t.TempDir(), "receiving"), Now: time.Now, Blobs: BlobsOf(blobs.Batch, blobs.Open, blobs.Has, blobs.Remove)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func fresh(t testing.TB) *Archive {
	t.Helper()
	return over(t, storetest.Open(t, storetest.SQLite(t, Migrations)))
}

// each runs a test on SQLite and on PostgreSQL.
func each(t *testing.T, f func(t *testing.T, a *Archive)) {
	storetest.Each(t, []fs.FS{Migrations}, func(t *testing.T, s *store.Store) { f(t, over(t, s)) })
}

// image is a small data set; change alters it before it is written.
func image(t testing.TB, uid string, change func(d *dicom.Dataset)) []byte {
	t.Helper()
	d := &dicom.Dataset{}
	d.SetString(dicom.SpecificCharacterSet, "ISO_IR 192")
	d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.2")
	d.SetString(dicom.SOPInstanceUID, uid)
	d.SetString(dicom.StudyInstanceUID, "1.2.3")
	d.SetString(dicom.SeriesInstanceUID, "1.2.3.1")
	d.SetString(dicom.Modality, "CT")
	d.SetString(dicom.PatientName, "Doe^Jane")
	d.SetString(dicom.PatientID, "42")
	d.SetString(dicom.InstanceNumber, "1")
	d.SetPixelFormat(dicom.PixelFormat{Rows: 4, Columns: 4, Samples: 1, Photometric: "MONOCHROME2", Allocated: 8, Stored: 8, HighBit: 7, Frames: 1})
	d.SetBytes(dicom.PixelData, dicom.OB, bytes.Repeat([]byte{7}, 16))
	if change != nil {
		change(d)
	}
	var b bytes.Buffer
	if err := dicom.NewFile(d, dicom.ExplicitVRLittleEndian).Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func keep(t testing.TB, a *Archive, file []byte) (Entry, Outcome, error) {
	t.Helper()
	return a.KeepFile(t.Context(), Arrival{From: "test"}, bytes.NewReader(file))
}

func mustKeep(t testing.TB, a *Archive, file []byte) Entry {
	t.Helper()
	e, _, err := keep(t, a, file)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// consistent compares counts of the index with its rows, and wants every row's blob to be there, whole.
func consistent(t testing.TB, a *Archive) (instances int) {
	t.Helper()
	var list []Entry
	err := a.Tables.View(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		var wrong int
		if err := tx.QueryRowContext(ctx, `SELECT
			(SELECT COUNT(*) FROM image_study s WHERE s.instance_count <> (SELECT COUNT(*) FROM image_instance i WHERE i.study_uid = s.study_uid)
				OR s.series_count <> (SELECT COUNT(*) FROM image_series e WHERE e.study_uid = s.study_uid)) +
			(SELECT COUNT(*) FROM image_series e WHERE e.instance_count <> (SELECT COUNT(*) FROM image_instance i WHERE i.series_uid = e.series_uid))`).Scan(&wrong); err != nil {
			return err
		}
		if wrong > 0 {
			return fmt.Errorf("%d studies and series count wrongly", wrong)
		}
		rows, err := tx.QueryContext(ctx, `SELECT `+instanceColumns+` FROM image_instance`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			e, err := scanEntry(rows)
			if err != nil {
				return err
			}
			list = append(list, e)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		f, err := a.Open(t.Context(), e, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Dataset.String(dicom.SOPInstanceUID); got != e.UID || f.size != e.Size {
			t.Errorf("the blob of %s holds %s, %d bytes of %d", e.UID, got, f.size, e.Size)
		}
		f.Close()
	}
	return len(list)
}

// samples are the real files that the reader's tests have.
func samples(t testing.TB, folder string) []string {
	t.Helper()
	list, err := filepath.Glob("../dicom/testdata/" + folder + "/*.dcm")
	if err != nil || len(list) == 0 {
		t.Fatalf("no samples in %s: %v", folder, err)
	}
	return list
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func dataSet(t testing.TB, a *Archive, e Entry, transfers ...string) []byte {
	t.Helper()
	r, _, err := a.DataSet(t.Context(), e, transfers)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
