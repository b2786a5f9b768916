package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"consilium/store"
	"consilium/store/storetest"
)

var (
	closed = store.Sealing{Passphrase: "correct horse battery staple"}
	opened = store.Opening{Passphrase: "correct horse battery staple"}
)

// TestABackupTellsNobodyAnything: nothing of what it holds is readable in its folder, neither the names of files; another passphrase does not open it, and a file that is missing or
// put there is noticed.
func TestABackupTellsNobodyAnything(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t, lines))
	hash, _, err := s.Blobs().Put(t.Context(), strings.NewReader("an image of somebody"), 99)
	if err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "monday")
	for range 2 {
		if err := s.Backup(t.Context(), backup, closed, nil); err != nil {
			t.Fatal(err)
		}
	}
	var blob string
	err = filepath.WalkDir(backup, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw := string(read(t, path))
		for _, secret := range []string{"an image of somebody", "SQLite format 3", fmt.Sprintf("%x", hash)} {
			if strings.Contains(path+raw, secret) {
				t.Errorf("%s shows %q", path, secret)
			}
		}
		if strings.Contains(path, "blobs"+string(filepath.Separator)) {
			blob = path
		}
		return nil
	})
	if err != nil || blob == "" {
		t.Fatal(blob, err)
	}
	if n, _, err := store.CheckBackup(t.Context(), backup, filepath.Join(t.TempDir(), "check"), opened); n != 1 || err != nil {
		t.Errorf("checked %d files, %v", n, err)
	}
	if _, _, err := store.CheckBackup(t.Context(), backup, filepath.Join(t.TempDir(), "check"), store.Opening{Passphrase: "incorrect horse battery"}); !errors.Is(err, store.ErrOpening) {
		t.Errorf("another passphrase: %v", err)
	}
	if err := s.Backup(t.Context(), backup, store.Sealing{}, nil); !errors.Is(err, store.ErrSealing) {
		t.Errorf("a backup in the clear: %v", err)
	}
	if err := os.Rename(blob, strings.TrimSuffix(blob, ".age")+"0.age"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.CheckBackup(t.Context(), backup, filepath.Join(t.TempDir(), "check"), opened); !errors.Is(err, store.ErrWrongHash) {
		t.Errorf("a file under another name: %v", err)
	}
	if err := os.Remove(strings.TrimSuffix(blob, ".age") + "0.age"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.CheckBackup(t.Context(), backup, filepath.Join(t.TempDir(), "check"), opened); !errors.Is(err, store.ErrNoBlob) {
		t.Errorf("a file that is missing: %v", err)
	}
}

func TestBackupAndRestore(t *testing.T) {
	o := storetest.SQLite(t, lines)
	s := storetest.Open(t, o)
	write(t, filepath.Join(o.Dir, "secret"), []byte("secret"))
	backup := filepath.Join(t.TempDir(), "monday")
	var hashes []store.Hash
	for n := range 3 { // each later backup adds to the first
		hash, _, err := s.Blobs().Put(t.Context(), strings.NewReader(strings.Repeat("x", n)), 9)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, hash)
		if err := s.Update(t.Context(), add(n)); err != nil {
			t.Fatal(err)
		}
		if err := s.Backup(t.Context(), backup, closed, []string{"erasures"}, "secret"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Update(t.Context(), add(99)); err != nil { // after the backup
		t.Fatal(err)
	}

	restored := storetest.SQLite(t, lines)
	if _, err := store.Restore(t.Context(), backup, restored.Dir, opened, store.Settling{}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Restore(t.Context(), backup, restored.Dir, opened, store.Settling{}); !errors.Is(err, store.ErrNotEmpty) {
		t.Errorf("restoring over data: %v", err)
	}
	r := storetest.Open(t, restored)
	if got := numbers(t, r); !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("rows %v", got)
	}
	for _, hash := range hashes {
		if err := r.Blobs().Verify(t.Context(), hash); err != nil {
			t.Error(err)
		}
	}
	if got := string(read(t, filepath.Join(restored.Dir, "secret"))); got != "secret" {
		t.Errorf("the keys are %q", got)
	}
	if meta(t, r, store.MetaRolledBack) != "yes" {
		t.Error("a restored folder does not know that it was restored")
	}
}

func TestDamagedBackupIsNotRestored(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	hash, _, err := s.Blobs().Put(t.Context(), strings.NewReader("image"), 9)
	if err != nil {
		t.Fatal(err)
	}
	backup := t.TempDir()
	if err := s.Backup(t.Context(), backup, closed, nil); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(backup, "blobs", "*", "*"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	raw := read(t, found[0])
	raw[len(raw)-1] ^= 1
	write(t, found[0], raw)
	dir := t.TempDir()
	if _, err := store.Restore(t.Context(), backup, dir, opened, store.Settling{}); !errors.Is(err, store.ErrOpening) {
		t.Errorf("blob %x is damaged: %v", hash, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "consilium.db")); err == nil {
		t.Error("a restore that failed left a folder that opens")
	}
}

// TestABackupTellsWhatIsNotInIt: of a hospital on PostgreSQL with its files in a bucket, a backup holds the small files of the folder, and says so.
func TestABackupTellsWhatIsNotInIt(t *testing.T) {
	o := storetest.Postgres(t)
	_, o.BlobsAt = storetest.Bucket(t)
	s := storetest.Open(t, o)
	if _, _, err := s.Blobs().Put(t.Context(), strings.NewReader("an image"), 100); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(o.Dir, "hospital.toml"), []byte("name"))
	backup, restored := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "restored")
	if err := s.Backup(t.Context(), backup, closed, nil, "hospital.toml"); err != nil {
		t.Fatal(err)
	}
	want := []store.Left{store.LeftDatabase, store.LeftFiles}
	if n, without, err := store.CheckBackup(t.Context(), backup, filepath.Join(t.TempDir(), "check"), opened); err != nil || n != 0 || !slices.Equal(without, want) {
		t.Errorf("checked: %d files, without %v, %v", n, without, err)
	}
	if without, err := store.Restore(t.Context(), backup, restored, opened, store.Settling{}); err != nil || !slices.Equal(without, want) {
		t.Errorf("restored without %v: %v", without, err)
	}
	if raw, err := os.ReadFile(filepath.Join(restored, "hospital.toml")); err != nil || string(raw) != "name" {
		t.Errorf("%q, %v", raw, err)
	}
}

// TestABackupGoesNowhereWhereItDestroys: a copy into the data folder once took the place of the database, and said "Copied".
func TestABackupGoesNowhereWhereItDestroys(t *testing.T) {
	o := storetest.SQLite(t, lines)
	s := storetest.Open(t, o)
	if err := s.Update(t.Context(), add(1)); err != nil {
		t.Fatal(err)
	}
	place := t.TempDir()
	other := storetest.SQLite(t, lines)
	storetest.Open(t, other)
	for name, to := range map[string]string{"link": o.Dir, "inner": filepath.Join(o.Dir, "blobs"), "nowhere": filepath.Join(place, "gone"), "round": filepath.Join(place, "round")} {
		if err := os.Symlink(to, filepath.Join(place, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, to := range []string{o.Dir, o.Dir + "/", filepath.Join(o.Dir, "backup"), filepath.Join(o.Dir, "..", filepath.Base(o.Dir)), filepath.Join(place, "link"), filepath.Join(place, "link", "deep", "er"),
		filepath.Join(place, "inner"), filepath.Join(place, "nowhere"), filepath.Join(place, "nowhere", "in"), filepath.Join(place, "round"), other.Dir} {
		if err := s.Backup(t.Context(), to, closed, nil); !errors.Is(err, store.ErrBackupPlace) {
			t.Errorf("to %s: %v", to, err)
		}
	}
	if got := numbers(t, s); !slices.Equal(got, []int{1}) {
		t.Errorf("rows %v", got)
	}
	for _, to := range []string{filepath.Join(place, "a", "b"), o.Dir + "-copy"} {
		if err := s.Backup(t.Context(), to, closed, nil); err != nil {
			t.Errorf("to %s: %v", to, err)
		}
	}
}
