// Package compare shows studies: which there are, one study from its protocol to its report, and every form about one.
package compare

import "consilium/web/face"

// Pages are this group's addresses, and what it adds to what all groups share.
func Pages() face.Pages {
	return face.Pages{Routes: routes, Work: studyWork,
		Nav: []face.NavItem{{Key: "compare", URL: "/studies", Show: func(q *face.Request) bool { return q.Lists("study") }}}}
}

func routes(s *face.Site) {
	s.Handle("GET /studies", listPage)
	s.Handle("GET /studies/new", newStudyPage)
	s.Handle("POST /studies/new", beginStudy)
	s.HandleLive("GET /studies/{id}", studyPage)
	s.Handle("GET /studies/{id}/protocol", protocolFile)
	s.Handle("GET /studies/{id}/report.pdf", reportFile)
	s.Handle("GET /studies/{id}/own", ownPage)
	s.Handle("GET /studies/{id}/figures/{file}", figureFile)
	s.Handle("POST /studies/{id}/invite", invite)
	s.Handle("GET /studies/{id}/say/{kind}", formPage)
	s.Handle("POST /studies/{id}/say/{kind}", sayInStudy)
}
