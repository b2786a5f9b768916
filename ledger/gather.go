package ledger

import (
	"context"
	"fmt"
)

// gathering is threads whose projections wait, in the order in which they were written first, each as it reads now.
type gathering struct {
	place map[ThreadID]int
	logs  []Log
}

type gatheringKey struct{}

func (g *gathering) add(l Log) {
	if i, waits := g.place[l.Thread]; waits {
		g.logs[i] = l
		return
	}
	if g.place == nil {
		g.place = map[ThreadID]int{}
	}
	g.place[l.Thread] = len(g.logs)
	g.logs = append(g.logs, l)
}

// Together has fn write in many threads, and keeps what projections tell of them once, after fn, for all of them together: much of what they write costs as much for
// one thread as for sixty. What is called with fn's context finds nothing in the projections of what fn wrote before; where that matters, [Book.Settled] comes first.
// All else of a thread is written at once: its entries, its row, its roster and what it attaches. After an error the transaction must be undone.
func (b *Book) Together(ctx context.Context, tx Tx, fn func(context.Context) error) error {
	g := &gathering{}
	if err := fn(context.WithValue(ctx, gatheringKey{}, g)); err != nil {
		return err
	}
	return b.projectAll(ctx, tx, g)
}

// Settled keeps what waits of a [Book.Together], and gives a context in which nothing waits.
func (b *Book) Settled(ctx context.Context, tx Tx) (context.Context, error) {
	g, _ := ctx.Value(gatheringKey{}).(*gathering)
	if g == nil {
		return ctx, nil
	}
	ctx = context.WithValue(ctx, gatheringKey{}, (*gathering)(nil))
	return ctx, b.projectAll(ctx, tx, g)
}

// projectAll keeps what waits, and lets nothing wait any longer.
func (b *Book) projectAll(ctx context.Context, tx Tx, g *gathering) error {
	logs := g.logs
	*g = gathering{}
	for _, p := range b.projections {
		if err := p.foldAll(ctx, tx, logs); err != nil {
			return fmt.Errorf("folding %s of %d threads: %w", p.Name, len(logs), err)
		}
	}
	return nil
}

// foldAll folds the threads that the projection wants.
func (p Projection) foldAll(ctx context.Context, tx Tx, logs []Log) error {
	var read []any
	for _, l := range logs {
		if !p.wants(l.Kind) {
			continue
		}
		if p.Read == nil {
			if err := p.Fold(ctx, tx, l); err != nil {
				return err
			}
		} else if r := p.Read(l); r != nil {
			read = append(read, r)
		}
	}
	if len(read) == 0 {
		return nil
	}
	return p.Keep(ctx, tx, read)
}
