package staff

import (
	"context"
	"errors"
	"time"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/people/security"
	"consilium/web/api"
)

type personIn struct {
	Username string `path:"username"`
}

// managed runs a change of one person by somebody who manages people, and writes it into the security log, in one transaction.
func (a operations) managed(ctx context.Context, username string, event security.Event, change func(context.Context, ledger.Tx, *people.Person) error) (*api.Answer[person], error) {
	caller := api.CallerOf(ctx)
	if err := access.Need(caller.Who, access.ManagePeople, access.Node); err != nil {
		return nil, err
	}
	var p people.Person
	err := a.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		if p, err = people.ByUsername(ctx, tx, username); err != nil {
			return err
		}
		if err := change(ctx, tx, &p); err != nil {
			return err
		}
		return a.Note(ctx, tx, caller, event, p.ID, "")
	})
	return &api.Answer[person]{Body: personOf(p)}, err
}

func (a operations) disable(ctx context.Context, in *personIn) (*api.Answer[person], error) {
	return a.managed(ctx, in.Username, security.PersonDisabled, func(ctx context.Context, tx ledger.Tx, p *people.Person) (err error) {
		p.Active = false
		*p, err = people.Update(ctx, tx, *p)
		return err
	})
}

func (a operations) enable(ctx context.Context, in *personIn) (*api.Answer[person], error) {
	return a.managed(ctx, in.Username, security.PersonEnabled, func(ctx context.Context, tx ledger.Tx, p *people.Person) (err error) {
		p.Active = true
		*p, err = people.Update(ctx, tx, *p)
		return err
	})
}

func (a operations) endSessions(ctx context.Context, in *personIn) (*api.Answer[person], error) {
	return a.managed(ctx, in.Username, security.SessionsEnded, func(ctx context.Context, tx ledger.Tx, p *people.Person) error {
		return people.EndSessions(ctx, tx, p.ID, "")
	})
}

// resetPassword makes the link with which a person chooses another password.
func (a operations) resetPassword(ctx context.Context, in *personIn) (*api.Answer[person], error) {
	if err := access.Need(api.CallerOf(ctx).Who, access.ManagePeople, access.Node); err != nil {
		return nil, err
	}
	var out person
	err := a.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		p, err := people.ByUsername(ctx, tx, in.Username)
		if err == nil && (!p.Active || p.Kind != people.Staff) {
			err = desk.ErrNotHere
		}
		if err != nil {
			return err
		}
		out = personOf(p)
		out.Link, err = a.link(ctx, tx, p)
		return err
	})
	return &api.Answer[person]{Body: out}, err
}

type newService struct {
	Body struct {
		Username string            `json:"username"`
		Name     string            `json:"name"`
		Roles    []string          `json:"roles,omitempty" doc:"Each has to be one of the sponsor's"`
		Cases    []ledger.ThreadID `json:"cases,omitempty" doc:"It is named for these, which its sponsor must be able to see: then, and whenever the program asks"`
		Sponsor  string            `json:"sponsor" doc:"Username of who answers for it and makes its tokens"`
		Ends     time.Time         `json:"ends"`
	}
}

func (a operations) addService(ctx context.Context, in *newService) (*api.Answer[person], error) {
	caller, b := api.CallerOf(ctx), in.Body
	if err := access.Need(caller.Who, access.ManagePeople, access.Node); err != nil {
		return nil, err
	}
	p := people.Person{Username: b.Username, DisplayName: b.Name}
	for _, r := range b.Roles {
		p.Roles = append(p.Roles, people.Role(r))
	}
	err := a.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		sponsor, err := people.ByUsername(ctx, tx, b.Sponsor)
		if err != nil {
			return err
		}
		for _, id := range b.Cases {
			may, err := a.MaySee(ctx, tx, desk.Caller{Who: access.Of(sponsor, "")}, id)
			if err != nil {
				return err
			}
			if !may {
				return people.ErrInvalid{Field: "cases", Text: lang.Phrase("people.invalid.service-cases", nil)}
			}
		}
		if p, err = people.CreateService(ctx, tx, a.Now(), p, people.ServiceAccount{Sponsor: sponsor.ID, Ends: b.Ends, Cases: b.Cases}); err != nil {
			return err
		}
		return a.Note(ctx, tx, caller, security.PersonAdded, p.ID, "service account "+p.Username+", sponsor "+sponsor.Username)
	})
	return &api.Answer[person]{Body: personOf(p)}, err
}

type tokenRow struct {
	ID       string   `json:"id"`
	Username string   `json:"username"`
	Name     string   `json:"name"`
	Scopes   []string `json:"scopes"`
	Created  string   `json:"created"`
	Expires  string   `json:"expires"`
	Used     string   `json:"used,omitempty"`
}

// listTokens gives everybody's tokens to who manages people, and to others their own. No secret is among what is told.
func (a operations) listTokens(ctx context.Context, _ *struct{}) (*api.Answer[api.Items[tokenRow]], error) {
	caller := api.CallerOf(ctx)
	out := &api.Answer[api.Items[tokenRow]]{Body: api.Items[tokenRow]{Items: []tokenRow{}}}
	all := access.May(caller.Who, access.ManagePeople, access.Node).Allowed
	err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, err := people.AllTokens(ctx, tx)
		for _, t := range list {
			if !all && t.Person != caller.Person {
				continue
			}
			p, err := people.Get(ctx, tx, t.Person)
			if err != nil {
				return err
			}
			row := tokenRow{ID: t.ID, Username: p.Username, Name: t.Name, Scopes: []string{}, Created: api.Stamp(t.Created), Expires: api.Stamp(t.Expires), Used: api.Stamp(t.Used)}
			for _, s := range t.Scopes {
				row.Scopes = append(row.Scopes, string(s))
			}
			out.Body.Items = append(out.Body.Items, row)
		}
		return err
	})
	return out, err
}

type tokenIn struct {
	ID string `path:"id"`
}

// revokeToken ends a token: one's own, or anybody's by who manages people.
func (a operations) revokeToken(ctx context.Context, in *tokenIn) (*struct{}, error) {
	caller := api.CallerOf(ctx)
	all := access.May(caller.Who, access.ManagePeople, access.Node).Allowed
	return nil, a.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, err := people.AllTokens(ctx, tx)
		if err != nil {
			return err
		}
		for _, t := range list {
			if t.ID != in.ID || !all && t.Person != caller.Person {
				continue
			}
			if err := people.RevokeToken(ctx, tx, t.Person, t.ID); err != nil {
				return err
			}
			return a.Note(ctx, tx, caller, security.TokenRevoked, t.Person, t.Name+" "+t.ID)
		}
		return errors.Join(desk.ErrNotHere, people.ErrNotFound)
	})
}
