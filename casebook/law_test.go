package casebook

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"consilium/ledger"
)

// TestAnyOrderFoldsTheSame lets two hospitals say things at random, syncing now and then, and reads the entries in random orders.
func TestAnyOrderFoldsTheSame(t *testing.T) {
	for seed := range uint64(12) {
		w := newWorldWith(t, lawless())
		r := rand.New(rand.NewPCG(seed, 1))
		for range 40 {
			w.anything(r)
		}
		w.sync()
		want := w.home.fold(w.id)
		if far := w.far.fold(w.id); !reflect.DeepEqual(want, far) {
			t.Fatalf("seed %d: the hospitals read different cases", seed)
		}
		entries := entriesOf(w.home.log(w.id))
		for range 5 {
			r.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
			if got := Fold(admitAll(t, w.id, entries).Log()); !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d: another order folds otherwise", seed)
			}
		}
		sameTables(t, seed, w.home)
	}
}

// anything says something, in order or not, at one of the hospitals.
func (w *world) anything(r *rand.Rand) {
	who := []*node{w.home, w.far}[r.IntN(2)]
	l := who.log(w.id)
	some := l.Said[r.IntN(len(l.Said))].Hash
	for range 6 { // more often than not, what is answered is of the right kind
		if i := r.IntN(len(l.Said)); strings.HasPrefix(l.Said[i].Kind, "case.") {
			some = l.Said[i].Hash
		}
	}
	plans := who.fold(w.id).headsOf()
	drafts := []ledger.Draft{
		w.draft(KindFinding, Finding{Note: fmt.Sprint("note ", r.IntN(9))}),
		w.draft(KindReferred, w.referred()),
		w.draft(KindAccepted, w.accepted(), some),
		w.draft(KindDeclined, Declined{Reason: "full"}, some),
		w.draft(KindOpinion, w.opinion(1+r.Int64N(2)), some),
		w.draft(KindPlan, w.plan(1+r.Int64N(3)), plans...),
		w.draft(KindPlanSigned, PlanSigned{Meaning: "approve"}, some),
		w.draft(KindOperation, w.operation(), plans...),
		w.draft(KindFollowUp, FollowUp{Schedule: "d30", Date: "2026-05-01", Note: "well"}),
		w.draft(KindClosed, Closed{Outcome: "done"}),
		w.draft(KindReopened, Reopened{Reason: "again"}),
		w.draft(ledger.KindAmend, amendment(Finding{Note: "better"}), some),
		w.draft(ledger.KindRetract, ledger.Retraction{Why: "wrong"}, some),
		w.draft(ledger.KindErased, ledger.Erasure{Reason: "mistake"}, some),
		w.draft(ledger.KindStewardOffered, ledger.StewardOffer{Hospital: w.far.id}),
	}
	if r.IntN(4) == 0 {
		w.sync()
	}
	if _, err := who.say(drafts[r.IntN(len(drafts))]); err != nil && !errors.Is(err, ledger.ErrNotSayable) {
		w.home.t.Fatal(err)
	}
}

func (c Case) headsOf() []ledger.Hash { return c.headHashes() }

func entriesOf(l ledger.Log) []*ledger.Entry {
	var list []*ledger.Entry
	for _, s := range l.Said {
		list = append(list, s.Entry)
	}
	return list
}

// admitAll admits entries in any order: what has to wait is tried again.
func admitAll(t testing.TB, id ledger.ThreadID, entries []*ledger.Entry) *ledger.Thread {
	t.Helper()
	th := ledger.NewThread(id)
	for rest := entries; len(rest) > 0; {
		var waiting []*ledger.Entry
		for _, e := range rest {
			var missing *ledger.MissingError
			if err := th.Admit(e); errors.As(err, &missing) {
				waiting = append(waiting, e)
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if len(waiting) == len(rest) {
			t.Fatal("entries wait for each other")
		}
		rest = waiting
	}
	return th
}

// sameTables rebuilds the projection and wants every table as it was.
func sameTables(t *testing.T, seed uint64, n *node) {
	t.Helper()
	kept := map[string][]string{}
	tables := Projection().Tables
	for _, table := range tables {
		kept[table] = dump(t, n.db, table)
	}
	if err := n.book.Rebuild(t.Context(), n.db, nil); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if now := dump(t, n.db, table); !slices.Equal(now, kept[table]) {
			t.Errorf("seed %d: %s kept\n%s\nand rebuilt\n%s", seed, table, strings.Join(kept[table], "\n"), strings.Join(now, "\n"))
		}
	}
}

func dump(t *testing.T, db *sql.DB, table string) []string {
	t.Helper()
	query := `SELECT * FROM ` + table
	if table == "case_count" {
		query += ` WHERE cases > 0` // a count that went back to nothing
	}
	found, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	columns, _ := found.Columns()
	var list []string
	for found.Next() {
		cells, at := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			at[i] = &cells[i]
		}
		if err := found.Scan(at...); err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprint(cells...))
	}
	slices.Sort(list)
	return list
}
