package node_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"consilium/node/nodetest"
)

// mostForOne is what a node may hold more while it answers one request than before.
const mostForOne = 64 << 20

// TestOneRequestTakesLittleMemory sends a node in a process of its own the requests that cost it most of all that it takes in or refuses, one by one, and reads from the system how much memory it held at
// its most.
func TestOneRequestTakesLittleMemory(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	id := north.OpenCase("With a long question").String()
	token := north.Staff[nodetest.Head].Token
	north.Stop()
	at, process, wait := child(t, north.Dir)
	defer wait()
	many := func(text string, bytes int) string { return strings.Repeat(text, bytes/len(text)) }
	yaml := func(text string) string { return strings.ReplaceAll(text, "\n", `\n`) }
	for _, c := range []struct{ name, path, body string }{
		{"the longest text", "/cases/" + id + "/entries", `{"kind":"case.question","body":{"text":"` + many("long ", 900_000) + `"}}`},
		{"an entry of empty lists", "/cases/" + id + "/entries", `{"kind":"case.question","body":{"text":[` + many("[],", 1_900_000) + `[]]}}`},
		{"an entry of many names", "/cases/" + id + "/entries", `{"kind":"case.question","body":{` + many(`"a":0,`, 1_900_000) + `"b":0}}`},
		{"a protocol of keys", "/studies", `{"protocol":"` + yaml(many("a:\n ", 900_000)) + `"}`},
		{"a protocol of lists", "/studies", `{"protocol":"a: [` + many("[],", 900_000) + `]"}`},
		{"a protocol of short lines", "/studies", `{"protocol":"` + yaml(many("- a\n", 900_000)) + `"}`},
		{"a mapping of entries", "/imports", `{"mapping":"` + yaml("pathway: hfs-mvd\nsource: x\nentries:\n"+many("- {kind: a}\n", 190_000)) + `","csv":"a\n1\n","dry_run":true}`},
		{"a mapping of lists", "/imports", `{"mapping":"a: [` + many("[],", 190_000) + `]","csv":"a\n1\n","dry_run":true}`},
		{"a table of 8 MB", "/imports/look", `{"table":"` + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("a,b,c,ddddddddddddddddddddd\n"), 8<<20/28)) + `"}`},
	} {
		before := memory(t, process, "VmRSS")
		if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", process.Pid), []byte("5"), 0); err != nil { // the most that it held is counted anew
			t.Fatal(err)
		}
		r, err := http.NewRequest(http.MethodPost, at+"/api/v1"+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		began := time.Now()
		status, text := answered(t, r)
		took := memory(t, process, "VmHWM") - before
		t.Logf("%s, %d bytes: %d, %d MB, %s", c.name, len(c.body), status, took>>20, time.Since(began).Round(time.Millisecond))
		if took > mostForOne || status == 0 || status >= 500 {
			t.Errorf("%s: answered %d %.100s, and took %d MB", c.name, status, text, took>>20)
		}
	}
}

// memory is a number of bytes that the system tells of a process.
func memory(t *testing.T, p *os.Process, name string) int64 {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		words := strings.Fields(line)
		if len(words) == 3 && words[0] == name+":" {
			kb, err := strconv.ParseInt(words[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kb << 10
		}
	}
	t.Fatalf("the system does not tell %s of process %d", name, p.Pid)
	return 0
}
