package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Environment of the program consilium-pair: a database of the PostgreSQL server, an address in the bucket, and after how long a node is killed (empty: none is).
const pairDB, pairBlobs, pairKill = "CONSILIUM_PAIR_DB", "CONSILIUM_PAIR_BLOBS", "CONSILIUM_PAIR_KILL"

// pairProgram is consilium for tests that know nothing of several nodes: a hospital that is made with it lies on PostgreSQL and S3, and is served by two nodes behind balancers,
// of which one is killed and started anew by turns. Every other command is the program's own.
func pairProgram() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "serve" {
		if err := servePair(ctx, args); err != nil {
			fmt.Fprintln(os.Stderr, "consilium-pair:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(args) > 0 && args[0] == "init" {
		db, blobs, err := freshStores(ctx)
		if err != nil {
			fmt.Fprintln(os.Stderr, "consilium-pair:", err)
			os.Exit(1)
		}
		args = append(args, "--db", db, "--blobs", blobs)
	}
	os.Exit(run(ctx, args))
}

// freshStores makes a database, and names a prefix that nobody uses.
func freshStores(ctx context.Context) (db, blobs string, err error) {
	name := "pair_" + strings.ToLower(rand.Text())
	conn, err := pgx.Connect(ctx, os.Getenv(pairDB))
	if err != nil {
		return "", "", err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return "", "", err
	}
	at, err := url.Parse(os.Getenv(pairDB))
	if err != nil {
		return "", "", err
	}
	bucket, err := url.Parse(os.Getenv(pairBlobs))
	if err != nil {
		return "", "", err
	}
	at.Path, bucket.Path = "/"+name, bucket.Path+"/"+name
	return at.String(), bucket.String(), nil
}

// pairNode is one of the two, as a process that ends with this one.
type pairNode struct {
	program         string   // which consilium it runs
	dir, http, peer string   // where it is, and where it listens
	public          string   // where the balancer does
	settings        []string // what else the test says
	up              atomic.Bool
	process         *exec.Cmd
	ended           chan struct{}
}

// start runs the node until it answers. What it says that is not an address is said on.
func (n *pairNode) start() error {
	n.process = exec.Command(n.program, "serve", "--data", n.dir, "--http", n.http, "--peer", n.peer, "--public", n.public, "--trusted-proxies", "127.0.0.1")
	n.process.Args = append(n.process.Args, n.settings...)
	n.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	n.process.Stderr = os.Stderr
	out, err := n.process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := n.process.Start(); err != nil {
		return err
	}
	n.ended = make(chan struct{})
	ready := make(chan struct{})
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			switch {
			case strings.HasPrefix(lines.Text(), "  pages  "):
				n.up.Store(true)
				close(ready)
			case !strings.HasPrefix(lines.Text(), "  partners  "):
				fmt.Println(lines.Text())
			}
		}
		_ = n.process.Wait()
		n.up.Store(false)
		close(n.ended)
	}()
	select {
	case <-ready:
		return nil
	case <-n.ended:
		return errors.New("a node ended before it answered")
	}
}

func (n *pairNode) end(by os.Signal) {
	n.up.Store(false)
	_ = n.process.Process.Signal(by)
	<-n.ended
}

// servePair runs both nodes until ctx ends.
func servePair(ctx context.Context, args []string) error {
	runtime.LockOSThread() // the nodes end with the thread that started them
	pages, err := net.Listen("tcp", after(args, "--http"))
	if err != nil {
		return err
	}
	partners, err := net.Listen("tcp", after(args, "--peer"))
	if err != nil {
		return err
	}
	data, public := after(args, "--data"), fmt.Sprintf("http://localhost:%d", pages.Addr().(*net.TCPAddr).Port)
	pair := [2]*pairNode{{program: "consilium", dir: data}, {program: "consilium", dir: data + "-2"}}
	for _, n := range pair {
		n.public, n.settings = public, others(args[1:])
		for _, address := range []*string{&n.http, &n.peer} {
			free, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			*address = free.Addr().String()
			free.Close()
		}
	}
	server := &http.Server{Handler: balancer(pair)}
	defer server.Close()
	go carryTo(partners, pair)
	if err := startPair(pair); err != nil {
		return err
	}
	go server.Serve(pages)
	fmt.Printf("  pages     %s\n  partners  %s\n", public, partners.Addr())
	killByTurns(ctx, pair)
	var both sync.WaitGroup
	for _, n := range pair {
		both.Go(func() { n.end(syscall.SIGTERM) })
	}
	both.Wait()
	return nil
}

// others are the settings of a command that are not of one node alone: what both are told.
func others(args []string) (list []string) {
	own := []string{"--data", "--http", "--peer"}
	for i := 0; i < len(args); i++ {
		if slices.Contains(own, args[i]) {
			i++
			continue
		}
		list = append(list, args[i])
	}
	return list
}

// startPair starts the first node, makes the second one's folder where there is none yet, and starts it.
func startPair(pair [2]*pairNode) error {
	if err := pair[0].start(); err != nil {
		return err
	}
	if _, err := os.Stat(pair[1].dir); err != nil {
		if out, err := exec.Command("consilium", "node", "add", "--data", pair[0].dir, "--to", pair[1].dir).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
	}
	return pair[1].start()
}

// killByTurns kills a node and starts it anew, now the one and now the other, until ctx ends.
func killByTurns(ctx context.Context, pair [2]*pairNode) {
	every, err := time.ParseDuration(os.Getenv(pairKill))
	if err != nil {
		<-ctx.Done()
		return
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := 0; ; i = 1 - i {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		pair[i].end(syscall.SIGKILL)
		if err := pair[i].start(); err != nil {
			fmt.Fprintln(os.Stderr, "consilium-pair: a node did not come back:", err)
			return
		}
	}
}

// balancer hands each request to one of the two, and to the other when its node dies: every form and every request of a program carries a key, by which the same twice is one.
func balancer(pair [2]*pairNode) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.Host = "http", r.In.Host
			r.SetXForwarded()
		},
		FlushInterval: -1,
		Transport:     &twice{pair: pair},
	}
}

// twice is a transport that asks again where nothing was answered.
type twice struct {
	pair [2]*pairNode
	turn atomic.Uint64
}

// outage is how long one request looks for a node that answers.
const outage = 20 * time.Second

func (t *twice) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	for began := time.Now(); ; {
		if n := t.pair[t.turn.Add(1)%2]; n.up.Load() {
			again := r.Clone(r.Context())
			again.URL.Host = n.http
			again.Body = io.NopCloser(bytes.NewReader(body))
			answer, err := http.DefaultTransport.RoundTrip(again)
			if err == nil || r.Context().Err() != nil || time.Since(began) > outage {
				return answer, err
			}
		} else if time.Since(began) > outage {
			return nil, errors.New("no node answers")
		}
		time.Sleep(10 * time.Millisecond) // waiting for another process
	}
}

// carryTo is a balancer of TCP: it carries a connection to the first node that takes it.
func carryTo(l net.Listener, pair [2]*pairNode) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer in.Close()
			for _, n := range pair {
				out, err := net.DialTimeout("tcp", n.peer, time.Second)
				if err != nil {
					continue
				}
				go func() {
					_, _ = io.Copy(out, in)
					out.Close()
				}()
				_, _ = io.Copy(in, out)
				return
			}
		}()
	}
}
