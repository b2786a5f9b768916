// Package hospital says which hospital this is, what it can say and by which packs, and proves and copies what it keeps.
package hospital

import (
	"context"

	"consilium/desk"
	"consilium/ledger"
	"consilium/web/api"
)

// operations are done on behalf of whoever calls the API.
type operations struct{ *api.API }

// Operations are everything of this group.
func Operations(s *api.API) {
	a := operations{s}
	api.Add(s, "GET", "/hospital", desk.ScopeRead, "Which hospital this is", func(context.Context, *struct{}) (*api.Answer[hospitalView], error) {
		v := hospitalView{ID: a.ID, Name: a.Name, Version: a.Version, Demo: a.Demo}
		if a.Place != nil {
			v.Lat, v.Lon = &a.Place[0], &a.Place[1]
		}
		return &api.Answer[hospitalView]{Body: v}, nil
	})
	api.Add(s, "GET", "/pathways", desk.ScopeRead, "The pathway packs in force here", func(context.Context, *struct{}) (*api.Answer[api.Items[packView]], error) {
		out := &api.Answer[api.Items[packView]]{Body: api.Items[packView]{Items: []packView{}}}
		for _, p := range a.AllPacks() {
			out.Body.Items = append(out.Body.Items, packView{p.ID, p.Version, api.Text{En: p.Name.En, Zh: p.Name.Zh}, ledger.Hash(p.Hash())})
		}
		return out, nil
	})
	api.Add(s, "GET", "/kinds", desk.ScopeRead, "What can be said", func(context.Context, *struct{}) (*api.Answer[api.Items[kindView]], error) {
		out := &api.Answer[api.Items[kindView]]{Body: api.Items[kindView]{Items: []kindView{}}}
		for _, k := range a.Book.Kinds.All() {
			out.Body.Items = append(out.Body.Items, kindView{k.Name, k.Version, append([]string{}, k.Threads...), append([]string{}, k.Roles...)})
		}
		return out, nil
	})
	api.Add(s, "GET", "/verify", desk.ScopeAdminister, "Prove the node's threads and files from their bytes", a.verify)
	api.Add(s, "POST", "/sweep", desk.ScopeAdminister, "Remove files that nobody attached within a day, and what is over of sessions, tokens and links", a.sweep)
	s.Stream("GET", "/security-log/{form}", desk.ScopeAdminister, "The security log: json (lines) or syslog (RFC 5424)", a.securityLog)
	api.Add(s, "POST", "/backup", desk.ScopeAdminister, "Copy the data folder; only through the node's own socket", a.backup)
}
