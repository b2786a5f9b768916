// Package packs shows the pathway packs in force here and those that cases came with.
package packs

import "consilium/web/face"

// Pages are this group's addresses, and what it adds to what all groups share.
func Pages() face.Pages {
	return face.Pages{Routes: routes, Tabs: []face.Tab{{Key: "packs"}}}
}

func routes(s *face.Site) {
	s.Handle("GET /settings/packs", packsPage)
	s.Handle("GET /settings/packs/{pack}", packPage)
	s.Handle("GET /settings/packs/elsewhere/{hash}", packFile)
}
