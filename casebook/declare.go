package casebook

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/people"
)

// thread is the kind of thread that cases are.
const thread = "case"

// declared are the kinds of this package. Each kind's declaration adds itself.
var declared = map[string]*definition{}

// definition is a kind as the fold sees it: what is not the body's own type.
type definition struct {
	kind         ledger.Kind
	afterClosing bool
	byHeader     bool // has effect without its body
	act          bool // answers or ends something: in breach of a rule, or doubted, it changes nothing
	first        bool // may stand before the case is opened
	keepUndone   bool // the step is taken even when the entry was retracted

	tell   func(entry, []byte) words
	rule   func(*folding, entry, []byte) ([]Mark, error)
	step   func(*folding, entry, []byte) outcome
	values func([]byte) (form string, values pathway.Values)
}

// outcome is what a step tells the timeline.
type outcome struct {
	marks  []Mark
	words  words
	entry  entry // with the date that the body gives
	unread bool  // the body is not of the kind's form
}

// words are an entry as a person reads it: one line, and what was written in full.
type words struct {
	title lang.Text
	lines []lang.Text
}

// entry is what every entry of a case has, read or about to be written.
type entry struct {
	at       int // its place in folding order; for a draft, after all others
	draft    bool
	hash     ledger.Hash
	by       Author
	refs     []ledger.Hash
	when     string
	moment   time.Time // of when
	dated    bool      // the body says when; otherwise it is when it was written
	written  time.Time
	pack     *ledger.PackRef
	blobs    []ledger.BlobRef
	standing ledger.Standing
	read     bool // the body was there to read
	undone   int  // the place of its retraction; [never] while it stands
}

const never = math.MaxInt

// on is the entry with the date of the event that it tells of.
func (e entry) on(date string) entry {
	if at := instant(date); !at.IsZero() {
		e.when, e.moment, e.dated = date, at, true
	}
	return e
}

func (e entry) ref() ledger.Hash {
	if len(e.refs) == 0 {
		return ledger.Hash{}
	}
	return e.refs[0]
}

// said is an entry with its body.
type said[B any] struct {
	entry
	says B
}

func (a said[B]) keep() Said[B] {
	return Said[B]{Hash: a.hash, By: a.by, When: a.when, Written: a.written, Refs: a.refs, Pack: a.pack, Blobs: a.blobs, Says: a.says}
}

// meaning is all that a kind's declaration gives beside its name and body type.
type meaning[B any] struct {
	roles        []string
	afterClosing bool
	byHeader     bool
	act          bool
	first        bool
	keepUndone   bool                             // the step is taken even when the entry was retracted
	rule         func(*folding, said[B]) []Mark   // what stops a writer and marks at a reader
	fold         func(*folding, said[B])          // what it adds to the case
	words        func(said[B]) words              // how the timeline tells it
	date         func(B) string                   // when it happened, where the entry itself does not say
	values       func(B) (string, pathway.Values) // the form that was filled in, and its answers
}

// define declares a kind of entry: this is the one place where it exists.
func define[B any](name string, m meaning[B]) string {
	d := &definition{afterClosing: m.afterClosing, byHeader: m.byHeader, act: m.act, first: m.first, keepUndone: m.keepUndone}
	d.kind = ledger.Declare[B](ledger.Kind{Name: name, Version: 1, Threads: []string{thread}, Roles: m.roles})
	d.rule = func(f *folding, e entry, says []byte) ([]Mark, error) {
		v, err := decode[B](says)
		if err != nil {
			return nil, err
		}
		return m.marks(f, said[B]{e, v}), nil
	}
	d.tell = func(e entry, says []byte) words {
		v, err := decode[B](says)
		if err != nil {
			return words{}
		}
		return m.words(said[B]{e, v})
	}
	d.step = func(f *folding, e entry, says []byte) outcome { return m.step(f, e, says) }
	d.values = func(says []byte) (string, pathway.Values) {
		v, err := decode[B](says)
		if err != nil || m.values == nil {
			return "", nil
		}
		return m.values(v)
	}
	declared[name] = d
	return name
}

func (m meaning[B]) marks(f *folding, a said[B]) []Mark {
	marks := f.general(a.entry, m.first, m.afterClosing)
	if m.rule != nil {
		marks = append(marks, m.rule(f, a)...)
	}
	return marks
}

// step reads one entry of the thread into the case.
func (m meaning[B]) step(f *folding, e entry, says []byte) (o outcome) {
	a := said[B]{entry: e}
	o.entry = e
	if e.read {
		v, err := decode[B](says)
		if err != nil {
			return outcome{entry: e, unread: true}
		}
		a.says = v
		if m.date != nil && !e.dated {
			a.entry = e.on(m.date(v))
			o.entry = a.entry
		}
		o.words = m.words(a)
		if c, ok := any(&a.says).(ledger.Checked); ok && c.Check() != nil {
			o.marks = append(o.marks, mark("form"))
		}
	}
	if e.standing == ledger.Late || !e.read && !m.byHeader || e.undone != never && !m.keepUndone {
		return o
	}
	breach := m.marks(f, a)
	o.marks = append(o.marks, breach...)
	if m.act && (len(breach) > 0 || e.standing == ledger.Doubted) {
		return o
	}
	m.fold(f, a)
	return o
}

// Stopped says why somebody here may not say something: the marks that a reader would see.
type Stopped struct{ Marks []Mark }

func (s *Stopped) Error() string {
	var reasons []string
	for _, m := range s.Marks {
		reasons = append(reasons, m.Text.En)
	}
	return strings.Join(reasons, "; ")
}

// Tell is what stopped the writer, as people read it.
func (s *Stopped) Tell() lang.Text {
	var reasons []lang.Text
	for _, m := range s.Marks {
		reasons = append(reasons, m.Text)
	}
	return oneAfterAnother(reasons)
}

func oneAfterAnother(texts []lang.Text) (whole lang.Text) {
	for i, t := range texts {
		if i > 0 {
			whole.En, whole.Zh = whole.En+"; ", whole.Zh+"；"
		}
		whole.En, whole.Zh = whole.En+t.In(lang.English), whole.Zh+t.In(lang.Chinese)
	}
	return whole
}

// InvalidValues says which answers of a form the pathway pack does not take.
type InvalidValues struct{ Problems []pathway.Problem }

func (v *InvalidValues) Error() string {
	var reasons []string
	for _, p := range v.Problems {
		reasons = append(reasons, p.Field+": "+p.Text.En)
	}
	return strings.Join(reasons, "; ")
}

// Tell is what the pack has against the answers, as people read it.
func (v *InvalidValues) Tell() lang.Text {
	var reasons []lang.Text
	for _, p := range v.Problems {
		reasons = append(reasons, lang.Phrase("case.row.answer", map[string]any{"field": p.Field, "what": lang.Text(p.Text)}))
	}
	return oneAfterAnother(reasons)
}

// Packs finds a pathway pack of a version, or nil where it is not here.
type Packs func(id, version string) *pathway.Pack

// Kinds are all kinds of entry that a case knows, in the order of their names. With packs, the answers of forms are checked for the writer.
func Kinds(packs Packs) []ledger.Kind {
	list := make([]ledger.Kind, 0, len(declared))
	for _, d := range declared {
		k := d.kind
		k.Check = func(l ledger.Log, draft ledger.Draft) error { return d.check(l, draft, packs) }
		list = append(list, k)
	}
	slices.SortFunc(list, func(a, b ledger.Kind) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// check stops a writer.
func (d *definition) check(l ledger.Log, draft ledger.Draft, packs Packs) error {
	says, err := encoded(draft.Says)
	if err != nil {
		return err
	}
	f := read(l)
	e := entry{at: len(l.Said), draft: true, refs: draft.Refs, when: draft.At, pack: draft.Pack, blobs: draft.Blobs, read: true, undone: never,
		by: Author{Hospital: l.Writer(), Person: draft.Person, Name: draft.Author.Name, Role: draft.Author.Role}}
	if err := checkDate("at", draft.At); err != nil {
		return err
	}
	marks, err := d.rule(f, e, says)
	if err != nil {
		return err
	}
	if len(marks) > 0 {
		return &Stopped{marks}
	}
	form, values := d.values(says)
	if err := checkValues(f.c, draft.Pack, form, values, packs); err != nil {
		return err
	}
	if draft.Kind == KindReferred {
		return checkPacket(f.c, draft, says, packs)
	}
	return nil
}

func encoded(says any) ([]byte, error) {
	if raw, ok := says.(json.RawMessage); ok {
		return raw, nil
	}
	return ledger.Encode(says)
}

// checkValues lets the pack judge the answers of a form. An answer names the pack it was given by.
func checkValues(c *Case, ref *ledger.PackRef, form string, values pathway.Values, packs Packs) error {
	if len(values) == 0 || packs == nil {
		return nil
	}
	if ref == nil {
		return errors.New("answers of a form name the pathway pack that it comes from")
	}
	pack := packs(ref.ID, ref.Version)
	if pack == nil {
		return errors.New("the pathway pack " + ref.ID + " " + ref.Version + " is not here, so its form cannot be checked")
	}
	if pack.Hash() != ref.Hash {
		return errors.New("the pathway pack " + ref.ID + " " + ref.Version + " here is not the one that the draft names")
	}
	if problems := pack.CheckWith(form, values, c.Answers()); len(problems) > 0 {
		return &InvalidValues{problems}
	}
	return nil
}

// Who may say what, by role.
var (
	clinicians = []string{string(people.ReferringDoctor), string(people.Surgeon), string(people.HeadOfDepartment)}
	operators  = []string{string(people.Surgeon), string(people.HeadOfDepartment)}
	team       = append(slices.Clone(clinicians), string(people.Coordinator), string(people.Trainee))
	desk       = append(slices.Clone(clinicians), string(people.Coordinator))
	everyone   = append(slices.Clone(team), string(people.System), string(people.Patient))
	recorders  = append(slices.Clone(team), string(people.System))
)
