package node_test

import (
	"context"
	"testing"
	"time"

	"consilium/casebook"
	"consilium/jobs"
	"consilium/ledger"
	"consilium/node"
	"consilium/node/nodetest"
)

// openedOnly runs fn at a hospital whose node is open and does nothing by itself.
func openedOnly(t *testing.T, h *nodetest.Hospital, clock *nodetest.Clock, fn func(context.Context, ledger.Tx) error) {
	t.Helper()
	n, err := node.Open(t.Context(), nodetest.Options(h.Dir, clock))
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if err := n.Desk().DB.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// TestListsAreMadeAnewWhileTheNodeServes: what a projection depends on has changed since its rows were written. The node opens with the old ones, and a job makes them
// anew. Where the tables have another form, they are made before it opens.
func TestListsAreMadeAnewWhileTheNodeServes(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	id := north.OpenCase("The right title")
	title := func(want string) func(context.Context, ledger.Tx) error {
		return func(ctx context.Context, tx ledger.Tx) error {
			row, _, err := casebook.Get(ctx, tx, id)
			if row.Title != want {
				t.Errorf("the list says %q, not %q", row.Title, want)
			}
			return err
		}
	}
	change := func(what string) func(context.Context, ledger.Tx) error {
		return func(ctx context.Context, tx ledger.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE case_row SET title = 'An old title', row_sum = ''`)
			if err == nil {
				_, err = tx.ExecContext(ctx, what)
			}
			return err
		}
	}
	north.Stop()
	openedOnly(t, north, w.Clock, change(`UPDATE projection SET stamp = 'packs of old' WHERE name = 'casebook'`))
	openedOnly(t, north, w.Clock, title("An old title"))
	north.Start()
	var last []jobs.Status
	for deadline := time.Now().Add(nodetest.Patience); len(last) == 0 || !last[0].State.Final(); time.Sleep(10 * time.Millisecond) { // polling another goroutine
		err := north.Node.Desk().DB.View(t.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
			last, err = jobs.List(ctx, tx, "projection.refold", 5)
			return err
		})
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("the lists were not made anew: %+v, %v", last, err)
		}
	}
	if len(last) != 1 || last[0].State != jobs.Done || last[0].Result.Summary.En != "1 thread folded anew" {
		t.Errorf("%+v", last)
	}
	north.Stop()
	openedOnly(t, north, w.Clock, title("The right title"))
	openedOnly(t, north, w.Clock, change(`UPDATE projection SET form = 'of an older release' WHERE name = 'casebook'`))
	openedOnly(t, north, w.Clock, title("The right title"))
}
