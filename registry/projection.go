package registry

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/pathway"
)

//go:embed projection.sql
var projectionSchema string

// Projection keeps the rows. stamp names the packs in use: where they change, all rows are folded anew.
func Projection(me ledger.HospitalID, packs Packs, stamp string) ledger.Projection {
	lay := layouts()
	return ledger.Projection{Name: "registry", Version: 6, Stamp: stamp, Threads: []string{casebook.Thread}, Tables: []string{"registry_row", "registry_fill", "registry_layout", "registry_double"}, Schema: projectionSchema,
		Read: func(l ledger.Log) any {
			if !ledger.Folded(l, operatedOn) {
				return nil
			}
			return keptOf(l, casebook.Fold(l), packs, lay, me)
		},
		Keep: keep}
}

// operatedOn tells whether a case has, or had, an operation. As long as it has not, the table has no row of it.
var operatedOn = &ledger.Fold[bool]{
	Whole: func(l ledger.Log) bool { return operatedSince(l, 0) },
	Onward: func(before bool, l ledger.Log, from int) (bool, bool) {
		return before || operatedSince(l, from), true
	},
}

func operatedSince(l ledger.Log, from int) bool {
	return slices.ContainsFunc(l.Said[from:], func(s ledger.Said) bool { return s.Kind == casebook.KindOperation })
}

// keptCase is the rows of a case as they are kept.
type keptCase struct {
	thread  ledger.ThreadID
	pathway string
	rows    []kept
	doubles []keptDouble
}

// kept is a row as it is kept.
type kept struct {
	row
	packed, visits, filled []byte
}

func keptOf(l ledger.Log, c casebook.Case, packs Packs, lay func(*pathway.Pack) *layout, me ledger.HospitalID) keptCase {
	k := keptCase{thread: l.Thread, pathway: c.Pathway}
	for _, r := range rowsOf(c, packs, lay, me) {
		packed := packCells(r.cells)
		r.cells = nil // many cases are held at once
		k.rows = append(k.rows, kept{row: r, packed: packed, visits: r.fill.visits(), filled: r.fill.bytes(r.layout.measured)})
	}
	if pack := packs(c.Pathway, ""); pack != nil && len(c.Doubles) > 0 {
		k.doubles = doublesOf(&c, l, pack)
	}
	return k
}

// keep replaces the rows of some cases.
func keep(ctx context.Context, tx ledger.Tx, cases []any) error {
	var rows []kept
	for _, c := range cases {
		c := c.(keptCase)
		for _, table := range []string{"registry_row", "registry_fill"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE thread = $1 AND place > $2`, c.thread[:], len(c.rows)); err != nil {
				return fmt.Errorf("dropping rows of case %s: %w", c.thread, err)
			}
		}
		if err := keepDoubles(ctx, tx, c); err != nil {
			return err
		}
		rows = append(rows, c.rows...)
	}
	noted := map[*layout]bool{}
	for _, k := range rows {
		if noted[k.layout] {
			continue
		}
		if err := k.layout.keep(ctx, tx); err != nil {
			return err
		}
		noted[k.layout] = true
	}
	if err := rowTable.put(ctx, tx, rows); err != nil {
		return err
	}
	return fillTable.put(ctx, tx, rows)
}

// table is one of the tables that have a line for each row.
type table struct {
	one, many string // statements that put one line, and linesAtOnce of them
	cells     func(to []any, k *kept) []any
}

// linesAtOnce is how many lines one statement puts, where there are many: a statement costs more than what it puts.
const linesAtOnce = 8

var rowTable = tableOf("registry_row", "pathway, pack, day, operator, expert, procedure, research, history, layout, visits, cells", func(to []any, k *kept) []any {
	return append(to, k.thread[:], k.place, ledger.Indexed(k.pathway), k.pack, k.day, k.operator, k.expert, k.procedure, int(k.research), one(k.history), k.layout.id, k.visits, k.packed)
})

var fillTable = tableOf("registry_fill", "pathway, research, day, operator, procedure, fill, fill_sum", func(to []any, k *kept) []any {
	return append(to, k.thread[:], k.place, ledger.Indexed(k.pathway), int(k.research), k.day, k.operator, k.procedure, k.filled, k.sum())
})

func tableOf(name, columns string, cells func([]any, *kept) []any) table {
	list := strings.Split(columns, ", ")
	text := func(lines int) string {
		var b strings.Builder
		b.WriteString("INSERT INTO " + name + " (thread, place, " + columns + ") VALUES ")
		for i := range lines * (len(list) + 2) {
			switch at := i % (len(list) + 2); {
			case at > 0:
				b.WriteString(", ")
			case i > 0:
				b.WriteString("), (")
			default:
				b.WriteString("(")
			}
			b.WriteString("$" + strconv.Itoa(i+1))
		}
		b.WriteString(") ON CONFLICT (thread, place) DO UPDATE SET ")
		for i, c := range list {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(c + " = excluded." + c)
		}
		return b.String()
	}
	return table{text(1), text(linesAtOnce), cells}
}

// put puts the lines of rows, in the place of those that stand there.
func (t *table) put(ctx context.Context, tx ledger.Tx, rows []kept) error {
	var cells []any
	for len(rows) > 0 {
		n, text := 1, t.one
		if len(rows) >= linesAtOnce {
			n, text = linesAtOnce, t.many
		}
		cells = cells[:0]
		for i := range rows[:n] {
			cells = t.cells(cells, &rows[i])
		}
		if _, err := tx.ExecContext(ctx, text, cells...); err != nil {
			return fmt.Errorf("keeping rows of case %s: %w", rows[0].thread, err)
		}
		rows = rows[n:]
	}
	return nil
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
