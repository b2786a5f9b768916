package face

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"

	"consilium/desk"
	"consilium/ledger"
	"consilium/people"
	"consilium/people/security"
)

// StartSession signs somebody in: the browser gets the session's token in a cookie.
func (q *Request) StartSession(person ledger.PersonID, method string) error {
	var token string
	err := q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		var s people.Session
		if token, s, err = people.StartSession(ctx, tx, q.Desk.Now(), person, people.Session{Method: method, Address: Address(q.Request), Agent: q.UserAgent()}); err != nil {
			return err
		}
		if q.Caller.Session != nil { // somebody showed once more who they are, or another person took over the browser
			if err := people.EndSession(ctx, tx, q.Caller.Person, q.Caller.Session.ID); err != nil && !errors.Is(err, people.ErrNotFound) {
				return err
			}
		}
		if err := people.Known(ctx, tx, q.Desk.Now(), person, Address(q.Request)); err != nil {
			return err
		}
		return security.Write(ctx, tx, security.Row{At: q.Desk.Now(), Event: security.SignedIn, By: person, About: person, Detail: method, Origin: "session " + s.ID + " from " + Address(q.Request)})
	})
	if err != nil {
		return err
	}
	q.SetCookie(SessionCookie(q.Desk), token, 0)
	q.SetCookie("visitor", "", -1)
	return nil
}

// Fresh refuses what opens doors or takes records out where the sign-in was too long ago: a browser left open on a ward must not do it.
func (q *Request) Fresh() error {
	if q.Caller.Session == nil {
		return desk.ErrSignIn
	}
	if !q.Caller.Session.Fresh(q.Desk.Now()) {
		return desk.ErrAgain
	}
	return nil
}

// AgainURL is where somebody shows once more who they are, and comes back from.
func AgainURL(to string) string { return "/sign-in?again=1&to=" + url.QueryEscape(to) }

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
