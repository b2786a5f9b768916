package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// refolding is how far the folding anew of a projection is. The first pass takes all threads, each other one those that have changed since the one before it began.
type refolding struct {
	projection Projection
	generation int
	after      ThreadID // the last thread that this pass has folded; zero: the pass has not begun
	since      int64    // the pass takes threads that have changed since this place
	next       int64    // the newest place when the pass began
	done       int
}

// refoldOf reads how far it is. What was begun for another version of the projection is dropped, and it begins again.
func (b *Book) refoldOf(ctx context.Context, tx Tx, p Projection) (refolding, error) {
	r, begun, err := refoldAt(ctx, tx, p)
	switch {
	case err != nil:
		return r, err
	case !begun:
		return b.beginRefold(ctx, tx, refolding{projection: p, generation: r.generation})
	}
	return r, nil
}

// refoldAt reads how far it is, if it was begun for this version of the projection; if not, only the generation of what was begun for another means anything.
func refoldAt(ctx context.Context, tx Tx, p Projection) (r refolding, begun bool, err error) {
	r.projection = p
	var after []byte
	var of made
	err = tx.QueryRowContext(ctx, `SELECT version, stamp, form, generation, after, since, next, done FROM projection_refold WHERE name = $1`, p.Name).
		Scan(&of.version, &of.stamp, &of.form, &r.generation, &after, &r.since, &r.next, &r.done)
	if errors.Is(err, sql.ErrNoRows) {
		return r, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("reading how far projection %s is folded anew: %w", p.Name, err)
	}
	copy(r.after[:], after)
	return r, of.version == p.Version && of.stamp == p.Stamp && of.form == p.form(), nil
}

// beginRefold makes empty tables beside those in use. What an older program had begun to fill is dropped, as far as this one knows the names of its tables; others stay
// and nothing reads them.
func (b *Book) beginRefold(ctx context.Context, tx Tx, r refolding) (refolding, error) {
	p := r.projection
	now, err := madeOf(ctx, tx, p.Name)
	if err != nil {
		return r, err
	}
	old := make([]string, len(p.Tables))
	for i, table := range p.Tables {
		old[i] = besideName(table, r.generation)
	}
	if r.generation > 0 {
		if err := dropTables(ctx, tx, old); err != nil {
			return r, err
		}
	}
	r.generation = max(now.generation, r.generation) + 1
	if _, err := tx.ExecContext(ctx, b.ddl(renamed(p.Schema, besideNames(p, r.generation)))); err != nil {
		return r, fmt.Errorf("making the tables of projection %s: %w", p.Name, err)
	}
	return r, r.keep(ctx, tx)
}

func (r refolding) keep(ctx context.Context, tx Tx) error {
	p := r.projection
	_, err := tx.ExecContext(ctx, `INSERT INTO projection_refold (name, version, stamp, form, generation, after, since, next, done) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (name) DO UPDATE SET version = excluded.version, stamp = excluded.stamp, form = excluded.form, generation = excluded.generation,
		after = excluded.after, since = excluded.since, next = excluded.next, done = excluded.done`,
		p.Name, p.Version, p.Stamp, p.form(), r.generation, r.after[:], r.since, r.next, r.done)
	if err != nil {
		return fmt.Errorf("noting how far projection %s is folded anew: %w", p.Name, err)
	}
	return nil
}

// threads are the next ones that this pass has to fold. Bodies that come for entries which were here move no place: so the last place counts as changed since.
func (r refolding) threads(ctx context.Context, tx Tx, most int) ([]ThreadID, error) {
	args := []any{r.after[:], r.since, most}
	query := `SELECT thread FROM thread WHERE thread > $1 AND changed >= $2`
	if kinds := r.projection.Threads; kinds != nil {
		places := make([]string, len(kinds))
		for i, kind := range kinds {
			args = append(args, kind)
			places[i] = fmt.Sprint("$", len(args))
		}
		query += ` AND kind IN (` + strings.Join(places, ", ") + `)`
	}
	return threadIDs(tx.QueryContext(ctx, query+` ORDER BY thread LIMIT $3`, args...))
}

func (r refolding) tell(ctx context.Context, tx Tx, report func(done, total int)) error {
	if report == nil {
		return nil
	}
	var total int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM thread`).Scan(&total); err != nil {
		return fmt.Errorf("counting threads: %w", err)
	}
	report(min(r.done, total), total)
	return nil
}

func newestPlace(ctx context.Context, tx Tx) (place int64, err error) {
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(place), 0) FROM entry`).Scan(&place); err != nil {
		return 0, fmt.Errorf("finding the last place: %w", err)
	}
	return place, nil
}
