package node_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"consilium/desk"
	"consilium/ledger"
	"consilium/node"
	"consilium/node/nodetest"
	"consilium/store"
	"consilium/store/storetest"
)

// stopAtWrite lets this process make so many writes, less one, and kills it before the next.
func stopAtWrite(number string) error {
	if number == "" {
		return nil
	}
	n, err := strconv.ParseInt(number, 10, 64)
	var count atomic.Int64
	store.BeforeWrite(func(string) error {
		if count.Add(1) < n {
			return nil
		}
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Kill()
		}
		select {} // whoever else writes waits for the end too
	})
	return err
}

// killedAtWrite runs the folder of a stopped hospital in a process that is killed at its n-th write, while work asks it for something and waits for what comes of it or for the end. It tells whether the
// process was killed.
func killedAtWrite(t *testing.T, h *nodetest.Hospital, n int, work func(url string) (done bool)) (killed bool) {
	t.Helper()
	ended := filepath.Join(t.TempDir(), "ended")
	url, _, wait := child(t, h.Dir, "NODE_CHILD_STOP_AT="+strconv.Itoa(n), "NODE_CHILD_ENDED="+ended)
	alive := func() bool { return h.AskAt(url, nodetest.Head, "GET", "/hospital", nil, nil) == nil }
	for deadline := time.Now().Add(nodetest.Patience); !work(url) && alive(); time.Sleep(5 * time.Millisecond) { // another process works
		if time.Now().After(deadline) {
			t.Fatalf("stopped at write %d: it neither ends nor dies", n)
		}
	}
	wait()
	_, err := os.Stat(ended)
	return err != nil
}

// eachWriteOnBoth tries a stop at every write in turn, each at a new hospital: on SQLite, then on PostgreSQL.
func eachWriteOnBoth(t *testing.T, step int, try func(t *testing.T, n int, w *nodetest.World, north *nodetest.Hospital) (over bool)) {
	for _, name := range []string{"SQLite", "PostgreSQL"} {
		t.Run(name, func(t *testing.T) {
			storetest.EachWrite(t, step, func(t *testing.T, n int) (over bool) {
				t.Run(fmt.Sprint(n), func(t *testing.T) {
					db := ""
					if name == "PostgreSQL" {
						db = storetest.Postgres(t).URL
					}
					w := nodetest.New(t)
					over = try(t, n, w, w.FoundOn("north", db))
				})
				return over
			})
		})
	}
}

// TestAnErasureStoppedAtAnyWriteIsFinished kills a node at the writes of an erasure in turn (at all of them with CRASH=all). The next start finishes what was begun, says so only then, and where nothing was
// acknowledged and nothing begun all is as it was.
func TestAnErasureStoppedAtAnyWriteIsFinished(t *testing.T) {
	eachWriteOnBoth(t, 6, func(t *testing.T, n int, w *nodetest.World, north *nodetest.Hospital) (over bool) {
		id := north.OpenCase("Stopped at a write")
		note := north.Note(id, secretWords)
		file := north.Attach(id, []byte("the wrong patient's image"), "images")
		erasure := map[string]any{"kind": ledger.KindErased, "body": nodetest.Says{"reason": "mistake"}, "refs": []ledger.Hash{note, imagingOf(north, id)}}
		north.Stop()
		asked, acknowledged := false, false
		over = !killedAtWrite(t, north, n, func(url string) bool {
			if !asked {
				asked, acknowledged = true, north.AskAt(url, nodetest.Head, "POST", "/cases/"+id.String()+"/entries", erasure, nil) == nil
			}
			var raw json.RawMessage
			return north.AskAt(url, nodetest.Head, "GET", "/cases/"+id.String()+"/entries", nil, &raw) == nil && bytes.Contains(raw, []byte(ledger.KindErasureAnswered))
		})
		north.Start()
		north.MustVerify(nil)
		if !north.Log(id).Find(note).Erased {
			if acknowledged || !north.Has(id, note) || !north.Desk().Blobs.Has(file) {
				t.Errorf("acknowledged %v, and what was to be erased is neither here nor erased", acknowledged)
			}
			return over
		}
		w.Until("the erasure is finished", func() bool { return len(north.Log(id).Unanswered(north.ID)) == 0 })
		if where := onDisk(t, north, secretWords); where != "" || north.Desk().Blobs.Has(file) {
			t.Errorf("the words are in %q, the file is here: %v", where, north.Desk().Blobs.Has(file))
		}
		if list, err := os.ReadFile(filepath.Join(north.Dir, node.ErasuresFile)); err != nil || strings.Count(string(list), note.String()) != 1 {
			t.Errorf("the list of erasures is %s, %v", list, err)
		}
		north.MustVerify(nil)
		return over
	})
}

// TestAnImportStoppedAtAnyWriteIsFinished kills a node at the writes of an import in turn (at all of them with CRASH=all). What was ordered is taken over by the next start, each row once.
func TestAnImportStoppedAtAnyWriteIsFinished(t *testing.T) {
	table := base64.StdEncoding.EncodeToString([]byte("no,name,age,sex,admitted,smc,op,loss,fu\n1,Li,54,F,2021-03-01,3,2021-03-04,50,2022-03-01\n2,Wang,61,M,2021-04-01,2,2021-04-02,,\n3,\"Qian,47,F\n"))
	body := map[string]any{"mapping": historyMapping, "table": table, "dry_run": false}
	eachWriteOnBoth(t, 24, func(t *testing.T, n int, _ *nodetest.World, north *nodetest.Hospital) (over bool) {
		north.Stop()
		var made struct{ Job int64 }
		asked := false
		over = !killedAtWrite(t, north, n, func(url string) bool {
			if !asked {
				asked = true
				_ = north.AskAt(url, nodetest.Head, "POST", "/imports", body, &made)
			}
			var j struct{ Finished bool }
			return north.AskAt(url, nodetest.Head, "GET", fmt.Sprintf("/jobs/%d", made.Job), nil, &j) == nil && j.Finished
		})
		north.Start()
		if made.Job != 0 {
			if report, _ := jobDone(t, north, made.Job); report.Rows != 3 || report.Faulty != 1 {
				t.Errorf("the order of before the stop: %+v", report)
			}
		}
		report, refused := jobDone(t, north, order(t, north, nodetest.Head, body))
		want := desk.ImportReport{Rows: 3, Known: 2, Faulty: 1}
		if made.Job == 0 { // nobody knows whether the order was taken
			want.Opened, want.Known, want.Entries = report.Opened, 2-report.Opened, report.Entries
		}
		if report != want || !refused || casesOf(north) != 2 {
			t.Errorf("ordered again: %+v, %d cases", report, casesOf(north))
		}
		north.MustVerify(nil)
		return over
	})
}
