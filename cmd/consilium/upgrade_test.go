package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consilium/store/storetest"
)

// upgradePatience is how long one step of the upgrade may take, on a machine that is busy with other things.
const upgradePatience = 2 * time.Minute

// TestAHospitalIsUpgradedNodeByNode lets two nodes of the release before this one serve a hospital on PostgreSQL and S3, stops and replaces them one after the other by this release, and writes at both
// all the time: also while both releases serve at once. Whatever was acknowledged is there afterwards, the history has no fork, and each of this release's tables was made once.
func TestAHospitalIsUpgradedNodeByNode(t *testing.T) {
	runtime.LockOSThread() // the nodes end with the thread that started them
	defer runtime.UnlockOSThread()
	u := foundBefore(t)
	u.start(0)
	u.command(u.before, "node", "add", "--data", u.nodes[0].dir, "--to", u.nodes[1].dir)
	u.start(1)
	u.openCase()
	writers := [2]*caseWriters{u.write(0), u.write(1)}
	all := func(more int) {
		t.Helper()
		for i, w := range writers {
			w.until(t, fmt.Sprintf("%d more entries at node %d", more, i+1), more)
		}
	}
	all(10)
	before := u.tables()
	u.upgrade(0)
	all(20) // one node of each release
	u.upgrade(1)
	all(10)

	acknowledged := append(writers[0].stop(), writers[1].stop()...)
	for i := range u.nodes {
		kept := u.entries(i)
		for _, hash := range acknowledged {
			if !kept[hash] {
				t.Fatalf("entry %.8s was acknowledged, and node %d does not have it", hash, i+1)
			}
		}
	}
	after := u.tables()
	for _, n := range u.nodes {
		n.end(syscall.SIGTERM)
	}
	u.command("consilium", "verify", "--data", u.nodes[0].dir)
	if after > before { // this release has tables that the other one does not know
		if out, err := exec.Command(u.before, "verify", "--data", u.nodes[0].dir).CombinedOutput(); err == nil || !strings.Contains(string(out), "newer") {
			t.Errorf("the release before opened what this one has migrated: %v\n%s", err, out)
		}
	}
	t.Logf("%d entries acknowledged, none lost; %d files of tables, %d before", len(acknowledged), after, before)
}

// upgraded is a hospital that begins with the release before this one.
type upgraded struct {
	t        *testing.T
	before   string // its program
	database string
	token    string
	thread   string
	nodes    [2]*pairNode
}

func foundBefore(t *testing.T) *upgraded {
	t.Helper()
	_, blobs := storetest.Bucket(t)
	u := &upgraded{t: t, before: previousRelease(t), database: storetest.Postgres(t).URL}
	dir := filepath.Join(t.TempDir(), "quay")
	u.command(u.before, "init", "--data", dir, "--name", "Quay", "--sheet", dir+"-sheet.txt", "--db", u.database, "--blobs", blobs)
	u.command(u.before, "user", "add", "--data", dir, "--username", "zhao", "--name", "Zhao Min", "--role", "head_of_department", "--role", "coordinator")
	u.token = strings.TrimSpace(u.command(u.before, "token", "create", "--data", dir, "--as", "zhao"))
	for i := range u.nodes {
		u.nodes[i] = &pairNode{program: u.before, dir: fmt.Sprintf("%s-%d", dir, i+1), http: freePort(t), peer: freePort(t)}
		u.nodes[i].public = "http://" + u.nodes[i].http
	}
	u.nodes[0].dir = dir
	return u
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (u *upgraded) command(program string, args ...string) string {
	u.t.Helper()
	var said, complaint bytes.Buffer
	c := exec.CommandContext(u.t.Context(), program, args...)
	c.Stdout, c.Stderr = &said, &complaint
	if err := c.Run(); err != nil {
		u.t.Fatalf("%s: %v\n%s%s", strings.Join(args[:2], " "), err, said.String(), complaint.String())
	}
	return said.String()
}

func (u *upgraded) start(i int) {
	u.t.Helper()
	n := u.nodes[i]
	if err := n.start(); err != nil {
		u.t.Fatalf("node %d: %v", i+1, err)
	}
	u.t.Cleanup(func() { _ = n.process.Process.Kill() })
}

// upgrade stops a node as an administrator does and starts this release in its folder.
func (u *upgraded) upgrade(i int) {
	u.t.Helper()
	u.nodes[i].end(syscall.SIGTERM)
	u.nodes[i].program = "consilium"
	u.start(i)
}

// ask asks a node in its API.
func (u *upgraded) ask(ctx context.Context, i int, method, path string, body, out any) error {
	content, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, u.nodes[i].public+"/api/v1"+path, bytes.NewReader(content))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+u.token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, path, answer.Status)
	}
	return json.NewDecoder(answer.Body).Decode(out)
}

func (u *upgraded) openCase() {
	u.t.Helper()
	var made struct{ ID string }
	err := u.ask(u.t.Context(), 0, "POST", "/cases", map[string]any{"pathway": "hfs-mvd", "sub_specialty": "functional", "title": "Written through an upgrade", "side": "left", "urgency": "routine",
		"sex": "female", "age": 54}, &made)
	if err != nil {
		u.t.Fatal(err)
	}
	u.thread = made.ID
}

// entries are the hashes of the case's entries that a node gives.
func (u *upgraded) entries(i int) map[string]bool {
	u.t.Helper()
	var list struct{ Items []struct{ Hash string } }
	if err := u.ask(u.t.Context(), i, "GET", "/cases/"+u.thread+"/entries", nil, &list); err != nil {
		u.t.Fatal(err)
	}
	all := map[string]bool{}
	for _, e := range list.Items {
		all[e.Hash] = true
	}
	return all
}

// tables counts the files by which tables were made and changed. None may have been applied twice.
func (u *upgraded) tables() int {
	u.t.Helper()
	conn, err := pgx.Connect(u.t.Context(), u.database)
	if err != nil {
		u.t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(u.t.Context()))
	var applied, files int
	if err := conn.QueryRow(u.t.Context(), `SELECT count(*), count(DISTINCT version_id) FROM goose_db_version`).Scan(&applied, &files); err != nil {
		u.t.Fatal(err)
	}
	if applied != files {
		u.t.Errorf("%d files of tables were applied %d times", files, applied)
	}
	return files
}

// caseWriters are two people who write at one node, one entry after the other, and go on where it is replaced. An answer that did not come is nobody's acknowledgement.
type caseWriters struct {
	mu    sync.Mutex
	acked []string
	last  error
	more  chan struct{} // an entry was acknowledged
	end   context.CancelFunc
	group sync.WaitGroup
}

func (u *upgraded) write(i int) *caseWriters {
	ctx, end := context.WithCancel(u.t.Context())
	w := &caseWriters{more: make(chan struct{}, 1), end: end}
	for person := range 2 {
		w.group.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				var said struct{ Hash string }
				err := u.ask(ctx, i, "POST", "/cases/"+u.thread+"/entries", map[string]any{"kind": "case.question", "body": map[string]any{"text": fmt.Sprintf("Node %d, person %d, question %d", i+1, person, n)}}, &said)
				w.note(ctx, said.Hash, err)
			}
		})
	}
	u.t.Cleanup(func() { end(); w.group.Wait() })
	return w
}

// note keeps what was acknowledged. Where nothing was, the node is just being replaced, and who writes waits a little, as people do.
func (w *caseWriters) note(ctx context.Context, hash string, err error) {
	w.mu.Lock()
	if err == nil {
		w.acked = append(w.acked, hash)
	}
	w.last = err
	w.mu.Unlock()
	if err == nil {
		select {
		case w.more <- struct{}{}:
		default:
		}
		return
	}
	again := time.NewTimer(50 * time.Millisecond) // polling another process
	defer again.Stop()
	select {
	case <-again.C:
	case <-ctx.Done():
	}
}

func (w *caseWriters) now() (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.acked), w.last
}

// until waits for so many more acknowledged entries.
func (w *caseWriters) until(t *testing.T, what string, more int) {
	t.Helper()
	had, _ := w.now()
	patience := time.NewTimer(upgradePatience)
	defer patience.Stop()
	for {
		has, last := w.now()
		if has >= had+more {
			return
		}
		select {
		case <-w.more:
		case <-patience.C:
			t.Fatalf("%s: %d after %s; the last answer was: %v", what, has-had, upgradePatience, last)
		}
	}
}

func (w *caseWriters) stop() []string {
	w.end()
	w.group.Wait()
	return w.acked
}
