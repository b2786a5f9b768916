package registry

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"consilium/ledger"
)

// Checked is a registry's data quality: how complete it is, and what somebody has to look at. It is counted once and kept until a row changes or the day ends; who reads
// it must not change it.
type Checked struct {
	Pathway string
	Pack    string
	Rows    int
	From    string        // day of the first operation
	Months  []string      // the last twelve months with operations, 2026-11, the oldest first
	All     []Share       // over all wanted columns, month by month
	Columns []ColumnFill  // the measured ones, in the registry's order
	Visits  []Appointment // of the schedule
	Overdue []Owed        // who waits longest first
	Faults  []Fault
	Pairs   []Pair
	Gaps    int // cells of wanted columns without a value and without a reason
}

// Share is how many of those due are there.
type Share struct{ Due, Given int }

// Missing is how many are not.
func (s Share) Missing() int { return s.Due - s.Given }

// ColumnFill is how a column is filled in. What is not due yet, or does not apply, does not count.
type ColumnFill struct {
	Column
	Wanted bool // the pack demands it; the others may be left out
	Share
	Why    map[string]int // of what is missing, how many for each reason
	Months []Share
}

// Unexplained is how many cells are empty although nobody said why.
func (c ColumnFill) Unexplained() int { return c.Why[NotRecorded] }

// Appointment is one of the pack's schedule. Due counts all patients whose day has come, as in the columns of the appointment; each of them is in one of the other counts.
type Appointment struct {
	ID      string
	Share       // Given: somebody answered
	Lost    int // nobody could be reached, and that was recorded
	Overdue int // the day is past without a word
	Before  int // the day was past when the case was taken over here
}

// Place says which operation of which case a row is of, with what its reader needs to find it.
type Place struct {
	Thread   ledger.ThreadID
	Place    int
	Day      string
	Operator string // hospital and person, as the row has it
}

// Owed is a follow-up whose day is past without a word. Until when its window is open, an answer still is one of this appointment.
type Owed struct {
	Place
	At         string // of the schedule
	Due, Until time.Time
}

// Sort is what is wrong with a value.
type Sort string

// The sorts of faults.
const (
	OutOfRange Sort = "range"  // outside of what the pack allows
	NoChoice   Sort = "choice" // not among the choices of the pack
	WrongOrder Sort = "order"  // dated before the operation that it follows, or later than today
	Odd        Sort = "odd"    // allowed, and far away from all others
)

// Fault is a value that is out of place.
type Fault struct {
	Place
	Sort      Sort
	Column    *Column
	Value     float64 // days since 1970 of a date; NaN of a code
	Low, High float64 // where values of the column are expected; NaN where there is no limit
}

// Pair is two cases that may be one.
type Pair struct {
	Same string // "patient" twice, or "operation" twice
	A, B Place
}

// memory keeps what was counted last of each pathway.
type memory struct {
	mu   sync.Mutex
	kept map[memoryOf]*remembered
}

type memoryOf struct {
	pathway  string
	research bool
}

type remembered struct {
	mu      sync.Mutex
	state   state
	rows    map[rowKey]keptRow
	checked *Checked
}

// state is what an answer depends on.
type state struct {
	rows, sum, settled, known int64
	day, late                 int32
	pack                      [32]byte
}

func (m *memory) of(k memoryOf) *remembered {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil {
		m.kept = map[memoryOf]*remembered{}
	}
	if m.kept[k] == nil {
		m.kept[k] = &remembered{}
	}
	return m.kept[k]
}

// Check gives the data quality of a pathway: with research, of the rows of patients who agreed to it. An answer is kept in memory and given again as long as no row changed.
func (g *Registry) Check(ctx context.Context, tx ledger.Tx, pathway string, research bool, now time.Time) (*Checked, error) {
	p := g.Packs(pathway, "")
	if p == nil {
		return nil, fmt.Errorf("there is no pathway %q", pathway)
	}
	is := state{day: dayNumber(now), late: lateBy(now), pack: p.Hash()}
	err := errors.Join(
		tx.QueryRowContext(ctx, `SELECT COUNT(*), CAST(COALESCE(SUM(fill_sum), 0) AS BIGINT) FROM registry_fill WHERE pathway = $1 AND research >= $2`, pathway, int(Query{Research: research}.least())).Scan(&is.rows, &is.sum),
		tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), 0) FROM registry_settled`).Scan(&is.settled),
		tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM case_identity`).Scan(&is.known))
	if err != nil {
		return nil, fmt.Errorf("looking whether the registry of %s changed: %w", pathway, err)
	}
	kept := g.memory.of(memoryOf{pathway, research})
	kept.mu.Lock() // whoever asks meanwhile gets the same answer
	defer kept.mu.Unlock()
	if kept.checked != nil && kept.state == is {
		return kept.checked, nil
	}
	if err := kept.refresh(ctx, tx, pathway, research); err != nil {
		return nil, fmt.Errorf("reading how the registry of %s is filled in: %w", pathway, err)
	}
	c, err := g.check(ctx, tx, p, kept.inOrder(), now)
	if err != nil {
		return nil, err
	}
	kept.state, kept.checked = is, c
	return c, nil
}

// Pathways are the pathways that the registry has rows of, and how many.
func Pathways(ctx context.Context, tx ledger.Tx) (ids []string, counts []int, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT pathway, COUNT(*) FROM registry_row GROUP BY pathway ORDER BY COUNT(*) DESC, pathway`)
	if err != nil {
		return nil, nil, fmt.Errorf("listing the registry's pathways: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return nil, nil, err
		}
		ids, counts = append(ids, id), append(counts, n)
	}
	return ids, counts, rows.Err()
}
