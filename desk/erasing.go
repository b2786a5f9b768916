package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
	"consilium/people/security"
)

// Erasing is an erasure as this hospital has to answer it. It shows none of the words: they are hidden from everybody.
type Erasing struct {
	ledger.ErasureRequest
	Thread  ledger.ThreadID
	Kind    string // of the thread
	Asked   []ErasedEntry
	Decided bool // somebody here decided that it is destroyed, and the node has not said so yet
	Hold    *access.Hold
}

// ErasedEntry is an entry under request, by its header.
type ErasedEntry struct {
	Entry ledger.Hash
	By    ledger.HospitalID
	Kind  string
	At    time.Time
}

// Erasures lists the erasures at this hospital for who answers them, newest first: those that wait for an answer, or all.
func (d *Desk) Erasures(ctx context.Context, caller Caller, all bool) (list []Erasing, err error) {
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		threads, err := ledger.Erasures(ctx, tx)
		if err != nil {
			return err
		}
		for _, id := range threads {
			some, err := d.erasuresOf(ctx, tx, caller, id)
			if err != nil {
				return err
			}
			list = append(list, some...)
		}
		return nil
	})
	if !all {
		list = slices.DeleteFunc(list, func(e Erasing) bool { return !e.Waits(d.today()) })
	}
	slices.SortStableFunc(list, func(a, b Erasing) int { return b.At.Compare(a.At) })
	return list, err
}

// Waits tells whether a person has to answer.
func (e Erasing) Waits(today string) bool {
	return len(e.Others) > 0 && !e.Decided && e.Open(today)
}

func (d *Desk) today() string { return d.Now().Format(time.DateOnly) }

func (d *Desk) erasuresOf(ctx context.Context, tx ledger.Tx, caller Caller, id ledger.ThreadID) (list []Erasing, err error) {
	l, err := d.Book.Log(ctx, tx, id)
	if err != nil || !access.May(caller.Who, access.AnswerErasure, access.What{Of: d.Door.Threads[l.Kind], Thread: id}).Allowed {
		return nil, err
	}
	decided, err := access.DecidedDestroyed(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	hold, held, err := access.Held(ctx, tx, id, d.today())
	if err != nil {
		return nil, err
	}
	for _, r := range l.ErasureRequests(d.ID) {
		e := Erasing{ErasureRequest: r, Thread: id, Kind: l.Kind}
		_, e.Decided = decided[r.Erasure]
		if held {
			e.Hold = &hold
		}
		for _, h := range append(slices.Clone(r.Own), r.Others...) {
			s := l.Find(h)
			e.Asked = append(e.Asked, ErasedEntry{h, s.Hospital, s.Kind, s.Time})
		}
		list = append(list, e)
	}
	return list, nil
}

// ErrHeld says that a legal hold keeps what was to be destroyed.
var ErrHeld = errors.New("a legal hold keeps it")

// AnswerErasure answers an erasure for this hospital. That something is destroyed is decided here, and said by the node once the bytes are gone and were looked for; that it is
// kept by a law, or refused, is said at once.
func (d *Desk) AnswerErasure(ctx context.Context, caller Caller, thread ledger.ThreadID, erasure ledger.Hash, answer ledger.ErasureAnswer) error {
	answer.Decided = ""
	if err := answer.Check(); err != nil {
		return errors.Join(ErrInput, err)
	}
	if answer.Answer != ledger.ErasureDestroyed {
		return d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
			if _, err := d.Door.In(tx).Say(ctx, caller.Who, ledger.Draft{Thread: thread, Kind: ledger.KindErasureAnswered, Refs: []ledger.Hash{erasure}, Says: answer}); err != nil {
				return err
			}
			return access.TakeBackDestroyed(ctx, tx, erasure) // one that a hold kept waiting must not be carried out later
		})
	}
	err := d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		l, err := d.Book.Log(ctx, tx, thread)
		if err != nil {
			return err
		}
		if err := access.Need(caller.Who, access.AnswerErasure, access.What{Of: d.Door.Threads[l.Kind], Thread: thread}); err != nil {
			return err
		}
		if s := l.Find(erasure); s == nil || s.Kind != ledger.KindErased {
			return fmt.Errorf("entry %s is no erasure in this thread: %w", erasure.Short(), ErrInput)
		}
		if slices.ContainsFunc(l.ErasureRequests(d.ID), func(r ledger.ErasureRequest) bool { return r.Erasure == erasure && r.Nothing() }) {
			return fmt.Errorf("erasure %s has no effect, so there is nothing to destroy: who asked may not erase, or the hospital that said the words keeps them: %w", erasure.Short(), ErrInput)
		}
		if hold, held, err := access.Held(ctx, tx, thread, d.today()); err != nil || held {
			return errors.Join(err, fmt.Errorf("%w: %s: %w", ErrHeld, hold.Law, ErrInput))
		}
		return access.DecideDestroyed(ctx, tx, thread, erasure, caller.Who.Person, d.Now())
	})
	if err == nil {
		d.Live.Changed(thread)
	}
	return err
}

// EraseIdentity erases who the patient of a case is, at this hospital whose patient it is: every entry that said so, and at once what its own tables know.
func (d *Desk) EraseIdentity(ctx context.Context, caller Caller, thread ledger.ThreadID, reason string) error {
	traces, err := d.Traces(ctx, thread)
	if err != nil {
		return err
	}
	err = d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		l, err := d.Book.Log(ctx, tx, thread)
		if err != nil {
			return err
		}
		if err := access.Need(caller.Who, access.AnswerErasure, access.What{Of: d.Door.Threads[l.Kind], Thread: thread}); err != nil {
			return err
		}
		var said []ledger.Hash
		for _, s := range l.Said {
			if s.Kind == casebook.KindIdentity && s.Hospital == d.ID && !s.Erased {
				said = append(said, s.Hash)
			}
		}
		for part := range slices.Chunk(said, ledger.MaxRefs) {
			if _, err := d.Door.In(tx).Say(ctx, caller.Who, ledger.Draft{Thread: thread, Kind: ledger.KindErased, Refs: part, Says: ledger.Erasure{Reason: reason}}); err != nil {
				return err
			}
		}
		if err := d.DropTyped(ctx, tx, thread); err != nil {
			return err
		}
		return d.ForgetPatient(ctx, tx, thread, traces)
	})
	if err == nil {
		d.Live.Changed(thread)
	}
	return err
}

// Hold puts a thread under a legal hold, and Release ends it. Both are for who answers erasures.
func (d *Desk) Hold(ctx context.Context, caller Caller, h access.Hold) (access.Hold, error) {
	h.Person, h.At = caller.Who.Person, d.Now()
	err := d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if err := d.mayHold(ctx, tx, caller, h.Thread); err != nil {
			return err
		}
		var err error
		if h, err = access.AddHold(ctx, tx, h); errors.Is(err, access.ErrHold) || errors.Is(err, access.ErrHoldLong) {
			err = errors.Join(ErrInput, err)
		}
		if err != nil {
			return err
		}
		return d.Note(ctx, tx, caller, security.HoldAdded, "", h.Thread.String()+" "+h.Law)
	})
	return h, err
}

func (d *Desk) mayHold(ctx context.Context, tx ledger.Tx, caller Caller, thread ledger.ThreadID) error {
	l, err := d.Book.Log(ctx, tx, thread)
	if err != nil {
		return err
	}
	return access.Need(caller.Who, access.AnswerErasure, access.What{Of: d.Door.Threads[l.Kind], Thread: thread})
}

// Release ends a legal hold: what was decided to be destroyed is destroyed from now on.
func (d *Desk) Release(ctx context.Context, caller Caller, id string) error {
	var of ledger.ThreadID
	err := d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, err := access.Holds(ctx, tx, ledger.ThreadID{})
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(h access.Hold) bool { return h.ID == id && h.Released.IsZero() })
		if i < 0 {
			return ErrNotHere
		}
		of = list[i].Thread
		if err := d.mayHold(ctx, tx, caller, of); err != nil {
			return err
		}
		if _, err = access.ReleaseHold(ctx, tx, id, caller.Who.Person, d.Now()); err != nil {
			return err
		}
		return d.Note(ctx, tx, caller, security.HoldReleased, "", of.String())
	})
	if err == nil {
		d.Live.Changed(of)
	}
	return err
}

// Holds lists the legal holds at this hospital, newest first, for who answers erasures.
func (d *Desk) Holds(ctx context.Context, caller Caller) (list []access.Hold, err error) {
	if err := access.Need(caller.Who, access.AnswerErasure, access.Node); err != nil {
		return nil, err
	}
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, err = access.Holds(ctx, tx, ledger.ThreadID{})
		return err
	})
	return list, err
}
