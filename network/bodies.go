package network

import (
	"context"
	"fmt"

	"consilium/ledger"
)

// An entry can come without its body although nothing erased it: whoever relayed it left the body away, or had it from somebody who did. Every partner that takes
// part in the thread is asked for it:
//
//   - the others at once, when such an entry comes;
//   - each when its link comes up, and when it offers the thread (a comparison, or because it got the body and knows that it is lacking here).
//
// Whoever does not have it answers nothing. So a hostile partner that strips, or signs what it never shows, costs each of the others one question for each entry that
// it had to sign, and one at each comparison.

// bodies counts the bodies that are wanted.
func (w want) bodies() (n int) {
	for _, t := range w.Threads {
		n += len(t.Bodies)
	}
	return n
}

// parts divides a question into messages that keep to the bounds.
func parts(list []wanted) (some []want) {
	var w want
	room, size := bodiesMost, 0
	for _, t := range list {
		if len(w.Threads) == pageThreads || len(t.Bodies) > room || size > wantTarget {
			some, w, room, size = append(some, w), want{}, bodiesMost, 0
		}
		t.Bodies = t.Bodies[:min(len(t.Bodies), room)] // what is beyond comes with a comparison
		w.Threads = append(w.Threads, t)
		room, size = room-len(t.Bodies), size+100+220*len(t.Tips)+70*len(t.Bodies)
	}
	return append(some, w)
}

// wantedFrom lists wanted bodies of threads that a partner takes part in, after a place in their order.
func wantedFrom(ctx context.Context, tx ledger.Tx, partner ledger.HospitalID, after bodyPlace) (list []wanted, last bodyPlace, n int, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT w.thread, w.entry FROM wanted_body w
		JOIN thread_member m ON m.thread = w.thread AND m.hospital = $1 AND m.state IN ('invited', 'joined')
		WHERE (w.thread, w.entry) > ($2, $3) ORDER BY w.thread, w.entry LIMIT $4`, partner[:], after.thread[:], after.entry[:], bodiesMost)
	if err != nil {
		return nil, last, 0, fmt.Errorf("listing wanted bodies: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var thread, entry []byte
		if err := rows.Scan(&thread, &entry); err != nil {
			return nil, last, 0, fmt.Errorf("listing wanted bodies: %w", err)
		}
		copy(last.thread[:], thread)
		copy(last.entry[:], entry)
		if len(list) == 0 || list[len(list)-1].Thread != last.thread {
			list = append(list, wanted{Thread: last.thread})
		}
		w := &list[len(list)-1]
		w.Bodies = append(w.Bodies, last.entry)
		n++
	}
	return list, last, n, rows.Err()
}

// bodyPlace is a place in the order in which bodies are asked for.
type bodyPlace struct {
	thread ledger.ThreadID
	entry  ledger.Hash
}

// askBodies asks the partner for bodies that are wanted, as many as one question holds. The next time it goes on behind them: those that nobody has must not
// stand before the others for ever.
func (s *session) askBodies(ctx context.Context) error {
	var list []wanted
	s.take.owed = -1
	err := s.n.o.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		var n int
		after := s.link.bodiesAsked()
		if list, after, n, err = wantedFrom(ctx, tx, s.peer, after); err == nil && n == 0 {
			list, after, n, err = wantedFrom(ctx, tx, s.peer, bodyPlace{}) // from the beginning
		}
		if err != nil || n == 0 {
			return err
		}
		if n < bodiesMost {
			after = bodyPlace{}
		}
		s.link.askedBodies(after)
		s.take.owed = n
		for i := range list {
			if list[i].Tips, err = s.n.o.Book.Tips(ctx, tx, list[i].Thread); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(list) == 0 {
		return err
	}
	for _, w := range parts(list) {
		if err := s.send(ctx, frameWant, w); err != nil {
			return err
		}
	}
	return nil
}

// askMoreBodies goes on asking a partner that has given all it was asked for.
func (s *session) askMoreBodies(ctx context.Context, came int) error {
	if came == 0 || s.take.owed < 0 {
		return nil
	}
	if s.take.owed = max(s.take.owed-came, 0); s.take.owed > 0 {
		return nil
	}
	return s.askBodies(ctx)
}

func (l *link) bodiesAsked() bodyPlace {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bodies
}

func (l *link) askedBodies(to bodyPlace) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bodies = to
}

// tellFilled offers threads whose bodies have come to the partners that lack bodies of them.
func (s *session) tellFilled(threads []ledger.ThreadID) {
	for _, id := range threads {
		s.n.eachSession(func(other *session) {
			if o, heard := other.knows(id); other != s && (!heard || o.Lacks > 0) {
				other.offerSoon(id)
			}
		})
	}
}

// bodies adds the entries whose bodies the partner asks for and that are here whole. They are not read all at once: the rest stands in line again.
func (g *gathering) bodies(ctx context.Context, tx ledger.Tx, w wanted, past map[ledger.Hash]bool, list []ledger.Wire) ([]ledger.Wire, error) {
	given := map[ledger.Hash]bool{}
	size := 0
	for i, h := range w.Bodies {
		if given[h] || past != nil && !past[h] {
			continue
		}
		if size > batchTarget {
			g.wants = append(g.wants, wanted{Thread: w.Thread, Bodies: w.Bodies[i:], only: true})
			break
		}
		given[h] = true
		wires, err := scanWires(tx.QueryContext(ctx, `SELECT header, signature, body FROM entry WHERE hash = $1 AND thread = $2 AND body IS NOT NULL`, h[:], w.Thread[:]))
		if err != nil {
			return nil, err
		}
		for _, one := range wires {
			size += one.Size()
		}
		list = append(list, wires...)
	}
	return list, nil
}
