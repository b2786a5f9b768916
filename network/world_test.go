package network

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	_ "modernc.org/sqlite"

	"consilium/ledger"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
}

var epoch = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

// patience is how long a test waits for something that happens at once on any machine that works.
const patience = 20 * time.Second

// base is a bare SQLite database with one writer.
type base struct {
	write, read *sql.DB
	mu          sync.Mutex
}

type commitKey struct{}

func openBase(t testing.TB, dir string) *base {
	t.Helper()
	path := "file:" + filepath.Join(dir, "node.db") + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)"
	b := &base{}
	var err error
	if b.write, err = sql.Open("sqlite", path+"&_txlock=immediate"); err != nil {
		t.Fatal(err)
	}
	b.write.SetMaxOpenConns(1)
	if b.read, err = sql.Open("sqlite", path); err != nil {
		t.Fatal(err)
	}
	b.read.SetMaxOpenConns(4)
	return b
}

func newBase(t testing.TB, dir string) *base {
	t.Helper()
	b := openBase(t, dir)
	for _, migrations := range []fs.FS{ledger.Migrations, Migrations} {
		files, err := fs.Glob(migrations, "migration/*.sql")
		if err != nil || len(files) == 0 {
			t.Fatalf("no migrations: %v", err)
		}
		for _, file := range files {
			text, err := fs.ReadFile(migrations, file)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.write.Exec(string(text)); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
		}
	}
	return b
}

func (b *base) View(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	tx, err := b.read.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return fn(ctx, tx)
}

func (b *base) Update(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	tx, err := b.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var after []func()
	if err := fn(context.WithValue(ctx, commitKey{}, &after), tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, f := range after {
		f()
	}
	return nil
}

func (b *base) OnCommit(ctx context.Context, fn func()) {
	list := ctx.Value(commitKey{}).(*[]func())
	*list = append(*list, fn)
}

// shelf keeps files in memory, and parts of files over cuts.
type shelf struct {
	mu     sync.Mutex
	whole  map[ledger.Hash][]byte
	parts  map[ledger.Hash][]byte
	resume []int64 // offsets at which receiving went on
}

func newShelf() *shelf {
	return &shelf{whole: map[ledger.Hash][]byte{}, parts: map[ledger.Hash][]byte{}}
}

func (s *shelf) put(data []byte) ledger.BlobRef {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := ledger.Hash(sha256.Sum256(data))
	s.whole[h] = data
	return ledger.BlobRef{Hash: h, Size: int64(len(data)), Type: "application/octet-stream"}
}

func (s *shelf) Has(h ledger.Hash) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.whole[h] != nil
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

func (s *shelf) Open(h ledger.Hash) (io.ReadSeekCloser, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.whole[h]
	if !ok {
		return nil, 0, errors.New("no such file")
	}
	return readCloser{bytes.NewReader(data)}, int64(len(data)), nil
}

type shelfPart struct {
	s    *shelf
	hash ledger.Hash
}

func (s *shelf) Resume(h ledger.Hash, limit int64) (BlobPart, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resume = append(s.resume, int64(len(s.parts[h])))
	return shelfPart{s, h}, int64(len(s.parts[h])), nil
}

func (p shelfPart) Write(b []byte) (int, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.s.parts[p.hash] = append(p.s.parts[p.hash], b...)
	return len(b), nil
}

func (p shelfPart) Finish() error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	data := p.s.parts[p.hash]
	delete(p.s.parts, p.hash)
	if sha256.Sum256(data) != p.hash {
		return errors.New("other bytes than the hash names")
	}
	if data == nil {
		data = []byte{}
	}
	p.s.whole[p.hash] = data
	return nil
}

func (p shelfPart) Close() error { return nil }

// door is a gate that tests shut.
type door struct {
	mu    sync.Mutex
	shut  map[ledger.ThreadID]string
	files map[ledger.Hash]map[ledger.HospitalID]bool // sealed files, and to whom they may go
}

func (d *door) MayLeave(_ context.Context, _ ledger.Tx, id ledger.ThreadID, _ ledger.HospitalID) (bool, string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	why, shut := d.shut[id]
	return !shut, why
}

func (d *door) Until(context.Context, ledger.Tx, ledger.ThreadID, ledger.HospitalID) (ledger.Hash, error) {
	return ledger.Hash{}, nil
}

func (d *door) BlobMayLeave(_ context.Context, _ ledger.Tx, a ledger.Attachment, to ledger.HospitalID) (bool, string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !a.Sealed || d.files[a.Hash][to] {
		return true, ""
	}
	return false, "no consent names this hospital"
}

func (d *door) set(id ledger.ThreadID, why string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if why == "" {
		delete(d.shut, id)
	} else {
		d.shut[id] = why
	}
}

// node is one hospital.
type node struct {
	t      testing.TB
	name   string
	root   ledger.Root
	issuer ledger.Issuer
	self   Identity
	book   *ledger.Book
	db     *base
	shelf  *shelf
	door   *door
	net    *Network
	addr   string
	stop   context.CancelFunc
	ended  sync.WaitGroup
	dir    string
	tune   func(*Options)
	once   sync.Once
	fenced chan ledger.Key
	grown  chan []ledger.ThreadID
}

type note struct {
	Text string `json:"text"`
}

func kinds() *ledger.Kinds {
	return ledger.NewKinds([]ledger.Kind{ledger.Declare[note](ledger.Kind{Name: "case.note"})})
}

// never is a timer that does not run: nothing in a test waits for time.
func never(time.Duration) <-chan time.Time { return nil }

func newNode(t testing.TB, name string, tune func(*Options)) *node {
	t.Helper()
	n := &node{t: t, name: name, dir: t.TempDir(), shelf: newShelf(), tune: tune, fenced: make(chan ledger.Key, 8), grown: make(chan []ledger.ThreadID, 1),
		door: &door{shut: map[ledger.ThreadID]string{}, files: map[ledger.Hash]map[ledger.HospitalID]bool{}}}
	var err error
	if n.root, err = ledger.NewRoot(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if n.issuer, err = n.root.NewIssuer(rand.Reader); err != nil {
		t.Fatal(err)
	}
	n.self = n.identity(epoch)
	signer, err := n.issuer.NewSigner(rand.Reader, epoch)
	if err != nil {
		t.Fatal(err)
	}
	n.book = ledger.NewBook(kinds(), signer, nil)
	n.db = newBase(t, n.dir)
	n.open()
	t.Cleanup(n.end)
	return n
}

// end closes the node for good; twice is once.
func (n *node) end() { n.once.Do(n.close) }

func (n *node) identity(at time.Time) Identity {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		n.t.Fatal(err)
	}
	return Identity{Link: private, Statement: n.issuer.State(ledger.UseLink, public, at), Name: n.name}
}

// open starts the node's network on a port of its own, or again on the one that it had.
func (n *node) open() {
	n.t.Helper()
	o := Options{Self: n.self, Book: n.book, DB: n.db, Blobs: n.shelf, Gate: n.door, Now: func() time.Time { return epoch }, After: never,
		Fence: func(_ context.Context, key ledger.Key, _ ledger.ThreadID) error {
			signer, err := n.issuer.NewSigner(rand.Reader, epoch)
			if err == nil {
				n.book.SetSigner(signer)
			}
			n.fenced <- key
			return err
		}}
	o.Received = func(threads []ledger.ThreadID) {
		select {
		case n.grown <- threads:
		default:
		}
	}
	if n.tune != nil {
		n.tune(&o)
	}
	var err error
	if n.net, err = New(o); err != nil {
		n.t.Fatal(err)
	}
	if n.addr == "" {
		n.addr = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", n.addr)
	if err != nil {
		n.t.Fatal(err)
	}
	n.addr = listener.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	n.stop = stop
	network := n.net
	n.ended.Go(func() { _ = network.Serve(ctx, listener) })
	n.ended.Go(func() { _ = network.Run(ctx) })
}

func (n *node) shut() {
	n.stop()
	n.net.Close()
	n.ended.Wait()
}

func (n *node) close() {
	n.shut()
	n.db.write.Close()
	n.db.read.Close()
}

func (n *node) id() ledger.HospitalID { return n.issuer.Hospital() }

func (n *node) person(thread ledger.ThreadID, kind string, says any) ledger.Draft {
	return ledger.Draft{Thread: thread, Kind: kind, Person: "p1", Author: ledger.Author{Name: "Dr. " + n.name, Role: "surgeon"}, Says: says}
}

func (n *node) update(fn func(ctx context.Context, tx ledger.Tx) error) {
	n.t.Helper()
	if err := n.db.Update(context.Background(), fn); err != nil {
		n.t.Fatalf("%s: %v", n.name, err)
	}
	n.net.Wake()
}

// opens opens a case and invites hospitals into it.
func (n *node) opens(with ...*node) (id ledger.ThreadID) {
	n.t.Helper()
	n.update(func(ctx context.Context, tx ledger.Tx) error {
		e, err := n.book.Open(ctx, tx, "case", n.person(ledger.ThreadID{}, "", nil), epoch)
		if err != nil {
			return err
		}
		id = e.Thread
		for _, w := range with {
			if _, err := n.book.Append(ctx, tx, n.person(id, ledger.KindInvited, ledger.Invitation{Hospital: w.id()}), epoch); err != nil {
				return err
			}
		}
		return nil
	})
	return id
}

func (n *node) says(id ledger.ThreadID, text string, blobs ...ledger.BlobRef) (hash ledger.Hash) {
	n.t.Helper()
	n.update(func(ctx context.Context, tx ledger.Tx) error {
		d := n.person(id, "case.note", note{text})
		d.Blobs = blobs
		e, err := n.book.Append(ctx, tx, d, epoch)
		if err == nil {
			hash = e.Hash
		}
		return err
	})
	return hash
}

// digest names the set of entries that a node has of a thread; zero: none.
func (n *node) digest(id ledger.ThreadID) (digest ledger.Hash, entries int) {
	n.t.Helper()
	err := n.db.View(context.Background(), func(ctx context.Context, tx ledger.Tx) error {
		o, _, err := summary(ctx, tx, id)
		digest, entries = o.Digest, o.Entries
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return digest, entries
}

func (n *node) log(id ledger.ThreadID) (l ledger.Log) {
	n.t.Helper()
	err := n.db.View(context.Background(), func(ctx context.Context, tx ledger.Tx) (err error) {
		l, err = n.book.Log(ctx, tx, id)
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return l
}

func (n *node) knows(other *node, addresses ...string) {
	n.t.Helper()
	if err := n.net.AddPartner(context.Background(), Partner{Hospital: other.id(), Name: other.name, Addresses: addresses}); err != nil {
		n.t.Fatal(err)
	}
}

func (n *node) state(other *node) State {
	n.t.Helper()
	list, err := n.net.State(context.Background())
	if err != nil {
		n.t.Fatal(err)
	}
	for _, s := range list {
		if s.Partner.Hospital == other.id() {
			return s
		}
	}
	n.t.Fatalf("%s does not know %s", n.name, other.name)
	return State{}
}

// befriend makes partners of two hospitals; only the first one can be reached.
func befriend(a, b *node) {
	a.knows(b)
	b.knows(a, a.addr)
}

// until waits for something that comes about without further doing.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come about: %s", what)
		}
		time.Sleep(2 * time.Millisecond) // polls; nothing depends on its length
	}
}

// same waits until nodes have the same entries of a thread, as many as given.
func same(t testing.TB, id ledger.ThreadID, entries int, nodes ...*node) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		equal := true
		want, count := nodes[0].digest(id)
		text := fmt.Sprintf("%s %d", nodes[0].name, count)
		for _, n := range nodes[1:] {
			d, c := n.digest(id)
			text += fmt.Sprintf(", %s %d", n.name, c)
			equal = equal && d == want
		}
		if equal && count == entries {
			return
		}
		if time.Now().After(deadline) {
			for _, n := range nodes {
				states, _ := n.net.State(context.Background())
				for _, s := range states {
					t.Logf("%s with %s: up %v, %s", n.name, s.Partner.Name, s.Up, s.LastErr.En)
				}
			}
			t.Fatalf("thread %s did not become the same everywhere: %s, should be %d", id, text, entries)
		}
		time.Sleep(2 * time.Millisecond) // polls, as until does; its failure tells more
	}
}

// snapshot copies the node's database, as a backup does.
func (n *node) snapshot() string {
	n.t.Helper()
	path := filepath.Join(n.t.TempDir(), "backup.db")
	if _, err := n.db.write.Exec(`VACUUM INTO '` + path + `'`); err != nil {
		n.t.Fatal(err)
	}
	return path
}

// restore rolls the node back to a copy. Its key file is what it was.
func (n *node) restore(path string) {
	n.t.Helper()
	n.shut()
	n.db.write.Close()
	n.db.read.Close()
	dir := n.t.TempDir()
	data, err := os.ReadFile(path)
	if err != nil {
		n.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "node.db"), data, 0o600); err != nil {
		n.t.Fatal(err)
	}
	n.db = openBase(n.t, dir)
	n.book = ledger.NewBook(n.book.Kinds, n.book.Signer(), nil)
	n.open()
}
