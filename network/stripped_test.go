package network

import (
	"context"
	"fmt"
	"testing"

	"consilium/ledger"
)

// strip leaves the bodies of ordinary entries away, as a hostile relay can.
func strip(wires []ledger.Wire) []ledger.Wire {
	list := make([]ledger.Wire, len(wires))
	for i, w := range wires {
		if h, err := ledger.ParseHeader(w.Header); err == nil && h.Kind == "case.note" {
			w.Body = nil
		}
		list[i] = w
	}
	return list
}

// lacks is how many bodies of a thread are wanted at a node.
func (n *node) lacks(id ledger.ThreadID) int {
	n.t.Helper()
	var list []ledger.Hash
	err := n.db.View(context.Background(), func(ctx context.Context, tx ledger.Tx) (err error) {
		list, err = ledger.WantedBodies(ctx, tx, id, 100_000)
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return len(list)
}

// whole waits until a node has all bodies of a thread and reads the same words as another one, and that it all verifies.
func whole(t *testing.T, id ledger.ThreadID, as *node, nodes ...*node) {
	t.Helper()
	words := func(n *node) (text string) {
		for _, s := range n.log(id).Said {
			text += fmt.Sprintf("%s %s\n", s.Hash.Short(), s.Says())
		}
		return text
	}
	for _, n := range nodes {
		until(t, n.name+" has all bodies", func() bool { return n.lacks(id) == 0 })
		if got, want := words(n), words(as); got != want {
			t.Fatalf("%s reads\n%s\nnot\n%s", n.name, got, want)
		}
		err := n.db.View(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
			_, err := ledger.Verify(ctx, tx, id)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// strippedBy lets a hostile partner give a node a thread of another one without its words.
func strippedBy(t *testing.T, to, relay, from *node, id ledger.ThreadID) *raw {
	t.Helper()
	to.knows(relay)
	relay.shut()
	t.Cleanup(relay.open)
	r := dialRaw(t, to, relay)
	r.next(frameHello)
	wires := strip(from.wires(id))
	a := r.give(1, id, wires...)
	if a.Added != len(wires) || a.Lacks == 0 || to.lacks(id) != a.Lacks {
		t.Fatalf("answer %+v, %d bodies wanted", a, to.lacks(id))
	}
	return r
}

// TestAStrippingRelayIsMended: the only way between two honest hospitals strips words; once they meet each other, in either order, both read the same.
func TestAStrippingRelayIsMended(t *testing.T) {
	for name, linkFirst := range map[string]bool{"they meet later": false, "they are linked": true} {
		t.Run(name, func(t *testing.T) {
			a, relay, b := newNode(t, "north", nil), newNode(t, "relay", nil), newNode(t, "south", nil)
			id := a.opens(relay, b)
			file := a.shelf.put([]byte("image"))
			a.says(id, "one", file)
			a.says(id, "two")
			if linkFirst {
				a.door.set(id, "not yet") // the honest line is slower than the hostile one
				befriend(a, b)
				other := a.opens(b)
				same(t, other, 2, a, b)
			}
			r := strippedBy(t, b, relay, a, id)
			if linkFirst {
				a.door.set(id, "")
				a.net.CompareNow()
			} else {
				befriend(a, b)
			}
			whole(t, id, a, b)
			same(t, id, 5, a, b)
			r.conn.Close() // it was asked for the file and says nothing
			until(t, "the file of the entry has come too", func() bool { return b.shelf.Has(file.Hash) })
			until(t, "north knows that south has all of it", func() bool {
				list, err := a.net.WhoHas(t.Context(), id)
				return err == nil && len(list) == 1 && list[0].All
			})
		})
	}
}

// TestStrippedWordsComeOverAnyMember: nobody that the hospitals behind the relay know has the words, until one of them meets somebody who does.
func TestStrippedWordsComeOverAnyMember(t *testing.T) {
	a, relay, b, c, d := newNode(t, "north", nil), newNode(t, "relay", nil), newNode(t, "b", nil), newNode(t, "c", nil), newNode(t, "d", nil)
	id := a.opens(relay, b, c, d)
	a.says(id, "one")
	befriend(b, c)
	befriend(c, d)
	strippedBy(t, b, relay, a, id)
	same(t, id, 6, b, c, d)
	if b.lacks(id) != 1 || c.lacks(id) != 1 || d.lacks(id) != 1 {
		t.Fatal("words came from nowhere")
	}
	if list, err := b.net.WhoHas(t.Context(), id); err != nil || len(list) == 0 || list[0].All {
		t.Fatalf("b believes that c has all of it: %+v, %v", list, err)
	}
	befriend(a, d) // and all the way back
	whole(t, id, a, b, c, d)
}

// TestAWholeCopyReachesWhoAskedInVain: a hospital that had nothing when it was asked gets the words later from somebody else.
func TestAWholeCopyReachesWhoAskedInVain(t *testing.T) {
	a, relay, b, c := newNode(t, "north", nil), newNode(t, "relay", nil), newNode(t, "b", nil), newNode(t, "c", nil)
	id := a.opens(relay, b, c)
	a.says(id, "one")
	c.door.set(id, "c gives nothing yet")
	b.door.set(id, "b gives nothing yet") // so that c gets the words from north alone
	befriend(b, c)
	strippedBy(t, b, relay, a, id)
	befriend(a, c)
	same(t, id, 5, a, c)
	c.door.set(id, "")
	c.says(id, "c joins and says something")
	same(t, id, 7, a, b, c)
	whole(t, id, c, b)
}

// TestAComparisonSaysWhatIsLacking: who compares must not pass for somebody who has all the words, or nobody brings the rest when it comes.
func TestAComparisonSaysWhatIsLacking(t *testing.T) {
	a, relay, b, witness := newNode(t, "north", nil), newNode(t, "relay", nil), newNode(t, "south", nil), newNode(t, "witness", nil)
	id := a.opens(relay, b, witness)
	a.says(id, "one")
	strippedBy(t, b, relay, a, id)
	b.knows(witness)
	witness.shut()
	t.Cleanup(witness.open)
	w := dialRaw(t, b, witness)
	w.next(frameHello)
	h, err := decodeFrame[have](w.next(frameHave))
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Threads) != 1 || h.Threads[0].Thread != id || h.Threads[0].Lacks != 1 {
		t.Fatalf("it offers %+v", h.Threads)
	}
}

// TestWordsThatNobodyHasAreNotAskedForInCircles: a member never gives the words of what it signs. The question goes to each partner once in a session, and not
// each time that the member says so again.
func TestWordsThatNobodyHasAreNotAskedForInCircles(t *testing.T) {
	a, relay, b, witness := newNode(t, "north", nil), newNode(t, "relay", nil), newNode(t, "south", nil), newNode(t, "witness", nil)
	id := a.opens(relay, b, witness)
	for i := range 20 {
		a.says(id, fmt.Sprint(i))
	}
	r := strippedBy(t, b, relay, a, id)
	b.knows(witness)
	witness.shut()
	t.Cleanup(witness.open)
	w := dialRaw(t, b, witness)
	w.next(frameHello)
	asked := 0
	count := func(f frame) {
		list, err := decodeFrame[want](f)
		if err != nil {
			t.Fatal(err)
		}
		for _, t := range list.Threads {
			asked += len(t.Bodies)
		}
	}
	count(w.next(frameWant)) // at the beginning of the session
	if asked != 20 {
		t.Fatalf("it asked for %d bodies", asked)
	}
	stripped := strip(a.wires(id))
	for i := range 5 {
		if ack := r.give(uint64(2+i), id, stripped...); ack.Added != 0 || ack.Lacks != 20 {
			t.Fatalf("answer %+v", ack)
		}
	}
	mine := b.opens(witness) // what is offered after all that
	for {
		f, err := readFrame(w.conn)
		if err != nil {
			t.Fatal(err)
		}
		if f.kind == frameWant {
			count(f)
		}
		if f.kind != frameHave {
			continue
		}
		h, err := decodeFrame[have](f)
		if err != nil {
			t.Fatal(err)
		}
		w.send(encodeFrame(frameWant, want{Page: h.Page}))
		if len(h.Threads) > 0 && h.Threads[len(h.Threads)-1].Thread == mine {
			break
		}
	}
	if asked != 20 {
		t.Errorf("it asked for %d bodies", asked)
	}
}

// TestErasedWordsAreNotGiven: whoever has not heard of an erasure asks, and gets the erasure and no words.
func TestErasedWordsAreNotGiven(t *testing.T) {
	a, relay, b := newNode(t, "north", nil), newNode(t, "relay", nil), newNode(t, "south", nil)
	id := a.opens(relay, b)
	secret := a.says(id, "a secret")
	a.says(id, "no secret")
	strippedBy(t, b, relay, a, id)
	a.update(func(ctx context.Context, tx ledger.Tx) error {
		d := a.person(id, ledger.KindErased, ledger.Erasure{Reason: "law"})
		d.Refs = []ledger.Hash{secret}
		_, err := a.book.Append(ctx, tx, d, epoch)
		return err
	})
	befriend(a, b)
	same(t, id, 6, a, b)
	whole(t, id, a, b)
	for _, s := range b.log(id).Said {
		if s.Hash == secret && s.HasBody() {
			t.Error("the erased words came back")
		}
	}
}

// TestTooManyBodiesAreNotLookedFor: a question has its bound.
func TestTooManyBodiesAreNotLookedFor(t *testing.T) {
	victim, bad, id := victimAndThread(t)
	r := dialRaw(t, victim, bad)
	r.next(frameHello)
	r.send(encodeFrame(frameWant, want{Threads: []wanted{{Thread: id, Bodies: make([]ledger.Hash, bodiesMost+1)}}}))
	for {
		if _, err := readFrame(r.conn); err != nil {
			return
		}
	}
}
