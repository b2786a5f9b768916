package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"

	"consilium/ledger"
	"consilium/pathway"
)

// layout is the columns of a pack as its rows are kept, with what follows from the pack for every row. It is worked out once: a pack does not change, and its columns
// cost more than all else that an entry does.
type layout struct {
	columns   []Column
	place     map[string]int // of each column by its name
	occasions []occasion     // the time up to the operation, then each appointment of the schedule
	at        []int          // of each column, whose occasion it is of
	counted   []int          // the columns whose gaps count, see measured
	measured  []Column       // the same
	names     string         // of the columns, a line each
	id        int64          // of these names in this order
}

// occasion is a time of which a row knows something: the forms that are filled in by then, and the fields that are columns.
type occasion struct {
	id     string // of the appointment; empty: by the end of the operation
	forms  []*pathway.Form
	fields []pathway.Field
}

func layoutOf(p *pathway.Pack) *layout {
	lay := &layout{columns: Columns(p), place: map[string]int{}, occasions: occasionsOf(p)}
	lay.measured = measured(lay.columns)
	var names []string
	for i := range lay.columns {
		c := &lay.columns[i]
		lay.place[c.Name] = i
		lay.at = append(lay.at, slices.IndexFunc(lay.occasions, func(t occasion) bool { return t.id == c.At }))
		if c.counts() {
			lay.counted = append(lay.counted, i)
		}
		names = append(names, c.Name)
	}
	lay.names = strings.Join(names, "\n")
	sum := fnv.New64a()
	sum.Write([]byte(lay.names))
	lay.id = int64(sum.Sum64() >> 1)
	return lay
}

func occasionsOf(p *pathway.Pack) []occasion {
	list := []occasion{{}}
	for _, form := range p.Forms {
		if slices.Contains(early, form.Stage) {
			list[0].forms = append(list[0].forms, form)
		}
	}
	for i := range p.Schedule {
		u := &p.Schedule[i]
		t := occasion{id: u.ID, fields: followUpFields(p, u)}
		for _, name := range u.Forms {
			if form := p.Form(name); form != nil {
				t.forms = append(t.forms, form)
			}
		}
		list = append(list, t)
	}
	return list
}

// layouts gives the layout of each pack, worked out once.
func layouts() func(*pathway.Pack) *layout {
	var known sync.Map
	return func(p *pathway.Pack) *layout {
		if lay, ok := known.Load(p); ok {
			return lay.(*layout)
		}
		lay, _ := known.LoadOrStore(p, layoutOf(p))
		return lay.(*layout)
	}
}

// keep notes the names of the columns, so that rows are read rightly whatever program reads them, and while all rows are being folded anew for another pack.
func (lay *layout) keep(ctx context.Context, tx ledger.Tx) error {
	var there int
	err := tx.QueryRowContext(ctx, `SELECT 1 FROM registry_layout WHERE layout = $1`, lay.id).Scan(&there)
	if errors.Is(err, sql.ErrNoRows) {
		_, err = tx.ExecContext(ctx, `INSERT INTO registry_layout (layout, names) VALUES ($1, $2) ON CONFLICT (layout) DO NOTHING`, lay.id, lay.names)
	}
	if err != nil {
		return fmt.Errorf("keeping the names of %d columns: %w", len(lay.columns), err)
	}
	return nil
}

// placesOf gives, for each layout that rows were kept in, where its columns stand in a frame; -1: nowhere.
func placesOf(ctx context.Context, tx ledger.Tx, f *Frame) (map[int64][]int, error) {
	here := map[string]int{}
	for i := range f.Columns {
		here[f.Columns[i].Name] = i
	}
	rows, err := tx.QueryContext(ctx, `SELECT layout, names FROM registry_layout`)
	if err != nil {
		return nil, fmt.Errorf("reading the columns of the registry: %w", err)
	}
	defer rows.Close()
	all := map[int64][]int{}
	for rows.Next() {
		var id int64
		var names string
		if err := rows.Scan(&id, &names); err != nil {
			return nil, err
		}
		var places []int
		for name := range strings.SplitSeq(names, "\n") {
			at, wanted := here[name]
			if !wanted {
				at = -1
			}
			places = append(places, at)
		}
		all[id] = places
	}
	return all, rows.Err()
}
