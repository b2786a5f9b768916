// Package images shows the images of a case: the viewer, how images are filed in the case, and the pixels that the viewer asks for.
package images

import "consilium/web/face"

// Pages are this group's addresses, and what it adds to what all groups share.
func Pages() face.Pages {
	g := &group{}
	return face.Pages{Routes: g.routes, Panels: []face.Panel{{Place: 15, Show: panel}}}
}

// group is the pages with what they remember: manifests that were read. They never change, so that remembering them is safe.
type group struct{ shelf shelf }

func (g *group) routes(s *face.Site) {
	s.HandleLive("GET /cases/{id}/images", viewerPage)
	s.Handle("POST /cases/{id}/images", fileImages)
	s.Handle("POST /cases/{id}/images/pull", pullStudy)
	s.HandleLive("GET /cases/{id}/images/studies.json", studiesData)
	s.HandleLive("GET /cases/{id}/filings/{job}", filingPage)
	s.Handle("POST /cases/{id}/filings/{job}/cancel", cancelFiling)
	s.Handle("POST /cases/{id}/filings/{job}/looked", lookedAt)
	s.Handle("POST /cases/{id}/filings/{job}/same", samePatient)
	s.Handle("GET /cases/{id}/filings/{job}/held/{n}", heldPicture)
	s.Handle("GET /cases/{id}/images/{entry}/pixels/{instance}/{frame}", g.pixels)
	s.Handle("GET /cases/{id}/images/{entry}/picture/{instance}/{frame}", g.picture)
	s.Handle("GET /cases/{id}/images/{entry}/objects/{instance}", g.object)
	s.Handle("POST /cases/{id}/images/{entry}/keys", keepKey)
	s.Handle("GET /cases/{id}/images/looks", looks)
	s.Handle("POST /cases/{id}/images/{entry}/looks", g.show)
}
