package face

import (
	"time"

	"consilium/lang"
	"consilium/ledger"
)

// Other is the hospital on the other side of a visit.
func (q *Request) Other(host, guest ledger.HospitalID) ledger.HospitalID {
	if host == q.Desk.ID {
		return guest
	}
	return host
}

// Days writes from when to when, both days counted.
func (q *Request) Days(from, until time.Time) string {
	if from.IsZero() {
		return ""
	}
	zone := q.Now().Location()
	first, last := lang.ShortDate(q.Lang, from.In(zone), q.Now()), lang.ShortDate(q.Lang, until.Add(-time.Second).In(zone), q.Now())
	if first == last {
		return first
	}
	return first + " – " + last
}
