package study

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"consilium/ledger"
	"consilium/ledger/ledgertest"
	"consilium/record"
	"consilium/study/disclosure"
	"consilium/study/mask"
	"consilium/study/protocol"
	"consilium/study/rows"
	"consilium/study/run"
)

// hospital is one node's ledger, its rows, and its key of the run.
type hospital struct {
	t    testing.TB
	name string
	id   ledger.HospitalID
	db   *ledgertest.DB
	book *ledger.Book
	key  *ecdh.PrivateKey
	part *disclosure.Part
}

// world is a study between hospitals, each with the rows of one center of a reference protocol.
type world struct {
	t      *testing.T
	thread ledger.ThreadID
	source []byte
	p      *protocol.Protocol
	list   []*hospital
	said   ledger.Hash // the protocol's entry
	run    ledger.Hash
}

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.FixedZone("", 8*3600))

func newHospital(t testing.TB, name string) *hospital {
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
	return &hospital{t: t, name: name, id: signer.Hospital(), db: ledgertest.Open(t), book: ledger.NewBook(ledger.NewKinds(Kinds()), signer, nil)}
}

// newWorld opens a study of a reference protocol in which every hospital has approved.
func newWorld(t *testing.T, name string) *world {
	w := &world{t: t}
	var err error
	if w.source, err = os.ReadFile("testdata/protocols/" + name + ".yaml"); err != nil {
		t.Fatal(err)
	}
	if w.p, err = protocol.Parse(w.source, name); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open("testdata/rows/" + name + ".csv")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	f, err := rows.Read(in, rows.Reading{Words: []string{"center"}})
	if err != nil {
		t.Fatal(err)
	}
	table, err := rows.NewTable(w.p, f, "", "center")
	if err != nil {
		t.Fatal(err)
	}
	centers, tables := table.ByCenter()
	for i, center := range centers {
		h := newHospital(t, center)
		if h.part, err = disclosure.NewPart(t.Context(), w.p, tables[i], disclosure.Of(w.p), nil); err != nil {
			t.Fatal(err)
		}
		w.list = append(w.list, h)
	}
	w.begin()
	return w
}

func (w *world) begin() {
	first := w.list[0]
	first.update(func(ctx context.Context, tx ledger.Tx) error {
		e, err := first.book.Open(ctx, tx, "study", draft("researcher", "", nil), start)
		w.thread = e.Thread
		return err
	})
	for _, h := range w.list[1:] {
		w.say(first, "head_of_department", ledger.KindInvited, ledger.Invitation{Hospital: h.id})
	}
	w.said = w.say(first, "researcher", KindProtocol, Protocol{Version: 1, Source: string(w.source)})
	for _, h := range w.list {
		w.approve(h, false)
	}
}

func (w *world) approve(h *hospital, alone bool) {
	w.say(h, "head_of_department", KindApproved, Approved{Protocol: w.p.Hash, Ethics: "waived, 2026-17", Alone: alone}, w.said)
}

// start begins a run with hospitals and lets them join.
func (w *world) start(list ...*hospital) {
	w.run = w.say(w.list[0], "researcher", KindRun, Begun{Hospitals: ids(list)}, w.said)
	for _, h := range list {
		w.join(h)
	}
}

func ids(list []*hospital) (ids []ledger.HospitalID) {
	for _, h := range list {
		ids = append(ids, h.id)
	}
	return ids
}

func (w *world) join(h *hospital) {
	var err error
	if h.key, err = mask.NewKey(rand.Reader); err != nil {
		w.t.Fatal(err)
	}
	w.say(h, "system", KindJoined, Joined{Key: h.key.PublicKey().Bytes(), Freeze: ledger.SumBlob([]byte(h.name)), Takes: h.part.Takes, Masks: mask.Version, Rules: run.Rules}, w.run)
}

// contribution is what a hospital would say in the round under way.
func (w *world) contribution(h *hospital) Contribution {
	w.t.Helper()
	c, _, err := w.at(h).Last().Contribute(h.id, h.key, h.part)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) at(h *hospital) *Study { return Fold(h.log(w.thread)) }

func draft(role, kind string, says any, refs ...ledger.Hash) ledger.Draft {
	return ledger.Draft{Kind: kind, Person: "p1", Author: ledger.Author{Name: "Dr. Test", Role: role}, Says: says, Refs: refs}
}

// try says something at one hospital and sends it to all others.
func (w *world) try(h *hospital, role, kind string, says any, refs ...ledger.Hash) (said ledger.Hash, err error) {
	d := draft(role, kind, says, refs...)
	d.Thread = w.thread
	err = h.db.Update(context.Background(), func(ctx context.Context, tx ledger.Tx) error {
		e, err := h.book.Append(ctx, tx, d, start)
		if err == nil {
			said = e.Hash
		}
		return err
	})
	if err == nil {
		w.send(h)
	}
	return said, err
}

func (w *world) say(h *hospital, role, kind string, says any, refs ...ledger.Hash) ledger.Hash {
	w.t.Helper()
	said, err := w.try(h, role, kind, says, refs...)
	if err != nil {
		w.t.Fatalf("%s at %s: %v", kind, h.name, err)
	}
	return said
}

func (w *world) send(h *hospital) {
	w.t.Helper()
	var wires []ledger.Wire
	for _, s := range h.log(w.thread).Said {
		wires = append(wires, s.Wire)
	}
	entries, faults := ledger.ReadWires(wires)
	if err := errors.Join(faults...); err != nil {
		w.t.Fatal(err)
	}
	for _, other := range w.list {
		if other == h {
			continue
		}
		other.update(func(ctx context.Context, tx ledger.Tx) error {
			_, err := other.book.Receive(ctx, tx, h.id, w.thread, entries, start)
			return err
		})
	}
}

// stopped wants an entry to be refused for a mark.
func (w *world) stopped(mark string, h *hospital, role, kind string, says any, refs ...ledger.Hash) {
	w.t.Helper()
	_, err := w.try(h, role, kind, says, refs...)
	var s *record.Stopped
	if !errors.As(err, &s) || !slices.ContainsFunc(s.Marks, func(m record.Mark) bool { return m.Code == mark }) {
		w.t.Errorf("%s at %s: not stopped by %s, but %v", kind, h.name, mark, err)
		return
	}
	for _, m := range s.Marks {
		if m.Text.En == "" || m.Text.Zh == "" || strings.HasPrefix(m.Text.En, "study.") {
			w.t.Errorf("the mark %s has no words: %v", m.Code, m.Text)
		}
	}
}

func (h *hospital) update(fn func(context.Context, ledger.Tx) error) {
	h.t.Helper()
	if err := h.db.Update(context.Background(), fn); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hospital) log(thread ledger.ThreadID) (l ledger.Log) {
	h.t.Helper()
	h.update(func(ctx context.Context, tx ledger.Tx) (err error) {
		l, err = h.book.Log(ctx, tx, thread)
		return err
	})
	return l
}
