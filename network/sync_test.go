package network

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"consilium/ledger"
)

func TestTwoHospitalsConverge(t *testing.T) {
	a, b := newNode(t, "north", nil), newNode(t, "south", nil)
	early := a.opens(b)
	a.says(early, "before the link is up")
	befriend(a, b)
	same(t, early, 3, a, b)

	b.says(early, "from the side that nobody can call") // joins first
	same(t, early, 5, a, b)
	late := b.opens(a)
	b.says(late, "live")
	same(t, late, 3, a, b)

	until(t, "each knows that the other has all", func() bool {
		s := a.state(b)
		return s.Up && s.Partner.State == Accepted && s.BehindEntries == 0 && b.state(a).BehindEntries == 0
	})
	until(t, "who has it", func() bool {
		h, err := a.net.WhoHas(t.Context(), early)
		return err == nil && len(h) == 1 && h[0].Hospital == b.id() && h[0].All && h[0].Entries == 5
	})
}

func TestRelayThroughTheMiddle(t *testing.T) {
	a, b, c := newNode(t, "north", nil), newNode(t, "middle", nil), newNode(t, "south", nil)
	befriend(b, a)
	befriend(b, c)
	id := a.opens(b, c) // a and c are no partners
	file := a.shelf.put(bytes.Repeat([]byte("image "), 100_000))
	a.says(id, "for both", file)
	same(t, id, 4, a, b, c)
	c.says(id, "back again")
	same(t, id, 6, a, b, c)
	until(t, "the file has gone through the middle", func() bool { return c.shelf.Has(file.Hash) })
	private := a.opens(b)
	same(t, private, 2, a, b)
	if _, n := c.digest(private); n != 0 {
		t.Fatal("a thread went to a hospital that takes no part in it")
	}
}

func TestInvitedLaterGetsTheWholeThread(t *testing.T) {
	a, b, c := newNode(t, "north", nil), newNode(t, "south", nil), newNode(t, "late", nil)
	befriend(a, b)
	befriend(a, c)
	id := a.opens(b)
	a.says(id, "one")
	same(t, id, 3, a, b)
	until(t, "link", func() bool { return a.state(c).Up })
	if _, n := c.digest(id); n != 0 {
		t.Fatal("it was sent before the invitation")
	}
	a.update(func(ctx context.Context, tx ledger.Tx) error {
		_, err := a.book.Append(ctx, tx, a.person(id, ledger.KindInvited, ledger.Invitation{Hospital: c.id()}), epoch)
		return err
	})
	same(t, id, 4, a, b, c)
}

func TestRemovedHospitalLearnsItAndNothingMore(t *testing.T) {
	a, b := newNode(t, "north", nil), newNode(t, "south", nil)
	befriend(a, b)
	id := a.opens(b)
	same(t, id, 2, a, b)
	b.says(id, "mine")
	same(t, id, 4, a, b)
	a.update(func(ctx context.Context, tx ledger.Tx) error {
		_, err := a.book.Append(ctx, tx, a.person(id, ledger.KindRemoved, ledger.Leaving{Hospital: b.id(), Reason: "mistake"}), epoch)
		return err
	})
	same(t, id, 5, a, b)
	if b.log(id).Roster.State(b.id()) != ledger.Removed {
		t.Fatal("the removed hospital does not know it")
	}
	a.says(id, "after the removal")
	b.net.CompareNow()
	next := a.opens(b) // comes after it, so all that would have come has come
	same(t, next, 2, a, b)
	if _, n := b.digest(id); n != 5 {
		t.Fatalf("the removed hospital has %d entries", n)
	}
}

func TestForkBothBranchesArriveEverywhere(t *testing.T) {
	a, b, c := newNode(t, "north", nil), newNode(t, "south", nil), newNode(t, "third", nil)
	id := a.opens(b, c)
	a.says(id, "one")
	// a copy of a's data folder, which goes on by itself with the same key
	twin := newNode(t, "twin", nil)
	twin.receives(a, id)
	twin.book.SetSigner(a.book.Signer())
	a.says(id, "left")
	twin.says(id, "right")
	b.receives(a, id)
	c.receives(twin, id)
	befriend(b, c)
	same(t, id, 6, b, c)
	for _, n := range []*node{b, c} {
		if l := n.log(id); len(l.Forks) != 1 || l.Forks[0] != a.book.Signer().Key() {
			t.Fatalf("%s sees forks %v", n.name, l.Forks)
		}
	}
}

// receives takes a thread over by hand, as from a bundle.
func (n *node) receives(from *node, id ledger.ThreadID) {
	n.t.Helper()
	entries, errs := ledger.ReadWires(from.wires(id))
	for _, err := range errs {
		if err != nil {
			n.t.Fatal(err)
		}
	}
	n.update(func(ctx context.Context, tx ledger.Tx) error {
		_, err := n.book.Receive(ctx, tx, from.id(), id, entries, epoch)
		return err
	})
}

func TestOddEntriesAreKeptAndRelayed(t *testing.T) {
	newer := ledger.NewKinds([]ledger.Kind{ledger.Declare[note](ledger.Kind{Name: "case.from-the-future"}), ledger.Declare[note](ledger.Kind{Name: "case.note"})})
	a, b, c := newNode(t, "north", nil), newNode(t, "middle", nil), newNode(t, "south", nil)
	a.book.Kinds = newer
	befriend(b, a)
	befriend(b, c)
	id := a.opens(b, c)
	a.update(func(ctx context.Context, tx ledger.Tx) error {
		if _, err := a.book.Append(ctx, tx, a.person(id, "case.from-the-future", note{"?"}), epoch); err != nil {
			return err
		}
		_, err := a.book.Append(ctx, tx, a.person(id, "case.note", note{"my clock is two days ahead"}), epoch.Add(48*time.Hour))
		return err
	})
	same(t, id, 5, a, b, c)
	var odd int
	err := c.db.View(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM entry WHERE clock_odd = 1`).Scan(&odd)
	})
	if err != nil || odd != 1 {
		t.Fatalf("%d entries are marked for their clock, %v", odd, err)
	}
}

func TestGateHoldsBackAndLetsGo(t *testing.T) {
	a, b := newNode(t, "north", nil), newNode(t, "south", nil)
	befriend(a, b)
	id := a.opens(b)
	same(t, id, 2, a, b)
	a.door.set(id, "the patient has withdrawn the consent")
	a.says(id, "stays here")
	other := a.opens(b)
	same(t, other, 2, a, b) // it went past the first one
	if _, n := b.digest(id); n != 2 {
		t.Fatalf("the other side has %d entries", n)
	}
	if held := a.state(b).HeldBack; len(held) != 1 || held[0].Thread != id || held[0].Reason != "the patient has withdrawn the consent" {
		t.Fatalf("held back: %+v", held)
	}
	a.door.set(id, "")
	a.says(id, "consent is here again")
	same(t, id, 4, a, b)
	if held := a.state(b).HeldBack; len(held) != 0 {
		t.Fatalf("still held back: %+v", held)
	}
}

func TestCrossingCallsLeaveOneLink(t *testing.T) {
	a, b := newNode(t, "north", nil), newNode(t, "south", nil)
	a.knows(b, b.addr)
	b.knows(a, a.addr)
	id := a.opens(b)
	same(t, id, 2, a, b)
	for i := range 5 {
		a.says(id, "a")
		same(t, id, 3+i, a, b)
	}
	until(t, "both speak of one link", func() bool {
		la, lb := a.net.link(b.id()), b.net.link(a.id())
		la.mu.Lock()
		sa := la.session
		la.mu.Unlock()
		lb.mu.Lock()
		sb := lb.session
		lb.mu.Unlock()
		return sa != nil && sb != nil && sa.caller() == sb.caller()
	})
}

func TestBlockedPartnerIsToldSo(t *testing.T) {
	a, b := newNode(t, "north", nil), newNode(t, "south", nil)
	befriend(a, b)
	id := a.opens(b)
	same(t, id, 2, a, b)
	if err := a.net.Block(t.Context(), b.id()); err != nil {
		t.Fatal(err)
	}
	until(t, "the link is down at the other side", func() bool { return !b.state(a).Up })
	b.net.CallNow()
	until(t, "the other side reads why", func() bool { return strings.Contains(b.state(a).LastErr.En, "blocked us") })
	a.says(id, "not for them")
	a.knows(b) // let in again
	b.net.CallNow()
	same(t, id, 3, a, b)
	if err := a.net.Remove(t.Context(), b.id()); err != nil {
		t.Fatal(err)
	}
	if list, err := a.net.Partners(t.Context()); err != nil || len(list) != 0 {
		t.Fatalf("partners %v, %v", list, err)
	}
}

func TestFenceAfterRollback(t *testing.T) {
	a, b := newNode(t, "north", nil), newNode(t, "south", nil)
	befriend(a, b)
	id := a.opens(b)
	same(t, id, 2, a, b)
	old := a.snapshot()
	a.says(id, "lost at north")
	gone := a.opens(b)
	same(t, id, 3, a, b)
	same(t, gone, 2, a, b)

	key := a.book.Signer().Key()
	a.restore(old)
	b.net.CallNow()
	select {
	case fenced := <-a.fenced:
		if fenced != key {
			t.Fatalf("fenced %s, not %s", fenced.Short(), key.Short())
		}
	case <-time.After(patience):
		t.Fatal("the rollback was not noticed")
	}
	same(t, id, 3, a, b) // fetched from the partner
	same(t, gone, 2, a, b)
	a.says(id, "under a new key")
	same(t, id, 4, a, b)
	if l := b.log(id); len(l.Forks) != 0 {
		t.Fatal("the restored node has forked itself")
	}
}

func TestFenceWhenTheOldKeyHasWrittenAgain(t *testing.T) {
	a, b := newNode(t, "north", nil), newNode(t, "south", nil)
	befriend(a, b)
	id := a.opens(b)
	same(t, id, 2, a, b)
	old := a.snapshot()
	a.says(id, "lost at north")
	same(t, id, 3, a, b)
	a.restore(old)
	a.says(id, "written before the link was up again")
	b.net.CallNow()
	select {
	case <-a.fenced:
	case <-time.After(patience):
		t.Fatal("the rollback was not noticed")
	}
	same(t, id, 4, a, b) // both branches, at both
	a.says(id, "under a new key")
	same(t, id, 5, a, b)
}

func TestNothingLeavesWhileTheFenceFails(t *testing.T) {
	broken := errors.New("no place for a key")
	a := newNode(t, "north", func(o *Options) {
		o.Fence = func(context.Context, ledger.Key, ledger.ThreadID) error { return broken }
	})
	b := newNode(t, "south", nil)
	befriend(a, b)
	id := a.opens(b)
	a.says(id, "one")
	same(t, id, 3, a, b)
	old := a.snapshot()
	a.says(id, "two")
	same(t, id, 4, a, b)
	a.restore(old)
	b.net.CallNow()
	until(t, "it is shown", func() bool { return strings.Contains(a.state(b).LastErr.En, "new signing key") })
	fresh := a.opens(b)
	b.net.CallNow()
	until(t, "the link fails again", func() bool { return !b.state(a).Up })
	if _, n := b.digest(fresh); n != 0 {
		t.Fatal("something left under the fenced key")
	}
}

func TestInvitationMakesPartners(t *testing.T) {
	a, b, c := newNode(t, "north", nil), newNode(t, "south", nil), newNode(t, "third", nil)
	code, err := a.net.Invite(t.Context(), a.addr, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.net.Accept(t.Context(), "  "+strings.ToLower(code[:30])+"\n"+code[30:])
	if err != nil || p.Hospital != a.id() || p.State != Accepted || p.Name != "north" {
		t.Fatalf("%+v, %v", p, err)
	}
	id := a.opens(b)
	same(t, id, 2, a, b)
	var refused *RefusedError
	if _, err = c.net.Accept(t.Context(), code); !errors.As(err, &refused) || refused.Code != refusedInvite || refused.By != a.id() {
		t.Fatalf("a used code: %v", err)
	}
	if _, err = b.net.Accept(t.Context(), code); err != nil { // the answer to the first try was lost, say
		t.Fatalf("the same hospital again: %v", err)
	}
	stale, err := a.net.Invite(t.Context(), a.addr, -time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "CONSILIUM-", stale, strings.Replace(code, code[20:22], "77", 1), code[:len(code)-3]} {
		if _, err := c.net.Accept(t.Context(), bad); !errors.Is(err, ErrInvitation) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := a.net.Accept(t.Context(), code); !errors.Is(err, ErrInvitation) {
		t.Errorf("its own code: %v", err)
	}
}
