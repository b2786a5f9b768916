package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"consilium/store"
	"consilium/store/storetest"

	_ "modernc.org/sqlite"
)

func reopen(t *testing.T, o store.Options) error {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err == nil {
		err = s.Close()
	}
	return err
}

func TestFolderOpenedTwiceNamesTheHolder(t *testing.T) {
	storetest.EachOptions(t, rooms, func(t *testing.T, o store.Options) {
		storetest.Open(t, o)
		var inUse *store.InUseError
		if err := reopen(t, o); !errors.As(err, &inUse) || inUse.PID != os.Getpid() || inUse.Dir != o.Dir {
			t.Errorf("got %v", err)
		}
	})
}

func TestLockIsFreeAfterRelease(t *testing.T) {
	dir := t.TempDir()
	release, err := store.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	release()
	if release, err = store.Lock(dir); err != nil {
		t.Fatal(err)
	}
	release()
}

func TestNewerSchemaIsRefusedAndLeftAlone(t *testing.T) {
	newer := fstest.MapFS{"99902_later.sql": {Data: []byte("-- +goose Up\nCREATE TABLE later (n INTEGER) STRICT;\n")}}
	storetest.EachOptions(t, rooms, func(t *testing.T, o store.Options) {
		old := o.Migrations
		o.Migrations = append([]fs.FS{newer}, old...)
		if err := reopen(t, o); err != nil {
			t.Fatal(err)
		}
		o.Migrations = old
		if err := reopen(t, o); !errors.Is(err, store.ErrNewer) {
			t.Errorf("got %v, want ErrNewer", err)
		}
	})
}

func TestRoomsMigrateOutOfOrder(t *testing.T) {
	lower := fstest.MapFS{"99900_before.sql": {Data: []byte("-- +goose Up\nCREATE TABLE before (n INTEGER) STRICT;\n")}}
	storetest.EachOptions(t, rooms, func(t *testing.T, o store.Options) {
		if err := reopen(t, o); err != nil {
			t.Fatal(err)
		}
		o.Migrations = append(o.Migrations, lower)
		if err := reopen(t, o); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTwoRoomsWithOneFileNameAreRefused(t *testing.T) {
	o := storetest.SQLite(t, lines, lines)
	if err := reopen(t, o); err == nil || !strings.Contains(err.Error(), "99901_line.sql") {
		t.Errorf("got %v", err)
	}
}

func TestMissingStoreIsNotMade(t *testing.T) {
	storetest.EachOptions(t, rooms, func(t *testing.T, o store.Options) {
		o.Create = false
		if err := reopen(t, o); !errors.Is(err, store.ErrNoStore) {
			t.Errorf("an empty folder: %v", err)
		}
		if _, err := os.Stat(filepath.Join(o.Dir, "consilium.db")); err == nil {
			t.Error("a database was made")
		}
		o.Dir = filepath.Join(o.Dir, "nowhere")
		if err := reopen(t, o); !errors.Is(err, store.ErrNoStore) {
			t.Errorf("no folder: %v", err)
		}
	})
}

func TestAnotherProgramsDatabaseIsRefused(t *testing.T) {
	storetest.EachOptions(t, rooms, func(t *testing.T, o store.Options) {
		driver, at := "sqlite", "file:"+filepath.Join(o.Dir, "consilium.db")
		if o.URL != "" {
			driver, at = "pgx", o.URL
		}
		db, err := sql.Open(driver, at)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(`CREATE TABLE invoices (n INTEGER)`); err != nil {
			t.Fatal(err)
		}
		db.Close()
		if err := reopen(t, o); !errors.Is(err, store.ErrWrongFolder) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAFileThatIsNoDatabaseIsRefused(t *testing.T) {
	o := storetest.SQLite(t)
	text := []byte(strings.Repeat("These are the minutes of a meeting. ", 200))
	if err := os.WriteFile(filepath.Join(o.Dir, "consilium.db"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := reopen(t, o); !errors.Is(err, store.ErrWrongFolder) {
		t.Errorf("got %v", err)
	}
}

// Another program (an administrator's shell, a backup tool) may hold the file's lock.
func TestLockedDatabase(t *testing.T) {
	o := storetest.SQLite(t, lines)
	o.Patience = time.Millisecond
	s := storetest.Open(t, o)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.Dir(), "consilium.db")+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), add(1)); !errors.Is(err, store.ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), add(1)); err != nil {
		t.Errorf("after the lock was given back: %v", err)
	}
}

func TestFullDatabaseSavesNothingAndGoesOn(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t, lines))
	limit := func(pages int) {
		t.Helper()
		err := s.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			var got int
			return tx.QueryRowContext(ctx, fmt.Sprintf("PRAGMA max_page_count(%d)", pages)).Scan(&got)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // SQLite takes what it has now as the least
	err := s.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO line (n, body) VALUES (1, $1)`, make([]byte, 1<<20))
		add(2)(ctx, tx) // a room that overlooks the error must not save half of its write
		return err
	})
	if !errors.Is(err, store.ErrDiskFull) {
		t.Errorf("got %v, want ErrDiskFull", err)
	}
	if got := numbers(t, s); len(got) != 0 {
		t.Errorf("rows %v", got)
	}
	limit(1 << 20)
	if err := s.Update(t.Context(), add(3)); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestMeta(t *testing.T) {
	storetest.Each(t, rooms, func(t *testing.T, s *store.Store) {
		for _, value := range []string{"", "one", "two", ""} {
			err := s.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				return store.SetMeta(ctx, tx, "k", value)
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := meta(t, s, "k"); got != value {
				t.Errorf("got %q, want %q", got, value)
			}
		}
	})
}

func meta(t *testing.T, s *store.Store, key string) (value string) {
	t.Helper()
	err := s.View(t.Context(), func(ctx context.Context, tx *sql.Tx) (err error) {
		value, err = store.Meta(ctx, tx, key)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestRollbackIsNoticed(t *testing.T) {
	ordinary := func(t *testing.T, o store.Options) store.Options { return o }
	for _, c := range []struct {
		name   string
		meddle func(t *testing.T, o store.Options) store.Options
		back   string
	}{
		{"an ordinary restart", ordinary, ""},
		{"the generation file is older", func(t *testing.T, o store.Options) store.Options {
			path := filepath.Join(o.Dir, "generation")
			old := read(t, path)
			if err := errors.Join(reopen(t, o), reopen(t, o)); err != nil {
				t.Fatal(err)
			}
			write(t, path, old)
			return o
		}, "yes"},
		{"the database is older", func(t *testing.T, o store.Options) store.Options {
			path := filepath.Join(o.Dir, "consilium.db")
			old := read(t, path)
			if err := reopen(t, o); err != nil {
				t.Fatal(err)
			}
			write(t, path, old)
			return o
		}, "yes"},
		{"the folder was copied", func(t *testing.T, o store.Options) store.Options {
			copied := o
			copied.Dir = t.TempDir()
			if err := os.CopyFS(copied.Dir, os.DirFS(o.Dir)); err != nil {
				t.Fatal(err)
			}
			return copied
		}, "yes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := storetest.SQLite(t)
			if err := errors.Join(reopen(t, o), reopen(t, o)); err != nil {
				t.Fatal(err)
			}
			s := storetest.Open(t, c.meddle(t, o))
			if got := meta(t, s, store.MetaRolledBack); got != c.back {
				t.Errorf("mark %q, want %q", got, c.back)
			}
		})
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestUnreachableServer(t *testing.T) {
	o := store.Options{Dir: t.TempDir(), URL: "postgres://someone:hunter2@127.0.0.1:1/none", Create: true}
	err := reopen(t, o)
	if !errors.Is(err, store.ErrUnreachable) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

func TestFolderNamesAreTakenLiterally(t *testing.T) {
	o := storetest.SQLite(t, lines)
	o.Dir = filepath.Join(o.Dir, "手术 data?mode=ro&x=%41#1")
	s := storetest.Open(t, o)
	if err := s.Update(t.Context(), add(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(o.Dir, "consilium.db")); err != nil {
		t.Error(err)
	}
}
