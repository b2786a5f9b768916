package network

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"consilium/ledger"
)

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
