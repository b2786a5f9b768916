package casebook

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"consilium/ledger"
)

// indexing is how the index is about to change: by part and term, which places in the part have the term from now on, and which no longer. What many cases change together
// is read and written once: cases that come together, in an import or while all are folded anew, share most of their terms.
type indexing map[int64]map[string]map[uint16]bool

// keepTerms brings the index of one case from one text to another.
func keepTerms(ctx context.Context, tx ledger.Tx, n int64, old, now string) error {
	one := indexing{}
	one.change(n, old, now)
	return one.keep(ctx, tx)
}

// change notes that the text of a case becomes another.
func (x indexing) change(n int64, old, now string) {
	if old == now {
		return
	}
	before, after := termsIn(old), termsIn(now)
	for _, t := range after {
		if _, was := slices.BinarySearch(before, t); !was {
			x.place(n, t, true)
		}
	}
	for _, t := range before {
		if _, stays := slices.BinarySearch(after, t); !stays {
			x.place(n, t, false)
		}
	}
}

func (x indexing) place(n int64, term string, in bool) {
	part, place := n/partSize, uint16(n%partSize)
	if x[part] == nil {
		x[part] = map[string]map[uint16]bool{}
	}
	if x[part][term] == nil {
		x[part][term] = map[uint16]bool{}
	}
	x[part][term][place] = in
}

// keep writes all of it, in one order, so that two transactions never wait for each other's rows crosswise.
func (x indexing) keep(ctx context.Context, tx ledger.Tx) error {
	for _, part := range slices.Sorted(maps.Keys(x)) {
		if err := keepPart(ctx, tx, part, x[part]); err != nil {
			return fmt.Errorf("keeping the words of cases %d to %d: %w", part*partSize, (part+1)*partSize-1, err)
		}
	}
	return nil
}

func keepPart(ctx context.Context, tx ledger.Tx, part int64, changes map[string]map[uint16]bool) error {
	terms := slices.Sorted(maps.Keys(changes))
	rows, err := partOf(ctx, tx, part, terms)
	if err != nil {
		return err
	}
	list := table{name: "case_term", columns: "term, part, cases"}
	for _, t := range terms {
		row := withPlaces(rows[t], changes[t])
		if len(row) > 0 {
			list.add([]byte(t), part, row)
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM case_term WHERE term = $1 AND part = $2`, []byte(t), part); err != nil {
			return err
		}
	}
	return list.insert(ctx, tx, list.rows, " ON CONFLICT (term, part) DO UPDATE SET cases = excluded.cases")
}

// withPlaces gives a row of the index with some places in it, and without others. What it gives depends on the places alone.
func withPlaces(row []byte, places map[uint16]bool) []byte {
	for place, in := range places {
		row = withPlace(row, place, in)
	}
	return row
}

// partOf reads what the index has of some terms in a part.
func partOf(ctx context.Context, tx ledger.Tx, part int64, terms []string) (map[string][]byte, error) {
	rows := make(map[string][]byte, len(terms))
	for some := range slices.Chunk(terms, 16) {
		w := where{}
		places := make([]string, 16) // always as many, so that the database knows the statement
		for i := range places {
			places[i] = w.arg([]byte(some[min(i, len(some)-1)]))
		}
		found, err := tx.QueryContext(ctx, `SELECT term, cases FROM case_term WHERE term IN (`+strings.Join(places, ", ")+`) AND part = `+w.arg(part), w.args...)
		if err != nil {
			return nil, fmt.Errorf("reading the index of cases: %w", err)
		}
		for found.Next() {
			var term, row []byte
			if err = found.Scan(&term, &row); err != nil {
				break
			}
			rows[string(term)] = row
		}
		found.Close()
		if err = errors.Join(err, found.Err()); err != nil {
			return nil, fmt.Errorf("reading the index of cases: %w", err)
		}
	}
	return rows, nil
}
