package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
)

// Relate tells how a person of this hospital stands to a thread ([Relations]). The room that folds a kind of thread supplies it.
type Relate func(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, person ledger.PersonID) ([]string, error)

// Rule stops a writer for a reason that only the tables of this hospital know, such as a visitor's privileges. At other hospitals nothing is asked.
type Rule func(ctx context.Context, tx ledger.Tx, draft ledger.Draft) error

// Door is the one way in for people: pages, the API and commands speak and read through it.
type Door struct {
	DB         ledger.DB
	Book       *ledger.Book
	Now        func() time.Time
	Relations  map[string]Relate     // by kind of thread
	Rules      map[string]Rule       // by kind of entry
	Changed    func(ledger.ThreadID) // called after a commit that added entries; may be nil
	Broken     func(Glass)           // called after somebody broke the glass: tell who answers for it; may be nil
	GlassStays time.Duration         // how long emergency access lasts; zero: GlassStaysOpen
}

// Say appends entries in the name of a person, all or nothing, and gives the last. Name and role are filled in from who: a role in a draft has to be
// one of theirs, none lets the door choose one that the kind is for. The error is a [*Denial] where access stops it, or what [ledger.Book.Append] says.
func (d *Door) Say(ctx context.Context, who Who, drafts ...ledger.Draft) (*ledger.Entry, error) {
	var entry *ledger.Entry
	err := d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		for _, draft := range drafts {
			if entry, err = d.say(ctx, tx, who, draft); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return entry, nil
}

func (d *Door) say(ctx context.Context, tx ledger.Tx, who Who, draft ledger.Draft) (*ledger.Entry, error) {
	l, err := d.Book.Log(ctx, tx, draft.Thread)
	if err != nil {
		return nil, err
	}
	relations, err := d.relations(ctx, tx, who, l)
	if err != nil {
		return nil, err
	}
	if d.ownEntry(l, who, draft) {
		relations = append(relations, relationOwnEntry)
	}
	if err := Need(who, ActionOf(draft.Kind), What{l.Kind, l.Thread, relations}); err != nil {
		return nil, err
	}
	entry, err := d.append(ctx, tx, who, draft)
	if err == nil {
		d.changed(ctx, draft.Thread)
	}
	return entry, err
}

// Open opens a thread and says the first things in it, all or nothing.
func (d *Door) Open(ctx context.Context, who Who, threadKind string, first []ledger.Draft) (ledger.ThreadID, error) {
	var id ledger.ThreadID
	if threadKind == "" {
		return id, &Denial{Open, denials[Open]}
	}
	if err := Need(who, Open, What{Kind: threadKind}); err != nil {
		return id, err
	}
	err := d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		opening, err := d.by(who, ledger.Draft{Kind: ledger.KindOpened})
		if err != nil {
			return err
		}
		e, err := d.Book.Open(ctx, tx, threadKind, opening, d.Now())
		if err != nil {
			return err
		}
		id = e.Thread
		for i, draft := range first {
			draft.Thread = id
			if ActionOf(draft.Kind) == Sign {
				if err := Need(who, Sign, What{threadKind, id, []string{relationAuthor}}); err != nil {
					return err
				}
			}
			if _, err := d.append(ctx, tx, who, draft); err != nil {
				return fmt.Errorf("entry %d of the new thread: %w", i+1, err)
			}
		}
		d.changed(ctx, id)
		return nil
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
	err = d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		var decision Decision
		if decision, l, err = d.Decide(ctx, tx, who, action, thread); err != nil {
			return err
		}
		if !decision.Allowed {
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

// Decide decides about a thread that is here and records the answer where it is a reading of a case, a visit or a study. The log is given only
// where it is allowed. It is for callers that have a transaction of their own, which must be committed also after a no.
func (d *Door) Decide(ctx context.Context, tx ledger.Tx, who Who, action Action, thread ledger.ThreadID) (Decision, ledger.Log, error) {
	l, err := d.Book.Log(ctx, tx, thread)
	if err != nil {
		return Decision{}, ledger.Log{}, err
	}
	relations, err := d.relations(ctx, tx, who, l)
	if err != nil {
		return Decision{}, ledger.Log{}, err
	}
	decision := May(who, action, What{l.Kind, thread, relations})
	if recorded(l.Kind, action) {
		why := decision.Policy
		if !decision.Allowed {
			why = Denied
		}
		err := Record(ctx, tx, Seen{At: d.Now(), Thread: thread, Person: who.Person, Action: action, Why: why,
			Relation: strings.Join(relations, " "), Origin: who.Origin})
		if err != nil {
			return Decision{}, ledger.Log{}, err
		}
	}
	if !decision.Allowed {
		l = ledger.Log{}
	}
	return decision, l, nil
}

func recorded(kind string, action Action) bool {
	return (action == See || action == Export) && kind != "directory" && kind != "course"
}

// Listing says how much of one kind of thread a person's lists hold.
type Listing struct {
	All         bool     // every one at this hospital
	Related     bool     // those that the person has a part in
	Specialties []string // and open referrals to these sub-specialties
}

// MayList tells what a person's lists of a kind of thread may hold. All false: nothing.
func (d *Door) MayList(who Who, threadKind string) Listing {
	l := Listing{All: May(who, ListAll, What{Kind: threadKind}).Allowed, Related: May(who, List, What{Kind: threadKind}).Allowed}
	if May(who, See, What{Kind: threadKind, Relations: []string{"specialty"}}).Allowed {
		l.Specialties = who.SubSpecialties
	}
	return l
}

// ActionOf tells what saying an entry of a kind amounts to.
func ActionOf(kind string) Action {
	switch {
	case kind == ledger.KindAmend || kind == ledger.KindRetract:
		return Correct
	case strings.HasPrefix(kind, "thread."):
		return Govern
	case strings.HasSuffix(kind, "-signed") || strings.HasSuffix(kind, ".signed"):
		return Sign
	}
	return Say
}

// relations gathers how a person stands to a thread: what its room says, whether they wrote in it, whether they broke the glass.
func (d *Door) relations(ctx context.Context, tx ledger.Tx, who Who, l ledger.Log) ([]string, error) {
	var list []string
	if relate := d.Relations[l.Kind]; relate != nil && who.Person != "" {
		found, err := relate(ctx, tx, l.Thread, who.Person)
		if err != nil {
			return nil, fmt.Errorf("asking how the person stands to thread %s: %w", l.Thread, err)
		}
		for _, r := range found {
			if r != relationGlass && r != relationOwnEntry && slices.Contains(Relations, r) {
				list = append(list, r)
			}
		}
	}
	if d.wrote(l, who) {
		list = append(list, relationAuthor)
	}
	open, err := openGlass(ctx, tx, who.Person, l.Thread, d.Now())
	if err != nil {
		return nil, err
	}
	if open {
		list = append(list, relationGlass)
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

func (d *Door) wrote(l ledger.Log, who Who) bool {
	own := d.Book.Signer().Hospital()
	return slices.ContainsFunc(l.Said, func(s ledger.Said) bool {
		return s.Hospital == own && s.Person == who.Person && (s.Kind == ledger.KindOpened || !strings.HasPrefix(s.Kind, "thread."))
	})
}

func (d *Door) ownEntry(l ledger.Log, who Who, draft ledger.Draft) bool {
	if len(draft.Refs) == 0 {
		return false
	}
	s := l.Find(draft.Refs[0])
	return s != nil && s.Hospital == d.Book.Signer().Hospital() && s.Person == who.Person
}

func (d *Door) append(ctx context.Context, tx ledger.Tx, who Who, draft ledger.Draft) (*ledger.Entry, error) {
	draft, err := d.by(who, draft)
	if err != nil {
		return nil, err
	}
	if rule := d.Rules[draft.Kind]; rule != nil {
		if err := rule(ctx, tx, draft); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ledger.ErrNotSayable, draft.Kind, err)
		}
	}
	return d.Book.Append(ctx, tx, draft, d.Now())
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

var notYourRole = lang.Text{En: "You do not hold the role in which you want to say this.", Zh: "您没有以此身份记录所需的角色。"}

// rolesToSpeak is the order in which the door chooses a role for who did not choose: the one that says most about who speaks.
var rolesToSpeak = []people.Role{people.Surgeon, people.HeadOfDepartment, people.ReferringDoctor, people.Coordinator, people.Trainee, people.Researcher, people.Administrator}

func (d *Door) role(who Who, draft ledger.Draft) (string, error) {
	if who.System {
		return string(people.System), nil
	}
	if chosen := draft.Author.Role; chosen != "" {
		if !slices.Contains(who.Roles, people.Role(chosen)) {
			return "", &Denial{ActionOf(draft.Kind), notYourRole}
		}
		return chosen, nil
	}
	kind, _ := d.Book.Kinds.Get(draft.Kind)
	for _, r := range rolesToSpeak {
		if slices.Contains(who.Roles, r) && (kind.Roles == nil || slices.Contains(kind.Roles, string(r))) {
			return string(r), nil
		}
	}
	return "", &Denial{ActionOf(draft.Kind), notYourRole}
}

func (d *Door) changed(ctx context.Context, thread ledger.ThreadID) {
	if d.Changed != nil {
		d.DB.OnCommit(ctx, func() { d.Changed(thread) })
	}
}
