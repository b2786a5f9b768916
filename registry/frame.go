package registry

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"consilium/ledger"
	"consilium/pathway"
	"consilium/terms"
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
	// Distance gives the kilometers between two hospitals; not ok where a place is not known. It may be nil.
	Distance func(ctx context.Context, tx ledger.Tx, a, b ledger.HospitalID) (km int64, ok bool)

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

// Each reads the rows of a query in the order of their operations' days and hands each to do, which must not keep it. It stops at the first error.
func (g *Registry) Each(ctx context.Context, tx ledger.Tx, q Query, do func(f *Frame, row []Cell) error) error {
	f, err := g.Frame(q)
	if err != nil {
		return err
	}
	names, err := g.patients(ctx, tx)
	if err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, `SELECT r.thread, r.place, r.day, r.operator, r.expert, r.procedure, r.cells, f.fill FROM registry_row r
		JOIN registry_fill f ON f.thread = r.thread AND f.place = r.place
		WHERE r.pathway = $1 AND r.research >= $2 ORDER BY r.day, r.thread, r.place`, q.Pathway, int(q.least()))
	if err != nil {
		return fmt.Errorf("reading the registry of %s: %w", q.Pathway, err)
	}
	defer rows.Close()
	reading := &reading{g: g, f: f, names: names, done: map[string]int64{}, row: make([]Cell, len(f.Columns)), late: lateBy(g.now()), visit: f.visits(), place: map[string]int{}}
	for i, c := range f.Columns {
		reading.place[c.Name] = i
	}
	for rows.Next() {
		if err := reading.scan(rows.Scan); err != nil {
			return fmt.Errorf("reading the registry of %s: %w", q.Pathway, err)
		}
		if err := do(f, reading.row); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (g *Registry) now() time.Time {
	if g.Now == nil {
		return time.Now()
	}
	return g.Now()
}

// visits are the places in the schedule of the appointments that the columns are of.
func (f *Frame) visits() []int {
	list := make([]int, len(f.Columns))
	for i, c := range f.Columns {
		list[i] = slices.IndexFunc(f.Pack.Schedule, func(u pathway.FollowUp) bool { return c.At != "" && u.ID == c.At })
	}
	return list
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

// reading is one pass over the rows.
type reading struct {
	g     *Registry
	f     *Frame
	names map[ledger.ThreadID]string
	done  map[string]int64 // how many operations of this pathway somebody has done so far
	row   []Cell
	late  int32 // the last day whose appointments are overdue
	visit []int // of each column, its appointment's place in the schedule; -1: none
	fill  fill
	place map[string]int // of each column, where it stands in a row
	cells []Cell         // as they were kept, in the order of the columns
}

func (r *reading) scan(scan func(...any) error) error {
	var thread []byte
	var place int
	var day, operator, expert, procedure, raw string
	var filled []byte
	if err := scan(&thread, &place, &day, &operator, &expert, &procedure, &raw, &filled); err != nil {
		return err
	}
	r.fill.readVisits(filled)
	r.cells = append(r.cells[:0], make([]Cell, len(r.row))...)
	if err := readCells(raw, r.place, r.cells); err != nil {
		return err
	}
	id := ledger.ThreadID(thread)
	set := func(name string, v pathway.Value) {
		if at, known := r.place[name]; known {
			r.cells[at] = cellOf(v)
		}
	}
	set("case", pathway.String(r.g.pseudonym("case", id.String())))
	patient := r.names[id]
	if patient == "" {
		patient = id.String()
	}
	set("patient", pathway.String(r.g.pseudonym("patient", patient)))
	set("hospital", pathway.String(r.g.Me.String()))
	r.person(set, operator, "operator", "operator_case")
	if expert != "" && expert != operator {
		r.person(set, expert, "expert", "expert_case")
	} else if expert != "" {
		set("expert", pathway.String(r.g.pseudonym("person", expert)))
	}
	operated := parseDay(day)
	for i, c := range r.f.Columns {
		r.row[i] = r.f.cell(c, r.cells[i], operated)
		if at := r.visit[i]; r.row[i].Why == NotRecorded && at >= 0 && at < len(r.fill.at) {
			r.row[i].Why = r.fill.at[at].why(r.late)
		}
	}
	return nil
}

// person sets the pseudonym of an operator and which of their operations of this pathway it was.
func (r *reading) person(set func(string, pathway.Value), who, name, number string) {
	if who == "" {
		return
	}
	r.done[who]++
	set(name, pathway.String(r.g.pseudonym("person", who)))
	set(number, pathway.Int(r.done[who]))
}

// pseudonym is the same for one thing at this hospital, and tells nothing without its secret.
func (g *Registry) pseudonym(kind, of string) string {
	m := hmac.New(sha256.New, g.Secret)
	m.Write([]byte(kind + "\n" + of))
	return hex.EncodeToString(m.Sum(nil)[:8])
}

func parseDay(s string) time.Time {
	t, _ := terms.ParseDay(s, time.UTC)
	return t
}

// cell is a cell as the frame shows it.
func (f *Frame) cell(c Column, cell Cell, operated time.Time) Cell {
	switch {
	case cell == (Cell{}):
		return Cell{Why: NotRecorded}
	case cell.Why != "" || f.Dates == Exact:
		return cell
	case c.Name == "operated":
		return Cell{Value: cell.Value[:7]}
	case c.Kind != Integer || c.Unit != "d" || !isDate(cell.Value):
		return cell
	case operated.IsZero() || !isDay(cell.Value):
		return Cell{Why: pathway.Unknown} // a date known to the month only has no number of days
	}
	days := parseDay(day(cell.Value)).Sub(operated).Hours() / 24
	return Cell{Value: strconv.Itoa(int(math.Round(days)))}
}

func isDate(s string) bool { return len(s) >= 7 && s[4] == '-' }

func isDay(s string) bool { return len(s) >= 10 && s[4] == '-' && !parseDay(s[:10]).IsZero() }

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
