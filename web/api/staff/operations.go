// Package staff is what programs do with the people of the hospital: accounts, roles, privileges, tokens.
package staff

import (
	"context"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/people"
	"consilium/web/api"
)

// operations are done on behalf of whoever calls the API.
type operations struct{ *api.API }

// Operations are everything of this group.
func Operations(s *api.API) {
	a := operations{s}
	api.Add(s, "POST", "/people/{username}/privileges", desk.ScopeAdminister, "Give a person a privilege for a procedure", a.givePrivilege)
	api.Add(s, "GET", "/people", desk.ScopeAdminister, "List the staff", func(ctx context.Context, in *api.PageIn) (*api.Answer[api.Items[person]], error) {
		if err := access.Need(api.CallerOf(ctx).Who, access.ManagePeople, access.Node); err != nil {
			return nil, err
		}
		var list []people.Person
		err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
			list, err = people.List(ctx, tx, people.Filter{})
			return err
		})
		return &api.Answer[api.Items[person]]{Body: api.PageOf(list, *in, func(p people.Person) string { return string(p.ID) }, personOf)}, err
	})
	api.Add(s, "POST", "/people", desk.ScopeAdminister, "Add a member of staff", a.addPerson)
	api.Add(s, "POST", "/people/{username}/disable", desk.ScopeAdminister, "Shut a person out: sessions, tokens and links end at once", a.disable)
	api.Add(s, "POST", "/people/{username}/enable", desk.ScopeAdminister, "Let a person in again, who has to be given a link or use the old password", a.enable)
	api.Add(s, "POST", "/people/{username}/reset-password", desk.ScopeAdminister, "Make a link with which a person chooses another password, once", a.resetPassword)
	api.Add(s, "POST", "/people/{username}/sessions/end", desk.ScopeAdminister, "Sign a person out everywhere", a.endSessions)
	api.Add(s, "POST", "/services", desk.ScopeAdminister, "Add a service account: a program that acts under a name of its own", a.addService)
	api.Add(s, "GET", "/tokens", desk.ScopeAdminister, "List API tokens: everybody's for who manages people, one's own for others", a.listTokens)
	api.Add(s, "DELETE", "/tokens/{id}", desk.ScopeAdminister, "End an API token at once", a.revokeToken)
	api.Add(s, "GET", "/me", desk.ScopeRead, "Who is asking", func(ctx context.Context, _ *struct{}) (*api.Answer[person], error) {
		return &api.Answer[person]{Body: personOf(api.CallerOf(ctx).Account)}, nil
	})
	api.Add(s, "POST", "/tokens", desk.ScopeAdminister, "Make an API token: for oneself, or for a service account that one answers for", a.createToken)
}
