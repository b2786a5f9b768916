package record

import (
	"time"

	"consilium/lang"
	"consilium/ledger"
)

// Task says who is to do what by when, and which entry does it.
type Task struct {
	What     lang.Text
	Verb     string // the part of the course that it belongs to
	Hospital ledger.HospitalID
	Person   ledger.PersonID // whose task it is; empty: anybody's in one of the roles
	Roles    []string
	By       time.Time // zero: no date was set. Whether it is overdue is for the page to say, which has a clock
	Kind     string    // the entry that does it
	Refs     []ledger.Hash
}

// Overdue tells whether the task has a date and it is past.
func (t Task) Overdue(now time.Time) bool { return Past(t.By, now) }

// Past tells whether the day by which something is to be done is over, by the calendar of who asks: what is due today is in time until the day ends. The zero time is
// no date.
func Past(by, now time.Time) bool {
	return !by.IsZero() && by.In(now.Location()).Format(time.DateOnly) < now.Format(time.DateOnly)
}
