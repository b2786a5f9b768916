package ledger

import (
	"context"
	"crypto/sha256"
	"fmt"
)

// Break is the first thing that is wrong with a thread.
type Break struct {
	Thread ThreadID
	Entry  Hash // zero: the thread as a whole
	Reason string
}

func (b *Break) Error() string {
	if b.Entry.IsZero() {
		return fmt.Sprintf("thread %s: %s", b.Thread, b.Reason)
	}
	return fmt.Sprintf("thread %s, entry %s: %s", b.Thread, b.Entry.Short(), b.Reason)
}

// Proof says what was proved of a thread.
type Proof struct {
	Thread  ThreadID
	Kind    string
	Entries int
	Erased  int // entries whose bodies are gone: header and hash still verify
	Digest  Hash
	Forks   int
	Late    int
}

// Verify proves a stored thread from its bytes alone: form, signatures, statements, bodies, counts, heights, membership, and that the thread's row
// tells of exactly these entries. The error is a [*Break] naming the first entry that does not hold.
func Verify(ctx context.Context, tx Tx, id ThreadID) (Proof, error) {
	t := NewThread(id)
	err := eachWire(ctx, tx, id, func(hash Hash, w Wire) error { return proveInto(t, hash, w) })
	if err != nil {
		return Proof{}, err
	}
	var entries int
	var digest []byte
	err = tx.QueryRowContext(ctx, `SELECT entries, digest FROM thread WHERE thread = $1`, id[:]).Scan(&entries, &digest)
	if err != nil {
		return Proof{}, fmt.Errorf("reading thread %s: %w", id, err)
	}
	if entries != t.Len() || asHash(digest) != t.digest() {
		return Proof{}, &Break{Thread: id, Reason: fmt.Sprintf("its row tells of %d entries with other hashes than the %d that are here: entries were lost or added behind its back", entries, t.Len())}
	}
	gone, err := destroyedOf(ctx, tx, id)
	if err != nil {
		return Proof{}, err
	}
	return t.prove(gone)
}

func proveInto(t *Thread, hash Hash, w Wire) error {
	e, err := ReadEntry(w)
	if err != nil {
		return &Break{Thread: t.ID, Entry: hash, Reason: err.Error()}
	}
	if e.Hash != hash {
		return &Break{Thread: t.ID, Entry: hash, Reason: "its header gives another hash, " + e.Hash.Short()}
	}
	if err := t.Admit(e); err != nil {
		return &Break{Thread: t.ID, Entry: hash, Reason: err.Error()}
	}
	return nil
}

// prove looks at the thread as a whole: a body may be missing only where an erasure covers it, or where this hospital destroyed it.
func (t *Thread) prove(gone map[Hash]bool) (Proof, error) {
	l := t.Log()
	p := Proof{Thread: t.ID, Kind: l.Kind, Entries: t.Len(), Digest: t.digest(), Forks: len(l.Forks)}
	for _, s := range l.Said {
		switch {
		case s.Standing == Late:
			p.Late++
		case s.Erased, gone[s.Hash] && !s.HasBody():
			p.Erased++
		case !s.HasBody():
			return p, &Break{Thread: t.ID, Entry: s.Hash, Reason: "its body is not here, and nothing erased it"}
		}
	}
	return p, nil
}

// Digest names the set of entries that a thread holds: the hash of its entries' hashes, whatever the order they came in.
func (l Log) Digest() Hash {
	var sum Hash
	for _, s := range l.Said {
		sum.xor(s.Hash)
	}
	return sum
}

// SumBlob is the hash under which a file is attached.
func SumBlob(b []byte) Hash { return sha256.Sum256(b) }
