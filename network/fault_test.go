package network

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"consilium/ledger"
)

func TestAThreadThatCannotBeStoredStopsNoOther(t *testing.T) {
	a, b := newNode(t, "north", nil), newNode(t, "south", nil)
	bad := a.opens(b)
	worse := a.opens(b)
	good := a.opens(b)
	b.book = ledger.NewBook(kinds(), b.book.Signer(), nil, ledger.Projection{Name: "faulty", Fold: func(_ context.Context, _ ledger.Tx, l ledger.Log) error {
		switch l.Thread {
		case bad:
			return errors.New("a fold that fails")
		case worse:
			panic("a fold that panics")
		}
		return nil
	}})
	b.shut()
	b.open()
	befriend(a, b)
	same(t, good, 2, a, b)
	if _, n := b.digest(bad); n != 0 {
		t.Fatal("the failing thread is half there")
	}
	if text := b.state(a).LastErr.En; !strings.Contains(text, "fold that") {
		t.Fatalf("the fault is not shown: %q", text)
	}
	// mended, it comes by itself with the next link
	b.shut()
	b.book = ledger.NewBook(kinds(), b.book.Signer(), nil)
	b.open()
	same(t, bad, 2, a, b)
	same(t, worse, 2, a, b)
}

func TestAStuckPartnerStopsNoOther(t *testing.T) {
	victim, stuck, id := victimAndThread(t)
	honest := newNode(t, "honest", nil)
	befriend(victim, honest)
	r := dialRaw(t, victim, stuck)
	r.next(frameHello)
	r.give(1, id, stuck.wires(id)...)
	for range 300 { // the stuck one reads nothing of it
		victim.says(id, strings.Repeat("text ", 1000))
	}
	other := victim.opens(honest)
	same(t, other, 2, victim, honest)
}

func TestASilentPartnerIsDropped(t *testing.T) {
	victim := newNode(t, "victim", func(o *Options) { o.Idle, o.Handshake = 50*time.Millisecond, 50*time.Millisecond })
	silent := newNode(t, "silent", nil)
	victim.knows(silent)
	silent.shut()
	t.Cleanup(silent.open)
	r := dialRaw(t, victim, silent)
	r.next(frameHello)
	until(t, "the link is taken down", func() bool {
		s := victim.state(silent)
		return !s.Up && s.LastErr.En == "The partner does not answer"
	})
}

func TestBandwidthLimitHolds(t *testing.T) {
	const rate = 400_000
	a, b := newNode(t, "north", func(o *Options) { o.BytesPerSecond = rate }), newNode(t, "south", nil)
	file := a.shelf.put(make([]byte, 160_000))
	id := a.opens(b)
	a.says(id, "file", file)
	began := time.Now()
	befriend(a, b)
	until(t, "the file is there", func() bool { return b.shelf.Has(file.Hash) })
	if took := time.Since(began); took < 160_000*time.Second/rate*3/4 {
		t.Fatalf("160 kB at %d bytes a second took %v", rate, took)
	}
}

func TestBackoffGrowsAndIsScattered(t *testing.T) {
	n := &Network{}
	seen := map[time.Duration]bool{}
	for failures := range 100 {
		d, most := n.backoff(failures), min(time.Second<<min(failures, 9), 5*time.Minute)
		if d < most/2 || d > most {
			t.Fatalf("after %d failures %v, not between %v and %v", failures, d, most/2, most)
		}
		seen[d] = true
	}
	if len(seen) < 90 {
		t.Fatalf("only %d different waits", len(seen))
	}
}

func TestPageIsOfferedAgainWithoutWhatWasHeldBack(t *testing.T) {
	victim, bad, id := victimAndThread(t)
	r := dialRaw(t, victim, bad)
	if _, err := decodeFrame[hello](r.next(frameHello)); err != nil {
		t.Fatal(err)
	}
	r.give(1, id, bad.wires(id)...)
	victim.door.set(id, "withdrawn")
	victim.says(id, "stays") // a thread whose digest the partner told is pushed: nothing comes
	next := victim.opens(bad)
	for {
		f, err := readFrame(r.conn)
		if err != nil {
			t.Fatal(err)
		}
		if f.kind == frameWires {
			if _, groups, _ := readBatch(f.data); len(groups) != 1 || groups[0].thread != next {
				t.Fatalf("%+v", groups)
			}
			return
		}
		if f.kind != frameHave {
			continue
		}
		h, err := decodeFrame[have](f)
		if err != nil {
			t.Fatal(err)
		}
		w := want{Page: h.Page, More: true} // always claims that there was no room
		for _, o := range h.Threads {
			w.Threads = append(w.Threads, wanted{Thread: o.Thread})
		}
		r.send(encodeFrame(frameWant, w))
	}
}

// afterUpdate is a database that does something after each commit, before the writer hears of it.
type afterUpdate struct {
	ledger.DB
	then func()
}

func (d afterUpdate) Update(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	err := d.DB.Update(ctx, fn)
	d.then()
	return err
}

// TestWhatCameOverALinkThatWentDownIsPassedOn: a link that ends between the commit and the answer must not keep what came over it from the other partners.
func TestWhatCameOverALinkThatWentDownIsPassedOn(t *testing.T) {
	for range 8 { // the answer is sent or not by chance
		a, c := newNode(t, "north", nil), newNode(t, "south", nil)
		var armed atomic.Pointer[ledger.ThreadID]
		var lastWord atomic.Value
		var b *node
		b = newNode(t, "middle", func(o *Options) {
			o.DB = afterUpdate{o.DB, func() {
				if id := armed.Load(); id != nil && b.log(*id).Find(lastWord.Load().(ledger.Hash)) != nil {
					b.net.link(c.id()).mu.Lock()
					defer b.net.link(c.id()).mu.Unlock()
					if s := b.net.link(c.id()).session; s != nil {
						s.end(errors.New("the line is cut"))
					}
				}
			}}
		})
		befriend(b, a)
		befriend(b, c)
		id := a.opens(b, c)
		same(t, id, 3, a, b, c)
		c.says(id, "joined and said")
		same(t, id, 5, a, b, c)
		c.update(func(ctx context.Context, tx ledger.Tx) error {
			e, err := c.book.Append(ctx, tx, c.person(id, "case.note", note{"the last word before the line is cut"}), epoch)
			if err == nil {
				lastWord.Store(e.Hash)
				armed.Store(&id)
			}
			return err
		})
		same(t, id, 6, a, b)
		for _, n := range []*node{a, b, c} {
			n.end()
		}
	}
}
