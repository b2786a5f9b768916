package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// ErrNotSayable says that a draft cannot become an entry: wrong kind, wrong thread, wrong role, or the kind's check stopped its writer.
var ErrNotSayable = errors.New("this cannot be said here")

// Kind declares what entries of one name and version say, who may say it, and what stops its writer. A kind is declared in one place, beside its
// body type, by the package that folds it. The rule of a kind's version never changes; a stricter rule is a new version.
type Kind struct {
	Name    string
	Version uint64
	Threads []string // thread kinds that it may stand in; none: any
	Roles   []string // roles that may say it; none: any
	Act     string   // what saying it amounts to, for who decides who may: "say" where empty, "sign", "govern", "correct"
	Says    reflect.Type

	// Check stops a writer here. At a reader a fold may call the same rule to mark an entry; it never refuses one.
	Check func(Log, Draft) error

	// Amends stops who would correct an entry of this kind, the last argument, into something that could not have been said. The draft is of the kind itself, with
	// the corrected words. nil: only the form of the words is asked.
	Amends func(Log, Draft, *Said) error

	decode func([]byte) error
}

// Checked is a body type that checks its own form: what can be seen without the rest of the thread.
type Checked interface{ Check() error }

// Declare makes a kind whose entries say a B. Where *B has a Check method, it stops a writer whose body is not in form.
func Declare[B any](k Kind) Kind {
	k.Says = reflect.TypeFor[B]()
	if k.Version == 0 {
		k.Version = 1
	}
	k.decode = func(says []byte) error {
		v, err := Decode[B](says)
		if err != nil {
			return err
		}
		if c, ok := any(&v).(Checked); ok {
			return c.Check()
		}
		return nil
	}
	return k
}

// Kinds are the kinds that this release knows how to say.
type Kinds struct{ byName map[string]Kind }

// NewKinds gathers the kinds of all rooms and adds those of the ledger itself. Two kinds of one name are a mistake in the program.
func NewKinds(lists ...[]Kind) *Kinds {
	k := &Kinds{byName: map[string]Kind{}}
	for _, list := range append(lists, threadKinds) {
		for _, kind := range list {
			if _, twice := k.byName[kind.Name]; twice || kind.decode == nil {
				panic("ledger: the kind " + kind.Name + " is declared twice or without Declare")
			}
			k.byName[kind.Name] = kind
		}
	}
	return k
}

// Get gives a kind by name.
func (k *Kinds) Get(name string) (Kind, bool) {
	kind, ok := k.byName[name]
	return kind, ok
}

// All gives every kind in the order of their names.
func (k *Kinds) All() []Kind {
	list := make([]Kind, 0, len(k.byName))
	for _, kind := range k.byName {
		list = append(list, kind)
	}
	slices.SortFunc(list, func(a, b Kind) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// check stops a writer whose draft is not sayable.
func (k *Kinds) check(l Log, d Draft, says []byte) error {
	kind, ok := k.byName[d.Kind]
	switch {
	case !ok:
		return fmt.Errorf("%w: the kind %q is not known to this release", ErrNotSayable, d.Kind)
	case kind.Threads != nil && !slices.Contains(kind.Threads, l.Kind):
		return fmt.Errorf("%w: %s does not belong into a thread of kind %q", ErrNotSayable, d.Kind, l.Kind)
	case kind.Roles != nil && !slices.Contains(kind.Roles, d.Author.Role):
		return fmt.Errorf("%w: %s is not for the role %q", ErrNotSayable, d.Kind, d.Author.Role)
	}
	if err := kind.decode(says); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrNotSayable, d.Kind, err)
	}
	if kind.Check != nil {
		if err := kind.Check(l, d); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrNotSayable, d.Kind, err)
		}
	}
	if d.Kind == KindAmend {
		return k.amends(l, d)
	}
	return nil
}

// amends stops a correction that would say what could not be said anew: it goes through no other door than the words that it replaces.
func (k *Kinds) amends(l Log, d Draft) error {
	said, target, ok := d.Amended(l)
	if !ok {
		return nil // who may correct what was asked before
	}
	kind, known := k.byName[target.Kind]
	if !known || kind.Version != target.Version {
		return nil // of another release, which knew what it may say
	}
	if err := kind.decode(said.Raw()); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrNotSayable, target.Kind, err)
	}
	if kind.Amends == nil {
		return nil
	}
	if err := kind.Amends(l, said, target); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrNotSayable, target.Kind, err)
	}
	return nil
}

// Amended is what a correction would have its entry say, as a draft of that entry's kind, and the entry. It is not ok for any other draft, and where the entry is not here.
func (d Draft) Amended(l Log) (said Draft, target *Said, ok bool) {
	if d.Kind != KindAmend || len(d.Refs) == 0 {
		return d, nil, false
	}
	target = l.Find(d.Refs[0])
	a, err := Decode[Amendment](d.Raw())
	if target == nil || err != nil {
		return d, target, false
	}
	said = d
	said.Kind, said.Refs, said.Says = target.Kind, target.Refs, a.Says
	if target.Content != nil {
		if said.Pack == nil {
			said.Pack = target.Content.Pack
		}
		if len(said.Blobs) == 0 {
			said.Blobs = target.Content.Blobs
		}
	}
	return said, target, true
}

// Draft is what somebody here wants to say.
type Draft struct {
	Thread ThreadID
	Kind   string
	Person PersonID
	Author Author
	At     string // when it happened, perhaps partial; empty: now
	Pack   *PackRef
	Blobs  []BlobRef
	Refs   []Hash
	Says   any // encoded as JSON
}

// Raw is what the draft says, as JSON. A kind's check decodes it with [Decode].
func (d Draft) Raw() json.RawMessage {
	if raw, ok := d.Says.(json.RawMessage); ok {
		return raw
	}
	raw, err := Encode(d.Says)
	if err != nil {
		return nil
	}
	return raw
}

// Admission is what thread.admitted says; the refs name the late entries that count from now on.
type Admission struct {
	Reason string `json:"reason,omitempty"`
}

// None is the body of a kind that says nothing beyond its name and refs.
type None struct{}

// threadKinds are the ledger's own.
var threadKinds = []Kind{
	Declare[Opened](Kind{Name: KindOpened, Act: "govern"}),
	Declare[Invitation](Kind{Name: KindInvited, Act: "govern", Check: onlySteward}),
	Declare[None](Kind{Name: KindJoined, Act: "govern"}),
	Declare[Leaving](Kind{Name: KindLeft, Act: "govern", Check: notSteward}),
	Declare[Leaving](Kind{Name: KindRemoved, Act: "govern", Check: onlySteward}),
	Declare[StewardOffer](Kind{Name: KindStewardOffered, Act: "govern", Check: onlySteward}),
	Declare[None](Kind{Name: KindStewardAccepted, Act: "govern", Check: needsRef}),
	Declare[None](Kind{Name: KindStewardConfirmed, Act: "govern", Check: both(onlySteward, needsRef)}),
	Declare[KeyCut](Kind{Name: KindKeyCut, Act: "govern"}),
	Declare[Admission](Kind{Name: KindAdmitted, Act: "govern", Check: both(onlySteward, needsRef)}),
	Declare[Erasure](Kind{Name: KindErased, Version: 2, Act: "erase", Check: needsRef}),
	Declare[ErasureAnswer](Kind{Name: KindErasureAnswered, Version: 2, Act: "answer_erasure", Check: answersErasure}),
	Declare[Continues](Kind{Name: KindContinues, Act: "govern"}),
	Declare[Amendment](Kind{Name: KindAmend, Act: "correct", Check: ownEntry}),
	Declare[Retraction](Kind{Name: KindRetract, Act: "correct", Check: ownEntry}),
}

func both(a, b func(Log, Draft) error) func(Log, Draft) error {
	return func(l Log, d Draft) error { return errors.Join(a(l, d), b(l, d)) }
}

func needsRef(_ Log, d Draft) error {
	if len(d.Refs) == 0 {
		return errors.New("it has to name the entry that it is about")
	}
	return nil
}

func onlySteward(l Log, d Draft) error {
	if l.Roster.Steward != l.writer {
		return errors.New("only the hospital that keeps the thread may do that")
	}
	return nil
}

func notSteward(l Log, _ Draft) error {
	if l.Roster.Steward == l.writer {
		return errors.New("the hospital that keeps the thread passes it on before it leaves")
	}
	return nil
}

func ownEntry(l Log, d Draft) error {
	if err := needsRef(l, d); err != nil {
		return err
	}
	target := l.Find(d.Refs[0])
	switch {
	case target == nil:
		return errors.New("the entry to correct is not in this thread")
	case target.Hospital != l.writer:
		return errors.New("only the hospital that said it may correct it; another says what it thinks in an entry of its own")
	case target.Kind == KindAmend || target.Kind == KindRetract:
		return errors.New("a correction names the entry first said, not an earlier correction")
	}
	return nil
}
