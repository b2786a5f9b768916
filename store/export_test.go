package store

import (
	"context"
	"time"
)

// Reclaim does what the start of a node does after a crash or, when it is not starting, what it does now and then.
func (s *Store) Reclaim(ctx context.Context, starting bool) error { return s.reclaim(ctx, starting) }

// SetPatience says how long a request may stand still.
func (b *Bucket) SetPatience(d time.Duration) { b.patience = d }

// LoseConnections makes the pool behind leases and notices useless, as a line to the server that was cut.
func (s *Store) LoseConnections(context.Context) error {
	s.pool.Close()
	return nil
}

// LineTo judges a line to a server at an address.
var LineTo = lineTo
