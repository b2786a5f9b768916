package store

import "context"

// Reclaim does what the start of a node does after a crash.
func (s *Store) Reclaim(ctx context.Context) error { return s.reclaim(ctx, true) }
