package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"consilium/imaging/dicom"
)

// TestDicomFiles de-identifies real files as an administrator does: what is fit leaves under a new name, what a person must see first does not, and
// the same key gives the same names again.
func TestDicomFiles(t *testing.T) {
	zoo := filepath.Join("..", "..", "imaging", "dicom", "testdata", "zoo")
	dir := t.TempDir()
	out, key := filepath.Join(dir, "out"), filepath.Join(dir, "key")
	deidentify := func(out string, more ...string) int {
		return run(context.Background(), append([]string{"dicom", "deid", "--out", out, "--key", key, "--dates", "moved", "--descriptors", "--subject", "CASE-7"}, more...))
	}
	ct, mr, us := filepath.Join(zoo, "CT_small.dcm"), filepath.Join(zoo, "MR_small_RLE.dcm"), filepath.Join(zoo, "ExplVR_BigEnd.dcm")
	if code := deidentify(out, ct, mr); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	names := list(t, out)
	if len(names) != 2 {
		t.Fatalf("%v", names)
	}
	for _, n := range names {
		f, closing, err := dicom.Open(n, dicom.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if d := f.Dataset; d.String(dicom.PatientName) != "CASE-7" || d.String(0x00120062) != "YES" || d.String(dicom.SOPInstanceUID)+".dcm" != filepath.Base(n) {
			t.Errorf("%s: %q", n, d.String(dicom.PatientName))
		}
		closing()
	}
	again := filepath.Join(dir, "again")
	if deidentify(again, ct, mr); len(list(t, again)) != 2 || filepath.Base(list(t, again)[0]) != filepath.Base(names[0]) {
		t.Error("the same key gave other names")
	}
	if code := deidentify(out, us); code == 0 || len(list(t, out)) != 2 {
		t.Errorf("an ultrasound left without a look at it: exit code %d", code)
	}
	if code := deidentify(out, "--reviewed", us); code != 0 || len(list(t, out)) != 3 {
		t.Errorf("an ultrasound that was looked at: exit code %d", code)
	}
	if code := run(context.Background(), []string{"dicom", "dump", ct}); code != 0 {
		t.Errorf("dump: exit code %d", code)
	}
	if code := run(context.Background(), []string{"dicom", "dump", filepath.Join(zoo, "no_meta.dcm")}); code == 0 {
		t.Error("dump of what is no DICOM file says nothing")
	}
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, filepath.Join(dir, e.Name()))
	}
	return names
}
