package casebook

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"consilium/ledger"
)

// table is rows on their way into one.
type table struct {
	name, columns string
	key           []string // of a table about cases, whose first column is the case's thread: what names a row of it, the columns after that
	rows          [][]any
}

func (t *table) add(cells ...any) { t.rows = append(t.rows, cells) }

// replace writes the rows in place of those that the table has of a case. Of a new case it has none. What stands there already is left alone: a case in which fifty questions wait is told of the next
// one, and its other tasks, each with two indexes, are not written again.
func (t *table) replace(ctx context.Context, tx ledger.Tx, id ledger.ThreadID, first bool) error {
	add := t.rows
	if !first {
		old, err := t.read(ctx, tx, id)
		if err != nil {
			return fmt.Errorf("reading what %s says of case %s: %w", t.name, id, err)
		}
		var gone [][]any
		if add, gone = apart(t.rows, old), apart(old, t.rows); len(gone) == len(old) {
			add = t.rows
		}
		if err := t.remove(ctx, tx, id, gone, len(gone) == len(old)); err != nil {
			return fmt.Errorf("replacing what %s says of case %s: %w", t.name, id, err)
		}
	}
	if err := t.insert(ctx, tx, add, ""); err != nil {
		return fmt.Errorf("keeping what %s says of case %s: %w", t.name, id, err)
	}
	return nil
}

func (t *table) read(ctx context.Context, tx ledger.Tx, id ledger.ThreadID) (list [][]any, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT "+t.columns+" FROM "+t.name+" WHERE thread = $1", id[:])
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	width := 1 + strings.Count(t.columns, ",")
	for rows.Next() {
		cells, into := make([]any, width), make([]any, width)
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		list = append(list, cells)
	}
	return list, rows.Err()
}

// apart are the rows of one list that the other has not.
func apart(list, other [][]any) (some [][]any) {
	there := make(map[string]bool, len(other))
	for _, cells := range other {
		there[sumCells(cells)] = true
	}
	for _, cells := range list {
		if !there[sumCells(cells)] {
			some = append(some, cells)
		}
	}
	return some
}

// sumCells is what a row says, whether it comes from the database or is on its way there.
func sumCells(cells []any) string {
	var s summing
	for _, cell := range cells {
		switch v := cell.(type) {
		case []byte:
			s.text(string(v))
		case string:
			s.text(v)
		default:
			s.text(fmt.Sprint(v))
		}
	}
	return string(s.bytes)
}

func (t *table) remove(ctx context.Context, tx ledger.Tx, id ledger.ThreadID, gone [][]any, all bool) error {
	if all {
		if len(gone) == 0 {
			return nil
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM "+t.name+" WHERE thread = $1", id[:])
		return err
	}
	query := "DELETE FROM " + t.name + " WHERE thread = $1"
	for i, column := range t.key {
		query += fmt.Sprintf(" AND %s = $%d", column, i+2)
	}
	for _, cells := range gone {
		if _, err := tx.ExecContext(ctx, query, cells[:1+len(t.key)]...); err != nil {
			return err
		}
	}
	return nil
}

// insert writes rows, many in one statement, and ends each statement as it is told.
func (t *table) insert(ctx context.Context, tx ledger.Tx, rows [][]any, end string) error {
	for some := range slices.Chunk(rows, 8) { // SQLite looks for each place among all others of its statement
		query := append([]byte("INSERT INTO "), t.name...)
		query = append(append(append(query, " ("...), t.columns...), ") VALUES "...)
		args := make([]any, 0, len(some)*len(some[0]))
		for i, cells := range some {
			if i > 0 {
				query = append(query, ", "...)
			}
			for k, cell := range cells {
				args = append(args, cell)
				query = append(query, [...]string{"($", ", $"}[min(k, 1)]...)
				query = strconv.AppendInt(query, int64(len(args)), 10)
			}
			query = append(query, ')')
		}
		if _, err := tx.ExecContext(ctx, string(append(query, end...)), args...); err != nil {
			return err
		}
	}
	return nil
}
