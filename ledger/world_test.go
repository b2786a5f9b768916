package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// testClock is when tests happen.
var testClock = time.Date(2026, 3, 2, 8, 20, 0, 0, time.FixedZone("", 8*3600))

// seeded is a source of keys that is the same in every run.
type seeded struct{ *rand.ChaCha8 }

func newSeeded(n uint64) seeded {
	var seed [32]byte
	binary.BigEndian.PutUint64(seed[:], n)
	return seeded{rand.NewChaCha8(seed)}
}

// site is a hospital in a test: keys and a copy of one thread, without a database.
type site struct {
	name   string
	issuer Issuer
	signer Signer
	thread *Thread
	keys   uint64
}

func newSite(t testing.TB, name string, n uint64) *site {
	t.Helper()
	random := newSeeded(n)
	root, err := NewRoot(random)
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := root.NewIssuer(random)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{name: name, issuer: issuer, keys: n * 1000}
	s.newKey(t)
	return s
}

// newKey is what a restored node does.
func (s *site) newKey(t testing.TB) {
	t.Helper()
	s.keys++
	signer, err := s.issuer.NewSigner(newSeeded(s.keys), testClock)
	if err != nil {
		t.Fatal(err)
	}
	s.signer = signer
}

func (s *site) id() HospitalID { return s.signer.Hospital() }

func (s *site) author() Author { return Author{Name: "Dr. " + s.name, Role: "surgeon"} }

// open opens a thread and keeps it.
func (s *site) open(t testing.TB, kind string) ThreadID {
	t.Helper()
	body, err := newBody(Draft{Author: s.author()}, Opened{Kind: kind})
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.signer.signOpening(Header{Seq: 1, Height: 1, Time: testClock, Person: "p1", Kind: KindOpened, Version: 1}, body)
	if err != nil {
		t.Fatal(err)
	}
	s.thread = NewThread(e.Thread)
	s.must(t, e)
	return e.Thread
}

// draft signs an entry after all that the site knows, without admitting it.
func (s *site) draft(t testing.TB, kind string, says any, refs ...Hash) *Entry {
	t.Helper()
	body, err := newBody(Draft{Author: s.author()}, says)
	if err != nil {
		t.Fatal(err)
	}
	after, seq, height := s.thread.next(s.signer.Key())
	e, err := s.signer.sign(Header{Thread: s.thread.ID, Seq: seq, After: after, Height: height, Time: testClock.Add(time.Duration(height) * time.Minute),
		Person: "p1", Kind: kind, Version: 1, Refs: refs}, body)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// say signs an entry and keeps it.
func (s *site) say(t testing.TB, kind string, says any, refs ...Hash) *Entry {
	t.Helper()
	e := s.draft(t, kind, says, refs...)
	s.must(t, e)
	return e
}

func (s *site) must(t testing.TB, e *Entry) {
	t.Helper()
	if err := s.thread.Admit(e); err != nil {
		t.Fatalf("%s does not take its own %s: %v", s.name, e.Kind, err)
	}
}

// pull brings everything that another site has, as often as needed for both branches of a fork. Of two that have other branches of one key, the one that has
// less of it gives what follows before it gives the branch: that comes with the next pull, after the other's answer has shown the fork.
func (s *site) pull(t testing.TB, from *site) {
	t.Helper()
	if s.thread == nil {
		s.thread = NewThread(from.thread.ID)
	}
	for range 2 {
		for _, e := range from.thread.Lacks(s.thread.Tips()) {
			again, err := ReadEntry(e.Wire)
			if err != nil {
				t.Fatalf("%s reads from %s: %v", s.name, from.name, err)
			}
			var missing *MissingError
			if err := s.thread.Admit(again); err != nil && !errors.As(err, &missing) {
				t.Fatalf("%s takes %s of %s: %v", s.name, e.Kind, from.name, err)
			}
		}
	}
}

func meet(t testing.TB, a, b *site) {
	t.Helper()
	a.pull(t, b)
	b.pull(t, a)
}

// invite lets the steward invite a site, which joins.
func invite(t testing.TB, steward, guest *site) {
	t.Helper()
	steward.say(t, KindInvited, Invitation{Hospital: guest.id()})
	guest.pull(t, steward)
	guest.say(t, KindJoined, None{})
	steward.pull(t, guest)
}

// show writes a log in a form that two nodes can be compared by.
func show(l Log) string {
	text := fmt.Sprintf("%s %s steward %s offer %+v\n", l.Thread, l.Kind, l.Roster.Steward.Raw()[:4], l.Roster.Offer)
	for _, m := range l.Roster.Members {
		text += fmt.Sprintf("  member %s %s since %s\n", m.Hospital.Raw()[:4], m.State, m.Since.Short())
	}
	for _, s := range l.Said {
		text += fmt.Sprintf("  %d %s %s %s says %s", s.Height, s.Hash.Short(), s.Kind, s.Standing, s.Says())
		for _, c := range s.Corrected {
			text += fmt.Sprintf(" corrected by %s to %s", c.By.Hash.Short(), c.Says)
		}
		text += "\n"
	}
	return text
}
