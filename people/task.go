package people

import (
	"cmp"
	"slices"
	"time"

	"consilium/lang"
	"consilium/ledger"
)

// Task says who is to do what by when. Tasks are folded from threads and never stored as such.
type Task struct {
	Person    ledger.PersonID // whose task it is, or "" for anybody in the role
	Role      Role            // for anybody in this role
	Specialty string          // narrows the role to one sub-specialty; "" for all
	What      lang.Text
	By        time.Time // zero: no date was set
	Thread    ledger.ThreadID
	Action    string // what the one button does: a name that the room of the thread knows, such as "case.sign"
}

// For says whether the task is p's own, or falls to p by role.
func (t Task) For(p Person) bool {
	if !p.Active {
		return false
	}
	if t.Person != "" {
		return t.Person == p.ID
	}
	return p.Has(t.Role) && (t.Specialty == "" || slices.Contains(p.Specialties, t.Specialty))
}

// Overdue says whether the time set for the task has passed.
func (t Task) Overdue(now time.Time) bool { return !t.By.IsZero() && t.By.Before(now) }

// SortTasks puts tasks in the order in which they are due; those without a date come last, in the order they had.
func SortTasks(tasks []Task) {
	slices.SortStableFunc(tasks, func(a, b Task) int {
		if a.By.IsZero() != b.By.IsZero() {
			return cmp.Compare(b2i(a.By.IsZero()), b2i(b.By.IsZero()))
		}
		return a.By.Compare(b.By)
	})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
