package store

import (
	"context"
	"database/sql"
	"io/fs"
	"sync"
	"testing"
	"testing/fstest"
)

func TestTranslate(t *testing.T) {
	for _, c := range []struct{ name, lite, pg string }{
		{"types", "CREATE TABLE a (n INTEGER, r REAL, b blob, t TEXT) STRICT;",
			"CREATE TABLE a (n BIGINT, r DOUBLE PRECISION, b BYTEA, t TEXT) ;"},
		{"strict on a line of its own", ")\n-- the end\nSTRICT;", ")\n-- the end\n;"},
		{"whole words only", "blob_index INTEGERS realm bigREAL", "blob_index INTEGERS realm bigREAL"},
		{"strings", "DEFAULT 'BLOB ''STRICT'' INTEGER'", "DEFAULT 'BLOB ''STRICT'' INTEGER'"},
		{"quoted names", `"REAL" REAL`, `"REAL" DOUBLE PRECISION`},
		{"comments", "-- BLOB's\nBLOB /* REAL ' */ REAL", "-- BLOB's\nBYTEA /* REAL ' */ DOUBLE PRECISION"},
		{"a column named strict", "(strict INTEGER, CHECK (strict > 0))", "(strict BIGINT, CHECK (strict > 0))"},
		{"unfinished", "'BLOB", "'BLOB"},
		{"goose's marks", "-- +goose Up\nBLOB", "-- +goose Up\nBYTEA"},
		{"Chinese", "-- 患者 BLOB\n患BLOB BLOB", "-- 患者 BLOB\n患BLOB BYTEA"},
	} {
		if got := translate(c.lite); got != c.pg {
			t.Errorf("%s: got %q, want %q", c.name, got, c.pg)
		}
	}
}

func FuzzTranslate(f *testing.F) {
	f.Add("CREATE TABLE a (n INTEGER) STRICT; -- '\n\"x")
	f.Fuzz(func(t *testing.T, ddl string) {
		once := translate(ddl)
		if twice := translate(once); twice != once {
			t.Errorf("%q became %q and then %q", ddl, once, twice)
		}
	})
}

func TestMergedMigrationsAreAnFS(t *testing.T) {
	files, err := merge([]fs.FS{migrations, fstest.MapFS{"deep/down/9_a.sql": {}, "notes.txt": {}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(files, "81001_store_meta.sql", "9_a.sql"); err != nil {
		t.Error(err)
	}
	if len(files) != 2 {
		t.Errorf("%d files", len(files))
	}
}

// Twelve writes that wait behind one share its commit.
func TestWritesThatWaitShareOneCommit(t *testing.T) {
	s, err := Open(t.Context(), Options{Dir: t.TempDir(), Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	commits := 0 // the writer's goroutine only, read when it has ended
	w := newWriter(func() (*batch, error) {
		b, err := s.beginSQLite()
		if err == nil {
			commit := b.commit
			b.commit = func() error { commits++; return commit() }
		}
		return b, err
	}, s.log)
	asking := make(chan struct{}, 12)
	var all sync.WaitGroup
	err = w.update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		for range 12 {
			all.Go(func() {
				asking <- struct{}{}
				w.update(t.Context(), func(context.Context, *sql.Tx) error { return nil })
			})
		}
		for range 12 {
			<-asking
		}
		return nil
	})
	all.Wait()
	w.close()
	// The last of them may still be on its way into the queue when the first has ended.
	if err != nil || commits > 4 {
		t.Errorf("%d commits for 13 writes, %v", commits, err)
	}
}
