package network

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"golang.org/x/time/rate"

	"consilium/ledger"
)

// Glance is where somebody looks just now, told to those who look at the same file at another hospital. It is no part of a thread's history: it goes once over
// links that are up, is lost where a line is slow, and nobody keeps it.
type Glance struct {
	Thread ledger.ThreadID `json:"thread"`
	File   ledger.Hash     `json:"file"`  // what is looked at: an entry of the thread attaches it
	Words  json.RawMessage `json:"words"` // as the rooms on both sides agree
}

const (
	glancesWait      = 4  // on their way to the writer or to the rooms; those beyond are lost
	glancesPerSecond = 50 // of one partner: a few people who move
)

// Glance tells the hospitals that may have the file, as far as links to them are up here. It waits for none of them.
func (n *Network) Glance(ctx context.Context, g Glance) error {
	var sessions []*session
	n.eachSession(func(s *session) {
		if s.theirs.Glances {
			sessions = append(sessions, s)
		}
	})
	f := encodeFrame(frameGlance, g)
	if len(f.data) > frameLimit[frameGlance] {
		return fmt.Errorf("%w: %d bytes in a glance", ErrTooLarge, len(f.data))
	}
	if len(sessions) == 0 {
		return nil
	}
	err := n.o.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		sessions = slices.DeleteFunc(sessions, func(s *session) bool {
			may, failed := s.looksAlong(ctx, tx, g)
			if failed != nil {
				err = failed
			}
			return !may
		})
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range sessions {
		newest(s.glances, f)
	}
	return nil
}

// newest puts a value into a channel that only the newest are worth waiting in.
func newest[T any](c chan T, v T) {
	for {
		select {
		case c <- v:
			return
		default:
		}
		select {
		case <-c:
		default:
		}
	}
}

// looksAlong tells whether the partner may have the file by the thread: only then it is told who looks at it, and only then it is heard.
func (s *session) looksAlong(ctx context.Context, tx ledger.Tx, g Glance) (bool, error) {
	state, err := stateOf(ctx, tx, s.peer, g.Thread)
	if err != nil || !reads(state) {
		return false, err
	}
	if ok, _ := s.n.o.Gate.MayLeave(ctx, tx, g.Thread, s.peer); !ok {
		return false, nil
	}
	list, err := ledger.AttachedTo(ctx, tx, g.File)
	if err != nil {
		return false, err
	}
	for _, a := range list {
		if a.Thread != g.Thread || a.Erased {
			continue
		}
		if ok, _ := s.n.o.Gate.BlobMayLeave(ctx, tx, a, s.peer); ok {
			return true, nil
		}
	}
	return false, nil
}

// hearGlance hands a frame to the goroutine that looks whether it may be heard. The reader waits for nobody.
func (s *session) hearGlance(f frame) error {
	g, err := decodeFrame[Glance](f)
	if err != nil {
		return err
	}
	newest(s.glanced, g)
	return nil
}

// glancing tells the rooms what the partner's people look at.
func (s *session) glancing(ctx context.Context) error {
	pace := rate.NewLimiter(glancesPerSecond, glancesPerSecond)
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case g := <-s.glanced:
			if !pace.AllowN(s.n.o.Now(), 1) {
				continue
			}
			may := false
			err := s.n.o.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
				may, err = s.looksAlong(ctx, tx, g)
				return err
			})
			if err != nil {
				return err
			}
			if may {
				s.n.o.Glanced(s.peer, g)
			}
		}
	}
}
