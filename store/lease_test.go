package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"consilium/store"
	"consilium/store/storetest"
)

// TestOneNodeAtATimeLeads: of three nodes one leads; when it stops another one does, and never two.
func TestOneNodeAtATimeLeads(t *testing.T) {
	o := storetest.Postgres(t)
	var leading, most, terms atomic.Int64
	var running sync.WaitGroup
	var stops []context.CancelFunc
	began := make(chan int, 10)
	for i := range 3 {
		each := o
		each.Dir = t.TempDir()
		s := storetest.Open(t, each)
		ctx, stop := context.WithCancel(t.Context())
		stops = append(stops, stop)
		running.Go(func() {
			s.Lead(ctx, "test", func(ctx context.Context) {
				most.Store(max(most.Load(), leading.Add(1)))
				terms.Add(1)
				began <- i
				<-ctx.Done()
				leading.Add(-1)
			})
		})
	}
	for range 3 {
		select {
		case leader := <-began:
			stops[leader]()
		case <-time.After(30 * time.Second):
			t.Fatal("nobody leads")
		}
	}
	running.Wait()
	if most.Load() != 1 || terms.Load() != 3 {
		t.Errorf("%d led at once, in %d terms", most.Load(), terms.Load())
	}
}

// TestALeaseIsTakenFromWhoHangs: a node that does not renew its lease loses it within ten seconds, and does not go on as if it had it.
func TestALeaseIsTakenFromWhoHangs(t *testing.T) {
	a, b := twoNodes(t)
	ended := make(chan time.Time, 1)
	held := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go a.Lead(ctx, "test", func(ctx context.Context) {
		close(held)
		<-ctx.Done()
		ended <- time.Now()
	})
	<-held
	if err := a.LoseConnections(t.Context()); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	taken := make(chan time.Time, 1)
	go b.Lead(ctx, "test", func(ctx context.Context) {
		taken <- time.Now()
		<-ctx.Done()
	})
	end, start := <-ended, <-taken
	if end.After(start) || start.Sub(began) > 10*time.Second {
		t.Errorf("the one that was cut off ended after %s, the other one began after %s", end.Sub(began), start.Sub(began))
	}
}

// TestNodesHearEachOther: what one tells, the other hears and it does not hear itself; when a line was lost, it is opened again and asked to catch up.
func TestNodesHearEachOther(t *testing.T) {
	a, b := twoNodes(t)
	heard, caught := make(chan string, 10), make(chan bool, 100)
	hearing := func(name string) store.Hearing {
		return store.Hearing{Heard: func(text string) { heard <- name + " " + text }, Catch: func(_ context.Context, all bool) error {
			if name == "b" && all {
				caught <- true
			}
			return nil
		}}
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { a.Hear(ctx, hearing("a")) })
	running.Go(func() { b.Hear(ctx, hearing("b")) })
	defer running.Wait()
	defer stop()
	<-caught
	if err := a.Tell(t.Context(), "something"); err != nil {
		t.Fatal(err)
	}
	if got := <-heard; got != "b something" {
		t.Errorf("heard %q", got)
	}
	err := a.View(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	<-caught // b listens again
	if err := a.Tell(t.Context(), "more"); err != nil {
		t.Fatal(err)
	}
	if got := <-heard; got != "b more" {
		t.Errorf("heard %q", got)
	}
}

// TestTheClosetIsClosed: what one node puts, the other gets; what is destroyed is gone; the table shows nothing of it, and under another key or another name it does not open.
func TestTheClosetIsClosed(t *testing.T) {
	a, b := twoNodes(t)
	key := []byte("thirty-two bytes of a common key")
	one, err := a.SharedCloset(key)
	if err != nil {
		t.Fatal(err)
	}
	two, _ := b.SharedCloset(key)
	other, _ := b.SharedCloset([]byte("thirty-two bytes of another key "))
	for name, c := range map[string]store.Closet{"table": one, "folder": store.ClosetFolder{Dir: t.TempDir()}} {
		t.Run(name, func(t *testing.T) {
			if _, err := c.Get("keys/x"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("what is not there: %v", err)
			}
			for _, text := range []string{"a secret", "another secret"} {
				if err := c.Put("keys/x", []byte(text)); err != nil {
					t.Fatal(err)
				}
				if got, err := c.Get("keys/x"); err != nil || string(got) != text {
					t.Errorf("%q, %v", got, err)
				}
			}
			if err := errors.Join(c.Put("keys/y", nil), c.Destroy("keys/y"), c.Destroy("keys/y")); err != nil {
				t.Error(err)
			}
			if _, err := c.Get("keys/y"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("destroyed: %v", err)
			}
		})
	}
	if got, err := two.Get("keys/x"); err != nil || string(got) != "another secret" {
		t.Errorf("at the other node: %q, %v", got, err)
	}
	if _, err := other.Get("keys/x"); !errors.Is(err, store.ErrCloset) {
		t.Errorf("under another key: %v", err)
	}
	err = a.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		var sealed []byte
		if err := tx.QueryRowContext(ctx, `SELECT sealed FROM closet`).Scan(&sealed); err != nil {
			return err
		}
		if strings.Contains(string(sealed), "secret") {
			t.Error("the table shows a secret")
		}
		_, err := tx.ExecContext(ctx, `UPDATE closet SET name = 'keys/z'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.Get("keys/z"); !errors.Is(err, store.ErrCloset) {
		t.Errorf("under another name: %v", err)
	}
}

// TestAPoolerIsRefused puts pgbouncer, lending connections by the transaction, before the server: a node does not open, and says why.
func TestAPoolerIsRefused(t *testing.T) {
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		t.Fatal("this test needs pgbouncer: on Debian apt-get install pgbouncer")
	}
	o := storetest.Postgres(t)
	at, err := url.Parse(o.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, ignored := range []string{"", "ignore_startup_parameters = extra_float_digits, lock_timeout, idle_in_transaction_session_timeout, synchronous_commit\n"} {
		dir, err := os.MkdirTemp("", "consilium-pgb-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		l.Close()
		text := fmt.Sprintf("[databases]\n* = host=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nunix_socket_dir =\nauth_type = any\nadmin_users = consilium\npool_mode = transaction\n%s", at.Query().Get("host"), port, ignored)
		text = strings.Replace(text, "* = host="+at.Query().Get("host"), fmt.Sprintf("%s = host=%s user=consilium", strings.TrimPrefix(at.Path, "/"), at.Query().Get("host")), 1)
		if err := errors.Join(os.WriteFile(filepath.Join(dir, "ini"), []byte(text), 0o644), os.Chmod(dir, 0o755)); err != nil {
			t.Fatal(err)
		}
		arguments := []string{filepath.Join(dir, "ini")}
		if os.Getuid() == 0 {
			arguments = append([]string{"-u", "postgres"}, arguments...)
		}
		pooler := exec.Command(program, arguments...)
		var said strings.Builder
		pooler.Stderr = &said
		if err := pooler.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { pooler.Process.Kill(); pooler.Wait() })
		through := o
		through.URL = fmt.Sprintf("postgres://consilium@127.0.0.1:%d%s?sslmode=disable", port, at.Path)
		deadline := time.Now().Add(20 * time.Second)
		for err = store.ErrUnreachable; errors.Is(err, store.ErrUnreachable) && time.Now().Before(deadline); {
			_, err = store.Open(t.Context(), through)
		}
		if !errors.Is(err, store.ErrPooler) {
			t.Errorf("with %q: %v\n%s", ignored, err, said.String())
		}
	}
}
