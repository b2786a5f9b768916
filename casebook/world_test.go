package casebook

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"consilium/access"
	"consilium/ledger"
	"consilium/people"
	"consilium/record"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("", 8*3600))

func openDB(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "test.db")+"?_pragma=synchronous(off)&_pragma=journal_mode(memory)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	for _, migrations := range []embed.FS{ledger.Migrations, access.Migrations, Migrations} {
		files, _ := migrations.ReadDir("migration")
		for _, f := range files {
			text, _ := migrations.ReadFile("migration/" + f.Name())
			if _, err := db.Exec(string(text)); err != nil {
				t.Fatalf("%s: %v", f.Name(), err)
			}
		}
	}
	return db
}

// node is one hospital's ledger.
type node struct {
	t     testing.TB
	db    *sql.DB
	book  *ledger.Book
	id    ledger.HospitalID
	clock *time.Time
	doc   ledger.PersonID

	issuer ledger.Issuer
}

func newNode(t testing.TB, clock *time.Time, kinds []ledger.Kind) *node {
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
	n := &node{t: t, db: openDB(t), id: root.Hospital(), clock: clock, doc: ledger.NewPersonID(), issuer: issuer}
	n.book = ledger.NewBook(ledger.NewKinds(kinds), signer, nil, Projection())
	if err := n.book.Prepare(t.Context(), n.db, nil); err != nil {
		t.Fatal(err)
	}
	return n
}

// say appends a draft; a minute passes.
func (n *node) say(d ledger.Draft) (ledger.Hash, error) {
	*n.clock = n.clock.Add(time.Minute)
	if d.Person == "" {
		d.Person = n.doc
	}
	if d.Author.Name == "" {
		d.Author = ledger.Author{Name: "Dr. " + string(n.doc[:4]), Role: string(people.HeadOfDepartment)}
	}
	var h ledger.Hash
	err := n.update(func(ctx context.Context, tx ledger.Tx) error {
		e, err := n.book.Append(ctx, tx, d, *n.clock)
		if err == nil {
			h = e.Hash
		}
		return err
	})
	return h, err
}

func (n *node) update(fn func(context.Context, ledger.Tx) error) error {
	tx, err := n.db.BeginTx(n.t.Context(), nil)
	if err != nil {
		return err
	}
	if err := fn(n.t.Context(), tx); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

func (n *node) must(d ledger.Draft) ledger.Hash {
	n.t.Helper()
	h, err := n.say(d)
	if err != nil {
		n.t.Fatalf("%s: %v", d.Kind, err)
	}
	return h
}

// stopped wants the draft to be stopped with a mark.
func (n *node) stopped(d ledger.Draft, code string) {
	n.t.Helper()
	_, err := n.say(d)
	var s *record.Stopped
	if !errors.As(err, &s) || !slices.ContainsFunc(s.Marks, func(m record.Mark) bool { return m.Code == code }) {
		n.t.Errorf("%s: got %v, want it stopped as %q", d.Kind, err, code)
	}
}

func (n *node) log(id ledger.ThreadID) ledger.Log {
	n.t.Helper()
	l, err := n.book.Log(n.t.Context(), n.db, id)
	if err != nil {
		n.t.Fatal(err)
	}
	return l
}

func (n *node) fold(id ledger.ThreadID) Case { n.t.Helper(); return Fold(n.log(id)) }

// give sends everything of a thread to another node.
func (n *node) give(to *node, id ledger.ThreadID) {
	n.t.Helper()
	var entries []*ledger.Entry
	for _, s := range n.log(id).Said {
		entries = append(entries, s.Entry)
	}
	err := to.update(func(ctx context.Context, tx ledger.Tx) error {
		r, err := to.book.Receive(ctx, tx, n.id, id, entries, *to.clock)
		if err == nil && len(r.Refused) > 0 {
			n.t.Errorf("refused: %s", r.Refused[0].Reason)
		}
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
}

// sync gives both ways.
func (n *node) sync(m *node, id ledger.ThreadID) { n.t.Helper(); n.give(m, id); m.give(n, id) }

// world is two hospitals and a case that both take part in.
type world struct {
	home, far *node
	id        ledger.ThreadID
	clock     time.Time
}

func newWorld(t testing.TB) *world { t.Helper(); return newWorldWith(t, Talk(nil).Spoken()) }

// lawless are the kinds of a program that checks no rule: its entries are what a reader has to mark.
func lawless() []ledger.Kind {
	list := Talk(nil).Spoken()
	for i := range list {
		list[i].Check = nil
	}
	return list
}

func newWorldWith(t testing.TB, kinds []ledger.Kind) *world {
	t.Helper()
	w := &world{clock: start}
	w.home, w.far = newNode(t, &w.clock, kinds), newNode(t, &w.clock, kinds)
	w.open(Opened{Pathway: "hfs-mvd", Title: "Hemifacial spasm, vertebral artery", Urgency: "routine", Side: "left"})
	return w
}

// open begins the world's case and brings the far hospital in.
func (w *world) open(o Opened) {
	w.home.t.Helper()
	err := w.home.update(func(ctx context.Context, tx ledger.Tx) (err error) {
		by := ledger.Draft{Person: w.home.doc, Author: ledger.Author{Name: "Dr. Home", Role: string(people.Surgeon)}}
		w.id, err = openCase(ctx, tx, w.home.book, by, o, w.clock)
		return err
	})
	if err != nil {
		w.home.t.Fatal(err)
	}
	w.home.must(w.draft(ledger.KindInvited, ledger.Invitation{Hospital: w.far.id}))
	w.home.give(w.far, w.id)
	w.far.must(w.draft(ledger.KindJoined, ledger.None{}))
	w.far.give(w.home, w.id)
}

func (w *world) draft(kind string, says any, refs ...ledger.Hash) ledger.Draft {
	return ledger.Draft{Thread: w.id, Kind: kind, Says: says, Refs: refs}
}

func (w *world) sync() { w.home.t.Helper(); w.home.sync(w.far, w.id) }

// Bodies that are in form.

func (w *world) referred() Referred {
	return Referred{To: w.far.id, Question: "Can this be decompressed endoscopically?", Urgency: "routine", NeededBy: "2026-03-20"}
}

func (w *world) accepted() Accepted {
	return Accepted{Person: w.far.doc, Name: "Dr. Far", By: "2026-03-10"}
}

func (w *world) opinion(round int64) Opinion {
	return Opinion{Round: round, Text: "Yes, by transposition.", Recommendations: []Recommendation{
		{ID: "r1", Text: "Repeat the thin-slice MRI", Owner: Owner{Hospital: w.home.id}, Due: "2026-03-12"}}}
}

func (w *world) plan(version int64) Plan {
	return Plan{Version: version, Title: "Endoscopic decompression", Guidance: "expert_assists", Signers: []ledger.HospitalID{w.home.id, w.far.id},
		Operator: Owner{Hospital: w.home.id, Person: w.home.doc, Name: "Dr. Home"}, Steps: []PlannedStep{{Step: "open"}, {Step: "decompress", Text: "sling"}}}
}

func (w *world) operation() Operation {
	return Operation{Date: "2026-04-01", Procedure: "mvd", Guidance: "expert_assists", FollowUps: []DueFollowUp{
		{ID: "d30", Due: "2026-05-01"}, {ID: "m12", Due: "2027-04-01"}}}
}

// signedPlan plays the case up to a plan that both have signed.
func (w *world) signedPlan() (plan ledger.Hash) {
	w.home.t.Helper()
	ref := w.home.must(w.draft(KindReferred, w.referred()))
	w.sync()
	w.far.must(w.draft(KindAccepted, w.accepted(), ref))
	opinion := w.far.must(w.draft(KindOpinion, w.opinion(1), ref))
	w.sync()
	w.home.must(w.draft(KindAdvice, Advice{Recommendation: "r1", Status: "done"}, opinion))
	plan = w.home.must(w.draft(KindPlan, w.plan(1)))
	w.home.must(w.draft(KindPlanSigned, PlanSigned{Meaning: "approve"}, plan))
	w.sync()
	w.far.must(w.draft(KindPlanSigned, PlanSigned{Meaning: "approve"}, plan))
	w.sync()
	return plan
}

// openCase begins a thread for a case and opens the case in it.
func openCase(ctx context.Context, tx ledger.Tx, book *ledger.Book, by ledger.Draft, says Opened, now time.Time) (ledger.ThreadID, error) {
	opened := by
	opened.Kind, opened.Says = KindOpened, says
	e, err := book.Open(ctx, tx, Thread, ledger.Draft{Person: by.Person, Author: by.Author}, now, opened)
	if err != nil {
		return ledger.ThreadID{}, err
	}
	return e.Thread, nil
}
