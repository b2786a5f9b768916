package face

import (
	"time"

	"consilium/access"
)

// Now is this moment in the zone of the node.
func (q *Request) Now() time.Time { return q.Desk.Now() }

// Opens tells whether the person may open a thread of a kind.
func (q *Request) Opens(kind string) bool {
	return access.May(q.Caller.Who, access.Open, access.What{Of: q.Desk.Door.Threads[kind]}).Allowed
}
