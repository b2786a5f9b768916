package dicomdir

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"consilium/imaging/dicom"
)

func read(t *testing.T, name string) *Directory {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return d
}

// onDisk finds a file of a medium whose names may be in other letters' case.
func onDisk(t *testing.T, dir string, r Instance) *dicom.File {
	t.Helper()
	f, closing, err := dicom.Open(filepath.Join(dir, filepath.FromSlash(r.File)), dicom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closing() })
	return f
}

// TestReadsEveryVariant reads the directories of pydicom's test data, damaged ones too: each lists the same 31 files, and each file is the one
// that its record names.
func TestReadsEveryVariant(t *testing.T) {
	for _, c := range []struct {
		name                      string
		patients, files, warnings int
	}{
		{"DICOMDIR", 2, 31, 0}, {"DICOMDIR-bigEnd", 2, 31, 0}, {"DICOMDIR-implicit", 2, 31, 0}, {"DICOMDIR-reordered", 2, 31, 0}, {"DICOMDIR-nooffset", 2, 31, 0},
		{"DICOMDIR-nopatient", 2, 31, 1}, {"DICOMDIR-empty.dcm", 0, 0, 0}, {"TINY_ALPHA/DICOMDIR", 1, 50, 0},
	} {
		name := filepath.Join("testdata", c.name)
		d := read(t, name)
		files := d.Instances()
		if len(d.Records) != c.patients || len(files) != c.files || len(d.Warnings) != c.warnings {
			t.Errorf("%s: %d patients, %d files, %q", c.name, len(d.Records), len(files), d.Warnings)
		}
		for _, r := range files {
			f := onDisk(t, filepath.Dir(name), r)
			if f.Dataset.String(dicom.SOPInstanceUID) != r.Keys.String(instanceInFile) || len(r.Above) != 3 || f.Dataset.String(dicom.SeriesInstanceUID) != r.Above[2].Keys.String(dicom.SeriesInstanceUID) {
				t.Errorf("%s: %s is not the file of its record", c.name, r.File)
			}
		}
	}
}

// TestWritesWhatOthersRead builds the directory of the same files, has dcmtk follow and extend it, and reads it again.
func TestWritesWhatOthersRead(t *testing.T) {
	dir := t.TempDir()
	b := NewBuilder("CONSILIUM")
	var want []string
	for _, r := range read(t, "testdata/DICOMDIR").Instances() {
		f := onDisk(t, "testdata", r)
		path := filepath.Join(dir, filepath.FromSlash(b.Add(f.Dataset, f.Syntax)))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := f.Write(&out); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		want = append(want, f.Dataset.String(dicom.SOPInstanceUID))
	}
	var out bytes.Buffer
	if err := b.Directory().Write(&out); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "DICOMDIR")
	if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	sameInstances(t, read(t, name), want)
	// dcmmkdir reads the directory, checks it and writes it anew; -W keeps it from complaining about the images' own gaps.
	cmd := exec.Command("dcmmkdir", "-v", "+A", "-W", "-Nxc", "+id", dir, "+D", name, "DICOM/P0000001/S0000001/R0000001/I0000001")
	cmd.Dir = dir
	said, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(said), "E: ") {
		t.Fatalf("dcmmkdir: %v %s", err, said)
	}
	sameInstances(t, read(t, name), want)
}

func sameInstances(t *testing.T, d *Directory, want []string) {
	t.Helper()
	seen := map[string]bool{}
	for _, r := range d.Instances() {
		seen[r.Keys.String(instanceInFile)] = true
	}
	if len(seen) != len(want) || len(d.Warnings) > 0 {
		t.Errorf("%d of %d instances, %q", len(seen), len(want), d.Warnings)
	}
	for _, uid := range want {
		if !seen[uid] {
			t.Errorf("%s is missing", uid)
		}
	}
}

// TestHostileDirectories: paths out of the medium, circles, and files that are no directories.
func TestHostileDirectories(t *testing.T) {
	b := NewBuilder("BAD")
	d := &dicom.Dataset{}
	d.SetString(dicom.SOPInstanceUID, "1.2.3")
	b.Add(d, dicom.ExplicitVRLittleEndian)
	leaf := b.Directory().Instances()[0]
	for _, id := range [][]string{{"..", "..", "ETC", "PASSWD"}, {"A/../../B"}, {"C:", "X"}, {""}} {
		leaf.Keys.SetString(fileID, id...)
		var out bytes.Buffer
		if err := b.Directory().Write(&out); err != nil {
			t.Fatal(err)
		}
		got, err := Read(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil || len(got.Instances()) != 0 {
			t.Errorf("%q: %v, %d files", id, err, len(got.Instances()))
		}
	}
	circle, err := os.ReadFile("testdata/DICOMDIR")
	if err != nil {
		t.Fatal(err)
	}
	f, _ := dicom.Read(bytes.NewReader(circle), int64(len(circle)), dicom.Options{})
	items := f.Dataset.Items(records)
	items[0].SetInt(nextRecord, int(items[0].Offset()))
	var out bytes.Buffer
	f.Write(&out)
	got, err := Read(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil || len(got.Instances()) != 31 || len(got.Warnings) != 1 {
		t.Errorf("a circle: %v, %d files, %q", err, len(got.Instances()), got.Warnings)
	}
	image, err := os.ReadFile("../dicom/testdata/zoo/CT_small.dcm")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Read(bytes.NewReader(image), int64(len(image))); !errors.Is(err, dicom.ErrMalformed) {
		t.Errorf("an image: %v", err)
	}
}

// FuzzRead: any bytes are a directory or are refused; no file is outside of the medium.
func FuzzRead(f *testing.F) {
	for _, n := range []string{"DICOMDIR", "DICOMDIR-nooffset", "DICOMDIR-reordered", "DICOMDIR-empty.dcm"} {
		b, err := os.ReadFile(filepath.Join("testdata", n))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for _, r := range d.Instances() {
			if !filepath.IsLocal(r.File) {
				t.Fatalf("%q", r.File)
			}
		}
		var out bytes.Buffer
		if err := d.Write(&out); err != nil {
			return
		}
		again, err := Read(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil || len(again.Instances()) != len(d.Instances()) {
			t.Fatalf("written and read: %v", err)
		}
	})
}
