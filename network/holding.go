package network

import (
	"context"
	"errors"
	"fmt"
	"time"

	"database/sql"

	"consilium/ledger"
)

// Holder is what one hospital has of a thread, as it said itself.
type Holder struct {
	Hospital ledger.HospitalID
	Entries  int  // how many entries it has
	All      bool // the very same as are here now
	At       time.Time
}

// WhoHas tells which partners have a thread, and whether they have all of it.
func WhoHas(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID) ([]Holder, error) {
	rows, err := tx.QueryContext(ctx, `SELECT h.hospital, h.entries, h.at_ms, CASE WHEN h.digest = t.digest AND h.lacks = 0 THEN 1 ELSE 0 END
		FROM holding h JOIN thread t ON t.thread = h.thread WHERE h.thread = $1 ORDER BY h.hospital`, thread[:])
	if err != nil {
		return nil, fmt.Errorf("asking who has thread %s: %w", thread, err)
	}
	defer rows.Close()
	var list []Holder
	for rows.Next() {
		var h Holder
		var hospital []byte
		var ms int64
		var all int
		if err := rows.Scan(&hospital, &h.Entries, &ms, &all); err != nil {
			return nil, fmt.Errorf("asking who has thread %s: %w", thread, err)
		}
		copy(h.Hospital[:], hospital)
		h.At, h.All = time.UnixMilli(ms), all == 1
		list = append(list, h)
	}
	return list, rows.Err()
}

// WhoHas tells which partners have a thread, and whether they have all of it.
func (n *Network) WhoHas(ctx context.Context, thread ledger.ThreadID) (list []Holder, err error) {
	err = n.o.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, err = WhoHas(ctx, tx, thread)
		return err
	})
	return list, err
}

// changedHoldings are those that the database does not have yet.
func changedHoldings(ctx context.Context, tx ledger.Tx, hospital ledger.HospitalID, list []offer) ([]offer, error) {
	var changed []offer
	for _, o := range list {
		var digest []byte
		var lacks int
		err := tx.QueryRowContext(ctx, `SELECT digest, lacks FROM holding WHERE hospital = $1 AND thread = $2`, hospital[:], o.Thread[:]).Scan(&digest, &lacks)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, fmt.Errorf("reading what partner %s has: %w", hospital, err)
		}
		if string(digest) != string(o.Digest[:]) || lacks != o.Lacks {
			changed = append(changed, o)
		}
	}
	return changed, nil
}

// writeHoldings writes what the partner was last heard to have of some threads. Giver and taker both write; neither can put an older word over a newer one.
func (s *session) writeHoldings(ctx context.Context, tx ledger.Tx, list []offer) error {
	for _, o := range list {
		o, heard := s.knows(o.Thread)
		if !heard {
			continue
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO holding (hospital, thread, entries, digest, lacks, at_ms) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (hospital, thread) DO UPDATE SET entries = excluded.entries, digest = excluded.digest, lacks = excluded.lacks, at_ms = excluded.at_ms`,
			s.peer[:], o.Thread[:], max(o.Entries, 0), o.Digest[:], max(o.Lacks, 0), s.n.o.Now().UnixMilli())
		if err != nil {
			return fmt.Errorf("noting what partner %s has: %w", s.peer, err)
		}
	}
	return nil
}

func (s *session) keepHoldings(ctx context.Context, list []offer) error {
	if len(list) == 0 {
		return nil
	}
	err := s.n.o.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		return s.writeHoldings(ctx, tx, list)
	})
	if err == nil {
		s.n.o.Changed(s.peer)
	}
	return err
}

// keepAnswers writes what the partner said of the batches that it got.
func (s *session) keepAnswers(ctx context.Context) error {
	g := &s.give
	if len(g.answers) == 0 && (g.given == g.kept || g.given < g.kept+markEvery) {
		return nil
	}
	answers := g.answers
	g.answers = nil
	err := s.n.o.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		now := s.n.o.Now()
		for _, a := range answers {
			for _, t := range a.Threads {
				if err := s.keepAnswer(ctx, tx, t, now); err != nil {
					return err
				}
			}
		}
		return g.keepPlace(ctx, tx, s.peer)
	})
	if err == nil {
		s.n.o.Changed(s.peer)
	}
	return err
}

func (s *session) keepAnswer(ctx context.Context, tx ledger.Tx, t ackThread, now time.Time) error {
	if state, err := stateOf(ctx, tx, s.peer, t.Thread); err != nil || state == ledger.Stranger {
		return err // it speaks of what it does not share with us
	}
	if err := s.writeHoldings(ctx, tx, []offer{t.offer}); err != nil {
		return err
	}
	for _, r := range t.Refused {
		_, err := tx.ExecContext(ctx, `INSERT INTO refused_by (hospital, entry, thread, reason, at_ms) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (hospital, entry) DO UPDATE SET reason = excluded.reason, at_ms = excluded.at_ms`,
			s.peer[:], r.Entry[:], t.Thread[:], tidy(r.Reason, reasonMost), now.UnixMilli())
		if err != nil {
			return fmt.Errorf("noting what partner %s refused: %w", s.peer, err)
		}
	}
	if len(t.Refused) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM refused_by WHERE hospital = $1 AND entry NOT IN
		(SELECT entry FROM refused_by WHERE hospital = $1 ORDER BY at_ms DESC, entry LIMIT $2)`, s.peer[:], refusedMost)
	return err
}

// keepPlace writes how far the partner has confirmed to have what we gave.
func (g *giver) keepPlace(ctx context.Context, tx ledger.Tx, to ledger.HospitalID) error {
	if g.given == g.kept {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE partner SET given_place = $2 WHERE hospital = $1`, to[:], g.given); err != nil {
		return fmt.Errorf("noting how far partner %s is: %w", to, err)
	}
	g.kept = g.given
	return nil
}
