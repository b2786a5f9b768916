package node_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"consilium/desk"
	"consilium/ledger"
	"consilium/node/nodetest"
)

const historyMapping = `pathway: hfs-mvd
source: hospital database 2019–2025
number: no
name: name
title: Hemifacial spasm
age: age
sex: {column: sex, codes: {F: female, M: male}}
entries:
  - {kind: finding, form: examination, date: admitted, values: {smc: smc}}
  - {kind: operation, form: operation, date: op, procedure: {always: mvd_microscopic}, values: {blood_loss: loss}}
  - {kind: followup, schedule: m12, date: fu}
`

// jobDone waits for a job to end and gives what it answered.
func jobDone(t testing.TB, h *nodetest.Hospital, id int64) (report desk.ImportReport, file bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Minute); time.Now().Before(deadline); {
		var j struct {
			Finished bool
			State    string
			Error    string
			Result   struct {
				Report desk.ImportReport
				File   *struct{ Name string }
			}
		}
		h.MustAsk(nodetest.Head, "GET", fmt.Sprintf("/jobs/%d", id), nil, &j)
		if !j.Finished {
			time.Sleep(20 * time.Millisecond) // the job runs in the node, which tells nobody here
			continue
		}
		if j.State != "done" {
			t.Fatalf("job %d: %s, %s", id, j.State, j.Error)
		}
		j.Result.Report.Mapping, j.Result.Report.Table = ledger.Hash{}, ledger.Hash{} // what was read, and not what came of it
		return j.Result.Report, j.Result.File != nil
	}
	t.Fatal("the job does not end")
	return report, false
}

func order(t testing.TB, h *nodetest.Hospital, who string, body map[string]any) int64 {
	t.Helper()
	var made struct{ Job int64 }
	h.MustAsk(who, "POST", "/imports", body, &made)
	return made.Job
}

// TestAHistoryComesInWhole goes the whole way of a table: looked at, tried, taken over, its refused rows put right and taken over again.
func TestAHistoryComesInWhole(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	table := "no,name,age,sex,admitted,smc,op,loss,fu\n1,Li,54,F,2021-03-01,3,2021-03-04,50,2022-03-01\n2,Wang,61,M,2021-04-01,2,2021-04-02,,\n" +
		"1,Li,54,F,2021-03-01,3,2021-03-04,50,2022-03-01\n3,Zhao,47,F,2021-04-01,2,,80,\n4,\"Qian,47,F\n5,Sun,33,M,2021-04-01,2,2021-04-05,10,\n"
	raw := base64.StdEncoding.EncodeToString([]byte(table))
	var look struct {
		Encoding string
		Certain  bool
		Columns  []string
		Rows     [][]string
	}
	north.MustAsk(nodetest.Head, "POST", "/imports/look", map[string]any{"table": raw}, &look)
	if look.Encoding != "utf-8" || !look.Certain || len(look.Columns) != 9 || len(look.Rows) != 3 {
		t.Errorf("%+v", look)
	}
	body := map[string]any{"mapping": historyMapping, "table": raw, "dry_run": true}
	want := desk.ImportReport{DryRun: true, Rows: 6, Opened: 3, Known: 1, Faulty: 2, Entries: 13}
	report, _ := jobDone(t, north, order(t, north, nodetest.Head, body))
	if report != want {
		t.Errorf("the dry run: %+v", report)
	}
	if list := casesOf(north); list != 0 {
		t.Fatalf("a dry run opened %d cases", list)
	}
	body["dry_run"], want.DryRun = false, false
	id := order(t, north, nodetest.Head, body)
	if report, _ = jobDone(t, north, id); report != want || casesOf(north) != 3 {
		t.Errorf("%+v, %d cases", report, casesOf(north))
	}
	status, refused := ask(t, north, "zh", "GET", fmt.Sprintf("/api/v1/jobs/%d/file", id), "")
	lines := strings.Split(strings.TrimSpace(refused), "\n")
	if status != http.StatusOK || len(lines) != 3 || !strings.HasSuffix(lines[0], ",why,line,text") || !strings.Contains(lines[1], ",5,") || !strings.HasPrefix(lines[2], "4,") {
		t.Errorf("%d: %q", status, lines)
	}
	right := strings.Replace(lines[1], "3,Zhao,47,F,2021-04-01,2,,80,", "3,Zhao,47,F,2021-04-01,2,2021-04-03,80,", 1)
	body["table"] = base64.StdEncoding.EncodeToString([]byte(lines[0] + "\n" + right + "\n"))
	if report, _ = jobDone(t, north, order(t, north, nodetest.Head, body)); report.Opened != 1 || report.Faulty != 0 {
		t.Errorf("put right: %+v", report)
	}
}

func casesOf(h *nodetest.Hospital) int {
	var list struct{ Items []struct{ ID string } }
	h.MustAsk(nodetest.Head, "GET", "/cases?limit=200", nil, &list)
	return len(list.Items)
}

// TestEachImportsWhatTheyMaySay: a coordinator records no operations, and hears it before anything is done.
func TestEachImportsWhatTheyMaySay(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	table := base64.StdEncoding.EncodeToString([]byte("no,name,op\n1,Li,2021-03-04\n"))
	opening := "pathway: hfs-mvd\nsource: old\nnumber: no\nname: name\ntitle: Hemifacial spasm\n"
	operation := opening + "entries: [{kind: operation, date: op, procedure: {always: mvd_microscopic}}]\n"
	for _, c := range []struct {
		who, mapping string
		status       int
	}{
		{nodetest.Coordinator, operation, 400}, {nodetest.Coordinator, opening, 200}, {nodetest.Surgeon, operation, 200}, {nodetest.Head, operation, 200},
		{nodetest.Researcher, opening, 403},
	} {
		err := north.Ask(c.who, "POST", "/imports", map[string]any{"mapping": c.mapping, "table": table, "dry_run": true}, nil)
		status := http.StatusOK
		if p, ok := err.(*nodetest.Problem); ok {
			status = p.Status
		}
		if status != c.status {
			t.Errorf("%s: %v", c.who, err)
		}
	}
}

// TestAHospitalsOwnPackTravelsWithImportedCases: whoever reads the thread can read its answers.
func TestAHospitalsOwnPackTravelsWithImportedCases(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	north.Stop()
	pack, err := os.ReadFile("../pathway/packs/hfs-mvd.yaml")
	if err != nil {
		t.Fatal(err)
	}
	own := strings.Replace(string(pack), "id: hfs-mvd", "id: hfs-own", 1)
	if err := os.MkdirAll(north.Dir+"/packs", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(north.Dir+"/packs/hfs-own.yaml", []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	north.Start()
	table := base64.StdEncoding.EncodeToString([]byte("no,name,age,sex,admitted,smc,op,loss,fu\n1,Li,54,F,2021-03-01,3,2021-03-04,50,2022-03-01\n"))
	jobDone(t, north, order(t, north, nodetest.Head, map[string]any{"mapping": strings.Replace(historyMapping, "hfs-mvd", "hfs-own", 1), "table": table}))
	var list struct {
		Items []struct{ ID ledger.ThreadID }
	}
	north.MustAsk(nodetest.Head, "GET", "/cases", nil, &list)
	if len(list.Items) != 1 {
		t.Fatal(list)
	}
	var named, attached int
	for _, s := range north.Log(list.Items[0].ID).Said {
		if s.Content == nil || s.Content.Pack == nil {
			continue
		}
		named++
		for _, b := range s.Content.Blobs {
			if b.Hash == s.Content.Pack.Hash && b.Type == desk.PackType {
				attached++
			}
		}
	}
	if named < 3 || attached != 1 {
		t.Errorf("%d entries name the pack, and it is attached %d times", named, attached)
	}
}

// BenchmarkImport takes 5,000 rows of eight columns over, each of which becomes five or six entries.
func BenchmarkImport(b *testing.B) {
	const rows = 5000
	for range b.N {
		w := nodetest.New(b, "north")
		north := w.Hospital("north")
		var table strings.Builder
		table.WriteString("no,name,age,sex,admitted,smc,op,loss,fu\n")
		for i := range rows {
			day := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i%2000)
			fmt.Fprintf(&table, "N%06d,王%c%c,%d,F,%s,3,%s,50,%s\n", i, rune(0x4e00+i%3000), rune(0x5000+i%2111), 30+i%50, day.Format(time.DateOnly), day.AddDate(0, 0, 2).Format(time.DateOnly),
				day.AddDate(1, 0, 0).Format(time.DateOnly))
		}
		raw, _ := json.Marshal(map[string]any{"mapping": historyMapping, "csv": table.String()})
		began, busy := time.Now(), processor(b)
		report, _ := jobDone(b, north, order(b, north, nodetest.Head, map[string]any{"mapping": historyMapping, "csv": table.String()}))
		busy = processor(b) - busy
		if report.Opened != rows || len(raw) == 0 {
			b.Fatalf("%+v", report)
		}
		b.ReportMetric(rows/time.Since(began).Seconds(), "rows/s")
		b.ReportMetric(float64(busy.Microseconds())/rows, "processor-µs/row")
	}
}

// processor is the time for which this process has kept processors busy: what a machine with other work to do can tell.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
