package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Tip is how far a node has one key's entries in one thread. The count alone cannot see a fork; with the newest hash it can.
type Tip struct {
	Key    Key    `json:"key"`
	Count  uint64 `json:"count"`  // entries of the key that are here
	Newest Hash   `json:"newest"` // the hash of the last one; after a fork a hash over all of the key's entries
}

// Tips are the tips of all keys of the thread, ordered by key.
func (t *Thread) Tips() []Tip {
	tips := make([]Tip, 0, len(t.count))
	for key, count := range t.count {
		if t.forked[key] == 0 {
			tips = append(tips, Tip{Key: key, Count: count, Newest: t.chainAt(key, count)[0].Hash})
		}
	}
	if len(t.forked) > 0 {
		tips = append(tips, t.forkedTips()...)
	}
	slices.SortFunc(tips, func(a, b Tip) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	return tips
}

// forkedTips names all entries of each forked key.
func (t *Thread) forkedTips() []Tip {
	byKey := map[Key][]*node{}
	for _, n := range t.sorted() {
		if t.forked[n.Key] != 0 {
			byKey[n.Key] = append(byKey[n.Key], n)
		}
	}
	var tips []Tip
	for key, nodes := range byKey {
		sum := sha256.New()
		for _, n := range nodes {
			sum.Write(n.Hash[:])
		}
		tips = append(tips, Tip{Key: key, Count: uint64(len(nodes)), Newest: Hash(sum.Sum(nil))})
	}
	return tips
}

// sumTips names the set of entries beyond doubt. The digest, which grows with each entry and can be taken back, does so among honest hospitals: a member
// that signs some hundreds of entries finds a few of them whose hashes cancel out.
func (t *Thread) sumTips() Hash {
	sum := sha256.New()
	for _, tip := range t.Tips() {
		sum.Write(tip.Key[:])
		sum.Write(binary.BigEndian.AppendUint64(nil, tip.Count))
		sum.Write(tip.Newest[:])
	}
	return Hash(sum.Sum(nil))
}

// Lacks gives what somebody with those tips lacks, in an order that admits each entry as it comes. Where a key has forked it gives all entries
// of that key: the other side passes over what it has.
func (t *Thread) Lacks(theirs []Tip) []*Entry {
	has := map[Key]Tip{}
	for _, tip := range theirs {
		has[tip.Key] = tip
	}
	from := map[Key]uint64{}
	for _, ours := range t.Tips() {
		from[ours.Key] = t.lacksFrom(ours, has[ours.Key])
	}
	var list []*Entry
	for _, n := range t.sorted() {
		if n.Seq >= from[n.Key] {
			list = append(list, n.Entry)
		}
	}
	return list
}

// lacksFrom is the first count of the key that the other side lacks.
func (t *Thread) lacksFrom(ours, theirs Tip) uint64 {
	if ours == theirs {
		return t.count[ours.Key] + 1
	}
	forked := ours.Count != t.count[ours.Key]
	at := t.chainAt(ours.Key, theirs.Count)
	switch {
	case theirs.Count == 0 || forked:
		return 1
	case len(at) == 1 && at[0].Hash == theirs.Newest:
		return theirs.Count + 1
	case theirs.Count > ours.Count:
		return ours.Count + 1 // they know more; if ours is another branch, their answer shows us
	}
	return 1
}

// Tips are the tips of a thread; none where it is not here.
func (b *Book) Tips(ctx context.Context, tx Tx, id ThreadID) ([]Tip, error) {
	t, err := b.Thread(ctx, tx, id)
	if errors.Is(err, ErrNoThread) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return t.Tips(), nil
}

// Change is one entry in the order of its arrival at this node.
type Change struct {
	Place  int64
	Thread ThreadID
	Hash   Hash
}

// Changes lists entries that came after a place, in the order of their arrival.
func Changes(ctx context.Context, tx Tx, after int64, limit int) ([]Change, error) {
	rows, err := tx.QueryContext(ctx, `SELECT place, thread, hash FROM entry WHERE place > $1 ORDER BY place LIMIT $2`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("listing changes: %w", err)
	}
	defer rows.Close()
	var list []Change
	for rows.Next() {
		var c Change
		var thread, hash []byte
		if err := rows.Scan(&c.Place, &thread, &hash); err != nil {
			return nil, fmt.Errorf("listing changes: %w", err)
		}
		c.Thread, c.Hash = ThreadID(thread), asHash(hash)
		list = append(list, c)
	}
	return list, rows.Err()
}

// Summary is a thread in a few words.
type Summary struct {
	Thread  ThreadID
	Kind    string
	Entries int
	Digest  Hash // names the set of entries, as long as nobody cheats
	Tips    Hash // names the set of entries beyond doubt; zero: not known
	Lacks   int  // how many of them are here without their bodies, which nothing erased
	Steward HospitalID
}

// Shared lists the threads that a hospital may have: those where it is invited or has joined, after a thread, in the order of their IDs.
func Shared(ctx context.Context, tx Tx, with HospitalID, after ThreadID, limit int) ([]Summary, error) {
	rows, err := tx.QueryContext(ctx, `SELECT t.thread, t.kind, t.entries, t.digest, t.tips, t.lacks, t.steward FROM thread_member m JOIN thread t ON t.thread = m.thread
		WHERE m.hospital = $1 AND m.state IN ('invited', 'joined') AND m.thread > $2 ORDER BY m.thread LIMIT $3`, with[:], after[:], limit)
	if err != nil {
		return nil, fmt.Errorf("listing shared threads: %w", err)
	}
	defer rows.Close()
	var list []Summary
	for rows.Next() {
		var s Summary
		var thread, digest, tips, steward []byte
		if err := rows.Scan(&thread, &s.Kind, &s.Entries, &digest, &tips, &s.Lacks, &steward); err != nil {
			return nil, fmt.Errorf("listing shared threads: %w", err)
		}
		s.Thread, s.Digest, s.Tips = ThreadID(thread), asHash(digest), asHash(tips)
		copy(s.Steward[:], steward)
		list = append(list, s)
	}
	return list, rows.Err()
}
