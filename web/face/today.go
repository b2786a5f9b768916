package face

import (
	"time"

	"github.com/a-h/templ"

	"consilium/web/ui"
)

// TodayWork is what waits for one person, as the rooms add to it one after the other.
type TodayWork struct {
	Alerts  []ui.Notice
	Counts  []ui.CountView
	Groups  []WorkGroup
	Overdue int
	Below   []templ.Component // under the lists
	Empty   templ.Component   // instead of the lists, where nothing waits
	Start   templ.Component   // the button of the page's head
}

// WorkGroup is one sort of work, with its rows.
type WorkGroup struct {
	Title string
	Items []ui.ListItem
	Tasks []TaskView // instead of Items, where it is about patients
}

// Soon is how far ahead something with a date appears on Today: a year's appointments are no work of today.
const Soon = 14 * 24 * time.Hour

// Work asks every room what waits for this person.
func (q *Request) Work() (w TodayWork, err error) {
	for _, r := range q.s.rooms {
		if r.Work == nil {
			continue
		}
		if err := r.Work(q, &w); err != nil {
			return w, err
		}
	}
	return w, nil
}
