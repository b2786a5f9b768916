package rehearse

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"consilium/ledger"
	"consilium/people"
	"consilium/study"
	"consilium/study/mask"
	"consilium/study/protocol"
	"consilium/study/run"
)

// Database opens the database of one hospital of a rehearsal, with the ledger's tables in it; ddl translates table definitions, as [ledger.NewBook] wants it.
type Database func(ctx context.Context, name string) (db ledger.DB, ddl func(string) string, err error)

// Network is a stage of real ledgers: each hospital has keys, a database and a copy of the study's thread, and everything that a run says are signed entries that are sent to all.
type Network struct {
	Open Database

	thread ledger.ThreadID
	list   []*node
	run    ledger.Hash
}

// node is one hospital's ledger.
type node struct {
	id   ledger.HospitalID
	db   ledger.DB
	book *ledger.Book
	sent int // how many entries of the thread the others have from here
}

// Enter makes the hospitals; the first one opens the study, says its protocol and invites the others, and each head approves it.
func (n *Network) Enter(ctx context.Context, names []string, src []byte) ([]ledger.HospitalID, error) {
	var ids []ledger.HospitalID
	for _, name := range names {
		h, err := n.node(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("hospital %s: %w", name, err)
		}
		n.list, ids = append(n.list, h), append(ids, h.id)
	}
	if err := n.open(ctx); err != nil {
		return nil, err
	}
	return ids, n.approve(ctx, src)
}

func (n *Network) node(ctx context.Context, name string) (*node, error) {
	root, err := ledger.NewRoot(rand.Reader)
	if err != nil {
		return nil, err
	}
	issuer, err := root.NewIssuer(rand.Reader)
	if err != nil {
		return nil, err
	}
	signer, err := issuer.NewSigner(rand.Reader, time.Now())
	if err != nil {
		return nil, err
	}
	db, ddl, err := n.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return &node{id: signer.Hospital(), db: db, book: ledger.NewBook(ledger.NewKinds(study.Kinds()), signer, ddl)}, nil
}

func (n *Network) open(ctx context.Context) error {
	first := n.list[0]
	err := first.db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		e, err := first.book.Open(ctx, tx, "study", draft(string(people.Researcher), "", nil), time.Now())
		if err == nil {
			n.thread = e.Thread
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, h := range n.list[1:] {
		if _, err := n.say(ctx, first, draft(string(people.HeadOfDepartment), ledger.KindInvited, ledger.Invitation{Hospital: h.id})); err != nil {
			return err
		}
	}
	return n.share(ctx)
}

func (n *Network) approve(ctx context.Context, src []byte) error {
	said, err := n.say(ctx, n.list[0], draft(string(people.Researcher), study.KindProtocol, study.Protocol{Version: 1, Source: string(src)}))
	if err != nil {
		return err
	}
	if err := n.share(ctx); err != nil {
		return err
	}
	p, err := protocol.Parse(src, "protocol")
	if err != nil {
		return err
	}
	begun := study.Begun{}
	for _, h := range n.list {
		begun.Hospitals = append(begun.Hospitals, h.id)
		if _, err := n.say(ctx, h, draft(string(people.HeadOfDepartment), study.KindApproved, study.Approved{Protocol: p.Hash, Ethics: "rehearsal"}, said)); err != nil {
			return err
		}
	}
	if err := n.share(ctx); err != nil {
		return err
	}
	if n.run, err = n.say(ctx, n.list[0], draft(string(people.Researcher), study.KindRun, begun, said)); err != nil {
		return err
	}
	return n.share(ctx)
}

// Begin lets every hospital join the run.
func (n *Network) Begin(ctx context.Context, members []run.Member) error {
	for i, h := range n.list {
		m := members[i]
		freeze := ledger.SumBlob(m.Hospital[:]) // a rehearsal has no registry: there is nothing to freeze
		if _, err := n.say(ctx, h, draft(string(people.System), study.KindJoined, study.Joined{Key: m.Key.Bytes(), Freeze: freeze, Takes: m.Takes, Masks: mask.Version, Rules: run.Rules}, n.run)); err != nil {
			return err
		}
	}
	return n.share(ctx)
}

// Runs gives each hospital its own copy of the run, as its ledger has it.
func (n *Network) Runs(ctx context.Context) (list []*run.Run, err error) {
	list = make([]*run.Run, len(n.list))
	return list, each(n.list, func(i int, h *node) error {
		s, err := h.study(ctx, n.thread)
		if err != nil {
			return err
		}
		r := s.Last()
		if r == nil || r.Fold == nil || r.Fault != "" {
			return fmt.Errorf("the run has not begun at hospital %s: %v", h.id, s.Timeline)
		}
		list[i] = r.Fold
		return nil
	})
}

// Exchange lets every hospital say its contribution, and sends all entries to all.
func (n *Network) Exchange(ctx context.Context, said []run.Contribution) error {
	err := each(n.list, func(i int, h *node) error {
		_, err := n.say(ctx, h, draft(string(people.System), study.KindRound, study.ContributionOf(said[i]), n.run))
		return err
	})
	if err != nil {
		return err
	}
	return n.share(ctx)
}

func draft(role string, kind string, says any, refs ...ledger.Hash) ledger.Draft {
	return ledger.Draft{Kind: kind, Person: "rehearsal", Author: ledger.Author{Name: "Rehearsal", Role: role}, Says: says, Refs: refs}
}

func (n *Network) say(ctx context.Context, h *node, d ledger.Draft) (said ledger.Hash, err error) {
	d.Thread = n.thread
	err = h.db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		e, err := h.book.Append(ctx, tx, d, time.Now())
		if err == nil {
			said = e.Hash
		}
		return err
	})
	if err != nil {
		return said, fmt.Errorf("hospital %s, %s: %w", h.id, d.Kind, err)
	}
	return said, nil
}

var errNotTaken = errors.New("an entry was not taken")

// share sends what each hospital has said to all others.
func (n *Network) share(ctx context.Context) error {
	fresh := make([][]*ledger.Entry, len(n.list))
	for i, h := range n.list {
		l, err := h.log(ctx, n.thread)
		if errors.Is(err, ledger.ErrNoThread) {
			continue
		}
		if err != nil {
			return err
		}
		if fresh[i], err = own(l, h); err != nil {
			return err
		}
	}
	return each(n.list, func(to int, h *node) error {
		var entries []*ledger.Entry // of all others in one go, as over a relay: taken in one by one, their number times the length of the thread would be paid for each
		for from, list := range fresh {
			if from != to {
				entries = append(entries, list...)
			}
		}
		if len(entries) == 0 {
			return nil
		}
		return h.db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
			got, err := h.book.Receive(ctx, tx, entries[0].Hospital, n.thread, entries, time.Now())
			if err == nil && (len(got.Refused) > 0 || got.Waiting > 0) {
				err = fmt.Errorf("%w at hospital %s: %+v", errNotTaken, h.id, got)
			}
			return err
		})
	})
}

// own are the entries that a hospital has said since it last sent some.
func own(l ledger.Log, h *node) ([]*ledger.Entry, error) {
	var wires []ledger.Wire
	said := 0
	for _, s := range l.Said {
		if s.Hospital != h.id {
			continue
		}
		if said++; said > h.sent {
			wires = append(wires, s.Wire)
		}
	}
	h.sent = said
	entries, faults := ledger.ReadWires(wires)
	return entries, errors.Join(faults...)
}

func (h *node) log(ctx context.Context, thread ledger.ThreadID) (l ledger.Log, err error) {
	err = h.db.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		l, err = h.book.Log(ctx, tx, thread)
		return err
	})
	return l, err
}

func (h *node) study(ctx context.Context, thread ledger.ThreadID) (*study.Study, error) {
	l, err := h.log(ctx, thread)
	if err != nil {
		return nil, err
	}
	return study.Fold(l), nil
}
