// Package members shows who takes part in a case and who read it: inviting, custody, the proof of its history, who the patient is, and emergency access.
package members

import (
	"errors"

	"consilium/web/face"
)

// Pages are this group's addresses, and what it adds to what all groups share.
func Pages() face.Pages {
	return face.Pages{
		Routes: routes,
		Panels: []face.Panel{{Place: 30, Show: membersPanel}, {Place: 60, Show: identityPanel}, {Place: 61, Show: alikePanel}, {Place: 90, Show: proofPanel}},
		Work:   func(q *face.Request, w *face.TodayWork) error { return errors.Join(glassWork(q, w), wishWork(q, w)) },
	}
}

func routes(s *face.Site) {
	s.Handle("GET /cases/{id}/access", accessPage)
	s.Handle("GET /cases/{id}/access.csv", accessExport)
	s.Handle("GET /cases/{id}/proof", proofPage)
	s.HandleLive("GET /cases/{id}/members", membersPage)
	s.Handle("POST /cases/{id}/members", changeMembers)
	s.Handle("POST /cases/{id}/custody", changeCustody)
	s.Handle("POST /cases/{id}/wish", wishPart)
	s.Handle("POST /cases/{id}/wish/{person}", answerWish)
	s.Handle("GET /cases/{id}/identity", identityPage)
	s.Handle("POST /cases/{id}/identity", keepIdentity)
	s.Handle("POST /cases/{id}/alike", decideAlike)
	s.Handle("GET /cases/{id}/break-glass", breakGlassPage)
	s.Handle("POST /cases/{id}/break-glass", breakGlass)
}
