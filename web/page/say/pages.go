// Package say takes what is said about a case: opening one, every form about one, and referring it.
package say

import "consilium/web/face"

// Pages are this group's addresses, and what it adds to what all groups share.
func Pages() face.Pages { return face.Pages{Routes: routes} }

func routes(s *face.Site) {
	s.Handle("GET /cases/new", newCasePage)
	s.Handle("GET /open/{pathway}", newCaseForm)
	s.Handle("POST /open/{pathway}", openCase)
	s.Handle("GET /cases/{id}/say/{kind}", sayPage)
	s.Handle("POST /cases/{id}/say/{kind}", say)
	s.Handle("POST /cases/{id}/evaluate/{kind}", evaluateEntry)
	s.Handle("GET /cases/{id}/refer", referPage)
	s.Handle("POST /cases/{id}/refer", refer)
}
