package registry

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"consilium/ledger"
	"consilium/pathway"
	"consilium/terms"
)

// Each reads the rows of a query in the order of their operations' days and hands each to do, which must not keep it. It stops at the first error.
func (g *Registry) Each(ctx context.Context, tx ledger.Tx, q Query, do func(f *Frame, row []Cell) error) error {
	f, err := g.Frame(q)
	if err != nil {
		return err
	}
	r, err := g.reading(ctx, tx, f)
	if err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, `SELECT thread, day, operator, expert, layout, visits, cells FROM registry_row
		WHERE pathway = $1 AND research >= $2 ORDER BY day, thread, place`, q.Pathway, int(q.least()))
	if err != nil {
		return fmt.Errorf("reading the registry of %s: %w", q.Pathway, err)
	}
	defer rows.Close()
	for rows.Next() {
		var w written
		if err := rows.Scan(&w.thread, &w.day, &w.operator, &w.expert, &w.layout, &w.visits, &w.cells); err != nil {
			return fmt.Errorf("reading the registry of %s: %w", q.Pathway, err)
		}
		if err := r.read(&w); err != nil {
			return fmt.Errorf("reading the registry of %s: %w", q.Pathway, err)
		}
		if err := do(f, r.row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// written is a row as it is kept.
type written struct {
	thread                sql.RawBytes
	day, operator, expert string
	layout                int64
	visits                sql.RawBytes
	cells                 sql.RawBytes
}

// reading is one pass over the rows.
type reading struct {
	g       *Registry
	f       *Frame
	places  map[int64][]int // of each layout, where its columns stand in the frame
	numbers map[ledger.ThreadID]string
	done    map[string]int64 // how many operations of this pathway somebody has done so far
	people  map[string]string
	names   *pseudonyms
	own     standing
	away    map[string]int64 // km to other hospitals
	me      string
	late    int32   // the last day whose appointments are overdue
	visits  [][]int // of each appointment, the columns of it
	days    []bool  // of each column, whether it is shown as days from the operation
	empty   []Cell  // a row of which nothing was recorded
	row     []Cell
	fill    fill
	day     time.Time // of the operation
}

// standing are the places of the columns that are worked out when a row is read; -1 where the frame has none.
type standing struct {
	kase, patient, hospital, operated, operator, operatorCase, expert, expertCase, atHome, spared int
}

func (g *Registry) reading(ctx context.Context, tx ledger.Tx, f *Frame) (*reading, error) {
	numbers, err := g.patients(ctx, tx)
	if err != nil {
		return nil, err
	}
	places, err := placesOf(ctx, tx, f)
	if err != nil {
		return nil, err
	}
	away := map[string]int64{}
	if g.Distances != nil {
		list, err := g.Distances(ctx, tx)
		if err != nil {
			return nil, fmt.Errorf("reading how far other hospitals are: %w", err)
		}
		for id, km := range list {
			away[id.Raw()] = km
		}
	}
	r := &reading{g: g, away: away, f: f, places: places, numbers: numbers, done: map[string]int64{}, people: map[string]string{}, names: newPseudonyms(g.Secret), own: f.standing(), me: g.Me.String(), late: lateBy(g.now()),
		visits: make([][]int, len(f.Pack.Schedule)), days: make([]bool, len(f.Columns)), empty: make([]Cell, len(f.Columns)), row: make([]Cell, len(f.Columns))}
	for i := range f.Columns {
		c := &f.Columns[i]
		r.empty[i].Why = NotRecorded
		r.days[i] = f.Dates != Exact && c.Kind == Integer && c.Unit == "d"
		if at := slices.IndexFunc(f.Pack.Schedule, func(u pathway.FollowUp) bool { return c.At != "" && u.ID == c.At }); at >= 0 {
			r.visits[at] = append(r.visits[at], i)
		}
	}
	return r, nil
}

func (f *Frame) standing() standing {
	place := func(name string) int {
		return slices.IndexFunc(f.Columns, func(c Column) bool { return c.Name == name })
	}
	return standing{place("case"), place("patient"), place("hospital"), place("operated"), place("operator"), place("operator_case"), place("expert"), place("expert_case"), place("at_home"), place("km_spared")}
}

// read makes a row of what was kept.
func (r *reading) read(w *written) error {
	copy(r.row, r.empty)
	r.absent(w.visits)
	r.day = parseDay(w.day)
	places, known := r.places[w.layout]
	if !known {
		return fmt.Errorf("a row has columns that nobody knows any more; consilium rebuild makes the registry anew")
	}
	err := unpackCells(string(w.cells), len(places), func(at int, c Cell) {
		if to := places[at]; to >= 0 {
			r.row[to] = r.shown(to, c)
		}
	})
	if err != nil || len(w.thread) != len(ledger.ThreadID{}) {
		return fmt.Errorf("case %x: %w", w.thread, errCells)
	}
	r.identities(ledger.ThreadID(w.thread), w)
	return nil
}

// absent says of each appointment that nobody recorded why its cells are empty.
func (r *reading) absent(visits []byte) {
	r.fill.readVisits(visits)
	for i, columns := range r.visits {
		if i >= len(r.fill.at) {
			return
		}
		if why := r.fill.at[i].why(r.late); why != NotRecorded {
			for _, at := range columns {
				r.row[at].Why = why
			}
		}
	}
}

// shown is a cell as the frame shows it.
func (r *reading) shown(at int, cell Cell) Cell {
	switch {
	case cell.Why != "":
		return cell
	case at == r.own.operated && r.f.Dates != Exact:
		return Cell{Value: cell.Value[:min(7, len(cell.Value))]}
	case !r.days[at] || !isDate(cell.Value):
		return cell
	case r.day.IsZero() || !isDay(cell.Value):
		return Cell{Why: pathway.Unknown} // a date known to the month only has no number of days
	}
	days := parseDay(day(cell.Value)).Sub(r.day).Hours() / 24
	return Cell{Value: strconv.Itoa(int(math.Round(days)))}
}

// identities sets the pseudonyms of the case, of the patient and of who operated.
func (r *reading) identities(thread ledger.ThreadID, w *written) {
	id := thread.String()
	r.set(r.own.kase, r.names.of("case", id))
	if number := r.numbers[thread]; number != "" {
		r.set(r.own.patient, r.names.of("patient", number))
	} else {
		r.set(r.own.patient, r.names.of("patient", id))
	}
	r.set(r.own.hospital, r.me)
	r.person(w.operator, r.own.operator, r.own.operatorCase)
	if w.expert != w.operator {
		r.person(w.expert, r.own.expert, r.own.expertCase)
	} else if w.expert != "" {
		r.set(r.own.expert, r.pseudonym(w.expert))
	}
	r.spare(w.expert)
}

// spare sets how far the patient did not have to travel: to the hospital whose expert came, if the operation was at home.
func (r *reading) spare(expert string) {
	hospital, _, came := strings.Cut(expert, "/")
	if km, known := r.away[hospital]; came && known && r.own.atHome >= 0 && r.row[r.own.atHome].Value == "true" {
		r.set(r.own.spared, strconv.FormatInt(km, 10))
	}
}

func (r *reading) set(at int, value string) {
	if at >= 0 {
		r.row[at] = Cell{Value: value}
	}
}

// person sets the pseudonym of an operator and which of their operations of this pathway it was.
func (r *reading) person(who string, name, number int) {
	if who == "" {
		return
	}
	r.done[who]++
	r.set(name, r.pseudonym(who))
	r.set(number, strconv.FormatInt(r.done[who], 10))
}

func (r *reading) pseudonym(who string) string {
	name, known := r.people[who]
	if !known {
		name = r.names.of("person", who)
		r.people[who] = name
	}
	return name
}

// pseudonyms makes names that are the same for one thing at this hospital, and tell nothing without its secret.
type pseudonyms struct {
	mac hash.Hash
	sum []byte
}

func newPseudonyms(secret []byte) *pseudonyms { return &pseudonyms{mac: hmac.New(sha256.New, secret)} }

func (p *pseudonyms) of(kind, of string) string {
	p.mac.Reset()
	p.mac.Write([]byte(kind + "\n" + of))
	p.sum = p.mac.Sum(p.sum[:0])
	return hex.EncodeToString(p.sum[:8])
}

func (g *Registry) pseudonym(kind, of string) string { return newPseudonyms(g.Secret).of(kind, of) }

func parseDay(s string) time.Time {
	t, _ := terms.ParseDay(s, time.UTC)
	return t
}

func isDate(s string) bool { return len(s) >= 7 && s[4] == '-' }

func isDay(s string) bool { return len(s) >= 10 && s[4] == '-' && !parseDay(s[:10]).IsZero() }
