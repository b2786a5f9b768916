package registry

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/pathway"
)

func (h *hospital) check(now time.Time, research bool) (c *Checked) {
	h.t.Helper()
	h.update(func(ctx context.Context, tx ledger.Tx) (err error) {
		c, err = h.reg.Check(ctx, tx, "hfs-mvd", research, now)
		return err
	})
	return c
}

func (c *Checked) column(name string) ColumnFill {
	for _, col := range c.Columns {
		if col.Name == name {
			return col
		}
	}
	return ColumnFill{}
}

func TestWhatIsNotDueIsNoGap(t *testing.T) {
	h := newHospital(t)
	operated(h)
	early := h.check(h.clock, false)
	if early.Rows != 1 || len(early.Overdue) != 0 {
		t.Errorf("%d rows, overdue on the day of the operation: %v", early.Rows, early.Overdue)
	}
	late := h.check(h.clock.AddDate(8, 0, 0), false)
	if len(late.Overdue) == 0 || late.Overdue[0].Until.After(late.Overdue[len(late.Overdue)-1].Until) {
		t.Errorf("eight years later these are overdue: %v", late.Overdue)
	}
	if col := late.column("relief_y5"); col.Due != 1 || col.Why[Overdue] != 1 || !col.Wanted {
		t.Errorf("relief after five years: %+v", col)
	}
	if again := h.check(h.clock.AddDate(8, 0, 0), false); again != late {
		t.Error("nothing changed, and it was counted again")
	}
	if none := h.check(h.clock, true); none.Rows != 0 {
		t.Errorf("%d rows for research without a consent", none.Rows)
	}
}

func TestAValueOutOfPlaceIsFoundUntilItIsSettled(t *testing.T) {
	h := newHospital(t)
	thread, _, _ := operated(h)
	h.many(60)
	p := pathway.Find("hfs-mvd")
	age, pain := -1, -1
	columns := measured(Columns(p))
	for i, c := range columns {
		switch c.Name {
		case "age_at_opening":
			age = i
		case "nrs_m12":
			pain = i
		}
	}
	h.set(thread, age, 640)
	h.set(thread, pain, 11)
	now := h.clock.AddDate(2, 0, 0)
	found := map[string]Fault{}
	for _, f := range h.check(now, false).Faults {
		found[string(f.Sort)+" "+f.Column.Name] = f
	}
	odd, ok := found["odd age_at_opening"]
	if _, out := found["range nrs_m12"]; !ok || !out || len(found) != 2 {
		t.Fatalf("found %v", found)
	}
	what, value := odd.Confirms()
	h.update(func(ctx context.Context, tx ledger.Tx) error {
		return Settle(ctx, tx, Settled{At: h.clock, Person: "p1", Pathway: "hfs-mvd", Thread: thread, Place: 1, What: what, Value: value})
	})
	if left := h.check(now, false).Faults; len(left) != 1 || left[0].Sort != OutOfRange {
		t.Errorf("after it was confirmed: %v", left)
	}
	h.set(thread, age, 650)
	if left := h.check(now, false).Faults; len(left) != 2 {
		t.Errorf("another value stands where one was confirmed: %v", left)
	}
}

func TestTwoCasesOfOnePatient(t *testing.T) {
	h := newHospital(t)
	a, _, _ := operated(h)
	b, _, _ := operated(h)
	if pairs := h.check(h.clock.AddDate(2, 0, 0), false).Pairs; len(pairs) > 1 || len(pairs) == 1 && pairs[0].Same != "operation" {
		t.Errorf("nobody knows who they are: %v", pairs)
	}
	h.update(func(ctx context.Context, tx ledger.Tx) error {
		if err := casebook.SetIdentity(ctx, tx, a, casebook.Patient{LocalNumber: "17"}); err != nil {
			return err
		}
		return casebook.SetIdentity(ctx, tx, b, casebook.Patient{LocalNumber: "17"})
	})
	pairs := h.check(h.clock.AddDate(2, 0, 0), false).Pairs
	if len(pairs) != 1 || pairs[0].Same != "patient" {
		t.Fatalf("pairs of one patient: %v", pairs)
	}
	what, value := pairs[0].Confirms()
	h.update(func(ctx context.Context, tx ledger.Tx) error {
		return Settle(ctx, tx, Settled{At: h.clock, Person: "p1", Pathway: "hfs-mvd", Thread: pairs[0].A.Thread, Place: 1, What: what, Value: value})
	})
	if left := h.check(h.clock.AddDate(2, 0, 0), false).Pairs; len(left) != 0 {
		t.Errorf("after somebody said that they are two: %v", left)
	}
}

// many adds rows like the one that is there, of other cases and days: as many as no test opens cases for.
func (h *hospital) many(n int) {
	h.t.Helper()
	h.update(func(ctx context.Context, tx ledger.Tx) error {
		var procedure string
		var raw []byte
		if err := tx.QueryRowContext(ctx, `SELECT procedure, fill FROM registry_fill`).Scan(&procedure, &raw); err != nil {
			return err
		}
		for i := range n {
			id := ledger.ThreadID{1}
			binary.BigEndian.PutUint32(id[4:], uint32(i))
			k := kept{row: row{thread: id, place: 1, pathway: "hfs-mvd", day: start.AddDate(0, 0, -i/8).Format(time.DateOnly), procedure: procedure, operator: fmt.Sprint("p", i%7)}, filled: raw}
			if err := fillTable.put(ctx, tx, []kept{k}); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range n {
		id := ledger.ThreadID{1}
		binary.BigEndian.PutUint32(id[4:], uint32(i))
		if i < 60 {
			h.set(id, 1, 30+float32(i%40))
		}
	}
}

// set writes a number into one cell of a row, as no form would.
func (h *hospital) set(thread ledger.ThreadID, column int, value float32) {
	h.t.Helper()
	p := pathway.Find("hfs-mvd")
	h.update(func(ctx context.Context, tx ledger.Tx) error {
		var raw []byte
		if err := tx.QueryRowContext(ctx, `SELECT fill FROM registry_fill WHERE thread = $1`, thread[:]).Scan(&raw); err != nil {
			return err
		}
		var f fill
		columns := measured(Columns(p))
		var filled []ColumnFill
		for _, c := range columns {
			filled = append(filled, ColumnFill{Column: c})
		}
		if !f.read(raw, filled) {
			h.t.Fatal("the fill is of other columns")
		}
		f.cells[column] = measure{number: value}
		_, err := tx.ExecContext(ctx, `UPDATE registry_fill SET fill = $2, fill_sum = fill_sum + $3 WHERE thread = $1`, thread[:], f.bytes(columns), int64(math.Abs(float64(value)))+1)
		return err
	})
}

// TestQualityOf20000Rows measures what issue 11 asks for; CONSILIUM_MEASURE=1 prints the figures.
func TestQualityOf20000Rows(t *testing.T) {
	h := newHospital(t)
	operated(h)
	h.many(20_000)
	now := h.clock.AddDate(2, 0, 0)
	begun := time.Now()
	c := h.check(now, false)
	first := time.Since(begun)
	h.set(ledger.ThreadID{1}, 1, 44)
	begun = time.Now()
	h.check(now, false)
	changed := time.Since(begun)
	begun = time.Now()
	h.check(now, false)
	if c.Rows != 20_001 || len(c.Months) != monthsShown {
		t.Errorf("%d rows, %d months", c.Rows, len(c.Months))
	}
	if os.Getenv("CONSILIUM_MEASURE") != "" {
		t.Logf("20,001 rows: counted in %v, after one row changed in %v, given again in %v", first, changed, time.Since(begun))
	}
}

// TestOneDenominator: a bar of the follow-ups counts the patients that the columns of the appointment count, each in one part of it, and each gap that is counted is listed.
func TestOneDenominator(t *testing.T) {
	h := newHospital(t)
	operated(h)
	old := h.open(casebook.Opened{Pathway: "hfs-mvd", Title: "Taken over", Side: "left", Urgency: "routine", History: "the old register"})
	h.say(old, casebook.KindOperation, casebook.Operation{Date: "2024-01-10", Procedure: "mvd_endoscopic"})
	c := h.check(h.clock.AddDate(1, 8, 0), false)
	for _, a := range c.Visits {
		if a.Given+a.Lost+a.Overdue+a.Before != a.Due {
			t.Errorf("%s: the parts do not add up: %+v", a.ID, a)
		}
		for _, col := range c.Columns {
			if col.At == a.ID && col.Why[pathway.NotApplicable] == 0 && strings.HasPrefix(col.Name, "relief_") && col.Due != a.Due {
				t.Errorf("%s counts %d patients, its appointment %d", col.Name, col.Due, a.Due)
			}
		}
	}
	if m12 := c.column("relief_m12"); m12.Why[BeforeTakeOver] != 1 || m12.Unexplained() != 1 {
		t.Errorf("12 months: %+v", m12)
	}
	for _, col := range c.Columns {
		h.update(func(ctx context.Context, tx ledger.Tx) error {
			list, err := h.reg.Gaps(ctx, tx, "hfs-mvd", col.Name, h.clock.AddDate(1, 8, 0))
			if len(list) != col.Unexplained() {
				t.Errorf("%s: %d gaps are counted and %d listed", col.Name, col.Unexplained(), len(list))
			}
			return err
		})
	}
}

// TestOverdueIsWhatTheTasksSay: the day after an appointment its task is late, and the registry says so too although the window is still open.
func TestOverdueIsWhatTheTasksSay(t *testing.T) {
	h := newHospital(t)
	thread, _, _ := operated(h)
	var c casebook.Case
	h.update(func(ctx context.Context, tx ledger.Tx) error {
		l, err := h.book.Log(ctx, tx, thread)
		c = casebook.Fold(l)
		return err
	})
	for half := range 800 { // nine in the morning and nine in the evening, which in Greenwich are two halves of one day
		now := h.clock.Add(time.Duration(half) * 12 * time.Hour)
		late := 0
		for _, task := range c.NextWith(pathway.Find("hfs-mvd")) {
			if task.Kind == casebook.KindFollowUp && task.Overdue(now) {
				late++
			}
		}
		if got := len(h.check(now, false).Overdue); got != late {
			t.Fatalf("%s: %d tasks are late, and the registry says %d", now.Format(time.DateOnly), late, got)
		}
	}
}
