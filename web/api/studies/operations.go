// Package studies is what programs do with studies: begin one, read where it stands, see what would leave, and take its result.
package studies

import (
	"consilium/desk"
	"consilium/study"
	"consilium/web/api"
)

// operations are done on behalf of whoever calls the API.
type operations struct{ *api.API }

// Operations are everything of this group.
func Operations(s *api.API) {
	a, threads := operations{s}, api.Threads{API: s, Kind: study.Talk().Thread}
	s.Speaks(study.Talk())
	api.Add(s, "POST", "/studies", desk.ScopeWrite, "Begin a study with its protocol, and invite hospitals to it", a.open)
	api.Add(s, "GET", "/studies", desk.ScopeRead, "List studies", a.list)
	api.Add(s, "GET", "/studies/{id}", desk.ScopeRead, "A study, as its entries fold", a.get)
	api.Add(s, "GET", "/studies/{id}/own", desk.ScopeRead, "What would leave this hospital, and what stands against it: for its own people", a.own)
	api.Add(s, "GET", "/studies/{id}/result", desk.ScopeRead, "What the last run came to", a.result)
	s.Stream("GET", "/studies/{id}/bundle", desk.ScopeRead, "The study in a bundle, from which anybody can compute its result anew offline", threads.GetBundle)
	api.Add(s, "GET", "/studies/{id}/entries", desk.ScopeRead, "The entries of a study, in folding order", threads.ListEntries)
	api.Add(s, "POST", "/studies/{id}/entries", desk.ScopeWrite, "Say something in a study: one entry", threads.Say)
}
