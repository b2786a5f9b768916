package record

import (
	"slices"
	"sync"
	"sync/atomic"

	jsonv2 "github.com/go-json-experiment/json"

	"consilium/lang"
	"consilium/ledger"
)

// State is what the fold of a thread builds, entry by entry. It embeds the [Reading] that the engine hands to [Thread.Begin].
type State interface{ reading() *Reading }

// Thread is a kind of thread, declared once by the room that folds it.
type Thread[S State] struct {
	Kind      string // as thread.opened names it: "case", "visit"
	Phrases   string // where its words stand in the phrase files: PHRASES.stop.CODE for marks, PHRASES.thread.KIND for who takes part
	Kinds     []Of[S]
	Governs   Governance
	Relations []func(here ledger.HospitalID) Relate // how people of a hospital stand to such a thread; other rooms may know more

	// Strict threads let what is not in form, or said with a doubted key, change nothing, because rights follow from them. Others count what is doubted
	// and mark it, unless it is an act.
	Strict bool

	Begin func(*Reading) S              // the state of a thread in which nothing was said yet
	Grow  func(before S, r *Reading) S  // a copy of a state, to go on from; nil: the thread is read from its beginning each time
	Stand func(S) (opened, closed bool) // how far its matter is; nil: opened, and never closed
	Each  func(S, Entry)                // what every entry adds, whatever its kind; nil: nothing
	End   func(S)                       // draws the conclusions once everything is read; nil: none

	Decoding jsonv2.Options // how bodies are read, where there is a shorter way; nil: as the ledger does

	once   sync.Once
	byName map[string]*Of[S]
	fold   ledger.Fold[S]
}

// Fold reads a thread. The same entries give an equal state, in whatever order they came. The state is made once for a log and shared: nobody changes it.
func (t *Thread[S]) Fold(l ledger.Log) S {
	t.ready()
	return ledger.Folded(l, &t.fold)
}

// ready indexes the kinds and says how the ledger folds them.
func (t *Thread[S]) ready() {
	t.once.Do(func() {
		t.byName = make(map[string]*Of[S], len(t.Kinds))
		for i := range t.Kinds {
			t.byName[t.Kinds[i].Name] = &t.Kinds[i]
		}
		t.fold.Whole = t.whole
		if t.Grow != nil {
			t.fold.Onward = t.onward
		}
	})
}

// whole reads a thread from its beginning.
func (t *Thread[S]) whole(l ledger.Log) S {
	r := newReading(l)
	s := t.Begin(r)
	for i := range l.Said {
		t.take(s, i)
	}
	r.Timeline = byMoment(r.Timeline)
	return t.end(s)
}

// onward goes on from an earlier state. What is new comes after all others and corrects none of them.
func (t *Thread[S]) onward(before S, l ledger.Log, from int) (S, bool) {
	r := before.reading().grow(l)
	s := t.Grow(before, r)
	for i := from; i < len(l.Said); i++ {
		t.take(s, i)
		r.Timeline = lastByMoment(r.Timeline)
	}
	return t.end(s), true
}

// end draws the conclusions.
func (t *Thread[S]) end(s S) S {
	r := s.reading()
	r.keeps(len(r.Log.Said))
	if t.End != nil {
		t.End(s)
	}
	return s
}

// take reads one entry. Corrections are shown with the entry that they correct.
func (t *Thread[S]) take(s S, i int) {
	r := s.reading()
	said := &r.Log.Said[i]
	if said.Kind == ledger.KindAmend || said.Kind == ledger.KindRetract {
		return
	}
	r.keeps(i)
	e := r.entry(i, said)
	item := Item{Hash: said.Hash, Kind: said.Kind, Version: said.Version, By: e.By, Written: said.Time, Standing: said.Standing, Erased: said.Erased,
		Retracted: said.Retracted(), Conflict: said.Conflict(), Blobs: e.Blobs, Refs: said.Refs}
	k := t.byName[said.Kind]
	switch title := t.threadTitle(said.Kind); {
	case k != nil && said.Version == k.Version:
		o := t.step(s, k, e, said)
		e, item.Title, item.Lines, item.Marks, item.Unread, item.counted = o.entry, o.words.Title, o.words.Lines, o.marks, o.unread, o.counts
		t.correct(k, e, said, &item)
	case title != "":
		item.Title = lang.Phrase(title, nil)
		t.correct(nil, e, said, &item)
	default:
		item.Unread = true
		t.correct(nil, e, said, &item)
	}
	item.When, item.moment = e.When, e.place()
	item.finish()
	r.Timeline = append(r.Timeline, item)
	if t.Each != nil {
		t.Each(s, e)
	}
}

// outcome is what became of one entry.
type outcome struct {
	entry  Entry // with the date that the body gives
	words  Words
	marks  []Mark
	unread bool // the body is not of the kind's form
	counts bool // it took its step
}

// step reads one entry into the state.
func (t *Thread[S]) step(s S, k *Of[S], e Entry, said *ledger.Said) (o outcome) {
	o.entry = e
	says := t.body(k, &e, said)
	v := k.empty
	if e.Read {
		var err error
		if v, err = k.decode(says, t.Decoding); err != nil {
			o.unread = true
			return o
		}
		if date := k.date(v); !e.dated || date != "" && len(said.Corrected) > 0 {
			e = e.on(date) // a corrected date stands wherever the entry is told of
		}
		o.words = k.words(e, v)
		if now := said.Says(); k.firstSaid && now != nil {
			o.words = t.tell(k, e, now)
		}
		if k.unfit(v) {
			o.marks = t.worded(When(true, "form"))
		}
	}
	o.entry = e
	if len(o.marks) > 0 && t.Strict {
		if !k.byHeader {
			return o
		}
		v, e.Read = k.empty, false
	}
	if e.Standing == ledger.Late && !k.narrows || !e.Read && !k.byHeader || e.Undone != Never && !k.keepUndone {
		return o
	}
	breach := t.breach(s, k, e, v)
	o.marks = append(o.marks, breach...)
	doubted := e.Standing == ledger.Doubted && !k.narrows
	if k.answers && len(breach) > 0 || doubted && (k.answers || t.Strict) {
		return o
	}
	e.Marks, o.counts = breach, true
	k.fold(s, e, v)
	return o
}

// body is what of an entry its step takes.
func (t *Thread[S]) body(k *Of[S], e *Entry, said *ledger.Said) []byte {
	if says := said.Says(); says != nil && !k.firstSaid {
		return says
	}
	if k.keepUndone && said.Content != nil {
		e.Read = true
		return said.Content.Says
	}
	return nil
}

// breach asks the rules: those of every kind, and the kind's own.
func (t *Thread[S]) breach(s S, k *Of[S], e Entry, says any) []Mark {
	opened, closed := true, false
	if t.Stand != nil {
		opened, closed = t.Stand(s)
	}
	general := When(!opened && !k.first, "not-opened")
	if general == nil {
		general = When(closed && !k.afterClosing, "closed")
	}
	return t.worded(append(general, k.rule(s, e, says)...))
}

// worded gives marks their words.
func (t *Thread[S]) worded(marks []Mark) []Mark {
	for i := range marks {
		marks[i].Text = lang.Phrase(t.Phrases+".stop."+marks[i].Code, nil)
	}
	return marks
}

// Write is what stops a writer at one hospital beside the rules of the thread, such as a pathway pack that is there. Readers do not ask it. Nil: nothing.
type Write[S State] func(s S, d ledger.Draft, says []byte) error

// spoken is a kind as the ledger stops its writers.
func (t *Thread[S]) spoken(k *Of[S], also Write[S]) ledger.Kind {
	kind := k.Kind
	kind.Threads = []string{t.Kind}
	kind.Check = func(l ledger.Log, d ledger.Draft) error { return t.stop(k, l, d, also) }
	kind.Amends = func(l ledger.Log, d ledger.Draft, target *ledger.Said) error { return t.amends(l, d, target, also) }
	return kind
}

// stop stops a writer.
func (t *Thread[S]) stop(k *Of[S], l ledger.Log, d ledger.Draft, also Write[S]) error {
	says := d.Raw()
	v, err := k.decode(says, t.Decoding)
	if err != nil {
		return err
	}
	var c Checks
	if c.Date("at", d.At, false); c.Err() != nil {
		return c.Err()
	}
	s := t.Fold(l)
	if marks := t.breach(s, k, draftOf(l, d), v); len(marks) > 0 {
		return &Stopped{marks}
	}
	if also != nil {
		return also(s, d, says)
	}
	return nil
}

// amends stops a correction that would give its entry a mark which it has not now, or answers that the pack does not take: the thread is read as if the entry had said
// the new words in the first place.
func (t *Thread[S]) amends(l ledger.Log, d ledger.Draft, target *ledger.Said, also Write[S]) error {
	if target.Content == nil {
		return nil
	}
	corrected := l
	corrected.Said = slices.Clone(l.Said)
	at := slices.IndexFunc(corrected.Said, func(s ledger.Said) bool { return s.Hash == target.Hash })
	content := *target.Content
	content.Says = d.Raw()
	corrected.Said[at].Content, corrected.Said[at].Corrected = &content, nil
	before, after := t.Fold(l), t.whole(corrected)
	had := marksOf(before.reading(), target.Hash)
	var marks []Mark
	for _, m := range marksOf(after.reading(), target.Hash) {
		if !slices.ContainsFunc(had, func(h Mark) bool { return h.Code == m.Code }) {
			marks = append(marks, m)
		}
	}
	if len(marks) > 0 {
		return &Stopped{marks}
	}
	if also != nil {
		return also(before, d, d.Raw())
	}
	return nil
}

func marksOf(r *Reading, h ledger.Hash) []Mark {
	for i := range r.Timeline {
		if r.Timeline[i].Hash == h {
			return r.Timeline[i].Marks
		}
	}
	return nil
}

// Reading is what the engine knows of a thread while it reads it, as of the entry that is being read.
type Reading struct {
	Log      ledger.Log
	Keeper   ledger.HospitalID // who had custody just before the entry: the steward of the thread
	Timeline []Item            // in folding order while it is read, and by the date of the event in the end
	First    bool              // no other reading goes on from the state before: what is added behind its lists may use the memory there

	keepers []ledger.Keeping
	changed map[ledger.Hash]int // the place of the first correction of an entry
	undone  map[ledger.Hash]int // the place of the first retraction of an entry
	grown   atomic.Bool         // another reading goes on in the memory of this one
	shared  bool                // the timeline stands in the memory of the reading before
	last    map[ledger.Hash]int // how many marks the end of this reading gave to an entry
}

func (r *Reading) reading() *Reading { return r }

func newReading(l ledger.Log) *Reading {
	r := &Reading{Log: l, Timeline: make([]Item, 0, len(l.Said)), keepers: l.Keepers(), changed: map[ledger.Hash]int{}, undone: map[ledger.Hash]int{}}
	for i := range l.Said {
		r.findCorrection(i)
	}
	return r
}

// grow is the reading of a log that goes on from this one's. The first to go on uses the memory behind the timeline that is there; this reading sees its own
// part of it alone.
func (r *Reading) grow(l ledger.Log) *Reading {
	next := &Reading{Log: l, Timeline: r.Timeline, keepers: l.Keepers(), changed: r.changed, undone: r.undone}
	if next.First = r.grown.CompareAndSwap(false, true); !next.First {
		next.Timeline = slices.Clip(r.Timeline)
	}
	next.shared = true
	next.unmark(r.last)
	return next
}

// own gives the reading a timeline of its own, before an item is changed that the reading before has too.
func (r *Reading) own() {
	if r.shared {
		r.Timeline, r.shared = slices.Clone(r.Timeline), false
	}
}

// unmark takes the marks back that the end of the reading before gave, because this one draws its own conclusions.
func (r *Reading) unmark(last map[ledger.Hash]int) {
	if len(last) == 0 {
		return
	}
	r.own()
	for i := range r.Timeline {
		item := &r.Timeline[i]
		item.Marks = slices.Clip(item.Marks[:len(item.Marks)-last[item.Hash]])
	}
}

// findCorrection notes when an entry was first corrected, and when it was taken back if it was.
func (r *Reading) findCorrection(i int) {
	s := &r.Log.Said[i]
	if s.Standing == ledger.Late || len(s.Refs) == 0 || s.Kind != ledger.KindAmend && s.Kind != ledger.KindRetract {
		return
	}
	target := r.Log.Find(s.Refs[0])
	if target == nil || target.Hospital != s.Hospital {
		return
	}
	first(r.changed, target.Hash, i)
	if s.Kind == ledger.KindRetract {
		first(r.undone, target.Hash, i)
	}
}

func first(m map[ledger.Hash]int, h ledger.Hash, i int) {
	if _, ok := m[h]; !ok {
		m[h] = i
	}
}

// keeps notes who keeps the thread just before a place.
func (r *Reading) keeps(place int) {
	for len(r.keepers) > 0 && r.keepers[0].From < place {
		r.Keeper, r.keepers = r.keepers[0].Hospital, r.keepers[1:]
	}
}

func (r *Reading) entry(i int, s *ledger.Said) Entry {
	e := entryOf(i, s)
	if s.Retracted() {
		e.Undone = r.undone[s.Hash]
	}
	return e
}

// ChangedAt is the place of the first correction of an entry; [Never] where there is none.
func (r *Reading) ChangedAt(h ledger.Hash) int {
	if at, ok := r.changed[h]; ok {
		return at
	}
	return Never
}

// Custodian wants the hospital that has custody at this place of the thread.
func (r *Reading) Custodian(h ledger.HospitalID) []Mark { return When(h != r.Keeper, "not-custodian") }

// Member tells whether a hospital takes part in the thread, or once did.
func (r *Reading) Member(h ledger.HospitalID) bool { return r.Log.Roster.State(h) != ledger.Stranger }

// Marked is how many entries carry a mark, stand in conflict, or are doubted.
func (r *Reading) Marked() (n int) {
	for i := range r.Timeline {
		if item := &r.Timeline[i]; len(item.Marks) > 0 || item.Conflict || item.Standing == ledger.Doubted {
			n++
		}
	}
	return n
}

// Mark adds a mark to an entry, for what shows only once everything is read ([Thread.End]). Who reads the thread as it was before sees none of it, and who goes on
// from here begins without it.
func (r *Reading) Mark(h ledger.Hash, m Mark) {
	i := slices.IndexFunc(r.Timeline, func(i Item) bool { return i.Hash == h })
	if i < 0 {
		return
	}
	r.own()
	r.Timeline[i].Marks = append(slices.Clip(r.Timeline[i].Marks), m)
	if r.last == nil {
		r.last = map[ledger.Hash]int{}
	}
	r.last[h]++
}

// LogOf is the thread that is read, for kinds that are declared for any state.
func LogOf[S State](s S) ledger.Log { return s.reading().Log }

// KeeperOf is who has custody at the entry that is being read, for kinds that are declared for any state.
func KeeperOf[S State](s S) ledger.HospitalID { return s.reading().Keeper }
