package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/fstest"

	"consilium/imaging/dicom"
)

// medium is a folder as it comes from a hospital: images, one of them broken, one twice, a text and a program.
func medium(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{"README.TXT": {Data: []byte("Please open with the viewer on this disk.")}, "VIEWER.EXE": {Data: bytes.Repeat([]byte{0x4D, 0x5A, 0}, 1000)}}
	for n := range 4 {
		files[fmt.Sprintf("IMAGES/IM%d", n)] = &fstest.MapFile{Data: image(t, fmt.Sprint("1.2.3.", n), nil)}
	}
	files["IMAGES/AGAIN"] = files["IMAGES/IM0"]
	files["IMAGES/CUT"] = &fstest.MapFile{Data: files["IMAGES/IM1"].Data[:500]}
	return files
}

func TestImportTellsWhatBecameOfEveryFile(t *testing.T) {
	files := medium(t)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, f := range files {
		part, err := w.Create(name)
		if err == nil {
			_, err = part.Write(f.Data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	zipped, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for name, source := range map[string]fs.FS{"folder": files, "ZIP": zipped} {
		a := fresh(t)
		var last Progress
		report, err := a.Import(t.Context(), source, "a disk", func(p Progress) { last = p })
		if err != nil {
			t.Fatal(err)
		}
		if report.Stored != 4 || report.Same != 1 || report.Foreign != 2 || len(report.Refused) != 1 || report.Refused[0].File != "IMAGES/CUT" || len(report.Studies) != 1 {
			t.Errorf("%s: %+v", name, report)
		}
		if !errors.Is(report.Refused[0].Why, dicom.ErrTruncated) {
			t.Errorf("%s: %v", name, report.Refused[0].Why)
		}
		if last != (Progress{8, 8}) {
			t.Errorf("%s: it ended at %+v", name, last)
		}
		if again, err := a.Import(t.Context(), source, "a disk", nil); err != nil || again.Same != 5 || again.Stored != 0 {
			t.Errorf("%s, again: %+v %v", name, again, err)
		}
		if n := consistent(t, a); n != 4 {
			t.Errorf("%s: %d instances", name, n)
		}
	}
}

func TestImportCanBeStoppedAndGoesOn(t *testing.T) {
	a := fresh(t)
	ctx, stop := context.WithCancel(t.Context())
	files := fstest.MapFS{}
	for n := range 300 {
		files[fmt.Sprint("IM", n)] = &fstest.MapFile{Data: image(t, fmt.Sprint("1.2.3.", n), nil)}
	}
	_, err := a.Import(ctx, files, "a disk", func(p Progress) {
		if p.Done == 130 {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	n := consistent(t, a)
	if n < 128 || n == 300 {
		t.Errorf("%d are stored after the stop", n)
	}
	report, err := a.Import(t.Context(), files, "a disk", nil)
	if err != nil || report.Stored != 300-n || report.Same != n {
		t.Errorf("%+v %v", report, err)
	}
}

func TestExportIsAMediumThatImportsAgain(t *testing.T) {
	a := fresh(t)
	for _, name := range []string{"CT_small.dcm", "MR_small_RLE.dcm", "test-SR.dcm", "waveform_ecg.dcm"} {
		mustKeep(t, a, read(t, "../dicom/testdata/zoo/"+name))
	}
	dir := t.TempDir()
	n, err := a.Export(t.Context(), Which{Studies: studies(t, a)}, func(name string) (io.WriteCloser, error) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		return os.Create(path)
	}, nil)
	if err != nil || n != 4 {
		t.Fatal(n, err)
	}
	if out, err := exec.CommandContext(t.Context(), "dcmdump", filepath.Join(dir, "DICOMDIR")).CombinedOutput(); err != nil || !bytes.Contains(out, []byte("IMAGE")) {
		t.Errorf("dcmtk reads the DICOMDIR: %v %s", err, out)
	}
	b := fresh(t)
	report, err := b.Import(t.Context(), os.DirFS(dir), "a disk", nil)
	if err != nil || report.Stored != 4 || report.Foreign != 1 || len(report.Refused)+len(report.Missing) > 0 {
		t.Fatalf("%+v %v", report, err)
	}
	for _, uid := range instances(t, a) {
		x, err1 := a.Find(t.Context(), uid)
		y, err2 := b.Find(t.Context(), uid)
		if err1 != nil || err2 != nil || x.Blob != y.Blob {
			t.Errorf("%s came back changed: %v %v", uid, err1, err2)
		}
	}
	list, _ := filepath.Glob(filepath.Join(dir, "*", "*", "*", "*", "*"))
	if len(list) == 0 {
		t.Fatal("no files")
	}
	if err := os.Remove(list[0]); err != nil {
		t.Fatal(err)
	}
	if report, err = b.Import(t.Context(), os.DirFS(dir), "a disk", nil); err != nil || len(report.Missing) != 1 || report.Same != 3 {
		t.Errorf("a file that the DICOMDIR lists is gone: %+v %v", report, err)
	}
}

func studies(t *testing.T, a *Archive) []string { return found(t, a, Search{Level: Studies}) }

func instances(t *testing.T, a *Archive) []string { return found(t, a, Search{Level: Instances}) }
