package outreach

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"consilium/ledger"
	"consilium/ledger/ledgertest"
)

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.FixedZone("", 8*3600))

func openDB(t testing.TB) *ledgertest.DB { return ledgertest.Open(t) }

// hospital is one node's ledger.
type hospital struct {
	t     testing.TB
	db    *ledgertest.DB
	book  *ledger.Book
	id    ledger.HospitalID
	clock time.Time
}

func newSigner(t testing.TB) ledger.Signer {
	t.Helper()
	root, err := ledger.NewRoot(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := root.NewIssuer(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := issuer.NewSigner(rand.Reader, start)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func newHospital(t testing.TB) *hospital { return nodeOf(t, newSigner(t)) }

// nodeOf makes a node of a hospital; two of one signer fork.
func nodeOf(t testing.TB, s ledger.Signer) *hospital {
	h := &hospital{t: t, db: openDB(t), book: ledger.NewBook(ledger.NewKinds(Talk().Spoken()), s, nil, Projection()), id: s.Hospital(), clock: start}
	h.update(func(ctx context.Context, tx ledger.Tx) error { return h.book.Prepare(ctx, tx, nil) })
	return h
}

func (h *hospital) update(fn func(ctx context.Context, tx ledger.Tx) error) {
	h.t.Helper()
	if err := h.db.Update(context.Background(), fn); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hospital) now() time.Time {
	h.clock = h.clock.Add(time.Second)
	return h.clock
}

func (h *hospital) draft(thread ledger.ThreadID, kind string, says any) ledger.Draft {
	return ledger.Draft{Thread: thread, Kind: kind, Person: "p1", Author: ledger.Author{Name: "Dr. Test", Role: "head_of_department"}, Says: says}
}

func (h *hospital) open(kind string) (id ledger.ThreadID) {
	h.t.Helper()
	h.update(func(ctx context.Context, tx ledger.Tx) error {
		e, err := h.book.Open(ctx, tx, kind, h.draft(id, "", nil), h.now())
		id = e.Thread
		return err
	})
	return id
}

func (h *hospital) trySay(d ledger.Draft) (e *ledger.Entry, err error) {
	err = h.db.Update(context.Background(), func(ctx context.Context, tx ledger.Tx) error {
		e, err = h.book.Append(ctx, tx, d, h.now())
		return err
	})
	return e, err
}

func (h *hospital) say(thread ledger.ThreadID, kind string, says any, refs ...ledger.Hash) *ledger.Entry {
	h.t.Helper()
	d := h.draft(thread, kind, says)
	d.Refs = refs
	e, err := h.trySay(d)
	if err != nil {
		h.t.Fatalf("%s: %v", kind, err)
	}
	return e
}

func (h *hospital) log(thread ledger.ThreadID) (l ledger.Log) {
	h.t.Helper()
	h.update(func(ctx context.Context, tx ledger.Tx) (err error) {
		l, err = h.book.Log(ctx, tx, thread)
		return err
	})
	return l
}

// sends gives another node all that this one has of a thread.
func (h *hospital) sends(to *hospital, thread ledger.ThreadID) {
	h.t.Helper()
	var wires []ledger.Wire
	for _, s := range h.log(thread).Said {
		wires = append(wires, s.Wire)
	}
	entries, errs := ledger.ReadWires(wires)
	for _, err := range errs {
		if err != nil {
			h.t.Fatal(err)
		}
	}
	to.update(func(ctx context.Context, tx ledger.Tx) error {
		r, err := to.book.Receive(ctx, tx, h.id, thread, entries, to.now())
		if err == nil && (len(r.Refused) > 0 || r.Waiting > 0) {
			h.t.Fatalf("received: %+v", r)
		}
		return err
	})
}

// invites lets another hospital join.
func (h *hospital) invites(other *hospital, thread ledger.ThreadID) {
	h.t.Helper()
	h.say(thread, ledger.KindInvited, ledger.Invitation{Hospital: other.id})
	h.sends(other, thread)
	other.say(thread, ledger.KindJoined, ledger.None{})
	other.sends(h, thread)
}
