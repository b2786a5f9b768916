package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Group is instances that are stored together: their files become durable with few syncs and their rows in one transaction. It is used by one
// goroutine and must be closed.
type Group struct {
	archive *Archive
	batch   Batch
	list    []*prepared
	bytes   int64
}

// Begin begins a group.
func (a *Archive) Begin() (*Group, error) {
	batch, err := a.Blobs.Batch()
	if err != nil {
		return nil, fmt.Errorf("storing an instance: %w", a.sorted(err))
	}
	return &Group{archive: a, batch: batch}, nil
}

// Add reads an instance into the group; nothing of it is promised before Commit. What is wrong with the instance is told by Commit, an error here is one
// of the source or of the disk.
func (g *Group) Add(ctx context.Context, arrival Arrival, file io.Reader) error {
	s, err := g.archive.spool(file, g.archive.Largest)
	if err != nil {
		return fmt.Errorf("receiving an instance: %w", g.archive.sorted(err))
	}
	defer s.close()
	return g.AddAt(ctx, arrival, s, s.size)
}

// AddAt is Add for a file that can be read anywhere.
func (g *Group) AddAt(ctx context.Context, arrival Arrival, src io.ReaderAt, size int64) error {
	p, err := g.archive.prepare(ctx, g.batch, arrival, src, size)
	p.Err = g.archive.sorted(err)
	if errors.Is(p.Err, ErrFull) {
		return p.Err
	}
	g.list = append(g.list, p)
	g.bytes += p.Size
	return nil
}

// Large reports whether the group should be committed before more is added.
func (g *Group) Large() bool { return len(g.list) >= 128 || g.bytes >= 256<<20 }

// Commit stores the group and tells what became of each instance, in the order of adding. With an error none of them may be relied on, and
// sending all of them again is safe. A crash after the blobs are durable and before the rows are leaves blobs that nobody refers to.
func (g *Group) Commit(ctx context.Context) ([]Kept, error) {
	if !slices.ContainsFunc(g.list, isNew) {
		return g.outcomes(), nil
	}
	if err := g.batch.Commit(ctx); err != nil {
		return nil, fmt.Errorf("storing %d instances: %w", len(g.list), g.archive.sorted(err))
	}
	done, err := g.archive.alone(ctx)
	if err == nil {
		defer done()
		err = insertAll(ctx, g.archive.Tables, g.list)
	}
	if err != nil {
		return nil, fmt.Errorf("adding %d instances to the index: %w", len(g.list), g.archive.sorted(err))
	}
	return g.outcomes(), nil
}

// insertAll writes the rows of those that are new.
func insertAll(ctx context.Context, tables Tables, list []*prepared) error {
	return tables.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, p := range list {
			if !isNew(p) {
				continue
			}
			if err := p.insert(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

func isNew(p *prepared) bool { return p.Err == nil && p.Outcome == Stored }

func (g *Group) outcomes() []Kept {
	kept := make([]Kept, len(g.list))
	for i, p := range g.list {
		kept[i] = p.Kept
	}
	return kept
}

// Close forgets what was not committed.
func (g *Group) Close() {
	if err := g.batch.Close(); err != nil {
		g.archive.Log.Warn("files of a group of instances were left behind until the next start", "error", err)
	}
}
