package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	hearChannel = "consilium"
	hearPoll    = 5 * time.Second // how often a node that hears nothing looks by itself
	hearAgain   = time.Second     // before a line that broke is opened again
)

// Hearing is what a node does with what others tell.
type Hearing struct {
	// Heard is given what another node told. It must not block.
	Heard func(text string)
	// Catch looks for what may have been missed: with all true after a line was opened, then all that is not known to have been heard; else now and then, for what is new.
	Catch func(ctx context.Context, all bool) error
}

// Tell tells the other nodes of the hospital something that no write belongs to. On SQLite there are none.
func (s *Store) Tell(ctx context.Context, text string) error {
	if s.pool == nil {
		return nil
	}
	if _, err := s.pool.Exec(ctx, `SELECT pg_notify($1, $2)`, hearChannel, s.node+" "+text); err != nil {
		return fmt.Errorf("telling the other nodes: %w", sorted(err))
	}
	return nil
}

// Hear listens to the other nodes until ctx ends. A line that breaks is opened again, and what was told meanwhile is caught up with: nothing is lost.
func (s *Store) Hear(ctx context.Context, h Hearing) {
	if s.pool == nil {
		return
	}
	for ctx.Err() == nil {
		if err := s.hearOnce(ctx, h); err != nil && ctx.Err() == nil {
			s.log.Warn("the other nodes are not heard", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(hearAgain):
		}
	}
}

func (s *Store) hearOnce(ctx context.Context, h Hearing) error {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return sorted(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN "+hearChannel); err != nil {
		return sorted(err)
	}
	if err := h.Catch(ctx, true); err != nil { // after the line stands: what is told from now on is heard
		return err
	}
	for {
		told, err := waitFor(ctx, conn)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return sorted(err)
		case told == "":
			if err := s.stands(ctx, conn); err != nil {
				return err
			}
			if err := h.Catch(ctx, false); err != nil {
				return err
			}
		default:
			if from, text, _ := strings.Cut(told, " "); from != s.node {
				h.Heard(text)
			}
		}
	}
}

// waitFor gives what is told next; "" where for a while nothing was.
func waitFor(ctx context.Context, conn *pgx.Conn) (string, error) {
	waiting, cancel := context.WithTimeout(ctx, hearPoll)
	defer cancel()
	n, err := conn.WaitForNotification(waiting)
	if err != nil && waiting.Err() != nil && !conn.IsClosed() {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return n.Payload, nil
}

// stands finds out whether the server is still at the other end.
func (s *Store) stands(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, hearPoll)
	defer cancel()
	return sorted(conn.Ping(ctx))
}
