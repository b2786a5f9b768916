package registry

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"consilium/casebook"
	"consilium/ledger"
)

func (h *hospital) snapshot(z *Freezes, label string) Snapshot {
	h.t.Helper()
	s, err := z.Snapshot(context.Background(), h.db, h.reg, Query{Pathway: "hfs-mvd"}, label, "p1")
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func (h *hospital) snapshots() (list []Snapshot) {
	h.t.Helper()
	h.update(func(ctx context.Context, tx ledger.Tx) (err error) {
		list, err = Snapshots(ctx, tx, "hfs-mvd")
		return err
	})
	return list
}

// operations are as many cases with one operation each.
func operations(h *hospital, n int) (threads []ledger.ThreadID, said []ledger.Hash) {
	for range n {
		id, op, _ := operated(h)
		threads, said = append(threads, id), append(said, op)
	}
	return threads, said
}

func TestTwoFreezesAreCompared(t *testing.T) {
	h := newHospital(t)
	z := freezesOf(t, h)
	threads, _ := operations(h, SmallCell)
	first := h.snapshot(z, "first")
	same, err := z.Diff(Usable{ID: first.ID}, Usable{ID: h.snapshot(z, "same").ID})
	if err != nil || same.Same != SmallCell || same.Added+same.Gone+same.Changed+same.Reasons+len(same.Columns) > 0 {
		t.Fatalf("nothing was done between them: %+v, %v", same, err)
	}
	h.say(threads[0], casebook.KindReminder, casebook.Reminder{Text: "Call the patient.", Due: "2025-04-01", Owner: casebook.Owner{Hospital: h.id}}) // no column
	operated(h)
	h.say(threads[1], casebook.KindComplication, casebook.Complication{Code: "hearing_loss", Grade: "V", Date: "2025-03-22"})
	second := h.snapshot(z, "second")
	d, err := z.Diff(Usable{ID: first.ID}, Usable{ID: second.ID})
	if err != nil {
		t.Fatal(err)
	}
	if d.Rows != [2]int{SmallCell, SmallCell + 1} || d.Added != 1 || d.Gone != 0 || d.Changed != 1 || d.Same != SmallCell-1 {
		t.Errorf("%+v", d)
	}
	want := []ColumnDifference{{Name: "complications", Changed: 1}, {Name: "worst_grade", Changed: 1}}
	if !reflect.DeepEqual(d.Columns, want) {
		t.Errorf("by variable: %+v, want %+v", d.Columns, want)
	}
	back, err := z.Diff(Usable{ID: second.ID}, Usable{ID: first.ID})
	if err != nil || back.Gone != 1 || back.Added != 0 || !slices.Contains(back.Columns, ColumnDifference{Name: "worst_grade", Changed: 1}) {
		t.Errorf("the other way round: %+v, %v", back, err)
	}
}

func TestASnapshotHasItsOwnNameAndEnoughPatients(t *testing.T) {
	h := newHospital(t)
	z := freezesOf(t, h)
	operations(h, SmallCell-1)
	if _, err := z.Snapshot(context.Background(), h.db, h.reg, Query{Pathway: "hfs-mvd"}, "few", "p1"); !errors.Is(err, ErrFewPatients) {
		t.Error("rows of four patients are frozen:", err)
	}
	operated(h)
	h.snapshot(z, "spring")
	if _, err := z.Snapshot(context.Background(), h.db, h.reg, Query{Pathway: "hfs-mvd"}, "spring", "p1"); !errors.Is(err, ErrLabel) {
		t.Error("two freezes have one name:", err)
	}
}

// A snapshot is no freeze of a study: the next study's rows are not held against it, for nothing of it is published.
func TestASnapshotKeepsNoStudyFromItsRows(t *testing.T) {
	h := newHospital(t)
	z := freezesOf(t, h)
	operations(h, SmallCell)
	h.snapshot(z, "spring")
	operated(h)
	if f, err := z.Freeze(context.Background(), h.db, h.reg, Query{Pathway: "hfs-mvd"}, ledger.Hash{1}, SmallCell); err != nil || f.Rows != SmallCell+1 {
		t.Errorf("a study's freeze has %d rows, %v", f.Rows, err)
	}
}

// Erasing makes a successor before the key goes; stopped between the two and done again, there is one successor.
func TestASuccessorIsMadeOnce(t *testing.T) {
	h := newHospital(t)
	z := freezesOf(t, h)
	threads, _ := operations(h, SmallCell+1)
	s := h.snapshot(z, "spring")
	if err := z.succeed(context.Background(), h.db, h.reg, s, h.reg.pseudonym("case", threads[2].String())); err != nil {
		t.Fatal(err)
	}
	if gone, err := z.Forget(context.Background(), h.db, h.reg, threads[2]); err != nil || len(gone) != 1 {
		t.Fatal(gone, err)
	}
	list := h.snapshots()
	if len(list) != 2 || list[0].Follows != s.ID || !list[0].Gone.IsZero() || list[0].Rows != SmallCell || list[1].Gone.IsZero() {
		t.Fatalf("%+v", list)
	}
	rows, err := thawed(t, z, list[0].ID)
	name := h.reg.pseudonym("case", threads[2].String())
	if err != nil || len(rows) != SmallCell || slices.ContainsFunc(rows, func(r map[string]Cell) bool { return r["case"].Value == name }) {
		t.Errorf("the successor has %d rows, %v", len(rows), err)
	}
	if _, err := z.Diff(Usable{ID: s.ID}, Usable{ID: list[0].ID}); !errors.Is(err, ErrThawed) {
		t.Error("what was destroyed is compared:", err)
	}
}
