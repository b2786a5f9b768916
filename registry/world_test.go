package registry

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/ledger/ledgertest"
	"consilium/pathway"
	"consilium/people"
)

var start = time.Date(2025, 3, 3, 9, 0, 0, 0, time.FixedZone("", 8*3600))

// hospital is one node's ledger with its registry.
type hospital struct {
	t     testing.TB
	db    *ledgertest.DB
	book  *ledger.Book
	id    ledger.HospitalID
	clock time.Time
	reg   *Registry
	who   ledger.PersonID // who says things
}

func packs(id, version string) *pathway.Pack {
	p := pathway.Find(id)
	if p == nil || version != "" && p.Version != version {
		return nil
	}
	return p
}

func newHospital(t testing.TB) *hospital {
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
	h := &hospital{t: t, db: ledgertest.Open(t, casebook.Migrations, Migrations), id: signer.Hospital(), clock: start, who: "p1"}
	h.reg = &Registry{Me: h.id, Packs: packs, Secret: []byte("secret of the test"), Now: func() time.Time { return h.clock }}
	h.book = ledger.NewBook(ledger.NewKinds(casebook.Talk(nil).Spoken()), signer, nil, casebook.Projection(), Projection(h.id, packs, ""))
	h.update(func(ctx context.Context, tx ledger.Tx) error { return h.book.Prepare(ctx, tx, nil) })
	return h
}

func (h *hospital) update(fn func(context.Context, ledger.Tx) error) {
	h.t.Helper()
	if err := h.db.Update(context.Background(), fn); err != nil {
		h.t.Fatal(err)
	}
}

// open opens a case of a pathway with its first entry.
func (h *hospital) open(o casebook.Opened) (id ledger.ThreadID) {
	h.t.Helper()
	h.update(func(ctx context.Context, tx ledger.Tx) error {
		by := ledger.Draft{Person: "p1", Author: ledger.Author{Name: "Dr. Lin", Role: string(people.HeadOfDepartment)}}
		e, err := h.book.Open(ctx, tx, "case", by, h.now())
		if err == nil {
			id = e.Thread
		}
		return err
	})
	h.say(id, casebook.KindOpened, o)
	return id
}

func (h *hospital) now() time.Time {
	h.clock = h.clock.Add(time.Minute)
	return h.clock
}

func (h *hospital) say(thread ledger.ThreadID, kind string, says any, refs ...ledger.Hash) (said ledger.Hash) {
	h.t.Helper()
	p := packs("hfs-mvd", "")
	h.update(func(ctx context.Context, tx ledger.Tx) error {
		d := ledger.Draft{Thread: thread, Kind: kind, Person: h.who, Author: ledger.Author{Name: "Dr. Lin", Role: string(people.HeadOfDepartment)}, Says: says, Refs: refs,
			Pack: &ledger.PackRef{ID: p.ID, Version: p.Version, Hash: p.Hash()}}
		e, err := h.book.Append(ctx, tx, d, h.now())
		if err == nil {
			said = e.Hash
		}
		return err
	})
	return said
}

// read gives the rows of a query as maps.
func (h *hospital) read(q Query) (list []map[string]Cell) {
	h.t.Helper()
	h.update(func(ctx context.Context, tx ledger.Tx) error {
		return h.reg.Each(ctx, tx, q, func(f *Frame, row []Cell) error {
			m := map[string]Cell{}
			for i, c := range f.Columns {
				m[c.Name] = row[i]
			}
			list = append(list, m)
			return nil
		})
	})
	return list
}
