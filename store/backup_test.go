package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"consilium/store"
	"consilium/store/storetest"
)

func TestBackupAndRestore(t *testing.T) {
	o := storetest.SQLite(t, lines)
	s := storetest.Open(t, o)
	write(t, filepath.Join(o.Dir, "keys"), []byte("secret"))
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
		if err := s.Backup(t.Context(), backup, "keys"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Update(t.Context(), add(99)); err != nil { // after the backup
		t.Fatal(err)
	}

	restored := storetest.SQLite(t, lines)
	if err := store.Restore(t.Context(), backup, restored.Dir, "keys"); err != nil {
		t.Fatal(err)
	}
	if err := store.Restore(t.Context(), backup, restored.Dir); !errors.Is(err, store.ErrNotEmpty) {
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
	if got := string(read(t, filepath.Join(restored.Dir, "keys"))); got != "secret" {
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
	if err := s.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(backup, "blobs", "*", "*", "*"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	write(t, found[0], []byte("imagE"))
	dir := t.TempDir()
	if err := store.Restore(t.Context(), backup, dir); !errors.Is(err, store.ErrWrongHash) {
		t.Errorf("blob %x is damaged: %v", hash, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "consilium.db")); err == nil {
		t.Error("a restore that failed left a folder that opens")
	}
}

func TestPostgresBackupIsTheOperators(t *testing.T) {
	s := storetest.Open(t, storetest.Postgres(t))
	if err := s.Backup(t.Context(), t.TempDir()); !errors.Is(err, store.ErrOperatorBackup) {
		t.Errorf("got %v", err)
	}
}
