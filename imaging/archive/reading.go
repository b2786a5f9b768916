package archive

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"
)

// Reading is somebody who does something with a study; "" is a search over all.
type Reading struct{ Person, Origin, Action, Study string }

// readings remembers what was noted not long ago.
type readings struct {
	mu   sync.Mutex
	last map[Reading]time.Time
}

const (
	noteAgain    = time.Hour // a viewer asks a thousand times for one study: that is one reading
	mostReadings = 10_000
)

// Note keeps who did what with which study, once an hour. It is on disk when Note returns, so that nobody reads what was not noted.
func (a *Archive) Note(ctx context.Context, r Reading) error {
	now := a.Now()
	if !a.readings.due(r, now) {
		return nil
	}
	err := a.Tables.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO image_reading (at_ms, person, origin, action, study_uid) VALUES ($1, $2, $3, $4, $5)`,
			now.UnixMilli(), r.Person, r.Origin, r.Action, r.Study)
		return err
	})
	if err != nil {
		return fmt.Errorf("noting who reads images: %w", err)
	}
	a.readings.noted(r, now)
	return nil
}

func (s *readings) due(r Reading, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok := s.last[r]
	return !ok || now.Sub(at) >= noteAgain
}

func (s *readings) noted(r Reading, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil || len(s.last) >= mostReadings {
		s.last = map[Reading]time.Time{}
	}
	s.last[r] = now
}
