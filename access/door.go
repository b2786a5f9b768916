package access

import (
	"context"
	"slices"
	"time"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/record"
)

// Rule stops a writer for a reason that only the tables of this hospital know, such as a visitor's privileges. At other hospitals nothing is asked.
type Rule func(ctx context.Context, tx ledger.Tx, draft ledger.Draft) error

// Prepare makes the files of a draft fit to be attached, or refuses them. It may take long, and it writes nothing but files.
type Prepare func(ctx context.Context, draft ledger.Draft) (ledger.Draft, error)

// PackFile keeps the file of a pack and tells how it is attached: not found where this hospital does not have the pack.
type PackFile func(context.Context, ledger.PackRef) (ledger.BlobRef, bool, error)

// Door is the one way in: for people (pages, the API and commands speak and read through it), for imports, and for what the program says by itself. Each of its
// calls is a transaction of its own; [Door.In] gives the same calls inside of one that the caller began, so that what is said, what else is written down and
// the job that it asks for stand or fall together.
type Door struct {
	DB         ledger.DB
	Book       *ledger.Book
	Now        func() time.Time
	Threads    Threads                  // how each kind of thread is governed
	Relations  map[string]record.Relate // how people stand to the threads of a kind ([Relations])
	Rules      map[string]Rule          // by kind of entry
	Changed    func(ledger.ThreadID)    // called after a commit that added entries; may be nil
	Broken     func(Glass)              // called after somebody broke the glass: tell who answers for it; may be nil
	Files      Prepare                  // of what is said; nil: files go in as they are
	PackFile   PackFile                 // gives packs that threads do not have yet; nil: none
	Late       Late                     // where readings wait while the database cannot be written; nil: nobody reads then
	GlassStays time.Duration            // how long emergency access lasts; zero: GlassStaysOpen
}

// Say is [Inside.Say] in a transaction of its own: all or nothing. Files are prepared before it begins, so that nobody waits for them.
func (d *Door) Say(ctx context.Context, who Who, drafts ...ledger.Draft) (*ledger.Entry, error) {
	return d.SayAnd(ctx, who, func(context.Context, ledger.Tx, *ledger.Entry) error { return nil }, drafts...)
}

// SayAnd is [Door.Say] with what else is written down once the last entry is, in the same transaction.
func (d *Door) SayAnd(ctx context.Context, who Who, and func(context.Context, ledger.Tx, *ledger.Entry) error, drafts ...ledger.Draft) (*ledger.Entry, error) {
	drafts = slices.Clone(drafts)
	for i := range drafts {
		var err error
		if drafts[i], err = d.prepare(ctx, drafts[i]); err != nil {
			return nil, err
		}
	}
	var entry *ledger.Entry
	err := d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		if entry, err = (Inside{door: d, tx: tx, prepared: true}).Say(ctx, who, drafts...); err != nil {
			return err
		}
		return and(ctx, tx, entry)
	})
	if err != nil {
		return nil, err
	}
	return entry, nil
}

func (d *Door) prepare(ctx context.Context, draft ledger.Draft) (ledger.Draft, error) {
	if d.Files == nil || len(draft.Blobs) == 0 {
		return draft, nil
	}
	return d.Files(ctx, draft)
}

// Open is [Inside.Open] in a transaction of its own: all or nothing.
func (d *Door) Open(ctx context.Context, who Who, threadKind string, first []ledger.Draft) (ledger.ThreadID, error) {
	var id ledger.ThreadID
	err := d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		id, err = d.In(tx).Open(ctx, who, threadKind, first)
		return err
	})
	if err != nil {
		return ledger.ThreadID{}, err
	}
	return id, nil
}

// Read gives a thread to a person who may see it, and records that. A no is recorded too.
func (d *Door) Read(ctx context.Context, who Who, thread ledger.ThreadID) (ledger.Log, error) {
	return d.read(ctx, who, See, thread)
}

// Export gives a thread to a person who may take it out of the program, and records that.
func (d *Door) Export(ctx context.Context, who Who, thread ledger.ThreadID) (ledger.Log, error) {
	return d.read(ctx, who, Export, thread)
}

func (d *Door) read(ctx context.Context, who Who, action Action, thread ledger.ThreadID) (l ledger.Log, err error) {
	var refused error
	err = d.Reading(ctx, func(ctx context.Context, _ ledger.Tx, in Inside) error {
		var decision Decision
		if decision, l, err = in.Decide(ctx, who, action, thread); err != nil {
			return err
		}
		if refused = nil; !decision.Allowed {
			refused = &Denial{action, decision.Reason}
		}
		return nil
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return ledger.Log{}, err
	}
	return l, nil
}

// Listing says how much of one kind of thread a person's lists hold.
type Listing struct {
	All         bool     // every one at this hospital
	Related     bool     // those that the person has a part in
	Specialties []string // and open referrals to these sub-specialties
}

// MayList tells what a person's lists of a kind of thread may hold. All false: nothing.
func (d *Door) MayList(who Who, threadKind string) Listing {
	what := What{Of: d.Threads[threadKind]}
	l := Listing{All: May(who, ListAll, what).Allowed, Related: May(who, List, what).Allowed}
	what.Relations = []string{"specialty"}
	if May(who, See, what).Allowed {
		l.Specialties = who.SubSpecialties
	}
	return l
}

// actionOf tells what saying an entry of a kind amounts to, as its declaration says; a kind that nobody declared is stopped later, whatever it is. That the
// program answers an erasure decides nothing: it tells what it has done. A person who answers that something is kept decides it.
func (d *Door) actionOf(who Who, kind string) Action {
	if who.System && kind == ledger.KindErasureAnswered {
		return Say
	}
	if k, _ := d.Book.Kinds.Get(kind); k.Act != "" {
		return Action(k.Act)
	}
	return Say
}

// by fills in who speaks.
func (d *Door) by(who Who, draft ledger.Draft) (ledger.Draft, error) {
	role, err := d.role(who, draft)
	if err != nil {
		return draft, err
	}
	draft.Person, draft.Author = who.Person, ledger.Author{Name: who.Name, Role: role}
	return draft, nil
}

// rolesToSpeak is the order in which the door chooses a role for who did not choose: the one that says most about who speaks.
var rolesToSpeak = []people.Role{people.Surgeon, people.HeadOfDepartment, people.ReferringDoctor, people.Coordinator, people.Trainee, people.Researcher, people.DataProtectionOfficer, people.Administrator}

// role is in which of their roles somebody speaks. The program speaks as itself, unless somebody's role was lent to it: an import speaks in that of who
// ordered it.
func (d *Door) role(who Who, draft ledger.Draft) (string, error) {
	chosen := draft.Author.Role
	if who.System && chosen == "" {
		return string(people.System), nil
	}
	if chosen != "" {
		if !slices.Contains(who.Roles, people.Role(chosen)) {
			return "", &Denial{d.actionOf(who, draft.Kind), lang.Phrase("access.denied.role", nil)}
		}
		return chosen, nil
	}
	kind, _ := d.Book.Kinds.Get(draft.Kind)
	for _, r := range rolesToSpeak {
		if slices.Contains(who.Roles, r) && (kind.Roles == nil || slices.Contains(kind.Roles, string(r))) {
			return string(r), nil
		}
	}
	return "", &Denial{d.actionOf(who, draft.Kind), lang.Phrase("access.denied.role", nil)}
}
