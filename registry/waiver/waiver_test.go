package waiver

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"consilium/ledger"
	"consilium/ledger/ledgertest"
	"consilium/people"
	"consilium/record/recordtest"
)

func TestEveryKindIsWhole(t *testing.T) { recordtest.Walk(t, Talk()) }

func TestKindsDocument(t *testing.T) { recordtest.Document(t, "KINDS.md", Talk().Kinds) }

func TestEveryStopHasWords(t *testing.T) {
	recordtest.Stops(t, "waiver", []string{"form", "not-opened", "closed"}, ".")
}

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

type hospital struct {
	*testing.T
	db   *ledgertest.DB
	book *ledger.Book
}

func newHospital(t *testing.T) *hospital {
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
	h := &hospital{t, ledgertest.Open(t), ledger.NewBook(ledger.NewKinds(Talk().Spoken()), signer, nil, Projection(signer.Hospital()))}
	h.must(h.update(func(ctx context.Context, tx ledger.Tx) error { return h.book.Prepare(ctx, tx, nil) }))
	return h
}

func (h *hospital) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *hospital) update(do func(context.Context, ledger.Tx) error) error {
	return h.db.Update(context.Background(), do)
}

func (h *hospital) open() (id ledger.ThreadID) {
	h.Helper()
	h.must(h.update(func(ctx context.Context, tx ledger.Tx) error {
		e, err := h.book.Open(ctx, tx, "waiver", by(people.HeadOfDepartment), start)
		if err == nil {
			id = e.Thread
		}
		return err
	}))
	return id
}

func by(r people.Role) ledger.Draft {
	return ledger.Draft{Person: "p1", Author: ledger.Author{Name: "Dr. Lin", Role: string(r)}}
}

func (h *hospital) say(id ledger.ThreadID, as people.Role, kind string, says any) error {
	return h.update(func(ctx context.Context, tx ledger.Tx) error {
		d := by(as)
		d.Thread, d.Kind, d.Says = id, kind, says
		_, err := h.book.Append(ctx, tx, d, start)
		return err
	})
}

func (h *hospital) named(name string, now time.Time) (r Row, err error) {
	h.must(h.update(func(ctx context.Context, tx ledger.Tx) error {
		r, err = Named(ctx, tx, "hfs-mvd", name, now)
		return nil
	}))
	return r, err
}

var granted = Granted{Ethics: "Committee, 2026-17", Pathway: "hfs-mvd", Purpose: "Relief after one year", Until: "2027-03-31"}

func TestAWaiverCountsUntilItsLastDay(t *testing.T) {
	h := newHospital(t)
	id := h.open()
	h.must(h.say(id, people.DataProtectionOfficer, KindGranted, granted))
	for _, name := range []string{"Committee, 2026-17", id.String()} {
		if r, err := h.named(name, time.Date(2027, 3, 31, 23, 0, 0, 0, time.UTC)); err != nil || r.ID != id || r.Purpose != granted.Purpose || r.GrantedBy != "p1" {
			t.Errorf("%s on its last day: %+v, %v", name, r, err)
		}
		if _, err := h.named(name, time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC)); !errors.Is(err, ErrNone) {
			t.Errorf("%s the day after: %v", name, err)
		}
	}
	if _, err := h.named("2026-17", start); !errors.Is(err, ErrNone) {
		t.Errorf("part of a number is taken for it: %v", err)
	}
}

func TestARevokedWaiverOpensNothing(t *testing.T) {
	h := newHospital(t)
	id := h.open()
	h.must(h.say(id, people.HeadOfDepartment, KindGranted, granted))
	h.must(h.say(id, people.HeadOfDepartment, KindRevoked, Revoked{"The committee has withdrawn it."}))
	if _, err := h.named(granted.Ethics, start); !errors.Is(err, ErrNone) {
		t.Error("it opens rows still:", err)
	}
	if err := h.say(id, people.HeadOfDepartment, KindGranted, granted); err == nil {
		t.Error("it is granted again in its own thread")
	}
}

func TestWhoGrantsAndWhatIsNoWaiver(t *testing.T) {
	h := newHospital(t)
	id := h.open()
	if err := h.say(id, people.Researcher, KindGranted, granted); err == nil {
		t.Error("a researcher grants a waiver")
	}
	for name, change := range map[string]func(*Granted){
		"no number": func(g *Granted) { g.Ethics = "" }, "no purpose": func(g *Granted) { g.Purpose = "" }, "no pathway": func(g *Granted) { g.Pathway = "" },
		"no end": func(g *Granted) { g.Until = "" }, "a month for a day": func(g *Granted) { g.Until = "2027-03" }} {
		g := granted
		change(&g)
		if err := h.say(id, people.HeadOfDepartment, KindGranted, g); err == nil {
			t.Errorf("%s: it is granted", name)
		}
	}
	h.must(h.say(id, people.HeadOfDepartment, KindGranted, granted))
	longer := granted
	longer.Until = "2037-03-31"
	if err := h.say(id, people.HeadOfDepartment, KindGranted, longer); err == nil {
		t.Error("a second grant makes the first one longer")
	}
}
