package node_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consilium/node"
	"consilium/node/nodetest"
	"consilium/store/storetest"
)

// TestTheDoctorOpensTheDatabase: beside a running node, on both databases, and of a file that lost a page.
func TestTheDoctorOpensTheDatabase(t *testing.T) {
	w := nodetest.New(t)
	found := func(dir, what string) (found node.Finding) {
		t.Helper()
		list, err := node.Doctor(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			if f.What == what {
				found = f
			}
		}
		return found
	}
	database := func(dir string) node.Finding { return found(dir, "database") }
	for name, url := range map[string]string{"lite": "", "large": storetest.Postgres(t).URL} {
		h := w.FoundOn(name, url)
		h.OpenCase("A case")
		fine := func(f node.Finding) bool { return f.Good && strings.Contains(f.Found, "threads") }
		if url != "" { // the database of the tests runs without durability, and the doctor says so
			fine = func(f node.Finding) bool { return !f.Good && strings.Contains(f.Found, "off: fsync") }
		}
		if f := database(h.Dir); !fine(f) {
			t.Errorf("%s, beside the node: %+v", name, f)
		}
		h.Note(h.OpenCase("Another"), "the node writes on")
		h.Stop()
		if f := database(h.Dir); !fine(f) {
			t.Errorf("%s, alone: %+v", name, f)
		}
		if url != "" {
			for _, what := range []string{"line to the database", "role in the database"} {
				if f := found(h.Dir, what); !f.Good {
					t.Errorf("%s: %+v", name, f)
				}
			}
			continue
		}
		file, err := os.OpenFile(filepath.Join(h.Dir, "consilium.db"), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = file.WriteAt([]byte(strings.Repeat("lost", 1024)), 8192)
		if file.Close(); err != nil {
			t.Fatal(err)
		}
		if f := database(h.Dir); f.Good || f.Do == "" {
			t.Errorf("a page is lost: %+v", f)
		}
	}
}

// TestTheDoctorFindsARoleThatMayTooMuch: a node whose role in PostgreSQL is the server's own could read and destroy what is not the node's.
func TestTheDoctorFindsARoleThatMayTooMuch(t *testing.T) {
	at, err := url.Parse(storetest.Postgres(t).URL)
	if err != nil {
		t.Fatal(err)
	}
	at.User = url.User("consilium") // whom the server of the tests was made for
	h := nodetest.New(t).FoundOn("large", at.String())
	list, err := node.Doctor(t.Context(), h.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if f.What == "role in the database" && !f.Good && strings.Contains(f.Found, "SUPERUSER") && f.Do != "" {
			return
		}
	}
	t.Errorf("%+v", list)
}
