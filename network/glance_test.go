package network

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"consilium/ledger"
)

// overheard is what a node was told of where people look.
type overheard struct {
	from ledger.HospitalID
	Glance
}

// listens has a node keep what it hears.
func listens(c chan overheard) func(*Options) {
	return func(o *Options) { o.Glanced = func(from ledger.HospitalID, g Glance) { c <- overheard{from, g} } }
}

func TestAGlanceGoesOnlyToWhomTheFileMayGo(t *testing.T) {
	var heard [4]chan overheard
	for i := range heard {
		heard[i] = make(chan overheard, 20)
	}
	a, b, c, d := newNode(t, "north", listens(heard[0])), newNode(t, "named", listens(heard[1])), newNode(t, "other", listens(heard[2])), newNode(t, "stranger", listens(heard[3]))
	for _, n := range []*node{b, c, d} {
		befriend(a, n)
	}
	id := a.opens(b, c)
	file := a.shelf.put([]byte("a manifest of images"))
	file.Sealed = true
	other := a.shelf.put([]byte("a manifest that all may have"))
	for _, n := range []*node{a, b, c} {
		n.door.files[file.Hash] = map[ledger.HospitalID]bool{a.id(): true, b.id(): true}
	}
	a.says(id, "images", file, other)
	same(t, id, 4, a, b, c)
	until(t, "all links are up", func() bool { return a.state(b).Up && a.state(c).Up && a.state(d).Up })
	lookAt := func(n *node, file ledger.Hash, words string) {
		t.Helper()
		if err := n.net.Glance(t.Context(), Glance{Thread: id, File: file, Words: json.RawMessage(`"` + words + `"`)}); err != nil {
			t.Fatal(err)
		}
	}
	look := func(n *node, words string) {
		t.Helper()
		lookAt(n, file.Hash, words)
	}
	hears := func(c chan overheard, from *node, words string) {
		t.Helper()
		if got := <-c; got.from != from.id() || string(got.Words) != `"`+words+`"` || got.Thread != id {
			t.Errorf("heard %s of %s, not %s", got.Words, got.from, words)
		}
	}
	look(a, "here")
	hears(heard[1], a, "here")
	look(b, "there")
	hears(heard[0], b, "there")

	// A partner that the consent does not name is neither told nor heard, whatever it lets out itself.
	c.door.mu.Lock()
	c.door.files[file.Hash] = map[ledger.HospitalID]bool{a.id(): true}
	c.door.mu.Unlock()
	look(c, "unasked")
	lookAt(c, other.Hash, "what it may have") // once this is heard, what came before was judged
	hears(heard[0], c, "what it may have")
	a.door.mu.Lock()
	a.door.files[file.Hash] = map[ledger.HospitalID]bool{a.id(): true, b.id(): true, c.id(): true}
	a.door.mu.Unlock()
	look(a, "now to all")
	hears(heard[1], a, "now to all")
	hears(heard[2], a, "now to all")
	a.door.set(id, "withdrawn")
	look(a, "withdrawn")
	a.door.set(id, "")
	look(a, "again")
	hears(heard[1], a, "again")
	if len(heard[2]) > 1 || len(heard[3]) > 0 {
		t.Errorf("others heard %d and %d more", len(heard[2]), len(heard[3]))
	}
}

func TestAGlanceIsSmallAndOnlyForThoseWhoKnowOfThem(t *testing.T) {
	heard := make(chan overheard, 20)
	a, b := newNode(t, "north", nil), newNode(t, "south", listens(heard))
	befriend(a, b)
	id := a.opens(b)
	file := a.shelf.put([]byte("a manifest of images"))
	a.says(id, "images", file)
	same(t, id, 3, a, b)
	until(t, "the link is up", func() bool { return a.state(b).Up })
	g := Glance{Thread: id, File: file.Hash, Words: json.RawMessage(`"` + strings.Repeat("x", 3000) + `"`)}
	if err := a.net.Glance(t.Context(), g); !errors.Is(err, ErrTooLarge) {
		t.Errorf("3,000 bytes: %v", err)
	}
	g.Words = json.RawMessage(`"to a release before glances"`)
	a.net.eachSession(func(s *session) { s.theirs.Glances = false })
	if err := a.net.Glance(t.Context(), g); err != nil {
		t.Error(err)
	}
	a.net.eachSession(func(s *session) { s.theirs.Glances = true })
	g.Words = json.RawMessage(`1`)
	if err := a.net.Glance(t.Context(), g); err != nil {
		t.Error(err)
	}
	if got := <-heard; string(got.Words) != `1` {
		t.Errorf("heard %s", got.Words)
	}
}

func TestWhatWaitsToBeToldIsTheNewest(t *testing.T) {
	c := make(chan int, 3)
	for i := range 10 {
		newest(c, i)
	}
	for want := 7; want < 10; want++ {
		if got := <-c; got != want {
			t.Errorf("%d instead of %d", got, want)
		}
	}
}
