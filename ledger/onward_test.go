package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// tally is a fold that hangs on everything that a log shows. Onward adds only what is new.
type tally struct {
	lines []string
	from  int // where the last step began: 0 where the log was read from its beginning
}

var tallying = &Fold[tally]{
	Whole: func(l Log) tally { return tally{lines: lines(l, 0)} },
	Onward: func(before tally, l Log, from int) (tally, bool) {
		return tally{append(slices.Clip(before.lines), lines(l, from)...), from}, true
	},
}

func lines(l Log, from int) (list []string) {
	for i := from; i < len(l.Said); i++ {
		s := l.Said[i]
		line := fmt.Sprintf("%d %s %s %s erased %v here %v says %s by %s", s.Height, s.Hash, s.Kind, s.Standing, s.Erased, s.Content != nil, s.Says(), s.Hospital)
		for _, c := range s.Corrected {
			line += fmt.Sprintf(" corrected by %s to %s, %v", c.By.Hash, c.Says, c.Content != nil)
		}
		list = append(list, line)
	}
	return list
}

// whole is all that a log is.
func whole(l Log) string {
	text := show(l) + fmt.Sprintf("forks %v, %d cuts, ahead %v, opener %s\n", l.Forks, len(l.Roster.cuts), l.ahead, l.Roster.Opener)
	for i, line := range lines(l, 0) {
		if found := l.Find(l.Said[i].Hash); found != &l.Said[i] {
			text += "not found: "
		}
		text += line + "\n"
	}
	return text
}

// reader follows a site's thread with a log that goes on from where it was.
type reader struct {
	log  Log
	kept *Log // as it was at the last snapshot
	old  []Log
	then []string // how the old ones read when they were new
}

// TestALogThatGoesOnReadsAsFromNothing plays random histories as [TestAnyHistoryConverges] does, and after each step lets each site's log go on from where it was: it must
// be the log that is read from nothing, and so must what is folded of it. Machines are rolled back: their logs then go on from an older one beside a branch that was
// given up. Every log goes on reading as it did when it was new.
func TestALogThatGoesOnReadsAsFromNothing(t *testing.T) {
	wentOn := 0
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t, r)
		readers := map[*site]*reader{}
		for _, s := range w.sites {
			readers[s] = &reader{log: s.thread.Log()}
		}
		for range rapid.IntRange(5, 50).Draw(r, "steps") {
			threads := map[*site]*Thread{}
			snapshots := map[*site]*Thread{}
			for _, s := range w.sites {
				threads[s], snapshots[s] = s.thread, w.old[s]
			}
			if rapid.IntRange(0, 9).Draw(r, "ahead") == 0 {
				w.eraseAhead()
			} else {
				w.step()
			}
			for _, s := range w.sites {
				x := readers[s]
				if w.old[s] != snapshots[s] {
					kept := x.log
					x.kept = &kept
				}
				if s.thread != threads[s] { // rolled back
					x.log = *x.kept
				}
				if x.follow(r, s) {
					wentOn++
				}
			}
		}
		for _, s := range w.sites {
			for i, l := range readers[s].old {
				if got := whole(l); got != readers[s].then[i] {
					r.Fatalf("a log of %s read\n%s\nand reads now\n%s", s.name, readers[s].then[i], got)
				}
			}
		}
	})
	if wentOn == 0 {
		t.Error("no log went on")
	}
}

// follow brings the log up to its thread, and tells whether what is folded went on from where it was.
func (x *reader) follow(r *rapid.T, s *site) bool {
	var added []*Entry
	for _, n := range s.thread.nodes {
		if x.log.Find(n.Hash) == nil {
			added = append(added, n.Entry)
		}
	}
	if len(added) == 0 {
		return false
	}
	if rapid.Bool().Draw(r, "folded before") {
		Folded(x.log, tallying)
	}
	x.log = s.thread.logAfter(x.log, added)
	want := s.thread.Log()
	if got := whole(x.log); got != whole(want) {
		r.Fatalf("%s went on to\n%s\nfrom nothing it reads\n%s", s.name, got, whole(want))
	}
	x.old, x.then = append(x.old, x.log), append(x.then, whole(want))
	state := Folded(x.log, tallying)
	if !slices.Equal(state.lines, lines(want, 0)) {
		r.Fatalf("%s folded %q, want %q", s.name, state.lines, lines(want, 0))
	}
	return state.from > 0
}

// eraseAhead lets a site name for erasing what it has not seen yet.
func (w *world) eraseAhead() {
	s, other := w.site("who"), w.site("whose")
	if target := w.entryOf(other); target != nil {
		w.try(s, KindErased, Erasure{Reason: "law"}, target.Hash)
	}
}

// TestABookGoesOnAsFromNothing lets two books say, correct, erase, strip, receive and give up transactions at random: what each of them remembers of the thread, and what its
// projection has, is what a new book reads from the tables.
func TestABookGoesOnAsFromNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		a, b := newBookSite(t, "a", 1), newBookSite(t, "b", 2)
		id := a.openCase(t)
		a.append(t, a.draft(id, KindInvited, Invitation{Hospital: b.id()}))
		b.receive(t, a, id)
		giveUp := errors.New("given up")
		for range rapid.IntRange(3, 25).Draw(r, "steps") {
			s, other := a, b
			if rapid.Bool().Draw(r, "who") {
				s, other = b, a
			}
			l := s.readLog(t, id)
			target := l.Said[rapid.IntRange(0, len(l.Said)-1).Draw(r, "target")]
			says, _ := Encode(note{"amended"})
			d := map[string]Draft{"note": s.draft(id, "note", note{"one more"}), "amend": s.draft(id, KindAmend, Amendment{Says: says, Why: "typing"}, target.Hash),
				"retract": s.draft(id, KindRetract, Retraction{Why: "mistake"}, target.Hash), "erase": s.draft(id, KindErased, Erasure{Reason: "law"}, target.Hash),
			}[rapid.SampledFrom([]string{"note", "note", "note", "amend", "retract", "erase", "receive"}).Draw(r, "what")]
			if d.Kind == "" {
				s.receive(t, other, id)
			} else {
				end := rapid.SampledFrom([]error{nil, nil, giveUp}).Draw(r, "end")
				s.try(func(ctx context.Context, tx Tx) error {
					list, err := s.book.AppendAll(ctx, tx, id, slices.Repeat([]Draft{d}, rapid.IntRange(1, 3).Draw(r, "times")), testClock)
					if err == nil && len(list) == 0 {
						r.Fatal("nothing was said")
					}
					return errors.Join(err, end)
				})
			}
			s.sameAsFromNothing(t, r, id)
		}
	})
}

func (b *bookSite) sameAsFromNothing(t *testing.T, r *rapid.T, id ThreadID) {
	t.Helper()
	fresh := NewBook(NewKinds(noteKinds), b.signer, nil, notes)
	b.do(t, func(ctx context.Context, tx Tx) error {
		got, err := b.book.Log(ctx, tx, id)
		if err != nil {
			return err
		}
		want, err := fresh.Log(ctx, tx, id)
		if err != nil {
			return err
		}
		if whole(got) != whole(want) {
			r.Fatalf("the book reads\n%s\nfrom nothing it reads\n%s", whole(got), whole(want))
		}
		var counted int
		if err := tx.QueryRowContext(ctx, `SELECT notes FROM note_count WHERE thread = $1`, id[:]).Scan(&counted); err != nil {
			return err
		}
		if n := countNotes(want); n != counted {
			r.Fatalf("the projection has %d notes, and there are %d", counted, n)
		}
		return nil
	})
}

// TestAFoldIsMadeOnce: whoever asks, also at once, and never for a part of a log.
func TestAFoldIsMadeOnce(t *testing.T) {
	s := newSite(t, "a", 1)
	s.open(t, "case")
	made := 0
	f := &Fold[int]{Whole: func(l Log) int { made++; return len(l.Said) }}
	l := s.thread.Log()
	for range 3 {
		if Folded(l, f) != 1 {
			t.Error("another state")
		}
	}
	part := l
	part.Said = part.Said[:0]
	if n := Folded(part, f); n != 0 || made != 2 || Folded(Log{}, f) != 0 {
		t.Errorf("%d of a part, made %d times", n, made)
	}
	e := s.say(t, "note", note{"x"})
	more := s.thread.logAfter(l, []*Entry{e})
	if Folded(more, f) != 2 || Folded(l, f) != 1 || made != 4 {
		t.Errorf("made %d times", made)
	}
	broken := true
	shaky := &Fold[int]{Whole: func(l Log) int {
		if broken {
			panic("no")
		}
		return 7
	}}
	func() {
		defer func() { recover() }()
		Folded(l, shaky)
	}()
	broken = false
	if Folded(l, shaky) != 7 {
		t.Error("a fold that panicked once is not made again")
	}
}

// TestABranchThatWasGivenUp: two logs go on from one, as where a transaction was rolled back, and each reads its own.
func TestABranchThatWasGivenUp(t *testing.T) {
	s := newSite(t, "a", 1)
	s.open(t, "case")
	l := s.thread.logAfter(s.thread.Log(), nil)
	for i := range 5 { // so that there is room behind the last
		l = s.thread.logAfter(l, []*Entry{s.say(t, "note", note{fmt.Sprint(i)})})
	}
	before := s.thread.clone()
	one := s.say(t, "note", note{"one"})
	first := s.thread.logAfter(l, []*Entry{one})
	s.thread = before.clone()
	two := s.say(t, "note", note{"two"})
	second := s.thread.logAfter(l, []*Entry{two})
	for _, c := range []struct {
		l    Log
		e, x *Entry
	}{{first, one, two}, {second, two, one}, {l, l.Said[5].Entry, one}, {l, l.Said[5].Entry, two}} {
		last := c.l.Said[len(c.l.Said)-1]
		if last.Hash != c.e.Hash || c.l.Find(c.e.Hash) == nil || c.l.Find(c.x.Hash) != nil || !c.l.Follows(last.Hash, l.Said[0].Hash) {
			t.Errorf("%d entries, the last %s", len(c.l.Said), last.Says())
		}
	}
	if s.thread.Has(one.Hash) || !s.thread.Has(two.Hash) || before.Has(two.Hash) || before.Len() != 6 {
		t.Error("the threads share what they should not")
	}
}

// TestAnErasureThatComesFirst erases an entry that is not here yet. When it comes it is erased.
func TestAnErasureThatComesFirst(t *testing.T) {
	a, b := newSite(t, "a", 1), newSite(t, "b", 2)
	a.open(t, "case")
	invite(t, a, b)
	var words *Entry
	for range 4 { // so that it comes after the erasure in folding order
		words = b.say(t, "note", note{"words"})
	}
	a.say(t, KindErased, Erasure{Reason: "law"}, words.Hash)
	l := a.thread.Log()
	for _, e := range b.thread.Lacks(a.thread.Tips()) {
		a.must(t, e)
		l = a.thread.logAfter(l, []*Entry{e})
	}
	if last := l.Said[len(l.Said)-1]; last.Hash != words.Hash || !last.Erased || last.Content != nil {
		t.Errorf("%s: erased %v", last.Kind, last.Erased)
	}
}
