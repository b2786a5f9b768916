// Package lab shows the rehearsal of a case: the surface of the patient's bone, the plan on it, guide, strength and registration, and how they are released.
package lab

import (
	"consilium/web/face"
	"consilium/web/stage"
)

// Pages are this group's addresses, and what it adds to what all groups share.
func Pages() face.Pages {
	return face.Pages{Routes: routes, Panels: []face.Panel{{Place: 17, Show: panel}}}
}

func routes(s *face.Site) {
	s.HandleLive("GET /cases/{id}/lab", labPage)
	s.Handle("GET /cases/{id}/lab/scene", stage.Scene)
	s.Handle("GET /cases/{id}/lab/part/{file}", stage.Part)
	s.Handle("GET /cases/{id}/lab/slice", stage.Slice)
	s.Handle("GET /cases/{id}/lab/picture/{file}", stage.Drawn)
	s.Handle("GET /cases/{id}/lab/tracked", stage.Tracked)
	s.Handle("POST /cases/{id}/lab/surface", takeSurface)
	s.Handle("POST /cases/{id}/lab/bring", takeSegmentation)
	s.Handle("POST /cases/{id}/lab/plan", takePlan)
	s.Handle("POST /cases/{id}/lab/guide", takeGuide)
	s.Handle("POST /cases/{id}/lab/model", takeModel)
	s.Handle("POST /cases/{id}/lab/strength", takeStrength)
	s.Handle("POST /cases/{id}/lab/register", takePairs)
	s.Handle("POST /cases/{id}/lab/touched", takeTouched)
	s.Handle("POST /cases/{id}/lab/implant", takeImplant)
	s.Handle("POST /cases/{id}/lab/move", moveImplant)
	s.Handle("POST /cases/{id}/lab/mirror", takeMirror)
	s.Handle("POST /cases/{id}/lab/rests", takeRests)
	s.Handle("POST /cases/{id}/lab/release", offerDevice)
	s.Handle("POST /cases/{id}/lab/sign", signDevice)
	s.Handle("POST /cases/{id}/lab/achieved", takeAchieved)
	s.Handle("POST /cases/{id}/lab/picture", picture)
	s.Handle("POST /cases/{id}/lab/cancel/{n}", cancel)
}
