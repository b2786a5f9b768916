package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// leaseLasts is how long a lease that is not renewed lasts. Somebody else takes it at the latest a third of that later: together they are how long nobody may do what the node did that was lost, less
// than ten seconds. Its holder gives it up a quarter before it is over, by a clock that nobody sets, so that two never hold it.
const leaseLasts = 6 * time.Second

// leaseEvery is how often a lease is asked for, or renewed.
func (s *Store) leaseEvery() time.Duration { return s.lease / 3 }

// Lead does something that one node of the hospital at a time may do, whenever this one has the lease of its name, until ctx ends. On SQLite there is one node, which always has it. Do ends with its
// context, which ends while the lease still lasts, so that it has ended before somebody else begins.
func (s *Store) Lead(ctx context.Context, name string, do func(ctx context.Context)) {
	if s.pool == nil {
		do(ctx)
		return
	}
	tick := time.NewTicker(s.leaseEvery())
	defer tick.Stop()
	for ctx.Err() == nil {
		l := &lease{pool: s.pool, name: name, holder: s.node, lasts: s.lease, every: s.leaseEvery()}
		if held, err := l.take(ctx); held {
			s.log.Info("this node leads", "in", name)
			l.lead(ctx, do)
			s.log.Info("this node leads no more", "in", name)
		} else if err != nil && ctx.Err() == nil {
			s.log.Debug("asking for a lease", "of", name, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// lease is one that this node may have.
type lease struct {
	pool         *pgxpool.Pool
	name, holder string
	lasts, every time.Duration
	sure         time.Time // up to when it is ours, whatever the database says later
}

// take takes the lease where it is free or ours. What it asks waits for no other write: it is one statement on one row.
func (l *lease) take(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, l.every)
	defer cancel()
	asked := time.Now()
	done, err := l.pool.Exec(ctx, `INSERT INTO lease (name, holder, until_ms) VALUES ($1, $2, `+databaseNow+` + $3)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms WHERE lease.holder = excluded.holder OR lease.until_ms <= `+databaseNow,
		l.name, l.holder, l.lasts.Milliseconds())
	if err != nil {
		return false, fmt.Errorf("taking the lease %s: %w", l.name, sorted(err))
	}
	if done.RowsAffected() == 0 {
		return false, nil
	}
	l.sure = asked.Add(l.lasts - l.lasts/4)
	return true, nil
}

const databaseNow = `(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::BIGINT`

// lead does the work and renews the lease beside it, until the work ends, or the lease cannot be renewed in time, or is somebody else's.
func (l *lease) lead(ctx context.Context, do func(context.Context)) {
	inside, cancel := context.WithCancel(ctx)
	defer cancel()
	var work sync.WaitGroup
	work.Go(func() {
		defer cancel()
		do(inside)
	})
	tick := time.NewTicker(l.every)
	defer tick.Stop()
	for inside.Err() == nil {
		select {
		case <-inside.Done():
		case <-time.After(time.Until(l.sure)):
			cancel()
		case <-tick.C:
			if held, err := l.take(inside); err == nil && !held {
				cancel()
			}
		}
	}
	work.Wait()
	l.give()
}

// give lets somebody else have the lease at once. Where that fails, it ends by itself.
func (l *lease) give() {
	ctx, cancel := context.WithTimeout(context.Background(), l.every)
	defer cancel()
	_, _ = l.pool.Exec(ctx, `UPDATE lease SET until_ms = 0 WHERE name = $1 AND holder = $2`, l.name, l.holder)
}

// Alone does something that takes long, before a node serves, while no other node of the hospital does it: those that begin meanwhile wait. It ends with the node, however that ends: the server then
// gives the turn to the next.
func (s *Store) Alone(ctx context.Context, name string, do func(ctx context.Context) error) error {
	if s.pool == nil {
		return do(ctx)
	}
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("waiting for the other nodes: %w", sorted(err))
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock(hashtextextended($1, 0))`, "consilium "+name); err != nil {
		return fmt.Errorf("waiting for the other nodes: %w", sorted(err))
	}
	err = do(ctx)
	if _, unlock := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock(hashtextextended($1, 0))`, "consilium "+name); unlock != nil {
		conn.Conn().Close(context.WithoutCancel(ctx)) // the server gives the turn on
	}
	return err
}
