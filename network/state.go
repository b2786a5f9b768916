package network

import (
	"context"
	"fmt"
	"slices"
	"time"

	"consilium/lang"
	"consilium/ledger"
)

const (
	refusedMost = 1000 // refused entries that are kept of each partner
	heldMost    = 1000 // held-back threads and files that are remembered of each partner
)

type heldKey struct {
	thread ledger.ThreadID
	blob   ledger.Hash
}

// Held is something that a partner asked for and may not have.
type Held struct {
	Thread ledger.ThreadID
	Blob   ledger.Hash // zero: the thread's entries
	Reason string
	At     time.Time
}

// hold remembers what the gate held back, until it lets it pass.
func (l *link) hold(k heldKey, ok bool, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ok {
		delete(l.held, k)
		return
	}
	if len(l.held) < heldMost {
		l.held[k] = Held{Thread: k.thread, Blob: k.blob, Reason: why}
	}
}

// RefusedEntry is an entry that a partner refused, and why.
type RefusedEntry struct {
	Entry  ledger.Hash
	Thread ledger.ThreadID
	Reason string // in the partner's words
	At     time.Time
}

// State is how it stands with one partner.
type State struct {
	Partner Partner
	Up      bool
	Since   time.Time // when the link came up, or went down; zero: never up since this node started

	LastErr lang.Text // why the link went or stays down, or what else was wrong; empty: nothing
	LastAt  time.Time

	Shared, Confirmed int // threads that they may have; those of which they said that they have the very same entries

	BehindEntries int   // entries that they may have and have not confirmed
	MissingBodies int   // entries of shared threads whose words are not here, although nothing erased them
	MissingBlobs  int   // files of shared threads that are not here
	MissingBytes  int64 // of those files

	HeldBack      []Held
	RefusedByThem []RefusedEntry // the newest hundred

	Received, Sent int64 // bytes since this node started
	BytesPerSecond int   // the limit; 0: none
}

// State tells how it stands with every partner.
func (n *Network) State(ctx context.Context) ([]State, error) {
	var list []State
	err := n.o.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		partners, err := Partners(ctx, tx)
		if err != nil {
			return err
		}
		list = make([]State, len(partners))
		for i, p := range partners {
			list[i].Partner = p
			if err := list[i].read(ctx, tx, n.o.Gate, n.self()); err != nil {
				return err
			}
			if !n.Runs() {
				if err := list[i].readShared(ctx, tx); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].BytesPerSecond = n.o.BytesPerSecond; n.Runs() {
			n.live(&list[i])
		}
	}
	return list, nil
}

func (s *State) read(ctx context.Context, tx ledger.Tx, gate Gate, self ledger.HospitalID) error {
	id := s.Partner.Hospital
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN h.digest = t.digest AND h.lacks = 0 THEN 1 ELSE 0 END), 0) FROM thread_member m
		JOIN thread t ON t.thread = m.thread LEFT JOIN holding h ON h.hospital = m.hospital AND h.thread = m.thread
		WHERE m.hospital = $1 AND m.state IN ('invited', 'joined')`, id[:]).Scan(&s.Shared, &s.Confirmed)
	if err != nil {
		return fmt.Errorf("counting what partner %s has: %w", id, err)
	}
	err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM entry e JOIN thread_member m ON m.thread = e.thread AND m.hospital = $1 AND m.state IN ('invited', 'joined')
		JOIN thread t ON t.thread = e.thread LEFT JOIN holding h ON h.hospital = $1 AND h.thread = e.thread
		WHERE e.place > $2 AND e.hospital <> $1 AND (h.digest IS NULL OR h.digest <> t.digest)`, id[:], s.Partner.given).Scan(&s.BehindEntries)
	if err != nil {
		return fmt.Errorf("counting what partner %s lacks: %w", id, err)
	}
	err = tx.QueryRowContext(ctx, `SELECT COALESCE(SUM(t.lacks), 0) FROM thread_member m JOIN thread t ON t.thread = m.thread
		WHERE m.hospital = $1 AND m.state IN ('invited', 'joined')`, id[:]).Scan(&s.MissingBodies)
	if err != nil {
		return fmt.Errorf("counting the bodies that are missing here: %w", err)
	}
	if err := s.readMissing(ctx, tx, gate, self); err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, `SELECT entry, thread, reason, at_ms FROM refused_by WHERE hospital = $1 ORDER BY at_ms DESC, entry LIMIT 100`, id[:])
	if err != nil {
		return fmt.Errorf("listing what partner %s refused: %w", id, err)
	}
	defer rows.Close()
	for rows.Next() {
		var r RefusedEntry
		var entry, thread []byte
		var ms int64
		if err := rows.Scan(&entry, &thread, &r.Reason, &ms); err != nil {
			return fmt.Errorf("listing what partner %s refused: %w", id, err)
		}
		copy(r.Entry[:], entry)
		copy(r.Thread[:], thread)
		r.At = time.UnixMilli(ms)
		s.RefusedByThem = append(s.RefusedByThem, r)
	}
	return rows.Err()
}

// missingMost is how many missing files are looked at one by one; more than that are not told apart.
const missingMost = 500

// readMissing counts the files of shared threads that are not here and may be: one that the patient's consent keeps from this hospital is not missing.
func (s *State) readMissing(ctx context.Context, tx ledger.Tx, gate Gate, self ledger.HospitalID) error {
	id := s.Partner.Hospital
	rows, err := tx.QueryContext(ctx, `SELECT DISTINCT a.thread, a.blob, a.size, a.sealed, a.scope FROM wanted_blob w
		JOIN thread_member m ON m.thread = w.thread AND m.hospital = $1 JOIN attached a ON a.thread = w.thread AND a.blob = w.blob AND a.erased = 0 LIMIT $2`, id[:], missingMost)
	if err != nil {
		return fmt.Errorf("counting what is missing here: %w", err)
	}
	defer rows.Close()
	var list []ledger.Attachment
	for rows.Next() {
		var a ledger.Attachment
		var thread, blob []byte
		var sealed int
		if err := rows.Scan(&thread, &blob, &a.Size, &sealed, &a.Scope); err != nil {
			return fmt.Errorf("counting what is missing here: %w", err)
		}
		copy(a.Thread[:], thread)
		copy(a.Hash[:], blob)
		a.Sealed = sealed == 1
		list = append(list, a)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("counting what is missing here: %w", err)
	}
	seen := map[ledger.Hash]bool{}
	for _, a := range list {
		if seen[a.Hash] {
			continue
		}
		if ok, _ := gate.BlobMayLeave(ctx, tx, a, self); ok {
			seen[a.Hash] = true
			s.MissingBlobs++
			s.MissingBytes += a.Size
		}
	}
	return nil
}

// live adds what only the running link knows.
func (n *Network) live(s *State) {
	l := n.link(s.Partner.Hospital)
	l.mu.Lock()
	defer l.mu.Unlock()
	s.Up, s.Since = l.session != nil, l.since
	if l.lastErr != nil {
		s.LastErr, s.LastAt = Explain(s.Partner.Hospital, l.lastErr), l.lastAt
	}
	s.Received, s.Sent = l.received, l.sent
	if l.session != nil {
		s.Received += l.session.guarded.received.Load()
		s.Sent += l.session.guarded.sent.Load()
	}
	for _, h := range l.held {
		s.HeldBack = append(s.HeldBack, h)
	}
	slices.SortFunc(s.HeldBack, func(a, b Held) int {
		return slices.Compare(append(a.Thread[:], a.Blob[:]...), append(b.Thread[:], b.Blob[:]...))
	})
}
