// Package visits shows expert visits: the calendar, one visit, and every form about one.
package visits

import (
	"consilium/outreach"
	"consilium/web/face"
)

// Pages are this group's addresses, and what it adds to what all groups share.
func Pages() face.Pages {
	return face.Pages{Routes: routes, Work: visitWork,
		Nav: []face.NavItem{{Key: "visits", URL: "/visits", Show: func(q *face.Request) bool { return q.Lists(outreach.Thread) }}}}
}

func routes(s *face.Site) {
	s.Handle("GET /visits", visitsPage)
	s.Handle("GET /visits/new", newVisitPage)
	s.Handle("POST /visits/new", proposeVisit)
	s.HandleLive("GET /visits/{id}", visitPage)
	s.Handle("GET /visits/{id}/calendar.ics", visitCalendar)
	s.Handle("GET /visits/{id}/files/{hash}", visitFile)
	s.Handle("GET /visits/{id}/say/{kind}", visitFormPage)
	s.Handle("POST /visits/{id}/say/{kind}", sayInVisit)
}
