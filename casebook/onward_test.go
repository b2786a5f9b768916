package casebook

import (
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
