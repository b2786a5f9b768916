package store

import (
	"io/fs"
	"testing"
	"testing/fstest"
)

func TestTranslate(t *testing.T) {
	for _, c := range []struct{ name, lite, pg string }{
		{"types", "CREATE TABLE a (n INTEGER, r REAL, b BLOB, t TEXT) STRICT;",
			"CREATE TABLE a (n BIGINT, r DOUBLE PRECISION, b BYTEA, t TEXT) ;"},
		{"rows kept in the order of the key", "CREATE TABLE a (n INTEGER PRIMARY KEY) STRICT, WITHOUT ROWID;", "CREATE TABLE a (n BIGINT PRIMARY KEY) ;"},
		{"strict on a line of its own", ")\n-- the end\nSTRICT;", ")\n-- the end\n;"},
		{"a column of a type's name", "CREATE TABLE a (blob BLOB, real REAL)", "CREATE TABLE a (blob BYTEA, real DOUBLE PRECISION)"},
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
	if err := fstest.TestFS(files, "81001_store_meta.sql", "81002_nodes.sql", "9_a.sql"); err != nil {
		t.Error(err)
	}
	if len(files) != 3 {
		t.Errorf("%d files", len(files))
	}
}
