package staff

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/people/security"
	"consilium/web/api"
)

type person struct {
	ID             string   `json:"id"`
	Username       string   `json:"username"`
	Name           string   `json:"name"`
	Roles          []string `json:"roles"`
	SubSpecialties []string `json:"sub_specialties"`
	Department     string   `json:"department"`
	Active         bool     `json:"active"`
	Link           string   `json:"link,omitempty" doc:"Where they choose their password, once; shown once"`
}

func personOf(p people.Person) person {
	roles := make([]string, 0, len(p.Roles))
	for _, r := range p.Roles {
		roles = append(roles, string(r))
	}
	return person{ID: string(p.ID), Username: p.Username, Name: p.DisplayName, Roles: roles, SubSpecialties: append([]string{}, p.Specialties...),
		Department: p.Department, Active: p.Active}
}

type newPerson struct {
	Body struct {
		Username       string   `json:"username"`
		Name           string   `json:"name"`
		Roles          []string `json:"roles"`
		SubSpecialties []string `json:"sub_specialties,omitempty"`
		Department     string   `json:"department,omitempty"`
		Language       string   `json:"language,omitempty" enum:"en,zh,"`
		Password       string   `json:"password,omitempty" doc:"Left out: the node makes a link with which they choose their own"`
	}
}

func (a operations) addPerson(ctx context.Context, in *newPerson) (*api.Answer[person], error) {
	if err := access.Need(api.CallerOf(ctx).Who, access.ManagePeople, access.Node); err != nil {
		return nil, err
	}
	b := in.Body
	p := people.Person{Kind: people.Staff, Username: b.Username, DisplayName: b.Name, Specialties: b.SubSpecialties, Department: b.Department, Language: lang.Language(b.Language)}
	for _, r := range b.Roles {
		p.Roles = append(p.Roles, people.Role(r))
	}
	var hash people.PasswordHash
	if b.Password != "" {
		var err error
		if hash, err = a.SignIn.Hash(ctx, p, b.Password); err != nil {
			return nil, err
		}
	}
	var link string
	err := a.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		if err = a.create(ctx, tx, &p, hash); err != nil {
			return err
		}
		if err = a.Note(ctx, tx, api.CallerOf(ctx), security.PersonAdded, p.ID, p.Username+" "+strings.Join(b.Roles, " ")); err != nil || hash != "" {
			return err
		}
		link, err = a.link(ctx, tx, p)
		return err
	})
	out := personOf(p)
	out.Link = link
	return &api.Answer[person]{Body: out}, err
}

// link makes the link with which a person chooses their password. Nobody but them ever knows it.
func (a operations) link(ctx context.Context, tx ledger.Tx, p people.Person) (string, error) {
	caller := api.CallerOf(ctx)
	secret, err := people.MakePasswordLink(ctx, tx, a.Now(), p.ID, caller.Person)
	if err != nil {
		return "", err
	}
	return a.LinkURL(secret), a.Note(ctx, tx, caller, security.PasswordLink, p.ID, "")
}

// create keeps a new person. The hospital's first administrator is marked as such, whichever way they came, so that the page for the first run closes. A
// password that somebody else chose is changed at the first sign-in, unless the owner of the machine set it.
func (a operations) create(ctx context.Context, tx ledger.Tx, p *people.Person, hash people.PasswordHash) (err error) {
	first := false
	if slices.Contains(p.Roles, people.Administrator) {
		if first, err = people.NeedsFirst(ctx, tx); err != nil {
			return err
		}
	}
	if first {
		p.Roles = slices.DeleteFunc(p.Roles, func(r people.Role) bool { return r == people.Administrator })
		*p, err = people.CreateFirst(ctx, tx, a.Now(), *p, hash)
		return err
	}
	if *p, err = people.Create(ctx, tx, a.Now(), *p); err != nil || hash == "" {
		return err
	}
	return people.SavePassword(ctx, tx, a.Now(), p.ID, hash, !api.CallerOf(ctx).Local)
}

type newToken struct {
	Body struct {
		For    string   `json:"for,omitempty" doc:"Username of a service account that the caller answers for; left out: oneself"`
		Name   string   `json:"name"`
		Scopes []string `json:"scopes" doc:"read, write, administer, export, waive"`
		Days   int      `json:"days,omitempty" default:"90" minimum:"1" maximum:"366"`
	}
}

type token struct {
	ID      string    `json:"id"`
	Token   string    `json:"token" doc:"Shown once"`
	Expires time.Time `json:"expires"`
}

func (a operations) createToken(ctx context.Context, in *newToken) (*api.Answer[token], error) {
	caller := api.CallerOf(ctx)
	var out token
	err := a.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		owner, err := a.ownerOf(ctx, tx, caller, in.Body.For)
		if err != nil {
			return err
		}
		t := people.APIToken{Name: in.Body.Name, Expires: a.Now().AddDate(0, 0, max(1, in.Body.Days))}
		for _, s := range in.Body.Scopes {
			scope := people.Scope(s)
			if !known(scope) {
				return fmt.Errorf("the scope %q: there are read, write, administer, export and waive: %w", s, desk.ErrInput)
			}
			if !caller.Lets(scope) { // or a program that was given little could give itself all
				return fmt.Errorf("it has not the scope %q itself: %w", scope, desk.ErrScope)
			}
			t.Scopes = append(t.Scopes, scope)
		}
		secret, made, err := people.CreateToken(ctx, tx, a.Now(), owner.ID, t)
		out = token{ID: made.ID, Token: secret, Expires: made.Expires}
		if err != nil {
			return err
		}
		return a.Note(ctx, tx, caller, security.TokenMade, owner.ID, made.Name+" "+made.ID)
	})
	return &api.Answer[token]{Body: out}, err
}

// ownerOf is in whose name a token will speak: that of who asks, or of a service account that they answer for. Nobody makes a token for another person.
func (a operations) ownerOf(ctx context.Context, tx ledger.Tx, caller desk.Caller, username string) (people.Person, error) {
	if username == "" || username == caller.Account.Username {
		if caller.Account.Username == "" { // the owner of the machine, without a name
			return people.Person{}, fmt.Errorf("say in whose name the token speaks: %w", desk.ErrInput)
		}
		return caller.Account, nil
	}
	p, err := people.ByUsername(ctx, tx, username)
	if err != nil {
		return p, err
	}
	account, err := people.ServiceOf(ctx, tx, p.ID)
	if errors.Is(err, people.ErrNotFound) || err == nil && account.Sponsor != caller.Person {
		return p, &access.Denial{Action: access.ManagePeople, Reason: lang.Phrase("people.token.own", nil)}
	}
	return p, err
}

func known(s people.Scope) bool {
	for _, k := range desk.Scopes {
		if k == s {
			return true
		}
	}
	return false
}
