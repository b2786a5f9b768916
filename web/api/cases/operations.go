// Package cases is what programs do with cases: opening one, listing them, reading one as its entries fold, saying something, who read it, and the bundle of it.
package cases

import (
	"consilium/casebook"
	"consilium/desk"
	"consilium/web/api"
)

var talk = casebook.Talk(nil)

// operations are done on behalf of whoever calls the API.
type operations struct{ *api.API }

// Operations are everything of this group.
func Operations(s *api.API) {
	a, threads := operations{s}, api.Threads{API: s, Kind: talk.Thread}
	s.Speaks(talk)
	api.Add(s, "POST", "/cases", desk.ScopeWrite, "Open a case", a.openCase)
	api.Add(s, "GET", "/cases", desk.ScopeRead, "List cases", a.listCases)
	api.Add(s, "GET", "/cases/{id}", desk.ScopeRead, "A case, as its entries fold", a.getCase)
	api.Add(s, "GET", "/cases/{id}/entries", desk.ScopeRead, "The entries of a case, in folding order", threads.ListEntries)
	api.Add(s, "POST", "/cases/{id}/entries", desk.ScopeWrite, "Say something: one entry", threads.Say)
	api.Add(s, "GET", "/tasks", desk.ScopeRead, "What is to be done by the caller", a.listTasks)
	api.Add(s, "POST", "/cases/{id}/break-glass", desk.ScopeWrite, "See a case in an emergency, with a reason", a.breakGlass)
	api.Add(s, "GET", "/cases/{id}/access-log", desk.ScopeRead, "Who looked at the case here", a.accessLog)
	api.Add(s, "GET", "/cases/{id}/route", desk.ScopeRead, "Which sub-specialty here the case belongs to, by its pack, and who may operate on it", a.routeCase)
	s.Stream("GET", "/cases/{id}/bundle", desk.ScopeRead, "The case with its files, in a bundle that anybody can verify offline", threads.GetBundle)
}
