// Package reply is the page on which a patient answers a follow-up: without an account, without a name or a diagnosis on it, one question at a time.
package reply

import "consilium/web/face"

// Pages are this group's addresses. Who has the link is let in, and nobody else.
func Pages() face.Pages { return face.Pages{Routes: routes} }

func routes(s *face.Site) {
	s.Public("GET /reply/{token}", replyPage)
	s.Public("POST /reply/{token}/born", tellBirth)
	s.Public("POST /reply/{token}/save", save)
	s.Public("POST /reply/{token}/send", send)
}
