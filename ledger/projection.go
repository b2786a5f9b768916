package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// Projection is a fold kept in tables, so that pages need not fold everything. Its tables can be dropped and made again from the entries at any time.
type Projection struct {
	Name    string
	Version int                                           // raise it, and the tables are made anew
	Threads []string                                      // kinds of thread that it wants; none: all
	Tables  []string                                      // what to drop, in an order that drops without errors
	Schema  string                                        // definitions of the tables and their indexes
	Fold    func(ctx context.Context, tx Tx, l Log) error // replaces what the tables say of one thread
}

func (p Projection) wants(kind string) bool {
	return p.Threads == nil || slices.Contains(p.Threads, kind)
}

func (b *Book) project(ctx context.Context, tx Tx, l Log) error {
	for _, p := range b.projections {
		if !p.wants(l.Kind) {
			continue
		}
		if err := p.Fold(ctx, tx, l); err != nil {
			return fmt.Errorf("folding %s of thread %s: %w", p.Name, l.Thread, err)
		}
	}
	return nil
}

// Prepare makes the tables of projections that are new or of another version, and fills them. It reports how many threads it folds, as it goes.
func (b *Book) Prepare(ctx context.Context, tx Tx, report func(done, total int)) error {
	var stale []Projection
	for _, p := range b.projections {
		var version int
		err := tx.QueryRowContext(ctx, `SELECT version FROM projection WHERE name = $1`, p.Name).Scan(&version)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("reading the version of projection %s: %w", p.Name, err)
		}
		if version != p.Version {
			stale = append(stale, p)
		}
	}
	return b.remake(ctx, tx, stale, report)
}

// Rebuild drops every projection and folds all threads anew. What it leaves equals what was there, or the projection has a fault.
func (b *Book) Rebuild(ctx context.Context, tx Tx, report func(done, total int)) error {
	return b.remake(ctx, tx, b.projections, report)
}

func (b *Book) remake(ctx context.Context, tx Tx, list []Projection, report func(done, total int)) error {
	if len(list) == 0 {
		return nil
	}
	for _, p := range list {
		if err := b.define(ctx, tx, p); err != nil {
			return err
		}
	}
	ids, err := Threads(ctx, tx)
	if err != nil {
		return err
	}
	for i, id := range ids {
		l, err := b.Log(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, p := range list {
			if !p.wants(l.Kind) {
				continue
			}
			if err := p.Fold(ctx, tx, l); err != nil {
				return fmt.Errorf("folding %s of thread %s: %w", p.Name, id, err)
			}
		}
		if report != nil {
			report(i+1, len(ids))
		}
	}
	return nil
}

func (b *Book) define(ctx context.Context, tx Tx, p Projection) error {
	for _, table := range p.Tables {
		if _, err := tx.ExecContext(ctx, `DROP TABLE IF EXISTS `+table); err != nil {
			return fmt.Errorf("dropping table %s of projection %s: %w", table, p.Name, err)
		}
	}
	if _, err := tx.ExecContext(ctx, b.ddl(p.Schema)); err != nil {
		return fmt.Errorf("making the tables of projection %s: %w", p.Name, err)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO projection (name, version) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET version = excluded.version`, p.Name, p.Version)
	if err != nil {
		return fmt.Errorf("noting the version of projection %s: %w", p.Name, err)
	}
	return nil
}

// Threads lists every thread at this node, oldest first.
func Threads(ctx context.Context, tx Tx) ([]ThreadID, error) {
	return threadIDs(tx.QueryContext(ctx, `SELECT thread FROM thread ORDER BY thread`))
}

func threadIDs(rows *sql.Rows, err error) ([]ThreadID, error) {
	if err != nil {
		return nil, fmt.Errorf("listing threads: %w", err)
	}
	defer rows.Close()
	var ids []ThreadID
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, fmt.Errorf("listing threads: %w", err)
		}
		ids = append(ids, ThreadID(raw))
	}
	return ids, rows.Err()
}
