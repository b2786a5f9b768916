package casebook

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"

	"consilium/ledger"
)

// TestACaseGoesOn: a case that goes on from where it was is the case that is read from its beginning, after every entry; and what goes on leaves the
// case before as it was.
func TestACaseGoesOn(t *testing.T) {
	type step struct {
		read    Case
		entries []*ledger.Entry
	}
	for seed := range uint64(8) {
		w := newWorldWith(t, lawless())
		r := rand.New(rand.NewPCG(seed, 2))
		var steps []step
		for range 30 {
			w.anything(r)
			l := w.home.log(w.id)
			steps = append(steps, step{Fold(l), entriesOf(l)})
		}
		for i, s := range steps {
			if whole := Fold(admitAll(t, w.id, s.entries).Log()); !reflect.DeepEqual(s.read, whole) {
				t.Fatalf("seed %d, step %d: going on reads another case than reading from the beginning", seed, i)
			}
		}
	}
}

// TestTwoCasesGoOnFromOne, as where a transaction is given up: each has what was said in it, and the one that they go on from stays as it was.
func TestTwoCasesGoOnFromOne(t *testing.T) {
	w := newWorld(t)
	for _, text := range []string{"a", "b", "c", "d", "e"} { // so that there is room behind the last
		w.home.must(ledger.Draft{Thread: w.id, Kind: KindFinding, Says: Finding{Note: text}})
		w.home.fold(w.id)
	}
	before := w.home.fold(w.id)
	var first Case
	givenUp := errors.New("given up")
	err := w.home.update(func(ctx context.Context, tx ledger.Tx) error {
		d := ledger.Draft{Thread: w.id, Kind: KindFinding, Says: Finding{Note: "one"}, Person: w.home.doc, Author: ledger.Author{Name: "Dr. A", Role: "surgeon"}}
		if _, err := w.home.book.Append(ctx, tx, d, w.clock); err != nil {
			return err
		}
		l, err := w.home.book.Log(ctx, tx, w.id)
		first = Fold(l)
		return errors.Join(err, givenUp)
	})
	if !errors.Is(err, givenUp) {
		t.Fatal(err)
	}
	w.home.must(ledger.Draft{Thread: w.id, Kind: KindFinding, Says: Finding{Note: "two"}})
	second := w.home.fold(w.id)
	for want, c := range map[string]Case{"e": before, "one": first, "two": second} {
		if got := c.Findings[len(c.Findings)-1].Says.Note; got != want {
			t.Errorf("the last finding is %q, not %q", got, want)
		}
		if title := c.Timeline[len(c.Timeline)-1].Lines; len(title) != 1 || title[0].En != want {
			t.Errorf("the last line of the timeline is %v, not %q", title, want)
		}
	}
}
