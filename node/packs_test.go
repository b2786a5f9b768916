package node_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consilium/node"
	"consilium/node/nodetest"
	"consilium/pathway"
)

func TestAPackIsInForceOnceItIsAdopted(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	file := filepath.Join(t.TempDir(), "hfs.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	shipped := string(pathway.Find("hfs-mvd").Source())
	write(strings.Replace(shipped, "version: 1.0.0", "version: 1.1.0", 1))
	if _, err := node.AdoptPack(north.Dir, file); err != nil {
		t.Fatal(err)
	}
	write(strings.Replace(strings.Replace(shipped, "version: 1.0.0", "version: 1.1.0", 1), "level: 4", "level: 3", 1))
	if _, err := node.AdoptPack(north.Dir, file); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("one version with two contents: %v", err)
	}
	write(strings.Replace(shipped, "level: 4", "level: 3", 1))
	if _, err := node.AdoptPack(north.Dir, file); err == nil {
		t.Error("a pack of the program's own version that says something else was adopted")
	}
	write("id: nonsense\n")
	if _, err := node.AdoptPack(north.Dir, file); err == nil || !strings.Contains(err.Error(), "hfs.yaml:") {
		t.Errorf("a faulty pack: %v", err)
	}
	if err := os.WriteFile(filepath.Join(north.Dir, "packs", "broken.yaml"), []byte("id: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	north.Restart()
	d := north.Desk()
	if p := d.Packs("hfs-mvd", ""); p == nil || p.Version != "1.1.0" {
		t.Errorf("in force is %v", p)
	}
	if p := d.Packs("hfs-mvd", "1.0.0"); p == nil {
		t.Error("the version by which earlier answers were given is gone")
	}
	n := 0
	for _, p := range d.AllPacks() {
		if p.ID == "hfs-mvd" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the pathway is offered %d times", n)
	}
	id := north.OpenCase("By the adopted pack")
	opened := north.Log(id).Said[1].Content
	if opened.Pack == nil || opened.Pack.Version != "1.1.0" || len(opened.Blobs) != 1 || opened.Blobs[0].Hash != opened.Pack.Hash {
		t.Errorf("the case names %+v and attaches %+v", opened.Pack, opened.Blobs)
	}
}
