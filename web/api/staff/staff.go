package staff

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
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
	Password       string   `json:"password,omitempty" doc:"The first password, shown once, where the node made it up"`
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
		Password       string   `json:"password,omitempty" doc:"Left out: the node makes one up and shows it once"`
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
	password, made := b.Password, ""
	if password == "" {
		made = rand.Text()
		password = made
	}
	hash, err := a.SignIn.Hash(ctx, p, password)
	if err != nil {
		return nil, err
	}
	err = a.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		return a.create(ctx, tx, &p, hash, made != "")
	})
	out := personOf(p)
	out.Password = made
	return &api.Answer[person]{Body: out}, err
}

// create keeps a new person. The hospital's first administrator is marked as such, whichever way they came, so that the page for the first run closes.
func (a operations) create(ctx context.Context, tx ledger.Tx, p *people.Person, hash people.PasswordHash, mustChange bool) (err error) {
	if slices.Contains(p.Roles, people.Administrator) {
		first, err := people.NeedsFirst(ctx, tx)
		if err != nil {
			return err
		}
		if first {
			p.Roles = slices.DeleteFunc(p.Roles, func(r people.Role) bool { return r == people.Administrator })
			*p, err = people.CreateFirst(ctx, tx, a.Now(), *p, hash)
			if err == nil && mustChange {
				err = people.SavePassword(ctx, tx, a.Now(), p.ID, hash, true)
			}
			return err
		}
	}
	if *p, err = people.Create(ctx, tx, a.Now(), *p); err != nil {
		return err
	}
	return people.SavePassword(ctx, tx, a.Now(), p.ID, hash, mustChange)
}

type newToken struct {
	Body struct {
		For    string   `json:"for,omitempty" doc:"Username; left out: oneself"`
		Name   string   `json:"name"`
		Scopes []string `json:"scopes" doc:"read, write, administer"`
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
		owner := caller.Account
		if in.Body.For != "" && in.Body.For != owner.Username {
			if err := access.Need(caller.Who, access.ManagePeople, access.Node); err != nil {
				return err
			}
			var err error
			if owner, err = people.ByUsername(ctx, tx, in.Body.For); err != nil {
				return err
			}
		}
		t := people.APIToken{Name: in.Body.Name, Expires: a.Now().AddDate(0, 0, max(1, in.Body.Days))}
		for _, s := range in.Body.Scopes {
			scope := people.Scope(s)
			if !known(scope) {
				return fmt.Errorf("the scope %q: there are read, write and administer: %w", s, desk.ErrInput)
			}
			if !caller.Lets(scope) { // or a program that was given little could give itself all
				return fmt.Errorf("it has not the scope %q itself: %w", scope, desk.ErrScope)
			}
			t.Scopes = append(t.Scopes, scope)
		}
		secret, made, err := people.CreateToken(ctx, tx, a.Now(), owner.ID, t)
		out = token{ID: made.ID, Token: secret, Expires: made.Expires}
		return err
	})
	return &api.Answer[token]{Body: out}, err
}

func known(s people.Scope) bool {
	for _, k := range desk.Scopes {
		if k == s {
			return true
		}
	}
	return false
}
