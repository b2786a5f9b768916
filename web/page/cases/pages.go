// Package cases shows cases: the list, one case with its timeline, its plans, its files, its curves, and a case on paper.
package cases

import (
	"consilium/web/face"
	"consilium/web/face/course"
)

// Pages are this group's addresses, and what it adds to what all groups share.
func Pages() face.Pages {
	return face.Pages{
		Routes: routes,
		Nav:    []face.NavItem{{Key: "board", URL: "/board", Show: boards}, {Key: "cases", URL: "/cases", Show: func(q *face.Request) bool { return q.ListsCases() }}},
		Panels: []face.Panel{{Place: 10, Show: nextPanel}, {Place: 20, Show: trendPanel}, {Place: 40, Show: consentPanel}, {Place: 50, Show: filesPanel}},
		Work:   caseWork,
	}
}

func routes(s *face.Site) {
	s.Handle("GET /board", boardPage)
	s.Handle("POST /board", boardDo)
	s.Handle("GET /board.csv", boardExport)
	s.Handle("GET /cases", casesPage)
	s.HandleLive("GET /cases/{id}", casePage)
	s.Handle("GET /cases/{id}/plan/{v}", planPage)
	s.Handle("GET /cases/{id}/plan/{v}/compare/{w}", planPage)
	s.Handle("GET /cases/{id}/files", filesPage)
	s.Handle("GET /cases/{id}/files/{hash}", fileDownload)
	s.Handle("GET /cases/{id}/trend/{variable}", course.Download)
	s.Handle("GET /cases/{id}/print", printPage)
	s.Handle("GET /cases/{id}/print/{paper}", paperFile)
}
