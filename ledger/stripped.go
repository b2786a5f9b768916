package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// Whoever relays an entry can leave its body away, and nobody can tell that from an erasure that has not come yet. So such an entry is kept, and remembered
// as one whose body is wanted, until some member gives the bytes that its header names.

// lacks tells whether the entry's body should be here and is not.
func (s *Said) lacks() bool { return !s.Erased && !s.HasBody() }

// lacking are the entries whose bodies should be here and are not.
func (t *Thread) lacking(l Log) []Hash {
	var list []Hash
	for i := 0; t.bare > 0 && i < len(l.Said); i++ {
		if s := &l.Said[i]; s.lacks() {
			list = append(list, s.Hash)
		}
	}
	return list
}

// wanted are the lacking entries but those whose words this hospital has destroyed: it takes them from nobody, though the erasure that named them may be lost here.
func (t *Thread) wanted(ctx context.Context, tx Tx, l Log) ([]Hash, error) {
	lacking := t.lacking(l)
	if len(lacking) == 0 {
		return nil, nil
	}
	gone, err := destroyedOf(ctx, tx, t.ID)
	return slices.DeleteFunc(lacking, func(h Hash) bool { return gone[h] }), err
}

// WantedBodies are entries of a thread whose bodies are not here although nothing erased them.
func WantedBodies(ctx context.Context, tx Tx, id ThreadID, limit int) ([]Hash, error) {
	return hashes(tx.QueryContext(ctx, `SELECT entry FROM wanted_body WHERE thread = $1 ORDER BY entry LIMIT $2`, id[:], limit))
}

// keepLacking notes which bodies of the thread are wanted.
func keepLacking(ctx context.Context, tx Tx, id ThreadID, lacking []Hash) error {
	noted, err := hashes(tx.QueryContext(ctx, `SELECT entry FROM wanted_body WHERE thread = $1`, id[:]))
	if err != nil {
		return err
	}
	now, then := setOf(lacking), setOf(noted)
	for _, h := range lacking {
		if then[h] {
			continue
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO wanted_body (thread, entry) VALUES ($1, $2)`, id[:], h[:]); err != nil {
			return fmt.Errorf("noting that the body of entry %s is wanted: %w", h.Short(), err)
		}
	}
	for _, h := range noted {
		if now[h] {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM wanted_body WHERE thread = $1 AND entry = $2`, id[:], h[:]); err != nil {
			return fmt.Errorf("noting that the body of entry %s is not wanted: %w", h.Short(), err)
		}
	}
	return nil
}

func setOf(list []Hash) map[Hash]bool {
	set := make(map[Hash]bool, len(list))
	for _, h := range list {
		set[h] = true
	}
	return set
}

// fillBodies keeps bodies that came for entries that have none, unless the entries are erased.
func fillBodies(ctx context.Context, tx Tx, t *Thread, came map[Hash]*Entry, r *Received) error {
	if len(came) == 0 {
		return nil
	}
	l := t.Log()
	gone, err := destroyedOf(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	maps.DeleteFunc(came, func(h Hash, _ *Entry) bool { return l.Find(h).Erased || gone[h] })
	t.replace(came)
	for i, e := range r.Added {
		if whole := came[e.Hash]; whole != nil { // a stripped copy came first
			r.Added[i] = whole
			delete(came, e.Hash)
		}
	}
	for _, e := range came {
		if _, err := tx.ExecContext(ctx, `UPDATE entry SET body = $2 WHERE hash = $1`, e.Hash[:], e.Wire.Body); err != nil {
			return fmt.Errorf("storing the body of entry %s: %w", e.Hash.Short(), err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM wanted_body WHERE thread = $1 AND entry = $2`, e.Thread[:], e.Hash[:]); err != nil {
			return fmt.Errorf("noting that the body of entry %s is here: %w", e.Hash.Short(), err)
		}
		r.Filled = append(r.Filled, e)
	}
	slices.SortFunc(r.Filled, func(a, b *Entry) int { return slices.Compare(a.Hash[:], b.Hash[:]) })
	return nil
}

// replace puts other copies of entries in their places: with their bodies, or without. Other copies of the thread keep theirs.
func (t *Thread) replace(by map[Hash]*Entry) {
	if len(by) == 0 {
		return
	}
	fresh := NewThread(t.ID)
	for _, n := range t.sorted() {
		e := n.Entry
		if other := by[e.Hash]; other != nil {
			e = other
		}
		if err := fresh.Admit(e); err != nil {
			panic("ledger: an entry that was admitted is not: " + err.Error()) // neither header nor roster has changed
		}
	}
	*t = *fresh
}
