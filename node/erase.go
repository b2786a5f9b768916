package node

import (
	"context"
	"errors"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
)

// eraseAlong answers erasures, here or from elsewhere: bodies went with the fold; this removes the files and the keys of sealed ones, and tells the
// other members that it is done. What a stop interrupts is taken up at the next start.
func (n *Node) eraseAlong(ctx context.Context) {
	wake, changed, stop := n.desk.Live.Listen()
	defer stop()
	n.watch("erasures", n.answerErasures(ctx))
	for {
		select {
		case <-ctx.Done():
			return
		case <-wake:
			if threads := changed(); len(threads) > 0 {
				n.watch("erasures", n.answerErasures(ctx, threads...))
			}
		}
	}
}

// answerErasures looks at some threads, or with none given at all.
func (n *Node) answerErasures(ctx context.Context, among ...ledger.ThreadID) error {
	var threads []ledger.ThreadID
	err := n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		threads, err = ledger.Erasures(ctx, tx, among...)
		return err
	})
	if err != nil || len(threads) == 0 {
		return err
	}
	if err := n.bury(ctx); err != nil {
		return err
	}
	for _, id := range threads {
		err = errors.Join(err, n.answerErasure(ctx, id))
	}
	return err
}

// bury removes the files that only erased entries attached. First the file, then the note: stopped between the two, it is removed again.
func (n *Node) bury(ctx context.Context) error {
	var files []ledger.Hash
	err := n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		files, err = ledger.Orphans(ctx, tx)
		return err
	})
	for _, hash := range files {
		if err == nil {
			err = errors.Join(n.store.Blobs().Remove(hash), n.desk.Sealer.Destroy(hash))
		}
		if err == nil {
			err = n.db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error { return ledger.Buried(ctx, tx, hash) })
		}
	}
	return err
}

// answerErasure says in a thread that what was to be erased is destroyed here. A hospital that was only invited does not join for that.
func (n *Node) answerErasure(ctx context.Context, id ledger.ThreadID) error {
	return n.db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		l, err := n.book.Log(ctx, tx, id)
		if err != nil {
			return err
		}
		open := l.Unanswered(n.hospital.ID)
		if len(open) == 0 || l.Roster.State(n.hospital.ID) != ledger.Joined {
			return nil
		}
		if err := forgetPatient(ctx, tx, l); err != nil {
			return err
		}
		_, err = n.desk.Door.In(tx).Say(ctx, access.Who{Person: "node", Name: "Consilium", System: true, Origin: "erasure"}, ledger.Draft{Thread: id,
			Kind: ledger.KindErasureAnswered, Refs: open[:min(len(open), ledger.MaxRefs)], Says: ledger.ErasureAnswer{Answer: "destroyed"}})
		return err
	})
}

// forgetPatient removes who the patient is from the tables of this hospital, once every entry that said so is erased: nobody says that something is destroyed which can still
// be found by its name.
func forgetPatient(ctx context.Context, tx ledger.Tx, l ledger.Log) error {
	said := false
	for _, s := range l.Said {
		if s.Kind != casebook.KindIdentity {
			continue
		}
		if !s.Erased {
			return nil
		}
		said = true
	}
	if !said {
		return nil
	}
	return casebook.ForgetIdentity(ctx, tx, l.Thread)
}
