package registry

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"consilium/casebook"
	"consilium/ledger"
)

// keptRow is a row as the page of data quality reads it.
type keptRow struct {
	Place
	procedure string
	fill      []byte
	sum       int64
}

type rowKey struct {
	thread ledger.ThreadID
	place  int
}

// fewChanged is up to how many rows are read one by one instead of all.
const fewChanged = 500

// refresh reads the rows that changed since it was asked last.
func (m *remembered) refresh(ctx context.Context, tx ledger.Tx, pathway string, research bool) error {
	sums, err := rowSums(ctx, tx, pathway, research)
	if err != nil {
		return err
	}
	var changed []rowKey
	for key, sum := range sums {
		if row, known := m.rows[key]; !known || row.sum != sum {
			changed = append(changed, key)
		}
	}
	for key := range m.rows {
		if _, there := sums[key]; !there {
			delete(m.rows, key)
		}
	}
	if len(changed) > fewChanged {
		return m.readAll(ctx, tx, pathway, research)
	}
	for _, key := range changed {
		row, err := scanRow(tx.QueryRowContext(ctx, `SELECT `+keptColumns+` FROM registry_fill WHERE thread = $1 AND place = $2`, key.thread[:], key.place).Scan)
		if err != nil {
			return err
		}
		m.keep(row)
	}
	return nil
}

func (m *remembered) keep(row keptRow) {
	if m.rows == nil {
		m.rows = map[rowKey]keptRow{}
	}
	m.rows[rowKey{row.Thread, row.Place.Place}] = row
}

// rowSums reads from an index alone.
func rowSums(ctx context.Context, tx ledger.Tx, pathway string, research bool) (map[rowKey]int64, error) {
	rows, err := tx.QueryContext(ctx, `SELECT thread, place, fill_sum FROM registry_fill WHERE pathway = $1 AND research >= $2`, pathway, int(Query{Research: research}.least()))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	sums := map[rowKey]int64{}
	for rows.Next() {
		var thread []byte
		var place int
		var sum int64
		if err := rows.Scan(&thread, &place, &sum); err != nil {
			return nil, err
		}
		sums[rowKey{ledger.ThreadID(thread), place}] = sum
	}
	return sums, rows.Err()
}

const keptColumns = `thread, place, day, operator, procedure, fill, fill_sum`

func (m *remembered) readAll(ctx context.Context, tx ledger.Tx, pathway string, research bool) error {
	rows, err := tx.QueryContext(ctx, `SELECT `+keptColumns+` FROM registry_fill WHERE pathway = $1 AND research >= $2`, pathway, int(Query{Research: research}.least()))
	if err != nil {
		return err
	}
	defer rows.Close()
	m.rows = map[rowKey]keptRow{}
	for rows.Next() {
		row, err := scanRow(rows.Scan)
		if err != nil {
			return err
		}
		m.keep(row)
	}
	return rows.Err()
}

func scanRow(scan func(...any) error) (r keptRow, err error) {
	var thread []byte
	err = scan(&thread, &r.Place.Place, &r.Day, &r.Operator, &r.procedure, &r.fill, &r.sum)
	if err == nil {
		r.Thread = ledger.ThreadID(thread)
	}
	return r, err
}

// inOrder are the rows in the order of their operations' days.
func (m *remembered) inOrder() []keptRow {
	list := make([]keptRow, 0, len(m.rows))
	for _, r := range m.rows {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b keptRow) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), slices.Compare(a.Thread[:], b.Thread[:]), cmp.Compare(a.Place.Place, b.Place.Place))
	})
	return list
}

// Gaps are the operations of which a column has no value and no reason, the newest first.
func (g *Registry) Gaps(ctx context.Context, tx ledger.Tx, pathway, column string, now time.Time) (list []Place, err error) {
	c, err := g.Check(ctx, tx, pathway, false, now)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(c.Columns, func(col ColumnFill) bool { return col.Name == column })
	if at < 0 {
		return nil, fmt.Errorf("the registry of %s has no column %q: %w", pathway, column, sql.ErrNoRows)
	}
	visit := slices.IndexFunc(c.Visits, func(a Appointment) bool { return a.ID == c.Columns[at].At })
	kept := g.memory.of(memoryOf{pathway, false})
	kept.mu.Lock()
	defer kept.mu.Unlock()
	var f fill
	for _, r := range kept.inOrder() {
		if f.read(r.fill, c.Columns) && f.cells[at].state == notRecorded && (visit < 0 || f.at[visit].standing == casebook.Kept) {
			list = append(list, r.Place)
		}
	}
	slices.Reverse(list)
	return list, nil
}

// Fault finds a fault by what settles it.
func (c *Checked) Fault(thread ledger.ThreadID, place int, what, value string) (Fault, bool) {
	for _, f := range c.Faults {
		if w, v := f.Confirms(); f.Thread == thread && f.Place.Place == place && w == what && v == value {
			return f, true
		}
	}
	return Fault{}, false
}

// Pair finds a pair by what settles it.
func (c *Checked) Pair(thread ledger.ThreadID, what, value string) (Pair, bool) {
	for _, p := range c.Pairs {
		if w, v := p.Confirms(); p.A.Thread == thread && w == what && v == value {
			return p, true
		}
	}
	return Pair{}, false
}
