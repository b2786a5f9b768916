// Package segment shows the board on which a person changes a segmentation: brush, seeds, parts, each kept as a new version that names what it was changed from.
package segment

import (
	"consilium/web/face"
	"consilium/web/stage"
)

// Pages are this group's addresses.
func Pages() face.Pages { return face.Pages{Routes: routes} }

func routes(s *face.Site) {
	s.Handle("GET /cases/{id}/lab/segment", page)
	s.Handle("POST /cases/{id}/lab/segment", take)
	s.Handle("POST /cases/{id}/lab/segment/accept", accept)
	s.Handle("POST /cases/{id}/lab/segment/suggest", suggest)
	s.Handle("GET /cases/{id}/lab/board", stage.Board)
	s.Handle("GET /cases/{id}/lab/mask", stage.Mask)
}
