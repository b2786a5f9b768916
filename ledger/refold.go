package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// refoldAtOnce is how many threads one step of folding anew takes: what others wait for is the time of one step.
const refoldAtOnce = 50

// Behind is a projection whose tables are not what this program would make of the entries.
type Behind struct {
	Name     string
	Unusable bool // the tables are not there or have another form: nobody may ask them before they were made anew
}

// Behind lists the projections that have to be folded anew.
func (b *Book) Behind(ctx context.Context, tx Tx) ([]Behind, error) {
	var list []Behind
	for _, p := range b.projections {
		made, err := madeOf(ctx, tx, p.Name)
		if err != nil {
			return nil, err
		}
		if usable, current := made.serves(p); !current {
			list = append(list, Behind{p.Name, !usable})
		}
	}
	return list, nil
}

// Refold folds all threads anew for some projections, while others read and write: into tables beside those in use, a few threads in each transaction, and then what has
// changed meanwhile, until nothing has; the transaction that finds so puts them in the place of the old ones. Stopped at any point it is taken up from where it was by the
// next call, here or at another node of this hospital. Report hears how many threads were folded, and how many there are; it may be nil.
func (b *Book) Refold(ctx context.Context, db DB, report func(done, total int), names ...string) error {
	for _, p := range b.named(names) {
		if err := b.refoldUntil(ctx, db, p, report, takeOver); err != nil {
			return err
		}
	}
	return nil
}

// finish is what is done with the tables that were filled, in the transaction that finds them whole.
type finish func(ctx context.Context, tx Tx, p Projection, r refolding) error

func (b *Book) refoldUntil(ctx context.Context, db DB, p Projection, report func(done, total int), last finish) error {
	for over := false; !over; {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := db.Update(ctx, func(ctx context.Context, tx Tx) (err error) {
			over, err = b.refoldSome(ctx, tx, p, report, last)
			return err
		})
		if err == nil && !over && p.Read != nil {
			err = b.refoldAhead(ctx, db, p, report)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Prepare brings every projection that is behind up to date in the caller's transaction, where nobody else is at work yet.
func (b *Book) Prepare(ctx context.Context, tx Tx, report func(done, total int)) error {
	behind, err := b.Behind(ctx, tx)
	if err != nil {
		return err
	}
	names := make([]string, len(behind))
	for i, p := range behind {
		names[i] = p.Name
	}
	return b.refoldAll(ctx, tx, b.named(names), report)
}

// Rebuild folds all threads anew for every projection, in the caller's transaction. What it leaves equals what was there, or the projection has a fault.
func (b *Book) Rebuild(ctx context.Context, tx Tx, report func(done, total int)) error {
	return b.refoldAll(ctx, tx, b.projections, report)
}

func (b *Book) refoldAll(ctx context.Context, tx Tx, list []Projection, report func(done, total int)) error {
	for _, p := range list {
		for over := false; !over; {
			var err error
			if over, err = b.refoldSome(ctx, tx, p, report, takeOver); err != nil {
				return err
			}
		}
	}
	return nil
}

// Projections are the names of all projections.
func (b *Book) Projections() []string {
	names := make([]string, len(b.projections))
	for i, p := range b.projections {
		names[i] = p.Name
	}
	return names
}

func (b *Book) named(names []string) []Projection {
	return slices.DeleteFunc(slices.Clone(b.projections), func(p Projection) bool { return !slices.Contains(names, p.Name) })
}

// refoldSome is one step: it begins where nothing was begun, folds some threads, and tells whether it is over.
func (b *Book) refoldSome(ctx context.Context, tx Tx, p Projection, report func(done, total int), last finish) (over bool, err error) {
	r, err := b.refoldOf(ctx, tx, p)
	if err != nil {
		return false, err
	}
	whole := ThreadID(r.after) == ThreadID{} // a pass that ends in the step that began it
	if whole {
		if r.next, err = newestPlace(ctx, tx); err != nil {
			return false, err
		}
	}
	ids, err := r.threads(ctx, tx, refoldAtOnce)
	if err != nil {
		return false, err
	}
	if err := b.foldThreads(ctx, tx, p, r, ids); err != nil {
		return false, err
	}
	if n := len(ids); n > 0 {
		r.after = ids[n-1]
	}
	r.done += len(ids)
	if err := r.tell(ctx, tx, report); err != nil {
		return false, err
	}
	if len(ids) < refoldAtOnce { // the pass is over
		if whole {
			return true, last(ctx, tx, p, r)
		}
		r.after, r.since = ThreadID{}, r.next
	}
	return false, r.keep(ctx, tx)
}

// foldThreads folds some threads into the tables beside.
func (b *Book) foldThreads(ctx context.Context, tx Tx, p Projection, r refolding, ids []ThreadID) error {
	beside := shadow(tx, p, r.generation)
	for _, id := range ids {
		l, err := b.glance(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := p.fold(ctx, beside, l); err != nil {
			return fmt.Errorf("folding %s of thread %s anew: %w", p.Name, id, err)
		}
	}
	return nil
}

// glance reads a thread without remembering it: folding everything anew would drive out what people are at.
func (b *Book) glance(ctx context.Context, tx Tx, id ThreadID) (Log, error) {
	have, err := holdingOf(ctx, tx, id)
	if err != nil {
		return Log{}, err
	}
	if _, l, ok := b.threads.find(id, have); ok {
		return l, nil
	}
	t, err := load(ctx, tx, id)
	if err != nil {
		return Log{}, err
	}
	return t.Log(), nil
}

// takeOver puts the tables that were filled in the place of those in use.
func takeOver(ctx context.Context, tx Tx, p Projection, r refolding) error {
	if err := dropTables(ctx, tx, p.Tables); err != nil {
		return err
	}
	for _, table := range p.Tables {
		if _, err := tx.ExecContext(ctx, `ALTER TABLE `+besideName(table, r.generation)+` RENAME TO `+table); err != nil {
			return fmt.Errorf("putting the new table %s in its place: %w", table, err)
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO projection (name, version, stamp, form, generation) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (name) DO UPDATE SET version = excluded.version, stamp = excluded.stamp, form = excluded.form, generation = excluded.generation`,
		p.Name, p.Version, p.Stamp, p.form(), r.generation)
	if err == nil {
		_, err = tx.ExecContext(ctx, `DELETE FROM projection_refold WHERE name = $1`, p.Name)
	}
	if err != nil {
		return fmt.Errorf("noting that projection %s was folded anew: %w", p.Name, err)
	}
	return nil
}

func dropTables(ctx context.Context, tx Tx, tables []string) error {
	for _, table := range tables {
		if _, err := tx.ExecContext(ctx, `DROP TABLE IF EXISTS `+table); err != nil {
			return fmt.Errorf("dropping table %s: %w", table, err)
		}
	}
	return nil
}

// made is what the tables of a projection were made from.
type made struct {
	absent      bool
	version     int
	stamp, form string
	generation  int
}

func madeOf(ctx context.Context, tx Tx, name string) (m made, err error) {
	err = tx.QueryRowContext(ctx, `SELECT version, stamp, form, generation FROM projection WHERE name = $1`, name).Scan(&m.version, &m.stamp, &m.form, &m.generation)
	if errors.Is(err, sql.ErrNoRows) {
		return made{absent: true}, nil
	}
	if err != nil {
		return m, fmt.Errorf("reading what projection %s was made from: %w", name, err)
	}
	return m, nil
}

// serves tells whether the tables can be used, and whether they are up to date. An older release did not note their form: then the version stands for it.
func (m made) serves(p Projection) (usable, current bool) {
	if m.absent {
		return false, false
	}
	same := m.version == p.Version
	usable = m.form == p.form() || m.form == "" && same
	return usable, usable && same && m.stamp == p.Stamp
}
