// Package erasures is what is to be forgotten, and what must not be: requests to erase and their answers, erasing who a patient is, legal holds. None of its pages for who
// answers shows any of the words that it is about; asking is for who reads the case.
package erasures

import (
	"consilium/access"
	"consilium/web/face"
)

// Pages are this group's addresses, and what it adds to what all groups share.
func Pages() face.Pages {
	answers := func(q *face.Request) bool { return q.May(access.AnswerErasure) }
	return face.Pages{Routes: routes, Work: work, Tabs: []face.Tab{{Key: "erasures", Show: answers}, {Key: "holds", Show: answers}},
		Panels: []face.Panel{{Place: 95, Show: panel}}}
}

func routes(s *face.Site) {
	s.Handle("GET /settings/erasures", listPage)
	s.Handle("POST /settings/erasures/patient", findPatient)
	s.Handle("POST /settings/erasures/{id}/{entry}", answer)
	s.Handle("GET /settings/holds", holdsPage)
	s.Handle("POST /settings/holds", addHold)
	s.Handle("POST /settings/holds/{id}/release", releaseHold)
	s.Handle("GET /cases/{id}/erase", askPage)
	s.Handle("POST /cases/{id}/erase", ask)
	s.Handle("GET /cases/{id}/identity/erase", identityPage)
	s.Handle("POST /cases/{id}/identity/erase", eraseIdentity)
}
