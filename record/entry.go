package record

import (
	"math"
	"time"

	"consilium/ledger"
	"consilium/terms"
)

// Author is who said something, as their hospital vouches for them.
type Author struct {
	Hospital ledger.HospitalID
	Person   ledger.PersonID
	Name     string
	Role     string
}

// Never is the place of what has not happened: after every entry.
const Never = math.MaxInt

// Entry is what every entry has, read or about to be written.
type Entry struct {
	Hash     ledger.Hash
	By       Author
	When     string    // when it happened: a date, perhaps partial; the moment of writing where nothing else was said
	Moment   time.Time // the instant that When stands for
	Written  time.Time // by the writer's clock
	Refs     []ledger.Hash
	Pack     *ledger.PackRef
	Blobs    []ledger.BlobRef
	Standing ledger.Standing
	Place    int    // in folding order; a draft's is after all others
	Undone   int    // the place of its retraction; [Never] while it stands
	Read     bool   // what it says is there to read
	Marks    []Mark // what is odd about it, for its step in the fold

	dated bool // somebody said when it happened; otherwise it is when it was written
}

// Ref is the first entry that the entry refers to; zero where there is none.
func (e Entry) Ref() ledger.Hash {
	if len(e.Refs) == 0 {
		return ledger.Hash{}
	}
	return e.Refs[0]
}

// on is the entry with the date of the event that it tells of.
func (e Entry) on(date string) Entry {
	if at := terms.Midday(date); !at.IsZero() {
		e.When, e.Moment, e.dated = date, at, true
	}
	return e
}

// place is where the entry stands among others by time. One that is dated by the day and was written on that day, as its writer's clock has it, stands where it was
// written; one of another day at noon, where its writer was.
func (e Entry) place() time.Time {
	d, err := terms.ParsePartialDate(e.When)
	switch {
	case err != nil || d.Precision() != terms.Day:
		return e.Moment
	case e.Written.Format(time.DateOnly) == e.When:
		return e.Written
	}
	return d.Start(e.Written.Location()).Add(12 * time.Hour)
}

// Said is an entry with what it says now, as its kind reads it.
type Said[B any] struct {
	Entry
	Says B
}

// entryOf reads what every entry of a thread has. Undone is for [Reading] to say.
func entryOf(place int, s *ledger.Said) Entry {
	e := Entry{Place: place, Hash: s.Hash, Refs: s.Refs, Written: s.Time, Standing: s.Standing, Undone: Never, By: Author{Hospital: s.Hospital, Person: s.Person},
		When: terms.WriteMoment(s.Time), Moment: s.Time.UTC()}
	if b := s.Content; b != nil {
		e.By.Name, e.By.Role, e.Pack, e.Blobs = b.Author.Name, b.Author.Role, b.Pack, b.Blobs
		e.Read = !s.Retracted()
		e = e.on(b.At)
	}
	return e
}

// draftOf is what somebody is about to write, as its kind's rule reads it.
func draftOf(l ledger.Log, d ledger.Draft) Entry {
	return Entry{Place: len(l.Said), Refs: d.Refs, When: d.At, Pack: d.Pack, Blobs: d.Blobs, Read: true, Undone: Never,
		By: Author{Hospital: l.Writer(), Person: d.Person, Name: d.Author.Name, Role: d.Author.Role}}
}
