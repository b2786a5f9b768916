// Package registry shows how far rows can be trusted: what is missing, who is overdue, what is out of place, each with the link that mends it; and takes rows out.
package registry

import (
	"consilium/access"
	"consilium/desk"
	"consilium/web/face"
)

// Pages are this group's addresses, and what it adds to what all groups share.
func Pages() face.Pages {
	return face.Pages{Routes: routes, Nav: []face.NavItem{{Key: "registry", URL: "/registry", Show: func(q *face.Request) bool { return works(q) || researches(q) || answers(q) }}}}
}

func routes(s *face.Site) {
	s.Handle("GET /registry", firstPage)
	s.Handle("GET /registry/{pathway}", qualityPage)
	s.Handle("GET /registry/{pathway}/overdue", overduePage)
	s.Handle("GET /registry/{pathway}/gaps/{column}", gapsPage)
	s.Handle("GET /registry/{pathway}/mend/{id}/{place}/{column}", mend)
	s.Handle("GET /cases/{id}/followups", followUpsPage)
	s.Handle("POST /registry/{pathway}/links", makeLink)
	s.Handle("GET /registry/{pathway}/links/{link}", linkPage)
	s.Handle("POST /registry/{pathway}/links/{link}/revoke", revokeLink)
	s.Handle("POST /registry/{pathway}/asked", asked)
	s.Handle("POST /registry/{pathway}/settle", settle)
	s.Handle("POST /registry/{pathway}/export", taken)
	s.Handle("POST /registry/{pathway}/freeze", frozen)
	s.Handle("GET /registry/{pathway}/diff", diffPage)
	s.Handle("GET /registry/{pathway}/double", doublePage)
	s.Handle("GET /registry/{pathway}/waivers", waiversPage)
	s.Handle("POST /registry/{pathway}/waivers", grantWaiver)
	s.Handle("POST /registry/{pathway}/waivers/{waiver}/revoke", revokeWaiver)
}

// works tells whether somebody looks after all of this hospital's cases: they see which case a fault is of.
func works(q *face.Request) bool {
	return q.Desk.Registry != nil && q.Desk.Door.MayList(q.Caller.Who, "case").All
}

// researches tells whether somebody takes part in studies: they see counts of patients who agreed to research, and no case.
func researches(q *face.Request) bool {
	return q.Desk.Registry != nil && access.May(q.Caller.Who, access.See, desk.RowsFor).Allowed
}

// mayExport tells whether somebody takes rows out.
func mayExport(q *face.Request) bool {
	return access.May(q.Caller.Who, access.Export, desk.RowsFor).Allowed
}

// need lets in who sees anything of the registry.
func need(q *face.Request) error {
	if q.Desk.Registry == nil {
		return desk.ErrNotHere
	}
	if works(q) {
		return nil
	}
	return access.Need(q.Caller.Who, access.See, desk.RowsFor)
}

// needCases lets in who looks after the hospital's cases.
func needCases(q *face.Request) error {
	if q.Desk.Registry == nil {
		return desk.ErrNotHere
	}
	return access.Need(q.Caller.Who, access.ListAll, access.What{Of: q.Desk.Door.Threads["case"]})
}
