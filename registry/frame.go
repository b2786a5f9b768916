package registry

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"consilium/ledger"
	"consilium/pathway"
)

// Dates says how days are shown.
type Dates string

// The policies for dates. A day of an operation and a hospital together can tell who somebody was.
const (
	Intervals Dates = "intervals" // days from the operation, whose own day is shown as its month
	Exact     Dates = "exact"     // as they are, for people of the hospital who may
)

// Query says which rows are wanted, and how they are shown.
type Query struct {
	Pathway  string
	Research bool            // only patients who agreed to research
	Waiver   string          // the number of a waiver of consent that was granted here: then patients who were not asked too
	Waived   ledger.ThreadID // that waiver: two may have one number
	Dates    Dates           // the zero value is Intervals
}

// Frame is rows of one pathway as somebody may see them, one column after the other.
type Frame struct {
	Pack    *pathway.Pack
	Columns []Column
	Dates   Dates
}

// Registry reads rows.
type Registry struct {
	Me     ledger.HospitalID
	Packs  Packs
	Secret []byte // of pseudonyms: another hospital's pseudonyms never match
	// Distances gives the kilometers from this hospital to each other one whose place is known. It may be nil.
	Distances func(ctx context.Context, tx ledger.Tx) (map[ledger.HospitalID]int64, error)

	// Now tells which follow-ups are due when rows are read; nil: the clock of the computer.
	Now func() time.Time

	memory memory // what was counted last for the page of data quality
}

// Frame gives the frame of a query, without its rows.
func (g *Registry) Frame(q Query) (*Frame, error) {
	p := g.Packs(q.Pathway, "")
	if p == nil {
		return nil, fmt.Errorf("there is no pathway %q", q.Pathway)
	}
	if q.Dates == "" {
		q.Dates = Intervals
	}
	return FrameOf(p, q.Dates), nil
}

// FrameOf is the frame of a pathway's rows, with days shown by a policy.
func FrameOf(p *pathway.Pack, dates Dates) *Frame {
	f := &Frame{Pack: p, Columns: Columns(p), Dates: dates}
	if dates == Intervals {
		f.withoutDays()
	}
	return f
}

// withoutDays makes columns of dates count days from the operation; its own day is a month.
func (f *Frame) withoutDays() {
	for i := range f.Columns {
		c := &f.Columns[i]
		switch {
		case c.Name == "operated":
			c.Kind = Text
		case c.Kind == Date:
			c.Kind, c.Unit = Integer, "d"
		}
	}
}

func (g *Registry) now() time.Time {
	if g.Now == nil {
		return time.Now()
	}
	return g.Now()
}

// patients are the hospital's own numbers of its patients: two cases of one number are one patient.
func (g *Registry) patients(ctx context.Context, tx ledger.Tx) (map[ledger.ThreadID]string, error) {
	rows, err := tx.QueryContext(ctx, `SELECT thread, local_number FROM case_identity WHERE local_number <> ''`)
	if err != nil {
		return nil, fmt.Errorf("reading who is whose patient: %w", err)
	}
	defer rows.Close()
	out := map[ledger.ThreadID]string{}
	for rows.Next() {
		var raw []byte
		var number string
		if err := rows.Scan(&raw, &number); err != nil {
			return nil, err
		}
		out[ledger.ThreadID(raw)] = number
	}
	return out, rows.Err()
}

// SmallCell is the least number of patients of whom anything is told to who sees no cases: of fewer a count or a row tells who somebody is.
const SmallCell = 5

// Count is how many rows a query has.
func Count(ctx context.Context, tx ledger.Tx, q Query) (n int, err error) {
	err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM registry_row WHERE pathway = $1 AND research >= $2`, q.Pathway, int(q.least())).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting the rows of %s: %w", q.Pathway, err)
	}
	return n, nil
}

// Extent is how many rows a query has, and of how many patients they are.
func (g *Registry) Extent(ctx context.Context, tx ledger.Tx, q Query) (rows, patients int, err error) {
	numbers, err := g.patients(ctx, tx)
	if err != nil {
		return 0, 0, err
	}
	list, err := tx.QueryContext(ctx, `SELECT thread, COUNT(*) FROM registry_row WHERE pathway = $1 AND research >= $2 GROUP BY thread`, q.Pathway, int(q.least()))
	if err != nil {
		return 0, 0, fmt.Errorf("counting the patients of %s: %w", q.Pathway, err)
	}
	defer list.Close()
	seen := map[string]bool{}
	for list.Next() {
		var thread []byte
		var n int
		if err := list.Scan(&thread, &n); err != nil {
			return 0, 0, err
		}
		id := ledger.ThreadID(thread)
		rows += n
		seen[cmp.Or(numbers[id], id.String())] = true
	}
	return rows, len(seen), list.Err()
}
