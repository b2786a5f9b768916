package face

import (
	"slices"
	"time"

	"consilium/access"
	"consilium/lang"
	"consilium/people"
)

// ListsCases tells whether the person has to do with cases at all.
func (q *Request) ListsCases() bool { return q.Lists("case") }

// Lists tells whether the person may list threads of a kind, all or those that are theirs.
func (q *Request) Lists(kind string) bool {
	l := q.Desk.Door.MayList(q.Caller.Who, kind)
	return l.All || l.Related
}

// May tells whether the person may do something to the node itself.
func (q *Request) May(a access.Action) bool { return access.May(q.Caller.Who, a, access.Node).Allowed }

// Need is may as an error.
func (q *Request) Need(a access.Action) error { return access.Need(q.Caller.Who, a, access.Node) }

// Is tells whether the person has a role.
func (q *Request) Is(r people.Role) bool { return slices.Contains(q.Caller.Roles, r) }

// Day writes a moment's day in the reader's language, in the node's own time zone.
func (q *Request) Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return lang.Day(q.Lang, t.In(q.Now().Location()), q.Now())
}

// Moment writes a moment with its time of day in the reader's language, in the node's own time zone.
func (q *Request) Moment(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return lang.DateTime(q.Lang, t.In(q.Now().Location()))
}

func secondsOf(n int) time.Duration { return time.Duration(n) * time.Second }
