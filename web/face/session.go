package face

import (
	"context"
	"net"
	"net/netip"

	"consilium/ledger"
	"consilium/people"
)

// StartSession signs somebody in: the browser gets the session's token in a cookie.
func (q *Request) StartSession(person ledger.PersonID, method string) error {
	var token string
	err := q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		token, _, err = people.StartSession(ctx, tx, q.Desk.Now(), person, people.Session{Method: method, Address: Address(q.Request), Agent: q.UserAgent()})
		return err
	})
	if err != nil {
		return err
	}
	q.SetCookie(SessionCookie(q.Desk), token, 0)
	q.SetCookie("visitor", "", -1)
	return nil
}

// Near tells whether the request comes from the node's own machine: not through a proxy that stands there, and not from a page of another site whose name
// was made to lead here.
func (q *Request) Near() bool {
	ip, err := netip.ParseAddr(Address(q.Request))
	return err == nil && ip.Unmap().IsLoopback() && loopbackHost(q.Host) && q.Header.Get("X-Forwarded-For") == "" && q.Header.Get("Forwarded") == ""
}

func loopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// CookieYear is how long language and theme are remembered, in seconds.
const CookieYear = 365 * 24 * 3600
