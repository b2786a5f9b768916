package ledger

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var newGolden = flag.String("new-golden", "", "write a golden thread of this name, which must not exist yet")

// TestGoldenThreadsStillVerify reads threads that earlier releases signed. Their files are never rewritten: if this fails, the change is wrong.
func TestGoldenThreadsStillVerify(t *testing.T) {
	if *newGolden != "" {
		writeGolden(t, "testdata/signed/"+*newGolden+".txt")
	}
	files, err := os.ReadDir("testdata/signed")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden threads: %v", err)
	}
	for _, f := range files {
		raw, err := os.ReadFile("testdata/signed/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		readGolden(t, f.Name(), string(raw))
	}
}

func readGolden(t *testing.T, name, text string) {
	var thread *Thread
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) != 4 {
			t.Fatalf("%s: a line has hash, header, signature and body: %q", name, line)
		}
		part := make([][]byte, 4)
		for i, field := range fields {
			var err error
			if part[i], err = hex.DecodeString(field); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		e, err := ReadEntry(Wire{Header: part[1], Signature: part[2], Body: part[3]})
		if err != nil {
			t.Fatalf("%s: entry %s: %v", name, fields[0], err)
		}
		if e.Hash.String() != fields[0] {
			t.Errorf("%s: entry %s has hash %s", name, fields[0], e.Hash)
		}
		if thread == nil {
			thread = NewThread(e.Thread)
		}
		if err := thread.Admit(e); err != nil {
			t.Errorf("%s: entry %s: %v", name, fields[0], err)
		}
	}
	if l := thread.Log(); l.Kind != "case" || len(l.Roster.Readers()) != 2 {
		t.Errorf("%s: it reads\n%s", name, show(l))
	}
}

func writeGolden(t *testing.T, path string) {
	if _, err := os.Stat(path); err == nil {
		t.Fatalf("%s exists: golden threads are never rewritten", path)
	}
	north, south := newSite(t, "north", 1), newSite(t, "south", 2)
	north.open(t, "case")
	invite(t, north, south)
	opinion := south.say(t, "case.opinion", map[string]any{"round": 1, "text": "先做内镜 — start endoscopically"})
	says, _ := Encode(map[string]any{"round": 1, "text": "start endoscopically, microscope in the room"})
	south.say(t, KindAmend, Amendment{Says: says, Why: "completed"}, opinion.Hash)
	north.pull(t, south)
	north.say(t, "case.plan", map[string]any{"version": 1}, opinion.Hash)
	var text strings.Builder
	for _, n := range north.thread.sorted() {
		fmt.Fprintf(&text, "%s %x %x %x\n", n.Hash, n.Wire.Header, n.Wire.Signature, n.Wire.Body)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o444); err != nil {
		t.Fatal(err)
	}
}
