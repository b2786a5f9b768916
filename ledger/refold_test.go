package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	disk "consilium/store"
	"consilium/store/storetest"
)

// keptDB is a store as rooms see it. Before each transaction of a refold something else happens.
type keptDB struct {
	*disk.Store
	between func()
}

func (d *keptDB) View(ctx context.Context, fn func(context.Context, Tx) error) error {
	return d.Store.View(ctx, func(ctx context.Context, tx *sql.Tx) error { return fn(ctx, tx) })
}

func (d *keptDB) Update(ctx context.Context, fn func(context.Context, Tx) error) error {
	if d.between != nil {
		d.between()
	}
	return d.Store.Update(ctx, func(ctx context.Context, tx *sql.Tx) error { return fn(ctx, tx) })
}

func (d *keptDB) OnCommit(ctx context.Context, fn func()) { disk.OnCommit(ctx, fn) }

// weighed is a projection of a test: the notes of each thread, times its factor, and how many threads have how many, which each fold adds to and takes from.
func weighed(version, factor int, stamp, schema string) Projection {
	return Projection{Name: "weighed", Version: version, Stamp: stamp, Threads: []string{"case"}, Tables: []string{"note_weight", "note_many"}, Schema: schema,
		Fold: func(ctx context.Context, tx Tx, l Log) error {
			return keepWeight(ctx, tx, l.Thread, factor*countNotes(l))
		}}
}

func keepWeight(ctx context.Context, tx Tx, thread ThreadID, now int) error {
	was := -1
	err := tx.QueryRowContext(ctx, `SELECT weight FROM note_weight WHERE thread = $1`, thread[:]).Scan(&was)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	for _, step := range []struct{ weight, more int }{{was, -1}, {now, 1}} {
		if _, err := tx.ExecContext(ctx, `INSERT INTO note_many (weight, threads) VALUES ($1, $2)
			ON CONFLICT (weight) DO UPDATE SET threads = note_many.threads + excluded.threads`, step.weight, step.more); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO note_weight (thread, weight) VALUES ($1, $2) ON CONFLICT (thread) DO UPDATE SET weight = excluded.weight`, thread[:], now)
	return err
}

// inParts is the same projection, read apart from what is written.
func inParts(p Projection, factor int) Projection {
	type weight struct {
		thread ThreadID
		now    int
	}
	p.Fold = nil
	p.Read = func(l Log) any { return weight{l.Thread, factor * countNotes(l)} }
	p.Keep = func(ctx context.Context, tx Tx, read []any) error {
		for _, w := range read {
			if err := keepWeight(ctx, tx, w.(weight).thread, w.(weight).now); err != nil {
				return err
			}
		}
		return nil
	}
	return p
}

const weighedSchema = `
-- the weight of each thread in note_weight
CREATE TABLE note_weight (thread BLOB PRIMARY KEY, weight INTEGER NOT NULL) STRICT;
CREATE INDEX note_weight_weight ON note_weight (weight);
CREATE TABLE note_many (weight INTEGER PRIMARY KEY, threads INTEGER NOT NULL) STRICT;`

// weighing is one hospital whose threads are folded.
type weighing struct {
	*testing.T
	*bookSite
	db      *keptDB
	threads []ThreadID
	random  *rand.Rand
}

func (w *weighing) book2(p Projection) *Book {
	return NewBook(NewKinds(noteKinds), w.signer, w.db.DDL, p)
}

func (w *weighing) do(fn func(ctx context.Context, tx Tx) error) {
	w.Helper()
	if err := w.db.Store.Update(w.Context(), func(ctx context.Context, tx *sql.Tx) error { return fn(ctx, tx) }); err != nil {
		w.Fatal(err)
	}
}

// live opens a thread, writes in one, or erases what one says.
func (w *weighing) live(book *Book) {
	w.do(func(ctx context.Context, tx Tx) error {
		if w.random.IntN(4) == 0 || len(w.threads) == 0 {
			e, err := book.Open(ctx, tx, "case", w.draft(ThreadID{}, "", nil), testClock)
			if err == nil {
				w.threads = append(w.threads, e.Thread)
			}
			return err
		}
		id := w.threads[w.random.IntN(len(w.threads))]
		d := w.draft(id, "note", note{"x"})
		l, err := book.Log(ctx, tx, id)
		if err != nil {
			return err
		}
		if last := l.Said[len(l.Said)-1]; last.Kind == "note" && w.random.IntN(4) == 0 {
			d = w.draft(id, KindErased, Erasure{Reason: "law"}, last.Hash)
		}
		_, err = book.Append(ctx, tx, d, testClock)
		return err
	})
}

// want compares the tables with what the threads say.
func (w *weighing) want(book *Book, factor int) {
	w.Helper()
	w.do(func(ctx context.Context, tx Tx) error {
		many := map[int]int{}
		for _, id := range w.threads {
			l, err := book.Log(ctx, tx, id)
			if err != nil {
				return err
			}
			var weight int
			if err := tx.QueryRowContext(ctx, `SELECT weight FROM note_weight WHERE thread = $1`, id[:]).Scan(&weight); err != nil {
				return err
			}
			if want := factor * countNotes(l); weight != want {
				w.Errorf("thread %s weighs %d, want %d", id, weight, want)
			}
			many[weight]++
		}
		for weight, threads := range many {
			var n int
			if err := tx.QueryRowContext(ctx, `SELECT threads FROM note_many WHERE weight = $1`, weight).Scan(&n); err != nil || n != threads {
				w.Errorf("%d threads weigh %d, want %d: %v", n, weight, threads, err)
			}
		}
		return nil
	})
}

// TestThreadsWrittenTogether: what projections keep after many threads were written in one breath, some of them twice, is what they keep of each by itself, in both forms of
// a projection.
func TestThreadsWrittenTogether(t *testing.T) {
	storetest.Each(t, []fs.FS{Migrations}, func(t *testing.T, s *disk.Store) {
		w := &weighing{T: t, bookSite: &bookSite{site: newSite(t, "a", 1)}, db: &keptDB{Store: s}, random: rand.New(rand.NewPCG(3, 4))}
		parts := inParts(weighed(1, 3, "", strings.ReplaceAll(weighedSchema, "note_", "part_")), 3)
		kept, most := parts.Keep, 0
		parts.Name, parts.Tables = "parts", []string{"part_weight", "part_many"}
		parts.Keep = func(ctx context.Context, tx Tx, read []any) error {
			most = max(most, len(read))
			return kept(ctx, underParts{tx}, read)
		}
		book := NewBook(NewKinds(noteKinds), w.signer, w.db.DDL, weighed(1, 3, "", weighedSchema), parts)
		w.do(func(ctx context.Context, tx Tx) error { return book.Prepare(ctx, tx, nil) })
		weights := func(tx Tx) (n int) {
			if err := tx.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM part_weight`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		w.do(func(ctx context.Context, tx Tx) error {
			return book.Together(ctx, tx, func(ctx context.Context) error {
				for i := range 40 {
					e, err := book.Open(ctx, tx, "case", w.draft(ThreadID{}, "", nil), testClock)
					if err != nil {
						return err
					}
					w.threads = append(w.threads, e.Thread)
					for range i % 4 {
						if _, err := book.Append(ctx, tx, w.draft(e.Thread, "note", note{"x"}), testClock); err != nil {
							return err
						}
					}
					if i != 20 {
						continue
					}
					if weights(tx) != 0 {
						t.Error("what waits was kept before")
					}
					settled, err := book.Settled(ctx, tx)
					if err != nil || weights(tx) != 21 {
						t.Errorf("after settling %d threads are weighed, %v", weights(tx), err)
					}
					if _, err := book.Append(settled, tx, w.draft(e.Thread, "note", note{"x"}), testClock); err != nil {
						return err
					}
				}
				return nil
			})
		})
		w.want(book, 3)
		if most != 21 {
			t.Errorf("at most %d threads were kept at once, want 21", most)
		}
		w.do(func(ctx context.Context, tx Tx) error {
			var differ int
			err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM note_weight n JOIN part_weight p ON p.thread = n.thread WHERE p.weight = n.weight`).Scan(&differ)
			if differ != 40 {
				t.Errorf("both forms of the projection agree about %d threads of 40", differ)
			}
			return err
		})
	})
}

// underParts has the statements of one projection be about the tables of another.
type underParts struct{ Tx }

func (r underParts) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return r.Tx.ExecContext(ctx, strings.ReplaceAll(query, "note_", "part_"), args...)
}

func (r underParts) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return r.Tx.QueryRowContext(ctx, strings.ReplaceAll(query, "note_", "part_"), args...)
}

// TestRefoldWhilePeopleWrite: the code of a projection changes, then what it depends on. While its tables are filled people write, and read the old ones; the
// process is stopped and started again in the midst of it.
func TestRefoldWhilePeopleWrite(t *testing.T) {
	storetest.Each(t, []fs.FS{Migrations}, func(t *testing.T, s *disk.Store) {
		w := &weighing{T: t, bookSite: &bookSite{site: newSite(t, "a", 1)}, db: &keptDB{Store: s}, random: rand.New(rand.NewPCG(1, 2))}
		first := w.book2(weighed(1, 1, "", weighedSchema))
		w.do(func(ctx context.Context, tx Tx) error { return first.Prepare(ctx, tx, nil) })
		for range 9 * refoldAtOnce {
			w.live(first)
		}
		w.want(first, 1)
		for round, p := range []Projection{weighed(2, 10, "", weighedSchema), weighed(2, 100, "pack 7", weighedSchema), weighed(3, 1000, "pack 7", weighedSchema+"\n-- another form")} {
			book := w.book2(p)
			w.do(func(ctx context.Context, tx Tx) error {
				behind, err := book.Behind(ctx, tx)
				if want := []Behind{{"weighed", round == 2}}; !slices.Equal(behind, want) {
					t.Errorf("behind %v, want %v", behind, want)
				}
				return err
			})
			stopped, steps := errors.New("stopped"), 0
			ctx, stop := context.WithCancelCause(t.Context())
			w.db.between = func() {
				if steps++; steps == 3 {
					stop(stopped)
				}
				w.live(book)
			}
			if err := book.Refold(ctx, w.db, nil, "weighed"); !errors.Is(context.Cause(ctx), stopped) || err == nil {
				t.Fatalf("it was not stopped: %v", err)
			}
			book = w.book2(p) // the next process
			var told []int
			steps = -100
			if err := book.Refold(t.Context(), w.db, func(done, total int) { told = append(told, done) }, "weighed"); err != nil {
				t.Fatal(err)
			}
			if told[0] <= refoldAtOnce {
				t.Errorf("it began again: %v", told)
			}
			w.db.between = nil
			for range 20 {
				w.live(book)
			}
			w.want(book, []int{10, 100, 1000}[round])
			w.do(func(ctx context.Context, tx Tx) error {
				behind, err := book.Behind(ctx, tx)
				if len(behind) > 0 {
					t.Errorf("still behind: %v", behind)
				}
				return errors.Join(err, book.Rebuild(ctx, tx, nil))
			})
			w.want(book, []int{10, 100, 1000}[round])
		}
	})
}

// TestRefoldReadsAheadWhilePeopleWrite: threads are read in snapshots of their own, on all processors, while before each write somebody writes in threads that were read already.
func TestRefoldReadsAheadWhilePeopleWrite(t *testing.T) {
	storetest.Each(t, []fs.FS{Migrations}, func(t *testing.T, s *disk.Store) {
		w := &weighing{T: t, bookSite: &bookSite{site: newSite(t, "a", 1)}, db: &keptDB{Store: s}, random: rand.New(rand.NewPCG(3, 4))}
		first := w.book2(inParts(weighed(1, 1, "", weighedSchema), 1))
		w.do(func(ctx context.Context, tx Tx) error { return first.Prepare(ctx, tx, nil) })
		w.do(func(ctx context.Context, tx Tx) error {
			for range 2*readAhead + refoldAtOnce + 20 {
				e, err := first.Open(ctx, tx, "case", w.draft(ThreadID{}, "", nil), testClock)
				if err != nil {
					return err
				}
				w.threads = append(w.threads, e.Thread)
			}
			return nil
		})
		for range 30 {
			w.live(first)
		}
		w.want(first, 1)
		book := w.book2(inParts(weighed(2, 10, "", weighedSchema), 10))
		steps := 0
		w.db.between = func() {
			steps++
			for range 5 {
				w.live(book)
			}
		}
		if err := book.Refold(t.Context(), w.db, nil, "weighed"); err != nil {
			t.Fatal(err)
		}
		if w.db.between = nil; steps > 10 {
			t.Errorf("%d steps for %d threads: it does not read ahead", steps, len(w.threads))
		}
		w.want(book, 10)
	})
}

// TestARefoldThatAnotherProgramBegan is dropped: what it had filled came from other code.
func TestARefoldThatAnotherProgramBegan(t *testing.T) {
	storetest.Each(t, []fs.FS{Migrations}, func(t *testing.T, s *disk.Store) {
		w := &weighing{T: t, bookSite: &bookSite{site: newSite(t, "a", 1)}, db: &keptDB{Store: s}, random: rand.New(rand.NewPCG(3, 4))}
		first := w.book2(weighed(1, 1, "", weighedSchema))
		w.do(func(ctx context.Context, tx Tx) error { return first.Prepare(ctx, tx, nil) })
		for range 5 * refoldAtOnce {
			w.live(first)
		}
		second := weighed(2, 10, "", weighedSchema)
		w.do(func(ctx context.Context, tx Tx) error {
			over, err := first.refoldSome(ctx, tx, second, nil, takeOver)
			if over {
				t.Error("there were too few threads")
			}
			return err
		})
		third := w.book2(weighed(3, 100, "", weighedSchema))
		if err := third.Refold(t.Context(), w.db, nil, "weighed"); err != nil {
			t.Fatal(err)
		}
		w.want(third, 100)
		w.do(func(ctx context.Context, tx Tx) error {
			_, err := tx.ExecContext(ctx, `CREATE TABLE note_weight_g2 (x INTEGER)`) // what the second one had made is gone
			return err
		})
	})
}

func TestNamesOfTablesBesideThoseInUse(t *testing.T) {
	p := Projection{Tables: []string{"case_row", "case_task"}, Schema: "CREATE TABLE case_row (x TEXT);\ncreate unique index row_x ON case_row (x);"}
	names := besideNames(p, 3)
	for text, want := range map[string]string{
		p.Schema: "CREATE TABLE case_row_g3 (x TEXT);\ncreate unique index row_x_g3 ON case_row_g3 (x);",
		`INSERT INTO case_task VALUES ('case_row', "case_row", 'it''s case_row') ON CONFLICT DO UPDATE SET n = case_task.n + 1`: `INSERT INTO case_task_g3 VALUES ('case_row', "case_row", 'it''s case_row') ON CONFLICT DO UPDATE SET n = case_task_g3.n + 1`,
		`SELECT case_rows, my_case_row, 日case_row FROM case_identity`:                                                           `SELECT case_rows, my_case_row, 日case_row FROM case_identity`,
		`unfinished 'case_row`:                      `unfinished 'case_row`,
		"x -- the row's case_row, it's\n, case_row": "x -- the row's case_row, it's\n, case_row_g3",
	} {
		if got := renamed(text, names); got != want {
			t.Errorf("%s\nwant\n%s", got, want)
		}
	}
	if strings.Contains(fmt.Sprint(names), "case_row_g4") {
		t.Error(names)
	}
}
