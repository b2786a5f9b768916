// Package visits is what programs do with expert visits.
package visits

import (
	"consilium/desk"
	"consilium/outreach"
	"consilium/web/api"
)

var talk = outreach.Talk()

// operations are done on behalf of whoever calls the API.
type operations struct{ *api.API }

// Operations are everything of this group.
func Operations(s *api.API) {
	a, threads := operations{s}, api.Threads{API: s, Kind: talk.Thread}
	s.Speaks(talk)
	api.Add(s, "POST", "/visits", desk.ScopeWrite, "Propose a visit", a.openVisit)
	api.Add(s, "GET", "/visits", desk.ScopeRead, "List visits", a.listVisits)
	api.Add(s, "GET", "/visits/{id}", desk.ScopeRead, "A visit, as its entries fold", a.getVisit)
	api.Add(s, "GET", "/visits/{id}/entries", desk.ScopeRead, "The entries of a visit, in folding order", threads.ListEntries)
	api.Add(s, "POST", "/visits/{id}/entries", desk.ScopeWrite, "Say something about a visit: one entry", threads.Say)
}
