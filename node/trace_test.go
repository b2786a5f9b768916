package node_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"consilium/ledger"
	"consilium/node/nodetest"
	"consilium/store/storetest"
)

// anywhere tells in which file of a hospital's folder a text stands, whatever its letters' case.
func anywhere(t *testing.T, h *nodetest.Hospital, text string) (where []string) {
	t.Helper()
	err := filepath.WalkDir(h.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if bytes.Contains(bytes.ToLower(raw), []byte(strings.ToLower(text))) {
			where = append(where, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return where
}

// TestAnErasedPatientLeavesNoTrace: who a patient is also stands in what no entry holds: tables of imports and the rows that they refused, in whatever encoding, what
// those jobs say, files that were sent to be filed and what was said of them. Once the identity is erased nobody reads it, and its bytes are nowhere in the data
// folder; a table without the patient stays.
func TestAnErasedPatientLeavesNoTrace(t *testing.T) {
	for _, db := range []string{"", storetest.Postgres(t).URL} {
		w := nodetest.New(t, "west")
		north := w.FoundOn("north", db)
		id := north.OpenCase("Spasm")
		b := signedIn(t, north, nodetest.Coordinator)
		if status, body, _ := b.posts("/cases/"+id.String()+"/identity", "/cases/"+id.String()+"/identity", url.Values{"patient_name": {"Zebra Quagga 郭斑驴"}, "local_number": {"Q7715"}, "birth_date": {"1972-03-17"}}); status != 303 {
			t.Fatal(status, body)
		}
		const head = "no,name,age,sex,admitted,smc,op,loss,fu\n"
		tables := []string{
			head + "9,Zhao,54,F,2021-03-01,3,2021-03-04,50,2022-03-01\nQ7715,Quagga Zebra,47,F,2021-04-01,2,,80,\n", // refused: a loss without an operation
			head + "10,Qian,54,F,2021-03-01,3,2021-03-04,50,2022-03-01\nQ7715,Somebody,54,F,2021-03-01,3,2021-03-04,50,2022-03-01\n",
			head + "11,Sun,54,F,2021-03-01,3,2021-03-04,50,2022-03-01\n12,Li,47,F,2021-04-01,2,,80,\n"}
		var imports []int64
		for _, table := range tables {
			imports = append(imports, order(t, north, nodetest.Head, map[string]any{"mapping": historyMapping, "dry_run": true, "csv": table}))
			jobDone(t, north, imports[len(imports)-1])
		}
		chinese, err := simplifiedchinese.GB18030.NewEncoder().String("住院号,姓名\n8,Zebra Quagga 郭斑驴\n")
		if err != nil {
			t.Fatal(err)
		}
		sent := north.Send(nodetest.Head, []byte(chinese))
		filings := []int64{filesFor(t, w, north, id, "QUAGGA_ZEBRA_report.dcm", []byte("report of Quagga, no image")), filesFor(t, w, north, id, "QUAGGA_ZEBRA.zip", packed(t, "quagga/1.dcm", scan(t)))}
		if db == "" && (len(anywhere(t, north, "quagga")) == 0 || len(anywhere(t, north, "Q7715")) == 0) {
			t.Fatal("nothing names the patient before")
		}
		if err := north.Ask(nodetest.Officer, "POST", "/cases/"+id.String()+"/identity/erase", map[string]any{"reason": "law"}, nil); err != nil {
			t.Fatal(err)
		}
		gone := func() bool {
			return len(anywhere(t, north, "quagga")) == 0 && len(anywhere(t, north, "Q7715")) == 0 && len(anywhere(t, north, chinese)) == 0
		}
		if db == "" {
			w.Until("nothing of the patient is in the data folder", gone)
		}
		for _, job := range append(filings, imports[:2]...) {
			_, body := asks(t, north, nodetest.Head, "GET", fmt.Sprintf("/jobs/%d", job), nil)
			if low := strings.ToLower(body); strings.Contains(low, "quagga") || strings.Contains(low, "q7715") || !strings.Contains(low, `"finished":true`) {
				t.Errorf("job %d says %s", job, body)
			}
			if status, _ := asks(t, north, nodetest.Head, "GET", fmt.Sprintf("/jobs/%d/file", job), nil); status != 404 {
				t.Errorf("the refused rows of job %d are still given: %d", job, status)
			}
		}
		w.Until("the doomed files are gone", func() bool {
			return !north.Desk().Blobs.Has(sent) && len(anywhere(t, north, tables[0])) == 0
		})
		if status, body := asks(t, north, nodetest.Head, "GET", fmt.Sprintf("/jobs/%d/file", imports[2]), nil); status != 200 || !strings.Contains(body, "Li") {
			t.Errorf("a table without the patient: %d %s", status, body)
		}
		if len(anywhere(t, north, tables[2])) == 0 {
			t.Error("a table without the patient is gone")
		}
		north.Stop()
		if db == "" && !gone() {
			t.Errorf("after the node has stopped it stands in %v", append(anywhere(t, north, "quagga"), anywhere(t, north, "Q7715")...))
		}
	}
}

// filesFor has a file filed in a case, and gives the job.
func filesFor(t *testing.T, w *nodetest.World, h *nodetest.Hospital, id ledger.ThreadID, label string, content []byte) int64 {
	t.Helper()
	sent := h.Send(nodetest.Coordinator, content)
	var made struct{ Job int64 }
	h.MustAsk(nodetest.Coordinator, "POST", "/cases/"+id.String()+"/images", map[string]any{"files": []ledger.BlobRef{{Hash: sent, Size: int64(len(content)), Label: label}}}, &made)
	w.Until("the filing ends", func() bool {
		_, body := asks(t, h, nodetest.Head, "GET", fmt.Sprintf("/jobs/%d", made.Job), nil)
		return strings.Contains(body, `"finished":true`)
	})
	return made.Job
}

// packed is a ZIP of one file.
func packed(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create(name)
	if err == nil {
		_, err = f.Write(content)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
