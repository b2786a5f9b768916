package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// bare is a database without the store room: what the ledger needs of one.
func bare(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "ledger.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	files, _ := fs.Glob(Migrations, "migration/*.sql")
	for _, name := range files {
		text, _ := fs.ReadFile(Migrations, name)
		if _, err := db.Exec(string(text)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return db
}

// notes is a projection of a test: how many notes each thread has.
var notes = Projection{
	Name: "notes", Version: 1, Threads: []string{"case"}, Tables: []string{"note_count"},
	Schema: `CREATE TABLE note_count (thread BLOB PRIMARY KEY, notes INTEGER NOT NULL) STRICT;`,
	Fold: func(ctx context.Context, tx Tx, l Log) error {
		n := countNotes(l)
		_, err := tx.ExecContext(ctx, `INSERT INTO note_count (thread, notes) VALUES ($1, $2) ON CONFLICT (thread) DO UPDATE SET notes = excluded.notes`, l.Thread[:], n)
		return err
	},
}

func countNotes(l Log) (n int) {
	for _, s := range l.Said {
		if s.Kind == "note" && s.Says() != nil {
			n++
		}
	}
	return n
}

var noteKinds = []Kind{Declare[note](Kind{Name: "note", Roles: []string{"surgeon"}, Check: func(l Log, d Draft) error {
	if n, err := Decode[note](d.Raw()); err != nil || n.Text == "" {
		return errors.New("a note says something")
	}
	return nil
}})}

type bookSite struct {
	*site
	db   *sql.DB
	book *Book
}

func newBookSite(t testing.TB, name string, n uint64) *bookSite {
	t.Helper()
	s := newSite(t, name, n)
	b := &bookSite{site: s, db: bare(t), book: NewBook(NewKinds(noteKinds), s.signer, nil, notes)}
	b.do(t, func(ctx context.Context, tx Tx) error { return b.book.Prepare(ctx, tx, nil) })
	return b
}

func (b *bookSite) do(t testing.TB, fn func(context.Context, Tx) error) {
	t.Helper()
	if err := b.try(fn); err != nil {
		t.Fatal(err)
	}
}

func (b *bookSite) try(fn func(context.Context, Tx) error) error {
	tx, err := b.db.Begin()
	if err != nil {
		return err
	}
	if err := fn(context.Background(), tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (b *bookSite) draft(thread ThreadID, kind string, says any, refs ...Hash) Draft {
	return Draft{Thread: thread, Kind: kind, Person: "p1", Author: b.author(), Says: says, Refs: refs}
}

func (b *bookSite) openCase(t testing.TB) ThreadID {
	t.Helper()
	var id ThreadID
	b.do(t, func(ctx context.Context, tx Tx) error {
		e, err := b.book.Open(ctx, tx, "case", b.draft(ThreadID{}, "", nil), testClock)
		if err == nil {
			id = e.Thread
		}
		return err
	})
	return id
}

func (b *bookSite) append(t testing.TB, d Draft) *Entry {
	t.Helper()
	var e *Entry
	b.do(t, func(ctx context.Context, tx Tx) (err error) {
		e, err = b.book.Append(ctx, tx, d, testClock)
		return err
	})
	return e
}

func (b *bookSite) readLog(t testing.TB, id ThreadID) Log {
	t.Helper()
	var l Log
	b.do(t, func(ctx context.Context, tx Tx) (err error) {
		l, err = b.book.Log(ctx, tx, id)
		return err
	})
	return l
}

// receive brings what the other lacks.
func (b *bookSite) receive(t testing.TB, from *bookSite, id ThreadID) Received {
	t.Helper()
	var tips []Tip
	b.do(t, func(ctx context.Context, tx Tx) (err error) {
		tips, err = b.book.Tips(ctx, tx, id)
		return err
	})
	var wires []Wire
	from.do(t, func(ctx context.Context, tx Tx) error {
		thread, err := from.book.Thread(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, e := range thread.Lacks(tips) {
			wires = append(wires, e.Wire)
		}
		return nil
	})
	return b.take(t, from, id, wires)
}

func (b *bookSite) take(t testing.TB, from *bookSite, id ThreadID, wires []Wire) Received {
	t.Helper()
	entries, errs := ReadWires(wires)
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	var r Received
	b.do(t, func(ctx context.Context, tx Tx) (err error) {
		r, err = b.book.Receive(ctx, tx, from.id(), id, entries, testClock)
		return err
	})
	return r
}

func TestBookAppendsReceivesAndVerifies(t *testing.T) {
	north, south := newBookSite(t, "north", 1), newBookSite(t, "south", 2)
	id := north.openCase(t)
	north.append(t, north.draft(id, KindInvited, Invitation{Hospital: south.id()}))
	north.append(t, north.draft(id, "note", note{"first"}))
	south.receive(t, north, id)
	south.append(t, south.draft(id, "note", note{"joined by saying something"}))
	north.receive(t, south, id)
	if got, want := show(north.readLog(t, id)), show(south.readLog(t, id)); got != want {
		t.Fatalf("north reads\n%s\nsouth reads\n%s", got, want)
	}
	if got := north.readLog(t, id).Roster.State(south.id()); got != Joined {
		t.Errorf("south is %q", got)
	}
	for _, b := range []*bookSite{north, south} {
		b.do(t, func(ctx context.Context, tx Tx) error {
			p, err := Verify(ctx, tx, id)
			if err == nil && p.Entries != 5 {
				err = fmt.Errorf("%d entries were proved", p.Entries)
			}
			return err
		})
	}
}

func TestWritersAreStoppedByTheirKinds(t *testing.T) {
	north := newBookSite(t, "north", 1)
	id := north.openCase(t)
	trainee := north.draft(id, "note", note{"x"})
	trainee.Author.Role = "coordinator"
	for name, d := range map[string]Draft{
		"unknown kind": north.draft(id, "nothing.such", note{"x"}), "rule": north.draft(id, "note", note{""}), "role": trainee,
		"correcting nothing": north.draft(id, KindAmend, Amendment{}),
	} {
		err := north.try(func(ctx context.Context, tx Tx) error {
			_, err := north.book.Append(ctx, tx, d, testClock)
			return err
		})
		if !errors.Is(err, ErrNotSayable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(north.readLog(t, id).Said); n != 1 {
		t.Errorf("%d entries after four that were stopped", n)
	}
}

func TestAThreadThatWasJustReadIsNotReadAgain(t *testing.T) {
	north := newBookSite(t, "north", 1)
	id := north.openCase(t)
	north.do(t, func(ctx context.Context, tx Tx) error {
		for _, text := range []string{"one", "two", "three"} {
			l, err := north.book.Log(ctx, tx, id)
			if err != nil {
				return err
			}
			if l.held == nil {
				t.Error("the log does not know its thread")
			}
			if _, err := north.book.AppendTo(ctx, tx, l, north.draft(id, "note", note{text}), testClock); err != nil {
				return err
			}
		}
		_, err := Verify(ctx, tx, id)
		return err
	})
	again := newBookSite(t, "north", 1) // another book on the same tables reads them from the disk
	again.db = north.db
	if got, want := show(again.readLog(t, id)), show(north.readLog(t, id)); got != want || !strings.Contains(got, "three") {
		t.Errorf("it reads\n%s\nand was\n%s", got, want)
	}
}

func TestARolledBackAppendLeavesNothing(t *testing.T) {
	north := newBookSite(t, "north", 1)
	id := north.openCase(t)
	stop := errors.New("the disk is full")
	err := north.try(func(ctx context.Context, tx Tx) error {
		if _, err := north.book.Append(ctx, tx, north.draft(id, "note", note{"lost"}), testClock); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	north.append(t, north.draft(id, "note", note{"kept"}))
	l := north.readLog(t, id)
	if len(l.Said) != 2 || string(l.Said[1].Says()) != `{"text":"kept"}` || l.Said[1].Seq != 2 {
		t.Fatalf("it reads\n%s", show(l))
	}
	north.do(t, func(ctx context.Context, tx Tx) error { _, err := Verify(ctx, tx, id); return err })
}

func TestEntriesWaitForWhatTheyFollow(t *testing.T) {
	north, south := newBookSite(t, "north", 1), newBookSite(t, "south", 2)
	id := north.openCase(t)
	north.append(t, north.draft(id, KindInvited, Invitation{Hospital: south.id()}))
	a := north.append(t, north.draft(id, "note", note{"a"}))
	b := north.append(t, north.draft(id, "note", note{"b"}))
	first := north.readLog(t, id).Said
	if r := south.take(t, north, id, []Wire{b.Wire}); r.Waiting != 1 || len(r.Missing) != 1 || r.Missing[0] != a.Hash {
		t.Fatalf("got %+v", r)
	}
	if r := south.take(t, north, id, []Wire{first[0].Wire, first[1].Wire}); len(r.Added) != 2 {
		t.Fatalf("got %+v", r)
	}
	if r := south.take(t, north, id, []Wire{a.Wire, a.Wire}); len(r.Added) != 2 {
		t.Fatalf("the waiting entry did not come in: %+v", r)
	}
	south.do(t, func(ctx context.Context, tx Tx) error {
		list, err := Waiters(ctx, tx, 10)
		if len(list) != 0 {
			t.Errorf("still waiting: %+v", list)
		}
		return err
	})
}

func TestVerifyNamesTheFirstBreak(t *testing.T) {
	changes := map[string]string{
		"a byte of a body":      `UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'second', 'SECOND') AS BLOB) WHERE seq = 3`,
		"a byte of a header":    `UPDATE entry SET header = CAST(replace(CAST(header AS TEXT), '"note"', '"vote"') AS BLOB) WHERE seq = 3`,
		"an entry dropped":      `DELETE FROM entry WHERE seq = 2`,
		"the last one dropped":  `DELETE FROM entry WHERE seq = 4`,
		"a body dropped":        `UPDATE entry SET body = NULL WHERE seq = 3`,
		"two entries reordered": `UPDATE entry SET place = CASE place WHEN 2 THEN 300 ELSE place END`,
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			north := newBookSite(t, "north", 1)
			id := north.openCase(t)
			for _, text := range []string{"first", "second", "third"} {
				north.append(t, north.draft(id, "note", note{text}))
			}
			if _, err := north.db.Exec(change); err != nil {
				t.Fatal(err)
			}
			err := north.try(func(ctx context.Context, tx Tx) error { _, err := Verify(ctx, tx, id); return err })
			var broken *Break
			if !errors.As(err, &broken) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestErasedBodiesAreGoneEverywhereAndStillVerify(t *testing.T) {
	north, south := newBookSite(t, "north", 1), newBookSite(t, "south", 2)
	id := north.openCase(t)
	north.append(t, north.draft(id, KindInvited, Invitation{Hospital: south.id()}))
	secret := north.append(t, north.draft(id, "note", note{"a secret"}))
	south.receive(t, north, id)
	north.append(t, north.draft(id, KindErased, Erasure{Reason: "law"}, secret.Hash))
	south.receive(t, north, id)
	for _, b := range []*bookSite{north, south} {
		var n int
		if err := b.db.QueryRow(`SELECT COUNT(*) FROM entry WHERE INSTR(body, CAST('a secret' AS BLOB)) > 0`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s still holds it (%d, %v)", b.name, n, err)
		}
		b.do(t, func(ctx context.Context, tx Tx) error {
			p, err := Verify(ctx, tx, id)
			if err == nil && p.Erased != 1 {
				err = fmt.Errorf("proved %+v", p)
			}
			return err
		})
	}
	late := newBookSite(t, "late", 3)
	north.append(t, north.draft(id, KindInvited, Invitation{Hospital: late.id()}))
	late.receive(t, north, id)
	if got, want := show(late.readLog(t, id)), show(north.readLog(t, id)); got != want {
		t.Errorf("a later member reads\n%s\nwant\n%s", got, want)
	}
}

func TestRebuildEqualsWhatWasThere(t *testing.T) {
	north := newBookSite(t, "north", 1)
	var ids []ThreadID
	for i := range 5 {
		id := north.openCase(t)
		ids = append(ids, id)
		for range i {
			north.append(t, north.draft(id, "note", note{"x"}))
		}
	}
	dump := func() string {
		var text strings.Builder
		for _, id := range ids {
			var n int
			if err := north.db.QueryRow(`SELECT notes FROM note_count WHERE thread = $1`, id[:]).Scan(&n); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&text, id, n)
		}
		return text.String()
	}
	before := dump()
	north.do(t, func(ctx context.Context, tx Tx) error { return north.book.Rebuild(ctx, tx, nil) })
	if after := dump(); after != before {
		t.Errorf("rebuilt it is\n%s\nit was\n%s", after, before)
	}
}

func TestAClockADayAheadIsKeptAndMarked(t *testing.T) {
	north, south := newBookSite(t, "north", 1), newBookSite(t, "south", 2)
	id := north.openCase(t)
	north.append(t, north.draft(id, KindInvited, Invitation{Hospital: south.id()}))
	north.do(t, func(ctx context.Context, tx Tx) error {
		_, err := north.book.Append(ctx, tx, north.draft(id, "note", note{"from tomorrow"}), testClock.Add(25*time.Hour))
		return err
	})
	south.receive(t, north, id)
	var odd int
	if err := south.db.QueryRow(`SELECT COUNT(*) FROM entry WHERE clock_odd = 1`).Scan(&odd); err != nil || odd != 1 {
		t.Errorf("%d entries are marked, %v", odd, err)
	}
}
