package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/store"
)

// What an erasure names is hidden by the fold and locked by the ledger in the transaction that takes it in. What follows goes in steps, each of which may be the last one before
// a stop: the next start begins again with the first, and none of them does harm when it is done twice.
//
//  1. decide: what this hospital said and erased itself, and what somebody with the right to has decided. A legal hold keeps both.
//  2. destroy the rows, and who the patient is; list them in the file of erasures, for a backup that is older.
//  3. destroy the files that only they attached, and the keys of sealed ones.
//  4. scrub the disk, and look for what was destroyed.
//  5. only then say that it is destroyed.

// eraseAlong carries erasures out, here or from elsewhere, and tells the other members what was done.
func (n *Node) eraseAlong(ctx context.Context) {
	wake, changed, stop := n.desk.Live.Listen()
	defer stop()
	n.watch("erasures", n.carryOutErasures(ctx))
	again := time.NewTicker(time.Hour) // a hold may end by itself, and what could not be found gone is looked for again
	defer again.Stop()
	list := time.NewTicker(time.Minute) // of who has left
	defer list.Stop()
	heads := time.NewTicker(headsEvery)
	defer heads.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
			n.watch("erasures", n.carryOutErasures(ctx))
		case <-heads.C:
			n.watch("anchors", n.writeAnchors(ctx))
		case <-list.C:
			n.watch("erasures", n.listErasures(ctx))
		case <-wake:
			if threads := changed(); len(threads) > 0 {
				n.watch("erasures", n.carryOutErasures(ctx, threads...))
			}
		}
	}
}

// carryOutErasures looks at some threads, or with none given at all.
func (n *Node) carryOutErasures(ctx context.Context, among ...ledger.ThreadID) error {
	var threads []ledger.ThreadID
	err := n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		var unfinished []ledger.ThreadID
		var err error
		if threads, err = ledger.Erasures(ctx, tx, among...); err == nil && len(among) == 0 {
			unfinished, err = ledger.LockedThreads(ctx, tx)
		}
		threads = append(threads, unfinished...)
		return err
	})
	slices.SortFunc(threads, func(a, b ledger.ThreadID) int { return slices.Compare(a[:], b[:]) })
	for _, id := range slices.Compact(threads) {
		err = errors.Join(err, n.carryOutErasure(ctx, id))
	}
	return errors.Join(err, n.buryDoomed(ctx))
}

// erasing is what is to be done about the erasures of one thread.
type erasing struct {
	entries []ledger.Hash                     // whose words are to be destroyed
	answers map[ledger.PersonID][]ledger.Hash // erasures to be answered once they are, by who decided
	patient bool                              // who the patient is is to be forgotten
	pending bool                              // something was destroyed before a stop and not looked for yet
}

func (e erasing) nothing() bool {
	return len(e.entries) == 0 && len(e.answers) == 0 && !e.patient && !e.pending
}

func (n *Node) carryOutErasure(ctx context.Context, id ledger.ThreadID) error {
	var todo erasing
	err := n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		todo, err = n.decideErasing(ctx, tx, id)
		return err
	})
	if err != nil || todo.nothing() {
		return err
	}
	for _, step := range n.erasingSteps(id, todo) {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// erasingSteps are what follows the decision, in their order.
func (n *Node) erasingSteps(id ledger.ThreadID, todo erasing) []func(context.Context) error {
	return []func(context.Context) error{
		func(ctx context.Context) error { return n.destroyRows(ctx, id, todo) },
		n.listErasures,
		n.bury,
		n.buryDoomed,
		func(ctx context.Context) error { return n.thaw(ctx, id) },
		func(ctx context.Context) error { return n.clearBench(ctx, id) },
		func(ctx context.Context) error { return n.desk.ForgetMarks(ctx, id) },
		func(ctx context.Context) error { return n.lookForDestroyed(ctx, id) },
		func(ctx context.Context) error { return n.answerErasures(ctx, id, todo.answers) },
	}
}

// decideErasing gathers what this hospital erased of its own, and what somebody decided.
func (n *Node) decideErasing(ctx context.Context, tx ledger.Tx, id ledger.ThreadID) (e erasing, err error) {
	l, err := n.book.Log(ctx, tx, id)
	if err != nil {
		return e, err
	}
	e.patient = n.patientErased(ctx, tx, l)
	unlooked, err := ledger.LockedThreads(ctx, tx)
	if err != nil {
		return e, err
	}
	locked, err := ledger.Locked(ctx, tx, id)
	if err != nil {
		return e, err
	}
	e.pending = len(locked) == 0 && slices.Contains(unlooked, id)
	decided, err := access.DecidedDestroyed(ctx, tx, id)
	if err != nil {
		return e, err
	}
	if _, held, err := access.Held(ctx, tx, id, n.today()); err != nil || held {
		return e, err
	}
	e.answers = map[ledger.PersonID][]ledger.Hash{}
	for _, r := range l.ErasureRequests(n.hospital.ID) {
		if r.Nothing() {
			continue // there is nothing to say of it
		}
		by, whole := decided[r.Erasure]
		whole = whole || len(r.Others) == 0
		e.entries = append(e.entries, r.Own...)
		if whole {
			e.entries = append(e.entries, r.Others...)
		}
		said := r.Answer != nil && r.Answer.Answer == ledger.ErasureDestroyed
		if whole && !said && l.Roster.State(n.hospital.ID) == ledger.Joined {
			e.answers[by] = append(e.answers[by], r.Erasure)
		}
	}
	e.entries = slices.DeleteFunc(e.entries, func(h ledger.Hash) bool {
		s := l.Find(h)
		letGo := !s.Erased && s.Hospital == n.hospital.ID && s.HasBody() // this hospital refused before, and somebody here has decided otherwise since
		return !letGo && !(s.Erased && slices.Contains(locked, h))
	})
	return e, nil
}

func (n *Node) today() string { return n.o.Now().Format(time.DateOnly) }

// patientErased tells whether every entry that said who the patient is is erased, and this hospital's tables still know.
func (n *Node) patientErased(ctx context.Context, tx ledger.Tx, l ledger.Log) bool {
	said := false
	for _, s := range l.Said {
		if s.Kind == casebook.KindIdentity {
			if !s.Erased {
				return false
			}
			said = true
		}
	}
	if !said {
		return false
	}
	_, err := casebook.IdentityOf(ctx, tx, l.Thread)
	return err == nil
}

// destroyRows ends the words in the database, and all else there that may hold them: who the patient is, and what people typed into forms about the thread.
func (n *Node) destroyRows(ctx context.Context, id ledger.ThreadID, todo erasing) error {
	var traces desk.Traces
	if todo.patient {
		var err error
		if traces, err = n.desk.Traces(ctx, id); err != nil {
			return err
		}
	}
	err := n.db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if todo.patient {
			if err := n.desk.ForgetPatient(ctx, tx, id, traces); err != nil {
				return err
			}
		}
		if err := n.desk.DropTyped(ctx, tx, id); err != nil {
			return err
		}
		if err := n.desk.DropAnswers(ctx, tx); err != nil {
			return err
		}
		return n.book.Destroy(ctx, tx, id, todo.entries, n.o.Now())
	})
	n.book.Forget(id)
	return err
}

// bury removes the files that only destroyed entries attached. First the file, then the note: stopped between the two, it is removed again.
func (n *Node) bury(ctx context.Context) error {
	var files []ledger.Hash
	err := n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		orphans, err := ledger.Orphans(ctx, tx)
		if err != nil {
			return err
		}
		for _, hash := range orphans {
			f, err := n.desk.Door.Threads.File(ctx, tx, n.book, hash)
			if err != nil {
				return err
			}
			if !f.Kept() {
				files = append(files, hash)
			}
		}
		return nil
	})
	for _, hash := range files {
		if err == nil {
			err = errors.Join(n.store.Blobs().Remove(hash), n.desk.Sealer.Destroy(hash))
		}
		if err == nil {
			err = n.gone(ctx, hash)
		}
		if err == nil {
			err = n.db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error { return ledger.Buried(ctx, tx, hash) })
		}
	}
	return err
}

// buryDoomed removes the files that named an erased patient and that no entry attaches: tables of imports, rows that they refused, images that were sent to be filed.
func (n *Node) buryDoomed(ctx context.Context) error {
	var files []ledger.Hash
	err := n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		files, err = desk.Doomed(ctx, tx)
		return err
	})
	for _, hash := range files {
		if err == nil {
			err = n.store.Blobs().Remove(store.Hash(hash))
		}
		if err == nil {
			err = n.gone(ctx, hash)
		}
		if err == nil {
			err = n.db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error { return desk.Removed(ctx, tx, hash) })
		}
	}
	return err
}

// gone looks for a file that was removed, and for its key.
func (n *Node) gone(ctx context.Context, hash ledger.Hash) error {
	gone, err := store.Gone(ctx, n.store.Blobs(), hash)
	if err != nil {
		return err // nobody says "destroyed" of what cannot be looked for
	}
	if _, err = n.desk.Sealer.Keys.Get(hash); !gone || !errors.Is(err, access.ErrNoKey) {
		return fmt.Errorf("the erased file %s, or its key, is still here", hash.Short())
	}
	return nil
}

// lookForDestroyed makes the destroyed words of a thread leave the disk and looks for them: the salt of a body stands nowhere but in it. An error says that they were found.
func (n *Node) lookForDestroyed(ctx context.Context, id ledger.ThreadID) error {
	var salts []string
	err := n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, err := ledger.AllDestroyed(ctx, tx)
		for _, d := range list {
			if d.Thread == id && d.Salt != "" {
				salts = append(salts, d.Salt)
			}
		}
		return err
	})
	if err != nil || len(salts) == 0 {
		return err
	}
	found, err := n.scrubAndFind(ctx, salts)
	if err == nil && len(found) > 0 {
		n.o.Log.Info("erased words lay in a free page: writing the database anew", slog.Int("count", len(found)))
		if err = n.store.Rewrite(ctx); err == nil {
			found, err = n.scrubAndFind(ctx, salts)
		}
	}
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("thread %s: %d erased bodies are still found on the disk; nothing is said to be destroyed", id, len(found))
	}
	if err != nil {
		return err
	}
	return n.db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error { return ledger.Confirm(ctx, tx, id) })
}

func (n *Node) scrubAndFind(ctx context.Context, salts []string) (found []string, err error) {
	if err := n.store.Scrub(ctx); err != nil {
		return nil, err
	}
	found, _, err = n.store.Find(ctx, salts)
	return found, err
}

// answerErasures says in a thread that what was to be erased is destroyed here. A hospital that was only invited does not join for that.
func (n *Node) answerErasures(ctx context.Context, id ledger.ThreadID, answers map[ledger.PersonID][]ledger.Hash) error {
	for by, erasures := range answers {
		for part := range slices.Chunk(erasures, ledger.MaxRefs) {
			_, err := n.desk.Door.Say(ctx, access.Who{Person: "node", Name: "Consilium", System: true, Origin: "erasure"}, ledger.Draft{Thread: id,
				Kind: ledger.KindErasureAnswered, Refs: part, Says: ledger.ErasureAnswer{Answer: ledger.ErasureDestroyed, Decided: by}})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
