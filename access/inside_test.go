package access

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"slices"
	"testing"
	"time"

	"consilium/jobs"
	"consilium/ledger"
	"consilium/people"
	"consilium/store"
	"consilium/store/storetest"
)

// realDB is a store as rooms see it, both databases in turn.
type realDB struct{ *store.Store }

func (d realDB) View(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	return d.Store.View(ctx, func(ctx context.Context, tx *sql.Tx) error { return fn(ctx, tx) })
}

func (d realDB) Update(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	return d.Store.Update(ctx, func(ctx context.Context, tx *sql.Tx) error { return fn(ctx, tx) })
}

func (d realDB) OnCommit(ctx context.Context, fn func()) { store.OnCommit(ctx, fn) }

// TestEntryAndJobStandOrFallTogether says an entry, writes a row and asks for a job in one transaction, which then fails or does not.
func TestEntryAndJobStandOrFallTogether(t *testing.T) {
	storetest.Each(t, []fs.FS{ledger.Migrations, people.Migrations, Migrations}, func(t *testing.T, s *store.Store) {
		db := realDB{s}
		var told []ledger.ThreadID
		d := &Door{Threads: governed, DB: db, Book: ledger.NewBook(testKinds(), newSigner(t), s.DDL), Now: func() time.Time { return start },
			Changed: func(id ledger.ThreadID) { told = append(told, id) }}
		li := person("li", people.Surgeon)
		boom := errors.New("the power fails here")
		say := func(end error) (thread ledger.ThreadID, job int64) {
			err := db.Update(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
				if thread, err = d.In(tx).Open(ctx, li, "case", []ledger.Draft{{Kind: "case.finding", Says: finding{"a"}}}); err != nil {
					return err
				}
				if job, err = s.Enqueue(ctx, tx, "mesh", struct{}{}); err != nil {
					return err
				}
				if _, err := d.In(tx).Say(ctx, li, ledger.Draft{Thread: thread, Kind: "case.finding", Says: finding{"b"}}); err != nil {
					return err
				}
				return errors.Join(end, store.SetMeta(ctx, tx, "patient", "Wang"))
			})
			if !errors.Is(err, end) {
				t.Fatal(err)
			}
			return thread, job
		}
		look := func(thread ledger.ThreadID, job int64) (entries int, patient string, found error) {
			err := db.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
				l, _ := d.Book.Log(ctx, tx, thread)
				_, found = jobs.Read(ctx, tx, job)
				entries = len(l.Said)
				patient, err = store.Meta(ctx, tx, "patient")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return entries, patient, found
		}
		thread, job := say(boom)
		if entries, patient, found := look(thread, job); entries != 0 || patient != "" || !errors.Is(found, jobs.ErrNotFound) || told != nil {
			t.Errorf("after a failure: %d entries, patient %q, job %v, told %v", entries, patient, found, told)
		}
		thread, job = say(nil)
		if entries, patient, found := look(thread, job); entries != 3 || patient != "Wang" || found != nil || !slices.Equal(told, []ledger.ThreadID{thread, thread}) {
			t.Errorf("after a commit: %d entries, patient %q, job %v, told %v", entries, patient, found, told)
		}
	})
}

// TestTheProgramGoesThroughTheDoor: the policy lets it open and say in roles that it was lent, and answer erasures; it never signs, governs or corrects; and the
// hospital's own rules hold for it.
func TestTheProgramGoesThroughTheDoor(t *testing.T) {
	h := newHospital(t)
	d := doorOf(h, nil)
	d.Rules = map[string]Rule{"case.finding": func(_ context.Context, _ ledger.Tx, draft ledger.Draft) error {
		if v, _ := ledger.Decode[finding](draft.Raw()); v.Text == "by a stranger" {
			return errors.New("no privilege")
		}
		return nil
	}}
	program := Who{Person: "admin", Name: "Admin", Roles: []people.Role{people.Coordinator}, System: true}
	as := ledger.Author{Role: string(people.Coordinator)}
	thread, err := d.Open(ctx, program, "case", []ledger.Draft{{Kind: "case.finding", Says: finding{"from before"}, Author: as}})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range h.log(thread).Said {
		if s.Content.Author != (ledger.Author{Name: "Admin", Role: "coordinator"}) {
			t.Errorf("%s is by %+v", s.Kind, s.Content.Author)
		}
	}
	corrected, err := ledger.Encode(finding{"by a stranger"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Say(ctx, Who{Person: "lin", Name: "Lin", Roles: []people.Role{people.HeadOfDepartment}}, ledger.Draft{Thread: thread, Kind: ledger.KindAmend,
		Refs: []ledger.Hash{h.log(thread).Said[1].Hash}, Says: ledger.Amendment{Says: corrected, Why: "x"}})
	if !errors.Is(err, ledger.ErrNotSayable) {
		t.Errorf("a correction went round the hospital's rule: %v", err)
	}
	opening := h.log(thread).Said[0].Hash
	erasure := h.say(thread, ledger.KindErased, ledger.Erasure{Reason: "law"}, h.log(thread).Said[1].Hash).Hash
	for _, try := range []struct {
		kind string
		says any
		role string
		want error
	}{
		{"case.finding", finding{"more"}, "coordinator", nil},
		{"case.finding", finding{"by a stranger"}, "coordinator", ledger.ErrNotSayable},
		{"case.finding", finding{"more"}, "surgeon", ErrDenied}, // was not lent
		{"case.plan-signed", finding{"a"}, "coordinator", ErrDenied},
		{ledger.KindErased, ledger.Erasure{Reason: "law"}, "", ErrDenied},
		{ledger.KindRetract, ledger.Retraction{Why: "x"}, "coordinator", ErrDenied},
		{ledger.KindErasureAnswered, ledger.ErasureAnswer{Answer: "destroyed"}, "", nil},
	} {
		_, err := d.Say(ctx, program, ledger.Draft{Thread: thread, Kind: try.kind, Says: try.says, Author: ledger.Author{Role: try.role}, Refs: []ledger.Hash{map[bool]ledger.Hash{true: erasure, false: opening}[try.kind == ledger.KindErasureAnswered]}})
		if !errors.Is(err, try.want) {
			t.Errorf("%s %+v as %q: %v", try.kind, try.says, try.role, err)
		}
	}
	if _, err := d.Open(ctx, program, "case", []ledger.Draft{{Kind: ledger.KindInvited, Says: ledger.Invitation{}}}); !errors.Is(err, ErrDenied) {
		t.Errorf("it governs a case of its own: %v", err)
	}
}
