package access

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"consilium/ledger"
	"consilium/ledger/ledgertest"
	"consilium/people"
	"consilium/record"
)

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.FixedZone("", 8*3600))

func openDB(t testing.TB) *ledgertest.DB { return ledgertest.Open(t, people.Migrations, Migrations) }

// hospital is one node's ledger.
type hospital struct {
	t     testing.TB
	db    *ledgertest.DB
	book  *ledger.Book
	id    ledger.HospitalID
	clock time.Time
}

// finding and plan stand for what casebook declares.
type finding struct {
	Text string `json:"text"`
}

func testKinds() *ledger.Kinds {
	return ledger.NewKinds(consents.Talk(nil).Spoken(), []ledger.Kind{
		ledger.Declare[finding](ledger.Kind{Name: "case.finding", Threads: []string{"case"}, Roles: []string{"surgeon", "referring_doctor", "trainee", "coordinator"}}),
		ledger.Declare[finding](ledger.Kind{Name: "note"}),
		ledger.Declare[finding](ledger.Kind{Name: "case.plan-signed", Act: "sign", Threads: []string{"case"}, Roles: []string{"surgeon"}}),
	})
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
	return &hospital{t: t, db: openDB(t), book: ledger.NewBook(testKinds(), s, nil), id: s.Hospital(), clock: start}
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
	return ledger.Draft{Thread: thread, Kind: kind, Person: "p1", Author: ledger.Author{Name: "Dr. Test", Role: "surgeon"}, Says: says}
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

func (h *hospital) attach(thread ledger.ThreadID, blobs ...ledger.BlobRef) *ledger.Entry {
	h.t.Helper()
	d := h.draft(thread, "case.finding", finding{"with files"})
	d.Blobs = blobs
	e, err := h.trySay(d)
	if err != nil {
		h.t.Fatal(err)
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

func both(a, b *hospital, thread ledger.ThreadID) {
	a.t.Helper()
	a.sends(b, thread)
	b.sends(a, thread)
}

func grants(scopes string, to ...ledger.HospitalID) ConsentGiven {
	c := ConsentGiven{Scopes: map[Scope]Answer{}, Hospitals: to, How: Written, Date: "2026-11-21", Text: "2026-1"}
	for _, s := range strings.Fields(scopes) {
		if rest, no := strings.CutPrefix(s, "-"); no {
			c.Scopes[Scope(rest)] = Refused
		} else {
			c.Scopes[Scope(s)] = Granted
		}
	}
	return c
}

func withdraws(scopes ...Scope) ConsentWithdrawn {
	return ConsentWithdrawn{Scopes: scopes, Date: "2026-11-22"}
}

// consents is the thread of a case in which nothing but consent is said.
var consents = &record.Thread[reading]{Kind: "case", Phrases: "case", Kinds: ConsentKinds[reading](), Begin: func(r *record.Reading) reading { return reading{r} }}

type reading struct{ *record.Reading }
