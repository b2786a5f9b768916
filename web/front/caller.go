package front

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
)

// AsHeader names, on the node's own socket, the username in whose name a command speaks.
const AsHeader = "Consilium-As"

// The scopes of API tokens.
const (
	ScopeRead       people.Scope = "read"
	ScopeWrite      people.Scope = "write"
	ScopeAdminister people.Scope = "administer"
)

// Scopes lists the scopes of API tokens.
var Scopes = []people.Scope{ScopeRead, ScopeWrite, ScopeAdminister}

// ErrSignIn says that nobody is signed in.
var ErrSignIn = errors.New("sign in first")

// ErrScope says that the token was not given for this.
var ErrScope = errors.New("the API token was not given for this")

// Caller is who is asking.
type Caller struct {
	access.Who
	Account people.Person
	Session *people.Session // nil: a token, or the node's own socket
	Scopes  []people.Scope  // nil: everything that the person may do
}

// Language is the language the caller reads.
func (c Caller) Language() lang.Language { return c.Account.Language }

// Lets tells whether the caller's token was given for a scope. A session lets everything through.
func (c Caller) Lets(s people.Scope) bool { return c.Scopes == nil || slices.Contains(c.Scopes, s) }

type localKey struct{}

// Local marks requests that came through the node's own socket, which only the owner of the data folder can open.
func Local(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), localKey{}, true)))
	})
}

// IsLocal tells whether a request came through the node's own socket.
func IsLocal(ctx context.Context) bool { return ctx.Value(localKey{}) != nil }

// SessionCookie is the name of the cookie that holds the session's token. Two hospitals on one machine have one each. Over HTTPS the prefix binds it to
// this host and path.
func (f *Front) SessionCookie() string {
	name := "consilium-" + strings.ToLower(f.ID.Raw()[:8])
	if f.Secure {
		return "__Host-" + name
	}
	return name
}

// Caller finds out who is asking: an API token, a session, or the machine's administrator on the node's own socket.
func (f *Front) Caller(r *http.Request) (Caller, error) {
	if IsLocal(r.Context()) {
		return f.localCaller(r)
	}
	if header := r.Header.Get("Authorization"); header != "" {
		secret, ok := strings.CutPrefix(header, "Bearer ")
		if !ok {
			return Caller{}, ErrSignIn
		}
		return f.tokenCaller(r, secret)
	}
	if cookie, err := r.Cookie(f.SessionCookie()); err == nil {
		return f.sessionCaller(r, cookie.Value)
	}
	return Caller{}, ErrSignIn
}

func (f *Front) localCaller(r *http.Request) (c Caller, err error) {
	username := r.Header.Get(AsHeader)
	if username == "" {
		who := access.Who{Person: "local", Name: "Local administrator", Roles: []people.Role{people.Administrator}, Origin: "socket"}
		return Caller{Who: who, Account: people.Person{ID: "local", DisplayName: who.Name, Roles: who.Roles, Language: lang.English, Active: true}}, nil
	}
	err = f.View(r.Context(), func(ctx context.Context, tx ledger.Tx) error {
		p, err := people.ByUsername(ctx, tx, username)
		c = Caller{Who: access.Of(p, "socket"), Account: p}
		return err
	})
	return c, err
}

func (f *Front) tokenCaller(r *http.Request, secret string) (c Caller, err error) {
	now := f.Now()
	var touch string
	err = f.View(r.Context(), func(ctx context.Context, tx ledger.Tx) error {
		t, p, err := people.FindToken(ctx, tx, now, secret)
		if err != nil {
			return err
		}
		c = Caller{Who: access.Of(p, "token "+t.ID+" from "+Address(r)), Account: p, Scopes: t.Scopes}
		if t.WorthTouching(now) {
			touch = t.ID
		}
		return nil
	})
	if err != nil {
		return Caller{}, errors.Join(ErrSignIn, err)
	}
	if touch != "" {
		err = f.DB.Update(r.Context(), func(ctx context.Context, tx ledger.Tx) error { return people.TouchToken(ctx, tx, now, touch) })
	}
	return c, err
}

func (f *Front) sessionCaller(r *http.Request, token string) (c Caller, err error) {
	now := f.Now()
	err = f.View(r.Context(), func(ctx context.Context, tx ledger.Tx) error {
		s, p, err := people.FindSession(ctx, tx, now, f.Sessions, token)
		if err != nil {
			return err
		}
		c = Caller{Who: access.Of(p, "session "+s.ID+" from "+Address(r)), Account: p, Session: &s}
		return nil
	})
	if err != nil {
		return Caller{}, errors.Join(ErrSignIn, err)
	}
	if c.Session.WorthTouching(now) && !Unattended(r) {
		err = f.DB.Update(r.Context(), func(ctx context.Context, tx ledger.Tx) error { return people.TouchSession(ctx, tx, now, c.Session.ID) })
	}
	return c, err
}

// LiveHeader marks what an open page asks for by itself, when something has changed.
const LiveHeader = "X-Live"

// Unattended tells whether a page asks by itself, with perhaps nobody in front of it: that does not count as using the session, or a page left open on a
// ward would never be signed out.
func Unattended(r *http.Request) bool {
	return r.Header.Get(LiveHeader) != "" || r.Header.Get("Accept") == "text/event-stream"
}

// Address is where a request comes from, without the port.
func Address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
