package desk

import (
	"context"
	"errors"
	"slices"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/people/security"
)

// The scopes of API tokens.
const (
	ScopeRead       people.Scope = "read"
	ScopeWrite      people.Scope = "write"
	ScopeAdminister people.Scope = "administer"
	ScopeExport     people.Scope = "export" // to take rows of the registry out: a token that may read does not
	ScopeWaive      people.Scope = "waive"  // to grant waivers of consent: a token that may write does not
)

// Scopes lists the scopes of API tokens.
var Scopes = []people.Scope{ScopeRead, ScopeWrite, ScopeAdminister, ScopeExport, ScopeWaive}

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
	Local   bool            // the owner of the node's machine, in the person's name or without one
}

// Language is the language the caller reads.
func (c Caller) Language() lang.Language { return c.Account.Language }

// Lets tells whether the caller's token was given for a scope. A session lets everything through.
func (c Caller) Lets(s people.Scope) bool { return c.Scopes == nil || slices.Contains(c.Scopes, s) }

// LocalCaller is who asks on the node's own socket, which only the owner of the data folder can open: the person of a username, or without one the machine's
// administrator. Whoever owns the machine can speak as anybody; that stands in the security log with what was asked, and the person sees it.
func (d *Desk) LocalCaller(ctx context.Context, username, what string) (c Caller, err error) {
	if username == "" {
		who := access.Who{Person: "local", Name: "Local administrator", Roles: []people.Role{people.Administrator}, Origin: "socket"}
		return Caller{Local: true, Who: who, Account: people.Person{ID: "local", DisplayName: who.Name, Roles: who.Roles, Language: lang.English, Active: true}}, nil
	}
	err = d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		p, err := people.ByUsername(ctx, tx, username)
		if err != nil {
			return err
		}
		c = Caller{Who: access.Of(p, "socket"), Account: p, Local: true}
		return d.Note(ctx, tx, c, security.SpokeAs, p.ID, what)
	})
	return c, err
}

// TokenCaller is the person in whose name an API token speaks, and what the token was given for. From is the address that the request came from.
func (d *Desk) TokenCaller(ctx context.Context, secret, from string) (c Caller, err error) {
	now := d.Now()
	var touch string
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		t, p, err := people.FindToken(ctx, tx, now, secret)
		if err != nil {
			return err
		}
		c = Caller{Who: access.Of(p, "token "+t.ID+" from "+from), Account: p, Scopes: t.Scopes}
		if p.Kind == people.Service {
			account, err := people.ServiceOf(ctx, tx, p.ID)
			if err != nil {
				return err
			}
			sponsor, err := people.Get(ctx, tx, account.Sponsor)
			if err != nil {
				return err
			}
			answers := access.Of(sponsor, c.Who.Origin)
			c.Who.Named, c.Who.Sponsor = account.Cases, &answers
		}
		if t.WorthTouching(now) {
			touch = t.ID
		}
		return nil
	})
	if err != nil {
		return Caller{}, unknownCaller(err)
	}
	if touch != "" {
		err = d.touch(ctx, func(ctx context.Context, tx ledger.Tx) error { return people.TouchToken(ctx, tx, now, touch) })
	}
	return c, err
}

// unknownCaller says that nobody is signed in, where that is what was found. A database that is gone found nothing: whoever is then told to sign in loses what
// they typed, and tries a password that cannot be checked.
func unknownCaller(err error) error {
	for _, found := range []error{people.ErrNotFound, people.ErrExpired, people.ErrWrongCredentials} {
		if errors.Is(err, found) {
			return errors.Join(ErrSignIn, err)
		}
	}
	return err
}

// SessionCaller is who signed in to a session. A request that nobody made (an open page that asks by itself) is unattended: it does not count as using the
// session, or a page left open on a ward would never be signed out.
func (d *Desk) SessionCaller(ctx context.Context, token, from string, unattended bool) (c Caller, err error) {
	now := d.Now()
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		s, p, err := people.FindSession(ctx, tx, now, d.Sessions, token)
		if err != nil {
			return err
		}
		c = Caller{Who: access.Of(p, "session "+s.ID+" from "+from), Account: p, Session: &s}
		return nil
	})
	if err != nil {
		return Caller{}, unknownCaller(err)
	}
	if c.Session.WorthTouching(now) && !unattended {
		err = d.touch(ctx, func(ctx context.Context, tx ledger.Tx) error { return people.TouchSession(ctx, tx, now, c.Session.ID) })
	}
	return c, err
}

// touch writes when somebody was last here. A disk that is full keeps nobody from reading: then it is not written.
func (d *Desk) touch(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	err := d.DB.Update(ctx, fn)
	if errors.Is(err, ErrUnavailable) {
		return nil
	}
	return err
}
