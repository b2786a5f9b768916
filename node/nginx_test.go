package node_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"consilium/ledger"
	"consilium/node/nodetest"
	"consilium/store/storetest"
)

// TestTheBalancerOfTheHandbook puts nginx before two nodes, configured as docs/administrator.md says. Images pass, partners find the node that leads, open pages hear what is said at either node, and
// when a node is killed they hear from the other one what they missed.
func TestTheBalancerOfTheHandbook(t *testing.T) {
	w := nodetest.New(t, "south")
	south := w.Hospital("south")
	_, blobs := storetest.Bucket(t)
	database := storetest.Postgres(t).URL
	harbor := w.FoundShared("harbor", database, blobs)
	pair := newPair(t, harbor)
	partners := freeAddress(t)
	invitePartner(t, w, harbor, south, pair.partners.address)
	before, after := harbor.Share("Said while both are up", south), harbor.Share("Said once one is gone", south)
	session := sessionOf(t, harbor)
	harbor.Stop()
	pair.start(0)
	pair.start(1)
	at := startNginx(t, pair, partners)

	if err := harbor.AskAt(at, nodetest.Doctor, "POST", "/blobs", make([]byte, 3<<20), nil); err != nil {
		t.Errorf("an image of 3 MB through the balancer: %v", err)
	}
	w.Until("partners reach the node that leads", func() bool { return dialable(partners) })
	pages := []*openPage{openThrough(t, at, session), openThrough(t, at, session), openThrough(t, at, session)}
	w.Until("all pages are open", func() bool { return all(pages, func(p *openPage) bool { return p.heard("retry:") }) })
	said := func(id ledger.ThreadID) {
		t.Helper()
		if _, err := harbor.SayAt(at, id, "Do the pages hear of it?"); err != nil {
			t.Fatal(err)
		}
	}
	hear := func(id ledger.ThreadID) {
		t.Helper()
		w.Until("all pages hear", func() bool { return all(pages, func(p *openPage) bool { return p.heard(id.String()) }) })
	}
	said(before)
	hear(before)
	pair.kill(0, database)
	said(after)
	hear(after)
	if lines := pages[0].broken() + pages[1].broken() + pages[2].broken(); lines == 0 || lines == 3 {
		t.Errorf("%d of three pages lost their line with one of two nodes: the balancer does not balance", lines)
	}
}

func all(pages []*openPage, holds func(*openPage) bool) bool {
	for _, p := range pages {
		if !holds(p) {
			return false
		}
	}
	return true
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// startNginx runs nginx with the handbook's own lines, at addresses of this machine, and tells where its pages are.
func startNginx(t *testing.T, pair *pair, partners string) (url string) {
	t.Helper()
	handbook, err := os.ReadFile("../docs/administrator.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(handbook), "```text\nhttp {")
	lines, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the handbook has no configuration of nginx")
	}
	dir, pages := t.TempDir(), freeAddress(t)
	var places strings.Builder // nginx's own folders belong to its service
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&places, "  %s_temp_path %s;\n", kind, filepath.Join(dir, kind))
	}
	here := strings.NewReplacer("10.0.0.5:8080", strings.TrimPrefix(pair.url(0), "http://"), "10.0.0.6:8080", strings.TrimPrefix(pair.url(1), "http://"),
		"10.0.0.5:8444", pair.peers[0], "10.0.0.6:8444", pair.peers[1], "listen 443 ssl;", "listen "+pages+";", "listen 8444;", "listen "+partners+";")
	text := "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\ndaemon off;\nerror_log stderr;\npid " + filepath.Join(dir, "pid") + ";\nevents {}\nhttp {\n  access_log off;\n" + places.String() + here.Replace(lines)
	config := filepath.Join(dir, "nginx.conf")
	if err := errors.Join(os.WriteFile(config, []byte(text), 0o644), openTo(dir)); err != nil {
		t.Fatal(err)
	}
	nginx := exec.Command("nginx", "-e", "stderr", "-p", dir, "-c", config)
	nginx.Stderr = os.Stderr
	if err := nginx.Start(); err != nil {
		t.Fatalf("this test needs nginx, on Debian apt-get install nginx-light libnginx-mod-stream: %v", err)
	}
	t.Cleanup(func() { _ = nginx.Process.Signal(os.Interrupt); _ = nginx.Wait() })
	for deadline := time.Now().Add(nodetest.Patience); !dialable(pages); {
		if time.Now().After(deadline) {
			t.Fatal("nginx does not listen")
		}
		time.Sleep(10 * time.Millisecond) // polling another program
	}
	return "http://" + pages
}

// openTo lets nginx's workers, who are nobody where nginx is started by root, reach their folders below the test's.
func openTo(dir string) error {
	return errors.Join(os.Chmod(dir, 0o755), os.Chmod(filepath.Dir(dir), 0o755))
}

// openPage is the stream of a page as a browser keeps it: where its line breaks it asks anew, and says what it heard last.
type openPage struct {
	mu    sync.Mutex
	text  strings.Builder
	last  string // event id
	broke int
}

func openThrough(t *testing.T, at string, session *http.Cookie) *openPage {
	p := &openPage{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			p.listen(ctx, at, session)
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	return p
}

// listen reads one stream to its end.
func (p *openPage) listen(ctx context.Context, at string, session *http.Cookie) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at+"/live", nil)
	if err != nil {
		return
	}
	r.AddCookie(session)
	r.Header.Set("Last-Event-ID", p.last)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return
	}
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		p.note(lines.Text())
	}
	p.mu.Lock()
	p.broke++
	p.mu.Unlock()
}

func (p *openPage) note(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(&p.text, line)
	if id, ok := strings.CutPrefix(line, "id: "); ok {
		p.last = id
	}
}

func (p *openPage) heard(what string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Contains(p.text.String(), what)
}

func (p *openPage) broken() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.broke
}
