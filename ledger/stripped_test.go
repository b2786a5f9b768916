package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// strip is what a hostile relay does to a copy on its way.
func strip(w Wire) Wire {
	w.Body = nil
	return w
}

func (b *bookSite) wanted(t testing.TB, id ThreadID) (list []Hash) {
	t.Helper()
	b.do(t, func(ctx context.Context, tx Tx) (err error) {
		list, err = WantedBodies(ctx, tx, id, 1000)
		return err
	})
	return list
}

func (b *bookSite) verify(t testing.TB, id ThreadID) {
	t.Helper()
	b.do(t, func(ctx context.Context, tx Tx) error {
		_, err := Verify(ctx, tx, id)
		return err
	})
}

func (b *bookSite) wires(t testing.TB, id ThreadID) (list []Wire) {
	t.Helper()
	b.do(t, func(ctx context.Context, tx Tx) error {
		return eachWire(ctx, tx, id, func(_ Hash, w Wire) error {
			list = append(list, w)
			return nil
		})
	})
	return list
}

func (b *bookSite) attached(t testing.TB, id ThreadID) (n int) {
	t.Helper()
	b.do(t, func(ctx context.Context, tx Tx) error {
		list, err := Attachments(ctx, tx, id)
		n = len(list)
		return err
	})
	return n
}

// sameAs tells whether two sites read the same words, hold what they read, want nothing, and keep the same projections.
func (b *bookSite) sameAs(t testing.TB, other *bookSite, id ThreadID) {
	t.Helper()
	if got, want := show(b.readLog(t, id)), show(other.readLog(t, id)); got != want {
		t.Fatalf("%s reads\n%s\n%s reads\n%s", b.name, got, other.name, want)
	}
	b.verify(t, id)
	if list := b.wanted(t, id); len(list) != 0 {
		t.Fatalf("%s still wants %d bodies", b.name, len(list))
	}
	var mine, theirs int
	for _, s := range []struct {
		b  *bookSite
		to *int
	}{{b, &mine}, {other, &theirs}} {
		if err := s.b.db.QueryRow(`SELECT notes FROM note_count WHERE thread = $1`, id[:]).Scan(s.to); err != nil {
			t.Fatal(err)
		}
	}
	if mine != theirs {
		t.Fatalf("%s counts %d notes, %s %d", b.name, mine, other.name, theirs)
	}
}

// caseWithNotes is a case at north that south is invited to, with some notes, the first of which attaches a file.
func caseWithNotes(t testing.TB, north, south *bookSite, notes int) ThreadID {
	t.Helper()
	id := north.openCase(t)
	north.append(t, north.draft(id, KindInvited, Invitation{Hospital: south.id()}))
	for i := range notes {
		d := north.draft(id, "note", note{fmt.Sprint("note ", i)})
		if i == 0 {
			d.Blobs = []BlobRef{{Hash: SumBlob([]byte("image")), Size: 5, Type: "image/png"}}
		}
		north.append(t, d)
	}
	return id
}

func TestAStrippedEntryWantsItsBody(t *testing.T) {
	north, south := newBookSite(t, "north", 1), newBookSite(t, "south", 2)
	id := caseWithNotes(t, north, south, 2)
	whole := north.wires(t, id)
	r := south.take(t, north, id, []Wire{whole[0], whole[1], strip(whole[2]), whole[3]})
	first := hashEntry(whole[2].Header)
	if len(r.Added) != 4 || !slices.Equal(r.Lacking, []Hash{first}) {
		t.Fatalf("received %+v", r)
	}
	if got := south.wanted(t, id); !slices.Equal(got, []Hash{first}) {
		t.Fatalf("it wants %v", got)
	}
	south.append(t, south.draft(id, "note", note{"said meanwhile"})) // does not forget it
	if got := south.wanted(t, id); !slices.Equal(got, []Hash{first}) {
		t.Fatalf("after an entry of its own it wants %v", got)
	}
	if r = south.take(t, north, id, []Wire{strip(whole[2])}); len(r.Filled)+len(r.Lacking) != 0 {
		t.Fatalf("stripped once more: %+v", r)
	}
	if r = south.take(t, north, id, []Wire{whole[2]}); len(r.Filled) != 1 || r.Filled[0].Hash != first {
		t.Fatalf("received %+v", r)
	}
	if n := south.attached(t, id); n != 1 {
		t.Errorf("%d files of the thread are known", n)
	}
	north.receive(t, south, id)
	south.sameAs(t, north, id)
}

func TestStrippedAndWholeInOneBatch(t *testing.T) {
	for name, pick := range map[string]func([]Wire) []Wire{
		"stripped first": func(w []Wire) []Wire { return []Wire{w[0], w[1], strip(w[2]), w[2], w[3]} },
		"whole first":    func(w []Wire) []Wire { return []Wire{w[0], w[1], w[2], strip(w[2]), w[3]} },
		"backwards":      func(w []Wire) []Wire { return []Wire{w[3], strip(w[2]), w[2], w[1], w[0]} },
	} {
		t.Run(name, func(t *testing.T) {
			north, south := newBookSite(t, "north", 1), newBookSite(t, "south", 2)
			id := caseWithNotes(t, north, south, 2)
			if r := south.take(t, north, id, pick(north.wires(t, id))); len(r.Lacking) != 0 || len(r.Added) != 4 {
				t.Fatalf("received %+v", r)
			}
			south.sameAs(t, north, id)
			if n := south.attached(t, id); n != 1 {
				t.Errorf("%d files of the thread are known", n)
			}
		})
	}
}

// TestAWaitingEntryKeepsItsBody lets an entry wait whole and come stripped, and the other way round.
func TestAWaitingEntryKeepsItsBody(t *testing.T) {
	for name, strips := range map[string][2]bool{"waits whole": {false, true}, "waits stripped": {true, false}} {
		for _, twice := range []bool{false, true} { // the second copy waits too, or comes with what was missing
			t.Run(fmt.Sprint(name, ", both wait ", twice), func(t *testing.T) {
				north, south := newBookSite(t, "north", 1), newBookSite(t, "south", 2)
				id := caseWithNotes(t, north, south, 2)
				w := north.wires(t, id)
				copies := [2]Wire{w[3], w[3]}
				for i, s := range strips {
					if s {
						copies[i] = strip(w[3])
					}
				}
				south.take(t, north, id, copies[:1])
				rest := []Wire{w[0], w[1], w[2]}
				if twice {
					south.take(t, north, id, copies[1:])
				} else {
					rest = append(rest, copies[1])
				}
				south.take(t, north, id, rest)
				south.sameAs(t, north, id)
			})
		}
	}
}

func TestAnErasedBodyNeverComesBack(t *testing.T) {
	north, south := newBookSite(t, "north", 1), newBookSite(t, "south", 2)
	id := caseWithNotes(t, north, south, 2)
	before := north.wires(t, id)
	south.take(t, north, id, []Wire{before[0], before[1], strip(before[2]), before[3]})
	north.append(t, north.draft(id, KindErased, Erasure{Reason: "law"}, hashEntry(before[2].Header), hashEntry(before[3].Header)))
	erasure := north.wires(t, id)[4]
	// The erasure and the words come together: the words are not kept for a moment.
	if r := south.take(t, north, id, []Wire{before[2], erasure}); len(r.Filled) != 0 {
		t.Fatalf("received %+v", r)
	}
	if r := south.take(t, north, id, before[2:]); len(r.Filled)+len(r.Lacking) != 0 {
		t.Fatalf("received %+v", r)
	}
	south.sameAs(t, north, id)
	for _, b := range []*bookSite{north, south} {
		for i, w := range b.wires(t, id) {
			if (i == 2 || i == 3) != (w.Body == nil) {
				t.Errorf("%s has entry %d with a body of %d bytes", b.name, i, len(w.Body))
			}
		}
		// Nor does it leave from what is remembered.
		b.do(t, func(ctx context.Context, tx Tx) error {
			thread, err := b.book.Thread(ctx, tx, id)
			if err != nil {
				return err
			}
			for i, e := range thread.Lacks(nil) {
				if (i == 2 || i == 3) && e.HasBody() {
					t.Errorf("%s would give entry %d with its erased words", b.name, i)
				}
			}
			return nil
		})
	}
}

// TestARolledBackBodyIsStillWanted: what a transaction that failed had filled must not be remembered, for the set of entries is the same.
func TestARolledBackBodyIsStillWanted(t *testing.T) {
	north, south := newBookSite(t, "north", 1), newBookSite(t, "south", 2)
	id := caseWithNotes(t, north, south, 1)
	w := north.wires(t, id)
	south.take(t, north, id, []Wire{w[0], w[1], strip(w[2])})
	entries, _ := ReadWires(w)
	stop := fmt.Errorf("the disk is full")
	err := south.try(func(ctx context.Context, tx Tx) error {
		if _, err := south.book.Receive(ctx, tx, north.id(), id, entries, testClock); err != nil {
			return err
		}
		return stop
	})
	if err == nil {
		t.Fatal("it did not fail")
	}
	if got := south.readLog(t, id).Said[2].Says(); got != nil {
		t.Errorf("it reads %s, which is not here", got)
	}
	if r := south.take(t, north, id, w); len(r.Filled) != 1 {
		t.Errorf("received %+v", r)
	}
	south.sameAs(t, north, id)
}

// TestAnyStrippingConverges brings one history to two hospitals in random batches, orders and repetitions through relays that strip what they like. Once
// somebody gives them the bodies that they want, both read what the first one reads; what was erased stays erased.
func TestAnyStrippingConverges(t *testing.T) {
	runs := 0
	rapid.Check(t, func(r *rapid.T) {
		if runs++; runs > 25 {
			return // each has databases of its own
		}
		sites := []*bookSite{newBookSite(t, "north", 1), newBookSite(t, "south", 2), newBookSite(t, "third", 3)}
		north := sites[0]
		id := caseWithNotes(t, north, sites[1], 3)
		north.append(t, north.draft(id, KindInvited, Invitation{Hospital: sites[2].id()}))
		for i := range rapid.IntRange(1, 8).Draw(r, "entries") {
			all := north.wires(t, id)
			e := all[rapid.IntRange(2, len(all)-1).Draw(r, "about")]
			h, _ := ParseHeader(e.Header)
			if h.Kind == "note" && rapid.Bool().Draw(r, "erase") {
				north.append(t, north.draft(id, KindErased, Erasure{Reason: "law"}, hashEntry(e.Header)))
			} else {
				north.append(t, north.draft(id, "note", note{fmt.Sprint("more ", i)}))
			}
		}
		all := north.wires(t, id)
		for _, s := range sites[1:] {
			for range rapid.IntRange(1, 6).Draw(r, "batches") {
				batch := rapid.SliceOfN(rapid.IntRange(0, len(all)-1), 1, 2*len(all)).Draw(r, "which")
				var wires []Wire
				for _, i := range batch {
					w := all[i]
					if h, _ := ParseHeader(w.Header); !rosterKind(h.Kind) && rapid.Bool().Draw(r, "strip") {
						w = strip(w)
					}
					wires = append(wires, w)
				}
				s.take(t, north, id, wires)
			}
			var stripped []Wire
			for _, w := range all {
				if h, _ := ParseHeader(w.Header); !rosterKind(h.Kind) {
					w = strip(w)
				}
				stripped = append(stripped, w)
			}
			s.take(t, north, id, stripped) // everything is there now, perhaps without words
		}
		for _, s := range sites[1:] {
			var wires []Wire
			wanted := s.wanted(t, id)
			for _, w := range all {
				if slices.Contains(wanted, hashEntry(w.Header)) {
					wires = append(wires, w)
				}
			}
			if len(wires) > 0 {
				s.take(t, north, id, wires)
			}
			s.sameAs(t, north, id)
		}
	})
}

// TestAnEntryErasedAtOnceIsStillSigned corrects words that are erased already: the correction is stored without words, and holds.
func TestAnEntryErasedAtOnceIsStillSigned(t *testing.T) {
	north := newBookSite(t, "north", 1)
	id := north.openCase(t)
	secret := north.append(t, north.draft(id, "note", note{"a secret"}))
	north.append(t, north.draft(id, KindErased, Erasure{Reason: "law"}, secret.Hash))
	says, _ := Encode(note{"a secret, corrected"})
	e := north.append(t, north.draft(id, KindAmend, Amendment{Says: says, Why: "typing"}, secret.Hash))
	if _, err := ReadEntry(e.Wire); err != nil {
		t.Error(err)
	}
	north.append(t, north.draft(id, "note", note{"after it"}))
	north.verify(t, id)
	if w := north.wires(t, id); w[1].Body != nil || w[3].Body != nil {
		t.Error("erased words are stored")
	}
}

// TestAppendAllIsOneWrite says several things at once: all of them or none, and what hangs on the thread is folded once.
func TestAppendAllIsOneWrite(t *testing.T) {
	north, south := newBookSite(t, "north", 1), newBookSite(t, "south", 2)
	folds := 0
	counting := notes
	counting.Fold = func(ctx context.Context, tx Tx, l Log) error {
		folds++
		return notes.Fold(ctx, tx, l)
	}
	south.book = NewBook(NewKinds(noteKinds), south.signer, nil, counting)
	id := caseWithNotes(t, north, south, 1)
	south.receive(t, north, id)
	var drafts []Draft
	for i := range 40 {
		drafts = append(drafts, south.draft(id, "note", note{fmt.Sprint(i)}))
	}
	folds = 0
	south.do(t, func(ctx context.Context, tx Tx) error {
		list, err := south.book.AppendAll(ctx, tx, id, drafts, testClock)
		if len(list) != 40 {
			t.Errorf("%d entries", len(list))
		}
		return err
	})
	if n := len(south.readLog(t, id).Said); n != 44 || folds != 1 { // it joined first
		t.Errorf("%d entries, folded %d times", n, folds)
	}
	err := south.try(func(ctx context.Context, tx Tx) error {
		_, err := south.book.AppendAll(ctx, tx, id, []Draft{drafts[0], south.draft(id, "note", note{""})}, testClock)
		return err
	})
	if !errors.Is(err, ErrNotSayable) || len(south.readLog(t, id).Said) != 44 {
		t.Errorf("half of it was said, %v", err)
	}
	north.receive(t, south, id)
	south.sameAs(t, north, id)
	north.sameAs(t, south, id)
}
