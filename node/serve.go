package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"consilium/ledger"
	"consilium/people"
	"consilium/store"
	"consilium/web/api"
	"consilium/web/face"
)

// SocketPath is where a running node answers commands of this machine.
func SocketPath(dir string) string { return filepath.Join(dir, "consilium.sock") }

// handler answers people: pages and API.
func (n *Node) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(api.Prefix+"/", n.api)
	for _, web := range all(n.o.Rooms, func(r Room) []Web { return r.Web }) {
		mux.Handle(web.Prefix+"/", web.Handler(n))
	}
	mux.Handle("/", n.pages)
	return mux
}

// LocalHandler answers commands of this machine, in the name of whoever owns the data folder.
func (n *Node) LocalHandler() http.Handler { return face.Local(n.api) }

// Start listens for people, for partners and for commands of this machine. It returns when all listen; Close ends it.
func (n *Node) Start(ctx context.Context) error {
	ctx, n.stop = context.WithCancel(context.WithoutCancel(ctx))
	people, err := n.listenPeople()
	if err != nil {
		return err
	}
	local, err := n.listenLocal()
	if err != nil {
		return err
	}
	if err := n.listenPartners(); err != nil {
		return err
	}
	if err := n.listenRooms(ctx); err != nil {
		return err
	}
	if err := n.store.StartJobs(ctx, store.JobOptions{Work: n.jobWork()}); err != nil {
		return err
	}
	n.serve(people, n.measures.over(n.handler()))
	n.serve(local, n.LocalHandler())
	if err := n.listenHealth(); err != nil {
		return err
	}
	n.running.Go(func() { n.store.Lead(ctx, leading, n.lead) })
	n.running.Go(func() { n.hear(ctx) })
	n.running.Go(func() { n.tellNetwork(ctx) })
	n.running.Go(func() { n.watchBucket(ctx) })
	n.running.Go(func() { n.noteHeadsNowAndThen(ctx) })
	n.running.Go(func() { n.replayNowAndThen(ctx) })
	return nil
}

// Work does the hospital's jobs and nothing else: no pages, no partners. It returns when it has begun; Close ends it.
func (n *Node) Work(ctx context.Context) error {
	if !n.store.Postgres() {
		return errOneNode
	}
	ctx, n.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := n.store.StartJobs(ctx, store.JobOptions{Work: n.jobWork()}); err != nil {
		return err
	}
	n.running.Go(func() { n.hear(ctx) })
	n.running.Go(func() { n.tellNetwork(ctx) })
	n.running.Go(func() { n.watchBucket(ctx) })
	return n.listenHealth()
}

// listenPartners finds out where partners connect, and that this node can listen there. Where the hospital may have other nodes, the one that leads listens ([Node.lead]).
func (n *Node) listenPartners() error {
	l, err := listen("tcp", n.o.Peer, "partners")
	if err != nil {
		return err
	}
	n.peer = l.Addr().String()
	if n.store.Postgres() {
		return l.Close()
	}
	n.partners = l
	n.closers = append(n.closers, l)
	return nil
}

// watch logs why something stopped that should go on.
func (n *Node) watch(what string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, net.ErrClosed) {
		n.o.Log.Error("stopped", slog.String("what", what), slog.Any("err", err))
	}
}

func listen(kind, address, what string) (net.Listener, error) {
	l, err := net.Listen(kind, address)
	if err != nil {
		return nil, fmt.Errorf("listening for %s on %s: %w. Is another program, or another node, there? Choose another address, or stop it", what, address, err)
	}
	return l, nil
}

func (n *Node) listenPeople() (net.Listener, error) {
	l, err := listen("tcp", n.o.HTTP, "people")
	if err != nil {
		return nil, err
	}
	n.closers = append(n.closers, l)
	address := l.Addr()
	l = &bounded{Listener: l, held: newTally(), free: n.o.TrustedProxies}
	n.desk.Secure = !n.o.Plain && (n.o.Cert != "" || !loopback(address))
	scheme := "http"
	if n.desk.Secure {
		c, err := n.certificate()
		if err != nil {
			return nil, errors.Join(err, l.Close())
		}
		n.certificateEnds = c.Leaf.NotAfter
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}})
		scheme = "https"
	}
	n.url = n.o.Public
	if n.url == "" {
		n.url = scheme + "://" + named(address)
	}
	n.desk.URL = n.url
	n.desk.Secure = n.desk.Secure || strings.HasPrefix(n.o.Public, "https://")
	n.passkeys()
	return l, nil
}

// named is an address as people open it: browsers know passkeys for localhost, not for 127.0.0.1.
func named(a net.Addr) string {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return a.String()
	}
	host := t.IP.String()
	switch {
	case t.IP.IsLoopback():
		host = "localhost"
	case t.IP.IsUnspecified():
		if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	return net.JoinHostPort(host, fmt.Sprint(t.Port))
}

// passkeys are offered where the address is one that browsers know them for.
func (n *Node) passkeys() {
	u, err := url.Parse(n.url)
	if err != nil {
		return
	}
	if k, err := people.NewPasskeys(u.Hostname(), n.hospital.Name, []string{u.Scheme + "://" + u.Host}); err == nil {
		n.desk.Passkeys = k
	}
}

func loopback(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && t.IP.IsLoopback()
}

// listenLocal opens the socket of this machine's commands. One that a killed node left behind is replaced: the folder's lock is ours.
func (n *Node) listenLocal() (net.Listener, error) {
	path := SocketPath(n.o.Dir)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("replacing the socket of an earlier run: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("opening the socket for commands: %w", err)
	}
	return l, os.Chmod(path, 0o600)
}

// serve answers requests on a listener until the node closes. Live pages take long, so headers, bodies and idle
// lines have deadlines, answers have none.
func (n *Node) serve(l net.Listener, h http.Handler) {
	h = face.BehindProxies(n.o.TrustedProxies, newCrowd().over(slowest.over(steady(n.o.Log, h))))
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(n.o.Log.Handler(), slog.LevelDebug)}
	n.servers = append(n.servers, s)
	n.running.Go(func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			n.watch("pages", err)
		}
	})
}

// URL is where people open the pages.
func (n *Node) URL() string { return n.url }

// FirstCode is the code that makes the first administrator on the pages; "" where there is one already.
func (n *Node) FirstCode(ctx context.Context) (code string, err error) {
	first := false
	err = n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		first, err = people.NeedsFirst(ctx, tx)
		return err
	})
	if err != nil || !first {
		return "", err
	}
	return n.desk.FirstCode(ctx)
}

// PeerAddr is where partners connect.
func (n *Node) PeerAddr() string { return n.peer }

// drainsFor is how long requests that are at work may take when the node is stopped.
const drainsFor = 15 * time.Second

// drain takes no new requests and lets those at work end, for a while. Pages that listen are let go at once: they ask again.
func (n *Node) drain() {
	if n.desk != nil {
		n.desk.Leave()
	}
	ctx, cancel := context.WithTimeout(context.Background(), drainsFor)
	defer cancel()
	var all sync.WaitGroup
	for _, s := range n.servers {
		all.Go(func() {
			if s.Shutdown(ctx) != nil {
				s.Close()
			}
		})
	}
	all.Wait()
}

// Close stops listening, lets what is at work end, and gives the folder back. It may be called twice.
func (n *Node) Close() error {
	n.drain()
	var errs []error
	if n.stop != nil {
		n.stop()
	}
	for _, c := range n.closers {
		c.Close()
	}
	if n.network != nil {
		errs = append(errs, n.network.Close())
	}
	n.running.Wait()
	if n.stop != nil {
		n.watch("anchors", errors.Join(n.listErasures(context.Background()), n.writeAnchors(context.Background())))
	}
	if n.o.Dir != "" && len(n.servers) > 0 {
		os.Remove(SocketPath(n.o.Dir))
	}
	n.servers = nil
	return errors.Join(append(errs, n.closeLate(), n.store.Close())...)
}
