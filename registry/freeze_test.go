package registry

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/store"
)

// freezesOf are freezes of a hospital in a folder of the test's own.
func freezesOf(t *testing.T, h *hospital) *Freezes {
	return &Freezes{Kept: store.ClosetFolder{Dir: t.TempDir()}, Now: h.now}
}

// thawed reads a freeze as maps, as hospital.read does.
func thawed(t *testing.T, z *Freezes, id ledger.Hash) (list []map[string]Cell, err error) {
	t.Helper()
	var columns []Column
	err = z.Read(id, func(c []Column) error { columns = c; return nil }, func(row []Cell) error {
		m := map[string]Cell{}
		for i, c := range columns {
			m[c.Name] = row[i]
		}
		list = append(list, m)
		return nil
	})
	return list, err
}

func TestFrozenRowsStayAsTheyWere(t *testing.T) {
	h := newHospital(t)
	operated(h)
	z := freezesOf(t, h)
	q, of := Query{Pathway: "hfs-mvd"}, ledger.SumBlob([]byte("protocol"))
	before := h.read(q)
	f, err := z.Freeze(context.Background(), h.db, h.reg, q, of, 0)
	if err != nil || f.Rows != 1 {
		t.Fatal(f, err)
	}
	operated(h)
	again, err := z.Freeze(context.Background(), h.db, h.reg, q, of, 0)
	if err != nil || again.ID != f.ID || !again.At.Equal(f.At) {
		t.Fatalf("asked again it is %+v, %v, not %+v", again, err, f)
	}
	if got, err := thawed(t, z, f.ID); err != nil || !reflect.DeepEqual(got, before) {
		t.Errorf("%v: read back %v, want %v", err, got, before)
	}
	other, err := z.Freeze(context.Background(), h.db, h.reg, q, ledger.SumBlob([]byte("next protocol")), 0)
	if err != nil || other.Rows != 2 || other.ID == f.ID {
		t.Error(other, err)
	}
}

// Two freezes of the same rows have different hashes: the salt keeps who knows a hash from trying rows against it.
func TestTheHashOfAFreezeTellsNothing(t *testing.T) {
	h := newHospital(t)
	operated(h)
	z := freezesOf(t, h)
	q := Query{Pathway: "hfs-mvd"}
	a, errA := z.Freeze(context.Background(), h.db, h.reg, q, ledger.Hash{1}, 0)
	b, errB := z.Freeze(context.Background(), h.db, h.reg, q, ledger.Hash{2}, 0)
	if errA != nil || errB != nil || a.ID == b.ID {
		t.Error(a, errA, b, errB)
	}
	for _, f := range []Freeze{a, b} {
		raw, err := os.ReadFile(filepath.Join(z.Kept.(store.ClosetFolder).Dir, rowsName(f.ID)))
		if err != nil || bytes.Contains(raw, []byte("fully_endoscopic")) {
			t.Error("a frozen row stands in the clear", err)
		}
	}
}

func TestAForgottenCaseIsInNoFreeze(t *testing.T) {
	h := newHospital(t)
	thread, _, _ := operated(h)
	z := freezesOf(t, h)
	q := Query{Pathway: "hfs-mvd"}
	f, err := z.Freeze(context.Background(), h.db, h.reg, q, ledger.Hash{1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if gone, err := z.Forget(context.Background(), h.db, h.reg, ledger.ThreadID{9}); err != nil || len(gone) != 0 {
		t.Fatal("another case takes a freeze along", gone, err)
	}
	gone, err := z.Forget(context.Background(), h.db, h.reg, thread)
	if err != nil || len(gone) != 1 || gone[0].ID != f.ID {
		t.Fatal(gone, err)
	}
	if _, err := thawed(t, z, f.ID); !errors.Is(err, ErrThawed) {
		t.Error("it can be read still:", err)
	}
	if _, err := z.Freeze(context.Background(), h.db, h.reg, q, ledger.Hash{1}, 0); !errors.Is(err, ErrThawed) {
		t.Error("the same is frozen anew, with other rows:", err)
	}
	entries, err := os.ReadDir(z.Kept.(store.ClosetFolder).Dir)
	if err != nil || slices.ContainsFunc(entries, func(e os.DirEntry) bool { return !e.IsDir() }) {
		t.Error(entries, err)
	}
}

func TestADamagedFreezeSaysSo(t *testing.T) {
	h := newHospital(t)
	operated(h)
	z := freezesOf(t, h)
	f, err := z.Freeze(context.Background(), h.db, h.reg, Query{Pathway: "hfs-mvd"}, ledger.Hash{1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(z.Kept.(store.ClosetFolder).Dir, rowsName(f.ID)))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, len(whole) / 2, len(whole) - 1} {
		if err := os.WriteFile(filepath.Join(z.Kept.(store.ClosetFolder).Dir, rowsName(f.ID)), whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := thawed(t, z, f.ID); err == nil {
			t.Errorf("half written, %d of %d bytes, it is read", n, len(whole))
		}
	}
	var plain bytes.Buffer
	if _, err := h.reg.frozenNow(t, h, &plain); err != nil {
		t.Fatal(err)
	}
	if err := z.lock(f.ID, plain.Bytes()); err != nil {
		t.Fatal(err)
	}
	if _, err := thawed(t, z, f.ID); err == nil {
		t.Error("other rows under the hash of a freeze are read")
	}
}

func (g *Registry) frozenNow(t *testing.T, h *hospital, to *bytes.Buffer) (rows int, err error) {
	t.Helper()
	err = h.db.View(context.Background(), func(ctx context.Context, tx ledger.Tx) error {
		rows, err = g.frozen(ctx, tx, Query{Pathway: "hfs-mvd"}, h.now(), to)
		return err
	})
	return rows, err
}

// Rows that differ from those of an earlier freeze by a few patients are not frozen: two results would differ by those few.
func TestAFreezeDiffersByNoneOrByEnough(t *testing.T) {
	h := newHospital(t)
	z := freezesOf(t, h)
	q := Query{Pathway: "hfs-mvd"}
	freeze := func(of byte) Freeze {
		t.Helper()
		f, err := z.Freeze(context.Background(), h.db, h.reg, q, ledger.Hash{of}, 3)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for range 4 {
		operated(h)
	}
	first := freeze(1)
	thread, operation, _ := operated(h)
	second := freeze(2)
	if second.Rows != 4 || second.ID == first.ID {
		t.Errorf("one patient has come, and the freeze has %d rows", second.Rows)
	}
	operated(h)
	h.say(thread, ledger.KindAmend, ledger.Amendment{Why: "typed wrong", Says: asJSON(t, casebook.Operation{Date: "2025-03-11", Procedure: "mvd_microscopic", Form: "operation",
		Values: pathway.Values{"technique": pathway.String("microscopic")}, Operator: casebook.Owner{Hospital: h.id, Person: "p9", Name: "Dr. Zhou"}})}, operation)
	if third := freeze(3); third.Rows != 4 {
		t.Errorf("two patients have come, and the freeze has %d rows", third.Rows)
	}
	operated(h)
	if fourth := freeze(4); fourth.Rows != 7 {
		t.Errorf("three patients have come, and the freeze has %d rows", fourth.Rows)
	}
	h.say(thread, ledger.KindAmend, ledger.Amendment{Why: "typed wrong again", Says: asJSON(t, casebook.Operation{Date: "2025-03-12", Procedure: "mvd_microscopic", Form: "operation",
		Values: pathway.Values{"technique": pathway.String("microscopic")}, Operator: casebook.Owner{Hospital: h.id, Person: "p9", Name: "Dr. Zhou"}})}, operation)
	was, _ := thawed(t, z, freeze(4).ID)
	if now, err := thawed(t, z, freeze(5).ID); err != nil || !reflect.DeepEqual(now, was) {
		t.Error("a correction of one patient shows in the next freeze", err)
	}
}

// An erasure is not published: what is frozen next differs from the rows that are gone by none of their patients or by enough, and until then nothing is frozen.
func TestAFreezeIsComparedWithThoseThatAreGone(t *testing.T) {
	h := newHospital(t)
	z := freezesOf(t, h)
	q := Query{Pathway: "hfs-mvd"}
	freeze := func(of byte) (Freeze, error) {
		return z.Freeze(context.Background(), h.db, h.reg, q, ledger.Hash{of}, 3)
	}
	threads := map[int]ledger.ThreadID{}
	for i := range 6 {
		threads[i], _, _ = operated(h)
	}
	if f, err := freeze(1); err != nil || f.Rows != 6 {
		t.Fatal(f, err)
	}
	if gone, err := z.Forget(context.Background(), h.db, h.reg, threads[0]); err != nil || len(gone) != 1 {
		t.Fatal(gone, err)
	}
	if f, err := freeze(2); err != nil || f.Rows != 6 {
		t.Error("the same rows as before are refused", f, err)
	}
	operated(h)
	if err := z.Destroy(context.Background(), h.db, must(freeze(2)).ID); err != nil {
		t.Fatal(err)
	}
	if _, err := freeze(3); !errors.Is(err, ErrTooAlike) {
		t.Error("rows that differ by one from those that are gone are frozen:", err)
	}
	operated(h)
	operated(h)
	if f, err := freeze(4); err != nil || f.Rows != 9 {
		t.Error("three have come, and nothing is frozen", f, err)
	}
}

func must(f Freeze, err error) Freeze {
	if err != nil {
		panic(err)
	}
	return f
}

// Whoever is not covered by a query any more is in no freeze of it, also where an earlier freeze would serve.
func TestAnEarlierFreezeServesOnlyWhomTheQueryCovers(t *testing.T) {
	now, then := tags{"a": "1", "b": "1", "c": "1"}, tags{"a": "1", "b": "2"}
	if !now.cover(then) || then.cover(now) || now.differing(then) != 2 {
		t.Error(now.cover(then), then.cover(now), now.differing(then))
	}
}
