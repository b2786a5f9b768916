package access

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"consilium/ledger"
	"consilium/people/security"
	"consilium/record"
)

// Inside is the door inside of a transaction that its caller began with [ledger.DB.Update]. It asks the same policy and the same rules as the door itself. An
// error that it gives must undo the transaction, for some of the entries may be written already; what opens pages and partners hear, they hear after the
// commit. The contexts given to its calls are the one that Update handed out.
type Inside struct {
	door     *Door
	tx       ledger.Tx
	prepared bool    // the files of what is said were prepared before the transaction
	late     *[]Seen // where readings are noted whose transaction writes nothing; nil: in the access log
}

// In is the door inside of a transaction.
func (d *Door) In(tx ledger.Tx) Inside { return Inside{door: d, tx: tx} }

// Say appends entries in the name of somebody and gives the last. Name and role are filled in from who: a role in a draft has to be one of theirs, none lets
// the door choose one that the kind is for. The error is a [*Denial] where access stops it, or what [ledger.Book.Append] says.
func (i Inside) Say(ctx context.Context, who Who, drafts ...ledger.Draft) (*ledger.Entry, error) {
	var entry *ledger.Entry
	for _, draft := range drafts {
		var err error
		if entry, err = i.say(ctx, who, draft); err != nil {
			return nil, err
		}
	}
	return entry, nil
}

func (i Inside) say(ctx context.Context, who Who, draft ledger.Draft) (*ledger.Entry, error) {
	l, err := i.door.Book.Log(ctx, i.tx, draft.Thread)
	if err != nil {
		return nil, err
	}
	if err := i.maySay(ctx, who, l, draft); err != nil {
		return nil, err
	}
	if err := onlyDone(who, draft); err != nil {
		return nil, err
	}
	entry, err := i.append(ctx, who, l, draft)
	if err == nil {
		i.changed(ctx, draft.Thread)
	}
	if event := noted[draft.Kind]; err == nil && event != "" {
		err = noteSecurity(ctx, i.tx, i.door.Now(), event, who, "", draft.Thread.String())
	}
	return entry, err
}

// noted are the kinds of entries that stand in the security log too.
var noted = map[string]security.Event{ledger.KindErased: security.ErasureAsked, ledger.KindErasureAnswered: security.ErasureAnswered}

// maySay asks the policy with what the thread itself tells of somebody, and only after a no with what else is known. No rule makes less of who stands closer to a
// thread, so the answer is the same, and most who write have written before: for them, three questions to the database are left out.
func (i Inside) maySay(ctx context.Context, who Who, l ledger.Log, draft ledger.Draft) error {
	relations := i.inThread(who, l)
	if i.ownEntry(l, who, draft) {
		relations = append(relations, relationOwnEntry)
	}
	action, of := i.door.actionOf(who, draft.Kind), i.door.Threads[l.Kind]
	if who.Sponsor != nil {
		if d, err := i.sponsored(ctx, who, action, l, Decision{Allowed: true}); err != nil || !d.Allowed {
			return errors.Join(err, &Denial{action, d.Reason})
		}
	}
	if May(who, action, What{of, l.Thread, relations}).Allowed {
		return nil
	}
	more, err := i.relations(ctx, who, l)
	if err != nil {
		return err
	}
	return Need(who, action, What{of, l.Thread, append(relations, more...)})
}

// sponsored is a decision about a service account as far as its sponsor may do the same: what it was named for, or wrote in, opens nothing that they may not see
// themselves, or may not see any more. What the account said itself counts as theirs to correct.
func (i Inside) sponsored(ctx context.Context, who Who, action Action, l ledger.Log, d Decision) (Decision, error) {
	if who.Sponsor == nil {
		return d, nil
	}
	relations, err := i.relations(ctx, *who.Sponsor, l)
	if err != nil {
		return denied(action), err
	}
	if action == Correct {
		relations = append(relations, relationOwnEntry)
	}
	if may := May(*who.Sponsor, action, What{i.door.Threads[l.Kind], l.Thread, relations}); !may.Allowed {
		return may, nil
	}
	return d, nil
}

// onlyDone stops a person who says that something is destroyed: they decide it, and the program says it once the bytes are gone.
func onlyDone(who Who, draft ledger.Draft) error {
	if draft.Kind != ledger.KindErasureAnswered || who.System {
		return nil
	}
	if a, err := ledger.Decode[ledger.ErasureAnswer](draft.Raw()); err == nil && a.Answer == ledger.ErasureDestroyed {
		return fmt.Errorf("%w: decide that it is destroyed; that it is, the node says once the bytes are gone and were looked for", ledger.ErrNotSayable)
	}
	return nil
}

// Open opens a thread and says the first things in it.
func (i Inside) Open(ctx context.Context, who Who, threadKind string, first []ledger.Draft) (ledger.ThreadID, error) {
	return i.OpenWith(ctx, who, threadKind, first, func(ledger.ThreadID) error { return nil })
}

// OpenWith is [Inside.Open] with what is put down beside the thread: see [ledger.Book.OpenWith].
func (i Inside) OpenWith(ctx context.Context, who Who, threadKind string, first []ledger.Draft, beside func(ledger.ThreadID) error) (ledger.ThreadID, error) {
	var none ledger.ThreadID
	governs := i.door.Threads[threadKind]
	if err := Need(who, Open, What{Of: governs}); err != nil {
		return none, err
	}
	opening, err := i.door.by(who, ledger.Draft{Kind: ledger.KindOpened, Author: roleOf(first)})
	if err != nil {
		return none, err
	}
	var together []ledger.Draft
	if who.System {
		if together, err = i.together(ctx, who, governs, first); err != nil {
			return none, err
		}
		first = nil
	}
	e, err := i.door.Book.OpenWith(ctx, i.tx, threadKind, opening, i.door.Now(), beside, together...)
	if err != nil {
		return none, err
	}
	if err := i.begin(ctx, who, governs, e.Thread, first); err != nil {
		return none, err
	}
	i.changed(ctx, e.Thread)
	return e.Thread, nil
}

// together readies what the program says in a thread that it opens, to be said with the opening: no rule of today judges what it takes over, so nothing has to read the
// thread in between, and what hangs on it is folded once.
func (i Inside) together(ctx context.Context, who Who, governs record.Governance, first []ledger.Draft) (ready []ledger.Draft, err error) {
	for n, draft := range first {
		if err := Need(who, i.door.actionOf(who, draft.Kind), What{governs, ledger.ThreadID{}, []string{relationAuthor}}); err != nil {
			return nil, err
		}
		if draft, err = i.filled(ctx, who, draft, ready); err != nil {
			return nil, fmt.Errorf("entry %d of the new thread: %w", n+1, err)
		}
		ready = append(ready, draft)
	}
	return ready, nil
}

// begin says the first things of a new thread. What hangs on a thread is folded once for all that is said together: entries wait for the next one that a rule of
// this hospital looks at, for such a rule reads the thread.
func (i Inside) begin(ctx context.Context, who Who, governs record.Governance, id ledger.ThreadID, first []ledger.Draft) error {
	var waiting []ledger.Draft
	say := func(n int) error {
		if len(waiting) == 0 {
			return nil
		}
		_, err := i.door.Book.AppendAll(ctx, i.tx, id, waiting, i.door.Now())
		waiting = nil
		if err != nil {
			return fmt.Errorf("the first %d entries of the new thread: %w", n, err)
		}
		return nil
	}
	for n, draft := range first {
		draft.Thread = id
		if err := Need(who, i.door.actionOf(who, draft.Kind), What{governs, id, []string{relationAuthor}}); err != nil {
			return err
		}
		if i.door.Rules[draft.Kind] != nil {
			if err := say(n); err != nil {
				return err
			}
		}
		draft, err := i.ready(ctx, who, ledger.Log{}, draft, waiting) // nothing of a new thread can be corrected yet: nobody knows its hashes
		if err != nil {
			return fmt.Errorf("entry %d of the new thread: %w", n+1, err)
		}
		waiting = append(waiting, draft)
	}
	return say(len(first))
}

// roleOf is the role that the first entries of a new thread ask to be said in: the thread is opened in it too.
func roleOf(first []ledger.Draft) ledger.Author {
	if len(first) == 0 {
		return ledger.Author{}
	}
	return ledger.Author{Role: first[0].Author.Role}
}

// Decide decides about a thread that is here and records the answer where it is a reading. The log is given only where it is allowed. The transaction must be committed also after a no.
func (i Inside) Decide(ctx context.Context, who Who, action Action, thread ledger.ThreadID) (Decision, ledger.Log, error) {
	l, err := i.door.Book.Log(ctx, i.tx, thread)
	if err != nil {
		return Decision{}, ledger.Log{}, err
	}
	relations, err := i.relations(ctx, who, l)
	if err != nil {
		return Decision{}, ledger.Log{}, err
	}
	governs := i.door.Threads[l.Kind]
	decision := May(who, action, What{governs, thread, relations})
	if decision.Allowed {
		if decision, err = i.sponsored(ctx, who, action, l, decision); err != nil {
			return Decision{}, ledger.Log{}, err
		}
	}
	if reading := action == See || action == Export; reading && !governs.Unrecorded {
		why := decision.Policy
		if !decision.Allowed {
			why = Denied
		}
		err := i.note(ctx, who, Seen{At: i.door.Now(), Thread: thread, Person: who.Person, Action: action, Why: why,
			Relation: strings.Join(relations, " "), Origin: who.Origin})
		if err != nil {
			return Decision{}, ledger.Log{}, err
		}
	}
	if !decision.Allowed {
		return decision, ledger.Log{}, nil
	}
	if action == Export {
		if err := noteSecurity(ctx, i.tx, i.door.Now(), security.Exported, who, "", l.Kind+" "+thread.String()); err != nil {
			return Decision{}, ledger.Log{}, err
		}
	}
	return decision, l, nil
}

// note records a reading, unless an open page asked by itself for what its person was last noted to read within the hour, by the same right and from the same
// place. A case that stays open on a screen while others write in it would otherwise fill the log with rows that say nothing, and the one that matters would
// drown. A no, and what a person asks for, is noted each time.
func (i Inside) note(ctx context.Context, who Who, s Seen) error {
	if who.ByItself && s.Why != Denied && s.Action == See {
		last, err := lastLike(ctx, i.tx, s)
		if err != nil {
			return err
		}
		if !last.IsZero() && s.At.Sub(last) < ReadAgain {
			return nil
		}
	}
	return i.record(ctx, s)
}

// record notes a reading.
func (i Inside) record(ctx context.Context, s Seen) error {
	if i.late == nil {
		return Record(ctx, i.tx, s)
	}
	*i.late = append(*i.late, s)
	return nil
}

// relations gathers how a person stands to a thread: what its room says, whether they wrote in it, whether they broke the glass. The program itself stands to
// no thread: no rule about it asks how.
func (i Inside) relations(ctx context.Context, who Who, l ledger.Log) ([]string, error) {
	if who.System || who.Person == "" {
		return nil, nil
	}
	list := i.inThread(who, l)
	if relate := i.door.Relations[l.Kind]; relate != nil {
		found, err := relate(ctx, i.tx, l.Thread, who.Reader())
		if err != nil {
			return nil, fmt.Errorf("asking how the person stands to thread %s: %w", l.Thread, err)
		}
		for _, r := range found {
			if r != relationGlass && r != relationOwnEntry && slices.Contains(Relations, r) {
				list = append(list, r)
			}
		}
	}
	open, err := openGlass(ctx, i.tx, who.Person, l.Thread, i.door.Now())
	if err != nil {
		return nil, err
	}
	if open {
		list = append(list, relationGlass)
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// inThread is how a person stands to a thread as far as nobody needs to be asked.
func (i Inside) inThread(who Who, l ledger.Log) (list []string) {
	if who.System {
		return nil
	}
	if slices.Contains(who.Named, l.Thread) {
		list = append(list, relationNamed)
	}
	if ledger.Folded(l, writers)[writer{i.door.Book.Signer().Hospital(), who.Person}] {
		list = append(list, relationAuthor)
	}
	return list
}

// writer is somebody of a hospital who said something in a thread.
type writer struct {
	hospital ledger.HospitalID
	person   ledger.PersonID
}

// writers are all who wrote in a thread. Who only governed it, but for its opening, has no part in what it is about.
var writers = &ledger.Fold[map[writer]bool]{
	Whole: func(l ledger.Log) map[writer]bool {
		all := map[writer]bool{}
		for _, s := range l.Said {
			if wrote(s) {
				all[writer{s.Hospital, s.Person}] = true
			}
		}
		return all
	},
	Onward: func(before map[writer]bool, l ledger.Log, from int) (map[writer]bool, bool) {
		all := before
		for _, s := range l.Said[from:] {
			w := writer{s.Hospital, s.Person}
			if !wrote(s) || all[w] {
				continue
			}
			all = maps.Clone(all)
			all[w] = true
		}
		return all, true
	},
}

func wrote(s ledger.Said) bool {
	return s.Kind == ledger.KindOpened || !strings.HasPrefix(s.Kind, "thread.")
}

func (i Inside) ownEntry(l ledger.Log, who Who, draft ledger.Draft) bool {
	if len(draft.Refs) == 0 {
		return false
	}
	s := l.Find(draft.Refs[0])
	return s != nil && s.Hospital == i.door.Book.Signer().Hospital() && s.Person == who.Person
}

// append says what was allowed, in a thread that reads so.
func (i Inside) append(ctx context.Context, who Who, l ledger.Log, draft ledger.Draft) (*ledger.Entry, error) {
	draft, err := i.ready(ctx, who, l, draft, nil)
	if err != nil {
		return nil, err
	}
	return i.door.Book.AppendTo(ctx, i.tx, l, draft, i.door.Now())
}

// ready fills in who speaks, has the files prepared, attaches the pack that the thread does not have yet, and asks this hospital's rules. before is what is said in the
// same breath.
func (i Inside) ready(ctx context.Context, who Who, l ledger.Log, draft ledger.Draft, before []ledger.Draft) (ledger.Draft, error) {
	draft, err := i.filled(ctx, who, draft, before)
	if err != nil {
		return draft, err
	}
	return draft, i.obeys(ctx, l, draft)
}

// filled is ready without the rules.
func (i Inside) filled(ctx context.Context, who Who, draft ledger.Draft, before []ledger.Draft) (ledger.Draft, error) {
	draft, err := i.door.by(who, draft)
	if err == nil && !i.prepared {
		draft, err = i.door.prepare(ctx, draft)
	}
	if err == nil {
		draft, err = i.withPack(ctx, draft, before)
	}
	return draft, err
}

// withPack attaches the pack that a draft was filled in with, unless the thread has it: whoever reads the thread must be able to read the answers.
func (i Inside) withPack(ctx context.Context, draft ledger.Draft, before []ledger.Draft) (ledger.Draft, error) {
	if draft.Pack == nil || i.door.PackFile == nil {
		return draft, nil
	}
	for _, d := range append(before, draft) {
		if slices.ContainsFunc(d.Blobs, func(b ledger.BlobRef) bool { return b.Hash == draft.Pack.Hash }) {
			return draft, nil
		}
	}
	if draft.Thread != (ledger.ThreadID{}) { // a thread that is not there yet attaches nothing
		there, err := ledger.Attaches(ctx, i.tx, draft.Thread, draft.Pack.Hash)
		if err != nil || there {
			return draft, err
		}
	}
	file, found, err := i.door.PackFile(ctx, *draft.Pack)
	if err != nil || !found || len(draft.Blobs) >= ledger.MaxBlobs {
		return draft, err
	}
	draft.Blobs = append(slices.Clone(draft.Blobs), file)
	return draft, nil
}

// obeys asks this hospital's own rules. A correction obeys those of what it corrects: an operator whom the rule would stop is not written in afterwards.
func (i Inside) obeys(ctx context.Context, l ledger.Log, draft ledger.Draft) error {
	if draft.Kind == ledger.KindAmend {
		draft, _, _ = draft.Amended(l)
	}
	if rule := i.door.Rules[draft.Kind]; rule != nil {
		if err := rule(ctx, i.tx, draft); err != nil {
			return fmt.Errorf("%w: %s: %w", ledger.ErrNotSayable, draft.Kind, err)
		}
	}
	return nil
}

func (i Inside) changed(ctx context.Context, thread ledger.ThreadID) {
	if i.door.Changed != nil {
		i.door.DB.OnCommit(ctx, func() { i.door.Changed(thread) })
	}
}
