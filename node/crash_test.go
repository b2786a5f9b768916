package node_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"consilium/ledger"
	"consilium/node"
	"consilium/node/nodetest"
	"consilium/store/storetest"
)

// TestMain lets a test run this binary as a node of its own that can be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("NODE_CHILD_DIR"); dir != "" {
		runChild(dir)
		return
	}
	os.Exit(m.Run())
}

// runChild serves a folder until it is killed, and says where.
func runChild(dir string) {
	if err := limitFiles(os.Getenv("NODE_CHILD_FILE_LIMIT")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	o := nodetest.Options(dir, nodetest.NewClock())
	if peer := os.Getenv("NODE_CHILD_PEER"); peer != "" {
		o.Peer = peer
	}
	if lease := os.Getenv("NODE_CHILD_LEASE"); lease != "" {
		o.Lease, _ = time.ParseDuration(lease)
	}
	if os.Getenv("NODE_CHILD_LOG") != "" {
		o.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	n, err := node.Open(context.Background(), o)
	if err == nil {
		err = n.Start(context.Background())
	}
	if err == nil {
		err = stopAtWrite(os.Getenv("NODE_CHILD_STOP_AT"))
	}
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println(n.URL())
	_, _ = io.Copy(io.Discard, os.Stdin) // until the parent is gone
	_ = n.Close()
	if ended := os.Getenv("NODE_CHILD_ENDED"); ended != "" {
		_ = os.WriteFile(ended, nil, 0o600)
	}
}

// child runs a node in a process of its own.
func child(t testing.TB, dir string, env ...string) (url string, process *os.Process, wait func()) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(append(os.Environ(), "NODE_CHILD_DIR="+dir), env...)
	c.Stderr = os.Stderr
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	wait = func() {
		once.Do(func() {
			stdin.Close()
			_, _ = io.Copy(io.Discard, out)
			_ = c.Wait()
		})
	}
	t.Cleanup(func() { _ = c.Process.Kill(); wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "http") {
		t.Fatalf("the child said %q, %v", line, err)
	}
	return strings.TrimSpace(line), c.Process, wait
}

// lookEvery is after how many kills everything is proved and looked for.
const lookEvery = 25

// TestAcknowledgedEntriesSurviveKill9 kills a node again and again (three times, or as often as KILLS says) while eight clients speak through its API.
func TestAcknowledgedEntriesSurviveKill9(t *testing.T) {
	for name, db := range map[string]string{"SQLite": "", "PostgreSQL": storetest.Postgres(t).URL} {
		t.Run(name, func(t *testing.T) { acknowledgedSurvive(t, db) })
	}
}

func acknowledgedSurvive(t *testing.T, db string) {
	kills := 3
	if text := os.Getenv("KILLS"); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	w := nodetest.New(t)
	north := w.FoundOn("north", db)
	cases := make([]ledger.ThreadID, 4)
	for i := range cases {
		cases[i] = north.OpenCase(fmt.Sprint("Case ", i))
	}
	var acknowledged []said
	north.Stop()
	for round := range kills {
		more := speakUntilKilled(t, north, cases, 1+rand.IntN(min(160, 8000/kills)))
		acknowledged = append(acknowledged, more...)
		if len(more) == 0 {
			t.Fatalf("round %d: nothing was acknowledged", round)
		}
		if round+1 == kills || kills <= 3 || round%lookEvery == 0 {
			north.Start()
			north.MustVerify(nil)
			nothingIsLost(t, north, acknowledged)
			north.Stop()
			t.Logf("%d kills, %d entries acknowledged, none lost", round+1, len(acknowledged))
		}
	}
	north.Start()
	projectionsAreWhole(t, north, db)
}

func nothingIsLost(t *testing.T, h *nodetest.Hospital, acknowledged []said) {
	t.Helper()
	here := map[said]bool{}
	for _, s := range acknowledged {
		if here[said{thread: s.thread}] {
			continue
		}
		here[said{thread: s.thread}] = true
		for _, e := range h.Log(s.thread).Said {
			here[said{s.thread, e.Hash}] = e.HasBody()
		}
	}
	for _, s := range acknowledged {
		if !here[s] {
			t.Fatalf("entry %s was acknowledged and is lost", s.entry.Short())
		}
	}
}

type said struct {
	thread ledger.ThreadID
	entry  ledger.Hash
}

// speakUntilKilled lets eight clients speak to the node in a process of its own, and kills it in the middle once so many entries were acknowledged.
func speakUntilKilled(t *testing.T, h *nodetest.Hospital, cases []ledger.ThreadID, enough int) (all []said) {
	t.Helper()
	url, process, wait := child(t, h.Dir)
	var mu sync.Mutex
	var clients sync.WaitGroup
	for client := range 8 {
		clients.Go(func() {
			for n := 0; ; n++ {
				id := cases[(client+n)%len(cases)]
				hash, err := h.SayAt(url, id, fmt.Sprintf("Client %d, question %d", client, n))
				if err != nil {
					return
				}
				mu.Lock()
				all = append(all, said{id, hash})
				if len(all) == enough {
					_ = process.Kill()
				}
				mu.Unlock()
			}
		})
	}
	clients.Wait()
	wait()
	return all
}

// projectionsAreWhole compares every table of a stopped node with what a rebuild makes of the entries.
func projectionsAreWhole(t *testing.T, h *nodetest.Hospital, on string) {
	t.Helper()
	before := dump(t, h, on)
	if len(before["case_row"]) == 0 {
		t.Fatal("no case is in the list")
	}
	if err := h.Rebuild(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	after := dump(t, h, on)
	maps.DeleteFunc(before, func(table string, _ []string) bool { return strings.HasPrefix(table, "river_") }) // the queue's own, which goes on meanwhile
	delete(before, "projection")                                                                               // it counts how often the tables were folded anew
	delete(before, "lease")                                                                                    // the links' holder, who is another one after a slow moment
	for table, rows := range before {
		if !slices.Equal(rows, after[table]) {
			t.Errorf("%s differs from a rebuild:\n%s\nrebuilt:\n%s", table, strings.Join(rows, "\n"), strings.Join(after[table], "\n"))
		}
	}
}

// dump reads every table of a node's database, in its folder or on a server, row by row in a fixed order.
func dump(t *testing.T, h *nodetest.Hospital, on string) map[string][]string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(h.Dir, "consilium.db")+"?mode=ro")
	tables := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
	if on != "" {
		db, err = sql.Open("pgx", on)
		tables = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`
	}
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := map[string][]string{}
	for _, table := range query(t, db, tables) {
		all[table] = query(t, db, `SELECT * FROM "`+table+`"`)
	}
	return all
}

func query(t *testing.T, db *sql.DB, text string) (list []string) {
	t.Helper()
	rows, err := db.Query(text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, fields := make([]any, len(columns)), make([]string, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			switch v := (*v.(*any)).(type) {
			case []byte:
				fields[i] = fmt.Sprintf("%x", v)
			default:
				fields[i] = fmt.Sprint(v)
			}
		}
		list = append(list, strings.Join(fields, " | "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

// TestAFullDiskLosesNothingAcknowledged lets a node write until its files may not grow any more: everybody is told so, and what was acknowledged before
// stays.
func TestAFullDiskLosesNothingAcknowledged(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	id := north.OpenCase("On a small disk")
	north.Stop()
	url, process, wait := child(t, north.Dir, "NODE_CHILD_FILE_LIMIT=6000000")
	var acknowledged []ledger.Hash
	text := strings.Repeat("A long finding. ", 4000)
	var problem *nodetest.Problem
	for deadline := time.Now().Add(nodetest.Patience); problem == nil && time.Now().Before(deadline); {
		hash, err := north.SayAt(url, id, text)
		if err == nil {
			acknowledged = append(acknowledged, hash)
			continue
		}
		var ok bool
		if problem, ok = err.(*nodetest.Problem); !ok {
			t.Fatalf("a full disk ended the node: %v", err)
		}
	}
	if problem == nil || problem.Status != 503 || !strings.Contains(problem.Type, "unavailable") {
		raw, _ := json.Marshal(problem)
		t.Fatalf("a full disk is told as %s", raw)
	}
	for _, path := range []string{"/hospital", "/cases/" + id.String()} { // the reading of a case waits for the access log
		if err := north.AskAt(url, nodetest.Head, "GET", path, nil, nil); err != nil {
			t.Fatalf("reading %s does not go on: %v", path, err)
		}
	}
	_ = process.Kill()
	wait()
	north.Start() // somebody made room
	north.MustVerify(nil)
	for _, hash := range acknowledged {
		if !north.Has(id, hash) {
			t.Fatalf("entry %s was acknowledged and is lost", hash.Short())
		}
	}
	var log struct {
		Items []struct{ Person, Action string }
	}
	north.MustAsk(nodetest.Head, "GET", "/cases/"+id.String()+"/access-log", nil, &log)
	if len(log.Items) == 0 || log.Items[0].Action != "see" {
		t.Fatalf("what was read on the full disk is not in the access log: %+v", log)
	}
	north.Note(id, "It goes on.")
	t.Logf("%d entries before the disk was full: %v", len(acknowledged), problem)
}
